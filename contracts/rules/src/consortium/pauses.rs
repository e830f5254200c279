//! The pause: a few members of the committee, of different organisations, stop what is permitted for a while. They can do
//! nothing else by it, and not again soon; the whole committee ends it at once.

use super::{Committee, ConsortiumError};
use crate::{AccountId, OrganisationId, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// How many members have to call for a pause; a committee of one needs one.
pub const PAUSE_CALLS: usize = 2;
/// How long a pause lasts at most, in milliseconds: 72 hours.
pub const PAUSE_MS: u64 = 72 * HOUR_MS;
/// How long a call waits for another one, in milliseconds: 24 hours.
pub const PAUSE_CALL_MS: u64 = 24 * HOUR_MS;
/// How long a member whose call led to a pause cannot call for another one, in milliseconds: 30 days.
pub const PAUSE_REST_MS: u64 = 30 * 24 * HOUR_MS;

/// Until when there is a pause, and who called for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pauses {
    /// First millisecond at which nothing is paused any more; 0 when nothing ever was, or the committee ended it.
    pub until: Timestamp,
    /// The calls that wait for another one, and those that led to a pause in the last [`PAUSE_REST_MS`].
    pub calls: Vec<PauseCall>,
}

/// A member's call for a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PauseCall {
    /// The member.
    pub member: AccountId,
    /// Of which organisation the member is, where that is known.
    pub organisation: Option<OrganisationId>,
    /// When they called; when it led to a pause, since when there was one.
    pub at: Timestamp,
    /// Whether it led to a pause.
    pub spent: bool,
}

impl PauseCall {
    /// Returns whether the call still says something at a time.
    fn counts(&self, now: Timestamp) -> bool {
        let long = if self.spent { PAUSE_REST_MS } else { PAUSE_CALL_MS };
        now < self.at.saturating_add(long)
    }

    /// Returns whether the calls are known to be of two organisations.
    fn is_apart_from(&self, other: &Self) -> bool {
        let known = self.organisation.zip(other.organisation);
        self.member != other.member && known.is_some_and(|(own, others)| own != others)
    }
}

impl Pauses {
    /// Counts a member's call; returns until when there is a pause now, where it was the last call that was missing. A
    /// repeated call takes the place of the first. Members of one organisation are not enough for each other, nor is
    /// one of whom it is not known of which they are.
    ///
    /// # Errors
    /// In this order: [`NotCommittee`](ConsortiumError::NotCommittee),
    /// [`AlreadyPaused`](ConsortiumError::AlreadyPaused), [`PauseSpent`](ConsortiumError::PauseSpent). On an error, nothing
    /// of what `self` then holds may be kept.
    pub fn call(
        &mut self,
        committee: &Committee,
        member: AccountId,
        organisation: Option<OrganisationId>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ConsortiumError> {
        committee.vote_of(&member)?;
        if now < self.until {
            return Err(ConsortiumError::AlreadyPaused);
        }
        // Who was rotated out calls for nothing any more.
        self.calls
            .retain(|call| call.counts(now) && (call.spent || committee.members.contains(&call.member)));
        if self.calls.iter().any(|call| call.member == member && call.spent) {
            return Err(ConsortiumError::PauseSpent);
        }
        self.calls.retain(|call| call.member != member);
        let mut this = PauseCall {
            member,
            organisation,
            at: now,
            spent: false,
        };
        let needed = PAUSE_CALLS.min(committee.members.len()).saturating_sub(1);
        let others = self.calls.iter_mut().filter(|call| !call.spent);
        let mut others: Vec<_> = others.filter(|call| call.is_apart_from(&this)).take(needed).collect();
        let paused = others.len() >= needed;
        if paused {
            for call in &mut others {
                (call.at, call.spent) = (now, true);
            }
            this.spent = true;
            self.until = now.saturating_add(PAUSE_MS);
        }
        self.calls.push(this);
        Ok(paused.then_some(self.until))
    }
}

#[cfg(test)]
mod tests;
