//! What becomes the next batch of a domain.

use super::{events, keeps, messages, LedgerError, StoredDomain};
use crate::{consortium::Role, BatchNumber, Hash, OrganisationId, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// Most records that one batch may hold.
pub const MAX_BATCH_RECORDS: u32 = 65_536;
/// Batches in one segment of a domain: the span of one GGM tree.
pub const SEGMENT_BATCHES: u32 = 1_024;

/// An anchored batch: 114 bytes of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Batch {
    /// Merkle root of the sealed records; never changes.
    pub record_root: Hash,
    /// Commitment to the labels and the count table.
    pub index_commitment: Hash,
    /// Hash of the custodian's manifest.
    pub manifest: Hash,
    /// How many records: 1 to [`MAX_BATCH_RECORDS`].
    pub records: u32,
    /// When it was anchored.
    pub anchored_at: Timestamp,
    /// 0, and one more with each relabelling.
    pub version: u16,
    /// The domain's custodian: here too, so that the next batch is judged by this one alone.
    pub custodian: OrganisationId,
}

/// What stands in the place before a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// The domain's custodian.
    pub custodian: OrganisationId,
    /// Whether the number before is not anchored yet.
    pub gap: bool,
}

/// Finds what stands before the batch `expected`, with one read where the number fits: of the batch before, or, for the
/// first one, of the domain. `None` when there is no such domain.
pub fn before(
    expected: BatchNumber,
    batch: impl FnOnce(BatchNumber) -> Option<Batch>,
    domain: impl FnOnce() -> Option<StoredDomain>,
) -> Option<Before> {
    let previous = expected.0.checked_sub(1).and_then(|number| batch(BatchNumber(number)));
    match previous {
        Some(batch) => Some(Before {
            custodian: batch.custodian,
            gap: false,
        }),
        None => domain().map(|domain| Before {
            custodian: domain.custodian,
            gap: expected.0 != 0,
        }),
    }
}

/// Decides on a batch: what is kept of it, and what to tell the world. Whether its number is free is left to the
/// caller, who learns it by writing: where it was not, [`BatchTaken`](LedgerError::BatchTaken) takes everything back.
///
/// `role` is the caller's role now, and `next` finds the number that is free.
///
/// # Errors
/// In this order: [`InvalidSize`](LedgerError::InvalidSize), [`UnknownDomain`](LedgerError::UnknownDomain),
/// [`NotCustodian`](LedgerError::NotCustodian), [`BatchTaken`](LedgerError::BatchTaken),
/// [`TooMany`](LedgerError::TooMany).
pub fn anchor(
    request: &messages::Anchor,
    before: Option<Before>,
    role: Option<Role>,
    now: Timestamp,
    next: impl FnOnce() -> u32,
) -> Result<(Batch, events::Anchored), LedgerError> {
    if request.records == 0 || request.records > MAX_BATCH_RECORDS {
        return Err(LedgerError::InvalidSize);
    }
    let Before { custodian, gap } = before.ok_or(LedgerError::UnknownDomain)?;
    if !keeps(role, custodian) {
        return Err(LedgerError::NotCustodian);
    }
    if gap {
        return Err(LedgerError::BatchTaken { next: next() });
    }
    // The last number stays free, so that every number of batches is a `u32`.
    if request.expected.0 == u32::MAX {
        return Err(LedgerError::TooMany);
    }
    let batch = Batch {
        record_root: request.record_root,
        index_commitment: request.index_commitment,
        manifest: request.manifest,
        records: request.records,
        anchored_at: now,
        version: 0,
        custodian,
    };
    let anchored = events::Anchored {
        domain: request.domain,
        batch: request.expected,
        record_root: request.record_root,
        index_commitment: request.index_commitment,
        records: request.records,
        manifest: request.manifest,
    };
    Ok((batch, anchored))
}

#[cfg(test)]
mod tests;
