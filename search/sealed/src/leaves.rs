//! Leaves of the Merkle trees over a batch's labels and counts: what is proved of them, whoever proves and verifies.

use crate::{CountEntry, Label, tags};

impl Label {
    /// The leaf that says that this label is of the record with that number: tag, label (10 bytes), record number
    /// (4 bytes, little-endian).
    pub fn leaf(&self, record: u32) -> Vec<u8> {
        [tags::LABEL_LEAF, &self.0, &record.to_le_bytes()].concat()
    }
}

impl CountEntry {
    /// The leaf that says that this entry is in the table: tag, fingerprint (10 bytes), masked count (4 bytes,
    /// little-endian).
    pub fn leaf(&self) -> Vec<u8> {
        [tags::COUNT_LEAF, &self.fingerprint, &self.masked.to_le_bytes()].concat()
    }
}
