//! What single accounts have: how a key entry follows another, and how patients are registered.

use super::{appointments::administration, AccountRoles, ConsortiumError, KeyEntry, Organisations, Registration};
use crate::{EncryptionKey, Hash, Timestamp};

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

/// The registration of a patient who had `previous`.
///
/// # Errors
/// [`AlreadyRegistered`](ConsortiumError::AlreadyRegistered).
pub fn register_patient(previous: Option<Registration>, now: Timestamp) -> Result<Registration, ConsortiumError> {
    match previous {
        Some(_) => Err(ConsortiumError::AlreadyRegistered),
        None => Ok(Registration {
            registered_at: now,
            activated_by: None,
        }),
    }
}

/// A patient's registration once the organisation vouches for them whose admin has `roles`, as they are kept.
///
/// # Errors
/// In this order: [`NotAdmin`](ConsortiumError::NotAdmin), [`UnknownPatient`](ConsortiumError::UnknownPatient),
/// [`AlreadyActivated`](ConsortiumError::AlreadyActivated).
pub fn activate_patient(
    roles: &AccountRoles,
    organisations: &Organisations,
    registration: Option<Registration>,
    now: Timestamp,
) -> Result<(Registration, crate::OrganisationId), ConsortiumError> {
    let admin = administration(roles, organisations, now)?;
    let registration = registration.ok_or(ConsortiumError::UnknownPatient)?;
    if registration.activated_by.is_some() {
        return Err(ConsortiumError::AlreadyActivated);
    }
    let activated = Registration {
        activated_by: Some(admin.organisation),
        ..registration
    };
    Ok((activated, admin.organisation))
}

#[cfg(test)]
mod tests;
