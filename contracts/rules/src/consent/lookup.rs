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
    /// The organisations.
    fn organisations(&self) -> &Organisations;
    /// First millisecond at which no pause is any more.
    fn paused_until(&self) -> Timestamp;
    /// Who runs the proxies.
    fn proxies(&self) -> &ProxyOperators;
    /// The account's roles, as they are kept.
    fn roles(&self, account: &AccountId) -> Vec<Role>;
    /// The patient's state.
    fn state(&self, patient: &AccountId) -> PatientState;
    /// The grants over the patient's records to one grantee, oldest first.
    fn grants(&self, patient: &AccountId, grantee: &Grantee) -> GrantCell;
    /// The last glass that the clinician broke at the patient.
    fn glass(&self, patient: &AccountId, clinician: &AccountId) -> Option<Glass>;
    /// The patient's guardians, and what they have begun.
    fn guardianship(&self, patient: &AccountId) -> Guardianship;
    /// What counts where a patient has said nothing.
    fn jurisdictions(&self) -> &Jurisdictions;
    /// The patient's jurisdiction, where it is known.
    fn residence(&self, patient: &AccountId) -> Option<JurisdictionId>;
    /// BLAKE2b-256.
    fn blake2(&self, bytes: &[u8]) -> Hash;

    /// The account's roles that count at a time.
    fn effective_roles(&self, account: &AccountId, at: Timestamp) -> Vec<Role> {
        effective_roles(&self.roles(account), self.organisations(), at)
    }
}
