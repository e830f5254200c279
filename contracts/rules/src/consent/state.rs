//! What the contract keeps once a patient.

use super::{ConsentError, Control, HistoryHash};
use crate::{GrantId, Purposes, Slots, SLOTS};
use scale::{Decode, Encode, MaxEncodedLen};

/// What the contract keeps once a patient: 139 bytes, and up to 120 more where keys were named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PatientState {
    /// How many grants the patient ever gave, which is the number of the last one.
    pub granted: u32,
    /// How many grants were ever passed on, which is the number of the last one.
    pub delegated: u32,
    /// The last of the patient's grants that is void: every one up to it was ended by `revoke_all`.
    pub void_granted: u32,
    /// The last of the grants passed on that is void.
    pub void_delegated: u32,
    /// The slots that need a grant of their own.
    pub restricted: Slots,
    /// How often a permit was ended.
    pub version: u32,
    /// How often a permit over the slot was ended, for each slot.
    pub epochs: [u16; SLOTS as usize],
    /// The nonce of the controller's next relayed call.
    pub nonce: u64,
    /// What was told of the patient's consent.
    pub history: HistoryHash,
    /// Who acts for the patient.
    pub control: Control,
    /// The purposes about which the patient has ever said something to everybody, whether or not it stands: what the law of
    /// a jurisdiction lays down does not count for them any more.
    pub spoken: Purposes,
}

/// Under which epoch of a slot's key its records are sealed from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SlotEpochs {
    /// Counts every change of an epoch.
    pub version: u32,
    /// The epoch of each slot.
    pub epochs: [u16; SLOTS as usize],
}

impl PatientState {
    /// Returns the number that the patient's next grant gets; `None` when the numbers are used up.
    pub fn next_grant(&self) -> Option<GrantId> {
        let next = GrantId(self.granted.checked_add(1)?);
        (!next.is_delegated()).then_some(next)
    }

    /// Returns the number that the next grant that is passed on gets; `None` when the numbers are used up.
    pub fn next_delegated(&self) -> Option<GrantId> {
        let next = GrantId(self.delegated.checked_add(1)?);
        (!next.is_delegated()).then_some(GrantId(next.0 | GrantId::DELEGATED))
    }

    /// Returns whether `revoke_all` has ended a grant.
    pub const fn is_void(&self, id: GrantId) -> bool {
        let last = if id.is_delegated() {
            self.void_delegated
        } else {
            self.void_granted
        };
        id.number() <= last
    }

    /// Ends every grant there is. That says something about every purpose.
    pub fn revoke_all(&mut self) {
        self.spoken = Purposes::ALL;
        self.void_granted = self.granted;
        self.void_delegated = self.delegated;
        self.advance(Slots::ALL);
    }

    /// Moves the epochs of some slots on. An epoch stays at its largest value, 65,535, rather than come back to one that
    /// it had.
    pub fn advance(&mut self, slots: Slots) {
        self.version = self.version.saturating_add(1);
        for (shift, epoch) in self.epochs.iter_mut().enumerate() {
            let bit = slots.0.checked_shr(shift as u32).unwrap_or_default() & 1;
            *epoch = epoch.saturating_add(bit as u16);
        }
    }

    /// Moves the epochs of some slots on, because the patient wants it.
    ///
    /// # Errors
    /// [`EmptyTerms`](ConsentError::EmptyTerms).
    pub fn advance_epochs(&mut self, slots: Slots) -> Result<(), ConsentError> {
        if slots == Slots::default() {
            return Err(ConsentError::EmptyTerms);
        }
        self.advance(slots);
        Ok(())
    }

    /// Returns the epochs of the slots.
    pub const fn slot_epochs(&self) -> SlotEpochs {
        SlotEpochs {
            version: self.version,
            epochs: self.epochs,
        }
    }
}

#[cfg(test)]
mod tests;
