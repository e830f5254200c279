//! What became of a record after it was anchored: corrected, or erased.

use super::{events, keeps, messages, Batch, LedgerError};
use crate::{consortium::Role, BatchNumber, ErasureId, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most records that one message supersedes.
pub const MAX_SUPERSEDED: usize = 64;

/// A record of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordPosition {
    /// The batch that it is in.
    pub batch: BatchNumber,
    /// Its number in the batch, from 0.
    pub index: u32,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Fate {
    /// Another record of the domain took its place.
    Superseded {
        /// The other one.
        by: RecordPosition,
        /// When.
        at: Timestamp,
    },
    /// Its erasure was asked for; it can still be called off.
    Erasing {
        /// The request.
        erasure: ErasureId,
        /// First millisecond at which it is erased for good.
        final_at: Timestamp,
        /// Whether two admins asked for it, so that it is shown to nobody already.
        denied: bool,
    },
    /// It is erased. Final. Why, and since when, the request's event says.
    Erased,
}

/// What the contract keeps of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct StoredCorrection {
    /// The record that took the other's place.
    pub by: RecordPosition,
    /// When.
    pub at: Timestamp,
}

/// A record of a batch, and the one that takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Correction {
    /// The record's number in its batch.
    pub index: u32,
    /// The record that takes its place.
    pub by: RecordPosition,
}

/// Decides whether so many corrections are made at once, and what to tell the world of them.
///
/// # Errors
/// [`InvalidSize`](LedgerError::InvalidSize): none, or more than [`MAX_SUPERSEDED`].
pub fn supersede_many(request: &messages::Supersede) -> Result<events::Superseded, LedgerError> {
    let messages::Supersede {
        domain,
        batch,
        corrections,
    } = request;
    if corrections.is_empty() || corrections.len() > MAX_SUPERSEDED {
        return Err(LedgerError::InvalidSize);
    }
    Ok(events::Superseded {
        domain: *domain,
        batch: *batch,
        corrections: Vec::clone(corrections),
    })
}

/// Decides on the correction of a record of the batch `number` by another one of the domain: what is kept of it. A record
/// that was superseded before may be given another correction; the events keep both.
///
/// `role` is the caller's role now, `batch` reads a batch of the domain, `is_erased` says whether a record is erased for
/// good, and `is_corrected` whether another one took its place.
///
/// # Errors
/// In this order: [`UnknownBatch`](LedgerError::UnknownBatch), [`UnknownRecord`](LedgerError::UnknownRecord),
/// [`NotCustodian`](LedgerError::NotCustodian), [`SupersedesItself`](LedgerError::SupersedesItself),
/// [`UnknownReplacement`](LedgerError::UnknownReplacement), [`AlreadyErased`](LedgerError::AlreadyErased),
/// [`ReplacementGone`](LedgerError::ReplacementGone).
pub fn supersede(
    number: BatchNumber,
    correction: Correction,
    role: Option<Role>,
    now: Timestamp,
    batch: impl Fn(BatchNumber) -> Option<Batch>,
    is_erased: impl Fn(RecordPosition) -> bool,
    is_corrected: impl Fn(RecordPosition) -> bool,
) -> Result<StoredCorrection, LedgerError> {
    let Correction { index, by } = correction;
    let own = batch(number).ok_or(LedgerError::UnknownBatch)?;
    if index >= own.records {
        return Err(LedgerError::UnknownRecord);
    }
    if !keeps(role, own.custodian) {
        return Err(LedgerError::NotCustodian);
    }
    let record = RecordPosition { batch: number, index };
    if by == record {
        return Err(LedgerError::SupersedesItself);
    }
    if batch(by.batch).is_none_or(|batch| by.index >= batch.records) {
        return Err(LedgerError::UnknownReplacement);
    }
    if is_erased(record) {
        return Err(LedgerError::AlreadyErased);
    }
    // A record that was superseded is no correction of another: so corrections never run in a circle.
    if is_corrected(by) || is_erased(by) {
        return Err(LedgerError::ReplacementGone);
    }
    Ok(StoredCorrection { by, at: now })
}

#[cfg(test)]
mod tests;
