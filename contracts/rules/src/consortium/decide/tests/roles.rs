//! The roles that the committee gives and takes.

use super::*;

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
