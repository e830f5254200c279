//! Keyword keys and leaf keys.

use crate::{
    BatchSpan, CountEntry, CountTable, KeyContext, Label, Salt, SearchToken, TokenNode, Window, WindowError, tags,
    tree::{NodeKey, keyed},
    window::Position,
};
use aegle_rules::BatchNumber;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of the PRF's output (SHA-512).
pub const PRF_OUTPUT_BYTES: usize = 64;

/// The key of one keyword in one scope and segment: the root of its GGM tree. Who has it opens every batch of the
/// segment, those to come included, so it stays with the custodian and with whom it answers blindly.
pub struct KeywordKey {
    context: KeyContext,
    root: NodeKey,
}

impl KeywordKey {
    /// The key that follows from the PRF's output for `context`, whoever evaluated it.
    pub fn from_prf_output(context: KeyContext, output: &[u8; PRF_OUTPUT_BYTES]) -> Self {
        Self {
            context,
            root: NodeKey(blake3::derive_key(tags::KEYWORD_KEY, output)),
        }
    }

    /// What the key is for.
    pub fn context(&self) -> &KeyContext {
        &self.context
    }

    /// The key of the keyword in `batch`; `None` when the batch is in another segment.
    pub fn leaf(&self, batch: BatchNumber) -> Option<LeafKey> {
        self.span(&BatchSpan::one(batch))
    }

    /// The key of the keyword in a span of batches; `None` when it is in another segment.
    pub fn span(&self, span: &BatchSpan) -> Option<LeafKey> {
        (span.segment() == self.context.segment)
            .then(|| LeafKey::of_node(&self.root.descend(Position::ROOT, span.position()), span))
    }

    /// The token that opens exactly the batches of `window`.
    ///
    /// Take the end of the window from your own view of the finalized chain, never from an indexer: it would obtain
    /// the keys of batches to come.
    ///
    /// # Errors
    /// When the window is empty, backwards, or not inside the key's segment.
    pub fn token(&self, window: Window) -> Result<SearchToken, WindowError> {
        window.check_inside(self.context.segment)?;
        let node = |position: Position| TokenNode {
            level: position.level,
            index: position.index,
            key: self.root.descend(Position::ROOT, position).0,
        };
        Ok(SearchToken {
            domain: self.context.domain,
            epoch: self.context.epoch,
            scope: self.context.scope,
            segment: self.context.segment,
            from: window.from,
            to: window.to,
            nodes: window.cover().into_iter().map(node).collect(),
        })
    }
}

/// The key of one keyword in one batch, or in a span of batches that have their labels in common.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LeafKey(pub(crate) [u8; 32]);

impl LeafKey {
    /// The key that belongs to a span, of the node that covers it. That of a span of several batches is derived under a
    /// tag of its own: with it nobody has the keys of the batches.
    pub(crate) fn of_node(node: &NodeKey, span: &BatchSpan) -> Self {
        match span.log2() {
            0 => Self(node.0),
            _ => Self(keyed(&node.0, &[tags::SPAN])),
        }
    }

    /// The label of the `c`-th record, counted from 0, that has the keyword.
    pub fn label(&self, salt: &Salt, c: u32) -> Label {
        Label(keyed(&self.0, &[tags::LABEL, &salt.0, &c.to_le_bytes()]))
    }

    /// How many records of the batch have the keyword; 0 when the table has no entry for it.
    ///
    /// The table is the custodian's word: a caller that goes on to look up that many labels must bound the number by
    /// the records of the batch.
    pub fn probe(&self, salt: &Salt, table: &CountTable) -> u32 {
        table
            .find(&self.fingerprint(salt))
            .map_or(0, |entry| self.count(salt, entry))
    }

    /// How many records of the batch have the keyword, as the keyword's own entry says: that of its
    /// [fingerprint](Self::fingerprint). Of another entry it makes a random number.
    pub fn count(&self, salt: &Salt, entry: &CountEntry) -> u32 {
        entry.masked ^ self.pad(salt)
    }

    /// The name of the keyword in the batch's count table.
    pub fn fingerprint(&self, salt: &Salt) -> [u8; 10] {
        keyed(&self.0, &[tags::ENTRY, &salt.0])
    }

    /// The entry of the count table that says that `count` records have the keyword.
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

    /// The raw key, for golden vectors and for other implementations of the scheme.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }
}
