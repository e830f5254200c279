//! Search domains, and the epochs of their keys.

use super::{administers, events, messages, LedgerError};
use crate::{consortium::Role, DomainId, OprfKey, OrganisationId, Roles};
use scale::{Decode, Encode, MaxEncodedLen};

/// A search domain, as the ledger answers for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Domain {
    /// The organisation that is its custodian.
    pub custodian: OrganisationId,
    /// The number that the next batch gets.
    pub next_batch: u32,
    /// The current epoch of the domain's key.
    pub epoch: u16,
    /// The domain's public key in that epoch.
    pub key: OprfKey,
}

/// What the contract keeps of a domain. The keys of earlier epochs lie beside it, one value each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct StoredDomain {
    /// [`Domain::custodian`]; never changes.
    pub custodian: OrganisationId,
    /// [`Domain::epoch`].
    pub epoch: u16,
    /// [`Domain::key`].
    pub key: OprfKey,
}

impl StoredDomain {
    /// Returns what the ledger answers, once the number of the next batch was searched for.
    pub fn with_next_batch(self, next_batch: u32) -> Domain {
        let Self { custodian, epoch, key } = self;
        Domain {
            custodian,
            next_batch,
            epoch,
            key,
        }
    }
}

/// Decides on a new domain: the number and state that it gets.
///
/// `role` is the caller's role now, and `registered` how many domains there are. Whether the key was a domain's before is
/// left to the caller, who learns it by writing: where it was, [`KeyTaken`](LedgerError::KeyTaken) takes everything back.
///
/// # Errors
/// In this order: [`InvalidKey`](LedgerError::InvalidKey), [`NotCustodian`](LedgerError::NotCustodian),
/// [`TooMany`](LedgerError::TooMany).
pub fn register_domain(
    role: Option<Role>,
    registered: u32,
    key: OprfKey,
) -> Result<(DomainId, StoredDomain), LedgerError> {
    check_key(key)?;
    let role = role
        .filter(|role| role.roles.contains(Roles::ORGANISATION_ADMIN))
        .ok_or(LedgerError::NotCustodian)?;
    let number = registered.checked_add(1).ok_or(LedgerError::TooMany)?;
    let domain = StoredDomain {
        custodian: role.organisation,
        epoch: 0,
        key,
    };
    Ok((DomainId(number), domain))
}

/// Decides on the key of a domain's next epoch: the domain as it stands afterwards, and what to tell the world. The key
/// that was current until then belongs among the earlier ones.
///
/// `role` is the caller's role now. Whether the key was a domain's before is left to the caller, as for
/// [`register_domain`].
///
/// # Errors
/// In this order: [`InvalidKey`](LedgerError::InvalidKey), [`UnknownDomain`](LedgerError::UnknownDomain),
/// [`NotCustodian`](LedgerError::NotCustodian), [`TooMany`](LedgerError::TooMany).
pub fn rotate_key(
    request: &messages::RotateKey,
    domain: Option<StoredDomain>,
    role: Option<Role>,
) -> Result<(StoredDomain, events::DomainKeySet), LedgerError> {
    let messages::RotateKey { domain: id, key } = *request;
    check_key(key)?;
    let before = domain.ok_or(LedgerError::UnknownDomain)?;
    if !administers(role, before.custodian) {
        return Err(LedgerError::NotCustodian);
    }
    let epoch = before.epoch.checked_add(1).ok_or(LedgerError::TooMany)?;
    let after = StoredDomain { epoch, key, ..before };
    Ok((after, events::DomainKeySet { domain: id, epoch, key }))
}

fn check_key(key: OprfKey) -> Result<(), LedgerError> {
    if key.0 == [0; 32] {
        Err(LedgerError::InvalidKey)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
