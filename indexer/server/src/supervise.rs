//! Every part that runs beside the API is watched: one that ends, panics or stands still is named, and started again.
use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::{self, Display},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

/// First and longest pause before a part is started again.
const RESTART_FIRST: Duration = Duration::from_millis(250);
const RESTART_LONGEST: Duration = Duration::from_secs(30);

/// A part of a running indexer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Keeps the private database's server running.
    Database,
    /// Keeps the lock by which the database is this process's.
    DatabaseLock,
    /// Follows the chain.
    ChainReader,
    /// Lets the label index follow Postgres.
    LabelIndex,
    /// Removes what was erased, and what is of no use any more.
    Sweeper,
    /// Reads ciphertexts again, to find those that were lost or have rotted.
    VaultScrub,
}

impl Part {
    /// Returns its name, as operators read it.
    const fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::DatabaseLock => "database-lock",
            Self::ChainReader => "chain-reader",
            Self::LabelIndex => "label-index",
            Self::Sweeper => "sweeper",
            Self::VaultScrub => "vault-scrub",
        }
    }

    /// Returns how long it may go without a step before it counts as hung: longer than every limit of time inside it.
    const fn patience(self) -> Duration {
        Duration::from_secs(match self {
            // A server takes a minute to stop and another to start.
            Self::Database => 300,
            Self::DatabaseLock => 180,
            // A connection takes a minute, an answer 20 seconds, a transaction a minute.
            Self::ChainReader => 240,
            // A purge rewrites every segment.
            Self::LabelIndex => 600,
            // It rewrites whole tables.
            Self::Sweeper => 7_200,
            Self::VaultScrub => 240,
        })
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A part that does not do its work at the moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {reason}")]
pub(crate) struct PartFault {
    /// Which one.
    pub(crate) part: Part,
    /// Why. For the operator; nothing in it is about a person.
    pub(crate) reason: String,
}

/// The parts of an indexer, and what is wrong with them. Clones are the same.
#[derive(Clone)]
pub(crate) struct Parts {
    faults: Arc<Mutex<BTreeMap<Part, String>>>,
    fenced: watch::Sender<bool>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            faults: Arc::default(),
            fenced: watch::Sender::new(false),
        }
    }
}

impl Parts {
    fn faults(&self) -> MutexGuard<'_, BTreeMap<Part, String>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that another indexer has taken the database, for good.
    pub(crate) fn set_fenced(&self) {
        self.fenced.send_replace(true);
    }

    /// Returns whether another indexer has taken the database.
    pub(crate) fn is_fenced(&self) -> bool {
        *self.fenced.borrow()
    }

    /// Waits until another indexer has taken the database.
    pub(crate) async fn fenced(&self) {
        let mut fenced = self.fenced.subscribe();
        // The sender is ours and lives as long as this.
        let _ = fenced.wait_for(|fenced| *fenced).await;
    }

    /// Returns the first part that does not do its work.
    pub(crate) fn fault(&self) -> Option<PartFault> {
        let faults = self.faults();
        let (part, reason) = faults.first_key_value()?;
        Some(PartFault {
            part: *part,
            reason: reason.clone(),
        })
    }
}

/// By which a part shows that it moves. Clones are the same.
#[derive(Clone)]
pub(crate) struct Pulse {
    part: Part,
    patience: Duration,
    parts: Parts,
    last: Arc<Mutex<Instant>>,
}

impl Pulse {
    fn new(part: Part, patience: Duration, parts: Parts) -> Self {
        Self {
            part,
            patience,
            parts,
            last: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Shows that the part has come a step further.
    pub(crate) fn step(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Shows that the part does its work: what was wrong with it is over.
    pub(crate) fn well(&self) {
        self.step();
        if let Some(was) = self.parts.faults().remove(&self.part) {
            tracing::info!(part = %self.part, was, "works again");
        }
    }

    /// Ends when nothing was heard of the part for as long as it may be silent.
    async fn silent(&self) {
        loop {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let end = last + self.patience;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}

/// A part that is watched; it is stopped when this is dropped.
pub(crate) struct Supervised(JoinHandle<()>);

impl Drop for Supervised {
    fn drop(&mut self) {
        // Whatever it is in the middle of is a transaction, or can be done again.
        self.0.abort();
    }
}

/// Runs a part for as long as what is returned lives: `start` begins it, and again, after a pause that grows, whenever it
/// ends, panics, or [stands still](Part::patience).
pub(crate) fn supervise<F, E>(parts: &Parts, part: Part, start: impl FnMut(Pulse) -> F + Send + 'static) -> Supervised
where
    F: Future<Output = Result<Infallible, E>> + Send + 'static,
    E: Display + Send + 'static,
{
    supervise_within(parts, part, part.patience(), start)
}

fn supervise_within<F, E>(
    parts: &Parts,
    part: Part,
    patience: Duration,
    mut start: impl FnMut(Pulse) -> F + Send + 'static,
) -> Supervised
where
    F: Future<Output = Result<Infallible, E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let parts = parts.clone();
    Supervised(tokio::spawn(async move {
        let mut pause = RESTART_FIRST;
        loop {
            let pulse = Pulse::new(part, patience, parts.clone());
            let begun = Instant::now();
            let reason = until_it_ends(tokio::spawn(start(pulse.clone())), &pulse).await;
            tracing::error!(%part, reason, pause_ms = pause.as_millis() as u64, "a part does not work; starting it again");
            parts.faults().insert(part, reason);
            if begun.elapsed() > RESTART_LONGEST {
                pause = RESTART_FIRST;
            }
            sleep(pause).await;
            pause = (pause * 2).min(RESTART_LONGEST);
        }
    }))
}

/// Waits until a part does not do its work any more, and says why.
async fn until_it_ends<E: Display>(task: JoinHandle<Result<Infallible, E>>, pulse: &Pulse) -> String {
    /// Stops the part when its supervisor is stopped.
    struct Stopped<T>(JoinHandle<T>);
    impl<T> Drop for Stopped<T> {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let mut task = Stopped(task);
    tokio::select! {
        ended = &mut task.0 => match ended {
            Ok(Ok(never)) => match never {},
            Ok(Err(error)) => error.to_string(),
            Err(error) if error.is_panic() => "it panicked: the log says where".to_owned(),
            Err(_) => "it was cut off".to_owned(),
        },
        () = pulse.silent() => format!("it has stood still for {} s", pulse.patience.as_secs_f32()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn a_part_that_ends_panics_or_stands_still_is_named_and_started_again() {
        let parts = Parts::default();
        let mut starts = 0;
        let _watched = supervise_within(&parts, Part::ChainReader, Duration::from_millis(50), move |pulse| {
            starts += 1;
            let start = starts;
            async move {
                match start {
                    1 => Err("the first fault"),
                    2 => panic!("the second one"),
                    3 => pending().await,
                    _ => loop {
                        pulse.well();
                        sleep(Duration::from_millis(5)).await;
                    },
                }
            }
        });
        for expected in ["the first fault", "it panicked", "it has stood still"] {
            let fault = until(|| parts.fault().filter(|fault| fault.reason.contains(expected))).await;
            assert_eq!(fault.part, Part::ChainReader, "{expected}");
            assert!(fault.to_string().starts_with("chain-reader: "), "{fault}");
        }
        until(|| parts.fault().is_none().then_some(())).await;
    }

    async fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
        let asking = async {
            loop {
                if let Some(found) = found() {
                    return found;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asking).await.unwrap()
    }
}
