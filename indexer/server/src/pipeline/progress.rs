//! How far the indexer has come, for everybody who waits for it.
use super::error::FollowError;
use aegle_protocol::{BlockId, BlockNumber, Head};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// The progress of the indexer along the chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// The last block whose events are stored.
    pub(crate) indexed: Option<BlockId>,
    /// The finalized head, as last seen.
    pub(crate) head: Option<Head>,
    /// The number of stored events of our contracts that this release does not know.
    pub(crate) unknown_events: u64,
    /// The reason why ingestion has stopped; it is looked at again now and then.
    pub(crate) halted: Option<Arc<FollowError>>,
}

/// Reads the progress and waits for it.
#[derive(Clone, Debug)]
pub(crate) struct ProgressReader(watch::Receiver<Progress>);

/// A reason why waiting ended without the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The block was not stored in time.
    #[error("the block was not indexed in time")]
    Timeout,
    /// Ingestion has stopped for good.
    #[error("ingestion has stopped")]
    Halted,
}

impl ProgressReader {
    pub(super) fn new(receiver: watch::Receiver<Progress>) -> Self {
        Self(receiver)
    }

    /// Returns the progress at this moment.
    pub(crate) fn now(&self) -> Progress {
        self.0.borrow().clone()
    }

    /// Waits until a block after this one is stored, and returns the progress then.
    pub(crate) async fn beyond(&self, number: Option<BlockNumber>) -> Progress {
        let mut receiver = self.0.clone();
        let is_beyond = |progress: &Progress| progress.indexed.map(|block| block.number) > number;
        let reached = receiver.wait_for(is_beyond).await;
        let reached = reached.map(|progress| progress.clone()).ok();
        match reached {
            Some(progress) => progress,
            // The follower is gone, and with it everything.
            None => std::future::pending().await,
        }
    }

    /// Waits until a block is stored.
    ///
    /// # Errors
    /// [`WaitError`].
    pub(crate) async fn wait_for(&self, number: BlockNumber, timeout: Duration) -> Result<BlockId, WaitError> {
        let mut receiver = self.0.clone();
        let reached = receiver.wait_for(|progress| {
            progress.halted.is_some() || progress.indexed.is_some_and(|block| block.number >= number)
        });
        let progress = tokio::time::timeout(timeout, reached)
            .await
            .map_err(|_| WaitError::Timeout)?;
        // The sender lives as long as the follower, which ends only by halting or with the whole indexer.
        let progress = progress.map_err(|_| WaitError::Halted)?;
        match (&progress.halted, progress.indexed) {
            (None, Some(block)) => Ok(block),
            _ => Err(WaitError::Halted),
        }
    }
}
