//! Why the index cannot be opened or written.

use aegle_sealed::RandomnessError;
use std::io;
use tantivy::TantivyError;

/// A reason why an index cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be made or read.
    #[error("the folder of the index cannot be opened")]
    Folder(#[from] io::Error),
    /// The folder holds something else, or another process writes to it.
    #[error("the index cannot be opened")]
    Storage(#[from] TantivyError),
    /// The last commit carries no payload of ours: build the index again.
    #[error("the last commit of the index says nothing about a block")]
    ForeignPayload(#[source] serde_json::Error),
}

/// A reason why the index cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The index cannot be written: recover it, and replay from the payload.
    #[error("the index cannot be written")]
    Storage(#[from] TantivyError),
    /// A batch that records are to be erased from cannot be read.
    #[error("the index cannot be read")]
    Read(#[from] io::Error),
    /// The system gives no randomness for the stamp of a batch.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// Erased bytes can be purged from committed documents alone.
    #[error("there are uncommitted changes")]
    Uncommitted,
    /// Files of rewritten segments are still in use; purge again.
    #[error("files of rewritten segments are still in use")]
    FilesInUse,
    /// A commit was reported, and the index does not hold what was added before it.
    #[error("the index does not hold what was committed to it")]
    Lost,
    /// An earlier change failed: see [`crate::LabelIndex::recover`].
    #[error("an earlier change of the index failed, and it was not recovered since")]
    Faulted,
}

impl WriteError {
    /// Returns whether the index is as it was before: what failed can be asked for again.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(self, Self::Uncommitted | Self::FilesInUse | Self::Faulted)
    }
}
