//! The one thread that changes the chain: it takes transactions in and seals blocks.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use parking_lot::RwLock;
use sp_runtime::{traits::Hash as _, transaction_validity::TransactionValidityError};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    Sealing,
    block::{Applied, BlockBuilder, SealError},
    clock::{AdvanceError, Clock},
    execution::{ExecutionError, decode_extrinsic, validate},
    ledger::{Ledger, SealedBlock},
    limits::{MAX_WAITING_COMMANDS, RUNTIME_STACK_BYTES},
    pool::{Pool, PoolError, Pooled, Status},
    runtime::{BlockNumber, Hash, Hashing},
};

/// The time that an idle author sleeps where no block is due by time.
const IDLE_WAIT: Duration = Duration::from_secs(3_600);

/// The shortest time between blocks that are sealed by time.
const LEAST_PERIOD: Duration = Duration::from_millis(1);

/// The reason why a submitted transaction was turned away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SubmitError {
    #[error("Extrinsic has invalid format")]
    Format,
    #[error(transparent)]
    Validity(TransactionValidityError),
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    #[error(transparent)]
    Pool(#[from] PoolError),
    #[error("the chain is stopping")]
    Stopped,
}

enum Command {
    Submit {
        bytes: Vec<u8>,
        watcher: Option<mpsc::Sender<Status>>,
        reply: oneshot::Sender<Result<Hash, SubmitError>>,
    },
    Seal {
        reply: oneshot::Sender<Result<Arc<SealedBlock>, SealError>>,
    },
    GiveUp {
        blocks: BlockNumber,
        reply: oneshot::Sender<Option<Arc<SealedBlock>>>,
    },
    Advance {
        by: Duration,
        reply: oneshot::Sender<Result<Duration, AdvanceError>>,
    },
    Stop,
}

/// The handle of the author for the rest of the chain. Clones speak to the same one.
#[derive(Clone)]
pub(crate) struct Author {
    commands: SyncSender<Command>,
    pool: Arc<RwLock<Pool>>,
}

impl Author {
    /// Seals block 1, so that the clock runs, and starts the thread.
    ///
    /// # Errors
    /// Block 1 could not be built.
    pub(crate) fn start(
        ledger: Arc<Ledger>,
        sealing: Sealing,
        heartbeat: Option<Duration>,
    ) -> Result<(Self, watch::Receiver<BlockNumber>, JoinHandle<()>), SealError> {
        let (commands, inbox) = sync_channel(MAX_WAITING_COMMANDS);
        let (best, heads) = watch::channel(0);
        let pool = Arc::new(RwLock::new(Pool::default()));
        let mut worker = Worker {
            ledger,
            clock: Clock::default(),
            pool: pool.clone(),
            best,
            sealing,
            heartbeat,
            last_seal: Instant::now(),
        };
        let (first, sealed) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("devchain-author".to_owned())
            .stack_size(RUNTIME_STACK_BYTES)
            .spawn(move || {
                let outcome = worker.seal().map(drop);
                let failed = outcome.is_err();
                // The starter waits for this; it cannot have left.
                let _ = first.send(outcome);
                if !failed {
                    worker.run(&inbox);
                }
            })
            .map_err(|error| SealError::Runtime(error.to_string()))?;
        sealed.recv().map_err(|_| SealError::Stopped)??;
        Ok((Self { commands, pool }, heads, thread))
    }

    /// Submits a transaction to the pool. The watcher, if any, gets every status of it.
    ///
    /// # Errors
    /// It does not decode, the runtime refuses it, the pool does, or the chain stops.
    pub(crate) async fn submit(
        &self,
        bytes: Vec<u8>,
        watcher: Option<mpsc::Sender<Status>>,
    ) -> Result<Hash, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .try_send(Command::Submit { bytes, watcher, reply })
            .map_err(|error| match error {
                TrySendError::Full(_) => SubmitError::Pool(PoolError::Full),
                TrySendError::Disconnected(_) => SubmitError::Stopped,
            })?;
        answer.await.map_err(|_| SubmitError::Stopped)?
    }

    /// Seals a block of all ready transactions now, even if there are none.
    ///
    /// # Errors
    /// The block cannot be built, or the chain stops.
    pub(crate) async fn seal(&self) -> Result<Arc<SealedBlock>, SealError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .try_send(Command::Seal { reply })
            .map_err(|_| SealError::Stopped)?;
        answer.await.map_err(|_| SealError::Stopped)?
    }

    /// Gives up the newest blocks; returns the best one that is left. `None` where a final one would be given up, or the chain
    /// stops.
    pub(crate) async fn give_up(&self, blocks: BlockNumber) -> Option<Arc<SealedBlock>> {
        let (reply, answer) = oneshot::channel();
        self.commands.try_send(Command::GiveUp { blocks, reply }).ok()?;
        answer.await.ok()?
    }

    /// Moves the time of the blocks to come forward; returns how far ahead of the wall clock the chain is then.
    ///
    /// # Errors
    /// It would be too far ahead, or the chain stops.
    pub(crate) async fn advance(&self, by: Duration) -> Result<Duration, AdvanceError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .try_send(Command::Advance { by, reply })
            .map_err(|_| AdvanceError::Stopped)?;
        answer.await.map_err(|_| AdvanceError::Stopped)?
    }

    /// Runs `look` over the pool, which is locked meanwhile.
    pub(crate) fn with_pool<T>(&self, look: impl FnOnce(&Pool) -> T) -> T {
        look(&self.pool.read())
    }

    /// Asks the thread to end after the block that it is sealing.
    pub(crate) fn stop(&self) {
        // If the thread has ended already there is nobody to ask.
        let _ = self.commands.send(Command::Stop);
    }
}

struct Worker {
    ledger: Arc<Ledger>,
    clock: Clock,
    pool: Arc<RwLock<Pool>>,
    best: watch::Sender<BlockNumber>,
    sealing: Sealing,
    heartbeat: Option<Duration>,
    last_seal: Instant,
}

impl Worker {
    fn run(&mut self, inbox: &Receiver<Command>) {
        loop {
            let mut next = match inbox.recv_timeout(self.until_due()) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // What came in together goes into one block.
            while let Some(command) = next {
                if !self.handle(command) {
                    return;
                }
                next = inbox.try_recv().ok();
            }
            self.seal_if_due();
        }
    }

    fn handle(&mut self, command: Command) -> bool {
        match command {
            Command::Submit { bytes, watcher, reply } => {
                // A requester that hung up does not take its transaction back.
                let _ = reply.send(self.submit(bytes, watcher));
            }
            Command::Seal { reply } => {
                // As above: the block stands whoever still listens.
                let _ = reply.send(self.seal());
            }
            Command::GiveUp { blocks, reply } => {
                let best = self.ledger.give_up(blocks);
                if let Some(best) = &best {
                    self.best.send_replace(best.number());
                }
                // As above: they are given up.
                let _ = reply.send(best);
            }
            Command::Advance { by, reply } => {
                // As above: the time has moved.
                let _ = reply.send(self.clock.advance(by));
            }
            Command::Stop => return false,
        }
        true
    }

    fn until_due(&self) -> Duration {
        let period = match self.sealing {
            Sealing::Every(period) => Some(period.max(LEAST_PERIOD)),
            Sealing::Instant => self.heartbeat,
        };
        period.map_or(IDLE_WAIT, |period| period.saturating_sub(self.last_seal.elapsed()))
    }

    fn has_ready(&self) -> bool {
        self.pool.read().has_ready()
    }

    fn seal_if_due(&mut self) {
        if self.until_due().is_zero() {
            self.seal_or_report();
        }
        if self.sealing != Sealing::Instant {
            return;
        }
        // A full block leaves ready transactions behind: go on for as long as blocks take some.
        while self.has_ready() {
            let before = self.pool.read().len();
            if !self.seal_or_report() || self.pool.read().len() == before {
                return;
            }
        }
    }

    fn seal_or_report(&mut self) -> bool {
        let outcome = self.seal();
        if let Err(error) = &outcome {
            tracing::error!(%error, "cannot seal a block");
            self.last_seal = Instant::now();
        }
        outcome.is_ok()
    }

    fn submit(&mut self, bytes: Vec<u8>, watcher: Option<mpsc::Sender<Status>>) -> Result<Hash, SubmitError> {
        let extrinsic = decode_extrinsic(&bytes).ok_or(SubmitError::Format)?;
        let hash = Hashing::hash(&bytes);
        let best = self.ledger.best();
        let validity = validate(&self.ledger.state(&best), &best, extrinsic.clone())?.map_err(SubmitError::Validity)?;
        let pooled = Pooled::new(hash, bytes, extrinsic, validity, best.number(), watcher);
        self.pool.write().insert(pooled)?;
        Ok(hash)
    }

    fn seal(&mut self) -> Result<Arc<SealedBlock>, SealError> {
        let mut builder = BlockBuilder::open(&self.ledger, &mut self.clock)?;
        let mut included = Vec::new();
        let mut refused = Vec::new();
        let ready = self.pool.read().ready();
        for hash in ready {
            let (bytes, extrinsic) = match self.pool.read().get(&hash) {
                Some(pooled) => (pooled.bytes.clone(), pooled.extrinsic.clone()),
                None => continue,
            };
            match builder.apply(bytes, extrinsic) {
                Applied::Included => included.push(hash),
                Applied::NoRoom => break,
                Applied::Invalid(reason) => {
                    refused.push((hash, reason));
                }
            }
        }
        let (block, transaction) = builder.close()?;
        let block = self.ledger.append(block, transaction);
        let mut pool = self.pool.write();
        for (hash, reason) in refused {
            tracing::debug!(transaction = %hash, %reason, "transaction dropped");
            pool.refuse(&hash);
        }
        pool.sealed(&included, block.hash, block.number());
        drop(pool);
        self.last_seal = Instant::now();
        self.best.send_replace(block.number());
        Ok(block)
    }
}
