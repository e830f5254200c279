use super::*;
use crate::{
    consent::events::{AllRevoked, EpochsAdvanced, GlassClosed, RestrictedSet},
    testing::blake2b_256,
    Slots,
};
use alloc::vec;

const PATIENT: AccountId = AccountId([1; 32]);
const OTHER: AccountId = AccountId([2; 32]);

fn told(patient: AccountId) -> Vec<Event> {
    vec![
        Event::RestrictedSet(RestrictedSet {
            patient,
            slots: Slots(5),
        }),
        Event::AllRevoked(AllRevoked {
            patient,
            granted: 1,
            delegated: 2,
            version: 3,
        }),
        Event::EpochsAdvanced(EpochsAdvanced {
            patient,
            slots: Slots(7),
        }),
    ]
}

fn of(events: &[Event]) -> HistoryHash {
    HistoryHash::of(PATIENT, events, blake2b_256)
}

#[test]
fn the_hash_is_over_the_one_before_topic_and_data() {
    let [first, ..] = &told(PATIENT)[..] else {
        panic!("there are three")
    };
    let bytes = [
        &b"aegle/consent-history/v1"[..],
        &[0; 32],
        &RestrictedSet::SIGNATURE_TOPIC,
        &[1; 32],
        &5_u32.to_le_bytes(),
    ]
    .concat();
    let expected = HistoryHash {
        events: 1,
        hash: blake2b_256(&bytes),
    };
    assert_eq!(of(core::slice::from_ref(first)), expected);
}

#[test]
fn an_event_left_out_added_changed_or_moved_gives_another_hash() {
    let all = told(PATIENT);
    let whole = of(&all);
    assert_eq!(whole.events, 3);
    for left_out in 0..all.len() {
        let mut fewer = all.clone();
        fewer.remove(left_out);
        assert_ne!(of(&fewer), whole, "without {left_out}");
    }
    let mut moved = all.clone();
    moved.swap(0, 2);
    assert_ne!(of(&moved).hash, whole.hash);
    let twice = [&all[..], &all[2..]].concat();
    assert_ne!(of(&twice), whole);
    let mut changed = all.clone();
    changed[2] = Event::EpochsAdvanced(EpochsAdvanced {
        patient: PATIENT,
        slots: Slots(6),
    });
    assert_ne!(of(&changed).hash, whole.hash);
}

#[test]
fn what_is_told_of_others_and_of_glasses_is_passed_over() {
    let closed = Event::GlassClosed(GlassClosed {
        patient: PATIENT,
        clinician: OTHER,
        opened_at: 1,
    });
    assert_eq!(consenting(&closed), None);
    let all = told(PATIENT);
    let among = [&told(OTHER)[..], &[closed], &all[..], &told(OTHER)[..]].concat();
    assert_eq!(of(&among), of(&all));
    assert_eq!(of(&told(OTHER)), HistoryHash::default());
}
