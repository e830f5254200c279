//! Every limit at one less, at itself, and at one more.

use crate::fixture::{CONTENT, DOMAIN, PATIENT, SLOT, deployment, patient, random};
use aegle_crypto::{
    delegation::{SlotSecret, SplitInput, split},
    record::{SealError, SealInput, seal_record},
};
use aegle_protocol::{
    delegation::{MAX_PROXIES, MAX_SPLIT_SHARES, MAX_SPLIT_SLOTS, SplitError},
    record::{MAX_CONTENT_BYTES, MAX_MEDIA_TYPE_BYTES},
    seal::EncryptionSecret,
};
use aegle_rules::{AccountId, Confidentiality, GrantId, Slot};

fn sealing(media_type: &str, content: &[u8], slot: Slot) -> Option<SealError> {
    let input = SealInput {
        patient: PATIENT,
        public_key: patient().slot_secret(&deployment().genesis, SLOT, 0).public_key(),
        slot,
        epoch: 0,
        confidentiality: Confidentiality::Normal,
        author: AccountId([5; 32]),
        authored_at: 0,
        domain: DOMAIN,
        media_type,
        content,
    };
    seal_record(&input, &deployment(), &mut random(1)).err()
}

#[test]
fn media_types_are_short_and_visible() {
    let long = "a".repeat(MAX_MEDIA_TYPE_BYTES + 1);
    for length in [1, MAX_MEDIA_TYPE_BYTES - 1, MAX_MEDIA_TYPE_BYTES] {
        assert_eq!(sealing(&long[..length], CONTENT, SLOT), None, "{length} bytes");
    }
    for media_type in ["", &long, "a\0", "a\n", "\u{e9}"] {
        assert_eq!(
            sealing(media_type, CONTENT, SLOT),
            Some(SealError::MediaType),
            "{media_type:?}"
        );
    }
}

#[test]
fn content_ends_at_its_limit_and_slots_at_31() {
    // Zeroed memory that nobody reads is not there: the length is refused before the content is touched.
    let content = vec![0; MAX_CONTENT_BYTES + 1];
    assert_eq!(
        sealing("a", &content, SLOT),
        Some(SealError::ContentTooLong(content.len() as u64))
    );
    assert_eq!(sealing("a", CONTENT, Slot(31)), None);
    assert!(matches!(sealing("a", CONTENT, Slot(32)), Some(SealError::Header(_))));
}

#[test]
fn a_public_key_that_is_none_is_refused() {
    let seal_to = |key: [u8; 32]| {
        let input = SealInput {
            patient: PATIENT,
            public_key: aegle_protocol::delegation::SlotPublicKey(key),
            slot: SLOT,
            epoch: 0,
            confidentiality: Confidentiality::Normal,
            author: AccountId([5; 32]),
            authored_at: 0,
            domain: DOMAIN,
            media_type: "a",
            content: CONTENT,
        };
        seal_record(&input, &deployment(), &mut random(1)).err()
    };
    assert!(matches!(seal_to([0; 32]), Some(SealError::PublicKey(_))));
    assert!(matches!(seal_to([0xff; 32]), Some(SealError::PublicKey(_))));
}

fn splitting(proxies: usize, slots: usize) -> Option<SplitError> {
    let input = SplitInput {
        grant: GrantId(1),
        version: 1,
        threshold: 1,
        proxies: (0..proxies).map(|proxy| AccountId([proxy as u8; 32])).collect(),
        delegatee: true,
    };
    let secrets: Vec<SlotSecret> = (0..slots)
        .map(|slot| patient().slot_secret(&deployment().genesis, Slot((slot / 128) as u8), (slot % 128) as u16))
        .collect();
    split(input, &secrets, &mut random(1)).err()
}

#[test]
fn splits_have_a_bounded_number_of_proxies_and_slots() {
    assert_eq!(splitting(0, 1), Some(SplitError::Proxies(0)));
    assert_eq!(splitting(MAX_PROXIES - 1, 1), None);
    assert_eq!(splitting(MAX_PROXIES, 1), None);
    assert_eq!(
        splitting(MAX_PROXIES + 1, 1),
        Some(SplitError::Proxies(MAX_PROXIES + 1))
    );
    assert_eq!(splitting(1, 0), Some(SplitError::Slots(0)));
    assert_eq!(splitting(1, MAX_SPLIT_SLOTS), None);
    let slots = MAX_SPLIT_SHARES / MAX_PROXIES;
    assert_eq!(splitting(MAX_PROXIES, slots), None);
    let shares = MAX_SPLIT_SHARES + MAX_PROXIES;
    assert_eq!(splitting(MAX_PROXIES, slots + 1), Some(SplitError::Shares(shares)));
    assert_eq!(
        splitting(1, MAX_SPLIT_SLOTS + 1),
        Some(SplitError::Slots(MAX_SPLIT_SLOTS + 1))
    );
}

#[test]
fn the_parts_of_the_largest_split_fit_a_seal() {
    let secrets: Vec<SlotSecret> = (0..MAX_SPLIT_SLOTS)
        .map(|slot| patient().slot_secret(&deployment().genesis, Slot((slot / 128) as u8), (slot % 128) as u16))
        .collect();
    let input = SplitInput {
        grant: GrantId(1),
        version: 1,
        threshold: 1,
        proxies: vec![AccountId([1; 32])],
        delegatee: true,
    };
    let split = split(input, &secrets, &mut random(1)).unwrap();
    let secret = EncryptionSecret::generate(&mut random(2));
    assert!(split.seal_shares(1, &secret.public_key(), &mut random(3)).is_ok());
    assert!(split.seal_delegatee(&secret.public_key(), &mut random(3)).is_ok());
    assert!(split.seal_shares(0, &secret.public_key(), &mut random(3)).is_err());
    assert!(split.seal_shares(2, &secret.public_key(), &mut random(3)).is_err());
}
