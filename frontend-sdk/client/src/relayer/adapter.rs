//! What relaying needs of a chain, beyond what every client does.

use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, MessageBytes, Receipt},
};
use aegle_chain::dry_run::DryRun;
use aegle_rules::{AccountId, Hash, Timestamp};

/// The call of a contract that a transaction of a finalized block is.
#[derive(Debug)]
pub struct PlacedCall {
    /// Number of the block.
    pub block: u32,
    /// The contract.
    pub contract: AccountId,
    /// Selector and arguments of the message.
    pub data: Vec<u8>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a transaction in a block.
#[derive(Debug)]
pub enum Outcome {
    /// It was carried out.
    Done(Receipt),
    /// It failed, and changed nothing.
    Failed(ChainError),
}

/// How far an act is that is relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is being signed.
    Signing,
    /// It is handed over.
    Sent {
        /// The first millisecond at which the contract does not take it any more.
        until: Timestamp,
    },
    /// The finalized chain has it.
    Finalized,
}

/// A chain on which acts can be relayed.
///
/// Futures carry no `Send` bound, as those of [`Chain`].
#[allow(async_fn_in_trait)]
pub trait RelayAdapter: Chain {
    /// An account's turn, which ends when it is dropped.
    type Turn;

    /// Waits until it is the account's turn to have an act relayed: the number of the next one follows from those before.
    async fn turn(&self, account: AccountId) -> Result<Self::Turn, ChainError>;

    /// Returns the best block: what is included in it counts, final or not.
    async fn best(&self) -> Result<Hash, ChainError>;

    /// Runs a message as `origin` in the state after the block `at`, without a transaction.
    async fn try_out(&self, at: Hash, origin: AccountId, message: &MessageBytes)
    -> Result<DryRun<Vec<u8>>, ChainError>;

    /// Reads the transaction at a place of a finalized block; `None` where there is none, or it calls no contract. What it cost is
    /// counted for `account`.
    async fn call_at(&self, block: Hash, place: u32, account: AccountId) -> Result<Option<PlacedCall>, ChainError>;

    /// Signs bytes with the account's own key, or has its wallet sign.
    async fn sign(&self, key: &AccountKey, bytes: &[u8]) -> Result<[u8; 64], ChainError>;

    /// Hears how far the act is; tells nobody unless it says otherwise.
    fn progress(&self, _progress: Progress) {}
}
