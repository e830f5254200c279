//! Why the label index cannot be used.
use super::LabelDifference;
use crate::store::StoreError;
use aegle_index::{OpenError, SearchError, WriteError};
use aegle_sealed::RandomnessError;
use std::io;

/// A reason why the label index cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// The store's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index cannot be opened.
    #[error("the label index: {0}")]
    Open(#[from] OpenError),
    /// The index cannot be written.
    #[error("the label index: {0}")]
    Write(#[from] WriteError),
    /// The index cannot be searched.
    #[error("the label index: {0}")]
    Search(#[source] SearchError),
    /// The tokens of a search are not of the epoch in which a batch was labelled.
    #[error("{0}")]
    OtherEpoch(#[source] SearchError),
    /// The window of a search ends among batches that were compacted.
    #[error("{0}")]
    SpanCut(#[source] SearchError),
    /// The tokens of a search do not fit together.
    #[error("{0}")]
    Refused(#[source] SearchError),
    /// The scope has records in more batches of the window than one search may go through.
    #[error("there are records in more than {limit} batches of the window; search a shorter one")]
    TooManyBatches {
        /// The most batches that one search may go through.
        limit: usize,
    },
    /// Records have more labels than one answer may have.
    #[error("the records of the window have more than {limit} bytes of labels; search them with tokens")]
    TooManyLabels {
        /// The most bytes that one answer has.
        limit: usize,
    },
    /// A stored label set cannot be read.
    #[error("the labels of the batch with sequence {sequence} cannot be read: {reason}")]
    Corrupt {
        /// The batch's sequence number.
        sequence: u64,
        /// The fault.
        reason: String,
    },
    /// The index's folder cannot be emptied.
    #[error("cannot empty the index's folder: {0}")]
    Folder(#[from] io::Error),
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// A write of the index failed, and it does not follow Postgres yet.
    #[error("the label index does not follow Postgres: {reason}")]
    Behind {
        /// The fault.
        reason: String,
    },
    /// The index holds something else than Postgres.
    #[error("the label index differs from Postgres in {count} places; the first one: {first}")]
    Differs {
        /// The number of differences.
        count: usize,
        /// One of them.
        first: LabelDifference,
    },
    /// An earlier write of the index has not ended.
    #[error("an earlier write of the label index has not ended: look whether its disk hangs")]
    Hung,
    /// A write of the index panicked.
    #[error("a write of the label index panicked")]
    Panicked,
    /// The indexer is shutting down.
    #[error("the indexer is shutting down")]
    Closed,
}

impl LabelsError {
    /// Returns whether the index is at fault, so that it must be opened again and made up to what is stored.
    pub(crate) fn is_mended_by_following(&self) -> bool {
        match self {
            // It is as it was, and can be asked again.
            Self::Write(WriteError::Uncommitted | WriteError::FilesInUse) => false,
            Self::Write(_) | Self::Behind { .. } | Self::Differs { .. } | Self::Hung | Self::Panicked => true,
            _ => false,
        }
    }
}
