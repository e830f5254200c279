//! How much may be passed on, and what is cleared of it.

use super::*;

#[test]
fn what_is_passed_on_does_not_use_up_the_patients_own_grants() {
    let mut world = world();
    for _ in 0..MAX_DELEGATED_PER_GRANTEE / MAX_DELEGATED_PER_ROOT {
        let parent = given(&mut world, to(ANA));
        for _ in 0..MAX_DELEGATED_PER_ROOT {
            passed(&mut world, ANA, parent, to(BEA));
        }
        assert_eq!(
            world.pass_on(PATIENT, ANA, parent, &to(BEA), NOW),
            Err(ConsentError::TooManyGrants)
        );
    }
    let parent = given(&mut world, to(ANA));
    assert_eq!(
        world.pass_on(PATIENT, ANA, parent, &to(BEA), NOW),
        Err(ConsentError::TooManyGrants),
        "every place is taken"
    );
    for _ in 0..crate::consent::MAX_GRANTS_PER_GRANTEE {
        given(&mut world, to(BEA));
    }
    assert_eq!(world.give(PATIENT, &to(BEA), NOW), Err(ConsentError::TooManyGrants));
}

#[test]
fn one_grant_of_the_patient_takes_no_more_than_its_places_over_however_many_hands() {
    let mut world = world();
    let parent = given(&mut world, to(ANA));
    passed(&mut world, ANA, parent, to(EVE));
    let puppets = [BEA, CEM, DOA].map(|account| passed(&mut world, ANA, parent, to(account)));
    for (account, held) in [BEA, CEM, DOA].into_iter().zip(puppets) {
        passed(&mut world, account, held, to(EVE));
    }
    let outcome = world.pass_on(PATIENT, BEA, puppets[0], &to(EVE), NOW);
    assert_eq!(outcome, Err(ConsentError::TooManyGrants));
    let other = given(&mut world, to(ANA));
    assert!(
        world.pass_on(PATIENT, ANA, other, &to(EVE), NOW).is_ok(),
        "what comes from another grant has room"
    );
}

#[test]
fn what_hangs_on_a_grant_that_is_over_is_cleared_and_makes_room_one_by_one() {
    let mut world = world();
    let bad = given(&mut world, to(ANA));
    let worse = passed(&mut world, ANA, bad, to(DOA));
    for _ in 0..2 {
        passed(&mut world, ANA, bad, to(BEA));
        passed(&mut world, DOA, worse, to(BEA));
    }
    let good = given(
        &mut world,
        Terms {
            until: 1_900,
            ..to(CEM)
        },
    );
    let part = Terms {
        until: 1_900,
        ..to(BEA)
    };
    for _ in 0..MAX_DELEGATED_PER_ROOT {
        passed(&mut world, CEM, good, part);
    }
    let cell = Grantee::Account(BEA);
    let other = given(&mut world, to(CEM));
    assert_eq!(
        world.pass_on(PATIENT, CEM, other, &to(BEA), NOW),
        Err(ConsentError::TooManyGrants)
    );
    assert_eq!(
        clear(&mut world, cell, NOW),
        Err(ConsentError::NothingToClear),
        "all of it stands"
    );
    world.revoke(PATIENT, bad.id, bad.grantee).expect("it stands");
    let standing = |world: &World| world.standing(PATIENT, cell).len();
    passed(&mut world, CEM, other, to(BEA));
    assert_eq!(standing(&world), MAX_DELEGATED_PER_GRANTEE, "one of the four made room");
    let mut cleared = world.clone();
    clear(&mut cleared, cell, NOW).expect("three are left of what has fallen");
    assert_eq!(standing(&cleared), MAX_DELEGATED_PER_ROOT + 1);
    let kept = |grant: &StoredGrant| grant.origin.is_some_and(|origin| origin.root != bad.id);
    assert!(cleared.standing(PATIENT, cell).iter().all(kept));
    // What may come back does not count as over.
    world.roles.retain(|(account, _)| *account != CEM);
    cleared = world.clone();
    clear(&mut cleared, cell, NOW).expect("three are left of what has fallen");
    assert_eq!(
        standing(&cleared),
        MAX_DELEGATED_PER_ROOT + 1,
        "a role may be given again"
    );
    clear(&mut world, cell, 1_900).expect("what has fallen, and what has ended");
    assert_eq!(standing(&world), 1);
}

#[test]
fn a_decision_looks_at_a_bounded_number_of_grantees_however_much_was_passed_on() {
    // Everybody whose grant was passed on to Eve, or to her clinic: more chains, and deeper ones, than are looked at.
    let mut world = world();
    let accounts: Vec<AccountId> = (50..58).map(|byte| AccountId([byte; 32])).collect();
    for account in &accounts {
        world.set_role(*account, Roles::CLINICIAN, OrganisationId(3));
    }
    let clinic = Terms {
        grantee: Grantee::Organisation(CLINIC),
        ..to(EVE)
    };
    let mut roots = vec![];
    for three in accounts.windows(3).step_by(3) {
        let first = given(&mut world, to(three[0]));
        let second = passed(&mut world, three[0], first, to(three[1]));
        let third = passed(&mut world, three[1], second, to(three[2]));
        for terms in [to(EVE), clinic] {
            for _ in 0..MAX_DELEGATED_PER_ROOT {
                passed(&mut world, three[2], third, terms);
            }
        }
        roots.push(first);
    }
    let holders = |world: &World| {
        let mut all = world.looked_up.borrow().clone();
        all.retain(|grantee| matches!(grantee, Grantee::Account(account) if accounts.contains(account)));
        all
    };
    assert!(matches!(world.check(&asked_by(EVE)), Decision::Permitted(_)));
    assert_eq!(holders(&world).len(), 3, "one chain, each link once");
    for root in &roots {
        world.revoke(PATIENT, root.id, root.grantee).expect("it stands");
    }
    assert_eq!(world.check(&asked_by(EVE)), NO_GRANT);
    assert_eq!(holders(&world).len(), crate::consent::MAX_HOLDERS, "and no more");
    // What is out of reach counts once the patient has cleared what is over.
    let good = given(&mut world, to(ANA));
    let good = passed(&mut world, ANA, good, to(EVE));
    assert_eq!(world.check(&asked_by(EVE)), NO_GRANT);
    clear(&mut world, Grantee::Account(EVE), NOW).expect("what has fallen");
    assert_eq!(world.check(&asked_by(EVE)), Decision::Permitted(good.id));
}
