//! Why ingestion stopped, or paused.
use crate::{
    chain::{BlockNumber, DecodeError, LinkError},
    store::{CommitError, StoreError},
};
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
    /// An event cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The node's fault, or the way to it.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CommitError> for FollowError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => Self::Store(error),
            CommitError::Decode(error) => Self::Decode(error),
        }
    }
}

impl FollowError {
    /// Returns whether trying again can help. If not, going on would store a history that is not the chain's.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Link(error) => error.is_passing(),
            Self::Store(error) => !matches!(error, StoreError::Corrupt { .. }),
            _ => false,
        }
    }
}
