mod places;

use super::*;
use crate::{
    consent::{Check, Decision, Declaration, Denial, Extent, Facts, Proxies},
    testing::{deny, permit, World},
    Confidentiality, OrganisationId, Purposes, Slot, Slots,
};
use alloc::{vec, vec::Vec};

const PATIENT: AccountId = AccountId([1; 32]);
const ANA: AccountId = AccountId([2; 32]);
const BEA: AccountId = AccountId([3; 32]);
const CEM: AccountId = AccountId([4; 32]);
const DOA: AccountId = AccountId([5; 32]);
const EVE: AccountId = AccountId([6; 32]);
const HOSPITAL: OrganisationId = OrganisationId(5);
const CLINIC: OrganisationId = OrganisationId(4);
const NOW: Timestamp = 1_000;
const NO_GRANT: Decision = Decision::Denied(Denial::NoGrant);

fn to(account: AccountId) -> Terms {
    Terms {
        grantee: Grantee::Account(account),
        delegable: true,
        ..permit()
    }
}

/// Clinicians Ana and Doa of the hospital, where Ana is an admin too, and Bea, Cem and Eve of the clinic.
fn world() -> World {
    let mut world = World::new();
    world.set_role(ANA, Roles::CLINICIAN.union(Roles::ORGANISATION_ADMIN), HOSPITAL);
    world.set_role(DOA, Roles::CLINICIAN, HOSPITAL);
    for account in [BEA, CEM, EVE] {
        world.set_role(account, Roles::CLINICIAN, CLINIC);
    }
    world
}

fn given(world: &mut World, terms: Terms) -> Parent {
    let id = world.give(PATIENT, &terms, NOW).expect("terms that may be granted");
    Parent {
        grantee: terms.grantee,
        id,
    }
}

fn passed(world: &mut World, caller: AccountId, parent: Parent, terms: Terms) -> Parent {
    let id = world
        .pass_on(PATIENT, caller, parent, &terms, NOW)
        .expect("a part of the parent");
    Parent {
        grantee: terms.grantee,
        id,
    }
}

/// The patient removes what is over.
fn clear(world: &mut World, grantee: Grantee, now: Timestamp) -> Result<(), ConsentError> {
    let mut standing = world.standing(PATIENT, grantee);
    let state = world.state(&PATIENT);
    crate::consent::clear_grants(&mut standing, &mut Lineage::new(&PATIENT, &state, world, now))?;
    world.set_grants(PATIENT, grantee, standing);
    Ok(())
}

fn asked_by(requester: AccountId) -> Check {
    Check {
        requester,
        patient: PATIENT,
        purpose: Purposes::TREAT,
        facts: Facts {
            slot: Slot(3),
            confidentiality: Confidentiality::Normal,
            author: ANA,
            authored_at: 0,
        },
        research: Declaration::default(),
        extent: Extent::Count,
        membership: None,
        at: NOW,
    }
}

/// A world in which the patient gave Ana a grant that went on to Bea, to Cem and to Doa.
fn chain() -> (World, [Parent; 4]) {
    let mut world = world();
    let first = given(&mut world, to(ANA));
    let second = passed(&mut world, ANA, first, to(BEA));
    let third = passed(&mut world, BEA, second, to(CEM));
    let fourth = passed(&mut world, CEM, third, to(DOA));
    (world, [first, second, third, fourth])
}

#[test]
fn what_is_passed_on_permits_under_a_number_of_its_own() {
    let (world, chain) = chain();
    let numbers = chain.map(|parent| (parent.id.is_delegated(), parent.id.number()));
    assert_eq!(numbers, [(false, 1), (true, 1), (true, 2), (true, 3)]);
    for (account, parent) in [ANA, BEA, CEM, DOA].into_iter().zip(chain) {
        assert_eq!(
            world.check(&asked_by(account)),
            Decision::Permitted(parent.id),
            "{account:?}"
        );
    }
    assert_eq!(world.check(&asked_by(EVE)), NO_GRANT);
}

#[test]
fn a_grant_is_passed_on_three_times_in_a_row_and_no_more() {
    let (mut world, chain) = chain();
    let outcome = world.pass_on(PATIENT, DOA, chain[3], &to(EVE), NOW);
    assert_eq!(outcome, Err(ConsentError::ChainTooLong));
    assert!(
        world.pass_on(PATIENT, CEM, chain[2], &to(EVE), NOW).is_ok(),
        "and as often as one likes beside"
    );
}

#[test]
fn whatever_ends_a_grant_ends_everything_below_it() {
    let (whole, chain) = chain();
    let accounts = [ANA, BEA, CEM, DOA];
    for (broken, parent) in chain.iter().enumerate() {
        let mut revoked = whole.clone();
        revoked.revoke(PATIENT, parent.id, parent.grantee).expect("it stands");
        let mut fixed = whole.clone();
        let mut standing = fixed.standing(PATIENT, parent.grantee);
        standing[0].terms.delegable = false;
        fixed.set_grants(PATIENT, parent.grantee, standing.clone());
        let mut ended = whole.clone();
        standing[0].terms.delegable = true;
        standing[0].terms.until = NOW;
        ended.set_grants(PATIENT, parent.grantee, standing);
        let mut left = whole.clone();
        left.roles.retain(|(account, _)| *account != accounts[broken]);
        for (place, account) in accounts.into_iter().enumerate() {
            let stands = |world: &World| matches!(world.check(&asked_by(account)), Decision::Permitted(_));
            assert_eq!(stands(&revoked), place < broken, "{place} after {broken} was revoked");
            assert_eq!(stands(&ended), place < broken, "{place} after {broken} ended");
            assert_eq!(
                stands(&fixed),
                place <= broken,
                "{place} where {broken} may not be passed on"
            );
            assert_eq!(
                stands(&left),
                place < broken,
                "{place} after the account at {broken} lost its role"
            );
        }
    }
}

#[test]
fn to_revoke_all_ends_what_was_passed_on_and_to_suspend_an_organisation_what_goes_through_it() {
    let (whole, _) = chain();
    let mut void = whole.clone();
    void.revoke_all(PATIENT);
    let mut suspended = whole;
    suspended.suspend(&[CLINIC]);
    assert!(
        matches!(suspended.check(&asked_by(ANA)), Decision::Permitted(_)),
        "it did not go through the clinic"
    );
    for account in [ANA, BEA, CEM, DOA] {
        assert!(
            !matches!(void.check(&asked_by(account)), Decision::Permitted(_)),
            "{account:?}"
        );
    }
    assert_eq!(suspended.check(&asked_by(DOA)), NO_GRANT);
}

#[test]
fn an_organisation_passes_on_by_its_admin_and_gets_what_all_of_it_may_use() {
    let mut world = world();
    let hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..to(ANA)
    };
    let clinic = Terms {
        grantee: Grantee::Organisation(CLINIC),
        ..to(ANA)
    };
    let parent = given(&mut world, hospital);
    let by_nobody_special = world.pass_on(PATIENT, DOA, parent, &clinic, NOW);
    assert_eq!(by_nobody_special, Err(ConsentError::NotDelegator));
    let parent = passed(&mut world, ANA, parent, clinic);
    for account in [BEA, CEM, EVE] {
        assert_eq!(world.check(&asked_by(account)), Decision::Permitted(parent.id));
    }
    world.suspend(&[HOSPITAL]);
    assert_eq!(world.check(&asked_by(BEA)), NO_GRANT);
}

#[test]
fn what_the_patient_said_comes_before_what_somebody_passed_on() {
    let part = |slots, terms| Terms {
        slots: Slots(slots),
        ..terms
    };
    let deep = |terms| Terms {
        depth: 3,
        ..deny(terms)
    };
    let clinic = Terms {
        grantee: Grantee::Organisation(CLINIC),
        ..to(BEA)
    };
    let hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..to(BEA)
    };
    let anyone = Terms {
        grantee: Grantee::Anyone,
        ..to(BEA)
    };
    for (said, permitted) in [
        (deny(to(BEA)), false),
        (deny(clinic), false),
        (deny(anyone), true),
        (deep(anyone), true),
        (deny(part(0b1_0000, to(BEA))), true),
        // Where Ana may not, she has nothing to pass on.
        (deny(to(ANA)), false),
        (deep(part(0b0_1000, to(ANA))), false),
        (deep(part(0b1_0000, to(ANA))), true),
        // The patient named Ana herself, which comes before her hospital.
        (deny(hospital), true),
    ] {
        let mut world = world();
        let parent = given(&mut world, to(ANA));
        let parent = passed(&mut world, ANA, parent, to(BEA));
        given(&mut world, said);
        let decision = world.check(&asked_by(BEA));
        assert_eq!(
            decision == Decision::Permitted(parent.id),
            permitted,
            "{said:#?}: {decision:?}"
        );
    }
}

#[test]
fn a_denial_of_the_organisation_stops_who_only_has_what_was_passed_on() {
    // Bea passed it on to Doa; then the patient denies Bea's clinic, whose name comes before what was passed on to her.
    let mut world = world();
    let parent = given(&mut world, to(ANA));
    let parent = passed(&mut world, ANA, parent, to(BEA));
    let parent = passed(&mut world, BEA, parent, to(DOA));
    assert_eq!(world.check(&asked_by(DOA)), Decision::Permitted(parent.id));
    given(
        &mut world,
        deny(Terms {
            grantee: Grantee::Organisation(CLINIC),
            ..to(BEA)
        }),
    );
    assert_eq!(world.check(&asked_by(DOA)), NO_GRANT);
}

#[test]
fn a_slot_that_becomes_restricted_is_no_longer_passed_on_with_others() {
    let (mut world, chain) = chain();
    let focused = Terms {
        slots: Slots(0b1000),
        ..to(EVE)
    };
    passed(&mut world, CEM, chain[2], focused);
    assert!(matches!(world.check(&asked_by(EVE)), Decision::Permitted(_)));
    let state = PatientState {
        restricted: Slots(0b1000),
        ..world.state(&PATIENT)
    };
    world.set_state(PATIENT, state);
    assert_eq!(world.check(&asked_by(EVE)), NO_GRANT, "alone with her, but not above");
}

#[test]
fn what_is_passed_on_is_refused_in_the_documented_order() {
    let mut world = world();
    let parent = given(&mut world, to(ANA));
    let fixed = given(
        &mut world,
        Terms {
            delegable: false,
            ..to(ANA)
        },
    );
    let unknown = Parent {
        id: GrantId(9),
        ..parent
    };
    let elsewhere = Parent {
        grantee: Grantee::Anyone,
        ..parent
    };
    let wide = Terms {
        slots: Slots::ALL,
        ..to(BEA)
    };
    let empty = Terms {
        slots: Slots(0),
        ..to(BEA)
    };
    let suspended = Terms {
        grantee: Grantee::Organisation(OrganisationId(9)),
        ..to(BEA)
    };
    let other_proxies = Terms {
        proxies: Proxies(0b0101),
        ..to(BEA)
    };
    let fewer_proxies = Terms {
        threshold: 1,
        ..to(BEA)
    };
    for (caller, parent, terms, expected) in [
        (BEA, unknown, empty, ConsentError::NotDelegator),
        (EVE, parent, empty, ConsentError::NotDelegator),
        (ANA, elsewhere, empty, ConsentError::NotDelegator),
        (ANA, unknown, empty, ConsentError::UnknownGrant),
        (ANA, fixed, empty, ConsentError::NotDelegable),
        (ANA, parent, empty, ConsentError::EmptyTerms),
        (ANA, parent, to(PATIENT), ConsentError::GranteeIsPatient),
        (ANA, parent, wide, ConsentError::WiderThanParent),
        (ANA, parent, suspended, ConsentError::GranteeOrganisation),
        (ANA, parent, other_proxies, ConsentError::WiderThanParent),
        (ANA, parent, fewer_proxies, ConsentError::WiderThanParent),
    ] {
        assert_eq!(
            world.clone().pass_on(PATIENT, caller, parent, &terms, NOW),
            Err(expected),
            "{terms:?}"
        );
    }
    world.roles.retain(|(account, _)| *account != ANA);
    let outcome = world.pass_on(PATIENT, ANA, parent, &to(BEA), NOW);
    assert_eq!(outcome, Err(ConsentError::NotDelegator), "a grantee without a role");
}

#[test]
fn what_was_passed_on_is_taken_back_by_whoever_could_pass_it_on() {
    let (world, chain) = chain();
    let take = |caller, parent: Parent| {
        let mut standing = world.standing(PATIENT, parent.grantee);
        undelegate(&caller, parent.id, &mut standing, &world, NOW).map(|()| standing.len())
    };
    assert_eq!(take(ANA, chain[1]), Ok(0));
    for caller in [PATIENT, BEA, CEM] {
        assert_eq!(take(caller, chain[1]), Err(ConsentError::NotDelegator), "{caller:?}");
    }
    assert_eq!(take(ANA, chain[2]), Err(ConsentError::NotDelegator), "it is Bea's");
    assert_eq!(
        take(ANA, chain[0]),
        Err(ConsentError::UnknownGrant),
        "the patient gave it"
    );
    assert_eq!(
        take(
            ANA,
            Parent {
                id: GrantId(9),
                ..chain[1]
            }
        ),
        Err(ConsentError::UnknownGrant)
    );
}

#[test]
fn the_proxies_of_everybody_in_the_chain_count_together() {
    // The grant takes two of two proxies, of which the hospital runs one and the clinic the other.
    let mut world = world();
    world.proxies.operators[0].organisation = HOSPITAL;
    let parent = given(&mut world, to(ANA));
    let child = passed(&mut world, ANA, parent, to(BEA));
    let grandchild = passed(&mut world, BEA, child, to(DOA));
    assert_eq!(world.check(&asked_by(DOA)), Decision::Permitted(grandchild.id));
    world.proxies.operators[1].organisation = CLINIC;
    assert_eq!(
        world.check(&asked_by(ANA)),
        Decision::Permitted(parent.id),
        "she alone has one of them"
    );
    assert_eq!(world.check(&asked_by(BEA)), NO_GRANT);
    assert_eq!(world.check(&asked_by(DOA)), NO_GRANT);
    let outcome = world.pass_on(PATIENT, ANA, parent, &to(EVE), NOW);
    assert_eq!(outcome, Err(ConsentError::ProxiesOfGrantee));
}

#[test]
fn an_admin_whom_the_patient_denies_by_name_passes_nothing_on() {
    let mut world = world();
    let hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..to(ANA)
    };
    let parent = given(&mut world, hospital);
    let child = passed(&mut world, ANA, parent, to(BEA));
    let below = passed(&mut world, BEA, child, to(CEM));
    for (account, grant) in [(BEA, child), (CEM, below)] {
        assert_eq!(world.check(&asked_by(account)), Decision::Permitted(grant.id));
    }
    let denial = given(&mut world, deny(to(ANA)));
    let late = passed(&mut world, ANA, parent, to(EVE));
    for account in [BEA, CEM, EVE] {
        assert_eq!(world.check(&asked_by(account)), NO_GRANT, "{account:?}");
    }
    assert!(
        matches!(world.check(&asked_by(DOA)), Decision::Permitted(_)),
        "of the hospital, and not denied"
    );
    // Another admin passes it on as before.
    world.set_role(DOA, Roles::CLINICIAN.union(Roles::ORGANISATION_ADMIN), HOSPITAL);
    let other = passed(&mut world, DOA, parent, to(BEA));
    assert_eq!(world.check(&asked_by(BEA)), Decision::Permitted(other.id));
    world.revoke(PATIENT, denial.id, denial.grantee).expect("it stands");
    assert_eq!(world.check(&asked_by(EVE)), Decision::Permitted(late.id));
}

#[test]
fn what_is_passed_on_counts_from_now_at_the_earliest() {
    let mut world = world();
    let parent = given(&mut world, Terms { from: 0, ..to(ANA) });
    let child = Terms { from: 0, ..to(BEA) };
    let later = NOW + 50;
    world.pass_on(PATIENT, ANA, parent, &child, later).expect("a part");
    let kept = world.standing(PATIENT, child.grantee);
    assert_eq!(kept.first().map(|grant| grant.terms.from), Some(later));
}
