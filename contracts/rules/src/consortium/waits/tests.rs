use super::*;
use crate::{
    consortium::{
        testing::{account, actions, hash_of, members, role, state, World, HOSPITAL, NOW, STRANGER},
        Limits, ProxyOperator, ProxyOperators,
    },
    Roles,
};
use alloc::{vec, vec::Vec};

const LOCK_MS: u64 = Limits::DEFAULT.timelock_ms;

fn rotate(to: Vec<AccountId>) -> Action {
    Action::Rotate {
        members: to,
        threshold: 2,
    }
}

fn proxies() -> Vec<ProxyOperator> {
    vec![ProxyOperator {
        account: account(50),
        organisation: HOSPITAL,
    }]
}

#[test]
fn what_could_turn_the_consortium_to_others_waits_once_it_is_connected() {
    let connected = World::ready(3, 2).state;
    let alone = State {
        contracts: None,
        ..connected.clone()
    };
    for action in actions() {
        let locked = matches!(
            action,
            Action::Rotate { .. }
                | Action::Connect { .. }
                | Action::Succeed { .. }
                | Action::SetLimits { .. }
                | Action::SetJurisdiction { .. }
                | Action::Place { .. }
                | Action::SetResidence { .. }
        );
        assert_eq!(waits(&action, &connected), locked, "{action:?}");
        assert!(!waits(&action, &alone), "{action:?}");
    }
    let mut served = connected.clone();
    let set = Action::SetProxies { operators: proxies() };
    assert!(!waits(&set, &served), "the first proxies");
    served.proxies = ProxyOperators { operators: proxies() };
    assert!(waits(&set, &served));
    for (timelock_ms, locked) in [(LOCK_MS - 1, true), (LOCK_MS, false), (LOCK_MS + 1, false)] {
        let limits = Limits {
            timelock_ms,
            ..Limits::MIN
        };
        assert_eq!(
            waits(&Action::SetLimits { limits }, &connected),
            locked,
            "{timelock_ms}"
        );
    }
}

#[test]
fn the_time_lock_counts_from_the_vote_that_was_enough() {
    let mut world = World::new(3, 2);
    let action = rotate(members(2));
    let id = world.pending(account(1), &action);
    world.now += 1_000;
    world.vote(account(2), id, hash_of(&action)).expect("a vote");
    world.now += 1_000;
    world.vote(account(3), id, hash_of(&action)).expect("a vote too many");
    for (now, expected) in [
        (NOW + 1_000 + LOCK_MS - 1, Err(ConsortiumError::TooEarly)),
        (NOW + 1_000 + LOCK_MS, Ok(None)),
    ] {
        world.now = now;
        assert_eq!(world.execute(account(3), id, &action), expected, "{now}");
    }
}

#[test]
fn what_waits_can_be_executed_for_as_long_as_anything_else() {
    let state = state(3, 2);
    for locked in [false, true] {
        let (_, proposal) =
            crate::consortium::open_proposal(&state, account(1), Hash([1; 32]), locked, NOW).expect("a proposal");
        let lock = if locked { LOCK_MS } else { 0 };
        assert_eq!(proposal.expires, NOW + state.limits.proposal_ms + lock, "{locked}");
        assert_eq!(proposal.agreed_at, None, "one vote of two");
    }
}

#[test]
fn nobody_new_sits_in_a_committee_without_having_accepted() {
    let mut world = World::new(3, 2);
    let action = rotate(vec![account(1), account(4), account(5)]);
    let id = world.pending(account(1), &action);
    world.vote(account(2), id, hash_of(&action)).expect("a vote");
    for nobody in [STRANGER, account(2)] {
        assert_eq!(
            world.accept(nobody, id, &action),
            Err(ConsortiumError::NotNamed),
            "{nobody}"
        );
    }
    let other = rotate(vec![account(1), account(4), STRANGER]);
    assert_eq!(
        world.accept(STRANGER, id, &other),
        Err(ConsortiumError::ChangedProposal)
    );
    world.accept(account(4), id, &action).expect("named");
    world.now += LOCK_MS;
    let missing = world.execute(account(1), id, &action);
    assert_eq!(missing, Err(ConsortiumError::NotAccepted), "the other one did not");
    for _ in 0..2 {
        world.accept(account(5), id, &action).expect("named");
    }
    world.accept(account(1), id, &action).expect("who stays may say so too");
    assert_eq!(world.execute(account(1), id, &action), Ok(None));
    assert_eq!(world.state.committee.members, [account(1), account(4), account(5)]);
    assert_eq!(
        world.accept(account(4), id, &action),
        Err(ConsortiumError::UnknownProposal)
    );
}

#[test]
fn a_seat_is_accepted_only_while_the_proposal_counts() {
    let mut world = World::new(3, 2);
    let action = rotate(vec![account(1), account(4)]);
    let id = world.pending(account(1), &action);
    let over = world.proposals[&id].expires;
    for (now, epoch, expected) in [
        (over - 1, 0, Ok(())),
        (over, 0, Err(ConsortiumError::Expired)),
        (NOW, 1, Err(ConsortiumError::Superseded)),
    ] {
        let mut then = world.clone();
        (then.now, then.state.committee.epoch) = (now, epoch);
        assert_eq!(then.accept(account(4), id, &action), expected, "{now} {epoch}");
    }
    let suspend = Action::Suspend { organisation: HOSPITAL };
    let other = world.pending(account(1), &suspend);
    assert_eq!(
        world.accept(account(4), other, &suspend),
        Err(ConsortiumError::NotNamed)
    );
}

#[test]
fn what_does_not_wait_takes_effect_at_once_whoever_agreed() {
    let set = Action::SetRole {
        account: STRANGER,
        role: role(Roles::CLINICIAN, HOSPITAL, u64::MAX),
    };
    assert_eq!(may_take_effect(&set, &state(3, 2), None, NOW), Ok(()));
    let missing = may_take_effect(&rotate(members(2)), &state(3, 2), None, NOW);
    assert_eq!(missing, Err(ConsortiumError::UnknownProposal));
}
