//! The committee: who votes, and how many votes it takes.

use super::ConsortiumError;
use crate::{AccountId, OrganisationId};
use alloc::{vec, vec::Vec};
use scale::{Decode, Encode};

/// Most members of a committee. A proposal keeps one bit for each of them.
pub const MAX_COMMITTEE: usize = 15;

/// Who decides for the consortium.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Committee {
    /// How often the committee was rotated. A vote counts in the epoch in which its proposal was opened, and in no other.
    pub epoch: u32,
    /// How many members have to agree: at least 1, at most all.
    pub threshold: u8,
    /// The members, all different: 1 to [`MAX_COMMITTEE`].
    pub members: Vec<AccountId>,
    /// Of which organisation each of them is, in the same order; `None` while the committee has not said.
    pub organisations: Vec<Option<OrganisationId>>,
}

impl Committee {
    /// Makes the first committee.
    ///
    /// # Errors
    /// [`InvalidCommittee`](ConsortiumError::InvalidCommittee).
    pub fn new(members: Vec<AccountId>, threshold: u8) -> Result<Self, ConsortiumError> {
        validate_committee(&members, threshold)?;
        Ok(Self {
            epoch: 0,
            threshold,
            organisations: vec![None; members.len()],
            members,
        })
    }

    /// Returns the committee that follows this one. Of which organisation a member is who stays, is taken over.
    ///
    /// # Errors
    /// In this order: [`InvalidCommittee`](ConsortiumError::InvalidCommittee), [`TooMany`](ConsortiumError::TooMany).
    pub fn rotated(&self, members: Vec<AccountId>, threshold: u8) -> Result<Self, ConsortiumError> {
        let epoch = self.epoch.checked_add(1).ok_or(ConsortiumError::TooMany);
        let committee = Self::new(members, threshold)?;
        let organisations = committee.members.iter().map(|member| self.organisation_of(member));
        Ok(Self {
            epoch: epoch?,
            organisations: organisations.collect(),
            ..committee
        })
    }

    /// Returns of which organisation a member is, where the committee has said.
    pub fn organisation_of(&self, account: &AccountId) -> Option<OrganisationId> {
        let mut seats = self.members.iter().zip(&self.organisations);
        let (_, organisation) = seats.find(|(member, _)| *member == account)?;
        *organisation
    }

    /// Returns the bit that stands for a member's vote.
    ///
    /// # Errors
    /// [`NotCommittee`](ConsortiumError::NotCommittee).
    pub fn vote_of(&self, account: &AccountId) -> Result<u16, ConsortiumError> {
        let seat = self
            .members
            .iter()
            .take(MAX_COMMITTEE)
            .position(|member| member == account);
        seat.map(|seat| 1 << seat).ok_or(ConsortiumError::NotCommittee)
    }
}

/// Decides whether these members can be a committee with that threshold.
///
/// # Errors
/// [`InvalidCommittee`](ConsortiumError::InvalidCommittee).
pub fn validate_committee(members: &[AccountId], threshold: u8) -> Result<(), ConsortiumError> {
    let size = (1..=MAX_COMMITTEE).contains(&members.len());
    let enough = (1..=members.len()).contains(&usize::from(threshold));
    let mut earlier = members.iter().enumerate();
    let different = earlier.all(|(seat, member)| !members.iter().take(seat).any(|other| other == member));
    if size && enough && different {
        Ok(())
    } else {
        Err(ConsortiumError::InvalidCommittee)
    }
}

#[cfg(test)]
mod tests;
