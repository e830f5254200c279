//! What a decision looks up.

use super::{Glass, GrantCell, Grantee, Guardianship, PatientState};
use crate::{
    consortium::{effective_roles, Jurisdictions, Organisations, ProxyOperators, Role},
    AccountId, Hash, JurisdictionId, Timestamp,
};
use alloc::vec::Vec;

/// What a decision looks up, and nothing that it need not: for the contract, most of these are an access of the state
/// each, which is what a decision costs.
pub trait Lookup {
    /// Returns the organisations.
    fn organisations(&self) -> &Organisations;
    /// Returns the first millisecond at which no pause is any more.
    fn paused_until(&self) -> Timestamp;
    /// Returns who runs the proxies.
    fn proxies(&self) -> &ProxyOperators;
    /// Returns the account's roles, as they are kept.
    fn roles(&self, account: &AccountId) -> Vec<Role>;
    /// Returns the patient's state.
    fn state(&self, patient: &AccountId) -> PatientState;
    /// Returns the grants over the patient's records to one grantee, oldest first.
    fn grants(&self, patient: &AccountId, grantee: &Grantee) -> GrantCell;
    /// Returns the last glass that the clinician broke at the patient.
    fn glass(&self, patient: &AccountId, clinician: &AccountId) -> Option<Glass>;
    /// Returns the patient's guardians, and what they have begun.
    fn guardianship(&self, patient: &AccountId) -> Guardianship;
    /// Returns what counts where a patient has said nothing.
    fn jurisdictions(&self) -> &Jurisdictions;
    /// Returns the patient's jurisdiction, where it is known.
    fn residence(&self, patient: &AccountId) -> Option<JurisdictionId>;
    /// Returns the BLAKE2b-256 hash.
    fn blake2(&self, bytes: &[u8]) -> Hash;

    /// Returns the account's roles that count at a time.
    fn effective_roles(&self, account: &AccountId, at: Timestamp) -> Vec<Role> {
        effective_roles(&self.roles(account), self.organisations(), at)
    }
}
