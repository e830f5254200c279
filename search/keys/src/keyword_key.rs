//! The key of a keyword in a segment.

use crate::{poprf::PRF_OUTPUT_BYTES, tags};
use aegle_rules::BatchNumber;
use aegle_sealed::{
    BatchSpan, KeyContext, LeafKey, SearchToken, TokenNode, Window, WindowError,
    ggm::{NodeKey, Position},
};

/// The key of one keyword in one scope and segment: the root of its GGM tree. Who has it opens every batch of the
/// segment, those to come included, so it stays with the custodian and with whom it answers blindly.
pub struct KeywordKey {
    context: KeyContext,
    root: NodeKey,
}

impl KeywordKey {
    /// Derives the key from the PRF's output for `context`, whoever evaluated it.
    pub fn from_prf_output(context: KeyContext, output: &[u8; PRF_OUTPUT_BYTES]) -> Self {
        Self {
            context,
            root: NodeKey::from_bytes(blake3::derive_key(tags::KEYWORD_KEY, output)),
        }
    }

    /// Returns what the key is for.
    pub fn context(&self) -> &KeyContext {
        &self.context
    }

    /// Derives the key of the keyword in `batch`; returns `None` when the batch is in another segment.
    pub fn leaf(&self, batch: BatchNumber) -> Option<LeafKey> {
        self.span(&BatchSpan::one(batch))
    }

    /// Derives the key of the keyword in a span of batches; returns `None` when it is in another segment.
    pub fn span(&self, span: &BatchSpan) -> Option<LeafKey> {
        (span.segment() == self.context.segment)
            .then(|| LeafKey::of_node(&self.root.descend(Position::ROOT, span.position()), span))
    }

    /// Derives the token that opens exactly the batches of `window`.
    ///
    /// The caller takes the end of the window from their own view of the finalized chain, never from an indexer: it
    /// would obtain the keys of batches to come.
    ///
    /// # Errors
    /// The window is empty, backwards, or not inside the key's segment.
    pub fn token(&self, window: Window) -> Result<SearchToken, WindowError> {
        window.check_inside(self.context.segment)?;
        let node = |position: Position| TokenNode {
            level: position.level,
            index: position.index,
            key: self.root.descend(Position::ROOT, position).to_bytes(),
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
