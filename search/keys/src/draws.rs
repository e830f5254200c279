//! The randomness with which a batch is shuffled and padded: one seed, then the BLAKE3 stream under it.

use crate::tags;
use aegle_sealed::RandomnessError;
use zeroize::{Zeroize, Zeroizing};

/// A stream of random bytes.
pub(crate) struct Draws(blake3::OutputReader);

impl Draws {
    /// Returns a stream under a fresh seed of 32 bytes.
    pub(crate) fn fresh() -> Result<Self, RandomnessError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut())?;
        let mut hasher = blake3::Hasher::new_keyed(&seed);
        hasher.update(tags::DRAWS);
        let stream = hasher.finalize_xof();
        hasher.zeroize();
        Ok(Self(stream))
    }

    /// Returns the next `N` bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Shuffles items uniformly (Fisher and Yates).
    pub(crate) fn shuffle(&mut self, items: &mut [u32]) {
        for end in (2..=items.len()).rev() {
            items.swap(end - 1, self.below(end as u32) as usize);
        }
    }

    /// Returns a number below `end`, each with the same probability: draws above the last whole multiple are thrown
    /// away.
    fn below(&mut self, end: u32) -> u32 {
        let whole = u32::MAX - u32::MAX % end;
        loop {
            let draw = u32::from_le_bytes(self.bytes());
            if draw < whole {
                return draw % end;
            }
        }
    }
}

impl Drop for Draws {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
