//! Why a batch is not ingested.

#[cfg(doc)]
use super::Custodian;
use super::RunOut;
use crate::{
    chain::{CallError, ChainError},
    remote::RemoteError,
};
use aegle_crypto::record::SealError;
use aegle_keys::LabelError;
use aegle_protocol::{
    record::RecordId,
    wire::{Bundle, UploadError},
};
use aegle_rules::{
    AccountId, BatchNumber, DomainId,
    ledger::{LedgerError, MAX_BATCH_RECORDS},
};
use aegle_sealed::RandomnessError;
use std::io;

/// The most times that a batch is labelled because other writers take its number.
pub const MAX_ANCHOR_ATTEMPTS: u32 = 8;

/// The reason why a batch is not ingested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No record, or more than one batch holds.
    #[error("a batch has 1 to {MAX_BATCH_RECORDS} records, not {0}")]
    Records(usize),
    /// The patient has published no key for a slot's epoch.
    #[error(transparent)]
    RunOut(#[from] RunOut),
    /// The chain has other epochs or keys of the patient than the records would be, or were, sealed to: somebody may hold
    /// parts of those.
    #[error(
        "the keys of the patient {0} have moved on, and nothing is filed under those of before: fetch them again, and seal again"
    )]
    KeysMoved(AccountId),
    /// A resource cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The content of a large resource cannot be read, or its ciphertext cannot be written.
    #[error("the content of a large resource cannot be read or kept: {0}")]
    Content(#[from] io::Error),
    /// The indexer loses pieces of a large ciphertext.
    #[error("the indexer says again and again that pieces of the ciphertext of {0} are missing; try again later")]
    PiecesLost(RecordId),
    /// The batch cannot be labelled.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// There is no such domain.
    #[error("there is no search domain {0}")]
    NoDomain(DomainId),
    /// The domain on chain has another key than this custodian.
    #[error("search domain {0} has another key")]
    OtherKey(DomainId),
    /// The ledger refused, or the chain.
    #[error("anchoring: {0}")]
    Anchor(#[from] CallError<LedgerError>),
    /// The number of the batch is taken in a block that is not finalized, for longer than is waited.
    #[error("batch number {0} is taken in a block that the chain has not finalized for minutes; try again later")]
    NotFinalized(BatchNumber),
    /// Other writers were faster each time.
    #[error("other writers took the batch's number {MAX_ANCHOR_ATTEMPTS} times; try again")]
    NumbersTaken,
    /// A batch of these very records is on chain, by no transaction of this call.
    #[error("batch {0} is on chain already, by a transaction that this call did not send")]
    AnchoredBefore(BatchNumber),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A ciphertext is too long for an indexer.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The indexer refused, before anything was anchored.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The batch is anchored, but the indexer does not have it: give the bundle to [`Custodian::upload`] again. An
    /// indexer keeps ciphertexts that no bundle names for a week.
    #[error("the batch is anchored, but was not uploaded: {source}")]
    NotUploaded {
        /// The bundle.
        bundle: Box<Bundle>,
        /// The refusal.
        source: RemoteError,
    },
}
