use super::*;
use crate::{
    consortium::testing::{role, state, HOSPITAL, NOW, SUSPENDED, UNKNOWN},
    OrganisationId,
};
use proptest::prelude::*;

const LATER: Timestamp = NOW + 1;

fn admin_of(organisation: OrganisationId) -> Option<Role> {
    Some(role(Roles::ORGANISATION_ADMIN, organisation, LATER))
}

const ONE: [Option<Role>; 1] = [None];

fn appointed(
    admin: Option<Role>,
    current: &[Option<Role>],
    roles: Roles,
    until: Timestamp,
) -> Result<Role, ConsortiumError> {
    appoint(admin, &state(1, 1).organisations, current, roles, until, NOW)
}

#[test]
fn an_admin_gives_roles_in_their_own_organisation() {
    let given = appointed(admin_of(HOSPITAL), &[None; 64], Roles::CUSTODIAN, LATER);
    assert_eq!(given, Ok(role(Roles::CUSTODIAN, HOSPITAL, LATER)));
    let both = Roles::CLINICIAN.union(Roles::RESEARCHER);
    let given = appointed(admin_of(HOSPITAL), &ONE, both, u64::MAX);
    assert_eq!(given, Ok(role(both, HOSPITAL, u64::MAX)));
}

#[test]
fn only_an_admin_of_a_member_whose_role_has_not_ended_appoints_and_dismisses() {
    let clinician = Some(role(Roles::CLINICIAN.union(Roles::CUSTODIAN), HOSPITAL, LATER));
    let ended = Some(role(Roles::ORGANISATION_ADMIN, HOSPITAL, NOW));
    for admin in [None, clinician, ended, admin_of(SUSPENDED), admin_of(UNKNOWN)] {
        let given = appointed(admin, &ONE, Roles::CLINICIAN, LATER);
        assert_eq!(given, Err(ConsortiumError::NotAdmin), "{admin:?}");
        let taken = dismiss(admin, &state(1, 1).organisations, &[clinician], NOW);
        assert_eq!(taken, Err(ConsortiumError::NotAdmin), "{admin:?}");
    }
}

#[test]
fn what_only_the_committee_gives_an_admin_does_not() {
    for (name, bit) in Roles::NAMES {
        let given = appointed(admin_of(HOSPITAL), &ONE, *bit, LATER);
        let own = ["clinician", "researcher", "device", "custodian"].contains(name);
        assert_eq!(given.is_ok(), own, "{name}");
        if !own {
            let mixed = bit.union(Roles::CLINICIAN);
            let given = appointed(admin_of(HOSPITAL), &ONE, mixed, LATER);
            assert_eq!(given, Err(ConsortiumError::InvalidRole), "{name}");
        }
    }
    for roles in [Roles::NONE, Roles(Roles::ALL.0 + 1)] {
        let given = appointed(admin_of(HOSPITAL), &ONE, roles, LATER);
        assert_eq!(given, Err(ConsortiumError::InvalidRole), "{roles:?}");
    }
}

#[test]
fn a_role_that_is_over_before_it_begins_is_refused() {
    let given = appointed(admin_of(HOSPITAL), &ONE, Roles::CLINICIAN, NOW);
    assert_eq!(given, Err(ConsortiumError::RoleEndsInThePast));
}

#[test]
fn nobody_is_taken_from_another_organisation_or_from_an_office_of_the_committees() {
    let organisations = state(1, 1).organisations;
    for (current, yours) in [
        (role(Roles::CLINICIAN, HOSPITAL, LATER), true),
        (role(Roles::CLINICIAN, HOSPITAL, NOW), true),
        (role(Roles::CLINICIAN, SUSPENDED, LATER), false),
        (role(Roles::AUDITOR, HOSPITAL, LATER), false),
        (role(Roles::ORGANISATION_ADMIN, HOSPITAL, LATER), false),
        (
            role(Roles::CLINICIAN.union(Roles::ORGANISATION_ADMIN), HOSPITAL, LATER),
            false,
        ),
    ] {
        // The last of many, so that each is looked at.
        let mut all = vec![None; 63];
        all.push(Some(current));
        let given = appointed(admin_of(HOSPITAL), &all, Roles::CLINICIAN, LATER);
        let refused = ConsortiumError::NotYours;
        assert_eq!(
            given.map(drop),
            if yours { Ok(()) } else { Err(refused) },
            "{current:?}"
        );
        let taken = dismiss(admin_of(HOSPITAL), &organisations, &[Some(current)], NOW);
        assert_eq!(taken, if yours { Ok(()) } else { Err(refused) }, "{current:?}");
    }
    let ended = |until| Some(role(Roles::CLINICIAN, SUSPENDED, until));
    for (until, yours) in [
        (NOW, false),
        (NOW - APPOINTMENT_GRACE_MS + 1, false),
        (NOW - APPOINTMENT_GRACE_MS, true),
    ] {
        let given = appointed(admin_of(HOSPITAL), &[ended(until)], Roles::CLINICIAN, LATER);
        assert_eq!(
            given.is_ok(),
            yours,
            "a role that has ended long ago binds nobody: {until}"
        );
    }
}

#[test]
fn the_numbers_are_bounded_and_who_has_no_role_is_not_dismissed() {
    let organisations = state(1, 1).organisations;
    let clinician = Some(role(Roles::CLINICIAN, HOSPITAL, LATER));
    for count in [0, MAX_APPOINTED + 1] {
        let given = appointed(admin_of(HOSPITAL), &vec![None; count], Roles::CLINICIAN, LATER);
        assert_eq!(given, Err(ConsortiumError::TooMany), "{count}");
        let taken = dismiss(admin_of(HOSPITAL), &organisations, &vec![clinician; count], NOW);
        assert_eq!(taken, Err(ConsortiumError::TooMany), "{count}");
    }
    let taken = dismiss(admin_of(HOSPITAL), &organisations, &ONE, NOW);
    assert_eq!(taken, Err(ConsortiumError::NoRole));
}

proptest! {
    /// Whatever an admin does, nobody gets power outside the admin's organisation or beyond its own people.
    #[test]
    fn power_stays_within_the_organisation(
        admin in any::<u16>(), of in 0..5_u32, roles in any::<u16>(), until in NOW - 2..NOW + 3,
        has in proptest::option::of((any::<u16>(), 0..5_u32, NOW - 2..NOW + 3)),
    ) {
        let admin = role(Roles(admin), OrganisationId(of), LATER);
        let current = has.map(|(roles, of, until)| role(Roles(roles), OrganisationId(of), until));
        if let Ok(given) = appointed(Some(admin), &[current], Roles(roles), until) {
            prop_assert_eq!(given.organisation, admin.organisation);
            prop_assert!(admin.roles.contains(Roles::ORGANISATION_ADMIN));
            prop_assert!(APPOINTABLE.contains(given.roles) && given.until > NOW);
            if let Some(current) = current.filter(|current| current.until > NOW || current.is_bar()) {
                prop_assert_eq!(current.organisation, admin.organisation);
                prop_assert!(APPOINTABLE.contains(current.roles) && !current.is_bar());
            }
        }
    }
}

#[test]
fn whose_role_the_committee_took_no_admin_gives_another() {
    let organisations = state(1, 1).organisations;
    let bar = role(Roles::CLINICIAN, HOSPITAL, LATER).bar();
    assert_eq!(
        crate::consortium::effective_role(Some(bar), organisations.standing(HOSPITAL), NOW),
        None
    );
    for until in [LATER, 0] {
        let bar = Some(Role { until, ..bar });
        let given = appointed(admin_of(HOSPITAL), &[bar], Roles::CLINICIAN, LATER);
        assert_eq!(given, Err(ConsortiumError::NotYours), "{until}");
        let taken = dismiss(admin_of(HOSPITAL), &organisations, &[bar], NOW);
        assert_eq!(taken, Err(ConsortiumError::NoRole), "{until}");
        assert_eq!(give_back(bar, NOW), Err(ConsortiumError::NoRole), "{until}");
    }
}

#[test]
fn who_gives_a_role_back_is_free_at_once_and_the_admin_may_still_clear_it() {
    let clinician = role(Roles::CLINICIAN, SUSPENDED, LATER);
    let ended = give_back(Some(clinician), NOW);
    assert_eq!(ended, Ok(Role { until: 0, ..clinician }));
    assert_eq!(give_back(ended.ok(), NOW), Err(ConsortiumError::NoRole), "twice");
    assert_eq!(give_back(None, NOW), Err(ConsortiumError::NoRole));
    let given = appointed(admin_of(HOSPITAL), &[ended.ok()], Roles::CLINICIAN, LATER);
    assert!(given.is_ok(), "{given:?}");
    let of_own = give_back(Some(role(Roles::CLINICIAN, HOSPITAL, LATER)), NOW).ok();
    let taken = dismiss(admin_of(HOSPITAL), &state(1, 1).organisations, &[of_own], NOW);
    assert_eq!(taken, Ok(()));
}
