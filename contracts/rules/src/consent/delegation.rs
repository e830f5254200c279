//! How somebody passes on what a patient granted them.
//!
//! A grantee with a grant that is [delegable](super::Terms::delegable) passes on a part of it: never for longer, never
//! more, and only to an account or an organisation. Its proxies are those of the parent, and it takes no fewer of them to
//! open a record. What is passed on may be passed on again, where it says so, at most [`MAX_DELEGATION`] times after the
//! patient.
//!
//! It counts only as long as everything above it counts, which [`check`](super::check) looks at each time: revoking a
//! grant ends what was passed on from it. It never goes against the patient: whatever the patient said about the
//! requester, or about their organisation, comes first; and where the patient denies something to whoever passed it on,
//! it was not theirs to give. That holds for an organisation's admin too, who is denied by name.
//!
//! What one grant of the patient was passed on to takes at most [`MAX_DELEGATED_PER_ROOT`] of the
//! [`MAX_DELEGATED_PER_GRANTEE`] places at a grantee. A place is free again once what is in it is over, or anything above
//! it is; whoever needs the place takes it.

use super::{
    grants::remove_grant,
    terms::{is_within, validate_grantee, validate_terms},
    ConsentError, Grantee, Lineage, Lookup, Origin, Parent, PatientState, StoredGrant, Terms,
    MAX_DELEGATED_PER_GRANTEE, MAX_DELEGATED_PER_ROOT,
};
use crate::{consortium::Role, AccountId, GrantId, Roles, Timestamp};
use alloc::vec::Vec;

/// How often a grant may be passed on in a row.
pub const MAX_DELEGATION: usize = 3;

/// Returns whether somebody acts for a grantee: as that account, or as an admin of that organisation. `roles` are the
/// caller's that count.
fn acts_for(caller: &AccountId, roles: &[Role], grantee: &Grantee) -> bool {
    match grantee {
        Grantee::Account(account) => account == caller,
        Grantee::Organisation(id) => roles
            .iter()
            .any(|role| role.organisation == *id && role.roles.contains(Roles::ORGANISATION_ADMIN)),
        Grantee::Anyone => false,
    }
}

/// Decides whether `caller` may pass on a part of `parent`, a grant over the records of `patient`; returns its number, and
/// the terms as they [count](Terms::given_at) from now on. `standing` are the grants to the new grantee, and become what
/// they are afterwards, as `state` does.
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
) -> Result<(GrantId, Terms), ConsentError> {
    let roles = lookup.effective_roles(caller, now);
    if roles.is_empty() || !acts_for(caller, &roles, &parent.grantee) {
        return Err(ConsentError::NotDelegator);
    }
    let held = held(patient, parent, state, lookup, now)?;
    let terms = terms.given_at(now);
    validate_terms(patient, &terms, state.restricted, lookup, now)?;
    if !is_within(&terms, &held) {
        return Err(ConsentError::WiderThanParent);
    }
    validate_grantee(&terms, &roles, lookup)?;
    let id = state.next_delegated().ok_or(ConsentError::TooManyGrants)?;
    state.delegated = id.number();
    let root = held.origin.map_or(parent.id, |origin| origin.root);
    make_place(root, standing, &mut Lineage::new(patient, state, lookup, now))?;
    let origin = Origin {
        parent: *parent,
        root,
        by: matches!(parent.grantee, Grantee::Organisation(_)).then_some(*caller),
    };
    standing.push(StoredGrant::new(id, state.version, Some(origin), &terms));
    Ok((id, terms))
}

/// Makes a place for one more of what comes from a grant of the patient: where there is none, the oldest that is over
/// gives way, and no more than it takes, so that nobody gets the deposits of others by passing something on.
fn make_place<L: Lookup>(
    root: GrantId,
    standing: &mut Vec<StoredGrant>,
    lineage: &mut Lineage<'_, L>,
) -> Result<(), ConsentError> {
    let of_root = |grant: &StoredGrant| grant.origin.is_some_and(|origin| origin.root == root);
    free_one(standing, lineage, MAX_DELEGATED_PER_ROOT, of_root)?;
    free_one(standing, lineage, MAX_DELEGATED_PER_GRANTEE, |grant| {
        grant.origin.is_some()
    })
}

fn free_one<L: Lookup>(
    standing: &mut Vec<StoredGrant>,
    lineage: &mut Lineage<'_, L>,
    most: usize,
    alike: impl Fn(&StoredGrant) -> bool,
) -> Result<(), ConsentError> {
    if standing.iter().filter(|grant| alike(grant)).count() < most {
        return Ok(());
    }
    let over = standing.iter().position(|grant| alike(grant) && lineage.is_over(grant));
    standing.remove(over.ok_or(ConsentError::TooManyGrants)?);
    Ok(())
}

/// Returns the grant that is to be passed on, after a look at everything above it.
fn held(
    patient: &AccountId,
    parent: &Parent,
    state: &PatientState,
    lookup: &impl Lookup,
    now: Timestamp,
) -> Result<StoredGrant, ConsentError> {
    let find = |Parent { grantee, id }: &Parent| {
        let grants = lookup.grants(patient, grantee);
        let grant = grants.find(*id).and_then(|grant| grant.whole());
        let grant = grant.ok_or(ConsentError::UnknownGrant)?;
        if !grant.terms.delegable || grant.is_over(state, now) {
            return Err(ConsentError::NotDelegable);
        }
        Ok(grant)
    };
    let held = find(parent)?;
    let mut above = held.origin;
    for _ in 1..MAX_DELEGATION {
        let Some(origin) = &above else { return Ok(held) };
        above = find(&origin.parent)?.origin;
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
    let Origin { parent, .. } = grant.origin.ok_or(ConsentError::UnknownGrant)?;
    let is_admin = matches!(parent.grantee, Grantee::Organisation(_));
    let roles = if is_admin {
        lookup.effective_roles(caller, now)
    } else {
        Vec::new()
    };
    if !acts_for(caller, &roles, &parent.grantee) {
        return Err(ConsentError::NotDelegator);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
