//! An in-process contracts chain.
//!
//! The real FRAME runtime, compiled natively (system, timestamp, balances, transaction payment
//! and contracts, with a public chain's limits and prices), behind the JSON-RPC that a node
//! speaks. Clients made for nodes connect to it unmodified; it starts in a moment and leaves
//! nothing behind.
//!
//! ```no_run
//! # async fn run() -> Result<(), aegle_devchain::StartError> {
//! use aegle_devchain::{Devchain, Options};
//!
//! let chain = Devchain::start(Options::default()).await?;
//! println!("connect to {}", chain.ws_url());
//! // The chain stops when `chain` is dropped.
//! # Ok(())
//! # }
//! ```
//!
//! Assumptions: one process owns the chain, everything is kept in memory, there is one author,
//! so that every block is final as soon as it is sealed, unless finality is
//! [held](Devchain::hold_finality) or [lags](Devchain::lag_finality). Then blocks that are not
//! final can be [given up](Devchain::fork) for others.
//!
//! Invariants: the state after every block stays readable; time moves from block to block; no
//! request, however malformed, ends the process; every queue has a limit.

mod author;
mod block;
mod clock;
mod execution;
mod faults;
mod ledger;
mod limits;
mod pool;
mod reader;
mod rpc;
mod runtime;
mod sealing;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use jsonrpsee::server::ServerHandle;

use crate::{author::Author, faults::Faults, ledger::Ledger, reader::Readers, rpc::Node};

pub use block::SealError;
pub use clock::AdvanceError;
pub use faults::Fault;
pub use limits::MAX_ADVANCE;
pub use sealing::Sealing;

/// The options of a chain. The default takes a free port and seals at once.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The times at which blocks are sealed.
    pub sealing: Sealing,
    /// With [`Sealing::Instant`], seals an empty block after this long without any. Some clients
    /// take a chain for dead that makes no block for half a minute. `None` seals none.
    pub heartbeat: Option<Duration>,
    /// The time that the watcher of a transaction waits between "in block" and "finalized", which happen at once here.
    /// polkadot.js forgets the first of two statuses that come close together, and many a script waits for it.
    pub finality_notice_delay: Duration,
}

/// The reason why a chain did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The genesis state could not be built.
    #[error("cannot build the genesis state: {0}")]
    Genesis(String),
    /// The first block could not be sealed.
    #[error("cannot seal the first block")]
    FirstBlock(#[from] SealError),
    /// The system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// The port is taken, or may not be used.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that the chain was to listen at.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// Two methods have one name; a mistake in this crate.
    #[error("cannot register the methods: {0}")]
    Methods(String),
}

/// The reason why no block was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot give up {depth} blocks: block {finalized} is final, or the chain is stopping")]
pub struct ForkError {
    /// The number of blocks that were to be given up.
    pub depth: u32,
    /// The finalized head.
    pub finalized: u32,
}

/// A block that was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The block's number.
    pub number: u32,
    /// The block's hash: blake2b-256 of its header.
    pub hash: [u8; 32],
}

/// A running chain. Dropping it stops everything: connections, threads, the chain's memory.
pub struct Devchain {
    address: SocketAddr,
    author: Author,
    ledger: Arc<Ledger>,
    faults: Faults,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Devchain {
    /// Starts a chain with its first block sealed, ready for connections.
    ///
    /// The caller runs within a tokio runtime, which serves the connections.
    ///
    /// # Errors
    /// The port cannot be had, or the system gives no threads.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let storage = runtime::genesis::storage().map_err(StartError::Genesis)?;
        let ledger = Arc::new(Ledger::with_genesis(storage));
        let readers = Readers::start().map_err(StartError::Thread)?;
        let (author, heads, thread) = Author::start(ledger.clone(), options.sealing, options.heartbeat)?;
        let faults = Faults::default();
        let node = Node {
            ledger: ledger.clone(),
            author: author.clone(),
            readers,
            heads,
            faults: faults.clone(),
            finality_notice_delay: options.finality_notice_delay,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let served = rpc::serve(node, address).await;
        let (server, address) = served.map_err(|error| match error {
            rpc::ServeError::Bind(source) => StartError::Listen { address, source },
            rpc::ServeError::Register(error) => StartError::Methods(error.to_string()),
        })?;
        Ok(Self {
            address,
            author,
            ledger,
            faults,
            server,
            thread: Some(thread),
        })
    }

    /// Returns the address for WebSocket clients: `ws://127.0.0.1:PORT`.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Returns the address for HTTP clients: `http://127.0.0.1:PORT`.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Seals a block now, of the transactions that are ready, or an empty one.
    ///
    /// # Errors
    /// The block cannot be built, or the chain is stopping.
    pub async fn seal_block(&self) -> Result<Sealed, SealError> {
        let block = self.author.seal().await?;
        Ok(Sealed {
            number: block.number(),
            hash: block.hash.0,
        })
    }

    /// Holds finality: the block that is the newest now is said to be the finalized head, whatever is sealed after it, until
    /// this is called with `false`. Announcements of heads, and the statuses of transactions, go on as they were.
    pub fn hold_finality(&self, hold: bool) {
        self.ledger.hold_finality(hold);
    }

    /// Lets finality lag: the finalized head is said to be the block that is so many blocks older than the newest one, from
    /// now on. Ends a [hold](Self::hold_finality). Announcements of heads, and the statuses of transactions, go on as they
    /// were.
    pub fn lag_finality(&self, blocks: u32) {
        self.ledger.lag_finality(blocks);
    }

    /// Gives up the newest blocks, which must not be final: the next block that is sealed is another one in the place of the
    /// first of them. What they held can still be asked for by their hashes. Their transactions are gone, although they were
    /// said to be in a block; accounts have their earlier nonces again.
    ///
    /// # Errors
    /// [`ForkError`]: nothing is given up.
    pub async fn fork(&self, depth: u32) -> Result<(), ForkError> {
        let finalized = self.ledger.finalized().number();
        self.author
            .give_up(depth)
            .await
            .map(drop)
            .ok_or(ForkError { depth, finalized })
    }

    /// Lets a method fail from now on, or work again; its other names are methods of their own.
    pub fn set_fault(&self, method: &str, fault: Option<Fault>) {
        self.faults.set(method, fault);
    }

    /// Moves time: the next block is later than the last one by at least this much (rounded up to a millisecond), and all
    /// later ones keep their distance from the wall clock. Returns that distance: the sum of all advances.
    ///
    /// Seals no block: what is read of the newest block has its old time until the next one is sealed.
    ///
    /// # Errors
    /// The chain would be more than [`MAX_ADVANCE`] ahead, or it is stopping.
    pub async fn advance(&self, by: Duration) -> Result<Duration, AdvanceError> {
        self.author.advance(by).await
    }
}

impl std::fmt::Debug for Devchain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Devchain")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Devchain {
    fn drop(&mut self) {
        // It may have stopped by itself, when its tokio runtime ended.
        let _ = self.server.stop();
        self.author.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the authoring thread panicked");
        }
    }
}
