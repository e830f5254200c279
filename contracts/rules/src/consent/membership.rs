//! Whether a record is in a set of records, of which the chain knows one hash.
//!
//! The set's leaves are salted hashes of record ids, 32 bytes each, sorted and all different. Over them lies the binary
//! tree of RFC 9162, section 2.1.1, with BLAKE2b-256 and tags of its own; the root binds the number of leaves:
//!
//! ```text
//! leaf  = H("aegle/records/leaf/v1" || record)
//! node  = H("aegle/records/node/v1" || left || right)
//! root  = H("aegle/records/root/v1" || count as 4 bytes, little-endian || top)
//! ```
//!
//! Because the leaves are sorted, two neighbours with nothing between them prove that a record is *not* in the set.
//! Whoever asks vouches that [`Membership::record`] is the leaf of the record in question, as they do for its
//! [facts](super::Facts).

use crate::{message::decode_apart, Hash};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// Most steps of a path, which bounds a set to 2^20 records.
pub const MAX_MEMBERSHIP_PATH: usize = 20;

const LEAF: &[u8] = b"aegle/records/leaf/v1";
const NODE: &[u8] = b"aegle/records/node/v1";
const ROOT: &[u8] = b"aegle/records/root/v1";

/// A proof that a record is in a set, or that it is not.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Membership {
    /// The record's salted leaf.
    pub record: Hash,
    /// How many records the set has.
    pub count: u32,
    /// Where the record is, or would be.
    pub proof: MembershipProof,
}
decode_apart!(Membership { record, count, proof });

/// Where a record is among the sorted leaves of a set, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum MembershipProof {
    /// It is in the set.
    Inside {
        /// Its position, from 0.
        index: u32,
        /// The siblings on the way up: at most [`MAX_MEMBERSHIP_PATH`].
        path: Vec<Hash>,
    },
    /// It is not in the set; it would stand between these two.
    Outside {
        /// The last leaf before it; `None` when it would be the first.
        before: Option<Neighbour>,
        /// The first leaf after it; `None` when it would be the last.
        after: Option<Neighbour>,
    },
}

/// A leaf of a set, with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Neighbour {
    /// The salted leaf.
    pub record: Hash,
    /// Its position, from 0.
    pub index: u32,
    /// The siblings on the way up: at most [`MAX_MEMBERSHIP_PATH`].
    pub path: Vec<Hash>,
}

/// What a proof shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The record is in the set.
    Inside,
    /// The record is not in the set.
    Outside,
}

impl Membership {
    /// Returns what is shown about the set with this root; `None` when nothing is. `blake2` is BLAKE2b-256.
    pub fn place(&self, root: &Hash, blake2: &dyn Fn(&[u8]) -> Hash) -> Option<Place> {
        let stands = |record: &Hash, index, path: &[Hash]| {
            path_top(record, index, self.count, path, blake2)
                .is_some_and(|top| set_root(self.count, &top, blake2) == *root)
        };
        match &self.proof {
            MembershipProof::Inside { index, path } => stands(&self.record, *index, path).then_some(Place::Inside),
            MembershipProof::Outside { before, after } => {
                let first = before.as_ref().map_or(Some(0), |leaf| leaf.index.checked_add(1))?;
                let next = after.as_ref().map_or(self.count, |leaf| leaf.index);
                let between = before.as_ref().is_none_or(|leaf| leaf.record < self.record)
                    && after.as_ref().is_none_or(|leaf| self.record < leaf.record);
                let mut neighbours = before.iter().chain(after);
                let shown = (before.is_some() || after.is_some()) && first == next && between;
                (shown && neighbours.all(|leaf| stands(&leaf.record, leaf.index, &leaf.path))).then_some(Place::Outside)
            }
        }
    }
}

/// Returns the root of the set whose tree has this top.
fn set_root(count: u32, top: &Hash, blake2: &dyn Fn(&[u8]) -> Hash) -> Hash {
    blake2(&[ROOT, &count.to_le_bytes(), &top.0].concat())
}

/// Returns the top of the tree of `count` leaves to which the path leads from the leaf at `index`; `None` when the path
/// has another length than the one of that leaf.
fn path_top(record: &Hash, index: u32, count: u32, path: &[Hash], blake2: &dyn Fn(&[u8]) -> Hash) -> Option<Hash> {
    let (mut position, mut last) = (index, count.checked_sub(1)?);
    if position > last || path.len() > MAX_MEMBERSHIP_PATH {
        return None;
    }
    let mut node = blake2(&[LEAF, &record.0].concat());
    let mut path = path.iter();
    while last > 0 {
        // The last node of a row that has no sibling moves up as it is.
        if position & 1 == 1 {
            node = blake2(&[NODE, &path.next()?.0, &node.0].concat());
        } else if position < last {
            node = blake2(&[NODE, &node.0, &path.next()?.0].concat());
        }
        position >>= 1;
        last >>= 1;
    }
    path.next().is_none().then_some(node)
}

/// Returns the root of the set of these salted records, and where `record` is in it or would be; `None` where the set
/// is empty or its tree higher than [`MAX_MEMBERSHIP_PATH`]. Order does not matter, and a record that is named twice
/// counts once.
#[cfg(feature = "std")]
pub fn record_set(salted: &[Hash], record: Hash, blake2: &dyn Fn(&[u8]) -> Hash) -> Option<(Hash, Membership)> {
    let mut leaves = salted.to_vec();
    leaves.sort_unstable();
    leaves.dedup();
    let count = u32::try_from(leaves.len()).ok()?;
    if count == 0 || leaves.len() > 1 << MAX_MEMBERSHIP_PATH {
        return None;
    }
    let row = leaves.iter().map(|leaf| blake2(&[LEAF, &leaf.0].concat())).collect();
    let mut rows: Vec<Vec<Hash>> = alloc::vec![row];
    while let Some(row) = rows.last().filter(|row| row.len() > 1) {
        let above = |pair: &[Hash]| match pair {
            [left, right] => blake2(&[NODE, &left.0, &right.0].concat()),
            lone => lone[0],
        };
        let above = row.chunks(2).map(above).collect();
        rows.push(above);
    }
    let root = set_root(count, rows.last()?.first()?, blake2);
    let path = |index: usize| {
        let siblings = rows.iter().enumerate();
        siblings
            .filter_map(|(height, row)| row.get((index >> height) ^ 1).copied())
            .collect()
    };
    let neighbour = |index: usize| {
        leaves.get(index).map(|leaf| Neighbour {
            record: *leaf,
            index: index as u32,
            path: path(index),
        })
    };
    let proof = match leaves.binary_search(&record) {
        Ok(index) => MembershipProof::Inside {
            index: index as u32,
            path: path(index),
        },
        Err(index) => MembershipProof::Outside {
            before: index.checked_sub(1).and_then(neighbour),
            after: neighbour(index),
        },
    };
    Some((root, Membership { record, count, proof }))
}

#[cfg(test)]
mod tests;
