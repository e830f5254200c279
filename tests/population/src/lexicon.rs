//! Every different string that the population says, by number.

use std::collections::HashMap;

/// What of a resource a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// Its type.
    Type,
    /// A status.
    Status,
    /// A category, `system|code`.
    Category,
    /// A code, `system|code`.
    Code,
    /// A day, `YYYY-MM-DD`.
    Day,
    /// A time from a date to another, `2026-06..2026-07-15`; an end that is open is empty.
    Time,
    /// A value: comparator, number, unit, and the coding of what it is of, a line each.
    Value,
    /// A word of a text, in lower case.
    Word,
    /// The stem of a word that means something alone; one or two characters of a script without spaces.
    Stem,
    /// Two words next to each other, one of which means nothing alone.
    Pair,
}

impl Aspect {
    /// How many there are.
    pub const COUNT: usize = Self::Pair as usize + 1;
}

/// The different strings of one aspect.
#[derive(Default)]
pub struct Strings {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Strings {
    /// Returns the string's number, the same each time.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.into(), number);
        self.texts.push(text.into());
        number
    }

    /// Returns the string of a number.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// Returns all strings, in order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }
}

/// The strings of every aspect.
#[derive(Default)]
pub struct Lexicon {
    aspects: [Strings; Aspect::COUNT],
}

impl Lexicon {
    /// Returns the strings of an aspect.
    pub fn of(&self, aspect: Aspect) -> &Strings {
        &self.aspects[aspect as usize]
    }

    /// Returns the strings of an aspect, to add to.
    pub fn of_mut(&mut self, aspect: Aspect) -> &mut Strings {
        &mut self.aspects[aspect as usize]
    }

    /// Takes all strings of another lexicon in. For each aspect, the new numbers in order of the old ones.
    pub fn take(&mut self, other: &Self) -> [Vec<u32>; Aspect::COUNT] {
        let mut pairs = self.aspects.iter_mut().zip(&other.aspects);
        std::array::from_fn(|_| {
            let (own, other) = pairs.next().expect("both have every aspect");
            other.iter().map(|text| own.number(text)).collect()
        })
    }
}
