//! What the tests of the ledger share: a hospital with a domain, its admin, and requests that are accepted.

use super::{messages, Asker, Batch, Correction, ErasureReason, RecordPosition, Servers, StoredDomain};
use crate::{consortium::Role, AccountId, BatchNumber, DomainId, Hash, OprfKey, OrganisationId, Roles, Timestamp};
use alloc::{vec, vec::Vec};

pub(super) const HOSPITAL: OrganisationId = OrganisationId(1);
pub(super) const OTHER: OrganisationId = OrganisationId(2);
pub(super) const DOMAIN: DomainId = DomainId(1);
pub(super) const CALLER: AccountId = AccountId([7; 32]);
pub(super) const KEY: OprfKey = OprfKey([9; 32]);
pub(super) const NOW: Timestamp = 1_000;
/// How many records the batches of [`batch`] have.
pub(super) const RECORDS: u32 = 10;

pub(super) fn role(roles: Roles, organisation: OrganisationId) -> Option<Role> {
    Some(Role {
        roles,
        organisation,
        until: Timestamp::MAX,
    })
}

pub(super) fn admin() -> Option<Role> {
    role(Roles::ORGANISATION_ADMIN, HOSPITAL)
}

pub(super) fn domain() -> StoredDomain {
    StoredDomain {
        custodian: HOSPITAL,
        epoch: 0,
        key: KEY,
    }
}

pub(super) fn batch(version: u16) -> Batch {
    Batch {
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        manifest: Hash([3; 32]),
        records: RECORDS,
        anchored_at: NOW - 1,
        version,
        custodian: HOSPITAL,
    }
}

pub(super) fn anchor(expected: u32, records: u32) -> messages::Anchor {
    messages::Anchor {
        domain: DOMAIN,
        expected: BatchNumber(expected),
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        records,
        manifest: Hash([3; 32]),
    }
}

pub(super) fn rotate(key: OprfKey) -> messages::RotateKey {
    messages::RotateKey { domain: DOMAIN, key }
}

pub(super) fn relabel(batch: u32, version: u16) -> messages::Relabel {
    messages::Relabel {
        domain: DOMAIN,
        batch: BatchNumber(batch),
        version,
        index_commitment: Hash([4; 32]),
    }
}

pub(super) fn compact(first: u32, span_log2: u8, version: u16) -> messages::Compact {
    messages::Compact {
        domain: DOMAIN,
        first: BatchNumber(first),
        span_log2,
        version,
        index_commitment: Hash([5; 32]),
    }
}

pub(super) fn position(batch: u32, index: u32) -> RecordPosition {
    RecordPosition {
        batch: BatchNumber(batch),
        index,
    }
}

pub(super) fn erase(records: Vec<u16>) -> messages::RequestErasure {
    messages::RequestErasure {
        domain: DOMAIN,
        batch: BatchNumber(0),
        records,
        reason: ErasureReason::RetentionEnded,
    }
}

/// Returns an account with a role.
pub(super) fn asker(account: AccountId, role: Option<Role>) -> Asker {
    Asker { account, role }
}

pub(super) fn correction(index: u32, by: RecordPosition) -> Correction {
    Correction { index, by }
}

pub(super) fn set_servers() -> messages::SetServers {
    messages::SetServers {
        domain: DOMAIN,
        servers: Servers {
            indexer: Some(AccountId([31; 32])),
            token_service: Some(AccountId([32; 32])),
            proxies: vec![AccountId([33; 32]), AccountId([34; 32])],
        },
    }
}

pub(super) fn disclose(expected: u32, count: u32) -> messages::AnchorDisclosures {
    messages::AnchorDisclosures {
        domain: DOMAIN,
        expected,
        root: Hash([6; 32]),
        count,
    }
}
