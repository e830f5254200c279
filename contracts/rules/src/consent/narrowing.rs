//! Narrowing a grant to some of the records of its slots, as PCF's intermediate profile does: by when they were
//! authored, by their author, or to one encounter or any other set of records.

use super::{membership::Place, Facts, Membership};
use crate::{AccountId, Hash, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// To which records a grant is narrowed; it counts for those to which all of it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Narrowing {
    /// First millisecond of authorship that is covered; 0 for any.
    pub authored_from: Timestamp,
    /// First millisecond of authorship that is no longer covered; the largest number for any.
    pub authored_until: Timestamp,
    /// The only author that is covered.
    pub author: Option<AccountId>,
    /// The [root](super::membership) of the salted leaves of the only records that are covered.
    pub records: Option<Hash>,
}

impl Narrowing {
    /// What narrows nothing.
    pub const NONE: Self = Self {
        authored_from: 0,
        authored_until: Timestamp::MAX,
        author: None,
        records: None,
    };

    /// Returns whether it narrows something, and not to nothing.
    pub fn is_valid(&self) -> bool {
        self.authored_from < self.authored_until && *self != Self::NONE
    }

    /// Returns whether time and author fit. Where the record is said to be authored after `at`, the time asked about,
    /// the time of its authorship is not known: that is not enough to permit by it, and enough to deny by it.
    pub fn fits(&self, facts: &Facts, permits: bool, at: Timestamp) -> bool {
        let any_time = self.authored_from == 0 && self.authored_until == Timestamp::MAX;
        let in_time = if facts.authored_at > at {
            !permits
        } else {
            self.authored_from <= facts.authored_at && facts.authored_at < self.authored_until
        };
        (any_time || in_time) && self.author.is_none_or(|author| author == facts.author)
    }

    /// Returns whether what the question proves lets the records fit: a permit needs a proof that the record is among
    /// them, and a denial counts unless there is a proof that it is not.
    pub fn fits_records(&self, permits: bool, membership: Option<&Membership>, blake2: &dyn Fn(&[u8]) -> Hash) -> bool {
        let Some(root) = self.records else { return true };
        let place = membership.and_then(|membership| membership.place(&root, blake2));
        if permits {
            place == Some(Place::Inside)
        } else {
            place != Some(Place::Outside)
        }
    }

    /// Returns whether every record that `self` covers is covered by `other` too. Of two sets of records nothing but
    /// that they are the same can be known.
    pub fn is_within(&self, other: &Self) -> bool {
        self.authored_from >= other.authored_from
            && self.authored_until <= other.authored_until
            && (other.author.is_none() || self.author == other.author)
            && (other.records.is_none() || self.records == other.records)
    }
}

#[cfg(test)]
mod tests;
