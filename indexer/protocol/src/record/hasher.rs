//! The hash of a ciphertext that comes in pieces.

use super::{SEGMENT_BYTES, SEGMENT_TAG_BYTES, segment_hash};
use crate::merkle::{self, Tree};
use aegle_rules::Hash;

/// Computes [`ciphertext_hash`](super::ciphertext_hash) of a ciphertext that comes in pieces of any length, in the memory of
/// one segment and 32 bytes for each one before it.
#[derive(Default)]
pub struct CiphertextHasher {
    /// Of the segment that is not complete yet.
    segment: Vec<u8>,
    segments: Vec<[u8; 32]>,
    length: u64,
}

impl CiphertextHasher {
    /// Takes the next piece.
    pub fn update(&mut self, mut bytes: &[u8]) {
        const SEALED_BYTES: usize = SEGMENT_BYTES + SEGMENT_TAG_BYTES;
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.segment.is_empty() && bytes.len() >= SEALED_BYTES {
                let (whole, rest) = bytes.split_at(SEALED_BYTES);
                self.segments.push(segment_hash(whole));
                bytes = rest;
                continue;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(SEALED_BYTES - self.segment.len()));
            self.segment.extend_from_slice(now);
            bytes = rest;
            if self.segment.len() == SEALED_BYTES {
                self.segments.push(segment_hash(&self.segment));
                self.segment.clear();
            }
        }
    }

    /// Returns the number of bytes that came.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns the hash, 32 bytes, of everything that came.
    pub fn finish(mut self) -> Hash {
        if !self.segment.is_empty() {
            self.segments.push(segment_hash(&self.segment));
        }
        merkle::root(Tree::Segments, &self.segments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ciphertext_hash;

    #[test]
    fn pieces_hash_to_what_the_whole_does() {
        let sealed = SEGMENT_BYTES + SEGMENT_TAG_BYTES;
        for length in [0, 1, sealed - 1, sealed, sealed + 1, 3 * sealed, 3 * sealed + 7] {
            let whole: Vec<u8> = (0..length).map(|number| (number % 251) as u8).collect();
            for piece in [1_000, sealed - 1, sealed, sealed + 1, 2 * sealed, 5 * sealed] {
                let mut hasher = CiphertextHasher::default();
                whole.chunks(piece).for_each(|part| hasher.update(part));
                assert_eq!(hasher.length(), length as u64);
                assert_eq!(hasher.finish(), ciphertext_hash(&whole), "{length} bytes by {piece}");
            }
        }
    }
}
