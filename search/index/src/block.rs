//! The labels of one batch as one sorted run: what a document holds.

use crate::schema::{BatchKey, Fields};
use aegle_sealed::{Label, LabelSet, RandomnessError, limits::MAX_BATCH_RECORDS};
use roaring::RoaringBitmap;
use tantivy::TantivyDocument;

/// Bits of a tail that hold the record's number.
const NUMBER_BITS: u32 = 16;
const _: () = assert!(MAX_BATCH_RECORDS <= 1 << NUMBER_BITS);

/// A label with its record, in two numbers. In order of the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The first eight bytes of the label, big-endian.
    pub(crate) head: u64,
    /// The last two bytes of the label, big-endian, above the record's number.
    pub(crate) tail: u64,
}

impl Entry {
    /// Returns the entry of a label if record 0 had it: no entry of a smaller label comes after, none of a greater
    /// before.
    pub(crate) fn first_of(label: &Label) -> Self {
        Self::new(label, 0)
    }

    fn new(label: &Label, number: u32) -> Self {
        let [a, b, c, d, e, f, g, h, i, j] = label.0;
        Self {
            head: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            tail: u64::from(u16::from_be_bytes([i, j])) << NUMBER_BITS | u64::from(number),
        }
    }

    /// Returns whether both are of the same label.
    pub(crate) fn is_same_label(self, other: Self) -> bool {
        self.head == other.head && self.tail >> NUMBER_BITS == other.tail >> NUMBER_BITS
    }

    /// Returns the number of the record that has the label.
    pub(crate) fn number(self) -> u32 {
        (self.tail & ((1 << NUMBER_BITS) - 1)) as u32
    }
}

/// Every label of a batch in order, with its record; and which records the batch has.
pub(crate) struct Block {
    pub(crate) entries: Vec<Entry>,
    pub(crate) numbers: RoaringBitmap,
}

impl Block {
    /// Builds the block of a label set.
    pub(crate) fn new(labels: &LabelSet) -> Self {
        // All in one order: nothing tells which record came first.
        let sorted = labels.sorted_labels().iter();
        Self {
            entries: sorted.map(|(label, number)| Entry::new(label, *number)).collect(),
            numbers: (0..labels.records().len() as u32).collect(),
        }
    }

    /// Takes records out, with every label of theirs.
    pub(crate) fn erase(&mut self, erased: &RoaringBitmap) {
        self.entries.retain(|entry| !erased.contains(entry.number()));
        self.numbers -= erased;
    }

    /// Builds the document, under a fresh stamp.
    pub(crate) fn document(&self, fields: Fields, batch_key: BatchKey) -> Result<TantivyDocument, RandomnessError> {
        let mut stamp = [0; 8];
        getrandom::fill(&mut stamp)?;
        let mut document = TantivyDocument::default();
        document.add_u64(fields.batch_key, batch_key.0);
        document.add_u64(fields.stamp, u64::from_le_bytes(stamp));
        for entry in &self.entries {
            document.add_u64(fields.head, entry.head);
        }
        for entry in &self.entries {
            document.add_u64(fields.tail, entry.tail);
        }
        for number in &self.numbers {
            document.add_u64(fields.number, number.into());
        }
        Ok(document)
    }
}
