//! Noise for counts: the discrete Laplace distribution, sampled exactly (Canonne, Kamath, Steinke: The Discrete Gaussian
//! for Differential Privacy, NeurIPS 2020, Algorithms 1 and 2), which gives epsilon-differential privacy to a count that
//! one patient changes by at most 1 (Ghosh, Roughgarden, Sundararajan: Universally Utility-Maximizing Privacy
//! Mechanisms, STOC 2009).
//!
//! The draws follow from a secret key and from the set of patients that is counted, so that asking again for the same
//! patients, in whatever words and by whomever, gives the same noise, and averages nothing away.
//!
//! Not claimed: differential privacy of the floor, under which nothing is told, and of everything that an account asks
//! over many days: each day's budget adds up.
use crate::secret_file::{self, SecretFileError};
use aegle_rules::{AccountId, DomainId};
use std::{collections::BTreeSet, path::Path};
use zeroize::Zeroizing;

/// The cost of one count, in thousandths of epsilon: 1/8.
pub const COUNT_COST: u32 = 125;
/// The daily budget of an account in one domain, in thousandths of epsilon: 10, or 80 counts.
pub const DAILY_BUDGET: u32 = 10_000;
/// The scale of the noise: 1 / epsilon. Its standard deviation is about 11 patients.
const SCALE: u64 = 8;
/// BLAKE3 `derive_key` context of the stream of draws.
const DRAWS: &str = "aegle/indexer/count-noise/v1";

/// Gives noise.
pub(crate) struct Noise {
    key: Zeroizing<[u8; 32]>,
}

impl Noise {
    /// Reads the noise key in `data/noise.key`, or draws one that only its owner can read if there is none.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub(crate) fn open(data: &Path) -> Result<Self, SecretFileError> {
        Ok(Self {
            key: secret_file::open(&data.join("noise.key"))?,
        })
    }

    /// Returns the noise that belongs to a set of patients of a domain, in patients.
    pub(crate) fn of(&self, domain: DomainId, patients: &BTreeSet<AccountId>) -> i64 {
        let mut hasher = blake3::Hasher::new_derive_key(DRAWS);
        hasher.update(self.key.as_ref());
        hasher.update(&domain.0.to_le_bytes());
        // In order, each once: one set has one encoding.
        patients.iter().for_each(|patient| {
            hasher.update(&patient.0);
        });
        Draws(hasher.finalize_xof()).discrete_laplace(SCALE)
    }
}

/// Even draws from a stream of bytes.
struct Draws(blake3::OutputReader);

impl Draws {
    /// Draws a number below `bound`, which is not 0, without bias.
    fn below(&mut self, bound: u64) -> u64 {
        // What lies beyond the last whole multiple would make small numbers likelier.
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let mut bytes = [0; 8];
            self.0.fill(&mut bytes);
            let drawn = u64::from_le_bytes(bytes);
            if drawn < limit {
                return drawn % bound;
            }
        }
    }

    /// Returns true with probability `exp(-numerator / denominator)`, for a fraction of at most 1.
    fn bernoulli_exp(&mut self, numerator: u64, denominator: u64) -> bool {
        let mut round = 1;
        while self.below(denominator * round) < numerator {
            round += 1;
        }
        round % 2 == 1
    }

    /// Draws a whole number `x` with a probability in proportion to `exp(-|x| / scale)`.
    fn discrete_laplace(&mut self, scale: u64) -> i64 {
        loop {
            let rest = self.below(scale);
            if !self.bernoulli_exp(rest, scale) {
                continue;
            }
            let mut whole = 0;
            while self.bernoulli_exp(1, 1) {
                whole += 1;
            }
            let magnitude = (rest + scale * whole) as i64;
            let negative = self.below(2) == 1;
            // Zero has one sign, or it would come twice as often.
            if !(negative && magnitude == 0) {
                return if negative { -magnitude } else { magnitude };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn patients(first: u32, count: u32) -> BTreeSet<AccountId> {
        let account = |number: u32| {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&number.to_le_bytes());
            AccountId(bytes)
        };
        (first..first + count).map(account).collect()
    }

    #[test]
    fn the_same_patients_get_the_same_noise_and_others_another() {
        let folder = tempfile::tempdir().unwrap();
        let noise = Noise::open(folder.path()).unwrap();
        let again = Noise::open(folder.path()).unwrap();
        let sets: Vec<_> = (0..200).map(|first| patients(first, 50)).collect();
        let of = |noise: &Noise, domain| sets.iter().map(|set| noise.of(domain, set)).collect::<Vec<_>>();
        let first = of(&noise, DomainId(1));
        assert_eq!(first, of(&again, DomainId(1)), "the key is kept");
        assert_ne!(first, of(&noise, DomainId(2)));
        assert!(
            first.iter().collect::<BTreeSet<_>>().len() > 10,
            "it is not the same everywhere"
        );
    }

    #[test]
    fn the_noise_is_distributed_as_it_should_be() {
        const DRAWS: u32 = 100_000;
        let noise = Noise {
            key: Zeroizing::new([7; 32]),
        };
        let mut draws = Draws(
            blake3::Hasher::new_derive_key("test")
                .update(noise.key.as_ref())
                .finalize_xof(),
        );
        let drawn: Vec<i64> = (0..DRAWS).map(|_| draws.discrete_laplace(SCALE)).collect();
        let share = |value: i64| drawn.iter().filter(|drawn| **drawn == value).count() as f64 / f64::from(DRAWS);
        let ratio = (-1.0 / SCALE as f64).exp();
        // P(0) is (1 - a) / (1 + a), and each step away from 0 multiplies by a.
        let at_zero = (1.0 - ratio) / (1.0 + ratio);
        for value in -12..=12_i64 {
            let expected = at_zero * ratio.powi(value.unsigned_abs() as i32);
            let deviation = (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt();
            assert!(
                (share(value) - expected).abs() < 5.0 * deviation,
                "{value}: {} instead of {expected}",
                share(value)
            );
        }
        let mean = drawn.iter().sum::<i64>() as f64 / f64::from(DRAWS);
        assert!(mean.abs() < 0.2, "{mean}");
    }
}
