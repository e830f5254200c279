use super::*;
use crate::{
    consent::{Exclusivity, Replacement},
    consortium::testing::NOW,
};

#[test]
fn who_controls_an_account_acts_for_it_and_nobody_while_that_changes() {
    use ConsortiumError::{ExclusiveGuardians, NotController, ReplacementPending};
    let (account, phone, other) = (AccountId([1; 32]), AccountId([2; 32]), AccountId([3; 32]));
    let follows = |controller, from| Some(Replacement { controller, from });
    let own = Control::default();
    let replaced = Control {
        controller: Some(phone),
        ..own
    };
    let waiting = Control {
        replacement: follows(phone, NOW + 1),
        ..own
    };
    let arrived = Control {
        replacement: follows(phone, NOW),
        ..own
    };
    let infant = Control {
        exclusive: Some(Exclusivity {
            from: NOW,
            until: NOW + 1,
        }),
        ..own
    };
    for (control, by, expected) in [
        (own, account, Ok(())),
        (own, other, Err(NotController)),
        (replaced, account, Err(NotController)),
        (replaced, phone, Ok(())),
        (waiting, account, Err(ReplacementPending)),
        (waiting, phone, Err(NotController)),
        (arrived, account, Err(NotController)),
        (arrived, phone, Ok(())),
        (infant, account, Err(ExclusiveGuardians)),
        (infant, other, Err(NotController)),
    ] {
        assert_eq!(may_act(account, by, &control, NOW), expected, "{control:?} by {by:?}");
    }
}

#[test]
fn keys_are_numbered_from_one() {
    let key = EncryptionKey([7; 32]);
    let bundle = Hash([0; 32]);
    let first = KeyEntry {
        version: 1,
        key,
        bundle,
    };
    let numbered = |version| KeyEntry { version, ..first };
    assert_eq!(next_key(None, key, bundle), Ok(first));
    assert_eq!(next_key(Some(first), key, bundle), Ok(numbered(2)));
    let before_last = Some(numbered(u32::MAX - 1));
    assert_eq!(next_key(before_last, key, bundle), Ok(numbered(u32::MAX)));
    let last = Some(numbered(u32::MAX));
    assert_eq!(next_key(last, key, bundle), Err(ConsortiumError::TooMany));
    for previous in [None, Some(first), last] {
        let refused = next_key(previous, EncryptionKey([0; 32]), bundle);
        assert_eq!(refused, Err(ConsortiumError::InvalidKey));
    }
}
