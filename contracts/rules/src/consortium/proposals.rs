//! What becomes of a proposal: it is opened, voted on, and executed or withdrawn.

use super::{Action, Committee, ConsortiumError, State};
use crate::{AccountId, Hash, ProposalId, Timestamp};
use scale::{Decode, Encode, MaxEncodedLen};

/// A proposal that waits for votes. What it proposes is not kept: whoever votes or executes shows that they mean the
/// same by its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(
    all(feature = "ink", feature = "std"),
    derive(scale_info::TypeInfo, ink::storage::traits::StorageLayout)
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Proposal {
    /// [`action_hash`] of what is proposed.
    pub hash: Hash,
    /// The committee's epoch in which it was opened.
    pub epoch: u32,
    /// Who voted for it: bit n for the member at place n of the committee.
    pub votes: u16,
    /// Who opened it.
    pub proposer: AccountId,
    /// First millisecond at which it can neither be voted on nor executed.
    pub expires: Timestamp,
    /// When it had as many votes as it takes, if it has: since then it waits, where it [has to](super::waits()).
    pub agreed_at: Option<Timestamp>,
    /// Who accepted the seat that it gives them: bit n for the new member at place n.
    pub accepted: u16,
}

impl Proposal {
    /// Returns how many members voted for it.
    pub fn votes(&self) -> u8 {
        // Sixteen bits at most, so that nothing is cut off.
        self.votes.count_ones() as u8
    }
}

/// What a member got who proposed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Outcome {
    /// One vote was enough: it is done. The number of the organisation that was admitted, if one was.
    Done(Option<crate::OrganisationId>),
    /// It waits for votes under this number.
    Pending(ProposalId),
}

impl Outcome {
    /// Returns the number of the organisation that was admitted, if it is done and one was.
    pub const fn admitted(&self) -> Option<crate::OrganisationId> {
        match self {
            Self::Done(admitted) => *admitted,
            Self::Pending(_) => None,
        }
    }
}

/// The tag under which actions are hashed.
pub const ACTION_TAG: [u8; 15] = *b"aegle/action/v1";

/// Returns what the votes for an action are bound to: BLAKE2b-256 of [`ACTION_TAG`] and its SCALE.
pub fn action_hash(action: &Action, blake2: impl Fn(&[u8]) -> Hash) -> Hash {
    blake2(&(ACTION_TAG, action).encode())
}

/// Opens a proposal for `hash`, with the proposer's own vote: its number, and what is kept. One that [`waits`](super::waits())
/// for the time lock can be executed for that much longer.
///
/// # Errors
/// In this order: [`NotCommittee`](ConsortiumError::NotCommittee), [`TooMany`](ConsortiumError::TooMany).
pub fn open_proposal(
    state: &State,
    proposer: AccountId,
    hash: Hash,
    waits: bool,
    now: Timestamp,
) -> Result<(ProposalId, Proposal), ConsortiumError> {
    let votes = state.committee.vote_of(&proposer)?;
    let number = state.proposals.checked_add(1).ok_or(ConsortiumError::TooMany)?;
    let locked_ms = if waits { state.limits.timelock_ms } else { 0 };
    let proposal = Proposal {
        hash,
        epoch: state.committee.epoch,
        votes,
        proposer,
        expires: now.saturating_add(state.limits.proposal_ms).saturating_add(locked_ms),
        agreed_at: (state.committee.threshold <= 1).then_some(now),
        accepted: 0,
    };
    Ok((ProposalId(number), proposal))
}

/// Returns the proposal after `member`'s vote for `hash`; the same as before where they had voted already.
///
/// # Errors
/// In this order: [`NotCommittee`](ConsortiumError::NotCommittee), [`UnknownProposal`](ConsortiumError::UnknownProposal),
/// [`ChangedProposal`](ConsortiumError::ChangedProposal), [`Expired`](ConsortiumError::Expired),
/// [`Superseded`](ConsortiumError::Superseded).
pub fn vote(
    committee: &Committee,
    proposal: Option<Proposal>,
    member: AccountId,
    hash: Hash,
    now: Timestamp,
) -> Result<Proposal, ConsortiumError> {
    let vote = committee.vote_of(&member)?;
    let proposal = still_counts(committee, proposal, hash, now)?;
    let mut voted = Proposal {
        votes: proposal.votes | vote,
        ..proposal
    };
    if voted.votes() >= committee.threshold {
        voted.agreed_at = proposal.agreed_at.or(Some(now));
    }
    Ok(voted)
}

/// Returns a proposal that can still be voted on and executed, if it is for `hash`.
pub(super) fn still_counts(
    committee: &Committee,
    proposal: Option<Proposal>,
    hash: Hash,
    now: Timestamp,
) -> Result<Proposal, ConsortiumError> {
    let proposal = proposal.ok_or(ConsortiumError::UnknownProposal)?;
    if proposal.hash != hash {
        return Err(ConsortiumError::ChangedProposal);
    }
    if now >= proposal.expires {
        return Err(ConsortiumError::Expired);
    }
    if proposal.epoch != committee.epoch {
        return Err(ConsortiumError::Superseded);
    }
    Ok(proposal)
}

/// Decides whether `member` may execute, now, the action with that hash. Executing is no vote.
///
/// # Errors
/// Those of [`vote`], then [`NotEnoughVotes`](ConsortiumError::NotEnoughVotes).
pub fn may_execute(
    committee: &Committee,
    proposal: Option<Proposal>,
    member: AccountId,
    hash: Hash,
    now: Timestamp,
) -> Result<(), ConsortiumError> {
    vote(committee, proposal, member, hash, now)?;
    let votes = proposal.map_or(0, |proposal| proposal.votes());
    if votes < committee.threshold {
        return Err(ConsortiumError::NotEnoughVotes);
    }
    Ok(())
}

/// Decides whether `caller` may remove a proposal: its proposer, who paid for it, always, and the committee's members
/// once nobody can vote on it.
///
/// # Errors
/// In this order: [`UnknownProposal`](ConsortiumError::UnknownProposal), [`NotProposer`](ConsortiumError::NotProposer).
pub fn may_withdraw(
    committee: &Committee,
    proposal: Option<Proposal>,
    caller: AccountId,
    now: Timestamp,
) -> Result<(), ConsortiumError> {
    let proposal = proposal.ok_or(ConsortiumError::UnknownProposal)?;
    let over = now >= proposal.expires || proposal.epoch != committee.epoch;
    if caller == proposal.proposer || (over && committee.vote_of(&caller).is_ok()) {
        Ok(())
    } else {
        Err(ConsortiumError::NotProposer)
    }
}

#[cfg(test)]
mod tests;
