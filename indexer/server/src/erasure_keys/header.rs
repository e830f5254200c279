//! What a replica says of itself: whose keys it has, and who uses them.

use super::ErasureKeyError;

/// Bytes before the places: a sector, so that writing it changes no place.
pub(super) const HEADER_BYTES: usize = 512;
/// The first bytes of a replica, with the version of its form.
const MAGIC: [u8; 8] = *b"aegleEK\x01";
/// Bytes that the checksum is over, and bytes of the checksum.
const CHECKED_BYTES: usize = 32;
const SUM_BYTES: usize = 16;

/// The name of a set of erasure keys. The database that they are for names it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySetId(pub [u8; 16]);

impl KeySetId {
    /// Draws the name of a new set.
    pub(super) fn fresh() -> Result<Self, ErasureKeyError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|_| ErasureKeyError::Randomness)?;
        Ok(Self(id))
    }
}

/// The header of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) set: KeySetId,
    /// The database's epoch in which the keys were taken last.
    pub(super) epoch: u64,
}

/// What stands where a header belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing: a file that was made, and not written.
    Nothing,
    /// A header.
    Header(Header),
    /// A header that is damaged.
    Damaged,
    /// Something else.
    Foreign,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..24].copy_from_slice(&self.set.0);
        bytes[24..CHECKED_BYTES].copy_from_slice(&self.epoch.to_le_bytes());
        let sum = checksum(&bytes[..CHECKED_BYTES]);
        bytes[CHECKED_BYTES..][..SUM_BYTES].copy_from_slice(&sum);
        bytes
    }

    pub(super) fn decode(bytes: &[u8; HEADER_BYTES]) -> Found {
        if *bytes == [0; HEADER_BYTES] {
            return Found::Nothing;
        }
        let (checked, sum) = bytes.split_at(CHECKED_BYTES);
        if !sum.starts_with(&checksum(checked)) {
            return match checked.starts_with(&MAGIC) {
                true => Found::Damaged,
                false => Found::Foreign,
            };
        }
        let (Some((set, rest)), true) = (checked[8..].split_first_chunk::<16>(), checked.starts_with(&MAGIC)) else {
            return Found::Foreign;
        };
        let Some(epoch) = rest.first_chunk::<8>() else {
            return Found::Foreign;
        };
        Found::Header(Self {
            set: KeySetId(*set),
            epoch: u64::from_le_bytes(*epoch),
        })
    }
}

fn checksum(bytes: &[u8]) -> [u8; SUM_BYTES] {
    let mut sum = [0; SUM_BYTES];
    let mut hasher = blake3::Hasher::new_derive_key("aegle/erasure-keys/header/v1");
    hasher.update(bytes).finalize_xof().fill(&mut sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_back_and_anything_else_is_none() {
        let header = Header {
            set: KeySetId([7; 16]),
            epoch: 3,
        };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Found::Header(header));
        assert_eq!(Header::decode(&[0; HEADER_BYTES]), Found::Nothing);
        assert_eq!(Header::decode(&[1; HEADER_BYTES]), Found::Foreign);
        for byte in 0..CHECKED_BYTES + SUM_BYTES {
            let mut changed = bytes;
            changed[byte] ^= 1;
            let expected = if byte < 8 { Found::Foreign } else { Found::Damaged };
            assert_eq!(Header::decode(&changed), expected, "byte {byte}");
        }
    }
}
