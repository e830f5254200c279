//! Why an indexer does not start.
use crate::{
    erasure_keys::ErasureKeyError,
    labels::LabelsError,
    postgres::ClusterError,
    secret_file::SecretFileError,
    store::{CommitError, StoreError},
    vault::VaultError,
};
use aegle_http::ListenError;
use aegle_policy::PolicyError;
use std::{io, path::PathBuf};

/// A reason why an indexer did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("cannot use the data folder {}: {source}", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another indexer uses the data folder.
    #[error("another indexer uses the data folder {}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The private database did not start.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The projections cannot be made again.
    #[error(transparent)]
    Projections(#[from] CommitError),
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The erasure keys cannot be used.
    #[error(transparent)]
    ErasureKeys(#[from] ErasureKeyError),
    /// The label index cannot be used.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The key of the proxy, or of the noise, cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// What decides cannot be set up.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}
