//! The times and numbers that the committee may set, and between which bounds.

use super::ConsortiumError;
use scale::{Decode, Encode, MaxEncodedLen};

const MINUTE_MS: u64 = 60 * 1_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How long an upgrade can be carried out after its time has come, in milliseconds: 7 days.
pub const UPGRADE_WINDOW_MS: u64 = 7 * DAY_MS;

/// The limits that the committee sets: each between its value in [`Limits::MIN`] and in [`Limits::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// How long a proposal waits for votes, in milliseconds.
    pub proposal_ms: u64,
    /// How long an upgrade waits at least after the committee scheduled it, in milliseconds.
    pub timelock_ms: u64,
    /// How long a request for access waits for an answer, in milliseconds.
    pub request_ms: u64,
    /// How long a broken glass stays open, in milliseconds.
    pub glass_ms: u64,
    /// How long an organisation has to review a broken glass, in milliseconds.
    pub review_ms: u64,
    /// How many glasses a clinician may break within 24 hours.
    pub glasses_per_day: u8,
    /// How long an erasure can be called off before it is final, in milliseconds.
    pub erasure_ms: u64,
    /// How many records of a search domain may be named for erasure within a day, counted in UTC.
    pub erasures_per_day: u32,
}

impl Limits {
    /// The smallest value of each.
    pub const MIN: Self = Self {
        proposal_ms: HOUR_MS,
        timelock_ms: HOUR_MS,
        request_ms: HOUR_MS,
        glass_ms: 10 * MINUTE_MS,
        review_ms: HOUR_MS,
        glasses_per_day: 1,
        erasure_ms: HOUR_MS,
        erasures_per_day: 64,
    };
    /// The largest value of each.
    pub const MAX: Self = Self {
        proposal_ms: 30 * DAY_MS,
        timelock_ms: 30 * DAY_MS,
        request_ms: 90 * DAY_MS,
        glass_ms: DAY_MS,
        review_ms: 14 * DAY_MS,
        glasses_per_day: 50,
        erasure_ms: 14 * DAY_MS,
        erasures_per_day: 65_536,
    };
    /// What holds until the committee sets something else.
    pub const DEFAULT: Self = Self {
        proposal_ms: 7 * DAY_MS,
        timelock_ms: 48 * HOUR_MS,
        request_ms: 14 * DAY_MS,
        glass_ms: 4 * HOUR_MS,
        review_ms: 72 * HOUR_MS,
        glasses_per_day: 5,
        erasure_ms: DAY_MS,
        erasures_per_day: 4_096,
    };

    /// Decides whether each value is within its bounds.
    ///
    /// # Errors
    /// [`InvalidLimits`](ConsortiumError::InvalidLimits).
    pub fn validate(&self) -> Result<(), ConsortiumError> {
        let (min, max) = (Self::MIN, Self::MAX);
        let valid = (min.proposal_ms..=max.proposal_ms).contains(&self.proposal_ms)
            && (min.timelock_ms..=max.timelock_ms).contains(&self.timelock_ms)
            && (min.request_ms..=max.request_ms).contains(&self.request_ms)
            && (min.glass_ms..=max.glass_ms).contains(&self.glass_ms)
            && (min.review_ms..=max.review_ms).contains(&self.review_ms)
            && (min.glasses_per_day..=max.glasses_per_day).contains(&self.glasses_per_day)
            && (min.erasure_ms..=max.erasure_ms).contains(&self.erasure_ms)
            && (min.erasures_per_day..=max.erasures_per_day).contains(&self.erasures_per_day);
        if valid {
            Ok(())
        } else {
            Err(ConsortiumError::InvalidLimits)
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests;
