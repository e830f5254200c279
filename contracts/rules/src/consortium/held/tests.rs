use super::*;
use crate::consortium::testing::{held, role, state, HOSPITAL, NOW, SUSPENDED, UNKNOWN};
use alloc::vec;

#[test]
fn a_role_counts_until_its_end_and_while_its_organisation_stands() {
    let organisations = state(1, 1).organisations;
    let of = |organisation| role(Roles::CLINICIAN, organisation, NOW);
    let roles = [of(SUSPENDED), of(HOSPITAL), of(UNKNOWN), of(HOSPITAL).bar()];
    for (at, counts, current) in [(0, 1, 3), (NOW - 1, 1, 3), (NOW, 0, 0), (NOW + 1, 0, 0)] {
        let effective = effective_roles(&roles, &organisations, at);
        assert_eq!(effective, vec![of(HOSPITAL); counts], "at {at}");
        assert_eq!(current_roles(&roles, at).count(), current, "at {at}");
    }
    assert_eq!(effective_roles(&[], &organisations, 0), []);
}

#[test]
fn the_suspension_of_one_organisation_leaves_the_roles_in_others() {
    let mut organisations = state(1, 1).organisations;
    let (one, other) = (
        role(Roles::CLINICIAN, HOSPITAL, NOW),
        role(Roles::RESEARCHER, SUSPENDED, NOW),
    );
    assert_eq!(effective_roles(&[one, other], &organisations, 0), [one]);
    organisations.set_standing(SUSPENDED, Standing::Member);
    assert_eq!(effective_roles(&[one, other], &organisations, 0), [one, other]);
    organisations.set_standing(HOSPITAL, Standing::Suspended);
    assert_eq!(effective_roles(&[one, other], &organisations, 0), [other]);
}

#[test]
fn the_committee_lifts_its_bar_by_giving_a_role() {
    let clinician = role(Roles::CLINICIAN, HOSPITAL, NOW + 1);
    let both = AccountRoles {
        held: vec![clinician],
        offered: vec![role(Roles::CLINICIAN, SUSPENDED, NOW + 1)],
    };
    let barred = both.barred().expect("a role");
    assert_eq!(barred, held([clinician.bar()]));
    assert!(barred.is_barred() && barred.told().is_empty());
    assert_eq!(barred.in_organisation(HOSPITAL), None);
    assert_eq!(barred.barred(), Err(ConsortiumError::NoRole));
    assert_eq!(barred.with(clinician, NOW), Ok(held([clinician])));
    assert_eq!(AccountRoles::default().barred(), Err(ConsortiumError::NoRole));
}

#[test]
fn a_role_takes_the_place_of_another_in_the_same_organisation_alone() {
    let clinician = role(Roles::CLINICIAN, HOSPITAL, NOW + 1);
    let researcher = role(Roles::RESEARCHER, HOSPITAL, NOW + 2);
    let elsewhere = role(Roles::CLINICIAN, SUSPENDED, NOW + 1);
    let both = held([clinician, elsewhere]);
    assert_eq!(both.with(researcher, NOW), Ok(held([researcher, elsewhere])));
    assert_eq!(both.in_organisation(HOSPITAL), Some(clinician));
    assert_eq!(both.in_organisation(SUSPENDED), Some(elsewhere));
    assert_eq!(both.told(), both.held);
}

#[test]
fn what_is_gone_is_named_by_its_organisation() {
    let of = |organisation| role(Roles::CLINICIAN, organisation, NOW);
    let before = AccountRoles {
        held: vec![of(HOSPITAL), of(SUSPENDED)],
        offered: vec![of(UNKNOWN)],
    };
    let lost = |after: &AccountRoles| before.lost(after).collect::<Vec<_>>();
    assert_eq!(lost(&before), []);
    assert_eq!(lost(&held([of(SUSPENDED), of(UNKNOWN)])), [HOSPITAL]);
    assert_eq!(lost(&held([])), [HOSPITAL, SUSPENDED, UNKNOWN]);
    let barred = before.barred().expect("a role");
    assert_eq!(
        barred.lost(&held([of(SUSPENDED)])).count(),
        0,
        "what was taken went then"
    );
}
