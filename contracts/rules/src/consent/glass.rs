//! Break-glass: a clinician opens a patient's records in an emergency, for a few hours and under review.

use super::{
    events::{GlassBroken, GlassReviewed},
    messages::{BreakGlass, Review},
    ConsentError,
};
use crate::{
    consortium::{Limits, Role},
    AccountId, OrganisationId, Roles, Timestamp,
};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most glasses of one clinician that may wait for their review at once.
pub const MAX_UNREVIEWED: usize = 16;
/// The time, in milliseconds, over which the glasses of one clinician are counted: a rolling day.
pub const GLASS_DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A broken glass, as the contract keeps it under the patient and the clinician.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Glass {
    /// When it was broken, which is the first millisecond at which it is open.
    pub opened_at: Timestamp,
    /// First millisecond at which it is open no more.
    pub until: Timestamp,
    /// The clinician's reason, as a code of the consortium's own list.
    pub reason: u8,
}

impl Glass {
    /// Whether it is open at a time.
    pub const fn is_open(&self, at: Timestamp) -> bool {
        self.opened_at <= at && at < self.until
    }
}

/// A glass that waits for its review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Unreviewed {
    /// Whose records.
    pub patient: AccountId,
    /// When it was broken.
    pub opened_at: Timestamp,
    /// First millisecond at which the review is overdue.
    pub review_by: Timestamp,
    /// For which organisation the clinician acted then; one of its admins reviews.
    pub organisation: OrganisationId,
}

/// What the contract keeps of a clinician who broke a glass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Breaker {
    /// What waits for review, oldest first: at most [`MAX_UNREVIEWED`].
    pub unreviewed: Vec<Unreviewed>,
    /// When glasses were broken in the last day, oldest first: at most what [`Limits::glasses_per_day`] allowed.
    pub recent: Vec<Timestamp>,
}

/// What a reviewer found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Verdict {
    /// It was right to break the glass.
    Justified,
    /// It was wrong.
    Unjustified,
}

/// Decides whether a clinician may break a glass; notes it in `breaker`, the clinician's, and returns what to tell the
/// world, the glass that opens with it.
///
/// - `role`: the clinician's role now.
/// - `last`: the last glass of that clinician at that patient.
///
/// # Errors
/// In this order: [`WrongRole`](ConsentError::WrongRole), [`GlassOpen`](ConsentError::GlassOpen),
/// [`ReviewOverdue`](ConsentError::ReviewOverdue), [`TooManyUnreviewed`](ConsentError::TooManyUnreviewed),
/// [`TooManyGlasses`](ConsentError::TooManyGlasses). On an error, nothing of what `breaker` then holds may be kept.
pub fn break_glass(
    request: &BreakGlass,
    clinician: AccountId,
    role: Option<Role>,
    last: Option<Glass>,
    breaker: &mut Breaker,
    limits: &Limits,
    now: Timestamp,
) -> Result<GlassBroken, ConsentError> {
    let BreakGlass { patient, reason, note } = *request;
    let role = role.filter(|role| role.roles.contains(Roles::CLINICIAN));
    let organisation = role.ok_or(ConsentError::WrongRole)?.organisation;
    if last.is_some_and(|glass| glass.is_open(now)) {
        return Err(ConsentError::GlassOpen);
    }
    if breaker.unreviewed.iter().any(|glass| glass.review_by <= now) {
        return Err(ConsentError::ReviewOverdue);
    }
    if breaker.unreviewed.len() >= MAX_UNREVIEWED {
        return Err(ConsentError::TooManyUnreviewed);
    }
    breaker.forget(now);
    if breaker.recent.len() >= usize::from(limits.glasses_per_day) {
        return Err(ConsentError::TooManyGlasses);
    }
    let review_by = now.saturating_add(limits.review_ms);
    breaker.recent.push(now);
    breaker.unreviewed.push(Unreviewed {
        patient,
        opened_at: now,
        review_by,
        organisation,
    });
    let glass = Glass {
        opened_at: now,
        until: now.saturating_add(limits.glass_ms),
        reason,
    };
    Ok(GlassBroken {
        patient,
        clinician,
        glass,
        note,
        review_by,
    })
}

/// Decides on a review; takes what was reviewed out of `breaker`, the clinician's, and returns what to tell the world.
/// A late review counts too: it is what lets the clinician break the glass again.
///
/// `role` is the role of `reviewer` now.
///
/// # Errors
/// In this order: [`UnknownGlass`](ConsentError::UnknownGlass) where nothing of that time waits for review,
/// [`NotReviewer`](ConsentError::NotReviewer) where the reviewer is the clinician, or is not an admin of the
/// organisation that the clinician acted for. On an error, nothing is changed.
pub fn review(
    review: &Review,
    reviewer: AccountId,
    role: Option<Role>,
    breaker: &mut Breaker,
    now: Timestamp,
) -> Result<GlassReviewed, ConsentError> {
    let Review {
        patient,
        clinician,
        opened_at,
        verdict,
        note,
    } = *review;
    let (position, glass) = breaker
        .unreviewed
        .iter()
        .copied()
        .enumerate()
        .find(|(_, glass)| glass.patient == patient && glass.opened_at == opened_at)
        .ok_or(ConsentError::UnknownGlass)?;
    let admin = role.filter(|role| role.roles.contains(Roles::ORGANISATION_ADMIN));
    let responsible = admin.is_some_and(|role| role.organisation == glass.organisation);
    if reviewer == clinician || !responsible {
        return Err(ConsentError::NotReviewer);
    }
    breaker.unreviewed.remove(position);
    breaker.forget(now);
    Ok(GlassReviewed {
        patient,
        clinician,
        opened_at,
        reviewer,
        verdict,
        note,
        late: glass.review_by <= now,
    })
}

/// Whether a review leaves nothing of the glass, the clinician's last one at that patient: it has ended, or it should
/// not have been broken. A glass that was broken later stays.
pub fn closed_by_review(last: Option<Glass>, review: &Review, now: Timestamp) -> bool {
    last.is_some_and(|glass| {
        glass.opened_at == review.opened_at && (!glass.is_open(now) || review.verdict == Verdict::Unjustified)
    })
}

impl Breaker {
    /// Whether nothing is left that has to be kept.
    pub fn is_empty(&self) -> bool {
        self.unreviewed.is_empty() && self.recent.is_empty()
    }

    /// Drops the times that are more than a day ago.
    fn forget(&mut self, now: Timestamp) {
        self.recent
            .retain(|opened_at| now < opened_at.saturating_add(GLASS_DAY_MS));
    }
}

#[cfg(test)]
mod tests;
