//! When an answer leaves: not as soon as it is there, but at the next tick of its own clock, so that the time it took
//! tells little of what it found.
use std::{future::Future, time::Duration};
use tokio::time::{Instant, sleep_until};

/// The time between two moments at which an answer may leave.
const TICK: Duration = Duration::from_millis(25);

/// Gives an answer at the first whole number of ticks after it was begun.
pub(super) async fn on_tick<T>(answer: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let answer = answer.await;
    sleep_until(began + at_tick(began.elapsed())).await;
    answer
}

/// Rounds a time up to a whole number of ticks, of one at least.
fn at_tick(took: Duration) -> Duration {
    let ticks = took.as_nanos().div_ceil(TICK.as_nanos()).max(1);
    // An answer that took longer than 3 years leaves when it is there.
    u32::try_from(ticks).map_or(took, |ticks| TICK * ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_leave_at_whole_ticks() {
        for (took_us, leaves_ms) in [(0, 25), (1, 25), (25_000, 25), (25_001, 50), (60_000, 75)] {
            let found = at_tick(Duration::from_micros(took_us));
            assert_eq!(found, Duration::from_millis(leaves_ms), "{took_us} us");
        }
    }

    #[tokio::test]
    async fn what_is_done_at_once_leaves_at_the_first_tick() {
        let began = Instant::now();
        assert_eq!(on_tick(async { 5 }).await, 5);
        assert!(began.elapsed() >= TICK);
    }
}
