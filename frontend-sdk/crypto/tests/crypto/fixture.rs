//! What the tests start from: seeded randomness, a deployment, a patient, records, grants.

use aegle_crypto::record::Ciphertext;
use aegle_crypto::{
    delegation::{Split, SplitInput, split},
    master::MasterSecret,
    record::{SealInput, seal_record},
};
use aegle_protocol::{Deployment, delegation::TransformContext, record::RecordRow};
use aegle_rules::{AccountId, Confidentiality, DomainId, GrantId, Hash, Slot};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use zeroize::Zeroizing;

pub(crate) const CONTENT: &[u8] = br#"{"resourceType":"Observation","status":"final"}"#;
pub(crate) const MEDIA_TYPE: &str = "application/fhir+json";
pub(crate) const SLOT: Slot = Slot(4);
pub(crate) const DOMAIN: DomainId = DomainId(1);
pub(crate) const PATIENT: AccountId = AccountId([3; 32]);

pub(crate) fn random(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn deployment() -> Deployment {
    Deployment {
        genesis: Hash([1; 32]),
        consent: AccountId([2; 32]),
    }
}

pub(crate) fn patient() -> MasterSecret {
    MasterSecret::from_bytes(Zeroizing::new([9; 32]))
}

/// What a record of the patient in [`SLOT`] is sealed from.
pub(crate) fn input(content: &[u8], epoch: u16) -> SealInput<'_> {
    SealInput {
        patient: PATIENT,
        public_key: patient().slot_secret(&deployment().genesis, SLOT, epoch).public_key(),
        slot: SLOT,
        epoch,
        confidentiality: Confidentiality::Restricted,
        author: AccountId([5; 32]),
        authored_at: 1_790_000_000_000,
        domain: DOMAIN,
        media_type: MEDIA_TYPE,
        content,
    }
}

/// A record of the patient in [`SLOT`].
pub(crate) fn sealed(content: &[u8], epoch: u16, seed: u8) -> (RecordRow, Ciphertext) {
    let sealed = seal_record(&input(content, epoch), &deployment(), &mut random(seed)).unwrap();
    (sealed.row, sealed.ciphertext)
}

/// The message key that sealing with that seed draws: after the id, rho and the shred secret.
pub(crate) fn message_key(seed: u8) -> [u8; 32] {
    let mut random = random(seed);
    random.fill_bytes(&mut [0; 16 + 32 + 32]);
    let mut key = [0; 32];
    random.fill_bytes(&mut key);
    key
}

/// A split of [`SLOT`] in epoch 0 among `proxies` proxies, `threshold` of whom must take part.
pub(crate) fn granted(grant: u32, threshold: u8, proxies: u8, delegatee: bool, seed: u8) -> Split {
    let input = SplitInput {
        grant: GrantId(grant),
        version: 1,
        threshold,
        proxies: (1..=proxies).map(|proxy| AccountId([proxy; 32])).collect(),
        delegatee,
    };
    split(
        input,
        &[patient().slot_secret(&deployment().genesis, SLOT, 0)],
        &mut random(seed),
    )
    .unwrap()
}

pub(crate) fn context(grant: u32) -> TransformContext {
    TransformContext {
        grant: GrantId(grant),
        version: 1,
        requester: AccountId([6; 32]),
        request: Hash([7; 32]),
        block: Hash([8; 32]),
    }
}

/// Every copy of `bytes` with one bit of one byte flipped, with the number of that byte.
pub(crate) fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len()).map(|index| {
        let mut flipped = bytes.to_vec();
        flipped[index] ^= 1 << (index % 8);
        (index, flipped)
    })
}
