//! Leaves of the Merkle trees over a batch's labels and counts: what is proved of them, whoever proves and verifies.

use crate::{CountEntry, Label, tags};

/// Bytes of a leaf, of either tree.
pub const LEAF_BYTES: usize = 40;

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
