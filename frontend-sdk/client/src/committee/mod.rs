//! What a member of the committee does: proposing, voting and executing, by saying what should be done, or by the number
//! of a proposal.

mod foretold;
mod proposals;

pub(crate) use aegle_protocol::wire::blake2_256;
pub use foretold::{FirstStep, Foretold, NextStep};
pub use proposals::{OpenProposal, ProposalState, may_wait, not_before, open_proposals, unaccepted};

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Head, Receipt},
    deployment::OnChain,
    refusal,
};
use aegle_rules::{
    AccountId, OrganisationId, ProposalId, Timestamp,
    consortium::{
        self, Action, Committee, ConsortiumError, Outcome,
        messages::{Accept, Execute, Pause, Propose, Vote, Withdraw},
    },
    message::Message,
};

/// The state of an action after this member's vote.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The committee has acted.
    Done {
        /// The number of the organisation that it admitted.
        admitted: Option<OrganisationId>,
    },
    /// This member's vote stands; the action waits for others'.
    Waiting {
        /// The proposal.
        proposal: ProposalId,
        /// The number of votes for it.
        votes: u32,
        /// The number of votes that it needs.
        threshold: u8,
        /// The members who have not voted for it, in the committee's order: any of them is next.
        missing: Vec<AccountId>,
    },
    /// The votes are enough, and the action waits: for the time lock, or for new members of the committee to accept.
    Agreed {
        /// The proposal.
        proposal: ProposalId,
        /// First millisecond at which it can be carried out.
        not_before: Timestamp,
        /// The new members who have not accepted their seats.
        unaccepted: Vec<AccountId>,
    },
}

/// Returns from when on an upgrade that is proposed now is to be in force, in milliseconds since 1970: the same for whoever of a
/// committee proposes it within one time lock, since a proposal says an absolute time; and so far ahead that the votes may take as
/// long.
pub fn upgrade_time(now: Timestamp, timelock_ms: u64) -> Timestamp {
    let locks = now.checked_div(timelock_ms).unwrap_or(0);
    locks.saturating_add(3).saturating_mul(timelock_ms)
}

/// The reason why a member cannot act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitteeError {
    /// The account is not of the committee.
    #[error("{0} is not of the committee")]
    NotMember(AccountId),
    /// There is no such proposal, or it can no longer be voted on.
    #[error("proposal {0} is not open: `aegle proposals` lists those that are")]
    NotOpen(ProposalId),
    /// What the proposal is for is not what the contract keeps of it.
    #[error("proposal {0} is for something else: `aegle proposals` shows for what")]
    OtherAction(ProposalId),
    /// This member's vote counts, and what it was to be enough for was not done, or nobody knows whether it was.
    #[error("your vote for proposal {proposal} counts (block {}); {}", voted.block, not_carried_out(*proposal, source))]
    NotCarriedOut {
        /// The proposal.
        proposal: ProposalId,
        /// The receipt of the vote; of proposing it, which is a vote.
        voted: Box<Receipt>,
        /// The reason.
        source: Box<CommitteeError>,
    },
    /// The consortium contract refused, or the chain.
    #[error("{}", refusal::told(.0, refusal::consortium))]
    Contract(#[from] CallError<ConsortiumError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl CommitteeError {
    /// The same after a vote that counts whatever came then.
    fn after_vote(self, proposal: ProposalId, voted: Receipt) -> Self {
        Self::NotCarriedOut {
            proposal,
            voted: Box::new(voted),
            source: Box::new(self),
        }
    }
}

/// Says what became of a proposal that this member has voted for, and what to do.
fn not_carried_out(id: ProposalId, reason: &CommitteeError) -> String {
    match reason {
        CommitteeError::Contract(CallError::Refused(_)) => {
            format!("carrying it out was refused: {reason}; once that is mended, carry it out by `aegle vote {id}`")
        }
        _ => format!(
            "whether it was carried out is not known: {reason}; `aegle proposals` lists it as long as it was not, and `aegle vote \
             {id}` carries it out"
        ),
    }
}

/// A member of the committee of one consortium.
pub struct Member<'a, C> {
    /// The chain.
    pub chain: &'a C,
    /// The consortium contract.
    pub consortium: AccountId,
    /// The member's key.
    pub key: &'a AccountKey,
}

impl<'a, C: Chain> Member<'a, C> {
    /// Builds the member of a consortium's committee that has a key.
    pub fn of(aegle: &OnChain<'a, C>, key: &'a AccountKey) -> Self {
        Self {
            chain: aegle.chain,
            consortium: aegle.contracts.consortium,
            key,
        }
    }

    /// Casts this member's vote for an action: proposes it, or votes for an open proposal of the same action, and
    /// executes it when the votes are enough. The receipt of every transaction is pushed to `receipts`; one who has voted
    /// before sends nothing.
    ///
    /// Times in an action are part of it: for two members' actions to be the same, they must name the same time.
    ///
    /// # Errors
    /// See [`CommitteeError`].
    pub async fn act(&self, action: Action, receipts: &mut Vec<Receipt>) -> Result<Progress, CommitteeError> {
        let head = self.chain.finalized().await?;
        let committee = self.committee(&head).await?;
        let hash = consortium::action_hash(&action, blake2_256);
        let open = open_proposals(self.chain, self.consortium, &head).await?;
        let same = |proposal: &&OpenProposal| proposal.state == ProposalState::Open && proposal.stored.hash == hash;
        if let Some(proposal) = open.iter().find(same) {
            return self.settle(&committee, proposal, action, receipts).await;
        }
        let propose = Propose { action: action.clone() };
        let (outcome, receipt) = self.chain.call(self.key, self.consortium, &propose).await?;
        match outcome {
            Outcome::Done(admitted) => {
                receipts.push(receipt);
                Ok(Progress::Done { admitted })
            }
            Outcome::Pending(id) => self.progress_after(receipt, &committee, id, action, receipts).await,
        }
    }

    /// Casts this member's vote for the proposal of a number, which must be for `action`, and executes it when the votes
    /// are enough; one who has voted before sends no vote.
    ///
    /// # Errors
    /// See [`CommitteeError`].
    pub async fn vote(
        &self,
        id: ProposalId,
        action: Action,
        receipts: &mut Vec<Receipt>,
    ) -> Result<Progress, CommitteeError> {
        let head = self.chain.finalized().await?;
        let committee = self.committee(&head).await?;
        let open = open_proposals(self.chain, self.consortium, &head).await?;
        let is_meant = |proposal: &&OpenProposal| proposal.id == id && proposal.state == ProposalState::Open;
        let proposal = open.iter().find(is_meant).ok_or(CommitteeError::NotOpen(id))?;
        if consortium::action_hash(&action, blake2_256) != proposal.stored.hash {
            return Err(CommitteeError::OtherAction(id));
        }
        self.settle(&committee, proposal, action, receipts).await
    }

    /// Withdraws a proposal: one's own, or one that nobody can vote on any more.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn withdraw(&self, id: ProposalId) -> Result<Receipt, CommitteeError> {
        let withdraw = Withdraw { id };
        let (_, receipt) = self.chain.call(self.key, self.consortium, &withdraw).await?;
        Ok(receipt)
    }

    /// Accepts the seat that a proposed rotation of the committee gives this account, which need not be of the committee.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn accept(&self, id: ProposalId, action: Action) -> Result<Receipt, CommitteeError> {
        let accept = Accept { id, action };
        let (_, receipt) = self.chain.call(self.key, self.consortium, &accept).await?;
        Ok(receipt)
    }

    /// Calls for a pause; returns until when there is one, where enough members of different organisations have called
    /// within a day.
    ///
    /// # Errors
    /// The contract refuses, or the chain does not answer.
    pub async fn pause(&self) -> Result<(Option<Timestamp>, Receipt), CommitteeError> {
        Ok(self.chain.call(self.key, self.consortium, &Pause {}).await?)
    }

    async fn committee(&self, head: &Head) -> Result<Committee, CommitteeError> {
        let committee = self.ask(head, &consortium::messages::Committee {}).await?;
        if !committee.members.contains(&self.key.account()) {
            return Err(CommitteeError::NotMember(self.key.account()));
        }
        Ok(committee)
    }

    /// Votes for an open proposal, unless this member has.
    async fn settle(
        &self,
        committee: &Committee,
        proposal: &OpenProposal,
        action: Action,
        receipts: &mut Vec<Receipt>,
    ) -> Result<Progress, CommitteeError> {
        let OpenProposal {
            id, stored, missing, ..
        } = proposal;
        let enough = stored.votes() >= committee.threshold;
        if !missing.contains(&self.key.account()) || enough {
            return self.progress(committee, *id, action, receipts).await;
        }
        let vote = Vote {
            id: *id,
            hash: stored.hash,
        };
        let (_, receipt) = self.chain.call(self.key, self.consortium, &vote).await?;
        self.progress_after(receipt, committee, *id, action, receipts).await
    }

    /// Goes on after a vote of this member, which counts whatever comes then.
    async fn progress_after(
        &self,
        voted: Receipt,
        committee: &Committee,
        id: ProposalId,
        action: Action,
        receipts: &mut Vec<Receipt>,
    ) -> Result<Progress, CommitteeError> {
        receipts.push(voted.clone());
        let progress = self.progress(committee, id, action, receipts).await;
        progress.map_err(|reason| reason.after_vote(id, voted))
    }

    /// Executes a proposal if the votes are enough, and else says who is next.
    async fn progress(
        &self,
        committee: &Committee,
        id: ProposalId,
        action: Action,
        receipts: &mut Vec<Receipt>,
    ) -> Result<Progress, CommitteeError> {
        let head = self.chain.finalized().await?;
        let stored = self.ask(&head, &consortium::messages::Proposal { id }).await?;
        let stored = stored.ok_or(CommitteeError::NotOpen(id))?;
        if stored.votes() < committee.threshold {
            return Ok(Progress::Waiting {
                proposal: id,
                votes: u32::from(stored.votes()),
                threshold: committee.threshold,
                missing: proposals::missing(committee, &stored),
            });
        }
        let execute = Execute { id, action };
        match self.chain.call(self.key, self.consortium, &execute).await {
            Ok((admitted, receipt)) => {
                receipts.push(receipt);
                Ok(Progress::Done { admitted })
            }
            Err(CallError::Refused(error @ (ConsortiumError::TooEarly | ConsortiumError::NotAccepted))) => {
                let limits = self.ask(&head, &consortium::messages::Limits {}).await?;
                let not_before = proposals::not_before(&execute.action, &stored, limits.timelock_ms);
                let not_before = not_before.ok_or(CallError::Refused(error))?;
                Ok(Progress::Agreed {
                    proposal: id,
                    not_before,
                    unaccepted: proposals::unaccepted(&execute.action, committee, &stored),
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a message that changes nothing to the consortium contract, and returns its answer.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn ask<M: Message>(&self, head: &Head, message: &M) -> Result<M::Output, ChainError> {
        self.chain.read(head.hash, self.consortium, message).await
    }
}
