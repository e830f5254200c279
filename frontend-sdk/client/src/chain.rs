//! What a client needs of a chain: a finalized view, reads of contracts, and signed messages.

use crate::account::AccountKey;
use aegle_rules::{AccountId, Hash, Timestamp, message::Message};
use serde::{Deserialize, Serialize};

/// A finalized block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u32,
    /// Its hash.
    pub hash: Hash,
    /// When it was made, in milliseconds since the Unix epoch.
    pub timestamp: Timestamp,
}

/// Where the three contracts of a deployment are. The command line keeps it in a file, the *address book*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracts {
    /// Genesis hash of the chain that they are on.
    pub genesis: Hash,
    /// The consortium contract.
    pub consortium: AccountId,
    /// The consent contract.
    pub consent: AccountId,
    /// The ledger contract.
    pub ledger: AccountId,
}

/// An event that a contract emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractEvent {
    /// The contract.
    pub contract: AccountId,
    /// The signature topic; `None` for an anonymous event.
    pub topic: Option<[u8; 32]>,
    /// SCALE of the event.
    pub data: Vec<u8>,
}

/// What a transaction that succeeded did and cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Number of the finalized block that has it.
    pub block: u32,
    /// Hash of that block.
    pub block_hash: Hash,
    /// Hash of the transaction.
    pub transaction: Hash,
    /// Length of the signed transaction, in bytes.
    pub bytes: u32,
    /// The fee that was paid, in the chain's smallest unit.
    pub fee: u128,
    /// What the sender now has on deposit for storage beyond before, in the smallest unit; below 0 when some came back.
    pub deposit: i128,
    /// The contracts' events, in order.
    pub events: Vec<ContractEvent>,
}

/// Why the chain did not answer or act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No connection, or it broke, or the node answered with an error.
    #[error("the chain's node did not answer: {0}")]
    Node(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The URL is not `ws://`, `wss://`, or it cannot be reached.
    #[error("cannot connect to the chain at {url}: is a node running there?")]
    Connect {
        /// The URL as given.
        url: String,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer of the node that cannot be decoded: it is of another kind of chain, or the contract is another one.
    #[error("the chain's answer to {what} cannot be decoded")]
    Decode {
        /// What was asked.
        what: &'static str,
        /// Where decoding stopped.
        #[source]
        source: scale::Error,
    },
    /// A pallet refused: for example `Contracts::OutOfGas`.
    #[error("the chain refused: {pallet}::{error}")]
    Module {
        /// The pallet.
        pallet: String,
        /// The error's name.
        error: String,
    },
    /// The runtime refused, outside of any pallet.
    #[error("the chain refused: {reason}")]
    Dispatch {
        /// The runtime's reason.
        reason: String,
    },
    /// There is no contract at that address, in that state.
    #[error("there is no contract at {0}")]
    NoContract(AccountId),
    /// The contract does not know the message, or could not read its arguments.
    #[error("the contract at {contract} does not know the message `{message}`")]
    UnknownMessage {
        /// The contract.
        contract: AccountId,
        /// The message.
        message: &'static str,
    },
    /// The message trapped.
    #[error("the message `{message}` failed inside the contract")]
    Trapped {
        /// The message.
        message: &'static str,
    },
    /// The transaction never got into a block.
    #[error("the transaction was not included: {reason}")]
    NotIncluded {
        /// What the node said.
        reason: String,
    },
    /// The transaction was not finalized in time. It may still be.
    #[error("the transaction was not finalized within {seconds} seconds")]
    NotFinalized {
        /// How long it was waited for.
        seconds: u64,
    },
    /// A finalized transaction lacks an event that it must have.
    #[error("the transaction has no event {0}")]
    MissingEvent(&'static str),
    /// A contract bundle that cannot be deployed.
    #[error("the contract bundle is not usable: {0}")]
    Bundle(&'static str),
}

/// Why a message was not carried out. `E` is the contract's own error.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E: std::fmt::Debug> {
    /// The contract refused.
    #[error("the contract refused: {0:?}")]
    Refused(E),
    /// The chain did not carry it out.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What a message that changes state answers: a result, or nothing.
pub trait Answer {
    /// What it answers when it was carried out.
    type Value;
    /// Why it may refuse.
    type Error: std::fmt::Debug;

    /// The answer as a result.
    ///
    /// # Errors
    /// The contract's own.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E: std::fmt::Debug> Answer for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

impl Answer for () {
    type Value = ();
    type Error = std::convert::Infallible;

    fn into_result(self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// What [`Chain::call`] returns for a message that answers `A`: its value and the receipt, or why not.
pub type Called<A> = Result<(<A as Answer>::Value, Receipt), CallError<<A as Answer>::Error>>;

/// A chain with a client's own view of its finalized state.
///
/// Futures carry no `Send` bound, so that a browser can implement it; those of the native client are `Send`.
#[allow(async_fn_in_trait)]
pub trait Chain {
    /// Hash of the first block.
    fn genesis(&self) -> Hash;

    /// The last finalized block, as this client sees it.
    async fn finalized(&self) -> Result<Head, ChainError>;

    /// Whether the block of that hash is finalized, as this client sees it.
    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError>;

    /// Asks a contract, in the state after the block `at`, without a transaction.
    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError>;

    /// Sends a message in a signed transaction and waits until it is finalized. Answers with the message's own answer
    /// (as of the moment before it was sent) and the receipt.
    ///
    /// # Errors
    /// [`CallError::Refused`] with the contract's reason when it refuses, before or after sending.
    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>;
}
