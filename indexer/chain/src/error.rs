//! Why the chain did not answer, or did not act.

use aegle_protocol::BlockNumber;
use aegle_rules::{AccountId, Hash};
use std::time::Duration;

/// How long a node may take to answer one question. Every question to a node is under it.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What another library said.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why the chain did not answer, or did not act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// There is no connection at the moment.
    #[error("the chain is not connected")]
    Disconnected,
    /// The node did not answer within [`ANSWER_TIMEOUT`], or a minute for a new connection.
    #[error("the chain's node did not answer in time: try again, or use another node")]
    Timeout,
    /// The URL is not `ws://`, `wss://`, or it cannot be reached.
    #[error("cannot connect to the chain at {url}: is a node running there?")]
    Connect {
        /// The URL as given.
        url: String,
        /// What went wrong.
        #[source]
        source: Source,
    },
    /// Another chain answers at that URL than before.
    #[error("another chain answers at {url} than before: start again, with the address book of that chain")]
    OtherChain {
        /// The URL.
        url: String,
    },
    /// The connection broke, or the node answered with an error.
    #[error("the chain's node did not answer: {0}")]
    Node(#[source] Source),
    /// The node does not have the block of that number.
    #[error("the chain's node does not have block {0}")]
    NoBlock(BlockNumber),
    /// The node does not have the block of that hash.
    #[error("the chain's node does not have the block with hash {0}")]
    NoHeader(Hash),
    /// Block numbers of this chain do not fit 32 bits.
    #[error("block number {0} is over 32 bits: this is no chain with pallet-contracts")]
    BlockNumber(u64),
    /// A block's events are not what the runtime's own metadata says.
    #[error("the events of block {block} cannot be decoded: {source}")]
    Events {
        /// The block's hash.
        block: Hash,
        /// What was wrong.
        source: Source,
    },
    /// An event does not hold what its name or topic promises.
    #[error("event {index} of block {block} does not hold what it promises: {source}")]
    Event {
        /// The block.
        block: BlockNumber,
        /// The event's place in it.
        index: u32,
        /// What was wrong.
        source: scale::Error,
    },
    /// An answer of the node that cannot be decoded: it is of another kind of chain, or the contract is another one.
    #[error("the chain's answer to {what} cannot be decoded: {source}")]
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
    /// The node gives no root of the contract's storage: whether two states are the same cannot be known.
    #[error(
        "the chain's node gives no root of the storage of the contract at {0}: use a node that answers state_getStorage, \
         and an address of a contract that keeps something"
    )]
    NoStorageRoot(AccountId),
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
    /// The transaction never got into a block, and never will.
    #[error("the transaction was not included: {reason}")]
    NotIncluded {
        /// What the node said.
        reason: String,
    },
    /// Other transactions of the same account took every nonce that it was signed with.
    #[error(
        "other transactions of the account went first {attempts} times, and it was not sent: send fewer at the same time, \
         and try again"
    )]
    NonceTaken {
        /// How often it was signed.
        attempts: u32,
    },
    /// It is not known what became of a transaction.
    #[error(
        "it is not known whether the transaction {transaction} was carried out ({reason}): look before sending it again"
    )]
    Unwatched {
        /// Its hash.
        transaction: Hash,
        /// Why nothing more was heard of it.
        reason: String,
    },
    /// The transaction was not finalized in time. It may still be.
    #[error(
        "the transaction {transaction} was not finalized within {seconds} seconds, and may still be: look before sending \
         it again"
    )]
    NotFinalized {
        /// Its hash.
        transaction: Hash,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Somebody else pays for transactions here, and not for this one.
    #[error("this is not relayed: do it without --relayed, from an account that has tokens")]
    Relayed,
    /// A finalized transaction lacks an event that it must have.
    #[error("the transaction has no event {0}")]
    MissingEvent(&'static str),
    /// A contract bundle that cannot be deployed.
    #[error("the contract bundle is not usable: {0}")]
    Bundle(&'static str),
}

impl ChainError {
    /// Returns whether asking again can help: the node or the way to it is at fault, not what the chain holds.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Events { .. } | Self::Event { .. } | Self::BlockNumber(_))
    }
}
