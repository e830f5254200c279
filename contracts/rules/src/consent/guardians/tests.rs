use super::{vote as vote_for, *};
use alloc::{collections::BTreeSet, vec};
use proptest::prelude::*;

const PATIENT: AccountId = AccountId([100; 32]);
const NOW: Timestamp = 1_000;
const UNTIL: Timestamp = NOW + 100 * GUARDIAN_ACT_MS;
const CALL: Hash = Hash([1; 32]);
const OTHER: Hash = Hash([2; 32]);

fn guardian(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn guardians(count: u8, threshold: u8) -> Guardians {
    Guardians {
        accounts: (0..count).map(guardian).collect(),
        threshold,
        until: UNTIL,
        authority: Authority::Acting,
    }
}

fn guardianship(count: u8, threshold: u8) -> Guardianship {
    Guardianship {
        guardians: guardians(count, threshold),
        ..Guardianship::default()
    }
}

fn vote(
    guardianship: &mut Guardianship,
    guardian: AccountId,
    call: Hash,
    now: Timestamp,
) -> Result<Acted, ConsentError> {
    vote_for(guardianship, guardian, call, false, now)
}

#[test]
fn what_guardians_have_begun_is_void_once_the_patient_ends_everything() {
    let mut guardianship = guardianship(3, 2);
    assert!(!void_acts(&mut guardianship), "there was nothing");
    let begun = vote(&mut guardianship, guardian(0), CALL, NOW);
    assert_eq!(begun, Ok(Acted::Pending { votes: 1 }));
    assert!(void_acts(&mut guardianship));
    let after = vote(&mut guardianship, guardian(1), CALL, NOW + 1);
    assert_eq!(
        after,
        Ok(Acted::Pending { votes: 1 }),
        "one vote, as if there had been none"
    );
}

#[test]
fn up_to_seven_different_guardians_are_named_and_a_threshold_that_they_can_reach() {
    let (first, second) = (guardian(1), guardian(2));
    let of = |accounts: &[AccountId], threshold, until| Guardians {
        accounts: accounts.to_vec(),
        threshold,
        until,
        authority: Authority::Acting,
    };
    for (guardians, expected) in [
        (Guardians::default(), Ok(())),
        (guardians(1, 1), Ok(())),
        (guardians(6, 6), Ok(())),
        (guardians(7, 1), Ok(())),
        (guardians(7, 7), Ok(())),
        (guardians(8, 1), Err(ConsentError::TooManyGuardians)),
        (guardians(7, 0), Err(ConsentError::WrongGuardians)),
        (guardians(7, 8), Err(ConsentError::WrongGuardians)),
        (guardians(0, 0), Err(ConsentError::WrongGuardians)),
        (guardians(0, 1), Err(ConsentError::WrongGuardians)),
        (of(&[first, second, first], 1, UNTIL), Err(ConsentError::WrongGuardians)),
        (of(&[second, first, first], 1, UNTIL), Err(ConsentError::WrongGuardians)),
        (of(&[first, PATIENT], 1, UNTIL), Err(ConsentError::WrongGuardians)),
        (of(&[first], 1, NOW + 1), Ok(())),
        (of(&[first], 1, NOW), Err(ConsentError::InvalidPeriod)),
        (of(&[first], 1, NOW - 1), Err(ConsentError::InvalidPeriod)),
        // What is wrong first is what is answered.
        (of(&[PATIENT; 8], 0, NOW), Err(ConsentError::TooManyGuardians)),
        (of(&[PATIENT; 7], 0, NOW), Err(ConsentError::WrongGuardians)),
    ] {
        assert_eq!(validate_guardians(PATIENT, &guardians, NOW), expected, "{guardians:?}");
    }
}

#[test]
fn guardians_act_when_there_are_enough_of_them_and_not_before() {
    for (count, threshold) in [(1, 1), (3, 1), (3, 2), (3, 3), (7, 4), (7, 7)] {
        let mut guardianship = guardianship(count, threshold);
        for votes in 1..threshold {
            let outcome = vote(&mut guardianship, guardian(votes - 1), CALL, NOW);
            assert_eq!(outcome, Ok(Acted::Pending { votes }), "{votes} of {threshold}");
        }
        let last = vote(&mut guardianship, guardian(threshold - 1), CALL, NOW);
        assert_eq!(last, Ok(Acted::Done), "{threshold} of {count}");
        assert!(guardianship.acts.is_empty(), "votes count once");
    }
}

#[test]
fn a_repeated_vote_changes_nothing() {
    let mut guardianship = guardianship(3, 2);
    for now in [NOW, NOW, NOW + 1] {
        let outcome = vote(&mut guardianship, guardian(0), CALL, now);
        assert_eq!(outcome, Ok(Acted::Pending { votes: 1 }));
        assert_eq!(guardianship.acts.len(), 1);
        assert_eq!(guardianship.acts[0].expires, NOW + GUARDIAN_ACT_MS, "nor prolongs it");
    }
}

#[test]
fn votes_for_one_call_do_not_count_for_another() {
    let mut guardianship = guardianship(3, 2);
    for (number, call) in [(0, CALL), (1, OTHER)] {
        let outcome = vote(&mut guardianship, guardian(number), call, NOW);
        assert_eq!(outcome, Ok(Acted::Pending { votes: 1 }));
    }
    assert_eq!(vote(&mut guardianship, guardian(2), CALL, NOW), Ok(Acted::Done));
    let calls: Vec<_> = guardianship.acts.iter().map(|act| act.call).collect();
    assert_eq!(calls, [OTHER], "the other one still waits");
}

#[test]
fn votes_count_for_a_week() {
    for (now, expected) in [
        (NOW + GUARDIAN_ACT_MS - 1, Acted::Done),
        (NOW + GUARDIAN_ACT_MS, Acted::Pending { votes: 1 }),
        (NOW + GUARDIAN_ACT_MS + 1, Acted::Pending { votes: 1 }),
    ] {
        let mut guardianship = guardianship(3, 2);
        vote(&mut guardianship, guardian(0), CALL, NOW).expect("a guardian");
        assert_eq!(
            vote(&mut guardianship, guardian(1), CALL, now),
            Ok(expected),
            "at {now}"
        );
    }
}

#[test]
fn only_guardians_vote_and_only_before_the_end() {
    let stranger = guardian(50);
    for (account, now, expected) in [
        (stranger, UNTIL, ConsentError::NotGuardian),
        (stranger, NOW, ConsentError::NotGuardian),
        (PATIENT, NOW, ConsentError::NotGuardian),
        (guardian(0), UNTIL, ConsentError::GuardiansEnded),
        (guardian(0), UNTIL + 1, ConsentError::GuardiansEnded),
    ] {
        let mut guardianship = guardianship(1, 1);
        assert_eq!(vote(&mut guardianship, account, CALL, now), Err(expected), "at {now}");
        assert_eq!(guardianship, self::guardianship(1, 1));
    }
    let mut last_moment = guardianship(1, 1);
    assert_eq!(vote(&mut last_moment, guardian(0), CALL, UNTIL - 1), Ok(Acted::Done));
    let nobody = vote(&mut Guardianship::default(), guardian(0), CALL, NOW);
    assert_eq!(nobody, Err(ConsentError::NotGuardian), "there are no guardians");
}

#[test]
fn a_guardian_begins_one_act_at_a_time_and_keeps_nobody_from_another() {
    let mut guardianship = guardianship(3, 3);
    for number in 0..100_u8 {
        vote(&mut guardianship, guardian(0), Hash([number; 32]), NOW).expect("a guardian");
    }
    vote(&mut guardianship, guardian(1), OTHER, NOW).expect("a guardian");
    let begun: Vec<_> = guardianship.acts.iter().map(|act| (act.begun_by, act.call)).collect();
    assert_eq!(begun, [(0, Hash([99; 32])), (1, OTHER)]);

    // To join what another guardian began ends nothing.
    let joined = vote(&mut guardianship, guardian(0), OTHER, NOW);
    assert_eq!(joined, Ok(Acted::Pending { votes: 2 }));
    assert_eq!(guardianship.acts.len(), 2);
}

#[test]
fn guardians_do_everything_but_name_guardians() {
    let hash = |call: &Call| call_hash(call, Authority::Representing, crate::testing::blake2b_256);
    let close = |byte| Call::CloseGlass {
        clinician: guardian(byte),
    };
    let name = Call::SetGuardians {
        guardians: guardians(1, 1),
    };
    let tagged = [&b"aegle/guardian-act/v1"[..], &close(1).encode()].concat();
    assert_eq!(hash(&close(1)), Ok(crate::testing::blake2b_256(&tagged)));
    assert_ne!(hash(&close(1)), hash(&close(2)), "every argument counts");
    assert_eq!(hash(&name), Err(ConsentError::NotForGuardians));
    let alone = |call: &Call| call_hash(call, Authority::Exclusive, crate::testing::blake2b_256);
    assert!(alone(&name).is_ok(), "nobody else could, for an infant");
    let recovery = Call::SetRecoveryKey { key: guardian(1) };
    assert_eq!(
        [hash(&recovery), alone(&recovery)],
        [Err(ConsentError::NotForGuardians); 2]
    );
}

/// Guardians with an authority, who end at that time.
fn with(authority: Authority, until: Timestamp) -> Guardians {
    Guardians {
        authority,
        until,
        ..guardians(2, 2)
    }
}

#[test]
fn guardians_who_can_act_are_followed_only_after_three_days() {
    let (mut control, mut guardianship) = (Control::default(), Guardianship::default());
    let mut name = |guardianship: &mut Guardianship, guardians: &Guardians, now| {
        name_guardians(PATIENT, &mut control, guardianship, guardians, now)
    };
    assert_eq!(
        name(&mut guardianship, &guardians(3, 2), NOW),
        Ok(NOW),
        "there were none"
    );
    vote(&mut guardianship, guardian(0), CALL, NOW).expect("a guardian");
    let thieves = with(Authority::Representing, UNTIL);
    let from = NOW + 5 + CONTROL_DELAY_MS;
    assert_eq!(name(&mut guardianship, &thieves, NOW + 5), Ok(from));
    assert_eq!(guardianship.at(from - 1), &guardians(3, 2));
    assert!(!guardianship.represents(&guardian(0), from - 1));
    assert_eq!(guardianship.at(from), &thieves);
    assert!(guardianship.represents(&guardian(0), from));
    // What those before had begun counts until then, and not after.
    let waiting = guardianship.acts.len();
    assert_eq!(
        vote(&mut guardianship.clone(), guardian(2), CALL, from - 1),
        Ok(Acted::Done)
    );
    let mut later = guardianship.clone();
    assert_eq!(
        vote(&mut later, guardian(2), CALL, from),
        Err(ConsentError::NotGuardian)
    );
    assert_eq!(
        vote(&mut later, guardian(1), CALL, from),
        Ok(Acted::Pending { votes: 1 })
    );
    assert_eq!((later.guardians.clone(), later.change.clone()), (thieves, None));
    assert!(veto_change(&mut Control::default(), &mut guardianship, from - 1));
    assert_eq!(
        (guardianship.at(from), guardianship.acts.len()),
        (&guardians(3, 2), waiting)
    );
    let vetoes = |guardianship: &mut Guardianship, now| veto_change(&mut Control::default(), guardianship, now);
    assert!(!vetoes(&mut guardianship, from - 1), "there is nothing any more");
    assert!(!vetoes(&mut later, from), "what counts is not taken back");
    // Where nobody can act any more, others follow at once.
    assert_eq!(
        name(
            &mut guardianship,
            &with(Authority::Acting, UNTIL + 2 * CONTROL_DELAY_MS),
            UNTIL
        ),
        Ok(UNTIL)
    );
    // Nobody follows nobody.
    let from = name(&mut guardianship, &Guardians::default(), UNTIL + 1).expect("it may be");
    assert!(guardianship.is_active(from - 1) && !guardianship.is_active(from));
}

#[test]
fn those_who_act_alone_are_named_first_and_followed_until_the_same_day() {
    let (acting, alone) = (Authority::Acting, Authority::Exclusive);
    for (present, next, accepted) in [
        (None, with(alone, UNTIL), true),
        (None, with(alone, NOW + MAX_EXCLUSIVE_MS), true),
        (None, with(alone, NOW + MAX_EXCLUSIVE_MS + 1), false),
        (Some(with(acting, UNTIL)), with(alone, UNTIL), false),
        (Some(with(alone, UNTIL)), with(alone, UNTIL), true),
        (Some(with(alone, UNTIL)), with(alone, UNTIL + 1), false),
        (Some(with(alone, UNTIL)), with(alone, UNTIL - 1), false),
        (Some(with(alone, UNTIL)), with(acting, UNTIL), false),
        (Some(with(alone, UNTIL)), Guardians::default(), false),
        (Some(with(alone, NOW)), with(acting, UNTIL), true),
    ] {
        let mut guardianship = Guardianship {
            guardians: present.clone().unwrap_or_default(),
            ..Guardianship::default()
        };
        let standing = |guardians: &Guardians| {
            (guardians.authority == alone).then_some(Exclusivity {
                from: 0,
                until: guardians.until,
            })
        };
        let mut control = Control {
            exclusive: present.as_ref().and_then(standing),
            ..Control::default()
        };
        let before = (control, guardianship.clone());
        let named = name_guardians(PATIENT, &mut control, &mut guardianship, &next, NOW);
        assert_eq!(named.is_ok(), accepted, "{next:?} after {present:?}");
        let waits = present.is_some_and(|present| NOW < present.until) || next.authority == alone;
        if !accepted {
            assert_eq!((control, guardianship), before, "nothing has changed");
        } else if waits {
            assert_eq!(named, Ok(NOW + CONTROL_DELAY_MS), "{next:?}");
            assert_eq!(control.is_exclusive(NOW), before.0.is_exclusive(NOW), "{next:?}");
            assert!(control.is_exclusive(NOW + CONTROL_DELAY_MS), "{next:?}");
            assert!(!control.is_exclusive(next.until), "{next:?}");
        } else {
            assert_eq!((named, control.exclusive), (Ok(NOW), None), "{next:?}");
        }
    }
}

#[test]
fn guardians_who_are_to_act_alone_wait_for_three_days_and_may_be_vetoed() {
    let alone = with(Authority::Exclusive, UNTIL);
    let from = NOW + CONTROL_DELAY_MS;
    let (mut control, mut guardianship) = (Control::default(), Guardianship::default());
    let name = |control: &mut Control, guardianship: &mut Guardianship, guardians: &Guardians, now| {
        name_guardians(PATIENT, control, guardianship, guardians, now)
    };
    let short = with(Authority::Exclusive, from);
    let ended = name(&mut control, &mut guardianship, &short, NOW);
    assert_eq!(
        ended,
        Err(ConsentError::InvalidPeriod),
        "it would be over before it counts"
    );
    assert_eq!(name(&mut control, &mut guardianship, &alone, NOW), Ok(from));
    assert!(control.controls(PATIENT, PATIENT, from - 1) && !control.controls(PATIENT, PATIENT, from));
    assert!(!guardianship.is_active(from - 1) && guardianship.is_active(from));
    assert!(!guardianship.represents(&guardian(0), from - 1) && guardianship.represents(&guardian(0), from));
    let early = vote(&mut guardianship.clone(), guardian(0), CALL, from - 1);
    assert_eq!(early, Err(ConsentError::NotGuardian));

    let (mut vetoed, mut nobody) = (control, guardianship.clone());
    assert!(veto_change(&mut vetoed, &mut nobody, from - 1));
    assert_eq!((vetoed, nobody), (Control::default(), Guardianship::default()));
    // The owner takes it back too, by naming others or nobody.
    for others in [Guardians::default(), guardians(2, 2)] {
        let (mut control, mut guardianship) = (control, guardianship.clone());
        assert_eq!(name(&mut control, &mut guardianship, &others, from - 1), Ok(from - 1));
        assert_eq!((control.exclusive, guardianship.change), (None, None));
    }
    // Who stands is followed, and what waits then is taken back without an end of those who stand.
    let others = with(Authority::Exclusive, UNTIL);
    assert_eq!(
        name(&mut control, &mut guardianship, &others, from),
        Ok(from + CONTROL_DELAY_MS)
    );
    assert!(veto_change(&mut control, &mut guardianship, from + 1));
    assert!(control.is_exclusive(from + 1) && guardianship.is_active(from + 1));
}

#[test]
fn to_end_everything_voids_what_was_begun_but_not_the_replacement_of_a_thief() {
    let mut guardianship = guardianship(3, 3);
    vote_for(&mut guardianship, guardian(0), CALL, true, NOW).expect("a guardian");
    vote(&mut guardianship, guardian(1), OTHER, NOW).expect("a guardian");
    assert!(void_acts(&mut guardianship));
    let left: Vec<_> = guardianship.acts.iter().map(|act| act.call).collect();
    assert_eq!(left, [CALL]);
    assert!(!void_acts(&mut guardianship));
}

proptest! {
    #[test]
    fn a_call_is_done_only_when_enough_different_guardians_want_it_within_a_week(
        count in 1..=7_u8,
        threshold in 1..=7_u8,
        steps in proptest::collection::vec((0..9_u8, 0..3_u8, 0..GUARDIAN_ACT_MS / 2), 0..60),
    ) {
        let threshold = threshold.min(count);
        let mut guardianship = guardianship(count, threshold);
        let mut now = NOW;
        // Every vote since the call was last done, by whom and when.
        let mut log: Vec<(u8, Hash, Timestamp)> = vec![];
        for (number, call, later) in steps {
            now += later;
            let call = Hash([call; 32]);
            let outcome = vote(&mut guardianship, guardian(number), call, now);
            prop_assert_eq!(outcome.is_ok(), number < count);
            if outcome.is_ok() {
                log.push((number, call, now));
            }
            if outcome == Ok(Acted::Done) {
                let recent = log.iter().filter(|(_, other, at)| *other == call && now - at < GUARDIAN_ACT_MS);
                let voters: BTreeSet<u8> = recent.map(|(number, _, _)| *number).collect();
                prop_assert!(voters.len() >= usize::from(threshold), "{voters:?} of {threshold}");
                log.retain(|(_, other, _)| *other != call);
            }
            prop_assert!(guardianship.acts.len() <= usize::from(count));
        }
    }
}
