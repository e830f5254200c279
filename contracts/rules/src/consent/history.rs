//! A running hash of what the contract told of a patient's consent.
//!
//! The chain lists nothing: whoever wants a patient's consents collects events. The contract keeps, in the patient's state,
//! how many events about the patient's consent there were and a hash over all of them in their order, so that a collection
//! can be shown to be complete and unchanged. Requests, guardians' votes and broken glasses are not consents of the patient,
//! and not in it.

use super::events::Event;
use crate::{AccountId, Hash};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// The tag under which events are hashed.
const HISTORY_TAG: &[u8] = b"aegle/consent-history/v1";

/// The events about a patient's consent, as a number and a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HistoryHash {
    /// How many there were.
    pub events: u32,
    /// BLAKE2b-256 of `aegle/consent-history/v1`, this hash before the last event, the last event's topic and its data; 32
    /// zeros before the first one.
    pub hash: Hash,
}

impl Default for HistoryHash {
    fn default() -> Self {
        Self {
            events: 0,
            hash: Hash([0; 32]),
        }
    }
}

impl HistoryHash {
    /// Adds an event, given its topic and its data. `blake2` is BLAKE2b-256.
    pub fn add(&mut self, topic: &[u8; 32], data: &[u8], blake2: impl Fn(&[u8]) -> Hash) {
        let mut bytes = Vec::with_capacity(HISTORY_TAG.len().saturating_add(data.len()).saturating_add(64));
        bytes.extend_from_slice(HISTORY_TAG);
        bytes.extend_from_slice(&self.hash.0);
        bytes.extend_from_slice(topic);
        bytes.extend_from_slice(data);
        self.hash = blake2(&bytes);
        self.events = self.events.saturating_add(1);
    }

    /// Returns the hash of events, in the order in which they were told; those that are no patient's consent, or
    /// another patient's, are passed over.
    pub fn of<'a>(
        patient: AccountId,
        events: impl IntoIterator<Item = &'a Event>,
        blake2: impl Fn(&[u8]) -> Hash,
    ) -> Self {
        let mut history = Self::default();
        for event in events.into_iter().filter(|event| consenting(event) == Some(patient)) {
            history.add(&event.topic(), &event.encode(), &blake2);
        }
        history
    }
}

/// Returns whose consent an event tells of, if it is one that the running hash is over.
pub fn consenting(event: &Event) -> Option<AccountId> {
    match event {
        Event::Granted(event) => Some(event.patient),
        Event::Delegated(event) => Some(event.patient),
        Event::Revoked(event) => Some(event.patient),
        Event::AllRevoked(event) => Some(event.patient),
        Event::Cleared(event) => Some(event.patient),
        Event::RestrictedSet(event) => Some(event.patient),
        Event::EpochsAdvanced(event) => Some(event.patient),
        Event::GuardiansSet(event) => Some(event.patient),
        Event::ReplacementBegun(event) => Some(event.patient),
        Event::Vetoed(event) => Some(event.patient),
        Event::RecoveryKeySet(event) => Some(event.patient),
        Event::AccessRequested(_)
        | Event::RequestClosed(_)
        | Event::GuardianVoted(_)
        | Event::GlassBroken(_)
        | Event::GlassReviewed(_)
        | Event::GlassClosed(_) => None,
    }
}

#[cfg(test)]
mod tests;
