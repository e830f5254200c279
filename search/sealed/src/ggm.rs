//! The GGM tree (Goldreich, Goldwasser, Micali 1986): from a node's key both children follow, never the parent.

use crate::tags;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Keyed BLAKE3 over `parts`, which must begin with a tag; cut to the first `N` bytes, at most 32.
pub(crate) fn keyed<const N: usize>(key: &[u8; 32], parts: &[&[u8]]) -> [u8; N] {
    // Every input of this crate fits one block of BLAKE3: build it in place, and hash once.
    let mut block = [0; blake3::BLOCK_LEN];
    let mut length = 0;
    for part in parts {
        block[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    }
    let mut hash = blake3::keyed_hash(key, &block[..length]);
    let mut output = [0; N];
    output.copy_from_slice(&hash.as_bytes()[..N]);
    hash.zeroize();
    output
}

/// The key of a node: 32 bytes that open every batch below it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct NodeKey([u8; 32]);

impl NodeKey {
    /// Takes the 32 bytes of a node's key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of the key, for a token.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of the left (`false`) or right (`true`) child.
    pub(crate) fn child(&self, right: bool) -> Self {
        Self(keyed(&self.0, &[tags::NODE, &[u8::from(right)]]))
    }

    /// A copy, for a path that is kept during a walk.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0)
    }

    /// Derives the node at `to` from this node at `from`, which must be above it or the same.
    pub fn descend(&self, from: Position, to: Position) -> Self {
        debug_assert!(from.level <= to.level && from.index == to.index >> (to.level - from.level));
        let mut key = self.duplicate();
        for level in from.level..to.level {
            key = key.child(to.index >> (to.level - level - 1) & 1 == 1);
        }
        key
    }
}

/// A node's place in its tree: `level` 0 is the root, `index` counts from the left inside the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The distance from the root: 0 to 10.
    pub level: u8,
    /// The number inside the level, from the left.
    pub index: u16,
}

impl Position {
    /// The root of a tree.
    pub const ROOT: Self = Self { level: 0, index: 0 };

    /// Whether the other node is below this one, or is it.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.level <= other.level && self.index == other.index >> (other.level - self.level)
    }
}
