mod contracts;
mod roles;

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
