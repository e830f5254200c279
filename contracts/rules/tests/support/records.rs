//! Sets of records and the proofs about them, as whoever holds the records makes them: by the definition of RFC 9162,
//! section 2.1, and with all leaves at hand.

use super::world::blake2b_256;
use aegle_rules::{
    consent::{Membership, MembershipProof, Neighbour},
    Hash,
};

/// The salted leaf of a record.
pub fn leaf(record: u8) -> Hash {
    blake2b_256(&[b"salt".as_slice(), &[record]].concat())
}

/// A set of records, in the order of their leaves.
#[derive(Clone, Debug)]
pub struct Records(Vec<Hash>);

impl Records {
    /// The set of these records.
    pub fn new(records: &[u8]) -> Self {
        let mut leaves: Vec<Hash> = records.iter().map(|record| leaf(*record)).collect();
        leaves.sort();
        Self(leaves)
    }

    /// What the chain knows of the set.
    pub fn root(&self) -> Hash {
        let count = (self.0.len() as u32).to_le_bytes();
        blake2b_256(&[b"aegle/records/root/v1".as_slice(), &count, &grow(&self.0, 0).0 .0].concat())
    }

    /// The proof of where a record is, or would be.
    pub fn prove(&self, record: u8) -> Membership {
        let record = leaf(record);
        let index = self.0.partition_point(|other| *other < record);
        let proof = if self.0.get(index) == Some(&record) {
            MembershipProof::Inside {
                index: index as u32,
                path: grow(&self.0, index).1,
            }
        } else {
            MembershipProof::Outside {
                before: index.checked_sub(1).map(|before| self.neighbour(before)),
                after: (index < self.0.len()).then(|| self.neighbour(index)),
            }
        };
        Membership {
            record,
            count: self.0.len() as u32,
            proof,
        }
    }

    fn neighbour(&self, index: usize) -> Neighbour {
        Neighbour {
            record: self.0[index],
            index: index as u32,
            path: grow(&self.0, index).1,
        }
    }
}

/// The top of a tree, and the path to one of its leaves.
fn grow(leaves: &[Hash], index: usize) -> (Hash, Vec<Hash>) {
    if let [leaf] = leaves {
        let top = blake2b_256(&[b"aegle/records/leaf/v1".as_slice(), &leaf.0].concat());
        return (top, Vec::new());
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let ((first, mut path), (second, right_path)) = match index.checked_sub(left.len()) {
        None => (grow(left, index), grow(right, 0)),
        Some(index) => (grow(left, 0), grow(right, index)),
    };
    if index < left.len() {
        path.push(second);
    } else {
        path = right_path;
        path.push(first);
    }
    (
        blake2b_256(&[b"aegle/records/node/v1".as_slice(), &first.0, &second.0].concat()),
        path,
    )
}
