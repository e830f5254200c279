//! How grants are given, kept and ended.

use super::{events, ConsentError, Effect, Grantee, Terms};
use crate::{consortium::Standing, AccountId, Confidentiality, GrantId, Hash, Purposes, Slots, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most grants of one patient to one grantee that may stand at once.
pub const MAX_GRANTS_PER_GRANTEE: usize = 16;

/// What the contract keeps once a patient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct PatientState {
    /// How many grants the patient ever gave, which is the number of the last one.
    pub granted: u32,
    /// The slots that need a grant of their own.
    pub restricted: Slots,
}

impl PatientState {
    /// The number that the patient's next grant gets; `None` when the numbers are used up.
    pub fn next_grant(&self) -> Option<GrantId> {
        self.granted.checked_add(1).map(GrantId)
    }
}

/// A grant as the contract keeps it, in 92 bytes, under its patient and grantee (which are therefore not in it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct StoredGrant {
    /// The grant's number.
    pub id: GrantId,
    /// [`Terms::effect`].
    pub effect: Effect,
    /// [`Terms::purposes`].
    pub purposes: Purposes,
    /// [`Terms::slots`].
    pub slots: Slots,
    /// [`Terms::confidentiality`].
    pub confidentiality: Confidentiality,
    /// [`Terms::from`].
    pub from: Timestamp,
    /// [`Terms::until`].
    pub until: Timestamp,
    /// [`Terms::document`].
    pub document: Hash,
    /// [`Terms::split`].
    pub split: Hash,
}

impl StoredGrant {
    /// What is kept of a grant.
    pub fn new(id: GrantId, terms: &Terms) -> Self {
        let Terms {
            effect,
            grantee: _,
            purposes,
            slots,
            confidentiality,
            from,
            until,
            document,
            split,
        } = *terms;
        Self {
            id,
            effect,
            purposes,
            slots,
            confidentiality,
            from,
            until,
            document,
            split,
        }
    }

    /// The terms of a grant that was kept under `grantee`.
    pub fn terms(&self, grantee: Grantee) -> Terms {
        let Self {
            id: _,
            effect,
            purposes,
            slots,
            confidentiality,
            from,
            until,
            document,
            split,
        } = *self;
        Terms {
            effect,
            grantee,
            purposes,
            slots,
            confidentiality,
            from,
            until,
            document,
            split,
        }
    }
}

/// Checks terms as far as that is possible without asking about the grantee's organisation.
///
/// # Errors
/// In this order: [`EmptyTerms`](ConsentError::EmptyTerms), [`InvalidPeriod`](ConsentError::InvalidPeriod),
/// [`GranteeIsPatient`](ConsentError::GranteeIsPatient), [`WrongSplit`](ConsentError::WrongSplit),
/// [`RestrictedTogether`](ConsentError::RestrictedTogether).
pub fn validate_terms(
    patient: AccountId,
    terms: &Terms,
    restricted: Slots,
    now: Timestamp,
) -> Result<(), ConsentError> {
    if terms.purposes.is_empty() || !Purposes::ALL.contains(terms.purposes) || terms.slots.is_empty() {
        return Err(ConsentError::EmptyTerms);
    }
    if terms.from >= terms.until || terms.until <= now {
        return Err(ConsentError::InvalidPeriod);
    }
    if terms.grantee == Grantee::Account(patient) {
        return Err(ConsentError::GranteeIsPatient);
    }
    let permits = terms.effect == Effect::Permit;
    let has_split = terms.split.0 != [0; 32];
    if permits != has_split {
        return Err(ConsentError::WrongSplit);
    }
    if permits && terms.slots.intersects(restricted) && !terms.slots.is_single() {
        return Err(ConsentError::RestrictedTogether);
    }
    Ok(())
}

/// Decides on a grant; `standing` are the patient's grants to that grantee, and become what they are afterwards.
///
/// `organisation` is the standing of the grantee, where that is an organisation. Where no room is left, grants that
/// have ended make room; they are removed.
///
/// # Errors
/// In this order: those of [`validate_terms`], [`GrantIdTaken`](ConsentError::GrantIdTaken),
/// [`GranteeOrganisation`](ConsentError::GranteeOrganisation), [`TooManyGrants`](ConsentError::TooManyGrants). On an
/// error, nothing of what `standing` then holds may be kept.
pub fn add_grant(
    event: &events::Granted,
    state: PatientState,
    organisation: Option<Standing>,
    standing: &mut Vec<StoredGrant>,
    now: Timestamp,
) -> Result<PatientState, ConsentError> {
    let events::Granted { patient, id, terms } = event;
    validate_terms(*patient, terms, state.restricted, now)?;
    let next = state.next_grant().ok_or(ConsentError::TooManyGrants)?;
    if *id != next {
        return Err(ConsentError::GrantIdTaken);
    }
    if let Grantee::Organisation(_) = terms.grantee {
        match (organisation, terms.effect) {
            (Some(Standing::Member), _) | (Some(Standing::Suspended), Effect::Deny) => {}
            (None, _) | (Some(Standing::Suspended), Effect::Permit) => return Err(ConsentError::GranteeOrganisation),
        }
    }
    if standing.len() >= MAX_GRANTS_PER_GRANTEE {
        standing.retain(|grant| grant.until > now);
    }
    if standing.len() >= MAX_GRANTS_PER_GRANTEE {
        return Err(ConsentError::TooManyGrants);
    }
    standing.push(StoredGrant::new(*id, terms));
    Ok(PatientState {
        granted: next.0,
        ..state
    })
}

/// Takes a grant out of the patient's grants to one grantee.
///
/// # Errors
/// [`UnknownGrant`](ConsentError::UnknownGrant) when it is not among them.
pub fn remove_grant(standing: &mut Vec<StoredGrant>, id: GrantId) -> Result<(), ConsentError> {
    let position = standing
        .iter()
        .position(|grant| grant.id == id)
        .ok_or(ConsentError::UnknownGrant)?;
    standing.remove(position);
    Ok(())
}

#[cfg(test)]
mod tests;
