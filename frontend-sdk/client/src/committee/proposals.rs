//! Which proposals there are, and who has not voted.

use crate::chain::{Chain, ChainError, Head};
use aegle_rules::{
    AccountId, ProposalId, Timestamp,
    consortium::{Action, Committee, Proposal, messages},
};

/// The number of the latest proposals that are looked at.
const MAX_PROPOSALS_SEARCHED: u32 = 64;

/// Whether a proposal can be voted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// It can.
    Open,
    /// Its time has passed.
    Expired,
    /// The committee was replaced after it was opened.
    Superseded,
}

/// A proposal that was neither executed nor withdrawn.
#[derive(Clone, Debug)]
pub struct OpenProposal {
    /// Its number.
    pub id: ProposalId,
    /// What the contract keeps of it.
    pub stored: Proposal,
    /// Whether it can be voted on.
    pub state: ProposalState,
    /// How many votes it needs.
    pub threshold: u8,
    /// The members who have voted for it.
    pub voted: Vec<AccountId>,
    /// Those who have not, in the committee's order: any of them is next.
    pub missing: Vec<AccountId>,
}

/// Lists the proposals that were neither executed nor withdrawn, newest first; of the last 64 that were opened.
///
/// # Errors
/// The chain does not answer.
pub async fn open_proposals<C: Chain>(
    chain: &C,
    consortium: AccountId,
    head: &Head,
) -> Result<Vec<OpenProposal>, ChainError> {
    let committee = chain.read(head.hash, consortium, &messages::Committee {}).await?;
    let last = chain.read(head.hash, consortium, &messages::Proposals {}).await?;
    let mut open = Vec::new();
    for number in (last.saturating_sub(MAX_PROPOSALS_SEARCHED)..last).rev() {
        let id = ProposalId(number + 1);
        let Some(stored) = chain.read(head.hash, consortium, &messages::Proposal { id }).await? else {
            continue;
        };
        let state = if stored.epoch != committee.epoch {
            ProposalState::Superseded
        } else if stored.expires <= head.timestamp {
            ProposalState::Expired
        } else {
            ProposalState::Open
        };
        let missing = missing(&committee, &stored);
        let voted = committee.members.iter().copied();
        open.push(OpenProposal {
            id,
            stored,
            state,
            threshold: committee.threshold,
            voted: voted.filter(|member| !missing.contains(member)).collect(),
            missing,
        });
    }
    Ok(open)
}

/// The members who have not voted for a proposal; all of them where it was opened before this committee.
pub(super) fn missing(committee: &Committee, stored: &Proposal) -> Vec<AccountId> {
    let is_missing = |member: &AccountId| {
        let vote = committee.vote_of(member).unwrap_or_default();
        stored.epoch != committee.epoch || stored.votes & vote == 0
    };
    committee.members.iter().copied().filter(is_missing).collect()
}

/// Returns whether an action is of the kind that may have to wait for the time lock once it is agreed to.
pub fn may_wait(action: &Action) -> bool {
    matches!(
        action,
        Action::Rotate { .. }
            | Action::Connect { .. }
            | Action::SetProxies { .. }
            | Action::SetLimits { .. }
            | Action::Succeed { .. }
            | Action::SetJurisdiction { .. }
            | Action::Place { .. }
            | Action::SetResidence { .. }
    )
}

/// Returns from when on what was agreed to can be carried out, where it is of the kind that may have to wait for the time
/// lock; `None` for what never waits, and what is not agreed to.
pub fn not_before(action: &Action, stored: &Proposal, timelock_ms: u64) -> Option<Timestamp> {
    let agreed_at = stored.agreed_at.filter(|_| may_wait(action))?;
    Some(agreed_at.saturating_add(timelock_ms))
}

/// Returns whom a proposed rotation gives a seat that they have not accepted.
pub fn unaccepted(action: &Action, committee: &Committee, stored: &Proposal) -> Vec<AccountId> {
    let Action::Rotate { members, .. } = action else {
        return Vec::new();
    };
    let seats = members.iter().enumerate();
    let missing = seats.filter(|(seat, member)| {
        !committee.members.contains(member)
            && u32::from(stored.accepted).checked_shr(*seat as u32).unwrap_or(0) & 1 == 0
    });
    missing.map(|(_, member)| *member).collect()
}
