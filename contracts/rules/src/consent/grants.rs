//! How grants are given, kept and ended; `contracts/STATES.md` draws their states.

use super::{
    terms::{validate_grantee, validate_terms},
    ConsentError, Effect, Grantee, Lineage, Lookup, PatientState, Terms,
};
use crate::{AccountId, GrantId, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most grants that a patient gave to one grantee and that may stand at once.
pub const MAX_GRANTS_PER_GRANTEE: usize = 16;
/// Most grants that were passed on to one grantee and may stand at once. They are counted apart, so that nobody but the
/// patient can use up the patient's own.
pub const MAX_DELEGATED_PER_GRANTEE: usize = 8;
/// Of these, most that come from one grant of the patient, over however many hands, so that nobody to whom the patient
/// gave one grant can use up what others pass on to the same grantee.
pub const MAX_DELEGATED_PER_ROOT: usize = 4;
/// Most grants that a patient may give at once.
pub const MAX_GRANTS_AT_ONCE: usize = 16;

/// The grant of which another one passes something on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parent {
    /// To whom it was given.
    pub grantee: Grantee,
    /// Its number.
    pub id: GrantId,
}

/// Where a grant comes from that was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct Origin {
    /// What it passes on a part of.
    pub parent: Parent,
    /// The patient's grant at the head of the chain, which is the parent where that was not passed on itself.
    pub root: GrantId,
    /// Who passed it on, where the parent was given to an organisation: one of its admins.
    pub by: Option<AccountId>,
}

/// A grant as the contract keeps it, under its patient and grantee (which are therefore not in it): in 112 bytes, and up
/// to 74 more where it was passed on, and up to 82 more where it is narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct StoredGrant {
    /// The grant's number.
    pub id: GrantId,
    /// [`PatientState::version`] when the grant was given.
    pub version: u32,
    /// What it passes on; `None` for a grant that the patient gave.
    pub origin: Option<Origin>,
    /// Its terms, in which the grantee is always [`Grantee::Anyone`], which takes one byte: who it is, is said by where
    /// the grant is kept.
    pub terms: Terms,
}

impl StoredGrant {
    /// Makes what is kept of a grant.
    pub fn new(id: GrantId, version: u32, origin: Option<Origin>, terms: &Terms) -> Self {
        let mut terms = *terms;
        terms.grantee = Grantee::Anyone;
        Self {
            id,
            version,
            origin,
            terms,
        }
    }

    /// Returns the terms of a grant that was kept under `grantee`.
    pub fn terms_to(&self, grantee: &Grantee) -> Terms {
        let mut terms = self.terms;
        terms.grantee = *grantee;
        terms
    }

    /// Returns whether nothing can make the grant count again: it has ended, or `revoke_all` has ended it. Of what was
    /// passed on, [`Lineage::is_over`] says whether what is above it is over.
    pub fn is_over(&self, state: &PatientState, now: Timestamp) -> bool {
        self.terms.until <= now || state.is_void(self.id)
    }
}

/// Decides on a grant of the patient, and returns the terms as they [count](Terms::given_at) from now on; `standing` are
/// the grants to that grantee, and become what they are afterwards, as `state` does. Where no room is left, grants that
/// are over make room; they are removed.
///
/// # Errors
/// In this order: those of [`validate_terms`], [`TooManyGrants`](ConsentError::TooManyGrants) when the numbers are used
/// up, [`GrantIdTaken`](ConsentError::GrantIdTaken), those of [`validate_grantee`],
/// [`TooManyGrants`](ConsentError::TooManyGrants). On an error, nothing of what `standing` and `state` then hold may be
/// kept.
pub fn add_grant(
    patient: &AccountId,
    id: GrantId,
    terms: &Terms,
    state: &mut PatientState,
    standing: &mut Vec<StoredGrant>,
    lookup: &impl Lookup,
    now: Timestamp,
) -> Result<Terms, ConsentError> {
    let terms = terms.given_at(now);
    validate_terms(patient, &terms, state.restricted, lookup, now)?;
    let next = state.next_grant().ok_or(ConsentError::TooManyGrants)?;
    if id != next {
        return Err(ConsentError::GrantIdTaken);
    }
    validate_grantee(&terms, &[], lookup)?;
    state.granted = next.number();
    let given = |standing: &[StoredGrant]| standing.iter().filter(|grant| grant.origin.is_none()).count();
    if given(standing) >= MAX_GRANTS_PER_GRANTEE {
        standing.retain(|grant| !grant.is_over(state, now));
    }
    if given(standing) >= MAX_GRANTS_PER_GRANTEE {
        return Err(ConsentError::TooManyGrants);
    }
    if terms.grantee == Grantee::Anyone {
        state.spoken = state.spoken.union(terms.speaks_of());
    }
    standing.push(StoredGrant::new(id, state.version, None, &terms));
    Ok(terms)
}

/// Takes a grant out of those to one grantee, and returns it.
///
/// # Errors
/// [`UnknownGrant`](ConsentError::UnknownGrant) when it is not among them.
pub(super) fn remove_grant(standing: &mut Vec<StoredGrant>, id: GrantId) -> Result<StoredGrant, ConsentError> {
    let position = standing
        .iter()
        .position(|grant| grant.id == id)
        .ok_or(ConsentError::UnknownGrant)?;
    Ok(standing.remove(position))
}

/// Ends a grant for the patient, whoever gave it; where it permits, the epochs of its slots move on, so that what is
/// written from now on is sealed to keys of which nobody holds a share.
///
/// # Errors
/// [`UnknownGrant`](ConsentError::UnknownGrant) when it is not among those that stand.
pub fn revoke_grant(
    standing: &mut Vec<StoredGrant>,
    state: &mut PatientState,
    id: GrantId,
) -> Result<(), ConsentError> {
    let grant = remove_grant(standing, id)?;
    if grant.terms.effect == Effect::Permit {
        state.advance(grant.terms.slots);
    }
    Ok(())
}

/// Takes every grant that is over out of those to one grantee, and what was passed on from one that is over.
///
/// # Errors
/// [`NothingToClear`](ConsentError::NothingToClear) when there is none.
pub fn clear_grants<L: Lookup>(
    standing: &mut Vec<StoredGrant>,
    lineage: &mut Lineage<'_, L>,
) -> Result<(), ConsentError> {
    let before = standing.len();
    standing.retain(|grant| !lineage.is_over(grant));
    if standing.len() == before {
        return Err(ConsentError::NothingToClear);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
