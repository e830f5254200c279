//! Windows of batches, and the fewest tree nodes that cover them.

use crate::{
    BatchSpan,
    ggm::Position,
    limits::{MAX_WINDOW_BATCHES, SEGMENT_BATCHES, TREE_DEPTH},
};
use aegle_rules::BatchNumber;
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The batches `from..to` of a domain: `to` is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Window {
    /// The first batch.
    pub from: u32,
    /// One more than the last batch.
    pub to: u32,
}

/// Why a window is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// It begins where it ends, or later.
    #[error("the window of batches {from}..{to} is empty or backwards")]
    Empty {
        /// The first batch.
        from: u32,
        /// One more than the last batch.
        to: u32,
    },
    /// It spans more than [`MAX_WINDOW_BATCHES`].
    #[error("the window spans {batches} batches, more than {MAX_WINDOW_BATCHES}")]
    TooLong {
        /// How many it spans.
        batches: u32,
    },
    /// A part of it is in another segment than the key.
    #[error("the window of batches {from}..{to} is not inside segment {segment}")]
    OtherSegment {
        /// The first batch.
        from: u32,
        /// One more than the last batch.
        to: u32,
        /// The key's segment.
        segment: u32,
    },
}

impl Window {
    /// Returns the window `from..to`, if it holds 1 to [`MAX_WINDOW_BATCHES`] batches.
    ///
    /// # Errors
    /// [`WindowError`]: it is empty, backwards or too long.
    pub fn new(from: u32, to: u32) -> Result<Self, WindowError> {
        let window = Self { from, to };
        window.check()?;
        Ok(window)
    }

    /// Returns the window of the newest batches before `end`, as many as a window may hold; it begins with a segment,
    /// so that it cuts no batches that were compacted.
    ///
    /// # Errors
    /// When there is no batch.
    pub fn newest(end: u32) -> Result<Self, WindowError> {
        let from = end.saturating_sub(MAX_WINDOW_BATCHES);
        Self::new(from.next_multiple_of(SEGMENT_BATCHES), end)
    }

    /// Returns whether `batch` is in the window.
    pub fn contains(&self, batch: BatchNumber) -> bool {
        (self.from..self.to).contains(&batch.0)
    }

    /// Returns whether every batch of `span` is in the window.
    pub fn contains_span(&self, span: &BatchSpan) -> bool {
        self.contains(span.first()) && self.contains(span.last())
    }

    /// Returns whether a batch of `span` is in the window.
    pub fn touches(&self, span: &BatchSpan) -> bool {
        self.from <= span.last().0 && span.first().0 < self.to
    }

    /// Cuts the window at segment borders: each part with its segment, in rising order.
    ///
    /// # Errors
    /// When the window is empty, backwards or too long.
    pub fn by_segment(&self) -> Result<Vec<(u32, Self)>, WindowError> {
        self.check()?;
        let (first, last) = (self.from / SEGMENT_BATCHES, (self.to - 1) / SEGMENT_BATCHES);
        let part = |segment: u32| {
            let start = segment * SEGMENT_BATCHES;
            let end = start.saturating_add(SEGMENT_BATCHES);
            (
                segment,
                Self {
                    from: self.from.max(start),
                    to: self.to.min(end),
                },
            )
        };
        Ok((first..=last).map(part).collect())
    }

    /// Checks that the window is in order and lies inside `segment`.
    ///
    /// # Errors
    /// [`WindowError`]: it is empty, backwards, too long, or a part of it is in another segment.
    pub fn check_inside(&self, segment: u32) -> Result<(), WindowError> {
        self.check()?;
        if self.from / SEGMENT_BATCHES != segment || (self.to - 1) / SEGMENT_BATCHES != segment {
            return Err(WindowError::OtherSegment {
                from: self.from,
                to: self.to,
                segment,
            });
        }
        Ok(())
    }

    /// Computes the minimal cover of a window that lies inside one segment, in rising order of batches.
    pub fn cover(&self) -> Vec<Position> {
        let base = self.from - self.from % SEGMENT_BATCHES;
        let (mut low, high) = (self.from - base, self.to - base);
        let mut cover = Vec::new();
        while low < high {
            // The largest subtree that begins here and ends no later than the window.
            let aligned = low.trailing_zeros().min(u32::from(TREE_DEPTH));
            let fitting = (high - low).ilog2();
            let height = aligned.min(fitting);
            cover.push(Position {
                level: TREE_DEPTH - height as u8,
                index: (low >> height) as u16,
            });
            low += 1 << height;
        }
        cover
    }

    fn check(&self) -> Result<(), WindowError> {
        let batches = match self.to.checked_sub(self.from) {
            None | Some(0) => {
                return Err(WindowError::Empty {
                    from: self.from,
                    to: self.to,
                });
            }
            Some(batches) => batches,
        };
        if batches > MAX_WINDOW_BATCHES {
            return Err(WindowError::TooLong { batches });
        }
        Ok(())
    }
}
