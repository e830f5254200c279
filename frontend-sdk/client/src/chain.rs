//! What a client needs of a chain: a finalized view, reads of contracts, and signed messages.

use crate::{account::AccountKey, relayer::RelayerError};
use aegle_chain::dry_run;
use aegle_rules::{AccountId, Hash, message::Message};
use std::convert::Infallible;

pub use aegle_chain::{ChainError, Emitted};
pub use aegle_protocol::{Contracts, Head};

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
    pub events: Vec<Emitted>,
}

impl Receipt {
    /// Returns what one contract has told, in order; `decode` is that of its events. What is of no known topic is left out.
    pub(crate) fn told<E>(
        &self,
        contract: AccountId,
        decode: impl Fn(&[u8; 32], &[u8]) -> Result<Option<E>, scale::Error>,
    ) -> Vec<E> {
        let ours = self.events.iter().filter(|emitted| emitted.contract == contract);
        let told = ours.filter_map(|emitted| decode(emitted.topic.as_ref()?, &emitted.data).ok().flatten());
        told.collect()
    }
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
    /// Who was to submit and pay it did not do so, or is not to be believed.
    #[error(transparent)]
    Relayer(#[from] RelayerError),
}

impl CallError<Infallible> {
    /// Returns the same reason, as that of a message that its contract may refuse.
    pub fn widened<E: std::fmt::Debug>(self) -> CallError<E> {
        match self {
            Self::Refused(never) => match never {},
            Self::Chain(error) => CallError::Chain(error),
            Self::Relayer(error) => CallError::Relayer(error),
        }
    }
}

/// A message to a contract as bytes: what is done with it does not depend on which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageBytes {
    /// The contract.
    pub contract: AccountId,
    /// The message's name.
    pub name: &'static str,
    /// Selector and arguments.
    pub data: Vec<u8>,
}

/// What became of a message: the bytes that the contract answered, and the receipt where it was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// The contract refuses, which the answer says.
    Refused(Vec<u8>),
    /// It was carried out.
    Done(Vec<u8>, Receipt),
}

impl MessageBytes {
    /// Encodes a message.
    pub fn new<M: Message>(contract: AccountId, message: &M) -> Self {
        Self {
            contract,
            name: M::NAME,
            data: message.call_data(),
        }
    }

    /// Reads what the contract answered.
    ///
    /// # Errors
    /// [`ChainError::UnknownMessage`] or [`ChainError::Decode`].
    pub fn output<M: Message>(&self, output: &[u8]) -> Result<M::Output, ChainError> {
        dry_run::output(output, self.contract, self.name)
    }

    /// Reads what became of it, as [`Chain::call`] returns that.
    ///
    /// # Errors
    /// Those of [`Chain::call`].
    pub fn called<M>(&self, carried: Carried) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        let (output, receipt) = match carried {
            Carried::Refused(output) => (output, None),
            Carried::Done(output, receipt) => (output, Some(receipt)),
        };
        let value = self.output::<M>(&output)?.into_result().map_err(CallError::Refused)?;
        // What the contract refuses is an error in its answer.
        let receipt = receipt.ok_or(ChainError::Trapped { message: M::NAME })?;
        Ok((value, receipt))
    }
}

/// What a message that changes state answers: a result, or nothing.
pub trait Answer {
    /// What it answers when it was carried out.
    type Value;
    /// Why it may refuse.
    type Error: std::fmt::Debug;

    /// Returns the answer as a result.
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
    /// Returns the hash of the first block.
    fn genesis(&self) -> Hash;

    /// Returns the last finalized block, as this client sees it.
    async fn finalized(&self) -> Result<Head, ChainError>;

    /// Returns whether the block of that hash is finalized, as this client sees it.
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
