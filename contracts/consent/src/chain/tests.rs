use super::*;
use aegle_rules::{
    consent::{events::RestrictedSet, Grantee, PatientState, StoredGrant},
    AccountId, OrganisationId, Slots,
};
use ink::storage::traits::ManualKey;

const PATIENT: AccountId = AccountId([1; 32]);

#[ink::test]
fn ink_reads_what_is_put_and_the_other_way_round() {
    let mut states: Mapping<AccountId, PatientState, ManualKey<1>> = Mapping::new();
    let state = PatientState {
        granted: 7,
        ..PatientState::default()
    };
    assert_eq!(get(&states, &PATIENT), None);
    put(&mut states, &PATIENT, &state);
    assert_eq!(states.get(PATIENT), Some(state));
    states.insert(PATIENT, &PatientState::default());
    assert_eq!(get(&states, &PATIENT), Some(PatientState::default()));
    clear(&mut states, &PATIENT);
    assert!(!states.contains(PATIENT));
}

#[ink::test]
fn a_key_of_two_parts_is_a_tuple_to_ink() {
    let mut grants: Mapping<(AccountId, Grantee), Vec<StoredGrant>, ManualKey<2>> = Mapping::new();
    let grantee = Grantee::Organisation(OrganisationId(3));
    put(&mut grants, &(&PATIENT, &grantee), &Vec::new());
    assert_eq!(grants.get((PATIENT, grantee)), Some(Vec::new()));
    assert_eq!(grants.get((PATIENT, Grantee::Anyone)), None);
}

#[ink::test]
fn an_event_is_told_as_ink_emits_it() {
    let event = RestrictedSet {
        patient: PATIENT,
        slots: Slots(5),
    };
    tell(&event);
    ink::env::emit_event::<DefaultEnvironment, _>(event);
    let events: Vec<_> = ink::env::test::recorded_events().collect();
    let [told, emitted] = &events[..] else {
        panic!("{} events", events.len())
    };
    assert_eq!(told.topics, emitted.topics);
    assert_eq!(told.topics, [RestrictedSet::SIGNATURE_TOPIC.to_vec()]);
    assert_eq!(told.data, emitted.data);
}
