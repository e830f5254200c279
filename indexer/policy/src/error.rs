//! Why there is no ruling. Without one nothing is shown.

use crate::engine::EngineError;
use aegle_chain::ChainError;
use aegle_rules::{AccountId, Hash};
use std::time::Duration;

/// A reason why there is no ruling.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The newest block that the node gives is too old: what was revoked since cannot be seen.
    #[error("the chain's newest {which} block is {} s old: nothing is decided on one older than {} s", age.as_secs(), limit.as_secs())]
    Stale {
        /// Which block: `finalized` or `best`.
        which: &'static str,
        /// How old it is.
        age: Duration,
        /// How old it may be.
        limit: Duration,
    },
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract's code gave no answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no contract at the address that decides.
    #[error("there is no contract at {0}: nothing is decided without it")]
    NoContract(AccountId),
    /// The chain names code that it does not have.
    #[error("the chain does not have the code {0} of the contract that decides")]
    NoCode(Hash),
    /// The contract wanted to read more, over and over.
    #[error("the contract's storage could not be read in {rounds} rounds")]
    Unread {
        /// How often it was read.
        rounds: usize,
    },
    /// The indexer is shutting down.
    #[error("the indexer is shutting down")]
    Closed,
}
