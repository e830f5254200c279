//! Which records are refiled.

use std::collections::BTreeSet;

/// Which records are refiled: those whose patient in the input is another one than the one that they are sealed to, of these.
#[derive(Clone, Debug, Default)]
pub struct Refiling {
    /// Records that are named, by type and id.
    pub records: BTreeSet<(String, String)>,
    /// Whether those of merged charts are, too.
    pub merged: bool,
    /// Those that were found in the input.
    pub(super) found: BTreeSet<(String, String)>,
}

impl Refiling {
    /// Refiles records that are named, and those of merged charts where `merged` says so.
    pub fn of(records: BTreeSet<(String, String)>, merged: bool) -> Self {
        Self {
            records,
            merged,
            found: BTreeSet::new(),
        }
    }
}
