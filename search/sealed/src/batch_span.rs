//! Which batches have their labels in common: one, or an aligned range inside a segment that was compacted.

use crate::{
    context::segment_of,
    ggm::Position,
    limits::{SEGMENT_BATCHES, TREE_DEPTH},
};
use aegle_rules::BatchNumber;
use scale::{Decode, Encode, Input};
use std::fmt;

/// A power of two of batches, 1 to [`SEGMENT_BATCHES`], beginning at a multiple of their number: what one node of a
/// keyword's tree covers. Two spans are either disjoint, or one lies in the other.
///
/// Its labels are numbered through: the records of its first batch, then those of the second, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct BatchSpan {
    first: BatchNumber,
    log2: u8,
}

impl BatchSpan {
    /// Returns the span of `2^log2` batches from `first`; `None` unless a segment has so many and `first` is a multiple
    /// of their number.
    pub fn new(first: BatchNumber, log2: u8) -> Option<Self> {
        let is_aligned = log2 <= TREE_DEPTH && first.0 >> log2 << log2 == first.0;
        is_aligned.then_some(Self { first, log2 })
    }

    /// Returns the span of one batch alone.
    pub const fn one(batch: BatchNumber) -> Self {
        Self { first: batch, log2: 0 }
    }

    /// Returns the span of `2^log2` batches in which `batch` is; `None` when a segment has fewer.
    pub fn around(batch: BatchNumber, log2: u8) -> Option<Self> {
        (log2 <= TREE_DEPTH).then(|| Self {
            first: BatchNumber(batch.0 >> log2 << log2),
            log2,
        })
    }

    /// Returns the first batch.
    pub const fn first(&self) -> BatchNumber {
        self.first
    }

    /// Returns the last batch.
    pub const fn last(&self) -> BatchNumber {
        BatchNumber(self.first.0 | ((1 << self.log2) - 1))
    }

    /// Returns the binary logarithm of the number of batches: 0 to [`TREE_DEPTH`].
    pub const fn log2(&self) -> u8 {
        self.log2
    }

    /// Returns the batches, in rising order.
    pub fn batches(&self) -> impl Iterator<Item = BatchNumber> + use<> {
        (self.first.0..=self.last().0).map(BatchNumber)
    }

    /// Returns whether `batch` is in the span.
    pub fn contains(&self, batch: BatchNumber) -> bool {
        (self.first..=self.last()).contains(&batch)
    }

    /// Returns the number of the segment in which the span lies.
    pub fn segment(&self) -> u32 {
        segment_of(self.first)
    }

    /// Returns the node that covers the span and nothing else.
    pub fn position(&self) -> Position {
        Position {
            level: TREE_DEPTH - self.log2,
            index: ((self.first.0 % SEGMENT_BATCHES) >> self.log2) as u16,
        }
    }
}

impl fmt::Display for BatchSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.log2 {
            0 => write!(f, "batch {}", self.first.0),
            _ => write!(f, "batches {} to {}", self.first.0, self.last().0),
        }
    }
}

impl Decode for BatchSpan {
    fn decode<I: Input>(input: &mut I) -> Result<Self, scale::Error> {
        let (first, log2) = Decode::decode(input)?;
        Self::new(first, log2).ok_or_else(|| "no aligned span of batches".into())
    }
}
