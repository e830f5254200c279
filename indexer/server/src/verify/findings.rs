//! What was found, counted and named.
use serde::Serialize;
use std::fmt::Display;

/// Findings of one kind that are named; the others are counted.
const MAX_NAMED: usize = 100;

/// What was found of one kind of things.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The number of those that were looked at.
    pub checked: u64,
    /// The number of those that should be there and are not.
    pub missing: u64,
    /// The number of those that should not be there, or not twice.
    pub surplus: u64,
    /// The number of those that are others than they should be.
    pub different: u64,
    /// What is wrong, the first hundred of it.
    pub named: Vec<String>,
}

impl Findings {
    fn name(&mut self, what: impl Display) {
        if self.named.len() < MAX_NAMED {
            self.named.push(what.to_string());
        }
    }

    pub(super) fn missing(&mut self, what: impl Display) {
        self.missing += 1;
        self.name(format_args!("missing: {what}"));
    }

    pub(super) fn surplus(&mut self, what: impl Display) {
        self.surplus += 1;
        self.name(format_args!("surplus: {what}"));
    }

    pub(super) fn different(&mut self, what: impl Display) {
        self.different += 1;
        self.name(format_args!("different: {what}"));
    }

    /// Returns whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        (self.missing, self.surplus, self.different) == (0, 0, 0)
    }
}
