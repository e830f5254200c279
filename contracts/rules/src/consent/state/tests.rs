use super::*;
use crate::Slot;

#[test]
fn the_state_takes_146_bytes_and_104_more_with_every_key() {
    use scale::Encode;
    assert_eq!(PatientState::default().encoded_size(), 146);
    assert_eq!(PatientState::max_encoded_len(), 250);
}

#[test]
fn numbers_go_on_until_the_bit_that_marks_what_is_passed_on() {
    let last = GrantId::DELEGATED - 1;
    for (count, given, passed_on) in [
        (0, Some(1), Some(GrantId::DELEGATED | 1)),
        (41, Some(42), Some(GrantId::DELEGATED | 42)),
        (last - 1, Some(last), Some(u32::MAX)),
        (last, None, None),
        (u32::MAX, None, None),
    ] {
        let state = PatientState {
            granted: count,
            delegated: count,
            ..PatientState::default()
        };
        assert_eq!(state.next_grant(), given.map(GrantId), "{count}");
        assert_eq!(state.next_delegated(), passed_on.map(GrantId), "{count}");
    }
}

#[test]
fn to_revoke_all_voids_what_there_is_and_nothing_that_comes_later() {
    let mut state = PatientState {
        granted: 3,
        delegated: 2,
        ..PatientState::default()
    };
    let ids = [
        1,
        3,
        4,
        GrantId::DELEGATED | 1,
        GrantId::DELEGATED | 2,
        GrantId::DELEGATED | 3,
    ]
    .map(GrantId);
    assert!(ids.iter().all(|id| !state.is_void(*id)), "nothing is void at first");
    state.revoke_all();
    assert_eq!(ids.map(|id| state.is_void(id)), [true, true, false, true, true, false]);
    assert_eq!(
        state.slot_epochs(),
        SlotEpochs {
            version: 1,
            epochs: [1; 32]
        }
    );
    assert_eq!((state.granted, state.delegated), (3, 2), "numbers are never used twice");
}

#[test]
fn epochs_move_on_for_the_slots_that_are_named_and_stay_at_the_end() {
    let mut state = PatientState::default();
    state.epochs[31] = u16::MAX;
    state.advance(Slots::default().with(Slot(0)).with(Slot(31)));
    let mut expected = [0; 32];
    (expected[0], expected[31]) = (1, u16::MAX);
    assert_eq!(
        state.slot_epochs(),
        SlotEpochs {
            version: 1,
            epochs: expected
        }
    );
    state.advance(Slots::default());
    assert_eq!(state.epochs, expected);
}

#[test]
fn a_patient_moves_epochs_on_that_they_name() {
    let mut state = PatientState::default();
    assert_eq!(state.advance_epochs(Slots::default()), Err(ConsentError::EmptyTerms));
    assert_eq!(state, PatientState::default());
    let slots = Slots::default().with(Slot(3));
    assert_eq!(state.advance_epochs(slots), Ok(()));
    assert_eq!((state.version, state.epochs[3], state.epochs[4]), (1, 1, 0));
}
