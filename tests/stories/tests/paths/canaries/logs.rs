//! What is logged on the threads of one runtime.

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once, PoisonError},
};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// The indexer and what it is made of log down to the finest level.
const FILTER: &str = "info,aegle_indexer=trace,aegle_index=trace,tokio_postgres=trace,axum=trace,tower=trace";

thread_local! {
    /// Where the lines of this thread go; those of other tests go nowhere.
    static KEPT: RefCell<Option<Logs>> = const { RefCell::new(None) };
}

/// Everything that was logged since the beginning.
#[derive(Clone, Default)]
pub(super) struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Everything so far.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs `story` on a runtime of its own, and keeps what its threads log.
    pub(super) fn keep<T>(&self, story: impl Future<Output = T>) -> T {
        static SUBSCRIBED: Once = Once::new();
        // One subscriber for all threads: with several ones, each for its thread, tracing may cache that nobody wants
        // the lines of a place in the code, because the thread that came there first had none.
        SUBSCRIBED.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new(FILTER))
                .with_ansi(false);
            let subscribed = tracing::subscriber::set_global_default(subscriber.with_writer(ThisThread).finish());
            subscribed.expect("no other test of this program subscribes");
        });
        self.keep_here();
        let answer = self.runtime().block_on(story);
        KEPT.take();
        answer
    }

    fn keep_here(&self) {
        KEPT.replace(Some(self.clone()));
    }

    fn runtime(&self) -> Runtime {
        let logs = self.clone();
        let mut builder = Builder::new_multi_thread();
        builder
            .worker_threads(2)
            .enable_all()
            .on_thread_start(move || logs.keep_here());
        builder.build().expect("the system gives a few threads")
    }
}

/// Writes to the logs of the thread that it is used on.
struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.with_borrow(|kept| {
            if let Some(Logs(lines)) = kept {
                lines
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for ThisThread {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}
