//! When blocks are sealed.

use std::time::Duration;

/// The times at which blocks are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sealing {
    /// As soon as a transaction is ready.
    #[default]
    Instant,
    /// At this interval, with or without transactions.
    Every(Duration),
}
