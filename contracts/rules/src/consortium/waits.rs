//! What the committee decides and cannot do at once: it waits for the time lock, so that whoever took over a committee is
//! seen before they can turn the consortium to other contracts, other proxies, other people or no time lock at all.
//!
//! While a consortium is founded nothing waits: until its contracts are connected, nobody relies on them.

use super::{proposals::still_counts, Action, Committee, ConsortiumError, Proposal, State};
use crate::{AccountId, Hash, Timestamp};

/// Returns whether an action has to wait for the time lock once it is agreed to.
pub fn waits(action: &Action, state: &State) -> bool {
    state.contracts.is_some()
        && match action {
            Action::Rotate { .. }
            | Action::Connect { .. }
            | Action::Succeed { .. }
            | Action::SetJurisdiction { .. }
            | Action::Place { .. }
            | Action::SetResidence { .. } => true,
            // The first proxies take nobody's place.
            Action::SetProxies { .. } => !state.proxies.operators.is_empty(),
            Action::SetLimits { limits } => limits.timelock_ms < state.limits.timelock_ms,
            _ => false,
        }
}

/// Decides whether what was agreed to may take effect now.
///
/// # Errors
/// In this order: [`TooEarly`](ConsortiumError::TooEarly) before the time lock is over, which counts from the vote that
/// was enough; [`NotAccepted`](ConsortiumError::NotAccepted) where a new member of the committee has not accepted.
pub fn may_take_effect(
    action: &Action,
    state: &State,
    proposal: Option<Proposal>,
    now: Timestamp,
) -> Result<(), ConsortiumError> {
    if !waits(action, state) {
        return Ok(());
    }
    let proposal = proposal.ok_or(ConsortiumError::UnknownProposal)?;
    let agreed_at = proposal.agreed_at.ok_or(ConsortiumError::NotEnoughVotes)?;
    if now < agreed_at.saturating_add(state.limits.timelock_ms) {
        return Err(ConsortiumError::TooEarly);
    }
    if let Action::Rotate { members, .. } = action {
        let mut seats = (0_u8..).zip(members);
        let accepted = |(seat, member): (u8, &AccountId)| {
            state.committee.members.contains(member) || proposal.accepted & seat_bit(seat) != 0
        };
        if !seats.all(accepted) {
            return Err(ConsortiumError::NotAccepted);
        }
    }
    Ok(())
}

/// Decides on the acceptance of a seat by somebody whom a proposed rotation names: the proposal afterwards.
///
/// # Errors
/// In this order: [`UnknownProposal`](ConsortiumError::UnknownProposal),
/// [`ChangedProposal`](ConsortiumError::ChangedProposal), [`Expired`](ConsortiumError::Expired),
/// [`Superseded`](ConsortiumError::Superseded), [`NotNamed`](ConsortiumError::NotNamed).
pub fn accept(
    committee: &Committee,
    proposal: Option<Proposal>,
    account: AccountId,
    action: &Action,
    hash: Hash,
    now: Timestamp,
) -> Result<Proposal, ConsortiumError> {
    let proposal = still_counts(committee, proposal, hash, now)?;
    let Action::Rotate { members, .. } = action else {
        return Err(ConsortiumError::NotNamed);
    };
    let mut seats = (0_u8..).zip(members);
    let seat = seats.find(|(_, member)| **member == account);
    let (seat, _) = seat.ok_or(ConsortiumError::NotNamed)?;
    Ok(Proposal {
        accepted: proposal.accepted | seat_bit(seat),
        ..proposal
    })
}

/// Returns the bit of a seat; none for one that no committee has.
fn seat_bit(seat: u8) -> u16 {
    1_u16.checked_shl(seat.into()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
