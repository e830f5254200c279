//! What the tests of the ledger share: a hospital with a domain, its admin, and requests that are accepted.

use super::{messages, Batch, ErasureReason, RecordPosition, StoredDomain};
use crate::{consortium::Role, AccountId, BatchNumber, DomainId, Hash, OprfKey, OrganisationId, Roles, Timestamp};

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

pub(super) fn erase(index: u32) -> messages::AttestErasure {
    messages::AttestErasure {
        domain: DOMAIN,
        batch: BatchNumber(0),
        index,
        reason: ErasureReason::RetentionEnded,
    }
}

pub(super) fn supersede(record: RecordPosition, by: RecordPosition) -> messages::Supersede {
    messages::Supersede {
        domain: DOMAIN,
        batch: record.batch,
        index: record.index,
        by,
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
