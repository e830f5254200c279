//! Label sets: of a batch, or of a span of batches that were compacted.
use aegle_protocol::{commitment::IndexSalt, wire::Format};
use aegle_rules::{BatchNumber, DomainId, Hash};
use aegle_sealed::{BatchSpan, CountTable, LabelSet, Salt};
use roaring::RoaringBitmap;
use scale::Encode;
use std::collections::BTreeMap;

/// Labels that are stored: of a batch, or of a span of batches that were compacted.
#[derive(Clone, Debug)]
pub struct LabelsRow {
    /// Which they are.
    pub stored: StoredLabels,
    /// The number of records that they are of.
    pub records: u32,
    /// The label set, as [`Format::LabelSet`].
    pub labels: Vec<u8>,
}

/// Which labels were stored, and under which sequence number.
#[derive(Clone, Copy, Debug)]
pub struct StoredLabels {
    /// The sequence number.
    pub sequence: u64,
    /// The domain.
    pub domain: DomainId,
    /// The batches.
    pub span: BatchSpan,
    /// SHA-256 of the bytes that brought the labels.
    pub bundle: Hash,
}

/// Labels that are stored, and how many of their records the index should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelPlace {
    /// The sequence number.
    pub sequence: u64,
    /// The domain.
    pub domain: DomainId,
    /// The batches.
    pub span: BatchSpan,
    /// The number of records that the labels are of.
    pub records: u32,
    /// The number of them that are erased.
    pub erased: u32,
    /// The number of those that were removed from the index.
    pub removed: u32,
}

/// Which labels there are, and that they may be used as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CurrentLabels {
    /// The batches.
    pub span: BatchSpan,
    /// The version of the labels.
    pub version: u16,
}

/// The stored labels from which the evidence of a batch is made.
#[derive(Clone, Debug)]
pub struct LabelsProof {
    /// The number of records that the labels are of.
    pub records: u32,
    /// The epoch of the labels' key.
    pub epoch: u16,
    /// The salt of the index commitment.
    pub commitment_salt: IndexSalt,
    /// The label set, as [`Format::LabelSet`].
    pub labels: Vec<u8>,
}

/// Names one set of labels: the same batches can have several, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelSetId {
    /// The domain.
    pub domain: DomainId,
    /// The batches.
    pub span: BatchSpan,
    /// The epoch of the domain key from which the labels follow.
    pub epoch: u16,
    /// The version of the labels, as the ledger counts it.
    pub version: u16,
}

/// Labels to store: they match what is on chain.
#[derive(Debug)]
pub struct NewLabels {
    /// Which they are.
    pub id: LabelSetId,
    /// The number of records that they are of.
    pub records: u32,
    /// SHA-256 of the bytes that brought them.
    pub bundle: Hash,
    /// Their salt.
    pub salt: Salt,
    /// The salt of the index commitment.
    pub commitment_salt: IndexSalt,
    /// SCALE of the count table.
    pub counts: Vec<u8>,
    /// The label set, as [`Format::LabelSet`].
    pub labels: Vec<u8>,
}

impl NewLabels {
    /// Returns the row under which they are stored with a sequence number.
    pub fn stored(&self, sequence: u64) -> StoredLabels {
        StoredLabels {
            sequence,
            domain: self.id.domain,
            span: self.id.span,
            bundle: self.bundle,
        }
    }

    /// Builds the row of a label set, as `bundle` brought it.
    pub fn new(id: LabelSetId, bundle: Hash, labels: &LabelSet, commitment_salt: &IndexSalt) -> Self {
        Self {
            id,
            records: labels.records().len() as u32,
            bundle,
            salt: *labels.salt(),
            commitment_salt: *commitment_salt,
            counts: labels.counts().encode(),
            labels: Format::LabelSet.encode(labels),
        }
    }
}

/// Records in batches, by their numbers.
pub type Records = BTreeMap<BatchNumber, RoaringBitmap>;

/// Records in batches that have their labels in common.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeBatches {
    /// The batches.
    pub span: BatchSpan,
    /// The epoch in which they were labelled.
    pub epoch: u16,
    /// The records' numbers among the labels.
    pub numbers: RoaringBitmap,
}

/// The salt and the count table of labels, which a search needs besides the index.
#[derive(Debug)]
pub struct Counts {
    /// The salt of the labels.
    pub salt: Salt,
    /// The count table.
    pub table: CountTable,
    /// The number, among the labels, of each batch's first record.
    pub starts: Vec<u32>,
}

/// The labels of batches, and with which of them each batch begins.
#[derive(Debug)]
pub struct LabelsOfSpan {
    /// The salt of the labels.
    pub salt: Salt,
    /// The label set of all records, as [`Format::LabelSet`].
    pub labels: Vec<u8>,
    /// The number, among the labels, of each batch's first record.
    pub starts: Vec<u32>,
    /// The number of records in these batches, erased ones included: a patient has no more.
    pub records: u32,
}
