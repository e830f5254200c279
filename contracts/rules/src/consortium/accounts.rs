//! What single accounts have: how a key entry follows another, how patients are registered, and whose law counts for them.
//!
//! A patient is of the jurisdiction in which the organisation is that vouches for them, so that whoever vouches settles whose
//! law counts. Nobody vouches who was not named by the patient; each name is good for one time, so that it takes an act of
//! the patient and one of the organisation to settle it, and again to settle it anew. It stays what it is when the
//! organisation moves.

use super::{appointments::administration, AccountRoles, ConsortiumError, KeyEntry, Organisations, Registration};
use crate::{consent::Control, AccountId, EncryptionKey, Hash, JurisdictionId, OrganisationId, Timestamp};

/// Decides whether `by` may act for an account: set its entry in the key directory, to which is sealed what is filed from now
/// on, or name who may vouch for it. Whoever controls the account may, as the consent contract says (`control`), and not
/// while another key is to.
///
/// # Errors
/// In this order: [`NotController`](ConsortiumError::NotController),
/// [`ExclusiveGuardians`](ConsortiumError::ExclusiveGuardians),
/// [`ReplacementPending`](ConsortiumError::ReplacementPending).
pub fn may_act(account: AccountId, by: AccountId, control: &Control, now: Timestamp) -> Result<(), ConsortiumError> {
    if by != control.controller(account, now) {
        return Err(ConsortiumError::NotController);
    }
    if control.is_exclusive(now) {
        return Err(ConsortiumError::ExclusiveGuardians);
    }
    if control.is_replacing(now) {
        return Err(ConsortiumError::ReplacementPending);
    }
    Ok(())
}

/// The entry of the key directory that follows `previous`.
///
/// # Errors
/// In this order: [`InvalidKey`](ConsortiumError::InvalidKey), [`TooMany`](ConsortiumError::TooMany).
pub fn next_key(previous: Option<KeyEntry>, key: EncryptionKey, bundle: Hash) -> Result<KeyEntry, ConsortiumError> {
    if key.0 == [0; 32] {
        return Err(ConsortiumError::InvalidKey);
    }
    let version = previous
        .map_or(0, |entry| entry.version)
        .checked_add(1)
        .ok_or(ConsortiumError::TooMany)?;
    Ok(KeyEntry { version, key, bundle })
}

/// The registration of a patient who had `previous`, for whom nobody may vouch before they [name](name_organisation) somebody.
///
/// # Errors
/// [`AlreadyRegistered`](ConsortiumError::AlreadyRegistered).
pub fn register_patient(previous: Option<Registration>, now: Timestamp) -> Result<Registration, ConsortiumError> {
    match previous {
        Some(_) => Err(ConsortiumError::AlreadyRegistered),
        None => Ok(Registration {
            registered_at: now,
            named: None,
            activated_by: None,
            jurisdiction: None,
        }),
    }
}

/// A patient's registration once they named an organisation, which alone may vouch for them then, once; `None` for nobody.
///
/// # Errors
/// [`UnknownOrganisation`](ConsortiumError::UnknownOrganisation).
pub fn name_organisation(
    registration: Registration,
    named: Option<OrganisationId>,
    organisations: &Organisations,
) -> Result<Registration, ConsortiumError> {
    if named.is_some_and(|organisation| organisations.standing(organisation).is_none()) {
        return Err(ConsortiumError::UnknownOrganisation);
    }
    Ok(Registration { named, ..registration })
}

/// A patient's registration once the organisation vouches for them whose admin has `roles`, as they are kept: the patient is
/// of the jurisdiction in which it is, as `place` says, whatever they were of before. A successor of the organisation that
/// was named is another one.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`UnknownPatient`](ConsortiumError::UnknownPatient),
/// [`AlreadyActivated`](ConsortiumError::AlreadyActivated), [`NotChosen`](ConsortiumError::NotChosen).
pub fn activate_patient(
    roles: &AccountRoles,
    organisations: &Organisations,
    registration: Option<Registration>,
    place: impl FnOnce(OrganisationId) -> Option<JurisdictionId>,
    now: Timestamp,
) -> Result<(Registration, OrganisationId), ConsortiumError> {
    let organisation = administration(roles, organisations, now)?.organisation;
    let registration = registration.ok_or(ConsortiumError::UnknownPatient)?;
    match registration.named {
        None if registration.activated_by.is_some() => Err(ConsortiumError::AlreadyActivated),
        Some(named) if named == organisation => {
            let activated = Registration {
                named: None,
                activated_by: Some(organisation),
                jurisdiction: place(organisation),
                ..registration
            };
            Ok((activated, organisation))
        }
        _ => Err(ConsortiumError::NotChosen),
    }
}

/// A patient's registration once the committee says of which jurisdiction they are; `None` for none. Whom they named, and who
/// vouches for them, stay.
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
