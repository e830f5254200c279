//! Selectors, signature topics and encodings as the outside world sees them.

use aegle_rules::{
    consent, consortium, ledger, message::Message, AccountId, Confidentiality, Hash, OrganisationId, Purposes, Slot,
    Slots,
};
use blake2::{digest::consts::U32, Blake2b, Digest};
use scale::{Decode, Encode};

fn blake2b_256(text: &str) -> [u8; 32] {
    Blake2b::<U32>::digest(text.as_bytes()).into()
}

#[track_caller]
fn check_message<M: Message>() {
    assert_eq!(M::SELECTOR, blake2b_256(M::NAME)[..4], "{}", M::NAME);
}

#[test]
fn every_selector_is_the_hash_of_the_name() {
    use consent::messages as c;
    use consortium::messages as o;
    use ledger::messages as l;
    check_message::<o::New>();
    check_message::<o::Enact>();
    check_message::<o::RoleOf>();
    check_message::<o::Organisation>();
    check_message::<o::SetKey>();
    check_message::<o::KeyOf>();
    check_message::<c::New>();
    check_message::<c::NextGrant>();
    check_message::<c::Grant>();
    check_message::<c::Revoke>();
    check_message::<c::SetRestricted>();
    check_message::<c::Restricted>();
    check_message::<c::Grants>();
    check_message::<c::Check>();
    check_message::<l::New>();
    check_message::<l::RegisterDomain>();
    check_message::<l::Domain>();
    check_message::<l::Anchor>();
    check_message::<l::Batch>();
}

#[test]
fn every_signature_topic_is_the_hash_of_its_text_and_no_two_are_alike() {
    let all = [
        consortium::events::Event::ALL,
        consent::events::Event::ALL,
        ledger::events::Event::ALL,
    ]
    .concat();
    let mut topics = std::collections::HashSet::new();
    for (name, topic, signature) in all {
        assert_eq!(topic, blake2b_256(signature), "{name}");
        assert!(topics.insert(topic), "{name} shares its topic");
    }
}

#[test]
fn an_event_is_read_back_from_topic_and_data_and_nothing_else_is() {
    let patient = AccountId([7; 32]);
    let event = consent::events::RestrictedSet {
        patient,
        slots: Slots(5),
    };
    let topic = consent::events::RestrictedSet::SIGNATURE_TOPIC;
    let data = event.encode();
    let read = consent::events::Event::decode(&topic, &data);
    assert_eq!(read, Ok(Some(consent::events::Event::RestrictedSet(event))));
    assert_eq!(consent::events::Event::decode(&[0; 32], &data), Ok(None));
    assert_eq!(ledger::events::Event::decode(&topic, &data), Ok(None));
    assert!(consent::events::Event::decode(&topic, &data[1..]).is_err(), "too short");
    assert!(
        consent::events::Event::decode(&topic, &[&data[..], &[0]].concat()).is_err(),
        "too long"
    );
}

#[test]
fn call_data_is_the_selector_and_the_arguments_in_order() {
    let facts = consent::Facts {
        slot: Slot(4),
        confidentiality: Confidentiality::Restricted,
        author: AccountId([3; 32]),
        authored_at: 5,
    };
    let check = consent::messages::Check {
        requester: AccountId([1; 32]),
        patient: AccountId([2; 32]),
        purpose: Purposes::TREAT,
        facts,
        at: 6,
    };
    let expected = [
        &[0xaf, 0x0a, 0x40, 0x58][..],
        &[1; 32],
        &[2; 32],
        &[1, 0],
        &[4, 1],
        &[3; 32],
        &5_u64.to_le_bytes(),
        &6_u64.to_le_bytes(),
    ]
    .concat();
    assert_eq!(check.call_data(), expected);
    assert_eq!(consent::messages::Check::decode(&mut &expected[4..]), Ok(check));
}

#[cfg(feature = "serde")]
#[test]
fn ids_are_hexadecimal_in_json_and_read_back() {
    let hash = Hash([0xab; 32]);
    let text = serde_json::to_string(&hash).expect("a string");
    assert_eq!(text, format!("\"0x{}\"", "ab".repeat(32)));
    assert_eq!(serde_json::from_str::<Hash>(&text).expect("what was written"), hash);
    for broken in ["\"0x12\"", "\"zz\"", "7"] {
        assert!(serde_json::from_str::<Hash>(broken).is_err(), "{broken}");
    }
    let grantee = consent::Grantee::Organisation(OrganisationId(3));
    assert_eq!(
        serde_json::to_string(&grantee).expect("an object"),
        r#"{"Organisation":3}"#
    );
}
