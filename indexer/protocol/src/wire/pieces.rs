//! Large ciphertexts: as a custodian sends them to the indexer piece by piece, and goes on after whatever ended it.

use crate::record::{MAX_LENGTH_CLASS, RecordId, SEGMENT_BYTES, SEGMENT_TAG_BYTES};
use aegle_rules::Hash;
use serde::{Deserialize, Serialize};

/// Bytes of a piece, 64 sealed segments: 4,195,328. The last piece of a ciphertext may have fewer.
pub const PIECE_BYTES: usize = 64 * (SEGMENT_BYTES + SEGMENT_TAG_BYTES);
/// Where a large ciphertext is announced.
pub const LARGE_CIPHERTEXTS_PATH: &str = "/v1/ciphertexts/large";

/// Body of `POST /v1/ciphertexts/large`: a ciphertext that comes, or has come, in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LargeCiphertext {
    /// The record whose it is.
    pub record: RecordId,
    /// Its [hash](crate::record::ciphertext_hash).
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub hash: Hash,
    /// Its length in bytes: no more than the largest class of length has.
    pub length: u64,
}

/// Answer of `POST /v1/ciphertexts/large`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MissingPieces {
    /// The numbers of the pieces that are not there, in order. There is none once the ciphertext is stored, whole.
    pub missing: Vec<u32>,
}

/// A ciphertext has no bytes, or more than any record's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ciphertext of {length} bytes; a record's has 1 to {}", MAX_LENGTH_CLASS.ciphertext_bytes())]
pub struct LargeCiphertextError {
    /// Its length in bytes.
    pub length: u64,
}

impl LargeCiphertext {
    /// Checks the length.
    ///
    /// # Errors
    /// [`LargeCiphertextError`].
    pub fn check(&self) -> Result<(), LargeCiphertextError> {
        let length = self.length;
        match (1..=MAX_LENGTH_CLASS.ciphertext_bytes()).contains(&length) {
            true => Ok(()),
            false => Err(LargeCiphertextError { length }),
        }
    }
}

/// Returns the number of pieces of a ciphertext of so many bytes.
pub fn piece_count(length: u64) -> u32 {
    u32::try_from(length.div_ceil(PIECE_BYTES as u64)).unwrap_or(u32::MAX)
}

/// Returns the number of bytes of a piece of a ciphertext of `length` bytes; `None` if there is no such piece.
pub fn piece_bytes(length: u64, number: u32) -> Option<usize> {
    let rest = length.checked_sub(u64::from(number).checked_mul(PIECE_BYTES as u64)?)?;
    let bytes = usize::try_from(rest).map_or(PIECE_BYTES, |rest| rest.min(PIECE_BYTES));
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_full_but_for_the_last_one() {
        let piece = PIECE_BYTES as u64;
        for (length, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (piece, vec![PIECE_BYTES]),
            (piece + 1, vec![PIECE_BYTES, 1]),
            (3 * piece - 1, vec![PIECE_BYTES, PIECE_BYTES, PIECE_BYTES - 1]),
        ] {
            let pieces: Vec<usize> = (0..).map_while(|number| piece_bytes(length, number)).collect();
            assert_eq!(
                (piece_count(length) as usize, &pieces),
                (expected.len(), &expected),
                "{length}"
            );
        }
        assert_eq!(piece_bytes(u64::MAX, u32::MAX), Some(PIECE_BYTES));
        assert_eq!(piece_bytes(piece, 1), None);
    }

    #[test]
    fn a_length_is_that_of_a_record() {
        let largest = MAX_LENGTH_CLASS.ciphertext_bytes();
        for (length, valid) in [(0, false), (1, true), (largest, true), (largest + 1, false)] {
            let large = LargeCiphertext {
                record: RecordId([1; 16]),
                hash: Hash([2; 32]),
                length,
            };
            assert_eq!(large.check().is_ok(), valid, "{length}");
        }
    }
}
