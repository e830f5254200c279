//! Batches, as the journal has them: the one that is under way, and those that are done.

use super::history::Identity;
use crate::{
    custodian::SealedBatch,
    fhir::{ContentHash, Restriction, Version},
};
use aegle_protocol::commitment::DocumentSalt;
use aegle_rules::{AccountId, BatchNumber, Hash, ledger::RecordPosition};
use scale::{Decode, Encode};

/// What is kept of a batch besides the batch: which resource each record is.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// The resource.
    pub identity: Identity,
    /// Its patient.
    pub patient: AccountId,
    /// The server that a bundle says it is of; `None` where nothing says.
    pub server: Option<String>,
    /// Its content.
    pub content: ContentHash,
    /// How new it is.
    pub version: Version,
    /// What it is withheld by.
    pub restriction: Restriction,
    /// Records that it takes the place of.
    pub replaces: Vec<RecordPosition>,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// It is sealed. Of its ciphertexts some may have left.
    Sealed,
    /// It is labelled under a number. Its anchor may have left.
    Labelled(BatchNumber),
    /// It is on chain. Its bundle may have left.
    Anchored {
        /// Its number.
        batch: BatchNumber,
        /// A finalized block in whose state it is.
        block: u32,
        /// The transaction, where it is known.
        transaction: Option<Hash>,
    },
}

/// A batch that was begun and is not finished.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pending {
    /// What its files are named.
    pub(super) name: [u8; 16],
    /// How many records.
    pub records: u32,
    /// How far it is.
    pub stage: Stage,
}

impl Pending {
    pub(super) fn file(&self, kind: &str) -> String {
        format!("{}.{kind}", hex::encode(self.name))
    }
}

/// A batch under way, as it was kept.
pub(crate) struct Kept {
    pub(crate) entries: Vec<Entry>,
    pub(crate) batch: SealedBatch,
}

/// A batch that is done, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DoneBatch {
    /// How many records.
    pub records: u32,
    /// A finalized block in whose state it is anchored.
    pub block: u32,
    /// The transaction that anchored it; `None` when its run was ended before it heard of that.
    pub transaction: Option<Hash>,
    /// The salt of the manifest's commitment.
    pub manifest_salt: [u8; 32],
    /// Bytes of all ciphertexts.
    pub ciphertext_bytes: u64,
}

impl DoneBatch {
    /// Returns the salt of the manifest's commitment.
    pub fn salt(&self) -> DocumentSalt {
        DocumentSalt(self.manifest_salt)
    }
}
