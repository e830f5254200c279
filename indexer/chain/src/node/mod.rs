//! The connection to a node.

mod calls;
mod events;
mod link;
mod state;
mod transactions;

pub use calls::named;
pub use events::{Block, PalletEvent};
pub use link::ChainLink;
pub use state::ContractState;
pub use transactions::{ContractCall, PlacedCall, SignedTransaction, SubmitError};

use crate::{ANSWER_TIMEOUT, ChainError, Source};
use aegle_protocol::{BlockId, BlockNumber, Head};
use aegle_rules::{Hash, Timestamp};
use scale::{Decode, DecodeAll};
use serde::Deserialize;
use std::{future::Future, sync::Arc, time::Duration};
use subxt::{
    OnlineClient, SubstrateConfig,
    backend::{Backend, CombinedBackend, LegacyBackend},
    client::OnlineClientAtBlock,
    config::{Header, substrate::H256},
    rpcs::{RpcClient, rpc_params},
};

/// How long a connection may take, with the runtime's metadata: a megabyte, which a busy machine decodes for seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// Storage key of `Timestamp.Now`: twox-128 of both names.
const TIMESTAMP_NOW: [u8; 32] = *b"\xf0\xc3\x65\xc3\xcf\x59\xd6\x71\xeb\x72\xda\x0e\x7a\x41\x13\xc4\x9f\x1f\x05\x15\xf4\x62\xcd\xcf\x84\xe0\xf1\xd6\x04\x5d\xfc\xbb";

/// The chain in the state after one block, through subxt.
pub type AtBlock = OnlineClientAtBlock<SubstrateConfig>;

/// Returns what a node did wrong, in subxt's words.
pub fn node_error(error: impl Into<subxt::Error>) -> ChainError {
    ChainError::Node(Box::new(error.into()))
}

/// Waits for the answer to one question, as long as every question may take.
///
/// # Errors
/// [`ChainError::Timeout`], or the question's own.
pub async fn in_time<T>(answer: impl Future<Output = Result<T, ChainError>>) -> Result<T, ChainError> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer)
        .await
        .map_err(|_| ChainError::Timeout)?
}

/// A connection to one node. Cheap to clone. It is not made again when it breaks: see [`ChainLink`].
#[derive(Clone)]
pub struct Node {
    rpc: RpcClient,
    backend: Arc<CombinedBackend<SubstrateConfig>>,
    api: OnlineClient<SubstrateConfig>,
    has_state_methods: bool,
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

impl Node {
    /// Connects to the node at `url`, `ws://` or `wss://`. What is sent over the connection is public or signed, so that
    /// a plain connection to one's own node is allowed.
    ///
    /// # Errors
    /// [`ChainError::Connect`] or [`ChainError::Timeout`].
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        Self::connect_with(url, SubstrateConfig::new()).await
    }

    async fn connect_with(url: &str, config: SubstrateConfig) -> Result<Self, ChainError> {
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, Self::open(url, config)).await;
        opened
            .map_err(|_| ChainError::Timeout)?
            .map_err(|source| ChainError::Connect {
                url: url.into(),
                source,
            })
    }

    async fn open(url: &str, config: SubstrateConfig) -> Result<Self, Source> {
        let rpc = RpcClient::from_insecure_url(url).await?;
        let methods: Methods = rpc.request("rpc_methods", rpc_params![]).await?;
        let has_state_methods = methods.has_state_methods();
        let mut builder = CombinedBackend::builder();
        if has_state_methods {
            let legacy = LegacyBackend::builder().build(rpc.clone());
            builder = builder.with_legacy_backend(legacy).no_default_backends();
        }
        let backend = Arc::new(builder.build_with_background_driver(rpc.clone()).await?);
        let api = OnlineClient::from_backend_with_config(config, backend.clone()).await?;
        // This reads the runtime's metadata once. Blocks are asked for several at a time, and each of the first ones would
        // read it for itself, all against the timeout of one question.
        api.at_current_block().await?;
        Ok(Self {
            rpc,
            backend,
            api,
            has_state_methods,
        })
    }

    /// Returns the hash of the chain's first block.
    pub fn genesis(&self) -> Hash {
        Hash(self.api.genesis_hash().0)
    }

    /// Returns the subxt client underneath, for what this one does not offer. Its questions have no limit of time: put
    /// them [`in_time`].
    pub fn api(&self) -> &OnlineClient<SubstrateConfig> {
        &self.api
    }

    /// Returns the finalized head.
    ///
    /// # Errors
    /// [`ChainError`]: no answer in time, or one without sense.
    pub async fn finalized(&self) -> Result<Head, ChainError> {
        in_time(async {
            // Held until the end: where blocks are pinned, the node may forget it otherwise.
            let reference = self.backend.latest_finalized_block_ref().await.map_err(node_error)?;
            self.head(reference.hash()).await
        })
        .await
    }

    /// Returns the best head, which may be on a fork that is given up; the finalized one where a node tells of no other.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn best(&self) -> Result<Head, ChainError> {
        if !self.has_state_methods {
            return self.finalized().await;
        }
        in_time(async {
            let hash = self.rpc.request("chain_getBlockHash", rpc_params![]).await;
            self.head(hash.map_err(node_error)?).await
        })
        .await
    }

    async fn head(&self, hash: H256) -> Result<Head, ChainError> {
        let (BlockId { number, hash }, _) = self.header(Hash(hash.0)).await?;
        Ok(Head {
            number,
            hash,
            timestamp: self.timestamp(hash).await?,
        })
    }

    /// Returns the hash of the block with this number on the chain of the best head; `None` if that is not so long.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn hash_of(&self, number: BlockNumber) -> Result<Option<Hash>, ChainError> {
        let found = async {
            self.backend
                .block_number_to_hash(number.into())
                .await
                .map_err(node_error)
        };
        Ok(in_time(found).await?.map(|block| Hash(block.hash().0)))
    }

    /// Returns whether the block of that hash is finalized. A block that the node does not know is not.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        let id = match self.block_id(block).await {
            Ok(id) => id,
            Err(ChainError::NoHeader(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        if id.number > self.finalized().await?.number {
            return Ok(false);
        }
        Ok(self.hash_of(id.number).await? == Some(block))
    }

    /// Returns the number and hash of the block of that hash.
    ///
    /// # Errors
    /// [`ChainError::NoHeader`] if the node does not know it.
    pub async fn block_id(&self, block: Hash) -> Result<BlockId, ChainError> {
        Ok(in_time(self.header(block)).await?.0)
    }

    /// Reads a header: the block, and the hash of its parent.
    async fn header(&self, hash: Hash) -> Result<(BlockId, Hash), ChainError> {
        let header = self.backend.block_header(H256(hash.0)).await.map_err(node_error)?;
        let header = header.ok_or(ChainError::NoHeader(hash))?;
        let number = BlockNumber::try_from(header.number()).map_err(|_| ChainError::BlockNumber(header.number()))?;
        Ok((BlockId { number, hash }, Hash(header.parent_hash.0)))
    }

    async fn timestamp(&self, block: Hash) -> Result<Timestamp, ChainError> {
        let keys = vec![TIMESTAMP_NOW.to_vec()];
        let values = self.backend.storage_fetch_values(keys, H256(block.0)).await;
        match values
            .map_err(node_error)?
            .next()
            .await
            .transpose()
            .map_err(node_error)?
        {
            Some(found) => decode("Timestamp.Now", &found.value),
            // The genesis block has no time.
            None => Ok(0),
        }
    }

    /// Returns the chain in the state after a block, through subxt.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn at(&self, block: Hash) -> Result<AtBlock, ChainError> {
        in_time(async { self.api.at_block(H256(block.0)).await.map_err(node_error) }).await
    }

    /// Subscribes to announcements of finalized blocks: only a reason to look, for announcements may be lost.
    ///
    /// # Errors
    /// [`ChainError`] if the subscription cannot be made.
    pub async fn announcements(&self) -> Result<Announcements, ChainError> {
        let stream = in_time(async { self.api.stream_blocks().await.map_err(node_error) }).await?;
        Ok(Announcements { stream })
    }
}

/// Finalized blocks as the node announces them.
pub struct Announcements {
    stream: subxt::client::Blocks<SubstrateConfig>,
}

impl Announcements {
    /// Waits for the next one, without a limit: an idle chain may make no blocks.
    ///
    /// # Errors
    /// [`ChainError::Disconnected`] when no more can come.
    pub async fn next(&mut self) -> Result<(), ChainError> {
        match self.stream.next().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(node_error(error)),
            None => Err(ChainError::Disconnected),
        }
    }
}

/// Decodes a value to its last byte.
fn decode<T: Decode>(what: &'static str, bytes: &[u8]) -> Result<T, ChainError> {
    T::decode_all(&mut &*bytes).map_err(|source| ChainError::Decode { what, source })
}
