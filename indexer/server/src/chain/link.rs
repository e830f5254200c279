//! The connection to a node: made, lost, made again.
use super::{Block, BlockId, BlockNumber, CallError, Contracts, Emitted, EmittedError, Head, contract_call};
use aegle_rules::{AccountId, Hash, Timestamp, message::Message};
use scale::Decode;
use serde::Deserialize;
use std::{future::Future, sync::Arc, time::Duration};
use subxt::{
    OnlineClient, SubstrateConfig,
    backend::{Backend, CombinedBackend, LegacyBackend},
    config::{Header, substrate::H256},
    error::BackendError,
    rpcs::{RpcClient, rpc_params},
};
use tokio::sync::watch;

/// How long the node may take to answer one question.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take, with the runtime's metadata: a megabyte, which a busy machine decodes for seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// Storage key of `Timestamp.Now`: twox-128 of both names.
const TIMESTAMP_NOW: [u8; 32] = *b"\xf0\xc3\x65\xc3\xcf\x59\xd6\x71\xeb\x72\xda\x0e\x7a\x41\x13\xc4\x9f\x1f\x05\x15\xf4\x62\xcd\xcf\x84\xe0\xf1\xd6\x04\x5d\xfc\xbb";

/// Why the node gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// There is no connection at the moment.
    #[error("the chain is not connected")]
    Disconnected,
    /// The node did not answer within ten seconds, or a minute for a new connection.
    #[error("the node did not answer in time")]
    Timeout,
    /// The connection could not be made.
    #[error("cannot connect to the node: {0}")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The node refused, or the connection broke.
    #[error("the node refused: {0}")]
    Node(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The node does not have the block.
    #[error("the node does not have block {0}")]
    NoBlock(BlockNumber),
    /// Block numbers of this chain do not fit 32 bits.
    #[error("block number {0} is over 32 bits")]
    BlockNumber(u64),
    /// A block's events cannot be decoded with the runtime's own metadata.
    #[error("the events of block {block} cannot be decoded: {source}")]
    Events {
        /// The block.
        block: BlockNumber,
        /// What was wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An event of our contracts is not as it should be.
    #[error("block {block}: {source}")]
    Emitted {
        /// The block.
        block: BlockNumber,
        /// What was wrong.
        source: EmittedError,
    },
    /// The block has no time, or not in 8 bytes.
    #[error("the time of block {0} cannot be read")]
    Time(Hash),
    /// The contract gave no answer.
    #[error("the contract gave no answer: {0}")]
    Call(#[from] CallError),
}

impl LinkError {
    /// Whether asking again can help: the node or the way to it is at fault, not what it holds.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Events { .. } | Self::Emitted { .. } | Self::BlockNumber(_))
    }
}

fn node(error: impl std::error::Error + Send + Sync + 'static) -> LinkError {
    LinkError::Node(Box::new(error))
}

#[derive(Clone)]
struct Connection {
    backend: Arc<CombinedBackend<SubstrateConfig>>,
    client: OnlineClient<SubstrateConfig>,
}

/// What a node can be asked.
#[derive(Deserialize)]
struct Methods {
    methods: Vec<String>,
}

impl Methods {
    /// Whether the node answers questions about any block. `chainHead` answers about pinned blocks alone, and nodes give
    /// few subscriptions to it, which a client that comes back after a lost connection may find taken by itself; so it
    /// is used only where there is nothing else.
    fn has_state_methods(&self) -> bool {
        let needed = [
            "chain_getBlockHash",
            "chain_getHeader",
            "chain_getFinalizedHead",
            "chain_subscribeFinalizedHeads",
        ];
        let state = ["state_call", "state_queryStorageAt"];
        let has = |name: &&str| self.methods.iter().any(|method| method == name);
        needed.iter().all(has) && state.iter().all(has)
    }
}

/// What the link knows of its connection.
#[derive(Clone)]
enum State {
    /// The first attempt has not ended.
    Connecting,
    Connected(Connection),
    Down,
}

/// The connection to one node. Whoever asks before the first attempt has ended waits for it; whoever asks while the
/// connection is down gets [`LinkError::Disconnected`] at once. Only [`ChainLink::connect`] makes it again.
pub struct ChainLink {
    url: String,
    contracts: Contracts,
    /// Kept over connections: it holds the metadata that was read already.
    config: SubstrateConfig,
    state: watch::Sender<State>,
}

impl ChainLink {
    /// A link that is not connected yet.
    pub fn new(url: String, contracts: Contracts) -> Self {
        let (state, _) = watch::channel(State::Connecting);
        Self {
            url,
            contracts,
            config: SubstrateConfig::new(),
            state,
        }
    }

    /// Connects, in place of an earlier connection, and gives the chain's genesis hash.
    ///
    /// # Errors
    /// [`LinkError::Connect`] or [`LinkError::Timeout`].
    pub async fn connect(&self) -> Result<Hash, LinkError> {
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.open()).await;
        let connected = connected.unwrap_or(Err(LinkError::Timeout));
        let (state, genesis) = match connected {
            Ok(connection) => {
                let genesis = Hash(connection.client.genesis_hash().0);
                (State::Connected(connection), Ok(genesis))
            }
            Err(error) => (State::Down, Err(error)),
        };
        self.state.send_replace(state);
        genesis
    }

    async fn open(&self) -> Result<Connection, LinkError> {
        let failed = |error| LinkError::Connect(error);
        let rpc = RpcClient::from_insecure_url(&self.url)
            .await
            .map_err(|error| failed(error.into()))?;
        let methods: Methods = rpc
            .request("rpc_methods", rpc_params![])
            .await
            .map_err(|error| failed(error.into()))?;
        let mut builder = CombinedBackend::builder();
        if methods.has_state_methods() {
            let legacy = LegacyBackend::builder().build(rpc.clone());
            builder = builder.with_legacy_backend(legacy).no_default_backends();
        }
        let backend = builder.build_with_background_driver(rpc).await;
        let backend = Arc::new(backend.map_err(|error| failed(error.into()))?);
        let client = OnlineClient::from_backend_with_config(self.config.clone(), backend.clone()).await;
        let client = client.map_err(|error| failed(error.into()))?;
        // This reads the runtime's metadata once. Blocks are asked for several at a time, and each of the first ones would
        // read it for itself, all against the timeout of one question.
        client.at_current_block().await.map_err(|error| failed(error.into()))?;
        Ok(Connection { backend, client })
    }

    /// Whether the first attempt to connect has not ended.
    pub fn is_connecting(&self) -> bool {
        matches!(*self.state.borrow(), State::Connecting)
    }

    /// Drops the connection.
    pub fn disconnect(&self) {
        self.state.send_replace(State::Down);
    }

    async fn connection(&self) -> Result<Connection, LinkError> {
        let mut state = self.state.subscribe();
        let decided = state.wait_for(|state| !matches!(state, State::Connecting));
        match tokio::time::timeout(ANSWER_TIMEOUT, decided).await {
            Ok(Ok(state)) => match &*state {
                State::Connected(connection) => Ok(connection.clone()),
                _ => Err(LinkError::Disconnected),
            },
            _ => Err(LinkError::Disconnected),
        }
    }

    /// The finalized head.
    ///
    /// # Errors
    /// [`LinkError`]: no connection, no answer in time, or one without sense.
    pub async fn head(&self) -> Result<Head, LinkError> {
        let connection = self.connection().await?;
        in_time(async {
            let hash = connection
                .backend
                .latest_finalized_block_ref()
                .await
                .map_err(node)?
                .hash();
            let block = block_id(&connection, hash).await?.0;
            let timestamp = timestamp(&connection, hash).await?;
            Ok(Head { block, timestamp })
        })
        .await
    }

    /// The hash of the finalized block with this number, if the chain is that long.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn hash_of(&self, number: BlockNumber) -> Result<Option<Hash>, LinkError> {
        let connection = self.connection().await?;
        let found = in_time(async {
            connection
                .backend
                .block_number_to_hash(number.into())
                .await
                .map_err(node)
        })
        .await?;
        Ok(found.map(|block| Hash(block.hash().0)))
    }

    /// A finalized block with the events of our contracts.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::is_passing`] tells whether to try again.
    pub async fn block(&self, number: BlockNumber) -> Result<Block, LinkError> {
        let connection = self.connection().await?;
        in_time(async {
            let found = connection
                .backend
                .block_number_to_hash(number.into())
                .await
                .map_err(node)?;
            let hash = found.ok_or(LinkError::NoBlock(number))?.hash();
            let (id, parent) = block_id(&connection, hash).await?;
            let events = self.events(&connection, id).await?;
            let timestamp = if events.is_empty() {
                None
            } else {
                Some(timestamp(&connection, hash).await?)
            };
            Ok(Block {
                id,
                parent,
                timestamp,
                events,
            })
        })
        .await
    }

    async fn events(&self, connection: &Connection, block: BlockId) -> Result<Vec<Emitted>, LinkError> {
        let at = connection
            .client
            .at_block_hash_and_number(H256(block.hash.0), block.number.into())
            .await
            .map_err(node)?;
        let events = at.events().fetch().await.map_err(node)?;
        // Most blocks of a shared chain are not about us: an event of ours has the contract's account in it.
        let ours = [self.contracts.consortium, self.contracts.consent, self.contracts.ledger];
        if !events
            .bytes()
            .windows(32)
            .any(|window| ours.iter().any(|contract| contract.0 == *window))
        {
            return Ok(Vec::new());
        }
        let mut emitted = Vec::new();
        for event in events.iter() {
            let event = event.map_err(|error| LinkError::Events {
                block: block.number,
                source: Box::new(error),
            })?;
            if (event.pallet_name(), event.event_name()) != ("Contracts", "ContractEmitted") {
                continue;
            }
            let topic = event.topics().first().map(|topic| topic.0);
            let decoded = Emitted::from_fields(event.index(), event.field_bytes(), topic);
            let decoded = decoded.map_err(|source| LinkError::Emitted {
                block: block.number,
                source,
            })?;
            if self.contracts.contains(&decoded.contract) {
                emitted.push(decoded);
            }
        }
        Ok(emitted)
    }

    /// Asks `contract` at a block, as the deployed code answers there. Nothing is written.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Call`] if the contract gave no answer.
    pub async fn ask<M: Message>(
        &self,
        contract: &AccountId,
        message: &M,
        at: BlockId,
    ) -> Result<M::Output, LinkError> {
        let connection = self.connection().await?;
        let arguments = contract_call::arguments(contract, &message.call_data());
        let call = connection
            .backend
            .call(contract_call::METHOD, Some(&arguments), H256(at.hash.0));
        let bytes = in_time(async { call.await.map_err(node) }).await?;
        Ok(contract_call::answer(&bytes)?)
    }

    /// Waits for the next finalized block's announcement: only a reason to look, for announcements may be lost.
    ///
    /// # Errors
    /// [`LinkError`] if there is no connection or the subscription cannot be made.
    pub async fn announcements(&self) -> Result<Announcements, LinkError> {
        let connection = self.connection().await?;
        let stream = in_time(async { connection.client.stream_blocks().await.map_err(node) }).await?;
        Ok(Announcements { stream })
    }
}

/// Finalized blocks as the node announces them.
pub struct Announcements {
    stream: subxt::client::Blocks<SubstrateConfig>,
}

impl Announcements {
    /// Waits for the next one.
    ///
    /// # Errors
    /// [`LinkError::Disconnected`] when no more can come.
    pub async fn next(&mut self) -> Result<(), LinkError> {
        match self.stream.next().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(node(error)),
            None => Err(LinkError::Disconnected),
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, LinkError>>) -> Result<T, LinkError> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer)
        .await
        .map_err(|_| LinkError::Timeout)?
}

async fn block_id(connection: &Connection, hash: H256) -> Result<(BlockId, Hash), LinkError> {
    let header = connection.backend.block_header(hash).await.map_err(node)?;
    let header = header.ok_or_else(|| node(BackendError::other(format!("no header of {hash:?}"))))?;
    let number = u32::try_from(header.number()).map_err(|_| LinkError::BlockNumber(header.number()))?;
    Ok((
        BlockId {
            number,
            hash: Hash(hash.0),
        },
        Hash(header.parent_hash.0),
    ))
}

async fn timestamp(connection: &Connection, hash: H256) -> Result<Timestamp, LinkError> {
    let mut values = connection
        .backend
        .storage_fetch_values(vec![TIMESTAMP_NOW.to_vec()], hash)
        .await
        .map_err(node)?;
    match values.next().await.transpose().map_err(node)? {
        Some(found) => Timestamp::decode(&mut &*found.value).map_err(|_| LinkError::Time(Hash(hash.0))),
        // The genesis block has no time.
        None => Ok(0),
    }
}
