//! Terms about words.

use super::Asker;
use crate::{draws::Draws, lexicon::Aspect, term::Term, words::Words};
use std::ops::RangeInclusive;

/// Lengths of the beginnings of words, in characters.
const PREFIX_CHARS: RangeInclusive<usize> = 3..=10;
/// Lengths of the words that are asked for with an edit.
const FUZZY_CHARS: RangeInclusive<usize> = 4..=16;
/// Words of a phrase.
const PHRASE_WORDS: RangeInclusive<usize> = 2..=4;
/// What may stand between the words of a phrase.
const BETWEEN: [&str; 5] = [" ", ", ", " of the ", "-", " / "];
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Asks for a word, in one of three spellings.
pub(super) fn word(word: &str, draws: &mut Draws) -> Option<Term> {
    is_askable(word).then(|| Term::Text(spelled(word, draws)))
}

/// Whether a text can be asked for: every word of it means something, alone or with its neighbour.
fn is_askable(text: &str) -> bool {
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

impl Asker<'_> {
    /// Asks for some words, mostly of one record.
    pub(super) fn phrase(&self, draws: &mut Draws) -> Option<Term> {
        let one = Asker {
            records: &[*draws.choose(self.records)],
            ..*self
        };
        let count = PHRASE_WORDS.start() + draws.below(PHRASE_WORDS.count());
        let mut text = String::new();
        for index in 0..count {
            if index > 0 {
                text.push_str(draws.choose::<&str>(&BETWEEN));
            }
            text.push_str(&spelled(&one.string(Aspect::Word, draws)?, draws));
        }
        is_askable(&text).then_some(Term::Text(text))
    }

    /// Asks for the beginning of a word, one time in four after another word.
    pub(super) fn word_prefix(&self, draws: &mut Draws) -> Option<Term> {
        let one = Asker {
            records: &[*draws.choose(self.records)],
            ..*self
        };
        let length = PREFIX_CHARS.start() + draws.below(PREFIX_CHARS.count());
        let prefix: String = one.string(Aspect::Word, draws)?.chars().take(length).collect();
        let before = match draws.once_in(4) {
            true => one.string(Aspect::Word, draws)?,
            false => String::new(),
        };
        let askable = before.is_empty() || is_askable(&before);
        (askable && prefix.chars().count() >= *PREFIX_CHARS.start()).then_some(Term::WordPrefix(before, prefix))
    }
}

/// Spells a word as it is, in capitals, or with a capital: all the same to a search.
fn spelled(word: &str, draws: &mut Draws) -> String {
    if !word.is_ascii() {
        return word.to_owned();
    }
    match draws.below(3) {
        0 => word.to_uppercase(),
        1 => word[..1].to_uppercase() + &word[1..],
        _ => word.to_owned(),
    }
}
