//! The state of the chain that a request is answered at.
use crate::{
    chain::{ChainLink, Head, LinkError},
    pipeline::{ProgressReader, WaitError},
};
use aegle_rules::Timestamp;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a request waits for the events of the head to be stored.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// The finalized head that the node gave when the request came, with everything up to it stored.
#[derive(Clone, Copy, Debug)]
pub struct View {
    head: Head,
    taken: Instant,
}

impl View {
    /// The head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How long ago the node gave it.
    pub fn age(&self) -> Duration {
        self.taken.elapsed()
    }

    /// The later of the chain's time and the wall clock's: what ends by time has ended by this one.
    pub fn latest_time(&self) -> Timestamp {
        self.head.timestamp.max(super::wall_clock())
    }
}

/// Why a request cannot be answered now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The node gave no head.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The head is older than what was stored: the node is catching up, or is another one.
    #[error("the node is behind what was indexed")]
    NodeBehind,
    /// The head's events are not stored.
    #[error(transparent)]
    Behind(#[from] WaitError),
}

/// Lets a request in when it can be answered at a fresh state.
pub struct Gate {
    link: Arc<ChainLink>,
    progress: ProgressReader,
}

impl Gate {
    /// A gate over a link and the follower's progress.
    pub fn new(link: Arc<ChainLink>, progress: ProgressReader) -> Self {
        Self { link, progress }
    }

    /// The progress that the gate waits for.
    pub fn progress(&self) -> &ProgressReader {
        &self.progress
    }

    /// Asks the node for its finalized head, and waits until everything up to it is stored.
    ///
    /// # Errors
    /// [`GateError`]: then the request must be refused.
    pub async fn view(&self) -> Result<View, GateError> {
        let progress = self.progress.now();
        if progress.halted.is_some() {
            return Err(GateError::Behind(WaitError::Halted));
        }
        let taken = Instant::now();
        let head = self.link.head().await?;
        if progress
            .indexed
            .is_some_and(|indexed| indexed.number > head.block.number)
        {
            return Err(GateError::NodeBehind);
        }
        let indexed = self.progress.wait_for(head.block.number, CATCH_UP_TIMEOUT).await?;
        // The follower may be further by now; at the same height it must be the same block.
        if indexed.number == head.block.number && indexed.hash != head.block.hash {
            return Err(GateError::NodeBehind);
        }
        Ok(View { head, taken })
    }
}
