use super::*;
use crate::{
    consortium::{
        testing::{held, role, state, HOSPITAL, NOW, SUSPENDED, UNKNOWN},
        MAX_ORGANISATIONS_PER_ACCOUNT,
    },
    OrganisationId,
};
use alloc::{vec, vec::Vec};
use core::slice::from_ref;
use proptest::prelude::*;

const LATER: Timestamp = NOW + 1;

fn admin_of(organisation: OrganisationId) -> AccountRoles {
    held([role(Roles::ORGANISATION_ADMIN, organisation, LATER)])
}

fn one() -> [AccountRoles; 1] {
    [AccountRoles::default()]
}

/// The role that is given, where each account has it then.
fn appointed(
    admin: AccountRoles,
    current: &[AccountRoles],
    roles: Roles,
    until: Timestamp,
) -> Result<Role, ConsortiumError> {
    let (role, after) = appoint(&admin, &state(1, 1).organisations, current, roles, until, NOW)?;
    assert_eq!(after.len(), current.len());
    assert!(after.iter().all(|after| after.held.contains(&role)), "{after:?}");
    Ok(role)
}

/// What an account has after the hospital's admin made it a clinician.
fn clinician_of_hospital(current: &AccountRoles) -> Result<AccountRoles, ConsortiumError> {
    let organisations = &state(1, 1).organisations;
    let current = [current.clone()];
    let (_, mut after) = appoint(
        &admin_of(HOSPITAL),
        organisations,
        &current,
        Roles::CLINICIAN,
        LATER,
        NOW,
    )?;
    Ok(after.remove(0))
}

#[test]
fn an_admin_gives_roles_in_their_own_organisation() {
    let given = appointed(
        admin_of(HOSPITAL),
        &vec![AccountRoles::default(); 64],
        Roles::CUSTODIAN,
        LATER,
    );
    assert_eq!(given, Ok(role(Roles::CUSTODIAN, HOSPITAL, LATER)));
    let both = Roles::CLINICIAN.union(Roles::RESEARCHER);
    let given = appointed(admin_of(HOSPITAL), &one(), both, u64::MAX);
    assert_eq!(given, Ok(role(both, HOSPITAL, u64::MAX)));
}

#[test]
fn only_an_admin_of_a_member_whose_role_has_not_ended_appoints_and_dismisses() {
    let clinician = held([role(Roles::CLINICIAN.union(Roles::CUSTODIAN), HOSPITAL, LATER)]);
    let ended = held([role(Roles::ORGANISATION_ADMIN, HOSPITAL, NOW)]);
    for admin in [
        held([]),
        clinician.clone(),
        ended,
        admin_of(SUSPENDED),
        admin_of(UNKNOWN),
    ] {
        let given = appointed(admin.clone(), &one(), Roles::CLINICIAN, LATER);
        assert_eq!(given, Err(ConsortiumError::NotAdmin), "{admin:?}");
        let taken = dismiss(&admin, &state(1, 1).organisations, from_ref(&clinician), NOW);
        assert_eq!(taken, Err(ConsortiumError::NotAdmin), "{admin:?}");
    }
}

#[test]
fn what_only_the_committee_gives_an_admin_does_not() {
    for (name, bit) in Roles::NAMES {
        let given = appointed(admin_of(HOSPITAL), &one(), *bit, LATER);
        let own = ["clinician", "researcher", "device", "custodian"].contains(name);
        assert_eq!(given.is_ok(), own, "{name}");
        if !own {
            let mixed = bit.union(Roles::CLINICIAN);
            let given = appointed(admin_of(HOSPITAL), &one(), mixed, LATER);
            assert_eq!(given, Err(ConsortiumError::InvalidRole), "{name}");
        }
    }
    for roles in [Roles::NONE, Roles(Roles::ALL.0 + 1)] {
        let given = appointed(admin_of(HOSPITAL), &one(), roles, LATER);
        assert_eq!(given, Err(ConsortiumError::InvalidRole), "{roles:?}");
    }
}

#[test]
fn a_role_that_is_over_before_it_begins_is_refused() {
    let given = appointed(admin_of(HOSPITAL), &one(), Roles::CLINICIAN, NOW);
    assert_eq!(given, Err(ConsortiumError::RoleEndsInThePast));
}

#[test]
fn an_admin_leaves_the_offices_of_the_committee_alone() {
    let organisations = state(1, 1).organisations;
    for (current, yours) in [
        (role(Roles::CLINICIAN, HOSPITAL, LATER), true),
        (role(Roles::CLINICIAN, HOSPITAL, NOW), true),
        (role(Roles::AUDITOR, HOSPITAL, LATER), false),
        (role(Roles::ORGANISATION_ADMIN, HOSPITAL, LATER), false),
        (
            role(Roles::CLINICIAN.union(Roles::ORGANISATION_ADMIN), HOSPITAL, LATER),
            false,
        ),
    ] {
        // The last of many, so that each is looked at.
        let mut all = vec![AccountRoles::default(); 63];
        all.push(held([current]));
        let given = appointed(admin_of(HOSPITAL), &all, Roles::CLINICIAN, LATER);
        let refused = ConsortiumError::NotYours;
        assert_eq!(
            given.map(drop),
            if yours { Ok(()) } else { Err(refused) },
            "{current:?}"
        );
        let taken = dismiss(&admin_of(HOSPITAL), &organisations, &[held([current])], NOW);
        let expected = if yours { Ok(vec![held([])]) } else { Err(refused) };
        assert_eq!(taken, expected, "{current:?}");
    }
}

#[test]
fn who_works_elsewhere_is_offered_a_role_and_has_it_once_they_accept() {
    let elsewhere = role(Roles::CLINICIAN, SUSPENDED, LATER);
    let own = role(Roles::CLINICIAN, HOSPITAL, LATER);
    let offered = clinician_of_hospital(&held([elsewhere])).expect("an offer");
    let expected = AccountRoles {
        held: vec![elsewhere],
        offered: vec![own],
    };
    assert_eq!(offered, expected);
    assert_eq!(clinician_of_hospital(&offered), Ok(expected), "once more");
    assert_eq!(offered.accepted(SUSPENDED, NOW), Err(ConsortiumError::NoRole));
    assert_eq!(
        offered.accepted(HOSPITAL, LATER),
        Err(ConsortiumError::NoRole),
        "too late"
    );
    let accepted = offered.accepted(HOSPITAL, NOW);
    assert_eq!(accepted, Ok((held([elsewhere, own]), own)));
    // From then on their admin renews it without asking while it lasts, and so does the other one's.
    let soon = held([elsewhere, Role { until: NOW + 1, ..own }]);
    assert_eq!(clinician_of_hospital(&soon), Ok(held([elsewhere, own])));
    // One that has ended was perhaps given before the account worked for anybody, so that it has agreed to nothing.
    let ended = held([elsewhere, Role { until: NOW, ..own }]);
    let asked = AccountRoles {
        offered: vec![own],
        ..ended.clone()
    };
    assert_eq!(clinician_of_hospital(&ended), Ok(asked));
    let over = held([Role {
        until: NOW,
        ..elsewhere
    }]);
    let renewed = clinician_of_hospital(&over).map(|roles| roles.held.contains(&own));
    assert_eq!(renewed, Ok(true), "a role that has ended binds nobody");
}

#[test]
fn each_organisation_takes_what_it_gave() {
    let organisations = state(1, 1).organisations;
    let (own, elsewhere) = (
        role(Roles::CLINICIAN, HOSPITAL, LATER),
        role(Roles::AUDITOR, SUSPENDED, LATER),
    );
    let dismissed = |current: AccountRoles| {
        let taken = dismiss(&admin_of(HOSPITAL), &organisations, &[current], NOW);
        taken.map(|mut after| after.remove(0))
    };
    assert_eq!(dismissed(held([elsewhere, own])), Ok(held([elsewhere])));
    let offered = AccountRoles {
        held: vec![elsewhere],
        offered: vec![own],
    };
    assert_eq!(dismissed(offered), Ok(held([elsewhere])), "an offer is taken back");
    assert_eq!(dismissed(held([elsewhere])), Err(ConsortiumError::NotYours));
}

#[test]
fn an_account_has_four_organisations_at_most() {
    let of = |number, until| role(Roles::CLINICIAN, OrganisationId(number), until);
    let full = |until| held([of(10, LATER), of(11, until), of(12, LATER), of(13, LATER)]);
    assert_eq!(full(LATER).held.len(), MAX_ORGANISATIONS_PER_ACCOUNT);
    assert_eq!(clinician_of_hospital(&full(LATER)), Err(ConsortiumError::TooMany));
    let offered = clinician_of_hospital(&full(NOW)).expect("one has ended");
    assert_eq!((offered.held.len(), offered.offered.len()), (3, 1));
    let hostile = AccountRoles {
        held: vec![of(10, LATER)],
        offered: vec![of(11, LATER), of(12, LATER), of(13, LATER)],
    };
    assert_eq!(clinician_of_hospital(&hostile), Err(ConsortiumError::TooMany));
    let (declined, ended) = hostile.given_back(Some(OrganisationId(12)), NOW).expect("an offer");
    assert_eq!(ended, [of(12, 0)]);
    let offered = clinician_of_hospital(&declined).expect("what was declined makes room");
    assert_eq!(offered.offered.len(), 3);
}

#[test]
fn the_successor_of_an_organisation_appoints_and_dismisses_its_people() {
    let mut organisations = state(1, 1).organisations;
    organisations.succeed(SUSPENDED, HOSPITAL);
    let merged = held([role(Roles::CLINICIAN, SUSPENDED, LATER)]);
    let admin = admin_of(HOSPITAL);
    let given = appoint(&admin, &organisations, from_ref(&merged), Roles::CUSTODIAN, LATER, NOW);
    let own = role(Roles::CUSTODIAN, HOSPITAL, LATER);
    assert_eq!(given, Ok((own, vec![held([own])])));
    let taken = dismiss(&admin, &organisations, &[merged], NOW);
    assert_eq!(taken, Ok(vec![held([])]));
}

#[test]
fn the_numbers_are_bounded_and_who_has_no_role_is_not_dismissed() {
    let organisations = state(1, 1).organisations;
    let clinician = held([role(Roles::CLINICIAN, HOSPITAL, LATER)]);
    for count in [0, MAX_APPOINTED + 1] {
        let nobody = vec![AccountRoles::default(); count];
        let given = appointed(admin_of(HOSPITAL), &nobody, Roles::CLINICIAN, LATER);
        assert_eq!(given, Err(ConsortiumError::TooMany), "{count}");
        let taken = dismiss(
            &admin_of(HOSPITAL),
            &organisations,
            &vec![clinician.clone(); count],
            NOW,
        );
        assert_eq!(taken, Err(ConsortiumError::TooMany), "{count}");
    }
    let taken = dismiss(&admin_of(HOSPITAL), &organisations, &one(), NOW);
    assert_eq!(taken, Err(ConsortiumError::NoRole));
}

proptest! {
    /// Whatever an admin does, nobody gets power outside the admin's organisation or beyond its own people, loses what another
    /// organisation gave, or works for a second one without their consent.
    #[test]
    fn power_stays_within_the_organisation(
        admin in any::<u16>(), of in 0..5_u32, roles in any::<u16>(), until in NOW - 2..NOW + 3,
        has in proptest::collection::vec((any::<u16>(), 0..5_u32, NOW - 2..NOW + 3), 0..3),
    ) {
        let admin = role(Roles(admin), OrganisationId(of), LATER);
        let mut current = AccountRoles::default();
        for (roles, of, until) in has {
            let role = role(Roles(roles), OrganisationId(of), until);
            current.held.retain(|held| held.organisation != role.organisation);
            current.held.push(role);
        }
        let organisations = state(1, 1).organisations;
        if let Ok((given, after)) = appoint(&held([admin]), &organisations, from_ref(&current), Roles(roles), until, NOW) {
            prop_assert_eq!(given.organisation, admin.organisation);
            prop_assert!(admin.roles.contains(Roles::ORGANISATION_ADMIN));
            prop_assert!(APPOINTABLE.contains(given.roles) && given.until > NOW && !current.is_barred());
            let others = |roles: &[Role]| -> Vec<Role> {
                roles.iter().filter(|role| role.organisation != given.organisation && !role.is_bar()).copied().collect()
            };
            prop_assert_eq!(others(&after[0].held), others(&current.held));
            let before = current.in_organisation(given.organisation);
            prop_assert!(before.is_none_or(|before| APPOINTABLE.contains(before.roles)));
            let elsewhere = current_roles(&current.held, NOW).any(|held| held.organisation != given.organisation);
            let asked = elsewhere && before.is_none();
            prop_assert_eq!(after[0].offered.contains(&given), asked);
            prop_assert_eq!(after[0].held.contains(&given), !asked);
        }
    }
}

#[test]
fn whose_role_the_committee_took_no_admin_gives_another() {
    let organisations = state(1, 1).organisations;
    let bar = role(Roles::CLINICIAN, HOSPITAL, LATER).bar();
    assert_eq!(
        crate::consortium::effective_roles(&[bar], &organisations, NOW),
        Vec::new()
    );
    for until in [LATER, 0] {
        let bar = held([Role { until, ..bar }]);
        let given = clinician_of_hospital(&bar);
        assert_eq!(given, Err(ConsortiumError::NotYours), "{until}");
        let taken = dismiss(&admin_of(HOSPITAL), &organisations, from_ref(&bar), NOW);
        assert_eq!(taken, Err(ConsortiumError::NoRole), "{until}");
        assert_eq!(bar.given_back(None, NOW), Err(ConsortiumError::NoRole), "{until}");
    }
}

#[test]
fn who_gives_a_role_back_is_free_at_once_and_the_admin_may_still_clear_it() {
    let elsewhere = role(Roles::CLINICIAN, SUSPENDED, LATER);
    let (free, ended) = held([elsewhere]).given_back(None, NOW).expect("a role");
    assert_eq!(free, held([Role { until: 0, ..elsewhere }]));
    assert_eq!(ended, free.held);
    assert_eq!(free.given_back(None, NOW), Err(ConsortiumError::NoRole), "twice");
    assert_eq!(held([]).given_back(None, NOW), Err(ConsortiumError::NoRole));
    let own = role(Roles::CLINICIAN, HOSPITAL, LATER);
    let given = clinician_of_hospital(&free).expect("nobody has them any more");
    assert!(given.held.contains(&own));
    let both = held([elsewhere, own]);
    let (left, _) = both.given_back(Some(HOSPITAL), NOW).expect("a role there");
    assert_eq!(left, held([elsewhere, Role { until: 0, ..own }]));
    let again = clinician_of_hospital(&left).expect("an offer");
    assert!(again.offered.contains(&own), "who left is asked before they come back");
    let taken = dismiss(&admin_of(HOSPITAL), &state(1, 1).organisations, &[left], NOW);
    assert_eq!(taken, Ok(vec![held([elsewhere])]));
}
