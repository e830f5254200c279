//! What became of a record after it was anchored: corrected, or erased.

use super::{administers, events, keeps, messages, Batch, LedgerError};
use crate::{consortium::Role, BatchNumber, OrganisationId, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

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

/// Why a record was erased: the grounds of GDPR Article 17(1), and an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ErasureReason {
    /// It is no longer needed, or its retention ended: point (a).
    RetentionEnded,
    /// The patient withdrew consent or objected: points (b) and (c).
    PatientRequest,
    /// It was processed unlawfully: point (d).
    Unlawful,
    /// A law or a court demands it: point (e).
    LegalObligation,
    /// It was entered in error.
    EnteredInError,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Fate {
    /// Another record of the domain took its place.
    Superseded {
        /// The other one.
        by: RecordPosition,
        /// When.
        at: Timestamp,
    },
    /// The custodian attests that its ciphertext and keys are erased. Final.
    Erased {
        /// Why.
        reason: ErasureReason,
        /// When.
        at: Timestamp,
    },
}

/// Decides on the erasure of a record: its fate, and what to tell the world.
///
/// `role` is the caller's role now, `batch` the batch of the record, and `fate` what became of the record before.
///
/// # Errors
/// In this order: [`UnknownBatch`](LedgerError::UnknownBatch), [`UnknownRecord`](LedgerError::UnknownRecord),
/// [`NotCustodian`](LedgerError::NotCustodian), [`AlreadyErased`](LedgerError::AlreadyErased).
pub fn attest_erasure(
    request: &messages::AttestErasure,
    batch: Option<Batch>,
    role: Option<Role>,
    fate: impl FnOnce() -> Option<Fate>,
    now: Timestamp,
) -> Result<(Fate, events::ErasureAttested), LedgerError> {
    let messages::AttestErasure {
        domain,
        batch: number,
        index,
        reason,
    } = *request;
    check_custody(batch, index, |custodian| administers(role, custodian))?;
    check_not_erased(fate())?;
    let event = events::ErasureAttested {
        domain,
        batch: number,
        index,
        reason,
    };
    Ok((Fate::Erased { reason, at: now }, event))
}

/// Decides on the correction of a record by another one of the domain: its fate, and what to tell the world. A record
/// that was superseded before may be given another correction; the events keep both.
///
/// `role` is the caller's role now, `batch` reads a batch of the domain, and `fate` what became of a record before.
///
/// # Errors
/// In this order: [`UnknownBatch`](LedgerError::UnknownBatch), [`UnknownRecord`](LedgerError::UnknownRecord),
/// [`NotCustodian`](LedgerError::NotCustodian), [`SupersedesItself`](LedgerError::SupersedesItself),
/// [`UnknownReplacement`](LedgerError::UnknownReplacement), [`AlreadyErased`](LedgerError::AlreadyErased),
/// [`ReplacementGone`](LedgerError::ReplacementGone).
pub fn supersede(
    request: &messages::Supersede,
    role: Option<Role>,
    now: Timestamp,
    batch: impl Fn(BatchNumber) -> Option<Batch>,
    fate: impl Fn(RecordPosition) -> Option<Fate>,
) -> Result<(Fate, events::Superseded), LedgerError> {
    let messages::Supersede {
        domain,
        batch: number,
        index,
        by,
    } = *request;
    check_custody(batch(number), index, |custodian| keeps(role, custodian))?;
    let record = RecordPosition { batch: number, index };
    if by == record {
        return Err(LedgerError::SupersedesItself);
    }
    if batch(by.batch).is_none_or(|batch| by.index >= batch.records) {
        return Err(LedgerError::UnknownReplacement);
    }
    check_not_erased(fate(record))?;
    // A record that was superseded is no correction of another: so corrections never run in a circle.
    if fate(by).is_some() {
        return Err(LedgerError::ReplacementGone);
    }
    let event = events::Superseded {
        domain,
        batch: number,
        index,
        by,
    };
    Ok((Fate::Superseded { by, at: now }, event))
}

fn check_custody(
    batch: Option<Batch>,
    index: u32,
    may: impl FnOnce(OrganisationId) -> bool,
) -> Result<(), LedgerError> {
    let batch = batch.ok_or(LedgerError::UnknownBatch)?;
    if index >= batch.records {
        return Err(LedgerError::UnknownRecord);
    }
    if !may(batch.custodian) {
        return Err(LedgerError::NotCustodian);
    }
    Ok(())
}

fn check_not_erased(fate: Option<Fate>) -> Result<(), LedgerError> {
    match fate {
        Some(Fate::Erased { .. }) => Err(LedgerError::AlreadyErased),
        Some(Fate::Superseded { .. }) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
