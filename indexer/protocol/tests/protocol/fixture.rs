//! What the tests start from: seeded randomness and a deployment.

use aegle_protocol::Deployment;
use aegle_rules::{AccountId, Hash};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

pub(crate) fn random(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(crate) fn deployment() -> Deployment {
    Deployment {
        genesis: Hash([1; 32]),
        consent: AccountId([2; 32]),
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
