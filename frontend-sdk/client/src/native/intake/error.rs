//! Why something is not taken in, and why a run ends.

use super::{CardError, MergeError, SourceError};
use crate::{
    chain::{CallError, ChainError},
    custodian::{CorrectionError, ErasureError, IngestError},
    fhir::OwnerError,
    native::journal::JournalError,
    remote::RemoteError,
};
use aegle_rules::{
    AccountId, BatchNumber, DomainId,
    ledger::{MAX_BATCH_RECORDS, RecordPosition},
};
use std::path::PathBuf;

/// The reason why something of the input is not taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Whose it is cannot be told.
    #[error("{place}: {source}")]
    Owner {
        /// Where it is.
        place: String,
        /// Why.
        source: OwnerError,
    },
    /// It is of a patient who has no card.
    #[error("{place} is of {patient}, who has no card; give --patient or --patients, or --skip-others")]
    NoCard {
        /// Where it is.
        place: String,
        /// The patient.
        patient: String,
    },
    /// It is of nobody.
    #[error("{place} names no patient; give --skip-others to leave such resources out")]
    NoPatient {
        /// Where it is.
        place: String,
    },
    /// The same patient id is of two servers.
    #[error(
        "{place}: {patient} is of the server {one} and of {other}; give each server's records with its own --source"
    )]
    TwoServers {
        /// Where it is.
        place: String,
        /// The patient.
        patient: String,
        /// The server that is known.
        one: String,
        /// The other one.
        other: String,
    },
    /// In whose chart it belongs is not certain, since what is said of merged charts is not.
    #[error("{place}: {source}")]
    Merge {
        /// Where it is.
        place: String,
        /// Why.
        source: MergeError,
    },
    /// A record that is to be refiled is not sealed.
    #[error("{place} is not sealed under anybody: `aegle custodian ingest` takes it in")]
    NotSealed {
        /// Where it is.
        place: String,
    },
    /// What is to be refiled is an older version than the one under the wrong patient.
    #[error("{place} is older than what is sealed under the other patient; give the version that names the right one")]
    OlderVersion {
        /// Where it is.
        place: String,
    },
    /// A record that is to be refiled is not in the input.
    #[error("{0} is not in the input; give a file that has it with the right patient")]
    NotFound(String),
    /// It has the type and id of a record of another patient or server: nothing tells that it is the same resource.
    #[error(
        "{place} has the type and id of a record of {other}; give each system's records with its own --source, or, where that \
         record is under the wrong patient, run `aegle custodian refile`"
    )]
    OtherSystem {
        /// Where it is.
        place: String,
        /// Of whom the record is.
        other: String,
    },
    /// The patient's card or keys are unusable.
    #[error("{records} records: {source}")]
    Card {
        /// How many of the patient's records are left out.
        records: usize,
        /// Why.
        source: CardError,
    },
}

/// The reason why a run ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// Something of the input is not taken in.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// More or fewer records than a batch holds.
    #[error("a batch has 1 to {MAX_BATCH_RECORDS} records, not {0}")]
    BatchRecords(usize),
    /// Batches are on chain that the journal does not know: their records would be sealed again.
    #[error(
        "the chain has the batches {first} to {last} of search domain {domain}, which the journal in {} does not know: give the \
         --journal that they were ingested with, or put it back from a backup; where others ingest into this domain with \
         journals of their own, give --other-journals", folder.display()
    )]
    UnknownBatches {
        /// The journal's folder.
        folder: PathBuf,
        /// The domain.
        domain: DomainId,
        /// The first of them.
        first: BatchNumber,
        /// The last of them.
        last: BatchNumber,
    },
    /// The journal fails.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A patient cannot be enrolled.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A batch cannot be sealed, labelled or anchored.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A batch was sealed before the keys of a patient moved on, and not anchored.
    #[error(
        "the keys of the patient {0} moved on before the batch that was sealed to them was anchored: it is dropped, and the next \
         run seals its records to the new keys; run it again"
    )]
    SealedBefore(AccountId),
    /// The indexer refuses a batch that is anchored.
    #[error("batch {batch} is anchored, and the indexer does not take it: {source}")]
    NotUploaded {
        /// The batch.
        batch: BatchNumber,
        /// Why.
        source: RemoteError,
    },
    /// A record is not superseded.
    #[error(transparent)]
    Correction(#[from] CorrectionError),
    /// Records are not erased.
    #[error("erasing records of batch {batch}: {source}")]
    Erasure {
        /// The batch.
        batch: BatchNumber,
        /// Why.
        source: ErasureError,
    },
    /// Who had opened a record that was under the wrong patient is not told. Its erasure is asked for.
    #[error("the erasure of record {} of batch {} is asked for; who had opened it is not known yet: {source}", record.index, record.batch)]
    Openings {
        /// The record.
        record: RecordPosition,
        /// Why.
        source: RemoteError,
    },
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl IntakeError {
    /// Whether the chain or the indexer did not answer, so that the same run may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Chain(_) | Self::NotUploaded { .. } | Self::Openings { .. } => true,
            Self::Ingest(error) => matches!(
                error,
                IngestError::Chain(_)
                    | IngestError::Indexer(_)
                    | IngestError::Anchor(CallError::Chain(_))
                    | IngestError::NotFinalized(_)
                    | IngestError::NumbersTaken
                    | IngestError::PiecesLost(_)
            ),
            Self::Correction(error) => match error {
                CorrectionError::Chain(_) => true,
                CorrectionError::Ledger { source, .. } => matches!(source, CallError::Chain(_)),
                CorrectionError::TooMany(_) => false,
            },
            Self::Erasure { source, .. } => {
                matches!(
                    source,
                    ErasureError::Chain(_) | ErasureError::Ledger(CallError::Chain(_))
                )
            }
            Self::Card(error) => !error.is_of_one(),
            Self::Fault(_)
            | Self::BatchRecords(_)
            | Self::UnknownBatches { .. }
            | Self::SealedBefore(_)
            | Self::Journal(_) => false,
        }
    }
}
