//! The key of a keyword in a batch.

use crate::{
    BatchSpan, CountEntry, CountTable, Label, Salt,
    ggm::{NodeKey, keyed},
    tags,
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The key of one keyword in one batch, or in a span of batches that have their labels in common.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LeafKey([u8; 32]);

impl LeafKey {
    /// Returns the key that belongs to a span, of the node that covers it. That of a span of several batches is derived under a
    /// tag of its own: with it nobody has the keys of the batches.
    pub fn of_node(node: &NodeKey, span: &BatchSpan) -> Self {
        match span.log2() {
            0 => Self(*node.bytes()),
            _ => Self(keyed(node.bytes(), &[tags::SPAN])),
        }
    }

    /// Derives the label of the `c`-th record, counted from 0, that has the keyword.
    pub fn label(&self, salt: &Salt, c: u32) -> Label {
        Label(keyed(&self.0, &[tags::LABEL, &salt.0, &c.to_le_bytes()]))
    }

    /// Counts the records of the batch that have the keyword, by its entry in `table`; 0 when the table has none for
    /// it.
    ///
    /// The table is the custodian's word: a caller that goes on to look up that many labels must bound the number by
    /// the records of the batch.
    pub fn probe(&self, salt: &Salt, table: &CountTable) -> u32 {
        table
            .find(&self.fingerprint(salt))
            .map_or(0, |entry| self.count(salt, entry))
    }

    /// Unmasks the number of records of the batch that have the keyword, from the keyword's own entry: that of its
    /// [fingerprint](Self::fingerprint). From another entry it makes a random number.
    pub fn count(&self, salt: &Salt, entry: &CountEntry) -> u32 {
        entry.masked ^ self.pad(salt)
    }

    /// Derives the name of the keyword in the batch's count table.
    pub fn fingerprint(&self, salt: &Salt) -> [u8; 10] {
        keyed(&self.0, &[tags::ENTRY, &salt.0])
    }

    /// Builds the entry of the count table that says that `count` records have the keyword.
    pub fn entry(&self, salt: &Salt, count: u32) -> CountEntry {
        CountEntry {
            fingerprint: self.fingerprint(salt),
            masked: count ^ self.pad(salt),
        }
    }

    /// What hides the count.
    fn pad(&self, salt: &Salt) -> u32 {
        u32::from_le_bytes(keyed(&self.0, &[tags::PAD, &salt.0]))
    }

    /// Copies the raw key, for golden vectors and for other implementations of the scheme.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }
}
