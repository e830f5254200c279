use super::*;
use crate::{
    consent::{Effect, Grantee, Guardians},
    testing::{denial, permit},
    GrantId, Slots,
};
use alloc::vec;
use proptest::prelude::*;

const PATIENT: AccountId = AccountId([1; 32]);
const PHONE: AccountId = AccountId([2; 32]);
const OTHER: AccountId = AccountId([3; 32]);
const PAPER: AccountId = AccountId([4; 32]);
const NOW: Timestamp = 1_000;
const THEN: Timestamp = NOW + CONTROL_DELAY_MS;

fn calls() -> [(Call, bool); 14] {
    let (id, grantee, slots) = (GrantId(1), Grantee::Anyone, Slots(1));
    let (permit, denial) = (permit(), denial());
    let (requester, clinician) = (OTHER, OTHER);
    let guardians = Guardians::default();
    let grants = |second| Call::GrantMany {
        grants: vec![(id, denial), (GrantId(2), second)],
    };
    [
        (Call::Grant { id, terms: permit }, false),
        (Call::Grant { id, terms: denial }, true),
        (grants(permit), false),
        (grants(denial), true),
        (Call::Revoke { id, grantee }, true),
        (Call::RevokeAll, true),
        (Call::SetRestricted { slots }, false),
        (
            Call::Approve {
                requester,
                id,
                terms: permit,
            },
            false,
        ),
        (Call::Decline { requester }, true),
        (Call::SetGuardians { guardians }, false),
        (Call::CloseGlass { clinician }, true),
        (Call::Clear { grantee }, true),
        (Call::AdvanceEpochs { slots }, true),
        (Call::Veto, true),
    ]
}

#[test]
fn while_a_replacement_waits_the_controller_only_protects() {
    assert_eq!((permit().effect, denial().effect), (Effect::Permit, Effect::Deny));
    let mut control = Control::default();
    control.replace(PATIENT, PHONE, NOW).expect("another key");
    for (call, protects) in calls() {
        let before = control.authorise(PATIENT, PATIENT, &call, THEN - 1);
        let expected = if protects {
            Ok(())
        } else {
            Err(ConsentError::ReplacementPending)
        };
        assert_eq!(before, expected, "{call:?}");
        let after = control.authorise(PATIENT, PATIENT, &call, THEN);
        assert_eq!(after, Err(ConsentError::NotController), "{call:?}");
        assert_eq!(control.authorise(PATIENT, PHONE, &call, THEN), Ok(()), "{call:?}");
        let early = control.authorise(PATIENT, PHONE, &call, THEN - 1);
        assert_eq!(early, Err(ConsentError::NotController), "{call:?}");
    }
}

#[test]
fn nobody_but_guardians_replaces_the_controller_and_alone_they_do_everything() {
    let replace = Call::ReplaceController { controller: OTHER };
    let control = Control::default();
    let by_itself = control.authorise(PATIENT, PATIENT, &replace, NOW);
    assert_eq!(by_itself, Err(ConsentError::OnlyGuardians));
    let infant = Control {
        exclusive: Some(Exclusivity {
            from: NOW,
            until: NOW + 1,
        }),
        ..control
    };
    for (call, _) in calls() {
        let refused = infant.authorise(PATIENT, PATIENT, &call, NOW);
        assert_eq!(refused, Err(ConsentError::ExclusiveGuardians), "{call:?}");
        assert_eq!(infant.authorise(PATIENT, PATIENT, &call, NOW + 1), Ok(()), "{call:?}");
        let stranger = infant.authorise(PATIENT, OTHER, &call, NOW);
        assert_eq!(stranger, Err(ConsentError::NotController), "before everything else");
    }
}

#[test]
fn a_key_gives_while_it_controls_the_account_and_no_other_is_to() {
    let mut control = Control::default();
    assert!(control.gives(PATIENT, PATIENT, NOW) && !control.gives(PATIENT, OTHER, NOW));
    control.replace(PATIENT, PHONE, NOW).expect("another key");
    for (at, by, controls, gives) in [
        (THEN - 1, PATIENT, true, false),
        (THEN - 1, PHONE, false, false),
        (THEN, PATIENT, false, false),
        (THEN, PHONE, true, true),
    ] {
        assert_eq!(control.controls(PATIENT, by, at), controls, "{by} at {at}");
        assert_eq!(control.gives(PATIENT, by, at), gives, "{by} at {at}");
    }
}

#[test]
fn a_recovery_key_ends_the_time_of_exclusive_guardians() {
    let (from, until) = (NOW + 1, NOW + 9);
    for now in [NOW, from, until - 1, until] {
        let mut control = Control {
            exclusive: Some(Exclusivity { from, until }),
            ..Control::default()
        };
        control.replace(PATIENT, OTHER, NOW).expect("another key");
        let is_left = now < until;
        let expected = if is_left {
            Ok(Some(OTHER))
        } else {
            Err(ConsentError::NothingToVeto)
        };
        assert_eq!(control.end_exclusive(now), expected, "at {now}");
        assert_eq!(control.is_exclusive(from), !is_left);
        assert_eq!(control.controller(PATIENT, THEN) == PATIENT, is_left);
    }
    let none = Control::default().end_exclusive(NOW);
    assert_eq!(none, Err(ConsentError::NothingToVeto));
}

#[test]
fn a_controller_vetoes_once_and_the_recovery_key_always() {
    let mut control = Control {
        recovery: Some(PAPER),
        ..Control::default()
    };
    assert_eq!(control.veto(NOW), Err(ConsentError::NothingToVeto));
    control.replace(PATIENT, PHONE, NOW).expect("another key");
    assert_eq!(control.veto(NOW), Ok(PHONE));
    assert_eq!(control.controller(PATIENT, THEN), PATIENT);
    for _ in 0..3 {
        control.replace(PATIENT, PHONE, NOW).expect("another key");
        assert_eq!(control.veto(NOW), Err(ConsentError::VetoUsed), "once, ever");
        assert_eq!(control.recall(NOW), Some(PHONE));
        assert_eq!(control.controller(PATIENT, THEN), PATIENT);
    }
    assert_eq!(control.recall(NOW), None);
    // Who controls the account now has a veto of their own.
    control.replace(PATIENT, PHONE, NOW).expect("another key");
    assert_eq!(control.recall(THEN), None, "it counts already");
    control.replace(PATIENT, OTHER, THEN).expect("another key");
    assert_eq!(control.veto(THEN), Ok(OTHER));
    for (key, expected) in [
        (PAPER, Ok(())),
        (PATIENT, Err(ConsentError::NotRecoveryKey)),
        (PHONE, Err(ConsentError::NotRecoveryKey)),
    ] {
        assert_eq!(control.authorise_recovery(key), expected);
        let none = Control::default().authorise_recovery(key);
        assert_eq!(none, Err(ConsentError::NotRecoveryKey), "there is none");
    }
}

#[test]
fn the_key_that_controls_already_does_not_follow_itself() {
    let mut control = Control::default();
    let again = control.replace(PATIENT, PATIENT, NOW);
    assert_eq!(again, Err(ConsentError::WrongController));
    control.replace(PATIENT, PHONE, NOW).expect("another key");
    // What guardians want last is what waits.
    let other = control.replace(PATIENT, OTHER, NOW + 1).expect("another key");
    assert_eq!((other.controller, other.from), (OTHER, THEN + 1));
    assert_eq!(control.controller(PATIENT, THEN), PATIENT);
    assert_eq!(control.controller(PATIENT, THEN + 1), OTHER);
    assert_eq!(
        control.replace(PATIENT, OTHER, THEN + 1),
        Err(ConsentError::WrongController)
    );
    assert!(
        control.replace(PATIENT, PATIENT, THEN + 1).is_ok(),
        "a key that was found again"
    );
}

#[test]
fn a_recovery_key_comes_before_guardians_and_once() {
    for (recovery, has_guardians, accepted) in [
        (None, false, true),
        (None, true, false),
        (Some(PAPER), false, false),
        (Some(PAPER), true, false),
    ] {
        let mut control = Control {
            recovery,
            ..Control::default()
        };
        let outcome = control.set_recovery(OTHER, has_guardians);
        assert_eq!(outcome.is_ok(), accepted);
        assert_eq!(control.recovery, if accepted { Some(OTHER) } else { recovery });
    }
}

proptest! {
    #[test]
    fn nobody_controls_the_account_whom_guardians_did_not_name_three_days_before(
        steps in proptest::collection::vec((0..4_u8, 0..4_u8, 0..CONTROL_DELAY_MS), 0..40),
    ) {
        let mut control = Control::default();
        let (mut now, mut waiting, mut current) = (NOW, None::<(AccountId, Timestamp)>, PATIENT);
        for (what, key, later) in steps {
            now += later;
            if let Some((key, _)) = waiting.filter(|(_, from)| *from <= now) {
                (current, waiting) = (key, None);
            }
            let key = AccountId([key; 32]);
            match what {
                0 | 1 => {
                    let named = control.replace(PATIENT, key, now);
                    prop_assert_eq!(named.is_ok(), key != current);
                    if named.is_ok() {
                        waiting = Some((key, now + CONTROL_DELAY_MS));
                    }
                }
                2 => {
                    if control.veto(now).is_ok() {
                        waiting = None;
                    }
                }
                _ => {
                    prop_assert_eq!(control.recall(now), waiting.take().map(|(key, _)| key));
                }
            }
            prop_assert_eq!(control.controller(PATIENT, now), current);
            prop_assert_eq!(control.is_replacing(now), waiting.is_some());
        }
    }
}
