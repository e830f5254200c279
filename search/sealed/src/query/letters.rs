//! The value of a term, character by character, with the place of each.

/// A character of a value.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    pub(super) character: char,
    /// The byte offset in the query.
    pub(super) at: usize,
    /// Whether a backslash takes its meaning away.
    pub(super) escaped: bool,
}

/// How a word or code is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `*`: it begins so.
    Beginning,
    /// `~`: it is so but for one edit.
    Fuzzy,
}

impl Letter {
    /// What the character means besides itself.
    pub(super) fn mark(self) -> Option<Mark> {
        match self.character {
            _ if self.escaped => None,
            '*' => Some(Mark::Beginning),
            '~' => Some(Mark::Fuzzy),
            _ => None,
        }
    }
}

/// The characters alone.
pub(super) fn string(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.character).collect()
}

/// Letters without the mark at their end, and that mark's letter.
pub(super) fn marked(letters: &[Letter]) -> Option<(&[Letter], Letter, Mark)> {
    let (last, before) = letters.split_last()?;
    Some((before, *last, last.mark()?))
}
