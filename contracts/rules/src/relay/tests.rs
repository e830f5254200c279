use super::*;
use crate::testing::blake2b_256;
use alloc::vec;
use proptest::prelude::*;
use schnorrkel::{signing_context, Keypair, MiniSecretKey, PublicKey, Signature};

const GENESIS: Hash = Hash([1; 32]);
const CONTRACT: AccountId = AccountId([2; 32]);
const NOW: Timestamp = 1_000_000;

/// What pallet-contracts does for `sr25519_verify`.
fn verify(signature: &[u8; 64], message: &[u8], signer: &AccountId) -> bool {
    let (Ok(key), Ok(signature)) = (PublicKey::from_bytes(&signer.0), Signature::from_bytes(signature)) else {
        return false;
    };
    key.verify_simple(b"substrate", message, &signature).is_ok()
}

fn keypair(seed: u8) -> Keypair {
    MiniSecretKey::from_bytes(&[seed; 32])
        .expect("32 bytes")
        .expand_to_keypair(MiniSecretKey::ED25519_MODE)
}

/// A call as a wallet signs it for [`GENESIS`] and [`CONTRACT`].
fn signed(keypair: &Keypair, call: Vec<u32>, nonce: u64, expires: Timestamp) -> Relayed<Vec<u32>> {
    let message = signed_bytes(&GENESIS, &CONTRACT, &call_hash(&call, blake2b_256), nonce, expires);
    let signature = keypair.sign(signing_context(b"substrate").bytes(&message)).to_bytes();
    let signer = AccountId(keypair.public.to_bytes());
    Relayed {
        signer,
        call,
        nonce,
        expires,
        signature,
    }
}

fn outcome(relayed: &Relayed<Vec<u32>>, next_nonce: u64, now: Timestamp) -> Result<(), RelayError> {
    authorise(relayed, next_nonce, &GENESIS, &CONTRACT, now, blake2b_256, verify)
}

#[test]
fn what_is_signed_is_spelled_out() {
    let bytes = signed_bytes(&GENESIS, &CONTRACT, &Hash([3; 32]), 4, 5);
    let expected = [
        &b"<Bytes>aegle/relay/v1"[..],
        &[1; 32],
        &[2; 32],
        &[3; 32],
        &[4, 0, 0, 0, 0, 0, 0, 0],
        &[5, 0, 0, 0, 0, 0, 0, 0],
        b"</Bytes>",
    ]
    .concat();
    assert_eq!(bytes, expected);
    assert_eq!(bytes.len(), 141);
    let tagged = [&b"aegle/relayed-call/v1"[..], &[1, 2, 3]].concat();
    assert_eq!(call_hash(&[1_u8, 2, 3], blake2b_256), blake2b_256(&tagged));
}

#[test]
fn a_signed_call_is_taken_in_its_turn_and_time() {
    let key = keypair(7);
    for (nonce, next, expires, expected) in [
        (0, 0, NOW + 1, Ok(())),
        (9, 9, NOW + MAX_RELAY_MS, Ok(())),
        (8, 9, NOW + 1, Err(RelayError::WrongNonce { next: 9 })),
        (10, 9, NOW + 1, Err(RelayError::WrongNonce { next: 9 })),
        (u64::MAX - 1, u64::MAX - 1, NOW + 1, Ok(())),
        (
            u64::MAX,
            u64::MAX,
            NOW + 1,
            Err(RelayError::WrongNonce { next: u64::MAX }),
        ),
        (0, 0, NOW - 1, Err(RelayError::Expired)),
        (0, 0, NOW, Err(RelayError::Expired)),
        (0, 0, NOW + MAX_RELAY_MS + 1, Err(RelayError::TooFarAhead)),
        (0, 0, u64::MAX, Err(RelayError::TooFarAhead)),
    ] {
        let relayed = signed(&key, vec![1, 2, 3], nonce, expires);
        assert_eq!(outcome(&relayed, next, NOW), expected, "{nonce} of {next} at {expires}");
    }
}

#[test]
fn the_first_thing_wrong_is_what_is_answered() {
    // Everything is wrong with it; each step repairs one thing.
    let mut relayed = signed(&keypair(7), vec![1], 3, NOW);
    relayed.signature[0] ^= 1;
    assert_eq!(
        outcome(&relayed, 4, NOW),
        Err(RelayError::WrongNonce { next: 4 }),
        "before expiry"
    );
    relayed.nonce = 4;
    assert_eq!(
        outcome(&relayed, 4, NOW),
        Err(RelayError::Expired),
        "before the signature"
    );
    relayed.expires = NOW + MAX_RELAY_MS + 1;
    assert_eq!(
        outcome(&relayed, 4, NOW),
        Err(RelayError::TooFarAhead),
        "before the signature"
    );
    relayed.expires = NOW + MAX_RELAY_MS;
    assert_eq!(outcome(&relayed, 4, NOW), Err(RelayError::BadSignature));
}

#[test]
fn a_signature_is_not_looked_at_when_something_else_is_wrong() {
    let relayed = signed(&keypair(7), vec![1], 3, NOW);
    for next in [3, 4] {
        let refused = authorise(&relayed, next, &GENESIS, &CONTRACT, NOW, blake2b_256, |_, _, _| {
            unreachable!("verifying is the dear part")
        });
        assert!(refused.is_err());
    }
}

#[test]
fn the_context_of_the_signature_is_the_one_of_wallets() {
    let key = keypair(7);
    let mut relayed = signed(&key, vec![1], 0, NOW + 1);
    let message = signed_bytes(&GENESIS, &CONTRACT, &call_hash(&relayed.call, blake2b_256), 0, NOW + 1);
    relayed.signature = key.sign(signing_context(b"another").bytes(&message)).to_bytes();
    assert_eq!(outcome(&relayed, 0, NOW), Err(RelayError::BadSignature));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_signed_call_counts_for_nothing_else(
        seed: u8,
        call: Vec<u32>,
        nonce in 0..u64::MAX - 1,
        ahead in 1..=MAX_RELAY_MS,
        bit in 0..256_usize,
        signature_bit in 0..512_usize,
        extra: u32,
    ) {
        let relayed = signed(&keypair(seed), call, nonce, NOW + ahead);
        prop_assert_eq!(outcome(&relayed, nonce, NOW), Ok(()));

        let flipped = |bytes: [u8; 32]| {
            let mut bytes = bytes;
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        let elsewhere = |genesis: Hash, contract: AccountId| {
            authorise(&relayed, nonce, &genesis, &contract, NOW, blake2b_256, verify)
        };
        prop_assert_eq!(elsewhere(Hash(flipped(GENESIS.0)), CONTRACT), Err(RelayError::BadSignature));
        prop_assert_eq!(elsewhere(GENESIS, AccountId(flipped(CONTRACT.0))), Err(RelayError::BadSignature));

        let changed = |change: &dyn Fn(&mut Relayed<Vec<u32>>)| {
            let mut relayed = relayed.clone();
            change(&mut relayed);
            outcome(&relayed, relayed.nonce, NOW)
        };
        prop_assert_eq!(changed(&|relayed| relayed.call.push(extra)), Err(RelayError::BadSignature));
        prop_assert_eq!(changed(&|relayed| relayed.nonce += 1), Err(RelayError::BadSignature));
        prop_assert_eq!(
            changed(&|relayed| relayed.expires = NOW + if ahead == 1 { 2 } else { ahead - 1 }),
            Err(RelayError::BadSignature)
        );
        prop_assert_eq!(
            changed(&|relayed| relayed.signer = AccountId(keypair(seed.wrapping_add(1)).public.to_bytes())),
            Err(RelayError::BadSignature)
        );
        prop_assert_eq!(
            changed(&|relayed| relayed.signature[signature_bit / 8] ^= 1 << (signature_bit % 8)),
            Err(RelayError::BadSignature)
        );

        prop_assert_eq!(outcome(&relayed, nonce, NOW + ahead), Err(RelayError::Expired));
        prop_assert_eq!(outcome(&relayed, nonce + 1, NOW), Err(RelayError::WrongNonce { next: nonce + 1 }));
    }
}
