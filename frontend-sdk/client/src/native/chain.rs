//! [`ChainClient`]: a contracts chain through its standard JSON-RPC.

use super::{
    DryRun, Weight, dispatch, dry_run,
    transaction::{self, Nonces},
};
use crate::{
    account::AccountKey,
    chain::{Answer, CallError, Called, Chain, ChainError, Head, Receipt},
};
use aegle_rules::{AccountId, Hash, message::Message};
use scale::Decode;
use std::sync::Arc;
use subxt::{
    OnlineClient, SubstrateConfig,
    backend::LegacyBackend,
    client::OnlineClientAtBlock,
    dynamic::{self, Value},
    rpcs::RpcClient,
    utils::H256,
};

/// How often the finalized head is asked for anew when the node cannot show it.
const MAX_HEAD_ATTEMPTS: u32 = 3;

/// The chain in the state after one block.
pub(super) type Block = OnlineClientAtBlock<SubstrateConfig>;

/// A connection to a chain that has pallet-contracts. Cheap to clone; clones share their nonces, so that several tasks
/// may send with one key.
#[derive(Clone)]
pub struct ChainClient {
    pub(super) api: OnlineClient<SubstrateConfig>,
    pub(super) nonces: Nonces,
}

impl ChainClient {
    /// Connects to the node at `url`, `ws://` or `wss://`. What is sent over the connection is public or signed, so
    /// that a plain connection to one's own node is allowed.
    ///
    /// # Errors
    /// [`ChainError::Connect`].
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| ChainError::Connect {
            url: url.into(),
            source,
        };
        let rpc = RpcClient::from_insecure_url(url)
            .await
            .map_err(|error| failed(Box::new(error)))?;
        // Every node of today has the methods of this backend; the newer ones unpin blocks while they are being read.
        let backend = Arc::new(LegacyBackend::builder().build(rpc));
        let api = OnlineClient::from_backend(backend)
            .await
            .map_err(|error| failed(Box::new(error)))?;
        Ok(Self {
            api,
            nonces: Nonces::default(),
        })
    }

    /// The subxt client underneath, for what this one does not offer.
    pub fn api(&self) -> &OnlineClient<SubstrateConfig> {
        &self.api
    }

    /// The state after the last finalized block.
    pub(super) async fn latest(&self) -> Result<Block, ChainError> {
        let mut attempt = 1;
        loop {
            match self.api.at_current_block().await {
                Ok(block) => return Ok(block),
                // The node may move on between the two questions that this takes, and forget the block.
                Err(_) if attempt < MAX_HEAD_ATTEMPTS => attempt += 1,
                Err(error) => return Err(dispatch::node(error)),
            }
        }
    }

    /// What `account` may spend, in the chain's smallest unit.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn balance(&self, account: AccountId) -> Result<u128, ChainError> {
        #[derive(scale::Decode)]
        struct AccountInfo {
            _nonce: u32,
            _consumers: u32,
            _providers: u32,
            _sufficients: u32,
            free: u128,
        }
        let block = self.latest().await?;
        let address = dynamic::storage::<([u8; 32],), Value>("System", "Account");
        let value = block
            .storage()
            .try_fetch(address, (account.0,))
            .await
            .map_err(dispatch::node)?;
        value.map_or(Ok(0), |value| {
            AccountInfo::decode(&mut value.bytes())
                .map(|info| info.free)
                .map_err(|source| ChainError::Decode {
                    what: "System.Account",
                    source,
                })
        })
    }

    /// Sends `amount` of the chain's smallest unit, so that a new account can pay for its own transactions.
    ///
    /// # Errors
    /// When the chain refuses, for example for lack of funds.
    pub async fn fund(&self, from: &AccountKey, to: AccountId, amount: u128) -> Result<Receipt, ChainError> {
        let call = dynamic::transaction(
            "Balances",
            "transfer_keep_alive",
            vec![address(to), Value::u128(amount)],
        );
        let included = transaction::submit(self, &self.nonces, from, &call).await?;
        included.receipt(from.account()).await
    }

    /// Runs `message` as `origin` in the state after the block `at`, without a transaction: what it would answer and cost.
    ///
    /// # Errors
    /// When there is no such contract or message, or the node does not answer.
    pub async fn dry_run<M: Message>(
        &self,
        at: Hash,
        origin: AccountId,
        contract: AccountId,
        message: &M,
    ) -> Result<DryRun<M::Output>, ChainError> {
        let block = self.api.at_block(H256(at.0)).await.map_err(dispatch::node)?;
        dry_run::call(&block, origin, contract, message).await
    }

    /// Runs a call with exactly these bytes, and `value` of the chain's smallest unit as payment, as `origin` in the state
    /// after the block `at`. The output is what the contract returned, or why it returned nothing.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn dry_run_bytes(
        &self,
        at: Hash,
        origin: AccountId,
        contract: AccountId,
        data: &[u8],
        value: u128,
    ) -> Result<DryRun<Result<Vec<u8>, ChainError>>, ChainError> {
        let block = self.api.at_block(H256(at.0)).await.map_err(dispatch::node)?;
        dry_run::call_bytes(&block, origin, contract, data, value).await
    }
}

impl Chain for ChainClient {
    fn genesis(&self) -> Hash {
        Hash(self.api.genesis_hash().0)
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        let block = self.latest().await?;
        let address = dynamic::storage::<(), u64>("Timestamp", "Now");
        let now = block.storage().fetch(address, ()).await.map_err(dispatch::node)?;
        let timestamp = u64::decode(&mut now.bytes()).map_err(|source| ChainError::Decode {
            what: "Timestamp.Now",
            source,
        })?;
        // Block numbers of Substrate's contracts chains have 32 bits.
        let number = u32::try_from(block.block_number()).unwrap_or(u32::MAX);
        Ok(Head {
            number,
            hash: Hash(block.block_hash().0),
            timestamp,
        })
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        let head = self.latest().await?;
        // A hash that the node does not know is of a fork, or is not here yet.
        let Ok(named) = self.api.at_block(H256(block.0)).await else {
            return Ok(false);
        };
        if named.block_number() > head.block_number() {
            return Ok(false);
        }
        let at_height = self.api.at_block(named.block_number()).await.map_err(dispatch::node)?;
        Ok(at_height.block_hash() == named.block_hash())
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        // No message that only reads looks at its caller, so that any account will do.
        Ok(self.dry_run(at, contract, contract, message).await?.output)
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        let account = signer.account();
        let block = self.latest().await?;
        let dry_run = dry_run::call(&block, account, contract, message).await?;
        let output = dry_run.output.into_result().map_err(CallError::Refused)?;
        if dry_run.reverted {
            return Err(ChainError::Trapped { message: M::NAME }.into());
        }
        let call = dynamic::transaction(
            "Contracts",
            "call",
            vec![
                address(contract),
                Value::u128(0),
                weight(dry_run.gas_limit),
                Value::unnamed_variant("None", []),
                Value::from_bytes(message.call_data()),
            ],
        );
        let included = transaction::submit(self, &self.nonces, signer, &call).await?;
        match included.receipt(account).await {
            Ok(receipt) => Ok((output, receipt)),
            // The state moved between dry run and inclusion: ask again for the contract's reason.
            Err(error) if dispatch::may_have_refused(&error) => {
                let again = dry_run::call(&included.block().await?, account, contract, message).await?;
                Err(again
                    .output
                    .into_result()
                    .err()
                    .map_or(CallError::Chain(error), CallError::Refused))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn address(account: AccountId) -> Value {
    Value::unnamed_variant("Id", [Value::from_bytes(account.0)])
}

pub(super) fn weight(weight: Weight) -> Value {
    Value::named_composite([
        ("ref_time", Value::u128(weight.time.into())),
        ("proof_size", Value::u128(weight.proof.into())),
    ])
}
