//! Who reviews a broken glass, and what becomes of it.

use super::*;

#[test]
fn an_admin_of_the_organisation_reviews_and_never_the_clinician() {
    let other = OrganisationId(2);
    for (reviewer, role, accepted) in [
        (ADMIN, admin(), true),
        (ADMIN, role(Roles::ALL, HOSPITAL), true),
        (ADMIN, None, false),
        (ADMIN, clinician(), false),
        (ADMIN, role(Roles::ALL, other), false),
        (CLINICIAN, role(Roles::ALL, HOSPITAL), false),
    ] {
        let mut breaker = Breaker {
            unreviewed: vec![waiting(NOW, NOW + 1_000)],
            recent: vec![],
            unjustified: vec![],
        };
        let before = breaker.clone();
        let outcome = review(&report(NOW), reviewer, role.as_slice(), &mut breaker, |_| false, NOW);
        if accepted {
            let event = outcome.expect("an admin");
            assert_eq!(
                (event.reviewer, event.clinician, event.late),
                (reviewer, CLINICIAN, false)
            );
            assert!(breaker.is_empty());
        } else {
            assert_eq!(outcome, Err(ConsentError::NotReviewer), "{role:?}");
            assert_eq!(breaker, before);
        }
    }
}

#[test]
fn what_is_not_waiting_is_not_reviewed() {
    let mut breaker = Breaker {
        unreviewed: vec![waiting(NOW, NOW + 1_000)],
        recent: vec![],
        unjustified: vec![],
    };
    let of_another = Review {
        patient: ADMIN,
        ..report(NOW)
    };
    for unknown in [report(NOW - 1), report(NOW + 1), of_another] {
        // Before the question who asks.
        let outcome = review(&unknown, CLINICIAN, &[], &mut breaker, |_| false, NOW);
        assert_eq!(outcome, Err(ConsentError::UnknownGlass), "{unknown:?}");
    }
    review(&report(NOW), ADMIN, admin().as_slice(), &mut breaker, |_| false, NOW).expect("it waits");
    let again = review(&report(NOW), ADMIN, admin().as_slice(), &mut breaker, |_| false, NOW);
    assert_eq!(again, Err(ConsentError::UnknownGlass));
}

#[test]
fn a_review_is_late_from_its_deadline_on() {
    for (now, late) in [(NOW, false), (NOW + 999, false), (NOW + 1_000, true), (u64::MAX, true)] {
        let mut breaker = Breaker {
            unreviewed: vec![waiting(NOW, NOW + 1_000)],
            recent: vec![],
            unjustified: vec![],
        };
        let outcome = review(&report(NOW), ADMIN, admin().as_slice(), &mut breaker, |_| false, now);
        assert_eq!(outcome.map(|event| event.late), Ok(late), "at {now}");
    }
}

#[test]
fn a_review_closes_what_has_ended_and_what_was_wrong() {
    let glass = Glass {
        opened_at: NOW,
        until: NOW + 100,
        reason: 0,
        closed: false,
    };
    let wrong = |review| Review {
        verdict: Verdict::Unjustified,
        ..review
    };
    let closed = Glass {
        until: NOW + 99,
        closed: true,
        ..glass
    };
    for (last, review, now, left) in [
        (Some(glass), report(NOW), NOW + 99, Left::AsItWas),
        (Some(glass), report(NOW), NOW + 100, Left::Nothing),
        (Some(glass), wrong(report(NOW)), NOW + 99, Left::Closed(closed)),
        (Some(glass), wrong(report(NOW)), NOW + 100, Left::Nothing),
        (Some(glass), wrong(report(NOW - 1)), NOW + 99, Left::AsItWas),
        (Some(glass), report(NOW - 1), NOW + 100, Left::AsItWas),
        (None, wrong(report(NOW)), NOW, Left::AsItWas),
        // Closed by the patient, it cools first.
        (Some(closed), report(NOW), NOW + 100, Left::AsItWas),
        (Some(closed), report(NOW), NOW + 99 + COOL_DOWN_MS, Left::Nothing),
    ] {
        assert_eq!(left_by_review(last, &review, now), left, "{review:?} at {now}");
    }
}

#[test]
fn an_auditor_of_another_organisation_reviews_where_the_admins_cannot_or_did_not() {
    let elsewhere = OrganisationId(2);
    let auditor = role(Roles::AUDITOR, elsewhere);
    for (role, admins_cannot, now, accepted) in [
        (auditor, false, NOW, false),
        (auditor, true, NOW, true),
        (auditor, false, NOW + 1_000, true),
        (role(Roles::AUDITOR, HOSPITAL), true, NOW + 1_000, false),
        (role(Roles::ORGANISATION_ADMIN, elsewhere), true, NOW + 1_000, false),
        (None, true, NOW + 1_000, false),
        (admin(), true, NOW, true),
    ] {
        let mut breaker = Breaker {
            unreviewed: vec![waiting(NOW, NOW + 1_000)],
            ..Breaker::default()
        };
        let outcome = review(
            &report(NOW),
            ADMIN,
            role.as_slice(),
            &mut breaker,
            |_| admins_cannot,
            now,
        );
        assert_eq!(outcome.is_ok(), accepted, "{role:?} at {now}");
    }
    let mut world = crate::testing::World::new();
    world.set_role(CLINICIAN, Roles::CLINICIAN, HOSPITAL);
    assert!(!admins_cannot(HOSPITAL, &CLINICIAN, &world, NOW));
    world.set_role(CLINICIAN, Roles::CLINICIAN.union(Roles::ORGANISATION_ADMIN), HOSPITAL);
    assert!(
        admins_cannot(HOSPITAL, &CLINICIAN, &world, NOW),
        "they may be the only one"
    );
    world.set_role(CLINICIAN, Roles::CLINICIAN, HOSPITAL);
    world.suspend(&[HOSPITAL]);
    assert!(
        admins_cannot(HOSPITAL, &CLINICIAN, &world, NOW),
        "nobody there has a role"
    );
}

#[test]
fn an_auditor_who_works_for_the_organisation_too_is_none_of_another() {
    let auditor = role(Roles::AUDITOR, OrganisationId(2));
    for (own, accepted) in [(None, true), (clinician(), false), (admin(), true)] {
        let roles: Vec<Role> = [auditor, own].into_iter().flatten().collect();
        let mut breaker = Breaker {
            unreviewed: vec![waiting(NOW, NOW + 1_000)],
            ..Breaker::default()
        };
        let outcome = review(&report(NOW), ADMIN, &roles, &mut breaker, |_| true, NOW);
        assert_eq!(outcome.is_ok(), accepted, "{own:?}");
    }
}
