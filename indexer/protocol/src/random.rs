//! Randomness. Everything that draws takes the generator as an argument, so that golden vectors can be made again.

use rand_core::{CryptoRng, RngCore};

/// The operating system's generator, or the browser's.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RngCore for SystemRandom {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Fills `destination` from the operating system.
    ///
    /// # Panics
    /// If the system gives no randomness: there is no key to be made then, and no safe way to go on.
    fn fill_bytes(&mut self, destination: &mut [u8]) {
        getrandom::fill(destination)
            .expect("without the system's randomness no key can be made: stopping is the answer");
    }
}

impl CryptoRng for SystemRandom {}

/// Draws `N` bytes.
pub fn draw<const N: usize>(random: &mut impl CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill_bytes(&mut bytes);
    bytes
}
