//! [`ChainClient`]: a contracts chain through a node, with transactions.

use super::{
    HttpTransport, IndexerClient,
    transaction::{self, Included, Turns},
};
use crate::{
    account::AccountKey,
    chain::{Answer, CallError, Called, Chain, ChainError, Contracts, Head, MessageBytes, Receipt},
    relayer::Relayer,
};
use aegle_chain::{
    dry_run::{Call, DryRun},
    node::Node,
};
use aegle_protocol::wire::SignedInvitation;
use aegle_rules::{AccountId, Hash, message::Message};
use std::sync::Arc;
use subxt::{
    dynamic::{self, Value},
    transactions::Payload,
};
use tokio::sync::Mutex;

/// The pallet and errors by which pallet-contracts says that the contract itself refused, or that it took another way than
/// in the dry run: to say what a refusal needs to say may cost more than what would have been done.
const REFUSED: [(&str, &str); 2] = [("Contracts", "ContractReverted"), ("Contracts", "OutOfGas")];

/// A connection to a chain that has pallet-contracts. Cheap to clone; clones take turns in sending with one key, so that
/// several tasks may do so. Other programs may use the same key at the same time.
///
/// When the connection breaks, what was asked fails, and the next question makes it again. It must be the same chain then.
#[derive(Clone)]
pub struct ChainClient {
    url: Arc<str>,
    genesis: Hash,
    connection: Arc<Mutex<Connection>>,
    turns: Turns,
    /// Whose turn it is to have an act relayed: a transaction takes no number of one.
    relayed_turns: Turns,
    /// Who submits and pays; `None` for whoever signs.
    relayer: Option<Arc<Relayer<HttpTransport>>>,
    /// What a relayer is shown until an organisation vouches.
    invitation: Option<Vec<u8>>,
}

/// The connection, and whether the last question suggests that it is broken.
struct Connection {
    node: Node,
    is_suspect: bool,
}

impl ChainClient {
    /// Connects to the node at `url`, `ws://` or `wss://`. What is sent over the connection is public or signed, so
    /// that a plain connection to one's own node is allowed.
    ///
    /// # Errors
    /// [`ChainError::Connect`] or [`ChainError::Timeout`].
    pub async fn connect(url: &str) -> Result<Self, ChainError> {
        let node = Node::connect(url).await?;
        Ok(Self {
            url: url.into(),
            genesis: node.genesis(),
            connection: Arc::new(Mutex::new(Connection {
                node,
                is_suspect: false,
            })),
            turns: Turns::default(),
            relayed_turns: Turns::default(),
            relayer: None,
            invitation: None,
        })
    }

    /// Returns the same chain, where an indexer submits and pays for what patients, guardians and recovery keys do to the
    /// contracts, and everything else is refused. What it says is looked up in the finalized chain.
    pub fn relayed_by(self, indexer: IndexerClient, contracts: &Contracts) -> Self {
        Self {
            relayer: Some(Arc::new(Relayer::new(indexer, *contracts))),
            ..self
        }
    }

    /// Returns the same chain, where whoever [relays](Self::relayed_by) is shown an invitation with a registration and with the
    /// name of an organisation.
    pub fn invited(self, invitation: SignedInvitation) -> Self {
        Self {
            invitation: Some(invitation.to_bytes()),
            ..self
        }
    }

    /// Returns the node underneath, through a connection that is made again if it is broken.
    ///
    /// # Errors
    /// [`ChainError::Connect`] or [`ChainError::Timeout`]; [`ChainError::OtherChain`] when another chain answers at the
    /// URL now.
    pub async fn node(&self) -> Result<Node, ChainError> {
        // Held while it connects, so that of several tasks one does so.
        let mut connection = self.connection.lock().await;
        if connection.is_suspect {
            if connection.node.finalized().await.is_err() {
                let node = Node::connect(&self.url).await?;
                if node.genesis() != self.genesis {
                    return Err(ChainError::OtherChain {
                        url: self.url.to_string(),
                    });
                }
                connection.node = node;
            }
            connection.is_suspect = false;
        }
        Ok(connection.node.clone())
    }

    /// Asks the node something, and notes when the connection may be broken.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&Node) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let answer = question(&self.node().await?).await;
        if let Err(error) = &answer {
            self.note(error).await;
        }
        answer
    }

    async fn note(&self, error: &ChainError) {
        use ChainError::{Disconnected, Node, NotFinalized, NotIncluded, Timeout, Unwatched};
        if matches!(
            error,
            Disconnected | Timeout | Node(_) | NotIncluded { .. } | Unwatched { .. } | NotFinalized { .. }
        ) {
            self.connection.lock().await.is_suspect = true;
        }
    }

    /// Who sends with which key at the moment.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Who has an act relayed at the moment.
    pub(super) fn relayed_turns(&self) -> &Turns {
        &self.relayed_turns
    }

    /// Returns what `account` may spend, in the chain's smallest unit.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn balance(&self, account: AccountId) -> Result<u128, ChainError> {
        self.ask(async |node| node.balance(account).await).await
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
        self.submit(from, &call).await?.receipt(from.account())
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
        self.ask(async |node| node.dry_run(at, origin, contract, message).await)
            .await
    }

    /// Runs a call with exactly these bytes and this payment in the state after the block `at`. The output is what the
    /// contract returned, or why it returned nothing.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn dry_run_bytes(
        &self,
        at: Hash,
        call: &Call<'_>,
    ) -> Result<DryRun<Result<Vec<u8>, ChainError>>, ChainError> {
        self.ask(async |node| node.dry_run_call(at, call).await).await
    }

    /// Sends a transaction, and waits until it is final.
    pub(super) async fn submit(&self, signer: &AccountKey, call: &impl Payload) -> Result<Included, ChainError> {
        if self.relayer.is_some() {
            return Err(ChainError::Relayed);
        }
        self.ask(async |node| transaction::submit(node, self.turns(), signer, call).await)
            .await
    }
}

impl Chain for ChainClient {
    fn genesis(&self) -> Hash {
        self.genesis
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        self.ask(async |node| node.finalized().await).await
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        self.ask(async |node| node.is_finalized(block).await).await
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        self.ask(async |node| node.read(at, contract, message).await).await
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        if let Some(relayer) = &self.relayer {
            let message = MessageBytes::new(contract, message);
            let carried = relayer.carry_out(self, signer, &message, self.invitation.as_deref());
            return message.called::<M>(carried.await.map_err(CallError::widened)?);
        }
        let account = signer.account();
        // What is included already counts, final or not: the transaction comes after it.
        let best = self.ask(async |node| node.best().await).await?;
        let dry_run = self.dry_run(best.hash, account, contract, message).await?;
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
                dry_run.gas_limit.to_value(),
                Value::unnamed_variant("None", []),
                Value::from_bytes(message.call_data()),
            ],
        );
        let included = self.submit(signer, &call).await?;
        match included.receipt(account) {
            Ok(receipt) => Ok((output, receipt)),
            // The state moved between dry run and inclusion: ask again for the contract's reason.
            Err(error) if may_have_refused(&error) => {
                let block = included.block().hash;
                let again = self.dry_run(block, account, contract, message).await?;
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

/// Whether the contract itself may have refused: a dry run in the state of the block tells.
fn may_have_refused(error: &ChainError) -> bool {
    matches!(error, ChainError::Module { pallet, error } if REFUSED.contains(&(pallet.as_str(), error.as_str())))
}

fn address(account: AccountId) -> Value {
    Value::unnamed_variant("Id", [Value::from_bytes(account.0)])
}
