//! Ingestion: from FHIR resources to an anchored batch that the indexer has.

use super::{
    Anchoring, Custodian, EnrolledPatient, IngestError, LabelledBatch, MAX_ANCHOR_ATTEMPTS, PARALLEL_READS,
    SealedBatch, Sealing,
};
use crate::{
    chain::{Chain, ChainError, Receipt},
    deployment::{Aegle, OnChain},
    fhir::{Report, Resource},
    remote::Transport,
};
use aegle_crypto::record::Ciphertext;
use aegle_keys::{DomainKey, RecordKeywords, label_span};
use aegle_protocol::{commitment::DocumentSalt, record::RecordId};
use aegle_rules::{AccountId, BatchNumber, DomainId, consent::SlotEpochs};
use aegle_sealed::{BatchSpan, LabelSet, Salt};
use futures_util::{StreamExt, TryStreamExt, stream};
use scale::Encode;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

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
        let Sealing {
            batch,
            ciphertexts,
            report,
        } = self.seal_current(aegle, domain, records, progress).await?;
        let names = batch.names();
        let sent = names.iter().copied().zip(ciphertexts.iter().map(Ciphertext::as_ref));
        self.store(aegle, sent, progress).await?;
        let (labelled, block, receipt) = self.label_and_anchor(aegle, domain, &batch, progress).await?;
        let bundle = labelled.into_bundle();
        let ingested = Ingested {
            batch: bundle.batch,
            records: names,
            keywords: batch.keywords(),
            report,
            labels: bundle.labels.records.iter().map(Vec::len).sum(),
            ciphertext_bytes: ciphertexts
                .iter()
                .map(|ciphertext| ciphertext.as_ref().len() as u64)
                .sum(),
            bundle_bytes: bundle.encoded_size() as u64,
            manifest_salt: batch.manifest_salt(),
            receipt,
        };
        if let Err(source) = self.upload_anchored(aegle, &bundle, block).await {
            return Err(IngestError::NotUploaded {
                bundle: Box::new(bundle),
                source,
            });
        }
        progress(Step::Uploaded);
        Ok(ingested)
    }

    /// Seals to keys that are still those of the chain.
    async fn seal_current<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        records: &[NewRecord<'_>],
        progress: &mut impl FnMut(Step),
    ) -> Result<Sealing, IngestError> {
        let patients = records.iter().map(|record| record.patient);
        match self.moved(aegle, patients).await?.first() {
            Some(moved) => Err(IngestError::KeysMoved(*moved)),
            None => self.seal(aegle.bound_to(), domain, records, progress),
        }
    }

    /// Checks that the records of a sealed batch are of the epochs that the chain has. A batch whose anchor comes later than
    /// some blocks after an epoch has ended is refused by every indexer.
    ///
    /// # Errors
    /// [`IngestError::KeysMoved`], or the chain does not answer.
    pub(crate) async fn check_epochs<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        batch: &SealedBatch,
    ) -> Result<(), IngestError> {
        let head = aegle.chain.finalized().await?;
        let headers = batch.rows.iter().map(|row| row.header);
        let sealed: BTreeSet<_> = headers
            .map(|header| (header.patient, header.slot, header.epoch))
            .collect();
        let patients: BTreeSet<AccountId> = sealed.iter().map(|(patient, ..)| *patient).collect();
        let reads = patients.into_iter().map(async |patient| {
            let epochs = aegle.epochs(&head, patient).await?;
            Ok::<_, ChainError>((patient, epochs))
        });
        let reads: BTreeMap<AccountId, SlotEpochs> = stream::iter(reads).buffered(PARALLEL_READS).try_collect().await?;
        for (patient, slot, epoch) in sealed {
            let current = reads[&patient].epochs.get(usize::from(slot.0));
            if current != Some(&epoch) {
                return Err(IngestError::KeysMoved(patient));
            }
        }
        Ok(())
    }

    /// Labels under the domain's next number and anchors; when another writer takes the number, does both again under a
    /// fresh salt. The labels have not left this machine by then.
    async fn label_and_anchor<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        batch: &SealedBatch,
        progress: &mut impl FnMut(Step),
    ) -> Result<(LabelledBatch, u32, Receipt), IngestError> {
        for _ in 0..MAX_ANCHOR_ATTEMPTS {
            let labelled = self.label_next(aegle, domain, batch).await?;
            progress(Step::Labelled);
            self.check_epochs(aegle, batch).await?;
            if let Anchoring::Anchored { block, receipt } = self.anchor(aegle, &labelled).await? {
                progress(Step::Anchored);
                let receipt = receipt.ok_or(IngestError::AnchoredBefore(labelled.bundle().batch))?;
                return Ok((labelled, block, receipt));
            }
        }
        Err(IngestError::NumbersTaken)
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
