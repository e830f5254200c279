//! Commitments that stand on chain: salted, so that nobody can test a guess against them.

use crate::{
    bytes,
    digest::hash,
    merkle::{self, Tree},
    tags,
};
use aegle_rules::Hash;
use aegle_sealed::LabelSet;

bytes::bytes! {
    /// Random bytes that hide labels and counts behind their commitment.
    IndexSalt[32]
}
bytes::bytes! {
    /// Random bytes that hide a FHIR Consent document behind its commitment.
    DocumentSalt[32]
}

pub use crate::delegation::SplitSalt;

/// The commitment to a batch's labels and count table: `H(tag, salt, salt of the labels, label root,
/// count root, leaf counts)`. The salt of the labels is in it, so that nobody can hand out labels under another one.
pub fn index_commitment(labels: &LabelSet, salt: &IndexSalt) -> Hash {
    let label_leaves = labels.label_leaves();
    let count_leaves = labels.count_leaves();
    hash(
        tags::INDEX_COMMITMENT,
        &[
            &salt.0,
            &labels.salt().0,
            &merkle::root(Tree::Labels, &label_leaves).0,
            &merkle::root(Tree::Counts, &count_leaves).0,
            &(label_leaves.len() as u64).to_le_bytes(),
            &(count_leaves.len() as u64).to_le_bytes(),
        ],
    )
}

/// The commitment to a FHIR Consent document: `H(tag, salt, document)`.
///
/// # Panics
/// If the document is longer than 4 GiB.
pub fn document_commitment(document: &[u8], salt: &DocumentSalt) -> Hash {
    hash(tags::DOCUMENT_COMMITMENT, &[&salt.0, document])
}
