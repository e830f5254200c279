//! What a member's vote for an action would do, before anything is sent.

use super::{
    CommitteeError, Member, OpenProposal, ProposalState, blake2_256, may_wait, not_before, open_proposals, unaccepted,
};
use crate::chain::Chain;
use aegle_rules::{
    ProposalId, Timestamp,
    consortium::{Action, action_hash, messages},
};

/// What is sent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStep {
    /// It is proposed, which is a vote.
    Propose,
    /// This member votes for what is proposed alike.
    Vote,
    /// Nothing: this member has voted, or the votes are enough.
    Nothing,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// It waits for others' votes.
    Votes,
    /// It waits for the time lock: until a time, or where its votes are not enough before, for as long as that lasts.
    TimeLock(Option<Timestamp>),
    /// It waits for new members to accept their seats.
    Seats,
    /// It is carried out.
    CarriedOut,
}

/// What [`Member::act`] would do, as things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foretold {
    /// The open proposal of the same, if there is one.
    pub open: Option<ProposalId>,
    /// What is sent first.
    pub first: FirstStep,
    /// What follows.
    pub next: NextStep,
    /// How many votes there are then.
    pub votes: u8,
    /// How many it takes.
    pub threshold: u8,
    /// How long it waits once its votes are enough, in milliseconds, if it does.
    pub waits_ms: Option<u64>,
    /// How long votes for what is proposed can be given, in milliseconds.
    pub open_ms: u64,
}

impl<C: Chain> Member<'_, C> {
    /// Says what [`Self::act`] would do. Nothing is sent; what other members do meanwhile changes it.
    ///
    /// # Errors
    /// The account is not of the committee, or the chain does not answer.
    pub async fn foretell(&self, action: &Action) -> Result<Foretold, CommitteeError> {
        let head = self.chain.finalized().await?;
        let committee = self.committee(&head).await?;
        let limits = self.ask(&head, &messages::Limits {}).await?;
        let hash = action_hash(action, blake2_256);
        let open = open_proposals(self.chain, self.consortium, &head).await?;
        let same = |proposal: &&OpenProposal| proposal.state == ProposalState::Open && proposal.stored.hash == hash;
        let same = open.iter().find(same);
        let before = same.map_or(0, |proposal| proposal.stored.votes());
        let first = match same {
            None => FirstStep::Propose,
            Some(proposal) if before < committee.threshold && proposal.missing.contains(&self.key.account()) => {
                FirstStep::Vote
            }
            Some(_) => FirstStep::Nothing,
        };
        let votes = before + u8::from(first != FirstStep::Nothing);
        let locked_until = same.and_then(|proposal| not_before(action, &proposal.stored, limits.timelock_ms));
        let lacks_seats = match same {
            Some(proposal) => !unaccepted(action, &committee, &proposal.stored).is_empty(),
            None => false,
        };
        let next = if votes < committee.threshold {
            NextStep::Votes
        } else if first != FirstStep::Nothing && may_wait(action) {
            NextStep::TimeLock(None)
        } else if let Some(until) = locked_until.filter(|until| head.timestamp < *until) {
            NextStep::TimeLock(Some(until))
        } else if lacks_seats {
            NextStep::Seats
        } else {
            NextStep::CarriedOut
        };
        Ok(Foretold {
            open: same.map(|proposal| proposal.id),
            first,
            next,
            votes,
            threshold: committee.threshold,
            waits_ms: may_wait(action).then_some(limits.timelock_ms),
            open_ms: limits.proposal_ms,
        })
    }
}
