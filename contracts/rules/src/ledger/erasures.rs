//! Erasure of records: an admin asks for it, and it is final after a while, unless it is called off before.
//!
//! One stolen key must not be enough to destroy a hospital's records, nor to hide them. So what one admin asks for is shown
//! until it is final, and any admin of the organisation can call it off until then. What a second admin asks for too is
//! shown to nobody at once; who asked first cannot call it off alone any more. A patient may second the erasure of
//! their own records: the ledger does not know whose a record is, so that this is for those to tell who serve it.
//!
//! A suspended organisation erases as before: what the law has erased does not wait for the committee.

use super::{administers, events, messages, Batch, LedgerError};
use crate::{
    consortium::{Limits, Role},
    AccountId, BatchNumber, ErasureId, OrganisationId, Timestamp,
};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most records that one request for erasure names.
pub const MAX_ERASED_TOGETHER: usize = 1_024;
/// Records of a batch whose erasure is noted in one [`ErasureCell`].
pub const ERASURE_CELL_RECORDS: u16 = 1_024;
/// Most requests that wait in one [`ErasureCell`].
pub const MAX_PENDING_ERASURES: usize = 32;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Why a record is erased: the grounds of GDPR Article 17(1), and an error.
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

/// A request for the erasure of records of one batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Erasure {
    /// The batch.
    pub batch: BatchNumber,
    /// The records' numbers in it, rising: 1 to [`MAX_ERASED_TOGETHER`].
    pub records: Vec<u16>,
    /// Why.
    pub reason: ErasureReason,
    /// The admin who asked for it.
    pub requested_by: AccountId,
    /// Another admin who asked for it too; since then the records are shown to nobody.
    pub seconded_by: Option<AccountId>,
    /// First millisecond at which the records are erased for good.
    pub final_at: Timestamp,
}

impl Erasure {
    /// Returns whether it can be called off no more.
    pub const fn is_final(&self, now: Timestamp) -> bool {
        now >= self.final_at
    }
}

/// How many erasures were asked for in a domain, ever and today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct ErasureBook {
    /// How many requests there ever were, which is the number of the last one.
    pub requests: u32,
    /// The day of the last request, counted from 1 January 1970.
    pub day: u64,
    /// How many records the requests of that day named. What is called off is not taken off.
    pub records: u32,
}

/// What is noted of the erasure of [`ERASURE_CELL_RECORDS`] records of a batch in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct ErasureCell {
    /// The records whose erasure was asked for and not called off: bit 0 of byte 0 for the first one, and so on, up to
    /// the last byte with a bit.
    pub marked: Vec<u8>,
    /// The requests that may not be final yet: at most [`MAX_PENDING_ERASURES`].
    pub pending: Vec<PendingErasure>,
}

/// A request that a cell has records of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
pub struct PendingErasure {
    /// The request.
    pub erasure: ErasureId,
    /// [`Erasure::final_at`].
    pub final_at: Timestamp,
}

impl ErasureCell {
    /// Returns the number of the cell that a record of a batch is noted in.
    pub const fn number(record: u16) -> u8 {
        // At most 63.
        (record / ERASURE_CELL_RECORDS) as u8
    }

    /// Returns whether the erasure of a record was asked for, and not called off.
    pub fn is_marked(&self, record: u16) -> bool {
        let (byte, bit) = place(record);
        self.marked.get(byte).is_some_and(|bits| bits & bit != 0)
    }

    fn mark(&mut self, record: u16) {
        let (byte, bit) = place(record);
        if self.marked.len() <= byte {
            self.marked.resize(byte.saturating_add(1), 0);
        }
        if let Some(bits) = self.marked.get_mut(byte) {
            *bits |= bit;
        }
    }

    /// Returns the cell without a request that was called off, and the records of it; `None` when nothing is left to
    /// note.
    pub fn without(mut self, erasure: ErasureId, records: &[u16]) -> Option<Self> {
        self.pending.retain(|pending| pending.erasure != erasure);
        for record in records {
            let (byte, bit) = place(*record);
            if let Some(bits) = self.marked.get_mut(byte) {
                *bits &= !bit;
            }
        }
        while self.marked.last() == Some(&0) {
            self.marked.pop();
        }
        (!self.marked.is_empty()).then_some(self)
    }

    /// Returns what becomes of a record by erasure; `None` when nothing does. `erasure` reads a request.
    pub fn fate(
        &self,
        record: u16,
        now: Timestamp,
        erasure: impl Fn(ErasureId) -> Option<Erasure>,
    ) -> Option<super::Fate> {
        if !self.is_marked(record) {
            return None;
        }
        let waiting = self.pending.iter().filter(|pending| now < pending.final_at);
        let mut named = waiting.filter_map(|pending| {
            let request = erasure(pending.erasure)?;
            request.records.binary_search(&record).ok()?;
            Some(super::Fate::Erasing {
                erasure: pending.erasure,
                final_at: request.final_at,
                denied: request.seconded_by.is_some(),
            })
        });
        Some(named.next().unwrap_or(super::Fate::Erased))
    }
}

/// Returns in which byte of its cell a record's bit is, and that bit.
const fn place(record: u16) -> (usize, u8) {
    let number = record % ERASURE_CELL_RECORDS;
    ((number >> 3) as usize, 1 << (number & 7))
}

/// A request for erasure that is accepted: what is kept of it, and what to tell the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedErasure {
    /// Its number in the domain.
    pub id: ErasureId,
    /// The request.
    pub erasure: Erasure,
    /// How many were asked for now.
    pub book: ErasureBook,
    /// The cells that change, by number.
    pub cells: Vec<(u8, ErasureCell)>,
    /// What to tell the world.
    pub event: events::ErasureRequested,
}

/// Who asks something of the ledger, and what they may do whether or not their organisation is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The account.
    pub account: AccountId,
    /// Its role, unless it has ended.
    pub role: Option<Role>,
}

/// Decides on a request for erasure.
///
/// `batch` is the batch of the records, `book` the domain's, and `cell` reads a cell of the batch.
///
/// # Errors
/// In this order: [`UnknownBatch`](LedgerError::UnknownBatch), [`NotCustodian`](LedgerError::NotCustodian),
/// [`InvalidSize`](LedgerError::InvalidSize), [`UnknownRecord`](LedgerError::UnknownRecord),
/// [`TooMany`](LedgerError::TooMany), [`TooManyErasures`](LedgerError::TooManyErasures);
/// [`AlreadyErased`](LedgerError::AlreadyErased) or [`TooManyPending`](LedgerError::TooManyPending), for the first record
/// that has it.
pub fn request_erasure(
    request: &messages::RequestErasure,
    batch: Option<Batch>,
    asker: Asker,
    book: ErasureBook,
    limits: &Limits,
    now: Timestamp,
    cell: impl Fn(u8) -> Option<ErasureCell>,
) -> Result<RequestedErasure, LedgerError> {
    let batch = batch.ok_or(LedgerError::UnknownBatch)?;
    if !administers(asker.role, batch.custodian) {
        return Err(LedgerError::NotCustodian);
    }
    let records = &request.records;
    let rises = records.windows(2).all(|pair| pair.first() < pair.last());
    let last = records.last().ok_or(LedgerError::InvalidSize)?;
    if records.len() > MAX_ERASED_TOGETHER || !rises {
        return Err(LedgerError::InvalidSize);
    }
    if u32::from(*last) >= batch.records {
        return Err(LedgerError::UnknownRecord);
    }
    let book = book.with(records.len(), limits.erasures_per_day, now)?;
    let (id, final_at) = (ErasureId(book.requests), now.saturating_add(limits.erasure_ms));
    let mut cells: Vec<(u8, ErasureCell)> = Vec::new();
    for record in records {
        let number = ErasureCell::number(*record);
        if cells.last().is_none_or(|(last, _)| *last != number) {
            let mut cell = cell(number).unwrap_or_default();
            cell.pending.retain(|pending| now < pending.final_at);
            cell.pending.push(PendingErasure { erasure: id, final_at });
            cells.push((number, cell));
        }
        if let Some((_, cell)) = cells.last_mut() {
            if cell.is_marked(*record) {
                return Err(LedgerError::AlreadyErased);
            }
            if cell.pending.len() > MAX_PENDING_ERASURES {
                return Err(LedgerError::TooManyPending);
            }
            cell.mark(*record);
        }
    }
    let event = events::ErasureRequested {
        domain: request.domain,
        erasure: id,
        batch: request.batch,
        records: records.clone(),
        reason: request.reason,
        by: asker.account,
        final_at,
    };
    let erasure = Erasure {
        batch: request.batch,
        records: records.clone(),
        reason: request.reason,
        requested_by: asker.account,
        seconded_by: None,
        final_at,
    };
    Ok(RequestedErasure {
        id,
        erasure,
        book,
        cells,
        event,
    })
}

impl ErasureBook {
    /// Returns the book after another request for so many records, of which `most` may be named in a day.
    fn with(self, records: usize, most: u32, now: Timestamp) -> Result<Self, LedgerError> {
        let day = now / DAY_MS;
        let before = if day == self.day { self.records } else { 0 };
        let requests = self.requests.checked_add(1).ok_or(LedgerError::TooMany)?;
        let left = most.saturating_sub(before);
        let records = u32::try_from(records).ok().filter(|records| *records <= left);
        let records = records.ok_or(LedgerError::TooManyErasures { left })?;
        Ok(Self {
            requests,
            day,
            records: before.saturating_add(records),
        })
    }
}

/// Decides on another voice for an erasure: the request afterwards, where it is another admin's and the first one, and what
/// to tell the world. `custodian` is the domain's.
///
/// # Errors
/// In this order: [`UnknownErasure`](LedgerError::UnknownErasure), [`ErasureFinal`](LedgerError::ErasureFinal),
/// [`NotAnother`](LedgerError::NotAnother).
pub fn second_erasure(
    request: &messages::SecondErasure,
    custodian: OrganisationId,
    erasure: Option<Erasure>,
    asker: Asker,
    now: Timestamp,
) -> Result<(Option<Erasure>, events::ErasureSeconded), LedgerError> {
    let mut erasure = waiting(erasure, now)?;
    if asker.account == erasure.requested_by {
        return Err(LedgerError::NotAnother);
    }
    let by_admin = administers(asker.role, custodian);
    let changes = by_admin && erasure.seconded_by.is_none();
    if changes {
        erasure.seconded_by = Some(asker.account);
    }
    let event = events::ErasureSeconded {
        domain: request.domain,
        erasure: request.erasure,
        by: asker.account,
        by_admin,
    };
    Ok((changes.then_some(erasure), event))
}

/// Decides on calling an erasure off: the request, whose marks go, and what to tell the world. `custodian` is the domain's.
///
/// Who asked for it may call it off until a second admin asks for it too; from then on another admin has to.
///
/// # Errors
/// In this order: [`UnknownErasure`](LedgerError::UnknownErasure), [`NotCustodian`](LedgerError::NotCustodian),
/// [`ErasureFinal`](LedgerError::ErasureFinal), [`NotAnother`](LedgerError::NotAnother).
pub fn cancel_erasure(
    request: &messages::CancelErasure,
    custodian: OrganisationId,
    erasure: Option<Erasure>,
    asker: Asker,
    now: Timestamp,
) -> Result<(Erasure, events::ErasureCancelled), LedgerError> {
    let erasure = erasure.ok_or(LedgerError::UnknownErasure)?;
    if !administers(asker.role, custodian) {
        return Err(LedgerError::NotCustodian);
    }
    let erasure = waiting(Some(erasure), now)?;
    if erasure.seconded_by.is_some() && asker.account == erasure.requested_by {
        return Err(LedgerError::NotAnother);
    }
    let event = events::ErasureCancelled {
        domain: request.domain,
        erasure: request.erasure,
        by: asker.account,
    };
    Ok((erasure, event))
}

/// Returns a request that is not final.
fn waiting(erasure: Option<Erasure>, now: Timestamp) -> Result<Erasure, LedgerError> {
    let erasure = erasure.ok_or(LedgerError::UnknownErasure)?;
    if erasure.is_final(now) {
        return Err(LedgerError::ErasureFinal);
    }
    Ok(erasure)
}

#[cfg(test)]
mod tests;
