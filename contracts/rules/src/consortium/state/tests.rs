use super::*;
use crate::consortium::{
    decide,
    testing::{actions, held, members, opt_out, role, World, CONTRACTS, HOSPITAL, NOW, STRANGER, UNKNOWN},
    waits, Action, Outcome, Succession,
};
use crate::Roles;
use alloc::vec;
use scale::DecodeAll;

#[test]
fn a_consortium_begins_with_its_committee_and_nothing_else() {
    let fresh = State::new(members(3), 2).expect("a committee");
    assert_eq!(fresh.committee.members, members(3));
    assert_eq!((fresh.committee.epoch, fresh.committee.threshold), (0, 2));
    assert_eq!(fresh.limits, Limits::default());
    assert_eq!((fresh.contracts, fresh.proposals), (None, 0));
    assert_eq!(fresh.organisations, Organisations::default());
    assert_eq!(fresh.proxies, ProxyOperators::default());
    assert_eq!(fresh.upgrades, Upgrades::default());
    let refused = State::new(members(3), 4);
    assert_eq!(refused, Err(ConsortiumError::InvalidCommittee));
}

#[test]
fn without_a_committee_nobody_can_do_anything() {
    let mut world = World::new(1, 1);
    world.state = State::default();
    for account in [members(1)[0], STRANGER, AccountId([0; 32])] {
        let refused = world.propose(account, &actions()[8]);
        assert_eq!(refused, Err(ConsortiumError::NotCommittee), "{account}");
    }
}

/// What `action` makes of a consortium that is ready for it, and what is told of it.
fn apply(action: Action) -> (State, Vec<Notice>) {
    let mut state = World::ready(3, 2).state;
    let roles = held([role(Roles::CLINICIAN, HOSPITAL, NOW)]);
    let change = decide(action, &state, &roles, NOW).expect("a change");
    let notices = state.apply(&change);
    (state, notices)
}

#[test]
fn every_action_changes_its_part_of_the_state_and_tells_the_whole_new_value() {
    let before = World::ready(3, 2).state;
    let clinician = role(Roles::CLINICIAN, HOSPITAL, NOW);
    for action in actions() {
        let (after, notices) = apply(action.clone());
        let mut expected = before.clone();
        let told = match action.clone() {
            Action::Admit { admin } => {
                expected.organisations.admitted = 3;
                let role = role(Roles::ORGANISATION_ADMIN, UNKNOWN, u64::MAX);
                vec![
                    Notice::Organisations(expected.organisations.clone()),
                    Notice::roles(admin, &held([clinician, role])),
                ]
            }
            Action::Suspend { .. } => {
                expected.organisations.suspended = vec![0b11];
                vec![Notice::Organisations(expected.organisations.clone())]
            }
            Action::Reinstate { .. } => {
                expected.organisations.suspended = vec![];
                vec![Notice::Organisations(expected.organisations.clone())]
            }
            Action::SetRole { account, role } => vec![Notice::roles(account, &held([role]))],
            Action::RevokeRole { account } | Action::TakeRole { account, .. } => {
                vec![Notice::roles(account, &held([]))]
            }
            Action::Rotate { members, threshold } => {
                expected.committee = Committee {
                    epoch: 1,
                    threshold,
                    organisations: vec![None; members.len()],
                    members,
                };
                vec![]
            }
            Action::Connect { consent, ledger } => {
                expected.contracts = Some(Contracts { consent, ledger });
                vec![
                    Notice::Organisations(expected.organisations.clone()),
                    Notice::Limits(expected.limits),
                    Notice::Proxies(expected.proxies.clone()),
                    Notice::Jurisdictions(expected.jurisdictions.clone()),
                    Notice::Paused { until: NOW + 1 },
                ]
            }
            Action::SetProxies { operators } => {
                expected.proxies = ProxyOperators { operators };
                vec![Notice::Proxies(expected.proxies.clone())]
            }
            Action::SetJurisdiction { default } => {
                expected.jurisdictions.defaults.push(default);
                vec![Notice::Jurisdictions(expected.jurisdictions.clone())]
            }
            Action::Place { .. } => vec![],
            Action::SetResidence { patient, jurisdiction } => vec![Notice::Resident { patient, jurisdiction }],
            Action::SetLimits { limits } => {
                expected.limits = limits;
                vec![Notice::Limits(limits)]
            }
            Action::ScheduleUpgrade {
                code_hash,
                layout,
                not_before,
                ..
            } => {
                expected.upgrades.ledger = Some(Upgrade {
                    code_hash,
                    layout,
                    not_before,
                });
                vec![]
            }
            Action::CancelUpgrade { .. } => {
                expected.upgrades.consortium = None;
                vec![]
            }
            Action::Resume => {
                expected.pauses.until = 0;
                vec![Notice::Paused { until: 0 }]
            }
            Action::SetSeats { organisations } => {
                expected.committee.organisations = organisations;
                vec![]
            }
            Action::Succeed {
                organisation,
                successor,
            } => {
                expected.organisations.successions = vec![Succession {
                    organisation,
                    successor,
                }];
                vec![Notice::Organisations(expected.organisations.clone())]
            }
        };
        assert_eq!(after, expected, "{action:?}");
        assert_eq!(notices, told, "{action:?}");
        let kept = State::decode_all(&mut &after.encode()[..]);
        assert_eq!(kept, Ok(after), "what is kept is read back");
    }
}

#[test]
fn one_vote_of_one_does_at_once_what_does_not_wait_and_keeps_no_proposal() {
    for action in actions() {
        let mut world = World::ready(3, 1);
        if waits(&action, &world.state) {
            let id = world.pending(members(3)[2], &action);
            world.wait_for(id, &action);
            assert_eq!(world.execute(members(3)[2], id, &action), Ok(None), "{action:?}");
            continue;
        }
        let admitted = matches!(action, Action::Admit { .. }).then_some(UNKNOWN);
        let outcome = world.propose(members(3)[2], &action);
        assert_eq!(outcome, Ok(Outcome::Done(admitted)), "{action:?}");
        assert_eq!((world.proposals.len(), world.state.proposals), (0, 0), "{action:?}");
    }
}

#[test]
fn what_a_contract_refuses_to_hear_did_not_happen() {
    for deaf in [CONTRACTS.consent, CONTRACTS.ledger] {
        let mut world = World::new(3, 1);
        world.deaf = Some(deaf);
        let before = world.clone();
        let limits = Action::SetLimits { limits: Limits::MAX };
        let outcome = world.propose(members(3)[0], &limits);
        assert_eq!(outcome, Err(ConsortiumError::NotDelivered));
        assert_eq!(world, before);
    }
}

#[test]
fn what_only_takes_away_counts_wherever_it_is_heard() {
    for action in actions() {
        for (deaf, hears) in [
            (CONTRACTS.consent, CONTRACTS.ledger),
            (CONTRACTS.ledger, CONTRACTS.consent),
        ] {
            let mut world = World::ready(3, 1);
            world.deaf = Some(deaf);
            if waits(&action, &world.state) {
                continue;
            }
            let takes_away = matches!(action, Action::Suspend { .. } | Action::RevokeRole { .. });
            let outcome = world.propose(members(3)[0], &action);
            if takes_away {
                assert!(outcome.is_ok(), "{action:?}: {outcome:?}");
                assert!(
                    matches!(&world.told[..], [(receiver, _)] if *receiver == hears),
                    "{action:?}"
                );
            } else {
                let refused = outcome == Err(ConsortiumError::NotDelivered);
                assert!(
                    refused || world.told.iter().all(|(receiver, _)| *receiver != deaf),
                    "{action:?}"
                );
            }
        }
    }
}

#[test]
fn newly_connected_contracts_are_told_everything_that_is_not_of_one_account() {
    let mut world = World::new(3, 1);
    world.state.pauses.until = NOW + 9;
    world.state.jurisdictions.defaults = vec![opt_out(1)];
    let connect = actions().remove(6);
    let id = world.pending(members(3)[0], &connect);
    world.wait_for(id, &connect);
    world.execute(members(3)[0], id, &connect).expect("connected");
    let contracts = world.state.contracts.expect("connected");
    let told = |receiver| {
        let told = world.told.iter().filter(|(account, _)| *account == receiver);
        told.map(|(_, notice)| notice.clone()).collect::<Vec<_>>()
    };
    let both = vec![
        Notice::Organisations(world.state.organisations.clone()),
        Notice::Limits(world.state.limits),
    ];
    assert_eq!(told(contracts.ledger), both);
    let proxies = Notice::Proxies(world.state.proxies.clone());
    let jurisdictions = Notice::Jurisdictions(world.state.jurisdictions.clone());
    let paused = Notice::Paused { until: NOW + 9 };
    let of_consent = vec![proxies, jurisdictions, paused];
    assert_eq!(told(contracts.consent), [both, of_consent].concat());
    assert!(told(CONTRACTS.consent).is_empty(), "none of it is for the old one");
}
