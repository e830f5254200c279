//! Proofs that a record is in a batch: the tree of RFC 9162, section 2.1, with SHA-256, whose root is bound to the kind
//! of tree and the number of leaves. The clients build it; here it is only checked.

use crate::Hash;
use alloc::vec::Vec;

/// Most hashes in a proof: that of a tree with 2^32 leaves.
pub const MAX_PROOF_HASHES: usize = 32;

const ROOT_TAG: &[u8] = b"aegle/merkle-root/v1";
const RECORDS_TAG: &[u8] = b"aegle/tree/records/v1";

/// Returns whether `leaf` has number `index` among the `count` records of the batch with that record root (RFC 9162,
/// section 2.1.3.2), as `path` shows: the sibling hashes, from the leaf upwards.
///
/// The root is `SHA-256(lp("aegle/merkle-root/v1") || lp("aegle/tree/records/v1") || lp(count) || lp(tree hash))`, where
/// `lp` puts the length before the bytes, as 4 bytes big-endian, and the count is 8 bytes little-endian.
pub fn verify(root: &Hash, count: u32, index: u32, leaf: &[u8], path: &[Hash], sha256: impl Fn(&[u8]) -> Hash) -> bool {
    if index >= count || path.len() > MAX_PROOF_HASHES {
        return false;
    }
    let mut position = index;
    let mut last = count.saturating_sub(1);
    let mut current = sha256(&[&[0], leaf].concat());
    for sibling in path {
        if last == 0 {
            return false;
        }
        if position % 2 == 1 || position == last {
            current = node(sibling, &current, &sha256);
            // Levels in which this node had no sibling have left no hash in the path.
            while position % 2 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            current = node(&current, sibling, &sha256);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && bind(count, &current, &sha256) == *root
}

fn node(left: &Hash, right: &Hash, sha256: impl Fn(&[u8]) -> Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    sha256(&bytes)
}

fn bind(count: u32, tree_hash: &Hash, sha256: impl Fn(&[u8]) -> Hash) -> Hash {
    let mut framed = Vec::new();
    for part in [ROOT_TAG, RECORDS_TAG, &u64::from(count).to_le_bytes(), &tree_hash.0] {
        framed.extend_from_slice(&(part.len() as u32).to_be_bytes());
        framed.extend_from_slice(part);
    }
    sha256(&framed)
}
