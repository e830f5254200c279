//! The places of connections: where none is free, the connection goes that has kept its place the longest without a request.
//! So nobody holds places by saying nothing, or one byte at a time.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How long a new connection waits for the place of one that is sent away.
const PLACE_TIMEOUT: Duration = Duration::from_millis(500);

/// The places.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    taken: Mutex<HashMap<u64, Connection>>,
    next: AtomicU64,
    began: Instant,
}

#[derive(Clone)]
struct Connection {
    activity: Activity,
    sent_away: Arc<Notify>,
}

/// Whether a request of a connection is being answered. Clones are the same.
#[derive(Clone)]
pub(crate) struct Activity {
    /// The time since which the connection waits for a request, in microseconds after the beginning; [`ANSWERING`] while one
    /// is answered.
    since: Arc<AtomicU64>,
    began: Instant,
}

const ANSWERING: u64 = u64::MAX;

impl Activity {
    pub(crate) fn new(began: Instant) -> Self {
        let activity = Self {
            since: Arc::default(),
            began,
        };
        activity.waits();
        activity
    }

    /// Notes that a request is being answered.
    pub(crate) fn answers(&self) {
        self.since.store(ANSWERING, Ordering::Relaxed);
    }

    /// Notes that the next request is waited for.
    pub(crate) fn waits(&self) {
        let since = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(ANSWERING - 1);
        self.since.store(since, Ordering::Relaxed);
    }
}

/// A place that is taken; it is free again when this is dropped.
pub(crate) struct Place {
    number: u64,
    places: Arc<Places>,
    connection: Connection,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// Waits until the connection must go.
    pub(crate) async fn sent_away(&self) {
        self.connection.sent_away.notified().await;
    }

    pub(crate) fn activity(&self) -> Activity {
        self.connection.activity.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().remove(&self.number);
    }
}

impl Places {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(places)),
            taken: Mutex::default(),
            next: AtomicU64::new(0),
            began: Instant::now(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<u64, Connection>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, if need be that of the connection that has waited the longest. `None` when every one of them has a
    /// request that is being answered.
    pub(crate) async fn take(self: &Arc<Self>) -> Option<Place> {
        let permit = match self.free.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.send_away_longest_waiting();
                timeout(PLACE_TIMEOUT, self.free.clone().acquire_owned())
                    .await
                    .ok()?
                    .ok()?
            }
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let connection = Connection {
            activity: Activity::new(self.began),
            sent_away: Arc::default(),
        };
        self.taken().insert(number, connection.clone());
        Some(Place {
            number,
            places: self.clone(),
            connection,
            _permit: permit,
        })
    }

    fn send_away_longest_waiting(&self) {
        let taken = self.taken();
        let since = |connection: &&Connection| connection.activity.since.load(Ordering::Relaxed);
        let longest = taken
            .values()
            .filter(|connection| since(connection) != ANSWERING)
            .min_by_key(since);
        if let Some(connection) = longest {
            // It goes as soon as it looks, and counts as gone.
            connection.activity.answers();
            connection.sent_away.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn whoever_has_waited_the_longest_goes_and_nobody_who_is_answered() {
        let places = Places::new(3);
        let (first, second, third) = (
            places.take().await.unwrap(),
            places.take().await.unwrap(),
            places.take().await.unwrap(),
        );
        first.activity().answers();
        // The order in which they wait is that in which they came, but for who has asked since.
        tokio::time::sleep(Duration::from_millis(2)).await;
        second.activity().waits();
        let leaving = tokio::spawn(async move {
            third.sent_away().await;
            drop(third);
        });
        let fourth = places.take().await.unwrap();
        leaving.await.unwrap();
        for busy in [&second, &fourth] {
            busy.activity().answers();
        }
        assert!(places.take().await.is_none(), "all of them are answered");
        drop(first);
        assert!(places.take().await.is_some());
    }
}
