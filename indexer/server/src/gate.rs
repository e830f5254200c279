//! The state of the chain that a request is answered at.
use crate::{
    pipeline::{Progress, ProgressReader, WaitError},
    supervise::{Part, Parts},
};
use aegle_chain::{ChainError, node::ChainLink};
use aegle_http::wall_clock;
use aegle_policy::{Policy, PolicyError, View};
use aegle_protocol::BlockNumber;
use aegle_rules::AccountId;
use std::{sync::Arc, time::Duration};

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 86_400_000;
/// The longest that a request waits for the events of the head to be stored.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that a question for readiness waits: whoever asks would rather hear why not, and ask again.
const READY_TIMEOUT: Duration = Duration::from_secs(1);

/// A reason why a request cannot be answered now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum GateError {
    /// The node gave no head, or an old one.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The head is older than what was stored: the node is catching up, or is another one.
    #[error("the node is behind what was indexed")]
    NodeBehind,
    /// The head's events are not stored.
    #[error(transparent)]
    Behind(#[from] WaitError),
    /// Another indexer has taken the database.
    #[error("another indexer has taken the database")]
    Fenced,
    /// The contracts emit events that this release does not know.
    #[error("the contracts emit events that this release does not know")]
    NeedsUpgrade,
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
    /// The newest block is too old to decide on.
    #[error("the chain's newest block is too old: what was revoked since cannot be seen")]
    Stale,
    /// Ingestion has stopped: the log says why.
    #[error("ingestion has stopped")]
    Halted,
    /// A part does not work: the log says why.
    #[error("the part {0} does not work and is started again; the log says why")]
    Part(Part),
    /// Another indexer has taken the database.
    #[error("another indexer has taken the database: this one must be stopped")]
    Fenced,
    /// The contracts emit events that this release does not know.
    #[error("the contracts emit events that this release does not know: install a later release of the indexer")]
    NeedsUpgrade,
}

/// Lets a request in when it can be answered at a fresh state.
pub(crate) struct Gate {
    link: Arc<ChainLink>,
    policy: Arc<Policy>,
    progress: ProgressReader,
    parts: Parts,
}

impl Gate {
    /// Builds a gate over a link, what decides on it, the follower's progress, and the parts that run beside the API.
    pub(crate) fn new(link: Arc<ChainLink>, policy: Arc<Policy>, progress: ProgressReader, parts: Parts) -> Self {
        Self {
            link,
            policy,
            progress,
            parts,
        }
    }

    /// Returns the progress that the gate waits for.
    pub(crate) fn progress(&self) -> &ProgressReader {
        &self.progress
    }

    /// Reads the committee's members from the chain, in the state after a block.
    ///
    /// # Errors
    /// [`GateError`].
    pub(crate) async fn committee(&self, consortium: AccountId, view: &View) -> Result<Vec<AccountId>, GateError> {
        let read = async {
            let node = self.link.node().await?;
            let message = aegle_rules::consortium::messages::Committee {};
            node.read(view.finalized().hash, consortium, &message).await
        };
        Ok(read.await.map_err(PolicyError::from)?.members)
    }

    /// Asks the node for its newest blocks, and waits until everything up to the finalized one is stored.
    ///
    /// # Errors
    /// [`GateError`]: then the request must be refused.
    pub(crate) async fn view(&self) -> Result<View, GateError> {
        if self.parts.is_fenced() {
            return Err(GateError::Fenced);
        }
        let progress = self.progress.now();
        if progress.halted.is_some() {
            return Err(GateError::Behind(WaitError::Halted));
        }
        if progress.unknown_events > 0 {
            return Err(GateError::NeedsUpgrade);
        }
        let view = self.policy.view(wall_clock()).await?;
        let head = view.finalized();
        if progress.indexed.is_some_and(|indexed| indexed.number > head.number) {
            return Err(GateError::NodeBehind);
        }
        let indexed = self.progress.wait_for(head.number, CATCH_UP_TIMEOUT).await?;
        // The follower may be further by now; at the same height it must be the same block.
        if indexed.number == head.number && indexed.hash != head.hash {
            return Err(GateError::NodeBehind);
        }
        Ok(view)
    }

    /// Checks whether a request that comes now would be let in; waits a second at most.
    ///
    /// # Errors
    /// [`NotReady`].
    pub(crate) async fn ready(&self) -> Result<(), NotReady> {
        let in_time = tokio::time::timeout(READY_TIMEOUT, self.view()).await;
        let view = in_time.map_err(|_| None).and_then(|view| view.map_err(Some));
        view.map(drop)
            .map_err(|error| not_ready(error, &self.progress.now(), self.link.is_connecting()))?;
        match self.parts.fault() {
            Some(fault) => Err(NotReady::Part(fault.part)),
            None => Ok(()),
        }
    }
}

/// Names what keeps a request waiting (no error), or has refused it.
fn not_ready(error: Option<GateError>, progress: &Progress, connecting: bool) -> NotReady {
    let indexed = progress.indexed.map(|block| block.number);
    match (error, progress.head) {
        (Some(GateError::Fenced), _) => NotReady::Fenced,
        (Some(GateError::NeedsUpgrade), _) => NotReady::NeedsUpgrade,
        _ if progress.halted.is_some() => NotReady::Halted,
        (Some(GateError::NodeBehind), _) => NotReady::NodeBehind,
        _ if connecting => NotReady::Connecting,
        (Some(GateError::Policy(PolicyError::Chain(ChainError::Disconnected))), _) => NotReady::Disconnected,
        (Some(GateError::Policy(PolicyError::Stale { .. })), _) => NotReady::Stale,
        (Some(GateError::Policy(_)), _) => NotReady::NodeSilent,
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
    use aegle_protocol::{BlockId, Head};
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
            unknown_events: 0,
            halted: None,
        }
    }

    #[test]
    fn each_reason_to_wait_has_its_name() {
        let timeout = || Some(GateError::Behind(WaitError::Timeout));
        let chain = |error| Some(GateError::Policy(PolicyError::Chain(error)));
        let stale = PolicyError::Stale {
            which: "finalized",
            age: Duration::from_secs(61),
            limit: Duration::from_secs(60),
        };
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
            (Some(GateError::Policy(stale)), Some(4), Some(4), false, NotReady::Stale),
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
