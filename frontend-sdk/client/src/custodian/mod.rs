//! What a custodian does: enrolling patients, sealing and labelling records, anchoring and erasing them, and answering
//! those who search.

mod authorise;
mod batch;
mod correction;
mod erasure;
mod evaluate;
mod ingest;
mod ingest_error;
mod openings;
mod relabel;
mod sealer;
mod servers;
mod upload;

pub use authorise::TokenRefusal;
pub use batch::{Anchoring, KeptBatchError, LabelledBatch, SealedBatch, Sealing};
pub use correction::CorrectionError;
pub use erasure::{ErasureError, RequestedErasure, cancel_erasure, erasures, request_erasure, second_erasure};
pub use evaluate::{AuthorisedEvaluation, AuthorisedEvaluations};
pub use ingest::{Ingested, NewRecord, Step};
pub use ingest_error::{IngestError, MAX_ANCHOR_ATTEMPTS};
pub use openings::Opening;
pub use relabel::{BatchSize, RelabelError, Relabelled, erased, fates};
pub use sealer::CodedContent;
pub use servers::set_servers;
#[cfg(feature = "native")]
pub(crate) use upload::UPLOADED_WHOLE_BYTES;
pub use upload::is_missing_ciphertext;

use crate::{
    account::AccountKey,
    chain::{CallError, Chain, ChainError, Receipt},
    day::day,
    deployment::{Aegle, OnChain},
    patient::PatientCard,
    remote::{RemoteError, Transport},
};
use aegle_crypto::classes::{Class, ClassMap, ClassMapError};
use aegle_keys::{DomainKey, KeyCache};
use aegle_protocol::{
    keys::{EncryptionSecret, KeyBundleError, SlotKey, VerifiedKeys},
    random::SystemRandom,
};
use aegle_rules::{
    AccountId, DomainId, OprfKey, Slot, Timestamp,
    consent::SlotEpochs,
    consortium::KeyEntry,
    ledger::{self, LedgerError},
};
use aegle_sealed::Indexing;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{collections::BTreeMap, sync::Mutex};

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

/// How old a patient's public keys may be, in milliseconds: three years. Patients publish anew long before, with whatever
/// they do; who has not been heard of for so long is asked.
pub const MAX_KEYS_AGE_MS: u64 = 3 * 366 * 24 * 3_600 * 1_000;
/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// Epochs that are asked for at the same time.
const PARALLEL_READS: usize = 16;

/// A patient whom the custodian can seal records to.
pub struct EnrolledPatient {
    account: AccountId,
    /// The entry of the key directory that the keys are of.
    entry: KeyEntry,
    /// Those of the epochs that the chain had at one finalized block.
    keys: VerifiedKeys,
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
    pub fn slot(&self, class: Class) -> Slot {
        self.classes.slot(class)
    }

    /// Returns which slot stands for which data class.
    pub fn classes(&self) -> &ClassMap {
        &self.classes
    }

    /// Returns the epochs that the chain had when the keys were fetched: they are the ones that records are sealed under.
    pub fn epochs(&self) -> &SlotEpochs {
        self.keys.epochs()
    }

    /// Returns the key that records of a data class are sealed to.
    ///
    /// # Errors
    /// [`RunOut`].
    pub fn key(&self, class: Class) -> Result<&SlotKey, RunOut> {
        let slot = self.classes.slot(class);
        self.keys.key(slot).ok_or(RunOut {
            patient: self.account,
            slot,
            epoch: self.keys.epochs().epochs[usize::from(slot.0)],
        })
    }
}

/// The patient has published no key of a slot in its epoch: more was revoked than keys were published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the keys that {patient} has published for slot {slot} have run out: the chain has epoch {epoch}, and nothing is sealed to \
     another one; the patient publishes new ones with `aegle keys set`, and the records are taken in by the next run"
)]
pub struct RunOut {
    /// The patient.
    pub patient: AccountId,
    /// The slot.
    pub slot: Slot,
    /// Its epoch on chain.
    pub epoch: u16,
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
    /// The keys are not the patient's own, or not those of the epochs on chain.
    #[error("the public keys of the patient: {0}")]
    Keys(#[from] KeyBundleError),
    /// The keys are older than is taken.
    #[error(
        "{patient} has published their keys on {}, more than three years ago, or with a date to come: ask them to publish anew \
         (`aegle keys set`)", day(*issued_at)
    )]
    Stale {
        /// The patient.
        patient: AccountId,
        /// When the keys were made.
        issued_at: Timestamp,
    },
    /// The card was forged, or made for another custodian or another patient.
    #[error(transparent)]
    Classes(#[from] ClassMapError),
    /// The keys have run out.
    #[error(transparent)]
    RunOut(#[from] RunOut),
}

/// Opens a card that is sealed to `encryption`, against the keys that the patient has published: those of the epochs that
/// the chain has, by the entry that the key directory has, both at one finalized block. `account` is who asks the indexer.
///
/// # Errors
/// See [`EnrolledError`].
pub async fn open_card<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    account: &AccountKey,
    encryption: &EncryptionSecret,
    card: &PatientCard,
) -> Result<EnrolledPatient, EnrolledError> {
    let patient = card.account;
    let head = aegle.chain.finalized().await?;
    let entry = aegle.directory(&head, patient).await?;
    let entry = entry.ok_or(EnrolledError::NoKeys(patient))?;
    let epochs = aegle.epochs(&head, patient).await?;
    let answer = aegle.indexer.keys(account, &patient, &epochs.epochs).await?;
    let keys = answer.verify(&entry.bundle, &aegle.bound_to(), &patient, &epochs)?;
    let issued_at = keys.bundle().issued_at;
    let is_to_come = issued_at > head.timestamp.saturating_add(DAY_MS);
    if is_to_come || !keys.bundle().is_fresh(head.timestamp, MAX_KEYS_AGE_MS) {
        return Err(EnrolledError::Stale { patient, issued_at });
    }
    let classes = ClassMap::open(&card.classes, encryption, &patient, &keys.bundle().classes)?;
    Ok(EnrolledPatient {
        account: patient,
        entry,
        keys,
        classes,
    })
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
        open_card(aegle, &self.account, &self.encryption, card).await
    }

    /// Returns the patients whose entry in the key directory or whose epochs are others at the finalized head than those
    /// that their keys were fetched by: nothing is sealed to them before the keys are fetched again.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn moved<'a, C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        patients: impl IntoIterator<Item = &'a EnrolledPatient>,
    ) -> Result<Vec<AccountId>, ChainError> {
        let head = aegle.chain.finalized().await?;
        let distinct: BTreeMap<AccountId, &EnrolledPatient> =
            patients.into_iter().map(|patient| (patient.account, patient)).collect();
        let reads = distinct.into_iter().map(async |(account, patient)| {
            let entry = aegle.directory(&head, account).await?;
            let epochs = aegle.epochs(&head, account).await?;
            let is_same = entry == Some(patient.entry) && epochs == *patient.epochs();
            Ok::<_, ChainError>((!is_same).then_some(account))
        });
        let reads: Vec<Option<AccountId>> = stream::iter(reads).buffered(PARALLEL_READS).try_collect().await?;
        Ok(reads.into_iter().flatten().collect())
    }
}

/// Draws 32 random bytes from the system.
fn fresh() -> [u8; 32] {
    let mut bytes = [0; 32];
    aegle_protocol::RngCore::fill_bytes(&mut SystemRandom, &mut bytes);
    bytes
}
