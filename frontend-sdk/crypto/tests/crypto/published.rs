//! Published keys: those of the directory, in the epochs that the chain has, and the class map that they commit to.

use crate::fixture::{PATIENT, SLOT, deployment, flips, patient, random};
use aegle_crypto::{
    classes::{Class, ClassMap, ClassMapError},
    master::MasterSecret,
};
use aegle_protocol::{
    Deployment,
    keys::{BUNDLE_KEYS, EPOCHS_PUBLISHED, KeyAnswer, KeyBundle, KeyBundleError, PublishedKeys, VerifiedKeys},
    seal::EncryptionSecret,
};
use aegle_rules::{AccountId, Hash, SLOTS, Slot, consent::SlotEpochs};
use scale::{DecodeAll, Encode};

/// The first epochs of the tests' bundle: one of them is not 0.
fn first_epochs() -> [u16; 32] {
    let mut first = [0; 32];
    first[7] = 5;
    first
}

fn published() -> PublishedKeys {
    patient().published_keys(&deployment(), PATIENT, 1_000, first_epochs())
}

/// The epochs on chain: some have moved, and slot 9 is beyond what was published.
fn epochs() -> SlotEpochs {
    let mut epochs = first_epochs();
    epochs[usize::from(SLOT.0)] = 3;
    epochs[7] = 5 + EPOCHS_PUBLISHED - 1;
    epochs[9] = EPOCHS_PUBLISHED;
    SlotEpochs { version: 99, epochs }
}

fn verify(answer: KeyAnswer, published: &PublishedKeys) -> Result<VerifiedKeys, KeyBundleError> {
    answer.verify(&published.bundle().hash(), &deployment(), &PATIENT, &epochs())
}

#[test]
fn the_keys_are_those_of_the_epochs_on_chain() {
    let (published, genesis) = (published(), deployment().genesis);
    let verified = verify(published.answer(&epochs().epochs), &published).unwrap();
    for slot in (0..SLOTS).map(Slot) {
        let epoch = epochs().epochs[usize::from(slot.0)];
        let key = verified.key(slot).map(|key| (key.epoch, key.key));
        let own = patient().slot_secret(&genesis, slot, epoch).public_key();
        assert_eq!(key, (slot.0 != 9).then_some((epoch, own)), "slot {slot}");
    }
    assert_eq!(verified.epochs(), &epochs());
    assert!(verified.bundle().is_fresh(1_500, 500) && !verified.bundle().is_fresh(1_501, 500));
}

#[test]
fn a_key_of_an_epoch_that_has_ended_is_refused() {
    let published = published();
    // A host that offers what it had before the slot moved on: the proof holds, and the epoch is not the chain's.
    let mut before = epochs().epochs;
    before[usize::from(SLOT.0)] -= 1;
    let withheld = KeyBundleError::Withheld { slot: SLOT.0, epoch: 3 };
    assert_eq!(verify(published.answer(&before), &published).err(), Some(withheld));
    let mut after = epochs().epochs;
    after[usize::from(SLOT.0)] += 1;
    assert_eq!(verify(published.answer(&after), &published).err(), Some(withheld));
    // The slot whose keys have run out has none, not an earlier one.
    let mut earlier = epochs().epochs;
    earlier[9] = EPOCHS_PUBLISHED - 1;
    let not_asked = KeyBundleError::Withheld { slot: 10, epoch: 0 };
    assert_eq!(verify(published.answer(&earlier), &published).err(), Some(not_asked));
}

#[test]
fn an_answer_that_was_changed_is_refused() {
    let published = published();
    let good = published.answer(&epochs().epochs);
    let refused = |change: &dyn Fn(&mut KeyAnswer)| {
        let mut changed = good.clone();
        change(&mut changed);
        verify(changed, &published).err().unwrap()
    };
    let stranger = MasterSecret::generate(&mut random(7));
    let other = stranger.slot_secret(&deployment().genesis, SLOT, 3).public_key();
    assert_eq!(
        refused(&|answer| answer.keys[usize::from(SLOT.0)].key = other),
        KeyBundleError::Root
    );
    assert!(matches!(
        refused(&|answer| answer.keys[2].key.0 = [0; 32]),
        KeyBundleError::Key { slot: 2, .. }
    ));
    assert_eq!(
        refused(&|answer| answer.keys.truncate(2)),
        KeyBundleError::Withheld { slot: 2, epoch: 0 }
    );
    assert!(matches!(
        refused(&|answer| answer.keys.swap(2, 3)),
        KeyBundleError::Withheld { slot: 2, .. }
    ));
    assert_eq!(
        refused(&|answer| answer.keys.push(answer.keys[0])),
        KeyBundleError::NotAsked { slot: 0, epoch: 0 }
    );
    assert_eq!(refused(&|answer| answer.siblings.truncate(1)), KeyBundleError::Root);
    assert_eq!(
        refused(&|answer| answer.siblings.push(Hash([0; 32]))),
        KeyBundleError::Root
    );
    for sibling in 0..good.siblings.len() {
        assert_eq!(
            refused(&|answer| answer.siblings[sibling].0[0] ^= 1),
            KeyBundleError::Root
        );
    }
    for (index, bytes) in flips(&published.bundle().encode()) {
        let Ok(bundle) = KeyBundle::decode_all(&mut &*bytes) else {
            continue;
        };
        let refused = refused(&|answer| answer.bundle = bundle.clone());
        let expected = matches!(refused, KeyBundleError::Hash | KeyBundleError::Suite(_));
        assert!(expected, "byte {index}: {refused}");
    }
}

#[test]
fn keys_of_another_chain_contract_or_account_are_refused() {
    let (genesis, consent) = (Hash([0xaa; 32]), AccountId([0xbb; 32]));
    let elsewhere = [
        (
            Deployment {
                genesis,
                ..deployment()
            },
            PATIENT,
            KeyBundleError::Genesis,
        ),
        (
            Deployment {
                consent,
                ..deployment()
            },
            PATIENT,
            KeyBundleError::Contract(consent),
        ),
        (
            deployment(),
            AccountId([9; 32]),
            KeyBundleError::Account(AccountId([9; 32])),
        ),
    ];
    for (deployed, account, expected) in elsewhere {
        let published = patient().published_keys(&deployed, account, 1_000, first_epochs());
        let hash = published.bundle().hash();
        assert_eq!(published.verify(&hash, &deployment(), &PATIENT), Err(expected));
        assert_eq!(
            verify(published.answer(&epochs().epochs), &published).err(),
            Some(expected)
        );
    }
}

#[test]
fn what_an_indexer_keeps_is_the_root_s_and_whole() {
    let published = published();
    let hash = published.bundle().hash();
    assert_eq!(published.verify(&hash, &deployment(), &PATIENT), Ok(()));
    let bytes = published.to_bytes();
    assert_eq!(PublishedKeys::from_bytes(&bytes), Ok(published));
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    let changed = PublishedKeys::from_bytes(&changed).unwrap();
    assert_eq!(
        changed.verify(&hash, &deployment(), &PATIENT),
        Err(KeyBundleError::Root)
    );
    // One key less, and one more.
    let count = bytes.len() - BUNDLE_KEYS * 32 - 2;
    let with = |keys: usize| {
        let mut bytes = bytes[..count].to_vec();
        let own: Vec<[u8; 32]> = vec![[1; 32]; keys];
        own.encode_to(&mut bytes);
        PublishedKeys::from_bytes(&bytes)
    };
    assert_eq!(
        with(BUNDLE_KEYS - 1).unwrap().verify(&hash, &deployment(), &PATIENT),
        Err(KeyBundleError::Count(BUNDLE_KEYS - 1))
    );
    assert_eq!(with(BUNDLE_KEYS + 1), Err(KeyBundleError::Encoding));
}

#[test]
fn a_forged_or_outdated_card_is_refused() {
    let genesis = deployment().genesis;
    let custodian = EncryptionSecret::generate(&mut random(2));
    let committed = published().bundle().classes;
    let open = |master: &MasterSecret, seed| {
        let map = master.class_map(&genesis);
        let sealed = map.seal(&PATIENT, &custodian.public_key(), &mut random(seed)).unwrap();
        ClassMap::open(&sealed, &custodian, &PATIENT, &committed)
    };
    assert!(open(&patient(), 3).is_ok());
    // Anybody can seal to a custodian; nobody else knows the salt. A patient's own map of other keys is as little taken.
    let stranger = MasterSecret::generate(&mut random(200));
    let refused = open(&stranger, 4).err().unwrap();
    assert_eq!(refused, ClassMapError::NotCommitted);
    assert!(refused.to_string().contains("ask them for a new card"), "{refused}");
    // The commitment tells nothing without the salt: that of the same map for somebody else is another one.
    let map = patient().class_map(&genesis);
    assert_ne!(map.commitment(&PATIENT), map.commitment(&AccountId([9; 32])));
    let other = patient().class_map(&Hash([0xaa; 32]));
    assert_ne!(map.commitment(&PATIENT), other.commitment(&PATIENT));
    assert!(Class::ALL.iter().any(|class| map.slot(*class) != other.slot(*class)));
}
