//! Labels: what the index holds of a record instead of its keywords.

use crate::{
    CountEntry, CountTable, RandomnessError,
    counts::decode_bounded,
    limits::{MAX_BATCH_LABELS, MAX_BATCH_RECORDS, MAX_RECORD_LABELS, MIN_RECORD_LABELS},
    tags,
};
use scale::{Compact, Decode, Encode};
use serde::{Deserialize, Serialize};

/// Bytes of a leaf, of either Merkle tree over a batch: that of its labels and that of its counts.
pub const LEAF_BYTES: usize = 40;

/// 16 random bytes, fresh for each attempt to label a batch: the same keys under another salt make other labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Salt(#[serde(with = "hex::serde")] pub [u8; 16]);

impl Salt {
    /// Draws a fresh salt.
    ///
    /// # Errors
    /// [`RandomnessError`]: the system gives no randomness.
    pub fn generate() -> Result<Self, RandomnessError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

/// 10 bytes that stand for one occurrence of one keyword, or for nothing. Two occurrences of a keyword have labels
/// that cannot be told from any other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Label(pub [u8; 10]);

/// The labels of a batch and its count table, as a custodian makes them and an indexer stores them.
///
/// For each record, by number, its labels in order without duplicates, padded to 8, 16, 32, ... No label comes twice
/// in the batch. To read one from bytes, decode an [`UnverifiedLabelSet`] (the encoding is the same) and verify it.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct LabelSet {
    salt: Salt,
    records: Vec<Vec<Label>>,
    counts: CountTable,
    /// Every label with the number of its record, in order: sorted once, where equal ones are looked for.
    #[codec(skip)]
    sorted: Vec<(Label, u32)>,
}

impl LabelSet {
    /// Returns the salt of this labelling.
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// Returns the labels of each record, by the records' numbers; those of a record in rising order.
    pub fn records(&self) -> &[Vec<Label>] {
        &self.records
    }

    /// Returns the count table.
    pub fn counts(&self) -> &CountTable {
        &self.counts
    }

    /// Returns every label with the number of its record, in order of the labels, as the leaves of their tree are.
    pub fn sorted_labels(&self) -> &[(Label, u32)] {
        &self.sorted
    }

    /// Returns the [leaves](Label::leaf) of the Merkle tree of labels, in order of the labels.
    pub fn label_leaves(&self) -> Vec<[u8; LEAF_BYTES]> {
        self.sorted.iter().map(|(label, number)| label.leaf(*number)).collect()
    }

    /// Returns the [leaves](crate::CountEntry::leaf) of the Merkle tree of counts, in order of the table.
    pub fn count_leaves(&self) -> Vec<[u8; LEAF_BYTES]> {
        self.counts.entries().iter().map(crate::CountEntry::leaf).collect()
    }
}

/// A label set as it comes from outside. Decoding keeps to the limits, nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct UnverifiedLabelSet {
    /// The salt of this labelling.
    pub salt: Salt,
    /// For each record, by number, its labels.
    pub records: Vec<Vec<Label>>,
    /// The count table.
    pub counts: CountTable,
}

/// Why a label set is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelSetError {
    /// The batch has another number of records, or one outside 1 to [`MAX_BATCH_RECORDS`].
    #[error("labels of {found} records for a batch of {expected}")]
    Records {
        /// Records of the label set.
        found: usize,
        /// Records of the batch.
        expected: u32,
    },
    /// The labels of a record are not padded to a power of two inside the limits.
    #[error("the {labels} labels of record {record} are not padded, or too many")]
    Padding {
        /// The record's number.
        record: u32,
        /// How many labels it has.
        labels: usize,
    },
    /// The labels of a record are not strictly increasing.
    #[error("the labels of record {record} are not in order")]
    Order {
        /// The record's number.
        record: u32,
    },
    /// More than [`MAX_BATCH_LABELS`] in all.
    #[error("{labels} labels in one batch, more than {MAX_BATCH_LABELS}")]
    TooManyLabels {
        /// How many.
        labels: usize,
    },
    /// Two records have the same label.
    #[error("a label comes twice")]
    Duplicate,
    /// The table has more entries than the labels can need, padding included.
    #[error("{entries} entries in the count table for {labels} labels")]
    Counts {
        /// Entries of the table.
        entries: usize,
        /// Labels of the batch.
        labels: usize,
    },
}

impl UnverifiedLabelSet {
    /// Checks everything that can be checked without keys, for a batch of `records` records.
    ///
    /// # Errors
    /// [`LabelSetError`]: the batch has another number of records, labels are not padded, not in order, too many or
    /// twice, or the count table is longer than the labels can need.
    pub fn verify(self, records: u32) -> Result<LabelSet, LabelSetError> {
        let found = self.records.len();
        if found != records as usize || !(1..=MAX_BATCH_RECORDS).contains(&records) {
            return Err(LabelSetError::Records {
                found,
                expected: records,
            });
        }
        for (record, labels) in (0_u32..).zip(&self.records) {
            check_record(record, labels)?;
        }
        let total = self.records.iter().map(Vec::len).sum();
        if total > MAX_BATCH_LABELS {
            return Err(LabelSetError::TooManyLabels { labels: total });
        }
        // Each keyword has a label at least, so more entries than that would be padding for its own sake.
        let entries = self.counts.entries().len();
        if entries > padded_entries(total) {
            return Err(LabelSetError::Counts { entries, labels: total });
        }
        let numbered = (0_u32..).zip(&self.records);
        let mut sorted = Vec::with_capacity(total);
        sorted.extend(numbered.flat_map(|(number, labels)| labels.iter().map(move |label| (*label, number))));
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair: &[(Label, u32)]| pair[0].0 == pair[1].0) {
            return Err(LabelSetError::Duplicate);
        }
        Ok(LabelSet {
            salt: self.salt,
            records: self.records,
            counts: self.counts,
            sorted,
        })
    }
}

impl From<LabelSet> for UnverifiedLabelSet {
    fn from(set: LabelSet) -> Self {
        Self {
            salt: set.salt,
            records: set.records,
            counts: set.counts,
        }
    }
}

impl Decode for UnverifiedLabelSet {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        let salt = Salt::decode(input)?;
        let length = Compact::<u32>::decode(input)?.0;
        if length > MAX_BATCH_RECORDS {
            return Err("too many records in a label set".into());
        }
        let mut records = Vec::new();
        for _ in 0..length {
            records.push(decode_bounded(input, MAX_RECORD_LABELS, "too many labels of a record")?);
        }
        Ok(Self {
            salt,
            records,
            counts: CountTable::decode(input)?,
        })
    }
}

fn check_record(record: u32, labels: &[Label]) -> Result<(), LabelSetError> {
    if labels.len() != padded_labels(labels.len()) || labels.len() > MAX_RECORD_LABELS {
        return Err(LabelSetError::Padding {
            record,
            labels: labels.len(),
        });
    }
    if labels.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(LabelSetError::Order { record });
    }
    Ok(())
}

/// Returns the number of labels to which a record with so many is padded: 8, 16, 32, ...
pub fn padded_labels(labels: usize) -> usize {
    labels.next_power_of_two().max(MIN_RECORD_LABELS)
}

/// Returns the number of entries to which a table for so many keywords is padded, sentinels included: 16, 32, 64, ...
pub fn padded_entries(keywords: usize) -> usize {
    (keywords + 2).next_power_of_two().max(crate::limits::MIN_COUNT_ENTRIES)
}

impl Label {
    /// Encodes the leaf that says that this label is of the record with that number: tag, label (10 bytes), record
    /// number (4 bytes, little-endian).
    pub fn leaf(&self, record: u32) -> [u8; LEAF_BYTES] {
        leaf(tags::LABEL_LEAF, &self.0, record)
    }
}

impl CountEntry {
    /// Encodes the leaf that says that this entry is in the table: tag, fingerprint (10 bytes), masked count (4 bytes,
    /// little-endian).
    pub fn leaf(&self) -> [u8; LEAF_BYTES] {
        leaf(tags::COUNT_LEAF, &self.fingerprint, self.masked)
    }
}

fn leaf(tag: &[u8; 26], name: &[u8; 10], number: u32) -> [u8; LEAF_BYTES] {
    let mut bytes = [0; LEAF_BYTES];
    bytes[..26].copy_from_slice(tag);
    bytes[26..36].copy_from_slice(name);
    bytes[36..].copy_from_slice(&number.to_le_bytes());
    bytes
}
