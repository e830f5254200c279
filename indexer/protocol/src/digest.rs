//! The tagged hash of commitments, and its framing.

use aegle_rules::Hash;
use sha2::{Digest, Sha256};

/// Computes `SHA-256(lp(tag) || lp(part) || ...)`, 32 bytes, where `lp` puts the length before the bytes as 4 bytes
/// big-endian.
///
/// Injective in tag and parts: no two lists of parts are the same bytes.
pub fn hash(tag: &str, parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    absorb(&mut digest, tag.as_bytes());
    parts.iter().for_each(|part| absorb(&mut digest, part));
    Hash(digest.finalize().into())
}

/// Feeds one part with its length before it.
pub fn absorb(digest: &mut impl Digest, part: &[u8]) {
    let length = u32::try_from(part.len()).expect("every part is bounded far below 4 GiB by the limits of its type");
    digest.update(length.to_be_bytes());
    digest.update(part);
}

/// Joins parts with their lengths before them, for APIs that take the message as one slice.
pub fn frame(tag: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut framed = Vec::new();
    for part in core::iter::once(&tag.as_bytes()).chain(parts) {
        let length =
            u32::try_from(part.len()).expect("every part is bounded far below 4 GiB by the limits of its type");
        framed.extend_from_slice(&length.to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}
