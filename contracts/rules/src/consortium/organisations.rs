//! The organisations, as the contract keeps them.

use super::Standing;
use crate::OrganisationId;
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Most organisations that may be suspended at once.
pub const MAX_SUSPENDED: usize = 64;

/// Which organisations there are. Their numbers are given in order and never taken back, so that it takes a count and
/// the few exceptions to know the standing of each: one small value, which costs one access of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Organisations {
    /// How many organisations were ever admitted, which is the number of the last one.
    pub admitted: u32,
    /// Those that are suspended now: at most [`MAX_SUSPENDED`].
    pub suspended: Vec<OrganisationId>,
}

impl Organisations {
    /// An organisation's standing; `None` when there is no such organisation.
    pub fn standing(&self, id: OrganisationId) -> Option<Standing> {
        if id.0 == 0 || id.0 > self.admitted {
            None
        } else if self.suspended.contains(&id) {
            Some(Standing::Suspended)
        } else {
            Some(Standing::Member)
        }
    }

    /// Notes the standing of an organisation that was admitted.
    pub fn set_standing(&mut self, id: OrganisationId, standing: Standing) {
        self.suspended.retain(|suspended| *suspended != id);
        if standing == Standing::Suspended {
            self.suspended.push(id);
        }
    }
}

#[cfg(test)]
mod tests;
