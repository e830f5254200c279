//! The chain's time: the wall clock, or as far ahead of it as was asked, but never standing still between blocks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{limits::MAX_ADVANCE, runtime::prices::MINIMUM_PERIOD_MS};

/// The reason why the chain's time was not moved.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// The chain would be further ahead of the wall clock than [`MAX_ADVANCE`], all advances taken together.
    #[error("cannot advance by {asked:?}: {left:?} are left of {MAX_ADVANCE:?}")]
    TooFar {
        /// The time by which it was to be moved.
        asked: Duration,
        /// The time by which it may still be moved.
        left: Duration,
    },
    /// The chain is stopping.
    #[error("the chain is stopping")]
    Stopped,
}

/// Gives every block its timestamp, in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The time by which the chain is ahead of the wall clock: the sum of all advances.
    ahead: Duration,
    /// No block gets a lower timestamp: the last one's, and what was advanced since. In a burst of blocks the wall clock
    /// may lag behind them, so that being ahead of it alone would not do.
    earliest_ms: u64,
}

impl Clock {
    /// Returns the timestamp of the block after one of timestamp `last_ms`.
    pub(crate) fn next(&mut self, last_ms: u64) -> u64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ahead_ms = milliseconds(wall.saturating_add(self.ahead));
        let next_ms = ahead_ms
            .max(last_ms.saturating_add(MINIMUM_PERIOD_MS))
            .max(self.earliest_ms);
        self.earliest_ms = next_ms;
        next_ms
    }

    /// Moves the time of the next block, and of all later ones, by this much, rounded up to a millisecond. Returns how far
    /// ahead of the wall clock the chain is then.
    ///
    /// # Errors
    /// [`AdvanceError::TooFar`]; nothing moves.
    pub(crate) fn advance(&mut self, by: Duration) -> Result<Duration, AdvanceError> {
        let left = MAX_ADVANCE.saturating_sub(self.ahead);
        if by > left {
            return Err(AdvanceError::TooFar { asked: by, left });
        }
        let by = Duration::from_millis(milliseconds(by));
        self.ahead = self.ahead.saturating_add(by);
        self.earliest_ms = self.earliest_ms.saturating_add(milliseconds(by));
        Ok(self.ahead)
    }
}

/// Returns the milliseconds of a duration, rounded up.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const STEP: Duration = Duration::from_millis(1);

    #[test]
    fn time_moves_even_where_the_wall_clock_lags() {
        let far = u64::MAX / 2;
        let mut clock = Clock::default();
        assert!(clock.next(0) > 1_600_000_000_000);
        assert_eq!(clock.next(far), far + MINIMUM_PERIOD_MS);
        assert_eq!(
            clock.next(0),
            far + MINIMUM_PERIOD_MS,
            "nor back, where a block came to nothing"
        );
    }

    #[test]
    fn the_next_block_is_later_by_every_advance() {
        let far = u64::MAX / 2;
        let mut clock = Clock::default();
        let last = clock.next(far);
        assert_eq!(clock.advance(HOUR), Ok(HOUR));
        assert_eq!(clock.advance(HOUR), Ok(2 * HOUR));
        assert_eq!(clock.next(last), last + 2 * 3_600_000);
        assert_eq!(clock.next(last + 2 * 3_600_000), last + 2 * 3_600_000 + 1);
    }

    #[test]
    fn later_blocks_stay_as_far_ahead_of_the_wall_clock() {
        let (mut plain, mut ahead) = (Clock::default(), Clock::default());
        ahead.advance(HOUR).expect("an hour is no limit");
        let mut last = 0;
        for _ in 0..100 {
            let wall = plain.next(0);
            last = ahead.next(last);
            assert!(last >= wall + 3_600_000);
        }
    }

    #[test]
    fn all_advances_together_end_at_the_limit() {
        for (before, by, expected) in [
            (Duration::ZERO, Duration::ZERO, Ok(Duration::ZERO)),
            (Duration::ZERO, Duration::from_nanos(1), Ok(STEP)),
            (Duration::ZERO, Duration::from_nanos(1_000_001), Ok(2 * STEP)),
            (Duration::ZERO, MAX_ADVANCE - STEP, Ok(MAX_ADVANCE - STEP)),
            (Duration::ZERO, MAX_ADVANCE, Ok(MAX_ADVANCE)),
            (Duration::ZERO, MAX_ADVANCE + STEP, Err(MAX_ADVANCE)),
            (Duration::ZERO, Duration::MAX, Err(MAX_ADVANCE)),
            (MAX_ADVANCE - STEP, STEP, Ok(MAX_ADVANCE)),
            (MAX_ADVANCE - STEP, 2 * STEP, Err(STEP)),
            (MAX_ADVANCE, Duration::ZERO, Ok(MAX_ADVANCE)),
            (MAX_ADVANCE, STEP, Err(Duration::ZERO)),
        ] {
            let mut clock = Clock::default();
            assert_eq!(clock.advance(before), Ok(before));
            let expected = expected.map_err(|left| AdvanceError::TooFar { asked: by, left });
            let refused = expected.is_err();
            assert_eq!(clock.advance(by), expected, "{by:?} after {before:?}");
            assert!(!refused || clock.ahead == before);
        }
    }
}
