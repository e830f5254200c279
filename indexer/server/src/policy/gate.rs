//! The state of the chain that a request is answered at.
use crate::pipeline::{Progress, ProgressReader, WaitError};
use aegle_chain::{ChainError, node::ChainLink};
use aegle_protocol::{BlockNumber, Head};
use aegle_rules::Timestamp;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The longest that a request waits for the events of the head to be stored.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that a question for readiness waits: whoever asks would rather hear why not, and ask again.
const READY_TIMEOUT: Duration = Duration::from_secs(1);

/// The finalized head that the node gave when the request came, with everything up to it stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    head: Head,
    taken: Instant,
}

impl View {
    /// Returns the finalized head.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the time since the node gave the head.
    pub(crate) fn age(&self) -> Duration {
        self.taken.elapsed()
    }

    /// Returns the later of the chain's time and the wall clock's, in milliseconds since the Unix epoch: what ends by
    /// time has ended by this one.
    pub(crate) fn latest_time(&self) -> Timestamp {
        self.head.timestamp.max(super::wall_clock())
    }
}

/// A reason why a request cannot be answered now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum GateError {
    /// The node gave no head.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The head is older than what was stored: the node is catching up, or is another one.
    #[error("the node is behind what was indexed")]
    NodeBehind,
    /// The head's events are not stored.
    #[error(transparent)]
    Behind(#[from] WaitError),
}

/// A reason why no request can be answered at the moment, for the operator. Nothing in it is about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum NotReady {
    /// The first connection to the node is being made.
    #[error("the first connection to the chain is being made")]
    Connecting,
    /// There is no connection to the node; it is tried again.
    #[error("the chain is not connected")]
    Disconnected,
    /// The node is connected and does not answer.
    #[error("the chain's node does not answer")]
    NodeSilent,
    /// Blocks up to the finalized head are being stored.
    #[error("blocks up to the chain's head, {head}, are being stored{}", indexed.map(|number| format!("; {number} is")).unwrap_or_default())]
    CatchingUp {
        /// The last block that is stored; `None` if there is none.
        indexed: Option<BlockNumber>,
        /// The finalized head, as last seen.
        head: BlockNumber,
    },
    /// The node's finalized head is older than what was stored: the node is catching up, or is another one.
    #[error("the chain's node is behind what was indexed")]
    NodeBehind,
    /// Ingestion has stopped for good: the log says why.
    #[error("ingestion has stopped")]
    Halted,
}

/// Lets a request in when it can be answered at a fresh state.
pub(crate) struct Gate {
    link: Arc<ChainLink>,
    progress: ProgressReader,
}

impl Gate {
    /// Builds a gate over a link and the follower's progress.
    pub(crate) fn new(link: Arc<ChainLink>, progress: ProgressReader) -> Self {
        Self { link, progress }
    }

    /// Returns the progress that the gate waits for.
    pub(crate) fn progress(&self) -> &ProgressReader {
        &self.progress
    }

    /// Asks the node for its finalized head, and waits until everything up to it is stored.
    ///
    /// # Errors
    /// [`GateError`]: then the request must be refused.
    pub(crate) async fn view(&self) -> Result<View, GateError> {
        let progress = self.progress.now();
        if progress.halted.is_some() {
            return Err(GateError::Behind(WaitError::Halted));
        }
        let taken = Instant::now();
        let head = self.link.node().await?.finalized().await?;
        if progress.indexed.is_some_and(|indexed| indexed.number > head.number) {
            return Err(GateError::NodeBehind);
        }
        let indexed = self.progress.wait_for(head.number, CATCH_UP_TIMEOUT).await?;
        // The follower may be further by now; at the same height it must be the same block.
        if indexed.number == head.number && indexed.hash != head.hash {
            return Err(GateError::NodeBehind);
        }
        Ok(View { head, taken })
    }

    /// Checks whether a request that comes now would be let in; waits a second at most.
    ///
    /// # Errors
    /// [`NotReady`].
    pub(crate) async fn ready(&self) -> Result<(), NotReady> {
        let in_time = tokio::time::timeout(READY_TIMEOUT, self.view()).await;
        let view = in_time.map_err(|_| None).and_then(|view| view.map_err(Some));
        view.map(drop)
            .map_err(|error| not_ready(error, &self.progress.now(), self.link.is_connecting()))
    }
}

/// Names what keeps a request waiting (no error), or has refused it.
fn not_ready(error: Option<GateError>, progress: &Progress, connecting: bool) -> NotReady {
    let indexed = progress.indexed.map(|block| block.number);
    match (error, progress.head) {
        _ if progress.halted.is_some() => NotReady::Halted,
        (Some(GateError::NodeBehind), _) => NotReady::NodeBehind,
        _ if connecting => NotReady::Connecting,
        (Some(GateError::Chain(ChainError::Disconnected)), _) => NotReady::Disconnected,
        (Some(GateError::Chain(_)), _) => NotReady::NodeSilent,
        (None | Some(GateError::Behind(_)), Some(head)) if indexed < Some(head.number) => NotReady::CatchingUp {
            indexed,
            head: head.number,
        },
        _ => NotReady::NodeSilent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::FollowError;
    use aegle_protocol::BlockId;
    use aegle_rules::Hash;

    fn progress(indexed: Option<BlockNumber>, head: Option<BlockNumber>) -> Progress {
        let hash = Hash([0; 32]);
        Progress {
            indexed: indexed.map(|number| BlockId { number, hash }),
            head: head.map(|number| Head {
                number,
                hash,
                timestamp: 0,
            }),
            halted: None,
        }
    }

    #[test]
    fn each_reason_to_wait_has_its_name() {
        let timeout = || Some(GateError::Behind(WaitError::Timeout));
        let chain = |error| Some(GateError::Chain(error));
        let catching_up = |indexed, head| NotReady::CatchingUp { indexed, head };
        for (error, indexed, head, connecting, expected) in [
            (None, None, None, true, NotReady::Connecting),
            (chain(ChainError::Disconnected), None, None, true, NotReady::Connecting),
            (
                chain(ChainError::Disconnected),
                Some(4),
                None,
                false,
                NotReady::Disconnected,
            ),
            (
                chain(ChainError::Timeout),
                Some(4),
                Some(4),
                false,
                NotReady::NodeSilent,
            ),
            (None, None, None, false, NotReady::NodeSilent),
            (None, Some(4), Some(4), false, NotReady::NodeSilent),
            (None, None, Some(9), false, catching_up(None, 9)),
            (None, Some(4), Some(9), false, catching_up(Some(4), 9)),
            (timeout(), Some(4), Some(9), false, catching_up(Some(4), 9)),
            (
                Some(GateError::NodeBehind),
                Some(4),
                Some(3),
                false,
                NotReady::NodeBehind,
            ),
        ] {
            let found = not_ready(error, &progress(indexed, head), connecting);
            assert_eq!(found, expected, "{indexed:?} of {head:?}");
        }
        let halted = Progress {
            halted: Some(Arc::new(FollowError::Chain(ChainError::Timeout))),
            ..progress(Some(4), Some(9))
        };
        let refused = GateError::Behind(WaitError::Halted);
        assert_eq!(not_ready(Some(refused), &halted, false), NotReady::Halted);
    }
}
