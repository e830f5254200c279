//! Properties of proposals as a whole, whoever does what in whichever order.

use super::{
    testing::{account, action, hash_of, members, World, HOSPITAL},
    waits, Action, ConsortiumError, Outcome,
};
use crate::{AccountId, OrganisationId, ProposalId, Timestamp};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use proptest::{prelude::*, strategy::ValueTree};

const SUSPEND: Action = Action::Suspend { organisation: HOSPITAL };

/// One step of somebody; without an action of their own, they mean what was proposed.
#[derive(Clone, Debug)]
enum Step {
    Propose(AccountId, Action),
    Vote(AccountId, ProposalId, Option<Action>),
    Execute(AccountId, ProposalId, Option<Action>),
    Accept(AccountId, ProposalId),
    Withdraw(AccountId, ProposalId),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || (1..7_u8).prop_map(account);
    let id = || (1..5_u32).prop_map(ProposalId);
    // Mostly actions that are often alike, so that proposals get votes.
    let often = || {
        let rotate = (2..5_u8, 1..3_u8).prop_map(|(count, threshold)| Action::Rotate {
            members: members(count),
            threshold,
        });
        let suspend = (1..3_u32).prop_map(|number| Action::Suspend {
            organisation: OrganisationId(number),
        });
        let reinstate = (1..3_u32).prop_map(|number| Action::Reinstate {
            organisation: OrganisationId(number),
        });
        prop_oneof![4 => suspend, 4 => reinstate, 1 => rotate, 1 => action()]
    };
    let meant = || prop_oneof![2 => Just(None), 1 => often().prop_map(Some)];
    prop_oneof![
        3 => (who(), often()).prop_map(|(who, action)| Step::Propose(who, action)),
        8 => (who(), id(), meant()).prop_map(|(who, id, action)| Step::Vote(who, id, action)),
        6 => (who(), id(), meant()).prop_map(|(who, id, action)| Step::Execute(who, id, action)),
        2 => (who(), id()).prop_map(|(who, id)| Step::Accept(who, id)),
        1 => (who(), id()).prop_map(|(who, id)| Step::Withdraw(who, id)),
        2 => prop_oneof![Just(1_u64), Just(604_800_000 / 2)].prop_map(Step::Wait),
    ]
}

/// What is known of a proposal independently of the contract: what it said, in which epoch, until when, and who ever
/// said yes to it.
struct Entry {
    action: Action,
    epoch: u32,
    expires: Timestamp,
    /// When it had as many votes as it took, if it had to wait.
    agreed_at: Option<Timestamp>,
    yes: BTreeSet<AccountId>,
    /// Who accepted a seat.
    accepted: BTreeSet<AccountId>,
    closed: bool,
}

fn proposed(book: &BTreeMap<ProposalId, Entry>, id: ProposalId) -> Action {
    book.get(&id).map_or(SUSPEND, |entry| entry.action.clone())
}

/// Takes the steps, and says how many proposals were executed, and how many of those were rotations. Every one must have been what was proposed, open, in its
/// epoch and time, and agreed to by as many of the present members as it takes now.
fn run(steps: Vec<Step>) -> (usize, usize) {
    let mut world = World::new(4, 2);
    let mut book: BTreeMap<ProposalId, Entry> = BTreeMap::new();
    let (mut executed, mut rotations) = (0, 0);
    for step in steps {
        let before = world.clone();
        let committee = before.state.committee.clone();
        match step {
            Step::Propose(who, action) => {
                if let Ok(Outcome::Pending(id)) = world.propose(who, &action) {
                    let entry = Entry {
                        action,
                        epoch: committee.epoch,
                        expires: world.proposals[&id].expires,
                        agreed_at: (committee.threshold == 1).then_some(world.now),
                        yes: [who].into(),
                        accepted: BTreeSet::new(),
                        closed: false,
                    };
                    assert!(book.insert(id, entry).is_none(), "{id} is new");
                    assert!(committee.members.contains(&who));
                }
            }
            Step::Vote(who, id, action) => {
                let action = action.unwrap_or_else(|| proposed(&book, id));
                if let Ok(votes) = world.vote(who, id, hash_of(&action)) {
                    let entry = book.get_mut(&id).expect("only what was proposed is voted on");
                    let first = entry.yes.insert(who);
                    assert!(!entry.closed && entry.action == action && entry.epoch == committee.epoch);
                    assert_eq!(usize::from(votes), entry.yes.len());
                    if votes >= committee.threshold {
                        entry.agreed_at = entry.agreed_at.or(Some(world.now));
                    }
                    assert_eq!(first, world != before, "a repeated vote changes nothing");
                }
            }
            Step::Execute(who, id, action) => {
                let action = action.unwrap_or_else(|| proposed(&book, id));
                if world.execute(who, id, &action).is_ok() {
                    let entry = book.get_mut(&id).expect("only what was proposed is executed");
                    let agreed = entry.yes.iter().filter(|yes| committee.members.contains(yes)).count();
                    assert!(agreed >= usize::from(committee.threshold), "{agreed} agreed");
                    assert!(committee.members.contains(&who));
                    assert!(!entry.closed, "{id} was executed or withdrawn before");
                    assert_eq!(entry.action, action, "nothing but what was proposed");
                    assert_eq!(entry.epoch, committee.epoch, "a rotation voids it");
                    assert!(world.now < entry.expires);
                    if waits(&entry.action, &before.state) {
                        let agreed_at = entry.agreed_at.expect("it was agreed to");
                        assert!(world.now >= agreed_at + before.state.limits.timelock_ms, "it waited");
                    }
                    if let Action::Rotate { members, .. } = &entry.action {
                        let here = |member| committee.members.contains(member) || entry.accepted.contains(member);
                        assert!(members.iter().all(here), "everybody new accepted");
                        rotations += 1;
                    }
                    entry.closed = true;
                    executed += 1;
                }
            }
            Step::Accept(who, id) => {
                let action = proposed(&book, id);
                if world.accept(who, id, &action).is_ok() {
                    let entry = book.get_mut(&id).expect("only what was proposed is accepted");
                    let named = matches!(&entry.action, Action::Rotate { members, .. } if members.contains(&who));
                    assert!(named && !entry.closed);
                    entry.accepted.insert(who);
                }
            }
            Step::Withdraw(who, id) => {
                if world.withdraw(who, id).is_ok() {
                    book.get_mut(&id).expect("only what was proposed is withdrawn").closed = true;
                }
            }
            Step::Wait(time) => world.now += time,
        }
        let open: Vec<_> = book
            .iter()
            .filter(|(_, entry)| !entry.closed)
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(world.proposals.keys().copied().collect::<Vec<_>>(), open);
    }
    (executed, rotations)
}

#[test]
fn the_steps_of_the_property_below_do_execute_proposals() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let steps = proptest::collection::vec(step(), 60);
    let runs = (0..256).map(|_| run(steps.new_tree(&mut runner).expect("steps").current()));
    let (executed, rotations) = runs.fold((0, 0), |(all, rotated), run| (all + run.0, rotated + run.1));
    assert!(executed >= 64, "only {executed} in 256 runs");
    assert!(rotations >= 1, "no rotation in 256 runs");
}

proptest! {
    #[test]
    fn nothing_is_executed_that_was_not_agreed_to_as_it_is_now(steps in proptest::collection::vec(step(), 0..80)) {
        run(steps);
    }

    #[test]
    fn a_changed_action_never_passes_for_the_one_that_was_proposed(one in action(), two in action()) {
        prop_assert_eq!(hash_of(&one) == hash_of(&two), one == two);
        let mut world = World::new(3, 2);
        if let Ok(Outcome::Pending(id)) = world.propose(account(1), &one) {
            let voted = world.vote(account(2), id, hash_of(&two));
            let executed = world.execute(account(3), id, &two);
            if one == two {
                prop_assert_eq!(voted, Ok(2));
            } else {
                prop_assert_eq!(voted, Err(ConsortiumError::ChangedProposal));
                prop_assert_eq!(executed, Err(ConsortiumError::ChangedProposal));
            }
        }
    }

    #[test]
    fn an_executed_proposal_is_never_executed_again(one in action(), later in proptest::collection::vec(action(), 0..4)) {
        let mut world = World::new(3, 2);
        let Ok(Outcome::Pending(id)) = world.propose(account(1), &one) else { return Ok(()) };
        world.vote(account(2), id, hash_of(&one)).expect("a vote");
        prop_assume!(world.execute(account(1), id, &one).is_ok());
        for action in later {
            let _ = world.propose(account(1), &action);
            for executor in (1..8).map(account) {
                prop_assert!(world.execute(executor, id, &one).is_err());
                prop_assert!(world.vote(executor, id, hash_of(&one)).is_err());
            }
        }
    }

    #[test]
    fn votes_count_members_and_never_more_than_there_are(order in proptest::collection::vec(0..20_u8, 0..40)) {
        let mut world = World::new(15, 15);
        let id = world.pending(account(1), &SUSPEND);
        let mut voters: BTreeSet<AccountId> = [account(1)].into();
        for voter in order.into_iter().map(account) {
            if world.vote(voter, id, hash_of(&SUSPEND)).is_ok() {
                voters.insert(voter);
            }
            prop_assert_eq!(usize::from(world.proposals[&id].votes()), voters.len());
            let enough = world.clone().execute(account(1), id, &SUSPEND).is_ok();
            prop_assert_eq!(enough, voters.len() == 15);
        }
        prop_assert!(voters.iter().all(|voter| members(15).contains(voter)));
    }
}
