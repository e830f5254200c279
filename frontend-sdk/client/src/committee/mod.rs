//! What a member of the committee does: proposing, voting and executing, all by saying what should be done.

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Head, Receipt},
};
use aegle_rules::{
    AccountId, Hash, OrganisationId, ProposalId, Timestamp,
    consortium::{
        self, Action, Committee, ConsortiumError, Outcome,
        messages::{Execute, Propose, Vote},
    },
    message::Message,
};
use blake2::{Blake2b, Digest, digest::consts::U32};

/// The number of the latest proposals that are searched for one of the same action.
const MAX_PROPOSALS_SEARCHED: u32 = 64;

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
    },
}

/// The reason why a member cannot act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitteeError {
    /// The account is not of the committee.
    #[error("{0} is not of the committee")]
    NotMember(AccountId),
    /// The consortium contract refused, or the chain.
    #[error(transparent)]
    Contract(#[from] CallError<ConsortiumError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
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

impl<C: Chain> Member<'_, C> {
    /// Casts this member's vote for an action: proposes it, or votes for an open proposal of the same action, and
    /// executes it when the votes are enough. The receipt of every transaction is pushed to `receipts`.
    ///
    /// Times in an action are part of it: for two members' actions to be the same, they must name the same time.
    ///
    /// # Errors
    /// See [`CommitteeError`].
    pub async fn act(&self, action: Action, receipts: &mut Vec<Receipt>) -> Result<Progress, CommitteeError> {
        let head = self.chain.finalized().await?;
        let committee = self.ask(&head, &consortium::messages::Committee {}).await?;
        if !committee.members.contains(&self.key.account()) {
            return Err(CommitteeError::NotMember(self.key.account()));
        }
        let hash = consortium::action_hash(&action, blake2_256);
        let proposal = match self.open_proposal(&head, &committee, hash).await? {
            Some(proposal) => {
                let vote = Vote { id: proposal, hash };
                let (_, receipt) = self.chain.call(self.key, self.consortium, &vote).await?;
                receipts.push(receipt);
                proposal
            }
            None => {
                let propose = Propose { action: action.clone() };
                let (outcome, receipt) = self.chain.call(self.key, self.consortium, &propose).await?;
                receipts.push(receipt);
                match outcome {
                    Outcome::Done(admitted) => return Ok(Progress::Done { admitted }),
                    Outcome::Pending(proposal) => proposal,
                }
            }
        };
        let head = self.chain.finalized().await?;
        let stored = self
            .ask(&head, &consortium::messages::Proposal { id: proposal })
            .await?;
        let votes = stored.map_or(0, |stored| u32::from(stored.votes()));
        let threshold = committee.threshold;
        if votes < u32::from(threshold) {
            return Ok(Progress::Waiting {
                proposal,
                votes,
                threshold,
            });
        }
        let execute = Execute { id: proposal, action };
        let (admitted, receipt) = self.chain.call(self.key, self.consortium, &execute).await?;
        receipts.push(receipt);
        Ok(Progress::Done { admitted })
    }

    /// Returns an open proposal of this committee for the action of that hash.
    async fn open_proposal(
        &self,
        head: &Head,
        committee: &Committee,
        hash: Hash,
    ) -> Result<Option<ProposalId>, CommitteeError> {
        let last = self.ask(head, &consortium::messages::Proposals {}).await?;
        for number in (last.saturating_sub(MAX_PROPOSALS_SEARCHED)..last).rev() {
            let id = ProposalId(number + 1);
            let stored = self.ask(head, &consortium::messages::Proposal { id }).await?;
            let now: Timestamp = head.timestamp;
            let same = stored
                .is_some_and(|stored| stored.hash == hash && stored.epoch == committee.epoch && now < stored.expires);
            if same {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Sends a message that changes nothing to the consortium contract, and returns its answer.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn ask<M: Message>(&self, head: &Head, message: &M) -> Result<M::Output, ChainError> {
        self.chain.read(head.hash, self.consortium, message).await
    }
}

/// Computes the hash that Substrate chains use: BLAKE2b with 32 bytes of output (RFC 7693).
pub(crate) fn blake2_256(bytes: &[u8]) -> Hash {
    Hash(Blake2b::<U32>::digest(bytes).into())
}
