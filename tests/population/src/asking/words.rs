//! Words as they are asked for.

use crate::{draws::Draws, term::Term, words::Words};
use std::ops::RangeInclusive;

/// Lengths of the words that are asked for with an edit.
const FUZZY_CHARS: RangeInclusive<usize> = 4..=16;
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Asks for a word, in one of three spellings.
pub(super) fn word(word: &str, draws: &mut Draws) -> Option<Term> {
    is_askable(word).then(|| Term::Text(spelled(word, draws)))
}

/// Whether a text can be asked for: every word of it means something, alone or with its neighbour.
pub(super) fn is_askable(text: &str) -> bool {
    Words::default().of(text).askable
}

/// Asks for a word in which as many as two letters were changed, mostly one.
pub(super) fn fuzzy(word: &str, draws: &mut Draws) -> Option<Term> {
    let mut letters: Vec<char> = word.chars().collect();
    let edits = *draws.choose(&[0, 1, 1, 1, 1, 1, 1, 2]);
    for _ in 0..edits {
        let letter = char::from(*draws.choose(LETTERS));
        let at = draws.below(letters.len());
        match draws.below(3) {
            0 => letters[at] = letter,
            1 => letters.insert(draws.below(letters.len() + 1), letter),
            _ if letters.len() > 1 => drop(letters.remove(at)),
            _ => {}
        }
    }
    let plain = letters.iter().all(char::is_ascii_alphanumeric);
    (plain && FUZZY_CHARS.contains(&letters.len())).then(|| Term::Fuzzy(letters.into_iter().collect()))
}

/// Spells a word as it is, in capitals, or with a capital: all the same to a search.
pub(super) fn spelled(word: &str, draws: &mut Draws) -> String {
    if !word.is_ascii() {
        return word.to_owned();
    }
    match draws.below(3) {
        0 => word.to_uppercase(),
        1 => word[..1].to_uppercase() + &word[1..],
        _ => word.to_owned(),
    }
}
