mod reviews;

use super::*;
use crate::Hash;
use alloc::vec;
use proptest::prelude::*;

const PATIENT: AccountId = AccountId([1; 32]);
const CLINICIAN: AccountId = AccountId([2; 32]);
const ADMIN: AccountId = AccountId([3; 32]);
const HOSPITAL: OrganisationId = OrganisationId(1);
const NOW: Timestamp = 1_000_000_000;

fn role(roles: Roles, organisation: OrganisationId) -> Option<Role> {
    Some(Role {
        roles,
        organisation,
        until: Timestamp::MAX,
    })
}

fn clinician() -> Option<Role> {
    role(Roles::CLINICIAN, HOSPITAL)
}

fn admin() -> Option<Role> {
    role(Roles::ORGANISATION_ADMIN, HOSPITAL)
}

fn limits() -> Limits {
    Limits {
        glass_ms: 100,
        review_ms: 1_000,
        glasses_per_day: 3,
        ..Limits::default()
    }
}

fn waiting(opened_at: Timestamp, review_by: Timestamp) -> Unreviewed {
    Unreviewed {
        patient: PATIENT,
        opened_at,
        review_by,
        organisation: HOSPITAL,
    }
}

fn request(patient: AccountId) -> BreakGlass {
    let (reason, note) = (7, Hash([8; 32]));
    BreakGlass { patient, reason, note }
}

fn open(last: Option<Glass>, breaker: &mut Breaker, now: Timestamp) -> Result<Glass, ConsentError> {
    broken(request(PATIENT), clinician(), last, breaker, &limits(), now).map(|event| event.glass)
}

fn broken(
    request: BreakGlass,
    role: Option<Role>,
    last: Option<Glass>,
    breaker: &mut Breaker,
    limits: &Limits,
    now: Timestamp,
) -> Result<GlassBroken, ConsentError> {
    break_glass(
        &request,
        CLINICIAN,
        answers_for(role.as_slice()),
        last,
        breaker,
        &mut GlassDay::default(),
        limits,
        now,
    )
}

fn report(opened_at: Timestamp) -> Review {
    Review {
        patient: PATIENT,
        clinician: CLINICIAN,
        opened_at,
        verdict: Verdict::Justified,
        note: Hash([9; 32]),
    }
}

#[test]
fn a_glass_is_open_from_the_moment_it_is_broken_until_its_end() {
    let glass = open(None, &mut Breaker::default(), NOW).expect("a clinician");
    let expected = Glass {
        opened_at: NOW,
        until: NOW + 100,
        reason: 7,
        closed: false,
    };
    assert_eq!(glass, expected);
    for (at, is_open) in [
        (0, false),
        (NOW - 1, false),
        (NOW, true),
        (NOW + 99, true),
        (NOW + 100, false),
        (u64::MAX, false),
    ] {
        assert_eq!(glass.is_open(at), is_open, "at {at}");
    }
}

#[test]
fn a_glass_is_noted_for_its_review() {
    let mut breaker = Breaker::default();
    let outcome = broken(request(PATIENT), clinician(), None, &mut breaker, &limits(), NOW);
    let event = outcome.expect("a clinician");
    assert_eq!((event.patient, event.clinician), (PATIENT, CLINICIAN));
    assert_eq!((event.note, event.review_by), (Hash([8; 32]), NOW + 1_000));
    let expected = Breaker {
        unreviewed: vec![waiting(NOW, NOW + 1_000)],
        recent: vec![NOW],
        unjustified: vec![],
    };
    assert_eq!(breaker, expected);
}

#[test]
fn only_a_clinician_breaks_a_glass() {
    for (role, accepted) in [
        (None, false),
        (role(Roles(Roles::ALL.0 & !Roles::CLINICIAN.0), HOSPITAL), false),
        (clinician(), true),
        (role(Roles::ALL, HOSPITAL), true),
    ] {
        let outcome = broken(request(PATIENT), role, None, &mut Breaker::default(), &limits(), NOW);
        assert_eq!(outcome.is_ok(), accepted, "{role:?}");
        if !accepted {
            assert_eq!(outcome, Err(ConsentError::WrongRole));
        }
    }
}

#[test]
fn the_first_thing_wrong_is_what_is_answered() {
    let glass = Some(Glass {
        opened_at: NOW - 99,
        until: NOW + 1,
        reason: 0,
        closed: false,
    });
    let today = vec![NOW - 1; 3];
    let overdue = vec![waiting(NOW - 99, NOW); MAX_UNREVIEWED];
    let many = vec![waiting(NOW - 99, NOW + 1); MAX_UNREVIEWED];
    let few = vec![waiting(NOW - 99, NOW + 1); MAX_UNREVIEWED - 1];
    for (role, last, unreviewed, expected) in [
        (None, glass, &overdue, ConsentError::WrongRole),
        (clinician(), glass, &overdue, ConsentError::GlassOpen),
        (clinician(), None, &overdue, ConsentError::ReviewOverdue),
        (clinician(), None, &many, ConsentError::TooManyUnreviewed),
        (clinician(), None, &few, ConsentError::TooManyGlasses),
    ] {
        let mut breaker = Breaker {
            unreviewed: unreviewed.clone(),
            recent: today.clone(),
            unjustified: vec![],
        };
        let outcome = broken(request(PATIENT), role, last, &mut breaker, &limits(), NOW);
        assert_eq!(outcome, Err(expected));
    }
}

#[test]
fn a_glass_is_broken_again_once_it_has_closed() {
    let mut breaker = Breaker::default();
    let glass = open(None, &mut breaker, NOW).expect("the first one");
    for (now, expected) in [
        (NOW, Err(ConsentError::GlassOpen)),
        (NOW + 99, Err(ConsentError::GlassOpen)),
        (NOW + 100, Ok(NOW + 100)),
    ] {
        let outcome = open(Some(glass), &mut breaker.clone(), now);
        assert_eq!(outcome.map(|glass| glass.opened_at), expected, "at {now}");
    }
}

#[test]
fn an_overdue_review_bars_the_clinician_until_it_is_done() {
    for (now, expected) in [
        (NOW + 999, None),
        (NOW + 1_000, Some(ConsentError::ReviewOverdue)),
        (NOW + 1_001, Some(ConsentError::ReviewOverdue)),
    ] {
        let mut breaker = Breaker {
            unreviewed: vec![waiting(NOW + 1, NOW + 5_000), waiting(NOW, NOW + 1_000)],
            recent: vec![],
            unjustified: vec![],
        };
        let outcome = open(None, &mut breaker.clone(), now);
        assert_eq!(outcome.err(), expected, "at {now}");
        review(&report(NOW), ADMIN, admin().as_slice(), &mut breaker, |_| false, now).expect("it waits");
        assert!(open(None, &mut breaker, now).is_ok(), "at {now}, reviewed");
    }
}

#[test]
fn only_so_many_glasses_wait_for_review() {
    for (waiting_now, accepted) in [
        (MAX_UNREVIEWED - 1, true),
        (MAX_UNREVIEWED, false),
        (MAX_UNREVIEWED + 1, false),
    ] {
        let mut breaker = Breaker {
            unreviewed: vec![waiting(NOW, NOW + 1_000); waiting_now],
            recent: vec![],
            unjustified: vec![],
        };
        let outcome = open(None, &mut breaker, NOW + 1);
        assert_eq!(outcome.is_ok(), accepted, "{waiting_now}");
        if !accepted {
            assert_eq!(outcome, Err(ConsentError::TooManyUnreviewed));
        }
    }
}

#[test]
fn glasses_are_counted_over_a_rolling_day() {
    let early = [NOW, NOW, NOW + 50];
    for (now, accepted) in [
        (NOW + 60, false),
        (NOW + GLASS_DAY_MS - 1, false),
        (NOW + GLASS_DAY_MS, true),
        (NOW + GLASS_DAY_MS + 50, true),
    ] {
        let mut breaker = Breaker {
            unreviewed: vec![],
            recent: early.to_vec(),
            unjustified: vec![],
        };
        let outcome = open(None, &mut breaker, now);
        assert_eq!(outcome.is_ok(), accepted, "at {now}");
        if accepted {
            assert!(breaker.recent.iter().all(|opened_at| now - opened_at < GLASS_DAY_MS));
        } else {
            assert_eq!(outcome, Err(ConsentError::TooManyGlasses));
        }
    }
    for (count, accepted) in [(2, true), (3, false), (4, false)] {
        let mut breaker = Breaker {
            unreviewed: vec![],
            recent: vec![NOW; count],
            unjustified: vec![],
        };
        assert_eq!(open(None, &mut breaker, NOW).is_ok(), accepted, "{count} today");
    }
}

#[test]
fn a_closed_glass_is_not_broken_again_for_a_day() {
    let glass = open(None, &mut Breaker::default(), NOW).expect("a clinician");
    let closed = glass.close(NOW + 10).expect("it is open").expect("it is kept");
    assert!(!closed.is_open(NOW + 10) && closed.closed);
    assert_eq!(closed.close(NOW + 11), Err(ConsentError::UnknownGlass), "once");
    for (now, expected) in [
        (NOW + 10, Some(ConsentError::GlassCooling)),
        (NOW + 10 + COOL_DOWN_MS - 1, Some(ConsentError::GlassCooling)),
        (NOW + 10 + COOL_DOWN_MS, None),
    ] {
        let outcome = open(Some(closed), &mut Breaker::default(), now);
        assert_eq!(outcome.err(), expected, "at {now}");
    }
    assert_eq!(
        closed.close(NOW + 10 + COOL_DOWN_MS),
        Ok(None),
        "nothing is left to be kept"
    );
    assert_eq!(glass.close(NOW + 100), Ok(None), "it ended by itself");
}

#[test]
fn three_unjustified_glasses_in_a_year_bar_the_clinician() {
    let mut breaker = Breaker::default();
    let wrong = |opened_at| Review {
        verdict: Verdict::Unjustified,
        ..report(opened_at)
    };
    let mut now = NOW;
    for _ in 0..MAX_UNJUSTIFIED {
        open(None, &mut breaker, now).expect("not barred yet");
        review(&wrong(now), ADMIN, admin().as_slice(), &mut breaker, |_| false, now).expect("it waits");
        now += GLASS_DAY_MS;
    }
    for (at, expected) in [
        (now, Some(ConsentError::TooManyUnjustified)),
        (NOW + UNJUSTIFIED_MS - 1, Some(ConsentError::TooManyUnjustified)),
        (NOW + UNJUSTIFIED_MS, None),
    ] {
        assert_eq!(open(None, &mut breaker.clone(), at).err(), expected, "at {at}");
    }
    let mut right = Breaker::default();
    open(None, &mut right, NOW).expect("a clinician");
    review(&report(NOW), ADMIN, admin().as_slice(), &mut right, |_| false, NOW).expect("it waits");
    assert!(right.unjustified.is_empty(), "only what was wrong counts");
}

#[test]
fn an_organisation_s_clinicians_together_break_so_many_a_day_however_many_they_are() {
    let mut day = GlassDay::default();
    let mut fresh = |now: Timestamp| {
        let mut breaker = Breaker::default();
        break_glass(
            &request(PATIENT),
            CLINICIAN,
            answers_for(clinician().as_slice()),
            None,
            &mut breaker,
            &mut day,
            &limits(),
            now,
        )
        .err()
    };
    for number in 0..u64::from(MAX_GLASSES_OF_ORGANISATION) {
        assert_eq!(fresh(NOW + number), None, "{number}");
    }
    for (now, expected) in [
        (NOW + 1_000, Some(ConsentError::TooManyOfOrganisation)),
        (NOW + GLASS_DAY_MS - 1, Some(ConsentError::TooManyOfOrganisation)),
        (NOW + GLASS_DAY_MS, None),
    ] {
        assert_eq!(fresh(now), expected, "at {now}");
    }
}

#[test]
fn the_first_organisation_that_one_is_a_clinician_for_answers_for_the_glass() {
    let elsewhere = OrganisationId(2);
    let roles: Vec<Role> = [
        role(Roles::AUDITOR, OrganisationId(3)),
        role(Roles::CLINICIAN, elsewhere),
        clinician(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(answers_for(&roles), Some(elsewhere));
    assert_eq!(answers_for(&roles[..1]), None);
    assert_eq!(answers_for(&[]), None);
}

proptest! {
    #[test]
    fn no_rolling_day_has_more_glasses_than_allowed_and_no_overdue_clinician_opens(
        per_day in 1..6_u8,
        steps in proptest::collection::vec((0..3_u8, any::<bool>(), 0..GLASS_DAY_MS / 3), 0..80),
    ) {
        let limits = Limits { glasses_per_day: per_day, review_ms: GLASS_DAY_MS, glass_ms: 1_000, ..Limits::default() };
        let mut breaker = Breaker::default();
        let mut last = alloc::collections::BTreeMap::new();
        let mut opened: Vec<Timestamp> = vec![];
        let mut unreviewed: Vec<(AccountId, Timestamp)> = vec![];
        let mut now = NOW;
        for (patient, reviews, later) in steps {
            now += later;
            let patient = AccountId([patient; 32]);
            if reviews {
                let Some((patient, opened_at)) = unreviewed.pop() else { continue };
                let report = Review { patient, ..report(opened_at) };
                let outcome = review(&report, ADMIN, admin().as_slice(), &mut breaker, |_| false, now);
                prop_assert_eq!(outcome.map(|event| event.late), Ok(now - opened_at >= GLASS_DAY_MS));
                continue;
            }
            let mut changed = breaker.clone();
            let glass = last.get(&patient).copied();
            let outcome = broken(request(patient), clinician(), glass, &mut changed, &limits, now);
            let today = opened.iter().filter(|at| now - **at < GLASS_DAY_MS).count();
            let overdue = unreviewed.iter().any(|(_, at)| now - at >= GLASS_DAY_MS);
            let is_open = glass.is_some_and(|glass| glass.is_open(now));
            let many = unreviewed.len() >= MAX_UNREVIEWED;
            let allowed = !overdue && !is_open && !many && today < usize::from(per_day);
            prop_assert_eq!(outcome.is_ok(), allowed, "{:?}", outcome);
            if let Ok(event) = outcome {
                breaker = changed;
                last.insert(patient, event.glass);
                opened.push(now);
                unreviewed.push((patient, now));
            }
            prop_assert!(breaker.recent.len() <= usize::from(per_day) && breaker.unreviewed.len() <= MAX_UNREVIEWED);
        }
    }
}
