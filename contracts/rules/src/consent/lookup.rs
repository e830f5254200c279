//! What a decision looks up.

use super::{Glass, GrantCell, Grantee, Guardianship, PatientState};
use crate::{
    consortium::{Organisations, ProxyOperators, Role},
    AccountId, Hash, Timestamp,
};

/// What a decision looks up, and nothing that it need not: for the contract, most of these are an access of the state
/// each, which is what a decision costs.
pub trait Lookup {
    /// The organisations.
    fn organisations(&self) -> &Organisations;
    /// First millisecond at which no pause is any more.
    fn paused_until(&self) -> Timestamp;
    /// Who runs the proxies.
    fn proxies(&self) -> &ProxyOperators;
    /// The account's role, as it is kept.
    fn role(&self, account: &AccountId) -> Option<Role>;
    /// The patient's state.
    fn state(&self, patient: &AccountId) -> PatientState;
    /// The grants over the patient's records to one grantee, oldest first.
    fn grants(&self, patient: &AccountId, grantee: &Grantee) -> GrantCell;
    /// The last glass that the clinician broke at the patient.
    fn glass(&self, patient: &AccountId, clinician: &AccountId) -> Option<Glass>;
    /// The patient's guardians, and what they have begun.
    fn guardianship(&self, patient: &AccountId) -> Guardianship;
    /// BLAKE2b-256.
    fn blake2(&self, bytes: &[u8]) -> Hash;

    /// The account's role as far as it counts at a time.
    fn effective_role(&self, account: &AccountId, at: Timestamp) -> Option<Role> {
        let role = self.role(account)?;
        crate::consortium::effective_role(Some(role), self.organisations().standing(role.organisation), at)
    }
}
