//! New labels for old records: of one batch, or of a span of them at once.

use super::{events, keeps, messages, Batch, LedgerError};
use crate::{consortium::Role, BatchNumber, Hash, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// The widest span: one segment, which is 2 to the power of this many batches.
pub const MAX_SPAN_LOG2: u8 = super::SEGMENT_BATCHES.trailing_zeros() as u8;

/// A range of batches: a power of two of them, beginning at a multiple of that. Two spans are either disjoint, or one
/// lies in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
pub struct Span {
    first: BatchNumber,
    log2: u8,
}

impl Span {
    /// Makes the span of `2^log2` batches from `first`, for a compaction; `None` unless it is 2 to 1,024 of them and `first` is
    /// a multiple of their number.
    pub fn new(first: BatchNumber, log2: u8) -> Option<Self> {
        let span = Self { first, log2 };
        (log2 != 0 && log2 <= MAX_SPAN_LOG2 && first.0 & span.mask() == 0).then_some(span)
    }

    /// Makes the span of one batch alone, which is no span for a compaction.
    const fn one(batch: BatchNumber) -> Self {
        Self { first: batch, log2: 0 }
    }

    /// Returns the first batch of the span.
    pub const fn first(self) -> BatchNumber {
        self.first
    }

    /// Returns the last batch of the span.
    pub const fn last(self) -> BatchNumber {
        BatchNumber(self.first.0 | self.mask())
    }

    /// Returns every wider span that this one lies in, narrowest first: at most [`MAX_SPAN_LOG2`].
    fn wider(self) -> impl Iterator<Item = Self> {
        let wider = (1..=MAX_SPAN_LOG2).filter(move |log2| *log2 > self.log2);
        wider.map(move |log2| {
            let span = Self { log2, ..self };
            let first = BatchNumber(self.first.0 & !span.mask());
            Self { first, ..span }
        })
    }

    /// Returns every span of a compaction that `batch` may lie in, narrowest first: the last one that stands is in
    /// force.
    pub fn around(batch: BatchNumber) -> impl Iterator<Item = Self> {
        Self::one(batch).wider()
    }

    /// Returns the bits that tell the batches of the span apart.
    const fn mask(self) -> u32 {
        !u32::MAX.wrapping_shl(self.log2 as u32)
    }
}

/// Labels that stand for a span of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Compaction {
    /// Commitment to the labels and the count table of the whole span.
    pub index_commitment: Hash,
    /// 0, and one more each time that the span is compacted again.
    pub version: u16,
    /// When.
    pub at: Timestamp,
}

/// Decides on new labels of a batch: the batch as it stands afterwards, and what to tell the world. Only the index
/// commitment and the version change.
///
/// `role` is the caller's role now; `compacted` says whether a span has a compaction.
///
/// # Errors
/// In this order: [`UnknownBatch`](LedgerError::UnknownBatch), [`NotCustodian`](LedgerError::NotCustodian),
/// [`Superseded`](LedgerError::Superseded), [`TooMany`](LedgerError::TooMany),
/// [`WrongVersion`](LedgerError::WrongVersion).
pub fn relabel(
    request: &messages::Relabel,
    batch: Option<Batch>,
    role: Option<Role>,
    compacted: impl Fn(Span) -> bool,
) -> Result<(Batch, events::Relabelled), LedgerError> {
    let before = batch.ok_or(LedgerError::UnknownBatch)?;
    if !keeps(role, before.custodian) {
        return Err(LedgerError::NotCustodian);
    }
    if Span::around(request.batch).any(compacted) {
        return Err(LedgerError::Superseded);
    }
    let version = follow(Some(before.version), request.version)?;
    let index_commitment = request.index_commitment;
    let after = Batch {
        index_commitment,
        version,
        ..before
    };
    let relabelled = events::Relabelled {
        domain: request.domain,
        batch: request.batch,
        version,
        index_commitment,
    };
    Ok((after, relabelled))
}

/// Decides on labels for a span of batches: where they are kept, what is kept, and what to tell the world.
///
/// `role` is the caller's role now; `batch` reads a batch; `compacted` says whether a span has a compaction, and
/// `version` which version the span's own compaction has.
///
/// # Errors
/// In this order: [`InvalidSpan`](LedgerError::InvalidSpan), [`UnknownBatch`](LedgerError::UnknownBatch),
/// [`NotCustodian`](LedgerError::NotCustodian), [`Superseded`](LedgerError::Superseded),
/// [`TooMany`](LedgerError::TooMany), [`WrongVersion`](LedgerError::WrongVersion).
pub fn compact(
    request: &messages::Compact,
    role: Option<Role>,
    now: Timestamp,
    batch: impl FnOnce(BatchNumber) -> Option<Batch>,
    compacted: impl Fn(Span) -> bool,
    version: impl FnOnce(Span) -> Option<u16>,
) -> Result<(Span, Compaction, events::Compacted), LedgerError> {
    let span = Span::new(request.first, request.span_log2).ok_or(LedgerError::InvalidSpan)?;
    // Batches have no gaps: where the last one stands, all do.
    let last = batch(span.last()).ok_or(LedgerError::UnknownBatch)?;
    if !keeps(role, last.custodian) {
        return Err(LedgerError::NotCustodian);
    }
    if span.wider().any(compacted) {
        return Err(LedgerError::Superseded);
    }
    let version = follow(version(span), request.version)?;
    let compaction = Compaction {
        index_commitment: request.index_commitment,
        version,
        at: now,
    };
    let event = events::Compacted {
        domain: request.domain,
        first: request.first,
        span_log2: request.span_log2,
        version,
        index_commitment: request.index_commitment,
    };
    Ok((span, compaction, event))
}

/// Returns the version that follows `current`, which must be the `claimed` one: 0 after none, and then one more.
fn follow(current: Option<u16>, claimed: u16) -> Result<u16, LedgerError> {
    let next = match current {
        None => 0,
        Some(current) => current.checked_add(1).ok_or(LedgerError::TooMany)?,
    };
    if claimed == next {
        Ok(next)
    } else {
        Err(LedgerError::WrongVersion { next })
    }
}

#[cfg(test)]
mod tests;
