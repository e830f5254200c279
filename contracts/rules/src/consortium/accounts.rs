//! What single accounts have: who acts for them, and how a key entry follows another.

use super::{ConsortiumError, KeyEntry};
use crate::{consent::Control, AccountId, EncryptionKey, Hash, Timestamp};

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

/// Returns the entry of the key directory that follows `previous`.
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

#[cfg(test)]
mod tests;
