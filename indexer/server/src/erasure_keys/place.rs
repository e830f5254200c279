//! What one place of a replica holds: a key, or the end of one.

use zeroize::Zeroizing;

/// Most keys: a store of 2^32 places has 256 GiB.
pub(super) const MAX_KEYS: u64 = 1 << 32;
/// Bytes of a place: eight are a sector.
pub(super) const PLACE_BYTES: usize = 64;
/// Bytes of a place that its checksum is over.
const CHECKED_BYTES: usize = 48;

/// Where a key is: not the key, and of no use once it is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPlace {
    /// The number of the place.
    pub number: u64,
    /// Which of the keys that the place had one after another; from 1.
    pub generation: u64,
}

/// What a place holds. The discriminant is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum State {
    /// Nothing yet.
    Unused = 0,
    /// A key.
    Live = 1,
    /// A tombstone: the key of this generation was destroyed.
    Destroyed = 2,
}

/// A place that is whole.
pub(super) struct StoredKey {
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) generation: u64,
    pub(super) state: State,
}

impl StoredKey {
    pub(super) fn tombstone(generation: u64) -> Self {
        Self {
            key: Zeroizing::new([0; 32]),
            generation,
            state: State::Destroyed,
        }
    }

    /// Returns what decides between replicas: the later generation, and in one generation the tombstone.
    pub(super) fn rank(&self) -> (u64, State) {
        (self.generation, self.state)
    }

    pub(super) fn encode(&self, number: u64) -> Zeroizing<[u8; PLACE_BYTES]> {
        let mut bytes = Zeroizing::new([0; PLACE_BYTES]);
        if self.state == State::Unused {
            return bytes;
        }
        bytes[..32].copy_from_slice(self.key.as_ref());
        bytes[32..40].copy_from_slice(&self.generation.to_le_bytes());
        bytes[40] = self.state as u8;
        let sum = checksum(number, &bytes[..CHECKED_BYTES]);
        bytes[CHECKED_BYTES..].copy_from_slice(&sum);
        bytes
    }

    /// Decodes a place; `None` when it is damaged. What was never written is unused.
    pub(super) fn decode(number: u64, bytes: &[u8; PLACE_BYTES]) -> Option<Self> {
        if *bytes == [0; PLACE_BYTES] {
            return Some(Self {
                key: Zeroizing::new([0; 32]),
                generation: 0,
                state: State::Unused,
            });
        }
        let (checked, sum) = bytes.split_at(CHECKED_BYTES);
        if sum != checksum(number, checked) {
            return None;
        }
        let (key, rest) = checked.split_first_chunk::<32>()?;
        let (generation, rest) = rest.split_first_chunk::<8>()?;
        let state = match rest.first()? {
            1 => State::Live,
            2 => State::Destroyed,
            _ => return None,
        };
        Some(Self {
            key: Zeroizing::new(*key),
            generation: u64::from_le_bytes(*generation),
            state,
        })
    }
}

/// The checksum of a place's bytes at its number: a place that was moved is damaged.
fn checksum(number: u64, bytes: &[u8]) -> [u8; PLACE_BYTES - CHECKED_BYTES] {
    let mut hasher = blake3::Hasher::new_derive_key("aegle/erasure-keys/checksum/v1");
    hasher.update(&number.to_le_bytes()).update(bytes);
    let mut sum = [0; PLACE_BYTES - CHECKED_BYTES];
    hasher.finalize_xof().fill(&mut sum);
    sum
}
