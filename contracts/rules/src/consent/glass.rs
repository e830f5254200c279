//! Break-glass: a clinician opens a patient's records in an emergency, for a few hours and under review.

use super::{
    events::{GlassBroken, GlassReviewed},
    messages::{BreakGlass, Review},
    ConsentError, Lookup,
};
use crate::{
    consortium::{Limits, Role, Standing},
    AccountId, OrganisationId, Roles, Timestamp,
};
use alloc::vec::Vec;
use scale::{Decode, Encode, MaxEncodedLen};

/// Most glasses of one clinician that may wait for their review at once.
pub const MAX_UNREVIEWED: usize = 16;
/// The time, in milliseconds, over which the glasses of one clinician are counted: a rolling day.
pub const GLASS_DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// Most glasses that the clinicians of one organisation break in a day. Its admin appoints clinicians at will, so that a limit
/// for each of them alone would be none.
pub const MAX_GLASSES_OF_ORGANISATION: u16 = 100;
/// How many glasses that were found unjustified bar a clinician.
pub const MAX_UNJUSTIFIED: usize = 3;
/// How long each of them counts, in milliseconds: a year.
pub const UNJUSTIFIED_MS: u64 = 365 * GLASS_DAY_MS;
/// How long a glass that was closed cannot be broken again by the same clinician, in milliseconds: 24 hours.
pub const COOL_DOWN_MS: u64 = GLASS_DAY_MS;

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
    /// Whether the patient or a reviewer closed it before its time.
    pub closed: bool,
}

impl Glass {
    /// Returns whether it is open at a time.
    pub const fn is_open(&self, at: Timestamp) -> bool {
        self.opened_at <= at && at < self.until
    }

    /// Returns whether it was closed so lately that it cannot be broken again.
    pub const fn is_cooling(&self, now: Timestamp) -> bool {
        self.closed && now < self.until.saturating_add(COOL_DOWN_MS)
    }

    /// Closes a glass; `None` where nothing is left to be kept of it, because it had ended by itself, or has cooled.
    ///
    /// # Errors
    /// [`UnknownGlass`](ConsentError::UnknownGlass) where it is closed already and has not cooled.
    pub fn close(self, now: Timestamp) -> Result<Option<Self>, ConsentError> {
        if self.is_open(now) {
            return Ok(Some(Self {
                until: now,
                closed: true,
                ..self
            }));
        }
        if self.is_cooling(now) {
            return Err(ConsentError::UnknownGlass);
        }
        Ok(None)
    }
}

/// How many glasses the clinicians of an organisation have broken in a day. The day begins with the first of them, so that
/// there may be twice as many in 24 hours that lie across two such days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GlassDay {
    /// When it began.
    pub from: Timestamp,
    /// How many were broken since.
    pub broken: u16,
}

impl GlassDay {
    /// Counts one more.
    ///
    /// # Errors
    /// [`TooManyOfOrganisation`](ConsentError::TooManyOfOrganisation).
    fn count(&mut self, now: Timestamp) -> Result<(), ConsentError> {
        if self.from.saturating_add(GLASS_DAY_MS) <= now {
            *self = Self { from: now, broken: 0 };
        }
        if self.broken >= MAX_GLASSES_OF_ORGANISATION {
            return Err(ConsentError::TooManyOfOrganisation);
        }
        self.broken = self.broken.saturating_add(1);
        Ok(())
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
    /// When reviews found glasses unjustified in the last year, oldest first: at most [`MAX_UNJUSTIFIED`].
    pub unjustified: Vec<Timestamp>,
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

/// Returns the organisation that answers for somebody who breaks a glass: the first one for which they are a clinician,
/// of those that count.
pub fn answers_for(roles: &[Role]) -> Option<OrganisationId> {
    let mut clinicians = roles.iter().filter(|role| role.roles.contains(Roles::CLINICIAN));
    clinicians.next().map(|role| role.organisation)
}

/// Decides whether a clinician may break a glass; notes it in `breaker`, the clinician's, and returns what to tell the
/// world, the glass that opens with it.
///
/// - `organisation`: the one that [answers for](answers_for) the clinician.
/// - `last`: the last glass of that clinician at that patient.
/// - `day`: what the clinicians of the clinician's organisation broke lately.
///
/// # Errors
/// In this order: [`WrongRole`](ConsentError::WrongRole), [`GlassOpen`](ConsentError::GlassOpen),
/// [`GlassCooling`](ConsentError::GlassCooling), [`TooManyUnjustified`](ConsentError::TooManyUnjustified),
/// [`ReviewOverdue`](ConsentError::ReviewOverdue), [`TooManyUnreviewed`](ConsentError::TooManyUnreviewed),
/// [`TooManyGlasses`](ConsentError::TooManyGlasses), [`TooManyOfOrganisation`](ConsentError::TooManyOfOrganisation). On an
/// error, nothing of what `breaker` and `day` then hold may be kept.
#[allow(clippy::too_many_arguments)] // Each is of another type.
pub fn break_glass(
    request: &BreakGlass,
    clinician: AccountId,
    organisation: Option<OrganisationId>,
    last: Option<Glass>,
    breaker: &mut Breaker,
    day: &mut GlassDay,
    limits: &Limits,
    now: Timestamp,
) -> Result<GlassBroken, ConsentError> {
    let BreakGlass { patient, reason, note } = *request;
    let organisation = organisation.ok_or(ConsentError::WrongRole)?;
    if last.is_some_and(|glass| glass.is_open(now)) {
        return Err(ConsentError::GlassOpen);
    }
    if last.is_some_and(|glass| glass.is_cooling(now)) {
        return Err(ConsentError::GlassCooling);
    }
    breaker.forget(now);
    if breaker.unjustified.len() >= MAX_UNJUSTIFIED {
        return Err(ConsentError::TooManyUnjustified);
    }
    if breaker.unreviewed.iter().any(|glass| glass.review_by <= now) {
        return Err(ConsentError::ReviewOverdue);
    }
    if breaker.unreviewed.len() >= MAX_UNREVIEWED {
        return Err(ConsentError::TooManyUnreviewed);
    }
    if breaker.recent.len() >= usize::from(limits.glasses_per_day) {
        return Err(ConsentError::TooManyGlasses);
    }
    day.count(now)?;
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
        closed: false,
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
/// - `roles`: the roles of `reviewer` now.
/// - `admins_cannot`: whether the admins of the organisation that the clinician acted for
///   [cannot](admins_cannot) be relied on.
///
/// # Errors
/// In this order: [`UnknownGlass`](ConsentError::UnknownGlass) where nothing of that time waits for review,
/// [`NotReviewer`](ConsentError::NotReviewer) where the reviewer is the clinician, or is neither an admin of the organisation
/// that the clinician acted for, nor, where those cannot or the review is overdue, an auditor of another organisation. On an
/// error, nothing is changed.
pub fn review(
    review: &Review,
    reviewer: AccountId,
    roles: &[Role],
    breaker: &mut Breaker,
    admins_cannot: impl FnOnce(OrganisationId) -> bool,
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
    let late = glass.review_by <= now;
    let has = |role: &&Role, bit| role.roles.contains(bit);
    let own = roles.iter().find(|role| role.organisation == glass.organisation);
    let responsible = match own {
        Some(own) => has(&own, Roles::ORGANISATION_ADMIN),
        None => {
            let is_auditor = roles.iter().any(|role| has(&role, Roles::AUDITOR));
            is_auditor && (late || admins_cannot(glass.organisation))
        }
    };
    if reviewer == clinician || !responsible {
        return Err(ConsentError::NotReviewer);
    }
    breaker.unreviewed.remove(position);
    breaker.forget(now);
    if verdict == Verdict::Unjustified {
        if breaker.unjustified.len() >= MAX_UNJUSTIFIED {
            breaker.unjustified.remove(0);
        }
        breaker.unjustified.push(now);
    }
    Ok(GlassReviewed {
        patient,
        clinician,
        opened_at,
        reviewer,
        verdict,
        note,
        late,
    })
}

/// Returns whether the admins of an organisation cannot review what a clinician did: it is suspended, so that they have
/// no role; or the clinician is one of them, and may be the only one.
pub fn admins_cannot(
    organisation: OrganisationId,
    clinician: &AccountId,
    lookup: &impl Lookup,
    now: Timestamp,
) -> bool {
    let is_admin = |role: &Role| role.roles.contains(Roles::ORGANISATION_ADMIN) && role.organisation == organisation;
    lookup.organisations().standing(organisation) != Some(Standing::Member)
        || lookup.effective_roles(clinician, now).iter().any(is_admin)
}

/// What a review leaves of the glass, the clinician's last one at that patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// What was there: it is still open, or was broken later, or cools.
    AsItWas,
    /// It is closed, because it should not have been broken.
    Closed(Glass),
    /// Nothing, because it has ended.
    Nothing,
}

/// Decides what a review leaves of the glass.
pub fn left_by_review(last: Option<Glass>, review: &Review, now: Timestamp) -> Left {
    let Some(glass) = last.filter(|glass| glass.opened_at == review.opened_at) else {
        return Left::AsItWas;
    };
    if glass.is_open(now) && review.verdict == Verdict::Justified {
        return Left::AsItWas;
    }
    match glass.close(now) {
        Ok(Some(closed)) => Left::Closed(closed),
        Ok(None) => Left::Nothing,
        Err(_) => Left::AsItWas,
    }
}

impl Breaker {
    /// Returns whether nothing is left that has to be kept.
    pub fn is_empty(&self) -> bool {
        self.unreviewed.is_empty() && self.recent.is_empty() && self.unjustified.is_empty()
    }

    /// Drops the times that count no more.
    fn forget(&mut self, now: Timestamp) {
        self.unjustified
            .retain(|found| now < found.saturating_add(UNJUSTIFIED_MS));
        self.recent
            .retain(|opened_at| now < opened_at.saturating_add(GLASS_DAY_MS));
    }
}

#[cfg(test)]
mod tests;
