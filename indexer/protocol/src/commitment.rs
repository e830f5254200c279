//! Commitments that stand on chain: salted, so that nobody can test a guess against them.

use crate::{
    bytes,
    digest::hash,
    merkle::{self, MultiProof, Tree},
    tags,
};
use aegle_rules::Hash;
use aegle_sealed::{LEAF_BYTES, LabelSet, Salt};
use scale::{Decode, Encode};

bytes::bytes! {
    /// Random bytes that hide labels and counts behind their commitment.
    IndexSalt[32]
}
bytes::bytes! {
    /// Random bytes that hide a FHIR Consent document behind its commitment.
    DocumentSalt[32]
}

pub use crate::delegation::SplitSalt;

/// The preimage of the commitment to a batch's labels and count table: enough to prove single labels and entries
/// against it. It tells how many labels and entries there are, padding included, and nothing of what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IndexOpening {
    /// The salt of the commitment.
    pub commitment_salt: IndexSalt,
    /// The epoch of the domain's key from which the labels follow.
    pub epoch: u16,
    /// The salt of the labels.
    pub label_salt: Salt,
    /// The [root](merkle::root) of the labels.
    pub label_root: Hash,
    /// The [root](merkle::root) of the count table's entries.
    pub count_root: Hash,
    /// The number of labels.
    pub label_leaves: u64,
    /// The number of entries.
    pub count_leaves: u64,
}

/// The opening is not of the commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the opening is of the commitment {found}, and not of {expected}")]
pub struct OpeningError {
    /// The commitment that the opening hashes to.
    pub found: Hash,
    /// The commitment on chain.
    pub expected: Hash,
}

impl IndexOpening {
    /// Returns the index commitment: `H(tag, salt, epoch, salt of the labels, label root, count root, leaf counts)`, 32
    /// bytes. Epoch and salt of the labels are in it, so that nobody can hand out labels under others: with keys of
    /// another epoch nothing would be found, and that would look like an answer.
    pub fn commitment(&self) -> Hash {
        hash(
            tags::INDEX_COMMITMENT,
            &[
                &self.commitment_salt.0,
                &self.epoch.to_le_bytes(),
                &self.label_salt.0,
                &self.label_root.0,
                &self.count_root.0,
                &self.label_leaves.to_le_bytes(),
                &self.count_leaves.to_le_bytes(),
            ],
        )
    }

    /// Verifies that the opening is that of `commitment`, which the caller has read from the chain.
    ///
    /// # Errors
    /// [`OpeningError`] with both commitments.
    pub fn verify(&self, commitment: &Hash) -> Result<VerifiedOpening, OpeningError> {
        let found = self.commitment();
        if found != *commitment {
            return Err(OpeningError {
                found,
                expected: *commitment,
            });
        }
        Ok(VerifiedOpening(*self))
    }
}

/// An opening of a commitment that stands on chain. It comes from [`IndexOpening::verify`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedOpening(IndexOpening);

impl VerifiedOpening {
    /// Returns the salt of the labels.
    pub fn label_salt(&self) -> &Salt {
        &self.0.label_salt
    }

    /// Returns the number of entries of the count table, sentinels and padding included.
    pub fn count_leaves(&self) -> u64 {
        self.0.count_leaves
    }

    /// Returns whether these are leaves of the labels' tree ([`merkle::verify_multi`]).
    pub fn proves_labels(&self, leaves: &[(u64, [u8; LEAF_BYTES])], proof: &MultiProof) -> bool {
        merkle::verify_multi(Tree::Labels, &self.0.label_root, self.0.label_leaves, leaves, proof)
    }

    /// Returns whether these are leaves of the count table's tree ([`merkle::verify_multi`]).
    pub fn proves_counts(&self, leaves: &[(u64, [u8; LEAF_BYTES])], proof: &MultiProof) -> bool {
        merkle::verify_multi(Tree::Counts, &self.0.count_root, self.0.count_leaves, leaves, proof)
    }
}

/// Computes the [commitment](IndexOpening::commitment) to a batch's labels and count table.
pub fn index_commitment(labels: &LabelSet, epoch: u16, salt: &IndexSalt) -> Hash {
    let (label_leaves, count_leaves) = (labels.label_leaves(), labels.count_leaves());
    let opening = IndexOpening {
        commitment_salt: *salt,
        epoch,
        label_salt: *labels.salt(),
        label_root: merkle::root(Tree::Labels, &label_leaves),
        count_root: merkle::root(Tree::Counts, &count_leaves),
        label_leaves: label_leaves.len() as u64,
        count_leaves: count_leaves.len() as u64,
    };
    opening.commitment()
}

/// Computes the commitment to a FHIR Consent document: `H(tag, salt, document)`, 32 bytes.
///
/// # Panics
/// If the document is longer than 4 GiB.
pub fn document_commitment(document: &[u8], salt: &DocumentSalt) -> Hash {
    hash(tags::DOCUMENT_COMMITMENT, &[&salt.0, document])
}
