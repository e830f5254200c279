//! Selectors, signature topics and encodings as the outside world sees them.

use aegle_rules::{
    consent, consortium, ledger, message::Message, relay, AccountId, Confidentiality, Hash, JurisdictionId,
    OrganisationId, ProposalId, Purposes, Slot, Slots,
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
    check_message::<o::Propose>();
    check_message::<o::Vote>();
    check_message::<o::Execute>();
    check_message::<o::Accept>();
    check_message::<o::Withdraw>();
    check_message::<o::Publish>();
    check_message::<o::Upgrade>();
    check_message::<o::Appoint>();
    check_message::<o::Dismiss>();
    check_message::<o::Renounce>();
    check_message::<o::Pause>();
    check_message::<o::PausedUntil>();
    check_message::<o::RegisterPatient>();
    check_message::<o::NameOrganisation>();
    check_message::<o::ActivatePatient>();
    check_message::<o::Patient>();
    check_message::<o::Relayed>();
    check_message::<o::RelayNonce>();
    check_message::<o::Committee>();
    check_message::<o::Proposal>();
    check_message::<o::Proposals>();
    check_message::<o::Limits>();
    check_message::<o::Contracts>();
    check_message::<o::Scheduled>();
    check_message::<o::Proxies>();
    check_message::<consortium::notices::Notify>();
    check_message::<consortium::AskLayout>();
    check_message::<o::RoleOf>();
    check_message::<o::RolesOf>();
    check_message::<o::Jurisdictions>();
    check_message::<o::JurisdictionOf>();
    check_message::<o::EffectiveRoles>();
    check_message::<o::AcceptRole>();
    check_message::<o::Organisation>();
    check_message::<o::SetKey>();
    check_message::<o::KeyOf>();
    check_message::<c::New>();
    check_message::<c::Notify>();
    check_message::<c::NextGrant>();
    check_message::<c::Grant>();
    check_message::<c::GrantMany>();
    check_message::<c::Revoke>();
    check_message::<c::RevokeAll>();
    check_message::<c::Clear>();
    check_message::<c::Delegate>();
    check_message::<c::Undelegate>();
    check_message::<c::SetRestricted>();
    check_message::<c::AdvanceEpochs>();
    check_message::<c::Restricted>();
    check_message::<c::Epochs>();
    check_message::<c::Grants>();
    check_message::<c::Check>();
    check_message::<c::Explain>();
    check_message::<c::Residence>();
    check_message::<c::RequestAccess>();
    check_message::<c::Approve>();
    check_message::<c::Decline>();
    check_message::<c::WithdrawRequest>();
    check_message::<c::RequestOf>();
    check_message::<c::SetGuardians>();
    check_message::<c::GuardianAct>();
    check_message::<c::GuardiansOf>();
    check_message::<c::GuardianChange>();
    check_message::<c::Act>();
    check_message::<c::Recover>();
    check_message::<c::ControlOf>();
    check_message::<c::HistoryOf>();
    check_message::<c::BreakGlass>();
    check_message::<c::Review>();
    check_message::<c::CloseGlass>();
    check_message::<c::GlassOf>();
    check_message::<c::BreakerOf>();
    check_message::<c::GlassDayOf>();
    check_message::<c::RelayedCall>();
    check_message::<c::RelayNonce>();
    check_message::<c::GuardianNonce>();
    check_message::<l::New>();
    check_message::<l::Notify>();
    check_message::<l::RegisterDomain>();
    check_message::<l::RotateKey>();
    check_message::<l::Domain>();
    check_message::<l::DomainKey>();
    check_message::<l::Anchor>();
    check_message::<l::Batch>();
    check_message::<l::Relabel>();
    check_message::<l::Compact>();
    check_message::<l::Compaction>();
    check_message::<l::RequestErasure>();
    check_message::<l::SecondErasure>();
    check_message::<l::CancelErasure>();
    check_message::<l::Erasure>();
    check_message::<l::Erasures>();
    check_message::<l::SetServers>();
    check_message::<l::Servers>();
    check_message::<l::Supersede>();
    check_message::<l::Fate>();
    check_message::<l::AnchorDisclosures>();
    check_message::<l::Disclosures>();
    check_message::<l::VerifyRecord>();
    check_message::<l::Verify>();
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
    let any = consent::events::Event::RestrictedSet(event.clone());
    assert_eq!(any.encode(), data, "which event it is, the topic says");
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
        research: consent::Declaration {
            use_: consent::DuoUse::Disease,
            attested: consent::DuoModifiers::PUB,
        },
        extent: consent::Extent::Find,
        membership: Some(consent::Membership {
            record: Hash([7; 32]),
            count: 1,
            proof: consent::MembershipProof::Inside { index: 0, path: vec![] },
        }),
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
        &[4, 16, 0, 0, 0],
        &[1],
        &[1],
        &[7; 32],
        &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &6_u64.to_le_bytes(),
    ]
    .concat();
    assert_eq!(check.call_data(), expected);
    assert_eq!(consent::messages::Check::decode(&mut &expected[4..]), Ok(check));
}

#[test]
fn the_hash_of_an_action_and_the_call_data_of_a_proposal_are_these_bytes() {
    let action = consortium::Action::Rotate {
        members: vec![AccountId([1; 32]), AccountId([2; 32])],
        threshold: 2,
    };
    let bytes = [&[5, 2 << 2][..], &[1; 32], &[2; 32], &[2]].concat();
    assert_eq!(action.encode(), bytes);
    let blake2 = |bytes: &[u8]| Hash(Blake2b::<U32>::digest(bytes).into());
    let tagged = [&b"aegle/action/v1"[..], &bytes].concat();
    assert_eq!(consortium::action_hash(&action, blake2), blake2(&tagged));
    let id = ProposalId(7);
    let execute = consortium::messages::Execute { id, action };
    let expected = [&[0xd0, 0x0e, 0xc8, 0x94, 7, 0, 0, 0][..], &bytes].concat();
    assert_eq!(execute.call_data(), expected);
}

#[test]
fn a_relayed_call_is_signer_call_nonce_end_and_signature() {
    let relayed = consortium::messages::Relayed {
        call: relay::Relayed {
            signer: AccountId([1; 32]),
            call: consortium::Call::RegisterPatient {
                named: Some(consortium::Named {
                    organisation: OrganisationId(5),
                    jurisdiction: Some(JurisdictionId(6)),
                    until: 7,
                }),
            },
            nonce: 2,
            expires: 3,
            signature: [4; 64],
        },
    };
    let expected = [
        &[0x95, 0xfd, 0xd5, 0x05][..],
        &[1; 32],
        &[1, 1, 5, 0, 0, 0, 1, 6],
        &7_u64.to_le_bytes(),
        &2_u64.to_le_bytes(),
        &3_u64.to_le_bytes(),
        &[4; 64],
    ]
    .concat();
    assert_eq!(relayed.call_data(), expected);
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
