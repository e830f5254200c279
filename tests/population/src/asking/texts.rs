//! Terms about words.

use super::{
    Asker,
    words::{is_askable, spelled},
};
use crate::{draws::Draws, lexicon::Aspect, term::Term};
use std::ops::RangeInclusive;

/// Lengths of the beginnings of words, in characters.
const PREFIX_CHARS: RangeInclusive<usize> = 3..=10;
/// Words of a phrase.
const PHRASE_WORDS: RangeInclusive<usize> = 2..=4;
/// What may stand between the words of a phrase.
const BETWEEN: [&str; 5] = [" ", ", ", " of the ", "-", " / "];

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
