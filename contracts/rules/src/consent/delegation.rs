//! How somebody passes on what a patient granted them.
//!
//! A grantee with a grant that is [delegable](super::Terms::delegable) passes on a part of it: never for longer, never
//! more, and only to an account or an organisation. What is passed on may be passed on again, where it says so, at most
//! [`MAX_DELEGATION`] times after the patient.
//!
//! It counts only as long as everything above it counts, which [`check`](super::check) looks at each time: revoking a
//! grant ends what was passed on from it. It never goes against the patient: whatever the patient said about the
//! requester, or about their organisation, comes first; and where the patient denies something to whoever passed it on,
//! it was not theirs to give.

use super::{
    grants::{push_grant, remove_grant},
    terms::{is_within, validate_grantee, validate_terms},
    ConsentError, Grantee, Lookup, Parent, PatientState, StoredGrant, Terms,
};
use crate::{AccountId, GrantId, Roles, Timestamp};
use alloc::vec::Vec;

/// How often a grant may be passed on in a row.
pub const MAX_DELEGATION: usize = 3;

/// Whether somebody acts for a grantee: as that account, or as an admin of that organisation with a role that counts.
pub fn acts_for(caller: &AccountId, grantee: &Grantee, lookup: &impl Lookup, now: Timestamp) -> bool {
    match grantee {
        Grantee::Account(account) => account == caller,
        Grantee::Organisation(id) => lookup
            .effective_role(caller, now)
            .is_some_and(|role| role.organisation == *id && role.roles.contains(Roles::ORGANISATION_ADMIN)),
        Grantee::Anyone => false,
    }
}

/// Decides whether `caller` may pass on a part of `parent`, a grant over the records of `patient`; returns its number.
/// `standing` are the grants to the new grantee, and become what they are afterwards, as `state` does.
///
/// # Errors
/// In this order: [`NotDelegator`](ConsentError::NotDelegator), [`UnknownGrant`](ConsentError::UnknownGrant) where the
/// parent, or what it was passed on from, is not there any more, [`NotDelegable`](ConsentError::NotDelegable) where one
/// of them is over or may not be passed on, [`ChainTooLong`](ConsentError::ChainTooLong), those of [`validate_terms`],
/// [`WiderThanParent`](ConsentError::WiderThanParent), those of [`validate_grantee`],
/// [`TooManyGrants`](ConsentError::TooManyGrants). On an error, nothing of what `standing` and `state` then hold may be
/// kept.
#[allow(clippy::too_many_arguments)] // Each is of another type, or named in the contract's message.
pub fn delegate(
    patient: &AccountId,
    caller: &AccountId,
    parent: &Parent,
    terms: &Terms,
    state: &mut PatientState,
    standing: &mut Vec<StoredGrant>,
    lookup: &impl Lookup,
    now: Timestamp,
) -> Result<GrantId, ConsentError> {
    if !acts_for(caller, &parent.grantee, lookup, now) || lookup.effective_role(caller, now).is_none() {
        return Err(ConsentError::NotDelegator);
    }
    let held = held(patient, parent, state, lookup, now)?;
    validate_terms(patient, terms, state.restricted, lookup.proxies(), now)?;
    if !is_within(terms, &held) {
        return Err(ConsentError::WiderThanParent);
    }
    validate_grantee(terms, lookup)?;
    let id = state.next_delegated().ok_or(ConsentError::TooManyGrants)?;
    state.delegated = id.number();
    let grant = StoredGrant::new(id, state.version, Some(*parent), terms);
    push_grant(grant, state, standing, now)?;
    Ok(id)
}

/// The grant that is to be passed on, after a look at everything above it.
fn held(
    patient: &AccountId,
    parent: &Parent,
    state: &PatientState,
    lookup: &impl Lookup,
    now: Timestamp,
) -> Result<StoredGrant, ConsentError> {
    let find = |Parent { grantee, id }: &Parent| {
        let grants = lookup.grants(patient, grantee);
        let grant = grants
            .into_iter()
            .find(|grant| grant.id == *id)
            .ok_or(ConsentError::UnknownGrant)?;
        if !grant.terms.delegable || grant.is_over(state, now) {
            return Err(ConsentError::NotDelegable);
        }
        Ok(grant)
    };
    let held = find(parent)?;
    let mut above = held.parent;
    for _ in 1..MAX_DELEGATION {
        let Some(parent) = &above else { return Ok(held) };
        above = find(parent)?.parent;
    }
    if above.is_some() {
        return Err(ConsentError::ChainTooLong);
    }
    Ok(held)
}

/// Decides whether `caller` may take back a grant that was passed on, which `standing` loses.
///
/// # Errors
/// In this order: [`UnknownGrant`](ConsentError::UnknownGrant) where it is not there or the patient gave it,
/// [`NotDelegator`](ConsentError::NotDelegator).
pub fn undelegate(
    caller: &AccountId,
    id: GrantId,
    standing: &mut Vec<StoredGrant>,
    lookup: &impl Lookup,
    now: Timestamp,
) -> Result<(), ConsentError> {
    let grant = remove_grant(standing, id)?;
    let parent = grant.parent.ok_or(ConsentError::UnknownGrant)?;
    if !acts_for(caller, &parent.grantee, lookup, now) {
        return Err(ConsentError::NotDelegator);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
