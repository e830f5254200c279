use super::*;
use crate::consortium::{
    testing::{account, actions, hash_of, members, state, World, HOSPITAL, NOW, STRANGER, UNKNOWN},
    waits, Standing,
};

const SUSPEND: Action = Action::Suspend { organisation: HOSPITAL };
const OTHER: Action = Action::Suspend { organisation: UNKNOWN };

/// A proposal to do [`SUSPEND`] by member 1 of a committee of 5, and that committee, in its third epoch.
fn opened(threshold: u8) -> (Committee, Proposal) {
    let mut state = state(5, threshold);
    state.committee.epoch = 2;
    let (_, proposal) = open_proposal(&state, account(1), hash_of(&SUSPEND), false, NOW).expect("a proposal");
    (state.committee, proposal)
}

#[test]
fn a_proposal_carries_the_proposers_vote_and_ends_when_the_limit_says() {
    for (count, proposer) in [(1, 1), (5, 1), (5, 3), (15, 15)] {
        for proposal_ms in [1, state(1, 1).limits.proposal_ms] {
            let mut state = state(count, 1);
            state.limits.proposal_ms = proposal_ms;
            state.committee.epoch = 7;
            let (id, proposal) =
                open_proposal(&state, account(proposer), Hash([3; 32]), false, NOW).expect("a proposal");
            let expected = Proposal {
                hash: Hash([3; 32]),
                epoch: 7,
                votes: 1 << (proposer - 1),
                proposer: account(proposer),
                expires: NOW + proposal_ms,
                agreed_at: Some(NOW),
                accepted: 0,
            };
            assert_eq!((id, proposal), (ProposalId(1), expected));
            assert_eq!(proposal.votes(), 1);
        }
    }
}

#[test]
fn proposals_are_numbered_from_one_and_never_again() {
    for (opened, proposer, expected) in [
        (0, account(1), Ok(1)),
        (1, account(1), Ok(2)),
        (u32::MAX - 1, account(1), Ok(u32::MAX)),
        (u32::MAX, account(1), Err(ConsortiumError::TooMany)),
        (u32::MAX, STRANGER, Err(ConsortiumError::NotCommittee)),
        (0, STRANGER, Err(ConsortiumError::NotCommittee)),
    ] {
        let mut state = state(3, 2);
        state.proposals = opened;
        let id = open_proposal(&state, proposer, Hash([3; 32]), false, NOW).map(|(id, _)| id);
        assert_eq!(id, expected.map(ProposalId), "{opened} by {proposer}");
    }
}

#[test]
fn voting_and_executing_refuse_in_the_documented_order() {
    let (committee, open) = opened(1);
    let right = hash_of(&SUSPEND);
    let wrong = hash_of(&OTHER);
    let superseded = Proposal { epoch: 1, ..open };
    let over = open.expires;
    for (proposal, member, hash, now, expected) in [
        (None, STRANGER, wrong, over, ConsortiumError::NotCommittee),
        (Some(superseded), STRANGER, wrong, over, ConsortiumError::NotCommittee),
        (None, account(2), wrong, over, ConsortiumError::UnknownProposal),
        (
            Some(superseded),
            account(2),
            wrong,
            over,
            ConsortiumError::ChangedProposal,
        ),
        (Some(superseded), account(2), right, over, ConsortiumError::Expired),
        (Some(superseded), account(2), right, NOW, ConsortiumError::Superseded),
        (Some(open), account(2), wrong, NOW, ConsortiumError::ChangedProposal),
        (Some(open), account(2), right, over, ConsortiumError::Expired),
        (Some(open), account(6), right, NOW, ConsortiumError::NotCommittee),
    ] {
        let voted = vote(&committee, proposal, member, hash, now);
        assert_eq!(voted, Err(expected), "{member} votes");
        let executed = may_execute(&committee, proposal, member, hash, now);
        assert_eq!(executed, Err(expected), "{member} executes");
    }
    let few = Committee {
        threshold: 2,
        ..committee
    };
    let executed = may_execute(&few, Some(open), account(2), right, NOW);
    assert_eq!(executed, Err(ConsortiumError::NotEnoughVotes));
}

#[test]
fn a_proposal_counts_until_its_end() {
    let (committee, open) = opened(1);
    for (now, counts) in [
        (NOW, true),
        (open.expires - 1, true),
        (open.expires, false),
        (open.expires + 1, false),
        (Timestamp::MAX, false),
    ] {
        let expected = if counts { Ok(()) } else { Err(ConsortiumError::Expired) };
        let voted = vote(&committee, Some(open), account(2), open.hash, now);
        assert_eq!(voted.map(|_| ()), expected, "{now}");
        let executed = may_execute(&committee, Some(open), account(2), open.hash, now);
        assert_eq!(executed, expected, "{now}");
    }
}

#[test]
fn a_repeated_vote_changes_nothing() {
    let (committee, open) = opened(3);
    let mut proposal = open;
    for (voter, votes) in [(1, 1), (2, 2), (2, 2), (5, 3), (1, 3), (5, 3), (3, 4), (4, 5), (3, 5)] {
        let after = vote(&committee, Some(proposal), account(voter), open.hash, NOW).expect("a vote");
        assert_eq!(after.votes(), votes, "after {voter}");
        let again = vote(&committee, Some(after), account(voter), open.hash, NOW);
        assert_eq!(again, Ok(after), "{voter} again");
        assert_eq!(
            Proposal {
                votes: open.votes,
                agreed_at: open.agreed_at,
                ..after
            },
            open,
            "nothing but the votes"
        );
        proposal = after;
    }
}

#[test]
fn it_takes_the_threshold_to_execute_and_the_executors_own_vote_is_not_added() {
    for threshold in 1..=5 {
        let (committee, mut proposal) = opened(threshold);
        for voters in 1..=5 {
            proposal = vote(&committee, Some(proposal), account(voters), proposal.hash, NOW).expect("a vote");
            let expected = if voters >= threshold {
                Ok(())
            } else {
                Err(ConsortiumError::NotEnoughVotes)
            };
            for executor in 1..=5 {
                let executed = may_execute(&committee, Some(proposal), account(executor), proposal.hash, NOW);
                assert_eq!(executed, expected, "{voters} of {threshold}, by {executor}");
            }
        }
    }
}

#[test]
fn the_proposer_withdraws_at_any_time_and_the_committee_what_is_over() {
    let (committee, open) = opened(2);
    let superseded = Proposal { epoch: 1, ..open };
    let refused = Err(ConsortiumError::NotProposer);
    for (proposal, now, others) in [
        (open, NOW, refused),
        (open, open.expires - 1, refused),
        (open, open.expires, Ok(())),
        (open, open.expires + 1, Ok(())),
        (superseded, NOW, Ok(())),
        (superseded, open.expires, Ok(())),
    ] {
        let by = |caller| may_withdraw(&committee, Some(proposal), caller, now);
        assert_eq!(by(account(1)), Ok(()), "the proposer");
        assert_eq!(by(account(2)), others, "another member");
        assert_eq!(by(STRANGER), refused, "the deposit is no stranger's");
        let gone = may_withdraw(&committee, None, account(1), now);
        assert_eq!(gone, Err(ConsortiumError::UnknownProposal));
    }
    let outvoted = Committee {
        epoch: 3,
        threshold: 1,
        members: alloc::vec![STRANGER],
        organisations: alloc::vec![None],
    };
    assert_eq!(
        may_withdraw(&outvoted, Some(open), account(1), NOW),
        Ok(()),
        "no member any more"
    );
}

#[test]
fn every_action_goes_through_propose_vote_and_execute_by_members_and_by_nobody_else() {
    for action in actions() {
        let mut world = World::ready(3, 2);
        let (hash, not) = (hash_of(&action), ConsortiumError::NotCommittee);
        assert_eq!(world.propose(STRANGER, &action), Err(not), "{action:?}");
        let id = world.pending(account(1), &action);
        assert_eq!(world.vote(STRANGER, id, hash), Err(not), "{action:?}");
        let early = world.execute(account(1), id, &action);
        assert_eq!(early, Err(ConsortiumError::NotEnoughVotes), "{action:?}");
        assert_eq!(world.vote(account(2), id, hash), Ok(2), "{action:?}");
        assert_eq!(world.execute(STRANGER, id, &action), Err(not), "{action:?}");
        if waits(&action, &world.state) {
            let early = world.execute(account(3), id, &action);
            assert_eq!(early, Err(ConsortiumError::TooEarly), "{action:?}");
        }
        world.wait_for(id, &action);
        let admitted = matches!(action, Action::Admit { .. }).then_some(UNKNOWN);
        assert_eq!(world.execute(account(3), id, &action), Ok(admitted), "{action:?}");
        let replayed = world.execute(account(3), id, &action);
        assert_eq!(replayed, Err(ConsortiumError::UnknownProposal), "{action:?}");
        assert!(world.proposals.is_empty());
    }
}

#[test]
fn what_does_not_fit_the_state_stays_open_and_is_executed_once_it_does() {
    let mut world = World::new(3, 2);
    let reinstate = Action::Reinstate { organisation: HOSPITAL };
    let id = world.pending(account(1), &reinstate);
    world.vote(account(2), id, hash_of(&reinstate)).expect("a vote");
    let refused = world.execute(account(1), id, &reinstate);
    assert_eq!(refused, Err(ConsortiumError::WrongStanding));
    world.state.organisations.set_standing(HOSPITAL, Standing::Suspended);
    assert_eq!(world.execute(account(1), id, &reinstate), Ok(None));
}

#[test]
fn rotation_voids_votes_even_if_the_same_members_stay() {
    for (count, threshold) in [(3, 2), (3, 1), (5, 2)] {
        let mut world = World::new(3, 2);
        let hash = hash_of(&SUSPEND);
        let id = world.pending(account(1), &SUSPEND);
        world.vote(account(2), id, hash).expect("a vote");
        let rotate = Action::Rotate {
            members: members(count),
            threshold,
        };
        let rotation = world.pending(account(1), &rotate);
        world.vote(account(2), rotation, hash_of(&rotate)).expect("a vote");
        world.wait_for(rotation, &rotate);
        world.execute(account(2), rotation, &rotate).expect("a rotation");
        let executed = world.execute(account(1), id, &SUSPEND);
        assert_eq!(executed, Err(ConsortiumError::Superseded), "{threshold} of {count}");
        assert_eq!(world.vote(account(3), id, hash), Err(ConsortiumError::Superseded));
        assert_eq!(world.withdraw(STRANGER, id), Err(ConsortiumError::NotProposer));
        assert_eq!(world.withdraw(account(2), id), Ok(()), "a member frees it");
    }
}
