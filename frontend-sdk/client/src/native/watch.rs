//! What concerns an account, as the indexer tells it and the chain confirms it.

use super::{
    ChainClient,
    http::{HttpTransport, IndexerClient},
};
use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, Contracts},
    deployment::Aegle,
    history::Dated,
    indexer::notifications_call,
    notifications::{EventReader, Received, StreamError},
    remote::{RemoteError, TransportError},
};
use aegle_chain::ContractEvent;
use aegle_protocol::{
    BlockId,
    wire::{HEARTBEAT_MS, Notification, NotificationId, NotificationKind, Problem, ProblemCode},
};
use aegle_rules::AccountId;
use std::{collections::VecDeque, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// How long nothing may come: three heads of the indexer.
const SILENCE_LIMIT: Duration = Duration::from_millis(3 * HEARTBEAT_MS);
/// How long the chain's own node may need to come to a block that the indexer has told of.
const NODE_LIMIT: Duration = Duration::from_secs(60);
/// The pause before the node is asked again.
const NODE_PAUSE: Duration = Duration::from_millis(500);
/// First and longest pause before the indexer is asked again after a stream was lost.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often in a row a stream may be lost before anything came over it.
const MAX_ATTEMPTS: u32 = 10;

/// Why nothing more is told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The indexer refused, or cannot be reached.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The indexer has ended the stream.
    #[error("the indexer tells nothing more: {}{}", .0.title, .0.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
    Ended(Box<Problem>),
    /// The stream is none of notifications.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The chain has no such event: the indexer lies, or serves another chain.
    #[error("the indexer told of event {id}, which the chain does not have: do not trust it")]
    Forged {
        /// What the indexer called it.
        id: NotificationId,
    },
    /// The indexer tells the same twice, or something earlier after something later.
    #[error("the indexer told of event {id} after {after}: do not trust it")]
    Order {
        /// What came.
        id: NotificationId,
        /// What had come before.
        after: NotificationId,
    },
    /// The chain's node does not come to the blocks that the indexer tells of.
    #[error("the node has not finalized block {block}, of which the indexer tells: use a node that keeps up")]
    NodeBehind {
        /// The block.
        block: u32,
    },
    /// The chain does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl WatchError {
    /// Returns whether somebody was lied to.
    pub fn is_tampering(&self) -> bool {
        matches!(self, Self::Forged { .. } | Self::Order { .. })
    }
}

/// Something that concerns the account, and stands on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its name, after which a later watch can go on.
    pub id: NotificationId,
    /// What it is about, by the event itself.
    pub kind: NotificationKind,
    /// The event, as the chain has it.
    pub event: Dated,
}

/// What a watch sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Something was told.
    Told(Box<Told>),
    /// The indexer says that it has told everything up to this block. That it left nothing out cannot be proved by it.
    Head(BlockId),
}

/// Watches what concerns an account, through lost connections. Each event is looked up in the finalized chain before it is
/// returned; that nothing was left out only the chain's own history proves.
pub struct Watch<'a> {
    indexer: &'a IndexerClient,
    chain: &'a ChainClient,
    contracts: &'a Contracts,
    key: &'a AccountKey,
    patient: AccountId,
    after: Option<NotificationId>,
    stream: Option<Stream>,
    attempts: u32,
    waiting: VecDeque<Received>,
}

struct Stream {
    response: reqwest::Response,
    reader: EventReader,
}

impl<'a> Watch<'a> {
    /// Begins after a notification, [`NotificationId::default`] for all there are, or with what is told from now on. A
    /// patient is watched by whoever controls the account.
    pub fn new(
        aegle: &Aegle<'a, ChainClient, HttpTransport>,
        key: &'a AccountKey,
        patient: AccountId,
        after: Option<NotificationId>,
    ) -> Self {
        Self {
            indexer: aegle.indexer,
            chain: aegle.on_chain.chain,
            contracts: aegle.on_chain.contracts,
            key,
            patient,
            after,
            stream: None,
            attempts: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Waits for what comes next, and verifies it.
    ///
    /// # Errors
    /// See [`WatchError`]. A stream that is lost is no error: it is opened again, ten times in a row at most.
    pub async fn next(&mut self) -> Result<Watched, WatchError> {
        loop {
            match self.waiting.pop_front() {
                Some(Received::Notification(notification)) => {
                    let told = self.verify(&notification).await?;
                    (self.after, self.attempts) = (Some(told.id), 0);
                    return Ok(Watched::Told(Box::new(told)));
                }
                Some(Received::Head(head)) => {
                    // What is told from now on is told after this block.
                    self.after = self.after.max(Some(NotificationId::end_of(head.number)));
                    self.attempts = 0;
                    return Ok(Watched::Head(head));
                }
                // The stream has had its time, or the indexer stops: another one is opened.
                Some(Received::End(problem)) if is_passing(problem.code) => {
                    self.lost(WatchError::Ended(Box::new(problem))).await?;
                }
                Some(Received::End(problem)) => return Err(WatchError::Ended(Box::new(problem))),
                None => match self.receive().await {
                    Ok(received) => self.waiting.extend(received),
                    Err(WatchError::Indexer(error)) if may_pass(&error) => self.lost(error.into()).await?,
                    Err(error) => return Err(error),
                },
            }
        }
    }

    /// Waits before another stream is opened; gives the error back when that was done too often in a row.
    async fn lost(&mut self, error: WatchError) -> Result<(), WatchError> {
        self.stream = None;
        self.attempts += 1;
        if self.attempts >= MAX_ATTEMPTS {
            return Err(error);
        }
        sleep(LONGEST_PAUSE.min(FIRST_PAUSE * (1 << self.attempts.min(6)))).await;
        Ok(())
    }

    /// Waits for bytes; opens the stream if there is none.
    async fn receive(&mut self) -> Result<Vec<Received>, WatchError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let response = self.open().await?;
                self.stream.insert(Stream {
                    response,
                    reader: EventReader::default(),
                })
            }
        };
        let lost = |source: Box<dyn std::error::Error + Send + Sync>| {
            RemoteError::Transport(TransportError {
                url: self.indexer.transport().url().into(),
                source,
            })
        };
        match timeout(SILENCE_LIMIT, stream.response.chunk()).await {
            Ok(Ok(Some(bytes))) => Ok(stream.reader.push(&bytes)?),
            Ok(Ok(None)) => Err(lost("the stream ended".into()).into()),
            Ok(Err(error)) => Err(lost(error.into()).into()),
            Err(_) => Err(lost("nothing came over the stream".into()).into()),
        }
    }

    async fn open(&self) -> Result<reqwest::Response, WatchError> {
        let call = notifications_call(self.key, self.patient, self.after);
        let headers = self.indexer.remote().sign(self.key, &call)?.0;
        let response = self.indexer.transport().open(call.request(headers)).await;
        let response = response.map_err(RemoteError::Transport)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let refused = self
            .indexer
            .transport()
            .whole(response)
            .await
            .map_err(RemoteError::Transport)?;
        match call.accept("indexer", refused) {
            Err(error) => Err(error.into()),
            // It was no success.
            Ok(_) => Err(WatchError::Stream(StreamError::Event)),
        }
    }

    /// Finds what was told in the finalized chain.
    async fn verify(&self, notification: &Notification) -> Result<Told, WatchError> {
        let id = notification.id;
        if let Some(after) = self.after
            && id <= after
        {
            return Err(WatchError::Order { id, after });
        }
        let forged = || WatchError::Forged { id };
        self.until_finalized(id.block).await?;
        if !self.chain.is_finalized(notification.block).await? {
            return Err(forged());
        }
        let contracts = self.contracts;
        let hash = notification.block;
        let block = self
            .chain
            .ask(async |node| node.block_with_hash(hash, contracts).await)
            .await?;
        let mut events = block.events.iter();
        let emitted = events.find(|emitted| emitted.index == id.index).ok_or_else(forged)?;
        let is_same = block.id.number == id.block
            && emitted.contract == notification.contract
            && emitted.topic == Some(notification.topic.0)
            && emitted.data == notification.data
            && block.timestamp == Some(notification.at);
        let event = ContractEvent::decode(contracts, id.block, emitted)?;
        let kind = event.as_ref().and_then(ContractEvent::notification_kind);
        match (is_same, event, kind) {
            (true, Some(event), Some(kind)) if kind == notification.kind => Ok(Told {
                id,
                kind,
                event: Dated {
                    block: id.block,
                    at: notification.at,
                    event,
                },
            }),
            _ => Err(forged()),
        }
    }

    /// Waits until the node has finalized a block: it may be slower than the indexer's.
    async fn until_finalized(&self, block: u32) -> Result<(), WatchError> {
        let until = Instant::now() + NODE_LIMIT;
        while self.chain.finalized().await?.number < block {
            if Instant::now() >= until {
                return Err(WatchError::NodeBehind { block });
            }
            sleep(NODE_PAUSE).await;
        }
        Ok(())
    }
}

/// Whether another stream may be had after an end, or a refusal, of this code.
fn is_passing(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::Expired | ProblemCode::Internal | ProblemCode::TooMany | ProblemCode::ChainUnavailable
    )
}

/// Whether the indexer may answer later.
fn may_pass(error: &RemoteError) -> bool {
    match error {
        RemoteError::Transport(_) => true,
        RemoteError::Refused { code, .. } => is_passing(*code),
        _ => false,
    }
}
