//! How patients are registered, who may vouch for them, and whose law counts for them.
//!
//! A patient is of the jurisdiction in which the organisation is that vouches for them, so that whoever vouches settles whose
//! law counts. Nobody vouches who was not named by the patient, and nobody settles another law than the patient saw: a
//! [name](Named) says in which jurisdiction the organisation is, and ends. Each is good for one time, so that it takes an act
//! of the patient and one of the organisation to settle it, and again to settle it anew. It stays what it is when the
//! organisation moves.

use super::{appointments::administration, AccountRoles, ConsortiumError, Organisations};
use crate::{message::decode_apart, AccountId, JurisdictionId, OrganisationId, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// The longest time from now until which a patient names an organisation, in milliseconds: 30 days.
pub const MAX_NAMED_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// What a patient says of the organisation that alone may vouch for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Named {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The jurisdiction in which the organisation is, whose law is to count for the patient; `None` for none.
    pub jurisdiction: Option<JurisdictionId>,
    /// First millisecond at which it may vouch no more.
    pub until: Timestamp,
}

decode_apart!(Named {
    organisation,
    jurisdiction,
    until
});

/// A patient's registration under a pseudonymous account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Registration {
    /// When the patient registered.
    pub registered_at: Timestamp,
    /// The organisation that the patient named, which alone may vouch for them, once; `None` where nobody may.
    pub named: Option<Named>,
    /// The key that said last whom the patient names: the account's own, where none did since they registered.
    pub named_by: AccountId,
    /// The organisation that vouches for the patient; `None` while none does.
    pub activated_by: Option<OrganisationId>,
    /// The jurisdiction that the patient is of; `None` for none.
    pub jurisdiction: Option<JurisdictionId>,
}

/// Returns the registration of a patient who had `previous`, for whom nobody may vouch before they
/// [name](name_organisation) somebody.
///
/// # Errors
/// [`AlreadyRegistered`](ConsortiumError::AlreadyRegistered).
pub fn register_patient(
    patient: AccountId,
    previous: Option<Registration>,
    now: Timestamp,
) -> Result<Registration, ConsortiumError> {
    match previous {
        Some(_) => Err(ConsortiumError::AlreadyRegistered),
        None => Ok(Registration {
            registered_at: now,
            named: None,
            named_by: patient,
            activated_by: None,
            jurisdiction: None,
        }),
    }
}

/// Returns a patient's registration once the key `by`, which [may act](super::may_act) for them, named an organisation; `None` for
/// nobody. That one alone may vouch for them then: once, and while it is where they say, as `place` says it is now.
///
/// # Errors
/// In this order: [`UnknownOrganisation`](ConsortiumError::UnknownOrganisation),
/// [`OtherJurisdiction`](ConsortiumError::OtherJurisdiction), [`InvalidEnd`](ConsortiumError::InvalidEnd).
pub fn name_organisation(
    registration: Registration,
    named: Option<Named>,
    by: AccountId,
    organisations: &Organisations,
    place: impl FnOnce(OrganisationId) -> Option<JurisdictionId>,
    now: Timestamp,
) -> Result<Registration, ConsortiumError> {
    if let Some(Named {
        organisation,
        jurisdiction,
        until,
    }) = named
    {
        if organisations.standing(organisation).is_none() {
            return Err(ConsortiumError::UnknownOrganisation);
        }
        if place(organisation) != jurisdiction {
            return Err(ConsortiumError::OtherJurisdiction);
        }
        if until <= now || until > now.saturating_add(MAX_NAMED_MS) {
            return Err(ConsortiumError::InvalidEnd);
        }
    }
    Ok(Registration {
        named,
        named_by: by,
        ..registration
    })
}

/// Returns a patient's registration once the organisation vouches for them whose admin has `roles`, as they are kept, and
/// that organisation. The patient is of the jurisdiction that they named with it, whatever they were of before; it has to be
/// there still, as `place` says. A successor of the organisation that was named is another one. Whether the name is still that
/// of whoever controls the account, [`name_counts`] decides.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`UnknownPatient`](ConsortiumError::UnknownPatient),
/// [`AlreadyActivated`](ConsortiumError::AlreadyActivated), [`NotChosen`](ConsortiumError::NotChosen),
/// [`NameEnded`](ConsortiumError::NameEnded), [`OtherJurisdiction`](ConsortiumError::OtherJurisdiction).
pub fn activate_patient(
    roles: &AccountRoles,
    organisations: &Organisations,
    registration: Option<Registration>,
    place: impl FnOnce(OrganisationId) -> Option<JurisdictionId>,
    now: Timestamp,
) -> Result<(Registration, OrganisationId), ConsortiumError> {
    let organisation = administration(roles, organisations, now)?.organisation;
    let registration = registration.ok_or(ConsortiumError::UnknownPatient)?;
    let named = match registration.named {
        None if registration.activated_by.is_some() => return Err(ConsortiumError::AlreadyActivated),
        Some(named) if named.organisation == organisation => named,
        _ => return Err(ConsortiumError::NotChosen),
    };
    if named.until <= now {
        return Err(ConsortiumError::NameEnded);
    }
    if place(organisation) != named.jurisdiction {
        return Err(ConsortiumError::OtherJurisdiction);
    }
    let activated = Registration {
        named: None,
        activated_by: Some(organisation),
        jurisdiction: named.jurisdiction,
        ..registration
    };
    Ok((activated, organisation))
}

/// Decides whether a name still counts, from whether the key that gave it [may act](super::may_act) for the account now.
/// Whoever follows another key, which may have been a thief's, names anew.
///
/// # Errors
/// In this order: [`ControllerReplaced`](ConsortiumError::ControllerReplaced),
/// [`ExclusiveGuardians`](ConsortiumError::ExclusiveGuardians),
/// [`ReplacementPending`](ConsortiumError::ReplacementPending).
pub fn name_counts(may_act: Result<(), ConsortiumError>) -> Result<(), ConsortiumError> {
    may_act.map_err(|error| match error {
        ConsortiumError::NotController => ConsortiumError::ControllerReplaced,
        other => other,
    })
}

/// Returns a patient's registration once the committee says of which jurisdiction they are; `None` for none. Whom they named,
/// and who vouches for them, stay.
///
/// # Errors
/// In this order: [`UnknownPatient`](ConsortiumError::UnknownPatient), [`NotVouchedFor`](ConsortiumError::NotVouchedFor).
pub fn settle_residence(
    registration: Option<Registration>,
    jurisdiction: Option<JurisdictionId>,
) -> Result<Registration, ConsortiumError> {
    let registration = registration.ok_or(ConsortiumError::UnknownPatient)?;
    registration.activated_by.ok_or(ConsortiumError::NotVouchedFor)?;
    Ok(Registration {
        jurisdiction,
        ..registration
    })
}

#[cfg(test)]
mod tests;
