//! Verified answers: what an indexer adds to an answer, so that whoever searched can tell that it is the whole answer
//! and nothing but the answer.
//!
//! On chain stands, for each batch (or span of batches that were compacted), a commitment to its labels and its count
//! table. [`BatchEvidence`] opens it and proves for each term of a query what the table says of it: the entry, or that there is none; and for each record
//! that the entry counts, the label. The client computes fingerprints, pads and labels itself, from the keys that its
//! tokens open ([`aegle_sealed::LeafKey`]), so it knows which records of the batch the query finds.
//! [`AnswerEvidence`] puts the batches of a window together and is held against the hits that were answered.
//!
//! What is proved is the answer to the query *over what the custodian labelled*, in the batches and under the versions
//! that the client has from a finalized block of its own. That a record's labels say what the record says is the
//! custodian's word. That a hit is the record with that number shows when it is opened ([`super::OpenAnswer`]).
//!
//! Whoever holds evidence learns what its tokens open, the numbers of the records behind it, and the number of labels
//! and of entries of the batch, padding included.

mod answer;
mod batch;
mod build;
mod evaluate;
mod page;
mod verify;

pub use answer::{
    AnswerError, AnswerEvidence, BatchAnswer, ExpectedAnswer, ExpectedLabels, MAX_ANSWER_BATCHES,
    MAX_ANSWER_EVIDENCE_BYTES, StaleAnswer, VerifiedAnswer, leaf_keys,
};
pub use batch::{Absence, BatchEvidence, LabelPlace, Presence, TermEvidence};
pub use build::{BuildEvidenceError, IndexTrees};
pub use verify::EvidenceError;
