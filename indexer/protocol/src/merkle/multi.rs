//! One proof for many leaves of a tree: nodes that their paths share are in it once, or not at all where they follow
//! from the leaves.
//!
//! The algorithm is the usual one, over the shape of RFC 9162: go up level by level with the nodes that are known, in
//! order of their place, and take from the proof the sibling of each node whose sibling is not known. So the order of
//! the proof's hashes follows from the leaves' numbers, and no hash in it can be left out, added or moved.

use super::{Tree, bind, leaf_hash, node_hash, parents};
use aegle_rules::Hash;
use aegle_sealed::decode_bounded;
use scale::{Decode, Encode};
use sha2::{Digest, Sha256};

/// Most hashes in a proof for many leaves: 8 MiB.
pub const MAX_MULTI_PROOF_HASHES: usize = 262_144;

/// The sibling hashes that do not follow from the leaves, level by level from the leaves upwards, each level from the
/// left. Empty when no leaf is to be proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode)]
pub struct MultiProof {
    /// At most [`MAX_MULTI_PROOF_HASHES`].
    pub siblings: Vec<Hash>,
}

impl Decode for MultiProof {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        let siblings = decode_bounded(input, MAX_MULTI_PROOF_HASHES, "too many hashes in a Merkle proof")?;
        Ok(Self { siblings })
    }
}

/// Every node of a tree, for whoever proves many leaves: twice the leaves' hashes, 32 bytes each.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// From the leaves to the top; one empty level when there are no leaves.
    levels: Vec<Vec<Hash>>,
}

impl Nodes {
    /// Hashes all `leaves`, and all nodes above them.
    pub fn new<L: AsRef<[u8]>>(leaves: impl IntoIterator<Item = L>) -> Self {
        let mut top: Vec<Hash> = leaves.into_iter().map(|leaf| leaf_hash(leaf.as_ref())).collect();
        let mut levels = Vec::new();
        while top.len() > 1 {
            let above = parents(&top);
            levels.push(top);
            top = above;
        }
        levels.push(top);
        Self { levels }
    }

    /// Returns the number of leaves.
    pub fn leaves(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// Returns the root, as [`super::root`] computes it: 32 bytes.
    pub fn root(&self, tree: Tree) -> Hash {
        let top = self.levels.last().and_then(|level| level.first()).copied();
        bind(tree, self.leaves(), &top.unwrap_or(Hash(Sha256::digest([]).into())))
    }

    /// Builds the proof for the leaves of these numbers; returns `None` if they are not strictly increasing, or if
    /// there is no such leaf.
    pub fn multi_proof(&self, indices: &[u64]) -> Option<MultiProof> {
        let increasing = indices.windows(2).all(|pair| pair[0] < pair[1]);
        if !increasing || indices.last().is_some_and(|last| *last >= self.leaves()) {
            return None;
        }
        let mut known = indices.to_vec();
        let mut siblings = Vec::new();
        for level in &self.levels {
            let mut above: Vec<u64> = Vec::with_capacity(known.len());
            for (place, position) in known.iter().enumerate() {
                let sibling = position ^ 1;
                let neighbour = if sibling > *position {
                    place + 1
                } else {
                    place.wrapping_sub(1)
                };
                if known.get(neighbour) != Some(&sibling) {
                    // The last node of a level of odd length has no sibling: it moves up as it is.
                    siblings.extend(level.get(sibling as usize));
                }
                if above.last() != Some(&(position / 2)) {
                    above.push(position / 2);
                }
            }
            known = above;
        }
        Some(MultiProof { siblings })
    }
}

/// Builds the proof that the leaves of these numbers are in the tree over `leaves`; returns `None` if they are not
/// strictly increasing, or if there is no such leaf. See [`Nodes`] for several proofs of one tree.
pub fn multi_proof<L: AsRef<[u8]>>(leaves: &[L], indices: &[u64]) -> Option<MultiProof> {
    Nodes::new(leaves).multi_proof(indices)
}

/// Verifies that each of `leaves`, in strictly increasing order of their numbers, has that number among the `count`
/// leaves of the tree with that [`super::root`]. Returns `false` for any proof that is not exactly the one of
/// [`multi_proof`]. The proof of no leaves is empty.
pub fn verify_multi<L: AsRef<[u8]>>(
    tree: Tree,
    root: &Hash,
    count: u64,
    leaves: &[(u64, L)],
    proof: &MultiProof,
) -> bool {
    let Some((last, _)) = leaves.last() else {
        return proof.siblings.is_empty();
    };
    let increasing = leaves.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if !increasing || *last >= count || proof.siblings.len() > MAX_MULTI_PROOF_HASHES {
        return false;
    }
    let mut siblings = proof.siblings.iter();
    let mut known: Vec<(u64, Hash)> = leaves
        .iter()
        .map(|(index, leaf)| (*index, leaf_hash(leaf.as_ref())))
        .collect();
    let mut width = count;
    while width > 1 {
        let Some(above) = climb(&known, width, &mut siblings) else {
            return false;
        };
        known = above;
        width = width.div_ceil(2);
    }
    siblings.next().is_none() && bind(tree, count, &known[0].1) == *root
}

/// Returns the nodes above the known ones of a level of `width` nodes; `None` when the proof has too few siblings.
fn climb<'a>(
    known: &[(u64, Hash)],
    width: u64,
    siblings: &mut impl Iterator<Item = &'a Hash>,
) -> Option<Vec<(u64, Hash)>> {
    let mut above = Vec::with_capacity(known.len());
    let mut rest = known;
    while let [(position, node), after @ ..] = rest {
        rest = after;
        let right = after.first().filter(|(next, _)| *next == position + 1);
        let parent = if position % 2 == 1 {
            node_hash(siblings.next()?, node)
        } else if position + 1 == width {
            *node
        } else if let Some((_, right)) = right {
            rest = &after[1..];
            node_hash(node, right)
        } else {
            node_hash(node, siblings.next()?)
        };
        above.push((position / 2, parent));
    }
    Some(above)
}
