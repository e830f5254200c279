//! Threads that run reads and dry-runs, so that neither blocks the caller's async runtime and
//! contract calls have the stack that they need.

use std::sync::{
    Arc,
    mpsc::{Receiver, SyncSender, sync_channel},
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::limits::{MAX_WAITING_READS, RUNTIME_STACK_BYTES, RUNTIME_THREADS};

type Job = Box<dyn FnOnce() + Send>;

/// More reads wait than [`MAX_WAITING_READS`], or the chain is stopping.
#[derive(Debug, thiserror::Error)]
#[error("Too many requests are waiting")]
pub(crate) struct Busy;

/// The threads. They end when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Readers {
    jobs: SyncSender<Job>,
}

impl Readers {
    /// Starts [`RUNTIME_THREADS`] threads.
    ///
    /// # Errors
    /// The system gives no more threads.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, inbox) = sync_channel::<Job>(MAX_WAITING_READS);
        let inbox = Arc::new(Mutex::new(inbox));
        for index in 0..RUNTIME_THREADS {
            let inbox = inbox.clone();
            std::thread::Builder::new()
                .name(format!("devchain-reader-{index}"))
                .stack_size(RUNTIME_STACK_BYTES)
                .spawn(move || work(&inbox))?;
        }
        Ok(Self { jobs })
    }

    /// Runs `read` on one of the threads.
    ///
    /// # Errors
    /// [`Busy`]; also when `read` panicked, which leaves no answer.
    pub(crate) async fn run<T: Send + 'static>(&self, read: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move || {
            // The asker may have hung up.
            let _ = reply.send(read());
        });
        self.jobs.try_send(job).map_err(|_| Busy)?;
        answer.await.map_err(|_| Busy)
    }
}

fn work(inbox: &Mutex<Receiver<Job>>) {
    loop {
        // The guard is held only while waiting: jobs run side by side.
        let job = inbox.lock().recv();
        let Ok(job) = job else { return };
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("a read panicked");
        }
    }
}
