//! Why it cannot be told whether everything agrees.
use crate::{
    labels::LabelsError,
    store::{CommitError, StoreError},
    vault::VaultError,
};
use aegle_chain::ChainError;

/// A reason why it cannot be told whether everything agrees.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The database's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault's reason.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The index's reason.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The node's reason.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The node is of another chain.
    #[error("the node's chain is another one than the database's: ask a node of genesis {expected}")]
    OtherChain {
        /// The genesis hash of the database.
        expected: aegle_rules::Hash,
    },
    /// The indexer is shutting down.
    #[error("it was cut off")]
    Closed,
}

impl From<CommitError> for VerifyError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => Self::Store(error),
            CommitError::Event(error) => Self::Chain(error),
        }
    }
}
