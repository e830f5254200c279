//! Accounts of disclosures: who was shown what, anchored by those who showed it (45 CFR 164.528). Each of them numbers its
//! own in a domain, so that nobody can take another's numbers.

use super::{administers, events, messages, LedgerError, StoredDomain};
use crate::{consortium::Role, AccountId, Hash, Roles, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// Most disclosures under one root.
pub const MAX_DISCLOSURES: u32 = 1 << 20;

/// An anchored account of disclosures, kept under the domain, whoever accounts for them, and its number: 44 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Disclosures {
    /// Root over the disclosures, each salted.
    pub root: Hash,
    /// How many: 1 to [`MAX_DISCLOSURES`].
    pub count: u32,
    /// When.
    pub at: Timestamp,
}

/// Decides on an account of disclosures: what is kept of it, and what to tell the world. Whether its number is free is
/// left to the caller, who learns it by writing: where it was not,
/// [`DisclosuresTaken`](LedgerError::DisclosuresTaken) takes everything back.
///
/// `caller` has `role` now; `exists` says whether a number of theirs in the domain is taken, and `next` finds the one that
/// is free.
///
/// # Errors
/// In this order: [`InvalidSize`](LedgerError::InvalidSize), [`UnknownDomain`](LedgerError::UnknownDomain),
/// [`NotDiscloser`](LedgerError::NotDiscloser), [`DisclosuresTaken`](LedgerError::DisclosuresTaken),
/// [`TooMany`](LedgerError::TooMany).
pub fn anchor_disclosures(
    request: &messages::AnchorDisclosures,
    (caller, role): (AccountId, Option<Role>),
    now: Timestamp,
    domain: Option<StoredDomain>,
    exists: impl FnOnce(u32) -> bool,
    next: impl FnOnce() -> u32,
) -> Result<(Disclosures, events::DisclosuresAnchored), LedgerError> {
    let messages::AnchorDisclosures {
        domain: id,
        expected,
        root,
        count,
    } = *request;
    if count == 0 || count > MAX_DISCLOSURES {
        return Err(LedgerError::InvalidSize);
    }
    let custodian = domain.ok_or(LedgerError::UnknownDomain)?.custodian;
    let is_proxy = role.is_some_and(|role| role.roles.contains(Roles::PROXY_OPERATOR));
    if !is_proxy && !administers(role, custodian) {
        return Err(LedgerError::NotDiscloser);
    }
    if expected.checked_sub(1).is_some_and(|previous| !exists(previous)) {
        return Err(LedgerError::DisclosuresTaken { next: next() });
    }
    // The last number stays free, as that of batches does.
    if expected == u32::MAX {
        return Err(LedgerError::TooMany);
    }
    let disclosures = Disclosures { root, count, at: now };
    let event = events::DisclosuresAnchored {
        domain: id,
        sequence: expected,
        root,
        count,
        by: caller,
    };
    Ok((disclosures, event))
}

#[cfg(test)]
mod tests;
