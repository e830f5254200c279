//! Why ingestion stopped, or paused.
use crate::store::{CommitError, StoreError};
use aegle_chain::ChainError;
use aegle_protocol::BlockNumber;
use aegle_rules::Hash;

/// A reason why ingestion stopped, or paused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The node is of another chain.
    #[error("the node's chain has genesis {found}, not {expected}")]
    OtherChain {
        /// The genesis hash of the deployment.
        expected: Hash,
        /// The node's.
        found: Hash,
    },
    /// The block that we stored is not on the node's finalized chain.
    #[error("block {number} was stored with hash {expected}, and the node now has {found}")]
    CheckpointLost {
        /// The block.
        number: BlockNumber,
        /// The stored hash.
        expected: Hash,
        /// The node's.
        found: Hash,
    },
    /// A block does not follow the one before it.
    #[error("block {number} names {found} as its parent, not {expected}")]
    ParentMismatch {
        /// The block.
        number: BlockNumber,
        /// The hash of the block that was stored before it.
        expected: Hash,
        /// The parent that it names.
        found: Hash,
    },
    /// The node's fault, or the way to it, or an event that cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CommitError> for FollowError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => Self::Store(error),
            CommitError::Event(error) => Self::Chain(error),
        }
    }
}

impl FollowError {
    /// Returns whether trying again can help. If not, going on would store a history that is not the chain's.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Chain(error) => error.is_passing(),
            Self::Store(error) => error.is_passing(),
            _ => false,
        }
    }
}
