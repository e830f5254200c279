//! Ingestion: from FHIR resources to an anchored batch that the indexer has.

use super::{Custodian, EnrolledPatient};
use crate::{
    chain::{CallError, Chain, ChainError, Receipt},
    coding,
    deployment::Aegle,
    fhir::{self, Report, Resource},
    remote::{RemoteError, Transport},
};
use aegle_crypto::record::{Ciphertext, SealError, SealInput, SealedRecord, seal_record};
use aegle_keys::{DomainKey, LabelError, RecordKeywords, label_span};
use aegle_protocol::{
    commitment::{DocumentSalt, IndexSalt, document_commitment, index_commitment},
    merkle::{self, Tree},
    random::SystemRandom,
    record::{RecordId, RecordRow},
    wire::{Bundle, UploadError},
};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, Hash, Slot,
    ledger::{self, LedgerError, MAX_BATCH_RECORDS},
};
use aegle_sealed::{BatchSpan, LabelSet, RandomnessError, Salt, UnverifiedLabelSet};
use scale::Encode;
use std::sync::PoisonError;

/// The most times that a batch is labelled because other writers take its number.
pub const MAX_ANCHOR_ATTEMPTS: u32 = 8;
/// A resource to be ingested, and whose it is.
#[derive(Clone, Copy)]
pub struct NewRecord<'a> {
    /// The patient.
    pub patient: &'a EnrolledPatient,
    /// The resource.
    pub resource: &'a Resource,
}

/// A step of an ingestion that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A record was sealed.
    Sealed,
    /// A ciphertext was stored at the indexer.
    Stored,
    /// The batch was labelled.
    Labelled,
    /// The anchor is finalized.
    Anchored,
    /// The indexer has rows and labels.
    Uploaded,
}

/// A batch that was ingested.
#[derive(Clone, Debug)]
pub struct Ingested {
    /// The batch's number in its domain.
    pub batch: BatchNumber,
    /// The records' names, in the order of the input.
    pub records: Vec<RecordId>,
    /// The number of keywords of the records, each record's own counted.
    pub keywords: usize,
    /// What of the records was guessed, not understood, or is not searchable.
    pub report: Report,
    /// The number of labels of the batch, padding included.
    pub labels: usize,
    /// Bytes of all ciphertexts.
    pub ciphertext_bytes: u64,
    /// Bytes of the bundle of rows and labels.
    pub bundle_bytes: u64,
    /// The salt of the manifest's commitment: with the names above it proves what the batch was meant to be.
    pub manifest_salt: DocumentSalt,
    /// The receipt of the anchor.
    pub receipt: Receipt,
}

/// The reason why a batch is not ingested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No record, or more than one batch holds.
    #[error("a batch has 1 to {MAX_BATCH_RECORDS} records, not {0}")]
    Records(usize),
    /// The patient has published no key for a slot.
    #[error("the patient {patient} has no key for slot {slot}")]
    NoSlotKey {
        /// The patient.
        patient: AccountId,
        /// The slot.
        slot: Slot,
    },
    /// A resource cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
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

/// Records that are sealed, and their ciphertexts, one for each row.
pub(super) struct SealedRecords {
    pub(super) rows: Vec<RecordRow>,
    pub(super) ciphertexts: Vec<Ciphertext>,
    keywords: Vec<RecordKeywords>,
    report: Report,
}

/// The keywords of a record.
pub(super) struct ExtractedKeywords {
    pub(super) keywords: RecordKeywords,
    /// What of the record is malformed and not searchable.
    report: Report,
}

/// The part of a batch that is anchored, but for its number and its labels.
struct UnanchoredBatch<'a> {
    keywords: &'a [RecordKeywords],
    record_root: Hash,
    manifest: Hash,
}

/// A batch that was anchored.
struct AnchoredBatch {
    number: BatchNumber,
    epoch: u16,
    labels: LabelSet,
    commitment_salt: IndexSalt,
    receipt: Receipt,
}

impl Custodian {
    /// Ingests one batch: seals every record to its patient, stores the ciphertexts, labels the keywords, anchors the
    /// batch, waits until the anchor is finalized, and only then uploads rows and labels. `progress` is called at each
    /// step.
    ///
    /// # Errors
    /// See [`IngestError`]; [`IngestError::NotUploaded`] has what is needed to go on.
    pub async fn ingest<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        records: &[NewRecord<'_>],
        progress: &mut impl FnMut(Step),
    ) -> Result<Ingested, IngestError> {
        if records.is_empty() || records.len() > MAX_BATCH_RECORDS as usize {
            return Err(IngestError::Records(records.len()));
        }
        let sealed = self.seal(aegle, records, progress)?;
        self.store(aegle, &sealed, progress).await?;
        let names: Vec<RecordId> = sealed.rows.iter().map(|row| row.id).collect();
        let manifest_salt = DocumentSalt(fresh());
        let manifest = document_commitment(&names.encode(), &manifest_salt);
        let leaves: Vec<_> = sealed.rows.iter().map(RecordRow::leaf).collect();
        let record_root = merkle::root(Tree::Records, &leaves);
        let batch = UnanchoredBatch {
            keywords: &sealed.keywords,
            record_root,
            manifest,
        };
        let anchored = self.anchor(aegle, domain, &batch, progress).await?;
        let labels = anchored.labels.records().iter().map(Vec::len).sum();
        let bundle = Bundle {
            domain,
            epoch: anchored.epoch,
            batch: anchored.number,
            records: sealed.rows,
            labels: UnverifiedLabelSet::from(anchored.labels),
            commitment_salt: anchored.commitment_salt,
            manifest,
        };
        let ingested = Ingested {
            batch: anchored.number,
            records: names,
            keywords: sealed.keywords.iter().map(|record| record.keywords.len()).sum(),
            report: sealed.report,
            labels,
            ciphertext_bytes: sealed
                .ciphertexts
                .iter()
                .map(|ciphertext| ciphertext.as_ref().len() as u64)
                .sum(),
            bundle_bytes: bundle.encoded_size() as u64,
            manifest_salt,
            receipt: anchored.receipt,
        };
        let anchor_block = ingested.receipt.block;
        let sent = self.once_seen(aegle, anchor_block, async || self.upload(aegle, &bundle).await);
        if let Err(source) = sent.await {
            return Err(IngestError::NotUploaded {
                bundle: Box::new(bundle),
                source,
            });
        }
        progress(Step::Uploaded);
        Ok(ingested)
    }

    fn seal<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        records: &[NewRecord<'_>],
        progress: &mut impl FnMut(Step),
    ) -> Result<SealedRecords, IngestError> {
        let mut sealed = SealedRecords {
            rows: Vec::new(),
            ciphertexts: Vec::new(),
            keywords: Vec::new(),
            report: Report::default(),
        };
        for record in records {
            let NewRecord { patient, resource } = record;
            let slot = patient.classes.slot(resource.class());
            let key = patient.keys.key(slot).ok_or(IngestError::NoSlotKey {
                patient: patient.account,
                slot,
            })?;
            let content = coding::encode(fhir::MEDIA_TYPE, resource.text().as_bytes());
            let input = SealInput {
                patient: patient.account,
                public_key: key.key,
                slot,
                epoch: key.epoch,
                confidentiality: resource.confidentiality(),
                author: self.account.account(),
                authored_at: resource.authored_at().unwrap_or(fhir::UNKNOWN_TIME),
                media_type: &content.media_type,
                content: &content.bytes,
            };
            let SealedRecord { row, ciphertext } = seal_record(&input, &aegle.bound_to(), &mut SystemRandom)?;
            let extracted = self.keywords_of(record);
            sealed.rows.push(row);
            sealed.ciphertexts.push(ciphertext);
            sealed.report.merge(resource.report());
            sealed.report.merge(extracted.report);
            sealed.keywords.push(extracted.keywords);
            progress(Step::Sealed);
        }
        Ok(sealed)
    }

    /// Extracts the keywords of a record.
    pub(super) fn keywords_of(&self, record: &NewRecord<'_>) -> ExtractedKeywords {
        let extraction = record.resource.keywords_under(&self.indexing);
        let keywords = RecordKeywords {
            patient: record.patient.account,
            keywords: extraction.keywords,
            cohort: self.cohort,
        };
        ExtractedKeywords {
            keywords,
            report: extraction.report,
        }
    }

    /// Labels under the domain's next number and anchors; when another writer takes the number, does both again under a
    /// fresh salt. The labels have not left this function by then.
    async fn anchor<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        batch: &UnanchoredBatch<'_>,
        progress: &mut impl FnMut(Step),
    ) -> Result<AnchoredBatch, IngestError> {
        let mut attempt = 1;
        loop {
            let head = aegle.chain.finalized().await?;
            let state = aegle
                .domain(&head, domain)
                .await?
                .ok_or(IngestError::NoDomain(domain))?;
            let key = self.key_of(&state.key).ok_or(IngestError::OtherKey(domain))?;
            let number = BatchNumber(state.next_batch);
            let labels = self.label(key, domain, state.epoch, BatchSpan::one(number), batch.keywords)?;
            progress(Step::Labelled);
            let commitment_salt = IndexSalt(fresh());
            let message = ledger::messages::Anchor {
                domain,
                expected: number,
                record_root: batch.record_root,
                index_commitment: index_commitment(&labels, state.epoch, &commitment_salt),
                // Bounded by MAX_BATCH_RECORDS, which has 17 bits.
                records: batch.keywords.len() as u32,
                manifest: batch.manifest,
            };
            match aegle.chain.call(&self.account, aegle.contracts.ledger, &message).await {
                Ok(((), receipt)) => {
                    progress(Step::Anchored);
                    return Ok(AnchoredBatch {
                        number,
                        epoch: state.epoch,
                        labels,
                        commitment_salt,
                        receipt,
                    });
                }
                Err(CallError::Refused(LedgerError::BatchTaken { .. })) if attempt < MAX_ANCHOR_ATTEMPTS => {
                    attempt += 1
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) fn label(
        &self,
        key: &DomainKey,
        domain: DomainId,
        epoch: u16,
        span: BatchSpan,
        keywords: &[RecordKeywords],
    ) -> Result<LabelSet, IngestError> {
        // A cache that a panic left half filled would still hold only right keys.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let salt = Salt::generate()?;
        Ok(label_span(&mut cache, key, domain, epoch, span, keywords, salt)?)
    }
}

pub(super) fn fresh() -> [u8; 32] {
    let mut bytes = [0; 32];
    aegle_protocol::RngCore::fill_bytes(&mut SystemRandom, &mut bytes);
    bytes
}
