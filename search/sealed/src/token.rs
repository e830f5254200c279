//! Search tokens: what a searcher gives to the indexer.

use crate::{
    BatchSpan, KeyContext, LeafKey, Scope, Window, WindowError,
    ggm::{NodeKey, Position},
    limits::MAX_TOKEN_NODES,
    tags,
};
use aegle_rules::{BatchNumber, DomainId};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// One node of a token: it opens every batch below it.
#[derive(Clone, Encode, Decode, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TokenNode {
    /// The level, counted from the root: 0 to 10.
    pub level: u8,
    /// The place inside the level, from the left.
    pub index: u16,
    /// The node's key; in JSON 64 hexadecimal digits.
    #[serde(with = "hex::serde")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub key: [u8; 32],
}

impl fmt::Debug for TokenNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenNode")
            .field("level", &self.level)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// A token as it travels: it opens one keyword of one scope in the batches `from..to` of one segment, and no other
/// batch, neither earlier nor later. Whoever holds it can search, so treat it as a secret. `Debug` hides the keys.
#[derive(Clone, Debug, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchToken {
    /// The search domain.
    #[cfg_attr(feature = "openapi", schemars(with = "crate::schema::DomainId"))]
    pub domain: DomainId,
    /// The epoch of the domain's key.
    pub epoch: u16,
    /// Whose records.
    pub scope: Scope,
    /// The segment.
    pub segment: u32,
    /// The first batch.
    pub from: u32,
    /// One more than the last batch.
    pub to: u32,
    /// The minimal cover of the window, in rising order of batches: 1 to [`MAX_TOKEN_NODES`].
    pub nodes: Vec<TokenNode>,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The window is empty, backwards, or not inside the segment.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The nodes are not the minimal cover of the window, in order.
    #[error("the token's {nodes} nodes are not the minimal cover of batches {from}..{to}")]
    NotTheCover {
        /// How many nodes the token has.
        nodes: usize,
        /// The first batch.
        from: u32,
        /// One more than the last batch.
        to: u32,
    },
}

impl SearchToken {
    /// Checks that the nodes are the minimal cover of exactly the window, inside the segment.
    ///
    /// Keys cannot be checked: a false one finds nothing.
    ///
    /// # Errors
    /// [`TokenError`]: the window is empty, backwards or not inside the segment, or the nodes are not its cover.
    pub fn verify(self) -> Result<VerifiedToken, TokenError> {
        let window = Window {
            from: self.from,
            to: self.to,
        };
        window.check_inside(self.segment)?;
        let cover = window.cover();
        debug_assert!(cover.len() <= MAX_TOKEN_NODES);
        let same = |(node, position): (&TokenNode, &Position)| node.position() == *position;
        if self.nodes.len() != cover.len() || !self.nodes.iter().zip(&cover).all(same) {
            return Err(TokenError::NotTheCover {
                nodes: self.nodes.len(),
                from: self.from,
                to: self.to,
            });
        }
        let context = KeyContext {
            domain: self.domain,
            epoch: self.epoch,
            scope: self.scope,
            segment: self.segment,
        };
        Ok(VerifiedToken {
            context,
            window,
            nodes: self.nodes,
        })
    }
}

impl TokenNode {
    fn position(&self) -> Position {
        Position {
            level: self.level,
            index: self.index,
        }
    }
}

/// A token whose nodes are the minimal cover of its window. It comes from [`SearchToken::verify`] alone.
pub struct VerifiedToken {
    context: KeyContext,
    window: Window,
    nodes: Vec<TokenNode>,
}

impl VerifiedToken {
    /// Returns the token's domain, epoch, scope and segment.
    pub fn context(&self) -> &KeyContext {
        &self.context
    }

    /// Returns the batches that the token opens.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Computes 32 bytes that two tokens share only if they are the same: keyed BLAKE3 over the whole token. Without
    /// `key` they say nothing about it.
    pub fn name(&self, key: &[u8; 32]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(tags::TOKEN_NAME);
        let KeyContext {
            domain,
            epoch,
            scope,
            segment,
        } = self.context;
        hasher.update(&(domain, epoch, scope, segment, self.window).encode());
        for node in &self.nodes {
            hasher
                .update(&[node.level])
                .update(&node.index.to_le_bytes())
                .update(&node.key);
        }
        let name = hasher.finalize().into();
        hasher.zeroize();
        name
    }

    /// Derives the keyword's key in `batch`; `None` outside the window.
    pub fn leaf(&self, batch: BatchNumber) -> Option<LeafKey> {
        self.span(&BatchSpan::one(batch))
    }

    /// Derives the keyword's key in a span of batches; `None` unless the whole span is in the window.
    pub fn span(&self, span: &BatchSpan) -> Option<LeafKey> {
        self.walk().span(span)
    }

    /// Opens many batches: in rising or falling order of numbers neighbours share most of their path.
    pub fn walk(&self) -> LeafWalk<'_> {
        LeafWalk {
            token: self,
            path: Vec::new(),
        }
    }
}

/// A walk over the leaves of a token, which keeps the path to the last one.
pub struct LeafWalk<'token> {
    token: &'token VerifiedToken,
    path: Vec<(Position, NodeKey)>,
}

impl LeafWalk<'_> {
    /// Derives the keyword's key in `batch`; `None` outside the window.
    pub fn leaf(&mut self, batch: BatchNumber) -> Option<LeafKey> {
        self.span(&BatchSpan::one(batch))
    }

    /// Derives the keyword's key in a span of batches; `None` unless the whole span is in the window.
    pub fn span(&mut self, span: &BatchSpan) -> Option<LeafKey> {
        if !self.token.window.contains_span(span) {
            return None;
        }
        debug_assert_eq!(span.segment(), self.token.context.segment);
        let target = span.position();
        while self.path.last().is_some_and(|(position, _)| !position.covers(target)) {
            self.path.pop();
        }
        if self.path.is_empty() {
            // The cover is minimal: an aligned span in the window lies below one of its nodes.
            let node = self.token.nodes.iter().find(|node| node.position().covers(target))?;
            self.path.push((node.position(), NodeKey::from_bytes(node.key)));
        }
        loop {
            let (position, key) = self.path.last()?;
            if *position == target {
                return Some(LeafKey::of_node(key, span));
            }
            let level = position.level + 1;
            let index = target.index >> (target.level - level);
            let child = key.child(index & 1 == 1);
            self.path.push((Position { level, index }, child));
        }
    }
}
