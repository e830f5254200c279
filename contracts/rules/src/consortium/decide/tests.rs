use super::*;
use crate::{
    consortium::{
        testing::{account, actions, held, members, opt_out, role, state, HOSPITAL, NOW, STRANGER, SUSPENDED, UNKNOWN},
        Committee, Limits, Organisations, ProxyOperator,
    },
    AccountId, Hash, JurisdictionId,
};
use alloc::{vec, vec::Vec};

const ADMIN: AccountId = AccountId([1; 32]);

#[track_caller]
fn check(action: Action, state: &State, expected: Result<Change, ConsortiumError>) {
    let has_role = matches!(action, Action::RevokeRole { account: ADMIN });
    let roles = if has_role {
        held([role(Roles::CLINICIAN, HOSPITAL, NOW)])
    } else {
        held([])
    };
    let decision = decide(action.clone(), state, &roles, NOW);
    assert_eq!(decision, expected, "{action:?}");
}

fn upgrade(contract: Which, not_before: Timestamp) -> Action {
    Action::ScheduleUpgrade {
        contract,
        code_hash: Hash([5; 32]),
        layout: 7,
        not_before,
    }
}

fn scheduled(contract: Which) -> State {
    let mut state = state(3, 2);
    let upgrade = Upgrade {
        code_hash: Hash([4; 32]),
        layout: 1,
        not_before: NOW,
    };
    state.upgrades.set(contract, Some(upgrade));
    state
}

#[test]
fn every_action_is_decided_before_and_after_the_contracts_are_connected() {
    let mut connected = scheduled(Which::Consortium);
    connected.pauses.until = NOW + 1;
    connected.jurisdictions.defaults = vec![opt_out(1)];
    let alone = State {
        contracts: None,
        ..connected.clone()
    };
    let roles = held([role(Roles::CLINICIAN, HOSPITAL, NOW)]);
    for action in actions() {
        assert_eq!(validate_action(&action, NOW), Ok(()), "{action:?}");
        let after = decide(action.clone(), &connected, &roles, NOW);
        assert!(after.is_ok(), "{action:?}: {after:?}");
        let before = decide(action.clone(), &alone, &roles, NOW);
        let expected = match action {
            Action::Admit { .. }
            | Action::SetRole { .. }
            | Action::RevokeRole { .. }
            | Action::TakeRole { .. }
            | Action::ScheduleUpgrade {
                contract: Which::Ledger,
                ..
            } => Err(ConsortiumError::NotConnected),
            _ => after,
        };
        assert_eq!(before, expected, "{action:?}");
    }
}

#[test]
fn an_action_that_is_not_well_formed_is_refused_before_anything_else() {
    let alone = State {
        contracts: None,
        ..state(3, 2)
    };
    let operator = ProxyOperator {
        account: ADMIN,
        organisation: UNKNOWN,
    };
    for (action, expected) in [
        (
            Action::SetRole {
                account: ADMIN,
                role: role(Roles::NONE, UNKNOWN, 0),
            },
            ConsortiumError::InvalidRole,
        ),
        (
            Action::SetRole {
                account: ADMIN,
                role: role(Roles::ALL, UNKNOWN, 0),
            },
            ConsortiumError::RoleEndsInThePast,
        ),
        (
            Action::Rotate {
                members: members(2),
                threshold: 3,
            },
            ConsortiumError::InvalidCommittee,
        ),
        (
            Action::Connect {
                consent: ADMIN,
                ledger: ADMIN,
            },
            ConsortiumError::InvalidContracts,
        ),
        (
            Action::SetProxies {
                operators: vec![operator; 2],
            },
            ConsortiumError::InvalidProxies,
        ),
        (
            Action::SetLimits {
                limits: Limits {
                    glasses_per_day: 0,
                    ..Limits::DEFAULT
                },
            },
            ConsortiumError::InvalidLimits,
        ),
    ] {
        assert_eq!(validate_action(&action, NOW), Err(expected), "{action:?}");
        check(action, &alone, Err(expected));
    }
}

#[test]
fn admitting_numbers_from_one_and_makes_an_admin_without_end() {
    for (admitted, expected) in [
        (0, Ok(1)),
        (1, Ok(2)),
        (MAX_ORGANISATIONS - 1, Ok(MAX_ORGANISATIONS)),
        (MAX_ORGANISATIONS, Err(ConsortiumError::TooMany)),
        (u32::MAX, Err(ConsortiumError::TooMany)),
    ] {
        let mut state = state(3, 2);
        state.organisations = Organisations {
            admitted,
            ..Organisations::default()
        };
        let expected = expected.map(|number| Change::Admitted {
            organisation: OrganisationId(number),
            admin: ADMIN,
            role: role(Roles::ORGANISATION_ADMIN, OrganisationId(number), Timestamp::MAX),
            roles: held([role(Roles::ORGANISATION_ADMIN, OrganisationId(number), Timestamp::MAX)]),
        });
        check(Action::Admit { admin: ADMIN }, &state, expected);
    }
}

#[test]
fn only_members_are_suspended_and_only_suspended_ones_reinstated() {
    let unknown = Err(ConsortiumError::UnknownOrganisation);
    for (organisation, suspend, reinstate) in [
        (OrganisationId(0), unknown, unknown),
        (HOSPITAL, Ok(Standing::Suspended), Err(ConsortiumError::WrongStanding)),
        (SUSPENDED, Err(ConsortiumError::WrongStanding), Ok(Standing::Member)),
        (UNKNOWN, unknown, unknown),
    ] {
        let change = |standing| Change::Standing { organisation, standing };
        check(Action::Suspend { organisation }, &state(3, 2), suspend.map(change));
        check(Action::Reinstate { organisation }, &state(3, 2), reinstate.map(change));
    }
}

#[test]
fn every_organisation_can_be_suspended_however_many_are() {
    let mut state = state(3, 2);
    state.organisations = Organisations {
        admitted: MAX_ORGANISATIONS,
        ..Organisations::default()
    };
    for organisation in (1..=MAX_ORGANISATIONS).map(OrganisationId) {
        let standing = Standing::Suspended;
        let change = Change::Standing { organisation, standing };
        check(Action::Suspend { organisation }, &state, Ok(change.clone()));
        state.apply(&change);
        check(
            Action::Suspend { organisation },
            &state,
            Err(ConsortiumError::WrongStanding),
        );
    }
}

#[test]
fn a_role_needs_known_bits_an_end_to_come_and_an_organisation() {
    let unknown_bit = Roles(Roles::ALL.0 + 1);
    let invalid = Err(ConsortiumError::InvalidRole);
    let over = Err(ConsortiumError::RoleEndsInThePast);
    let unknown = Err(ConsortiumError::UnknownOrganisation);
    let mut cases = vec![
        (role(Roles::NONE, HOSPITAL, NOW + 1), invalid),
        (role(unknown_bit, HOSPITAL, NOW + 1), invalid),
        (role(unknown_bit.union(Roles::CLINICIAN), HOSPITAL, NOW + 1), invalid),
        (role(Roles(1 << 15), HOSPITAL, NOW + 1), invalid),
        (role(Roles::CLINICIAN, HOSPITAL, NOW - 1), over),
        (role(Roles::CLINICIAN, HOSPITAL, NOW), over),
        (role(Roles::CLINICIAN, UNKNOWN, NOW), over),
        (role(Roles::CLINICIAN, OrganisationId(0), NOW + 1), unknown),
        (role(Roles::CLINICIAN, UNKNOWN, NOW + 1), unknown),
        (role(Roles::CLINICIAN, SUSPENDED, NOW + 1), Ok(())),
        (role(Roles::ALL, HOSPITAL, Timestamp::MAX), Ok(())),
    ];
    cases.extend(
        Roles::NAMES
            .iter()
            .map(|(_, bit)| (role(*bit, HOSPITAL, NOW + 1), Ok(()))),
    );
    for (role, expected) in cases {
        let (account, expected) = (ADMIN, expected.map(|()| role));
        let change = expected.map(|role| Change::Role {
            account,
            role,
            roles: held([role]),
        });
        check(Action::SetRole { account, role }, &state(3, 2), change);
    }
}

#[test]
fn only_a_role_that_is_there_is_revoked() {
    let revoked = Change::RoleTaken {
        account: ADMIN,
        organisation: None,
        roles: held([role(Roles::NONE, HOSPITAL, NOW)]),
    };
    check(Action::RevokeRole { account: ADMIN }, &state(3, 2), Ok(revoked));
    let nobody = Action::RevokeRole { account: STRANGER };
    check(nobody.clone(), &state(3, 2), Err(ConsortiumError::NoRole));
    let bar = held([role(Roles::NONE, HOSPITAL, NOW)]);
    let again = decide(nobody, &state(3, 2), &bar, NOW);
    assert_eq!(again, Err(ConsortiumError::NoRole), "it is taken already");
}

#[test]
fn rotating_makes_the_next_epoch() {
    let rotate = Action::Rotate {
        members: members(4),
        threshold: 3,
    };
    let next = Committee {
        epoch: 1,
        threshold: 3,
        members: members(4),
        organisations: vec![Some(HOSPITAL), None, None, None],
    };
    let mut before = state(3, 2);
    before.committee.organisations[0] = Some(HOSPITAL);
    check(rotate.clone(), &before, Ok(Change::Committee(next)));
    let mut last = state(3, 2);
    last.committee.epoch = u32::MAX;
    check(rotate, &last, Err(ConsortiumError::TooMany));
}

#[test]
fn every_seat_is_of_an_organisation_that_exists_or_of_none() {
    let seats = |organisations: &[Option<OrganisationId>]| Action::SetSeats {
        organisations: organisations.to_vec(),
    };
    let known = [Some(HOSPITAL), Some(SUSPENDED), None];
    check(seats(&known), &state(3, 2), Ok(Change::Seats(known.to_vec())));
    check(
        seats(&[None, None, Some(UNKNOWN)]),
        &state(3, 2),
        Err(ConsortiumError::UnknownOrganisation),
    );
    for wrong in [&known[..2], &[None; 4], &[]] {
        check(seats(wrong), &state(3, 2), Err(ConsortiumError::InvalidCommittee));
    }
}

#[test]
fn one_organisation_takes_the_place_of_another_once_and_is_the_last_of_its_line() {
    let succeed = |organisation, successor| Action::Succeed {
        organisation: OrganisationId(organisation),
        successor: OrganisationId(successor),
    };
    let mut before = state(3, 2);
    before.organisations.admitted = 6;
    before.organisations.succeed(OrganisationId(3), OrganisationId(4));
    for (organisation, successor, expected) in [
        (1, 4, Ok(())),
        (2, 1, Ok(())),
        (4, 1, Ok(())),
        (1, 1, Err(ConsortiumError::InvalidSuccessor)),
        (3, 1, Err(ConsortiumError::InvalidSuccessor)),
        (1, 3, Err(ConsortiumError::InvalidSuccessor)),
        (1, 2, Err(ConsortiumError::WrongStanding)),
        (0, 1, Err(ConsortiumError::UnknownOrganisation)),
        (7, 1, Err(ConsortiumError::UnknownOrganisation)),
        (1, 7, Err(ConsortiumError::UnknownOrganisation)),
    ] {
        let change = expected.map(|()| Change::Succeeded {
            organisation: OrganisationId(organisation),
            successor: OrganisationId(successor),
        });
        check(succeed(organisation, successor), &before, change);
    }
    let mut full = state(3, 2);
    full.organisations.admitted = MAX_ORGANISATIONS;
    for number in 0..MAX_SUCCESSIONS as u32 {
        full.organisations.succeed(OrganisationId(10 + number), HOSPITAL);
    }
    check(succeed(3, 1), &full, Err(ConsortiumError::TooMany));
}

#[test]
fn nothing_is_connected_while_new_code_waits_for_what_it_replaces() {
    let (consent, ledger) = (account(8), account(9));
    let connect = Action::Connect { consent, ledger };
    let connected = Ok(Change::Contracts(Contracts { consent, ledger }));
    check(connect.clone(), &state(3, 2), connected.clone());
    for (contract, expected) in [
        (Which::Consortium, connected),
        (Which::Consent, Err(ConsortiumError::UpgradePending)),
        (Which::Ledger, Err(ConsortiumError::UpgradePending)),
    ] {
        check(connect.clone(), &scheduled(contract), expected);
    }
}

#[test]
fn proxies_are_run_by_organisations_that_exist() {
    for (organisation, expected) in [
        (HOSPITAL, Ok(())),
        (SUSPENDED, Ok(())),
        (UNKNOWN, Err(ConsortiumError::UnknownOrganisation)),
    ] {
        let operators = vec![ProxyOperator {
            account: ADMIN,
            organisation,
        }];
        let proxies = ProxyOperators {
            operators: operators.clone(),
        };
        let change = expected.map(|()| Change::Proxies(proxies));
        check(Action::SetProxies { operators }, &state(3, 2), change);
    }
    let none = Change::Proxies(ProxyOperators::default());
    check(Action::SetProxies { operators: Vec::new() }, &state(3, 2), Ok(none));
}

#[test]
fn an_upgrade_waits_at_least_as_long_as_the_limit_says() {
    for timelock_ms in [
        Limits::MIN.timelock_ms,
        Limits::DEFAULT.timelock_ms,
        Limits::MAX.timelock_ms,
    ] {
        let mut state = state(3, 2);
        state.limits.timelock_ms = timelock_ms;
        let earliest = NOW + timelock_ms;
        for contract in [Which::Consortium, Which::Consent, Which::Ledger] {
            for (not_before, in_time) in [
                (0, false),
                (NOW, false),
                (earliest - 1, false),
                (earliest, true),
                (earliest + 1, true),
                (Timestamp::MAX, true),
            ] {
                let code_hash = Hash([5; 32]);
                let upgrade_then = Some(Upgrade {
                    code_hash,
                    layout: 7,
                    not_before,
                });
                let expected = if in_time {
                    Ok(Change::Upgrade {
                        contract,
                        upgrade: upgrade_then,
                    })
                } else {
                    Err(ConsortiumError::TooEarly)
                };
                check(upgrade(contract, not_before), &state, expected);
            }
        }
    }
}

#[test]
fn the_timelock_counts_from_the_execution_and_not_from_the_proposal() {
    let state = state(3, 2);
    let action = upgrade(Which::Consent, NOW + state.limits.timelock_ms);
    assert!(decide(action.clone(), &state, &held([]), NOW).is_ok());
    let later = decide(action, &state, &held([]), NOW + 1);
    assert_eq!(later, Err(ConsortiumError::TooEarly));
}

#[test]
fn only_what_is_scheduled_is_cancelled_and_for_that_contract_alone() {
    for contract in [Which::Consortium, Which::Consent, Which::Ledger] {
        for other in [Which::Consortium, Which::Consent, Which::Ledger] {
            let expected = if other == contract {
                Ok(Change::Upgrade {
                    contract,
                    upgrade: None,
                })
            } else {
                Err(ConsortiumError::NothingScheduled)
            };
            check(
                Action::CancelUpgrade { contract: other },
                &scheduled(contract),
                expected,
            );
        }
    }
}

#[test]
fn only_a_pause_that_is_not_over_is_ended() {
    let mut state = state(3, 2);
    for (until, expected) in [
        (0, Err(ConsortiumError::NotPaused)),
        (NOW, Err(ConsortiumError::NotPaused)),
        (NOW + 1, Ok(Change::Resumed)),
    ] {
        state.pauses.until = until;
        assert_eq!(decide(Action::Resume, &state, &held([]), NOW), expected, "{until}");
    }
}

#[test]
fn the_committee_takes_the_role_in_one_organisation_and_leaves_the_others() {
    let (clinician, auditor) = (
        role(Roles::CLINICIAN, HOSPITAL, NOW + 1),
        role(Roles::AUDITOR, SUSPENDED, NOW + 1),
    );
    let take = |organisation| Action::TakeRole {
        account: ADMIN,
        organisation,
    };
    let roles = held([clinician, auditor]);
    for (organisation, left) in [
        (HOSPITAL, Ok(held([auditor]))),
        (SUSPENDED, Ok(held([clinician]))),
        (UNKNOWN, Err(ConsortiumError::NoRole)),
    ] {
        let expected = left.map(|roles| Change::RoleTaken {
            account: ADMIN,
            organisation: Some(organisation),
            roles,
        });
        let taken = decide(take(organisation), &state(3, 2), &roles, NOW);
        assert_eq!(taken, expected, "{organisation}");
    }
    let bar = held([clinician.bar()]);
    let taken = decide(take(HOSPITAL), &state(3, 2), &bar, NOW);
    assert_eq!(taken, Err(ConsortiumError::NoRole), "a bar is not lifted by the way");
}

#[test]
fn nobody_is_an_admin_of_two_organisations() {
    let admin = role(Roles::ORGANISATION_ADMIN, HOSPITAL, NOW + 1);
    let set = |roles, organisation| Action::SetRole {
        account: ADMIN,
        role: role(roles, organisation, NOW + 1),
    };
    let refused = Err(ConsortiumError::AdminElsewhere);
    let roles = held([admin]);
    let state = state(3, 2);
    let both = Roles::ORGANISATION_ADMIN.union(Roles::CLINICIAN);
    for action in [Action::Admit { admin: ADMIN }, set(both, SUSPENDED)] {
        assert_eq!(decide(action.clone(), &state, &roles, NOW), refused, "{action:?}");
        let ended = decide(action.clone(), &state, &roles, NOW + 1);
        assert_ne!(ended, refused, "{action:?}, once the other role has ended");
    }
    for action in [set(Roles::CLINICIAN, SUSPENDED), set(both, HOSPITAL)] {
        let decided = decide(action.clone(), &state, &roles, NOW);
        assert!(decided.is_ok(), "{action:?}: {decided:?}");
    }
}

#[test]
fn the_committee_too_keeps_to_four_organisations_an_account() {
    let organisations = Organisations {
        admitted: 6,
        ..Organisations::default()
    };
    let state = State {
        organisations,
        ..state(3, 2)
    };
    let of = |number| role(Roles::CLINICIAN, OrganisationId(number), NOW + 1);
    let full = held([of(1), of(2), of(3), of(4)]);
    let set = |number| Action::SetRole {
        account: ADMIN,
        role: of(number),
    };
    let refused = Err(ConsortiumError::TooMany);
    assert_eq!(decide(set(5), &state, &full, NOW), refused);
    assert_eq!(decide(Action::Admit { admin: ADMIN }, &state, &full, NOW), refused);
    assert!(
        decide(set(4), &state, &full, NOW).is_ok(),
        "instead of what it had there"
    );
}

#[test]
fn an_organisation_is_placed_in_a_jurisdiction_that_is_known() {
    let mut state = state(3, 2);
    state.jurisdictions.defaults = vec![opt_out(1)];
    let placed = |organisation, jurisdiction: Option<u8>| {
        let jurisdiction = jurisdiction.map(JurisdictionId);
        let action = Action::Place {
            organisation,
            jurisdiction,
        };
        let change = Change::Placed {
            organisation,
            jurisdiction,
        };
        (action, change)
    };
    for (organisation, jurisdiction, refused) in [
        (HOSPITAL, Some(1), None),
        (SUSPENDED, Some(1), None),
        (HOSPITAL, None, None),
        (HOSPITAL, Some(2), Some(ConsortiumError::InvalidJurisdiction)),
        (HOSPITAL, Some(0), Some(ConsortiumError::InvalidJurisdiction)),
        (UNKNOWN, Some(1), Some(ConsortiumError::UnknownOrganisation)),
    ] {
        let (action, change) = placed(organisation, jurisdiction);
        check(action, &state, refused.map_or(Ok(change), Err));
    }
}

#[test]
fn a_patient_is_said_to_be_of_a_jurisdiction_that_is_known() {
    let mut state = state(3, 2);
    state.jurisdictions.defaults = vec![opt_out(1)];
    let refused = Err(ConsortiumError::InvalidJurisdiction);
    for (number, refused) in [
        (Some(1), None),
        (None, None),
        (Some(2), Some(&refused)),
        (Some(0), Some(&refused)),
    ] {
        let (patient, jurisdiction) = (STRANGER, number.map(JurisdictionId));
        let change = Ok(Change::Residence { patient, jurisdiction });
        let action = Action::SetResidence { patient, jurisdiction };
        check(action, &state, refused.unwrap_or(&change).clone());
    }
}
