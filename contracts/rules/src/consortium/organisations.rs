//! The organisations, as the contract keeps them.

use super::Standing;
use crate::OrganisationId;
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most organisations that have a successor.
pub const MAX_SUCCESSIONS: usize = 64;
/// Most organisations that are ever admitted.
pub const MAX_ORGANISATIONS: u32 = 2_048;

/// Which organisations there are. Their numbers are given in order and never taken back, so that it takes a count and
/// one bit for each to know the standing of all: one small value, which costs one access of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Organisations {
    /// How many organisations were ever admitted, which is the number of the last one: at most [`MAX_ORGANISATIONS`].
    pub admitted: u32,
    /// Those that are suspended now: bit 0 of byte 0 for organisation 1, and so on, up to the last byte with a bit.
    pub suspended: Vec<u8>,
    /// Those that were merged into another one, rising: at most [`MAX_SUCCESSIONS`].
    pub successions: Vec<Succession>,
}

/// An organisation, and the one that took its place. That one has no successor itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Succession {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its successor.
    pub successor: OrganisationId,
}

impl Organisations {
    /// Returns an organisation's standing; `None` when there is no such organisation.
    pub fn standing(&self, id: OrganisationId) -> Option<Standing> {
        if id.0 == 0 || id.0 > self.admitted {
            return None;
        }
        let (byte, bit) = place(id);
        let suspended = self.suspended.get(byte).is_some_and(|bits| bits & bit != 0);
        Some(if suspended {
            Standing::Suspended
        } else {
            Standing::Member
        })
    }

    /// Returns the organisation that stands for this one now: its successor, or itself.
    pub fn current(&self, id: OrganisationId) -> OrganisationId {
        let mut successions = self.successions.iter();
        let succession = successions.find(|succession| succession.organisation == id);
        succession.map_or(id, |succession| succession.successor)
    }

    /// Notes that one organisation takes the place of another, and of those whose place that one took.
    pub fn succeed(&mut self, organisation: OrganisationId, successor: OrganisationId) {
        for earlier in &mut self.successions {
            if earlier.successor == organisation {
                earlier.successor = successor;
            }
        }
        let before = |succession: &Succession| succession.organisation < organisation;
        let place = self.successions.partition_point(before);
        self.successions.insert(
            place,
            Succession {
                organisation,
                successor,
            },
        );
    }

    /// Notes the standing of an organisation that was admitted.
    pub fn set_standing(&mut self, id: OrganisationId, standing: Standing) {
        let (byte, bit) = place(id);
        if self.suspended.len() <= byte {
            self.suspended.resize(byte.saturating_add(1), 0);
        }
        if let Some(bits) = self.suspended.get_mut(byte) {
            match standing {
                Standing::Suspended => *bits |= bit,
                Standing::Member => *bits &= !bit,
            }
        }
        while self.suspended.last() == Some(&0) {
            self.suspended.pop();
        }
    }
}

/// Returns in which byte an organisation's bit is, and that bit.
const fn place(id: OrganisationId) -> (usize, u8) {
    let number = id.0.saturating_sub(1);
    ((number >> 3) as usize, 1 << (number & 7))
}

#[cfg(test)]
mod tests;
