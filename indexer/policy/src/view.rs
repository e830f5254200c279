//! The states of the chain that a request is answered at, and how old they may be.

use crate::PolicyError;
use aegle_protocol::Head;
use aegle_rules::{Hash, Timestamp};
use std::time::{Duration, Instant};

/// The oldest block, by its own timestamp, that anything is decided on.
pub const MAX_BLOCK_AGE: Duration = Duration::from_secs(60);

/// A block, and when it was first given as the newest one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) head: Head,
    first: Instant,
}

impl Seen {
    /// Notes a block that is given as the newest one; it keeps the moment at which it was given first.
    pub(crate) fn note(last: &mut Option<Self>, head: Head, now: Instant) -> Self {
        let seen = match last {
            Some(seen) if seen.head.hash == head.hash => *seen,
            _ => Self { head, first: now },
        };
        *last = Some(seen);
        seen
    }

    /// Returns how old the block is: by its own timestamp, and, where its clock is ahead of ours, by how long it has been
    /// the newest one at least.
    fn age(&self, wall: Timestamp, now: Instant) -> Duration {
        let by_itself = Duration::from_millis(wall.saturating_sub(self.head.timestamp));
        by_itself.max(now.saturating_duration_since(self.first))
    }
}

/// The newest finalized and the newest block that the node gave when the request came.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub(crate) finalized: Seen,
    pub(crate) best: Seen,
}

impl View {
    /// Returns the finalized head.
    pub fn finalized(&self) -> &Head {
        &self.finalized.head
    }

    /// Returns the best head, which may be on a fork that is given up.
    pub fn best(&self) -> &Head {
        &self.best.head
    }

    /// Returns the latest of the blocks' times and `wall`, in milliseconds since the Unix epoch: what ends by time has
    /// ended by this one.
    pub fn latest_time(&self, wall: Timestamp) -> Timestamp {
        self.finalized().timestamp.max(self.best().timestamp).max(wall)
    }

    /// Names the two blocks.
    pub(crate) fn blocks(&self) -> [Hash; 2] {
        [self.finalized().hash, self.best().hash]
    }

    /// Checks that neither block is older than `limit`.
    ///
    /// # Errors
    /// [`PolicyError::Stale`].
    pub(crate) fn check_fresh(&self, wall: Timestamp, now: Instant, limit: Duration) -> Result<(), PolicyError> {
        for (which, seen) in [("finalized", &self.finalized), ("best", &self.best)] {
            let age = seen.age(wall, now);
            if age > limit {
                return Err(PolicyError::Stale { which, age, limit });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(number: u8, timestamp: Timestamp) -> Head {
        Head {
            number: number.into(),
            hash: Hash([number; 32]),
            timestamp,
        }
    }

    #[test]
    fn a_block_is_as_old_as_it_says_or_as_long_as_it_has_been_the_newest() {
        const SECOND: Timestamp = 1_000;
        let (wall, start) = (1_000 * SECOND, Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        for (what, timestamp, given, asked, fresh) in [
            ("made now", wall, 0, 0, true),
            ("made 60 s ago, given now", wall - 60 * SECOND, 0, 0, true),
            ("made 61 s ago, given now", wall - 61 * SECOND, 0, 0, false),
            ("made long ago", 0, 0, 0, false),
            ("ahead of our clock, given now", wall + 3_600 * SECOND, 0, 0, true),
            ("ahead of our clock, given 60 s ago", wall + 3_600 * SECOND, 0, 60, true),
            (
                "ahead of our clock, given 61 s ago",
                wall + 3_600 * SECOND,
                0,
                61,
                false,
            ),
        ] {
            let mut last = None;
            Seen::note(&mut last, head(1, timestamp), after(given));
            let seen = Seen::note(&mut last, head(1, timestamp), after(asked));
            let newest = Seen::note(&mut None, head(2, wall), after(asked));
            for (finalized, best) in [(seen, newest), (newest, seen), (seen, seen)] {
                let view = View { finalized, best };
                let found = view.check_fresh(wall, after(asked), MAX_BLOCK_AGE);
                assert_eq!(found.is_ok(), fresh, "{what}: {found:?}");
            }
        }
    }

    #[test]
    fn another_block_is_seen_anew() {
        let start = Instant::now();
        let later = start + Duration::from_secs(90);
        let mut last = None;
        Seen::note(&mut last, head(1, u64::MAX), start);
        let seen = Seen::note(&mut last, head(2, u64::MAX), later);
        assert_eq!(seen.age(0, later), Duration::ZERO);
    }
}
