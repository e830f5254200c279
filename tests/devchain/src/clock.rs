//! The chain's time: the wall clock, but never standing still between blocks.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::runtime::prices::MINIMUM_PERIOD_MS;

/// Gives every block its timestamp.
#[derive(Debug, Default)]
pub(crate) struct Clock;

impl Clock {
    /// The timestamp of the block after one that had `last_ms`, in milliseconds since 1970.
    pub(crate) fn next(&self, last_ms: u64) -> u64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
        wall_ms.max(last_ms.saturating_add(MINIMUM_PERIOD_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_even_where_the_wall_clock_lags() {
        let far = u64::MAX / 2;
        assert_eq!(Clock.next(far), far + MINIMUM_PERIOD_MS);
        assert!(Clock.next(0) > 1_600_000_000_000);
    }
}
