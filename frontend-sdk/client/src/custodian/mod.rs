//! What a custodian does: enrolling patients, sealing and labelling records, anchoring and erasing them, and answering
//! those who search.

mod authorise;
mod batch;
mod correction;
mod evaluate;
mod ingest;
mod openings;
mod relabel;
mod sealer;
mod upload;

pub use authorise::TokenRefusal;
pub use batch::{Anchoring, KeptBatchError, LabelledBatch, SealedBatch, Sealing};
pub use correction::CorrectionError;
pub use evaluate::AuthorisedEvaluation;
pub use ingest::{IngestError, Ingested, MAX_ANCHOR_ATTEMPTS, NewRecord, Step};
pub use openings::Opening;
pub use relabel::{BatchSize, RelabelError, Relabelled, erased};
pub use upload::is_missing_ciphertext;

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    deployment::{Aegle, OnChain},
    patient::PatientCard,
    remote::{RemoteError, Transport},
};
use aegle_crypto::classes::{ClassMap, ClassMapError};
use aegle_keys::{DomainKey, KeyCache};
use aegle_protocol::keys::{EncryptionSecret, KeyBundleError, VerifiedKeyBundle};
use aegle_rules::{
    AccountId, DomainId, OprfKey, Slot,
    consortium::KeyEntry,
    ledger::{self, LedgerError},
};
use aegle_sealed::Indexing;
use std::sync::Mutex;

/// A custodian: an organisation's admin account, its encryption key, and the key of its search domain.
pub struct Custodian {
    account: AccountKey,
    encryption: EncryptionSecret,
    /// The key of the search domain, and those of its earlier epochs.
    domain_keys: Vec<DomainKey>,
    /// `true` if records are labelled in the cohort scope besides.
    cohort: bool,
    /// The kinds of keywords that are written, and can therefore be asked for.
    pub(crate) indexing: Indexing,
    /// Keyword keys, by domain key and segment; they make labelling faster and change nothing.
    cache: Mutex<KeyCache>,
}

/// A patient whom the custodian can seal records to.
pub struct EnrolledPatient {
    account: AccountId,
    /// The entry of the key directory that the keys are of.
    entry: KeyEntry,
    keys: VerifiedKeyBundle,
    classes: ClassMap,
}

impl EnrolledPatient {
    /// Returns the patient's pseudonym.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the entry of the key directory that the patient's keys were fetched by.
    pub fn entry(&self) -> &KeyEntry {
        &self.entry
    }

    /// Returns the slot of a data class of this patient.
    pub fn slot(&self, class: aegle_crypto::classes::Class) -> Slot {
        self.classes.slot(class)
    }
}

/// The reason why a patient cannot be enrolled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolledError {
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The patient has published no keys.
    #[error("the patient {0} has published no keys")]
    NoKeys(AccountId),
    /// The bundle of keys is not the patient's own.
    #[error(transparent)]
    Keys(#[from] KeyBundleError),
    /// The card was made for another custodian or another patient.
    #[error(transparent)]
    Classes(#[from] ClassMapError),
}

impl Custodian {
    /// Creates a custodian from the key that signs, the key that cards are sealed to, and the key of its search domain.
    pub fn new(account: AccountKey, encryption: EncryptionSecret, domain_key: DomainKey) -> Self {
        Self {
            account,
            encryption,
            domain_keys: vec![domain_key],
            cohort: false,
            indexing: Indexing::default(),
            cache: Mutex::default(),
        }
    }

    /// Sets the kinds of keywords that are written beside those of equality. Batches that were ingested before keep the
    /// keywords that they were written with.
    #[must_use]
    pub fn indexing(self, indexing: Indexing) -> Self {
        Self { indexing, ..self }
    }

    /// Returns the account key that signs.
    pub fn key(&self) -> &AccountKey {
        &self.account
    }

    /// Returns the key that patients seal their cards to.
    pub fn encryption(&self) -> &EncryptionSecret {
        &self.encryption
    }

    /// Adds the key of another epoch of the search domain. The chain says which epoch a key is of.
    #[must_use]
    pub fn with_domain_key(mut self, key: DomainKey) -> Self {
        self.domain_keys.push(key);
        self
    }

    /// Labels records in the cohort scope besides, so that consented research and the custodian's own operations can
    /// search over patients. It doubles the labels.
    #[must_use]
    pub fn with_cohort(self) -> Self {
        Self { cohort: true, ..self }
    }

    /// Returns the key of the search domain, of the epoch in which it was founded.
    pub fn domain_key(&self) -> &DomainKey {
        &self.domain_keys[0]
    }

    /// Returns the domain key that has this public key; `None` if this custodian does not have it.
    pub(crate) fn key_of(&self, public: &OprfKey) -> Option<&DomainKey> {
        self.domain_keys.iter().find(|key| key.public_key() == *public)
    }

    /// Finds the search domain that has this custodian's key, in its current epoch or an earlier one; `None` without one.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn registered_domain<C: Chain>(&self, aegle: &OnChain<'_, C>) -> Result<Option<DomainId>, ChainError> {
        let head = aegle.chain.finalized().await?;
        for number in 1..=u32::MAX {
            let id = DomainId(number);
            let Some(state) = aegle.domain(&head, id).await? else {
                break;
            };
            if self.key_of(&state.key).is_some() {
                return Ok(Some(id));
            }
            for epoch in 0..state.epoch {
                let message = ledger::messages::DomainKey { domain: id, epoch };
                let key = aegle.chain.read(head.hash, aegle.contracts.ledger, &message).await?;
                if key.is_some_and(|key| self.key_of(&key).is_some()) {
                    return Ok(Some(id));
                }
            }
        }
        Ok(None)
    }

    /// Registers the search domain of this custodian's key; returns its number and the receipt.
    ///
    /// # Errors
    /// The ledger refuses because the account is no organisation admin, or the chain does not answer.
    pub async fn register_domain<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
    ) -> Result<(DomainId, Receipt), CallError<LedgerError>> {
        let message = ledger::messages::RegisterDomain {
            key: self.domain_key().public_key(),
        };
        aegle.chain.call(&self.account, aegle.contracts.ledger, &message).await
    }

    /// Starts the next epoch of the search domain with a key that this custodian has by then
    /// ([`Custodian::with_domain_key`]); returns the epoch and the receipt. What was labelled before is found with
    /// tokens of its own epoch, until it is labelled anew. The caller does that at once when the old key has leaked.
    ///
    /// # Errors
    /// The ledger refuses, or the chain does not answer.
    pub async fn rotate<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        domain: DomainId,
        key: OprfKey,
    ) -> Result<(u16, Receipt), CallError<LedgerError>> {
        let message = ledger::messages::RotateKey { domain, key };
        aegle.chain.call(&self.account, aegle.contracts.ledger, &message).await
    }

    /// Opens a patient's card, and fetches their public keys, which must be those of the key directory.
    ///
    /// # Errors
    /// See [`EnrolledError`].
    pub async fn enrolled<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        card: &PatientCard,
    ) -> Result<EnrolledPatient, EnrolledError> {
        let account = card.account;
        let classes = ClassMap::open(&card.classes, &self.encryption, &account)?;
        let head = aegle.chain.finalized().await?;
        let entry = aegle
            .directory(&head, account)
            .await?
            .ok_or(EnrolledError::NoKeys(account))?;
        let bundle = aegle.indexer.keys(&self.account, &account).await?;
        let keys = bundle.verify(&entry.bundle, &aegle.contracts.genesis, &account)?;
        Ok(EnrolledPatient {
            account,
            entry,
            keys,
            classes,
        })
    }
}
