//! Merkle trees: the tree of RFC 9162 (Certificate Transparency 2.0), section 2.1, with SHA-256.
//!
//! A leaf hashes as `SHA-256(0x00 || leaf)` and a node as `SHA-256(0x01 || left || right)`, so that no leaf passes for
//! a node. What is anchored is not the bare tree hash but [`root`]: the tagged hash of the kind of tree, the number of
//! leaves and the tree hash, so that a tree of one kind cannot answer for another and the number of leaves cannot be
//! misstated.

mod multi;

pub use multi::{MAX_MULTI_PROOF_HASHES, MultiProof, Nodes, multi_proof, verify_multi};

use crate::{digest::hash, tags};
use aegle_rules::Hash;
use aegle_sealed::decode_bounded;
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Most hashes in a proof: that of a tree with 2^32 leaves.
pub const MAX_PROOF_HASHES: usize = 32;

/// The kind of a tree: what its leaves are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// The records of a batch, in order of their number.
    Records,
    /// The labels of a batch, in order.
    Labels,
    /// The entries of a batch's count table, in order.
    Counts,
    /// The segments of a ciphertext, by the BLAKE3 hash of each.
    Segments,
    /// A patient's public keys, by slot and epoch.
    SlotKeys,
}

impl Tree {
    const fn tag(self) -> &'static str {
        match self {
            Self::Records => tags::TREE_RECORDS,
            Self::Labels => tags::TREE_LABELS,
            Self::Counts => tags::TREE_COUNTS,
            Self::Segments => tags::TREE_SEGMENTS,
            Self::SlotKeys => tags::TREE_SLOT_KEYS,
        }
    }
}

/// The path of a leaf to the root: the sibling hashes, from the leaf upwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Proof {
    /// At most [`MAX_PROOF_HASHES`].
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<aegle_sealed::schema::Hash>"))]
    pub path: Vec<Hash>,
}

impl Decode for Proof {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            path: decode_bounded(input, MAX_PROOF_HASHES, "too many hashes in a Merkle proof")?,
        })
    }
}

/// Computes the root of a tree over `leaves`, 32 bytes, bound to the kind of tree and the number of leaves.
pub fn root<L: AsRef<[u8]>>(tree: Tree, leaves: &[L]) -> Hash {
    bind(tree, leaves.len() as u64, &tree_hash(leaves))
}

/// Computes the tree hash (MTH) of RFC 9162, section 2.1.1, 32 bytes, bound to neither kind nor number of leaves.
pub fn tree_hash<L: AsRef<[u8]>>(leaves: &[L]) -> Hash {
    let mut level: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf.as_ref())).collect();
    if level.is_empty() {
        return Hash(Sha256::digest([]).into());
    }
    while level.len() > 1 {
        level = parents(&level);
    }
    level[0]
}

/// Builds the proof that the leaf of number `index` is in the tree over `leaves` (RFC 9162, section 2.1.3.1); returns
/// `None` if there is no such leaf.
pub fn proof<L: AsRef<[u8]>>(leaves: &[L], index: usize) -> Option<Proof> {
    if index >= leaves.len() {
        return None;
    }
    let mut level: Vec<Hash> = leaves.iter().map(|leaf| leaf_hash(leaf.as_ref())).collect();
    let mut position = index;
    let mut path = Vec::new();
    while level.len() > 1 {
        // The last node of a level of odd length has no sibling: it moves up as it is.
        if let Some(sibling) = level.get(position ^ 1) {
            path.push(*sibling);
        }
        level = parents(&level);
        position /= 2;
    }
    Some(Proof { path })
}

/// Verifies that `leaf` has number `index` among the `count` leaves of the tree with that [`root`] (RFC 9162, section
/// 2.1.3.2). Returns `false` for any proof that is not exactly the one of [`proof`].
pub fn verify(tree: Tree, root: &Hash, count: u64, index: u64, leaf: &[u8], proof: &Proof) -> bool {
    if index >= count || proof.path.len() > MAX_PROOF_HASHES {
        return false;
    }
    let mut position = index;
    let mut last = count - 1;
    let mut current = leaf_hash(leaf);
    for sibling in &proof.path {
        if last == 0 {
            return false;
        }
        if position % 2 == 1 || position == last {
            current = node_hash(sibling, &current);
            // Levels in which this node had no sibling have left no hash in the path.
            while position % 2 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            current = node_hash(&current, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && bind(tree, count, &current) == *root
}

fn bind(tree: Tree, count: u64, tree_hash: &Hash) -> Hash {
    hash(
        tags::MERKLE_ROOT,
        &[tree.tag().as_bytes(), &count.to_le_bytes(), &tree_hash.0],
    )
}

fn parents(level: &[Hash]) -> Vec<Hash> {
    let pair = |nodes: &[Hash]| match nodes {
        [left, right] => node_hash(left, right),
        lone => lone[0],
    };
    level.chunks(2).map(pair).collect()
}

fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix([0]).chain_update(leaf).finalize().into())
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(
        Sha256::new_with_prefix([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}
