//! Phrases, the seeds that they encode, and what follows from them.

use crate::{fixture::random, vectors::account};
use aegle_crypto::seed::{PHRASE_WORDS, PhraseError, Seed};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// 32 bytes of 0x7f, in the reference vectors of BIP-39.
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful \
                      legal winner thank year wave sausage worth title";

fn refused(phrase: &str) -> Option<PhraseError> {
    Seed::from_phrase(phrase).err()
}

/// Everything that is derived of a seed.
fn derived(seed: &Seed) -> [[u8; 32]; 5] {
    [
        *seed.master_secret().expose_bytes(),
        *seed.account_key(),
        *seed.recovery_key(),
        *seed.reader_account_key(),
        *seed.reader_encryption_secret().expose_seed(),
    ]
}

fn entropy(phrase: &str) -> Vec<u8> {
    bip39::Mnemonic::parse(phrase).unwrap().to_entropy()
}

#[test]
fn a_phrase_is_that_of_bip_39() {
    assert_eq!(entropy(PHRASE), [0x7f; 32]);
    assert_eq!(Seed::from_phrase(PHRASE).unwrap().to_phrase().as_str(), PHRASE);
    let typed = format!("  {}\n", PHRASE.to_uppercase().replace(' ', "\t\n "));
    let seed = Seed::from_phrase(&typed).unwrap();
    assert_eq!(seed.to_phrase().as_str(), PHRASE, "as people type it");
}

#[test]
fn words_that_bring_nothing_back_are_refused_in_a_sentence() {
    let twelve = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    // Words of the French list of BIP-39.
    let french = "digital abuser admettre absurde abrasif admirable abuser adhésif digital abuser admettre absurde abrasif \
                  admirable abuser adhésif digital abuser admettre absurde abrasif admirable abuser adhésif";
    let swapped = PHRASE.replacen("legal winner", "winner legal", 1);
    let cases = [
        (String::new(), PhraseError::Length(0)),
        (twelve.into(), PhraseError::Length(12)),
        (format!("{PHRASE} title"), PhraseError::Length(25)),
        (PHRASE.replacen("legal ", "", 1), PhraseError::Length(23)),
        (PHRASE.replacen("winner", "winer", 1), PhraseError::Word(2)),
        (PHRASE.replace("title", "tltle"), PhraseError::Word(24)),
        (PHRASE.replace("title", "useful"), PhraseError::Checksum),
        (swapped, PhraseError::Checksum),
        (french.into(), PhraseError::Word(2)),
    ];
    for (phrase, expected) in cases {
        assert_eq!(refused(&phrase), Some(expected), "{phrase}");
    }
    let told = |error: PhraseError| error.to_string();
    assert!(told(PhraseError::Length(12)).starts_with("these are 12 words, and a phrase has 24"));
    assert!(told(PhraseError::Word(2)).starts_with("word 2 is not in BIP-39's English list"));
    assert!(told(PhraseError::Checksum).contains("another word of the list"));
}

#[test]
fn no_key_of_a_seed_brings_back_the_seed_or_another_key() {
    let seed = Seed::from_phrase(PHRASE).unwrap();
    let keys = derived(&seed);
    // Each as if it were the entropy of a phrase, as the master secret once was.
    for key in &keys {
        let phrase = bip39::Mnemonic::from_entropy(key).unwrap().to_string();
        let other = Seed::from_phrase(&phrase).unwrap();
        assert_ne!(other.to_phrase().as_str(), PHRASE);
        let both: BTreeSet<_> = keys.into_iter().chain(derived(&other)).collect();
        assert_eq!(both.len(), 2 * keys.len(), "nothing of one is in the other");
    }
    let accounts = [seed.account_key(), seed.recovery_key(), seed.reader_account_key()];
    let accounts: BTreeSet<String> = accounts.iter().map(|key| account(key).to_string()).collect();
    assert_eq!(accounts.len(), 3);
}

proptest! {
    #[test]
    fn a_phrase_brings_back_the_same_keys_and_another_one_none_of_them(first: [u8; 32], second: [u8; 32]) {
        prop_assume!(first != second);
        let of = |entropy: &[u8; 32]| {
            let phrase = bip39::Mnemonic::from_entropy(entropy).unwrap().to_string();
            Seed::from_phrase(&phrase).unwrap()
        };
        let (one, again, other) = (of(&first), of(&first), of(&second));
        prop_assert_eq!(derived(&one), derived(&again));
        prop_assert_eq!(entropy(&one.to_phrase()), first);
        let all: BTreeSet<[u8; 32]> = derived(&one).into_iter().chain(derived(&other)).chain([first, second]).collect();
        prop_assert_eq!(all.len(), 12, "no two are the same, and none is the seed");
    }

    #[test]
    fn a_bit_of_the_seed_changes_every_key(entropy: [u8; 32], bit in 0_usize..256) {
        let mut flipped = entropy;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let of = |entropy: &[u8; 32]| {
            let phrase = bip39::Mnemonic::from_entropy(entropy).unwrap().to_string();
            derived(&Seed::from_phrase(&phrase).unwrap())
        };
        for (key, other) in of(&entropy).iter().zip(of(&flipped)) {
            let differing: u32 = key.iter().zip(other).map(|(one, two)| (one ^ two).count_ones()).sum();
            // 128 of 256 on average, with a deviation of 8.
            prop_assert!((48..=208).contains(&differing), "{differing} bits");
        }
    }

    #[test]
    fn one_wrong_word_is_noticed_nearly_always(seed: u8, place in 0_usize..PHRASE_WORDS, word in 0_usize..2_048) {
        let phrase = Seed::generate(&mut random(seed)).to_phrase();
        let mut words: Vec<&str> = phrase.split(' ').collect();
        let other = bip39::Language::English.word_list()[word];
        prop_assume!(words[place] != other);
        words[place] = other;
        match Seed::from_phrase(&words.join(" ")) {
            Err(error) => prop_assert_eq!(error, PhraseError::Checksum),
            // The checksum has 8 bits: it lets one in 256 pass, which then is somebody else.
            Ok(other) => prop_assert_ne!(other.to_phrase(), phrase.clone()),
        }
    }
}
