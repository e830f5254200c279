//! Sealing: each record to its patient, on every processor.

use super::{Custodian, EnrolledPatient, IngestError, NewRecord, SealedBatch, Sealing, Step, ingest::fresh};
use crate::{
    coding,
    fhir::{self, Report},
};
use aegle_crypto::record::{RecordSealer, SealInput, SealedRecord, seal_record};
use aegle_keys::RecordKeywords;
use aegle_protocol::{Deployment, commitment::DocumentSalt, random::SystemRandom};
use aegle_rules::{AccountId, DomainId, ledger::MAX_BATCH_RECORDS};
use aegle_sealed::Indexing;
use std::{
    io::{Read, Write},
    num::NonZero,
    thread,
};
use zeroize::Zeroizing;

/// Records that are sealed between two calls of `progress`.
const SEALED_AT_ONCE: usize = 512;
/// Bytes of a large resource that are read at once.
const READ_BYTES: usize = 1 << 20;

/// The content of a large resource, [coded](coding) already.
pub struct CodedContent<'a> {
    /// Where it is read from.
    pub reader: &'a mut dyn Read,
    /// Its length in bytes.
    pub bytes: u64,
}

/// What sealing needs of a custodian, for several threads at once.
struct Sealer<'a> {
    author: AccountId,
    deployment: Deployment,
    domain: DomainId,
    indexing: &'a Indexing,
    cohort: bool,
}

/// A record that is sealed, and its keywords.
struct Piece {
    sealed: SealedRecord,
    keywords: RecordKeywords,
    report: Report,
}

impl Sealer<'_> {
    /// What a record is sealed from.
    fn input<'a>(
        &self,
        NewRecord { patient, resource }: &NewRecord<'_>,
        media_type: &'a str,
        content: &'a [u8],
    ) -> Result<SealInput<'a>, IngestError> {
        let key = patient.key(resource.class())?;
        Ok(SealInput {
            patient: patient.account,
            public_key: key.key,
            slot: key.slot,
            epoch: key.epoch,
            confidentiality: resource.confidentiality(),
            author: self.author,
            authored_at: resource.authored_at().unwrap_or(fhir::UNKNOWN_TIME),
            domain: self.domain,
            media_type,
            content,
        })
    }

    fn seal(&self, record: &NewRecord<'_>) -> Result<Piece, IngestError> {
        let NewRecord { patient, resource } = record;
        let content = coding::encode(fhir::MEDIA_TYPE, resource.text().as_bytes());
        let input = self.input(record, &content.media_type, &content.bytes)?;
        let sealed = seal_record(&input, &self.deployment, &mut SystemRandom)?;
        let ExtractedKeywords { keywords, report: lost } = self.keywords(patient, resource);
        let mut report = resource.report();
        report.merge(lost);
        Ok(Piece {
            sealed,
            keywords,
            report,
        })
    }

    fn keywords(&self, patient: &EnrolledPatient, resource: &fhir::Resource) -> ExtractedKeywords {
        let extraction = resource.keywords_under(self.indexing);
        let keywords = RecordKeywords {
            patient: patient.account,
            keywords: extraction.keywords,
            cohort: self.cohort,
        };
        ExtractedKeywords {
            keywords,
            report: extraction.report,
        }
    }

    /// Seals records on as many threads as there are processors.
    fn seal_all(&self, records: &[NewRecord<'_>]) -> Result<Vec<Piece>, IngestError> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let seal = |part: &[NewRecord<'_>]| {
            part.iter()
                .map(|record| self.seal(record))
                .collect::<Result<Vec<_>, _>>()
        };
        let part = records.len().div_ceil(threads).max(1);
        if part >= records.len() {
            return seal(records);
        }
        thread::scope(|scope| {
            let parts: Vec<_> = records
                .chunks(part)
                .map(|part| scope.spawn(move || seal(part)))
                .collect();
            let mut pieces = Vec::with_capacity(records.len());
            for part in parts {
                let sealed = part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                pieces.extend(sealed?);
            }
            Ok(pieces)
        })
    }
}

/// The keywords of a record.
pub(super) struct ExtractedKeywords {
    pub(super) keywords: RecordKeywords,
    /// What of the record is malformed and not searchable.
    report: Report,
}

impl Custodian {
    fn sealer(&self, deployment: Deployment, domain: DomainId) -> Sealer<'_> {
        Sealer {
            author: self.account.account(),
            deployment,
            domain,
            indexing: &self.indexing,
            cohort: self.cohort,
        }
    }

    /// Seals the records of a batch for a search domain, each to its patient, and takes their keywords: on every processor,
    /// and without asking anybody. The caller has asked the chain whether the patients' keys [have moved](Custodian::moved).
    ///
    /// # Errors
    /// No record or too many, or one that cannot be sealed.
    pub fn seal(
        &self,
        deployment: Deployment,
        domain: DomainId,
        records: &[NewRecord<'_>],
        progress: &mut impl FnMut(Step),
    ) -> Result<Sealing, IngestError> {
        if records.is_empty() || records.len() > MAX_BATCH_RECORDS as usize {
            return Err(IngestError::Records(records.len()));
        }
        let mut batch = SealedBatch {
            rows: Vec::with_capacity(records.len()),
            keywords: Vec::with_capacity(records.len()),
            manifest_salt: DocumentSalt(fresh()),
        };
        let (mut ciphertexts, mut report) = (Vec::with_capacity(records.len()), Report::default());
        let sealer = self.sealer(deployment, domain);
        for some in records.chunks(SEALED_AT_ONCE) {
            for piece in sealer.seal_all(some)? {
                batch.rows.push(piece.sealed.row);
                ciphertexts.push(piece.sealed.ciphertext);
                batch.keywords.push(piece.keywords);
                report.merge(piece.report);
                progress(Step::Sealed);
            }
        }
        Ok(Sealing {
            batch,
            ciphertexts,
            report,
        })
    }

    /// Seals a large resource as a batch of its own. Its content comes out of a file and its ciphertext goes into one, in the
    /// memory of a few segments; of the resource itself, everything but what it attaches is looked at. The caller has asked the
    /// chain whether the patient's keys [have moved](Custodian::moved).
    ///
    /// # Errors
    /// It cannot be sealed, or its content cannot be read or written.
    pub fn seal_large(
        &self,
        deployment: Deployment,
        domain: DomainId,
        record: &NewRecord<'_>,
        content: CodedContent<'_>,
        ciphertext: &mut dyn Write,
    ) -> Result<Sealing, IngestError> {
        let sealer = self.sealer(deployment, domain);
        let media_type = coding::coded(fhir::MEDIA_TYPE);
        let input = sealer.input(record, &media_type, &[])?;
        let mut sealing = RecordSealer::new(&input, content.bytes, &deployment, &mut SystemRandom)?;
        let (mut plaintext, mut sealed) = (Zeroizing::new(vec![0; READ_BYTES]), Vec::new());
        loop {
            let read = content.reader.read(&mut plaintext)?;
            if read == 0 {
                break;
            }
            sealing.update(&plaintext[..read], &mut sealed)?;
            ciphertext.write_all(&sealed)?;
            sealed.clear();
        }
        while sealing.pad(&mut sealed)? {
            ciphertext.write_all(&sealed)?;
            sealed.clear();
        }
        let row = sealing.finish(&mut sealed)?;
        ciphertext.write_all(&sealed)?;
        let ExtractedKeywords { keywords, report: lost } = sealer.keywords(record.patient, record.resource);
        let mut report = record.resource.report();
        report.merge(lost);
        Ok(Sealing {
            batch: SealedBatch {
                rows: vec![row],
                keywords: vec![keywords],
                manifest_salt: DocumentSalt(fresh()),
            },
            ciphertexts: Vec::new(),
            report,
        })
    }

    /// Extracts the keywords of a record.
    pub(super) fn keywords_of(
        &self,
        deployment: Deployment,
        domain: DomainId,
        record: &NewRecord<'_>,
    ) -> ExtractedKeywords {
        self.sealer(deployment, domain)
            .keywords(record.patient, record.resource)
    }
}
