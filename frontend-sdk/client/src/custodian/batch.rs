//! A batch on its way, step by step: sealed, labelled under a number, anchored, uploaded.
//!
//! Each step may be done again after it was interrupted, with what was kept of the one before: a sealed batch has its
//! records' names for good, and a labelled one is anchored once, however often it is sent. So whoever keeps each before
//! the next step leaves this machine loses nothing and doubles nothing.

use super::{Custodian, IngestError, fresh};
use crate::{
    chain::{CallError, Chain, Receipt},
    deployment::Aegle,
    fhir::{self, Report},
    remote::Transport,
};
use aegle_crypto::record::Ciphertext;
use aegle_keys::RecordKeywords;
use aegle_protocol::{
    commitment::{DocumentSalt, IndexSalt, document_commitment, index_commitment},
    merkle::{self, Tree},
    record::{RecordId, RecordRow},
    wire::Bundle,
};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, Hash,
    ledger::{self, LedgerError, MAX_BATCH_RECORDS},
};
use aegle_sealed::{BatchSpan, Keyword, LabelSetError, UnverifiedLabelSet, decode_bounded};
use scale::{Decode, DecodeAll, Encode};

/// The most looks at whether the block that took a batch's number is finalized.
const MAX_FINALITY_LOOKS: u32 = 360;
/// The pause between two looks, in milliseconds.
const FINALITY_PAUSE_MS: u32 = 500;

/// Records that are sealed, with their ciphertexts.
pub struct Sealing {
    /// The batch, but for its number and its labels.
    pub batch: SealedBatch,
    /// The ciphertexts, in the order of the records.
    pub ciphertexts: Vec<Ciphertext>,
    /// What of the records was guessed, not understood, or is not searchable.
    pub report: Report,
}

/// A batch that is sealed: everything of it but its number and its labels. It has the records' keywords, which are
/// plaintext about patients, and what their keys follow from: whoever keeps it keeps it as the records themselves.
pub struct SealedBatch {
    pub(super) rows: Vec<RecordRow>,
    pub(super) keywords: Vec<RecordKeywords>,
    pub(super) manifest_salt: DocumentSalt,
}

/// A batch that has labels under a number. They leave this machine once it is anchored.
pub struct LabelledBatch {
    bundle: Bundle,
    index_commitment: Hash,
}

/// The outcome of anchoring a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchoring {
    /// It is on chain, finalized.
    Anchored {
        /// A finalized block in whose state it is.
        block: u32,
        /// The receipt; `None` when an earlier attempt had anchored it.
        receipt: Option<Receipt>,
    },
    /// Another batch has its number, finalized: it is labelled anew under the next one.
    Taken,
}

/// The reason why bytes are no batch that was kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptBatchError {
    /// The bytes are no sealed batch.
    #[error("the bytes are no sealed batch: {0}")]
    Encoding(#[from] scale::Error),
    /// The labels are malformed.
    #[error("the labels that were kept are malformed: {0}")]
    Labels(#[from] LabelSetError),
}

impl SealedBatch {
    /// Returns the rows of the records, by number.
    pub fn rows(&self) -> &[RecordRow] {
        &self.rows
    }

    /// Returns the names of the records, by number.
    pub fn names(&self) -> Vec<RecordId> {
        self.rows.iter().map(|row| row.id).collect()
    }

    /// Returns the number of keywords of the records, each record's own counted.
    pub fn keywords(&self) -> usize {
        self.keywords.iter().map(|record| record.keywords.len()).sum()
    }

    /// Returns the salt of the manifest's commitment: with the names it proves what the batch was meant to be.
    pub fn manifest_salt(&self) -> DocumentSalt {
        self.manifest_salt
    }

    fn manifest(&self) -> Hash {
        document_commitment(&self.names().encode(), &self.manifest_salt)
    }

    /// Encodes the batch for keeping it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = (&self.rows, self.manifest_salt.0).encode();
        for record in &self.keywords {
            let keywords: Vec<&[u8]> = record.keywords.iter().map(Keyword::as_bytes).collect();
            (record.patient, record.cohort, keywords).encode_to(&mut bytes);
        }
        bytes
    }

    /// Decodes what [`SealedBatch::to_bytes`] encoded, which is the whole of `bytes`.
    ///
    /// # Errors
    /// The bytes are no sealed batch.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, KeptBatchError> {
        let input = &mut bytes;
        let rows: Vec<RecordRow> = decode_bounded(input, MAX_BATCH_RECORDS as usize, "too many records")?;
        let manifest_salt = DocumentSalt(Decode::decode(input)?);
        let mut keywords = Vec::with_capacity(rows.len());
        for _ in &rows {
            let (patient, cohort) = <(AccountId, bool)>::decode(input)?;
            let texts: Vec<Vec<u8>> = decode_bounded(input, fhir::MAX_RESOURCE_KEYWORDS, "too many keywords")?;
            let keyword = |text: Vec<u8>| -> Result<Keyword, scale::Error> {
                let text = String::from_utf8(text).ok();
                let keyword = text.and_then(|text| Keyword::from_canonical(&text).ok());
                keyword.ok_or("a keyword is none".into())
            };
            keywords.push(RecordKeywords {
                patient,
                cohort,
                keywords: texts.into_iter().map(keyword).collect::<Result<_, _>>()?,
            });
        }
        <()>::decode_all(input)?;
        Ok(Self {
            rows,
            keywords,
            manifest_salt,
        })
    }
}

impl LabelledBatch {
    /// Takes up a bundle that was kept.
    ///
    /// # Errors
    /// Its labels are malformed.
    pub fn of(bundle: Bundle) -> Result<Self, KeptBatchError> {
        // Bounded by MAX_BATCH_RECORDS, which has 17 bits.
        let labels = bundle.labels.clone().verify(bundle.records.len() as u32)?;
        let index_commitment = index_commitment(&labels, bundle.epoch, &bundle.commitment_salt);
        Ok(Self {
            bundle,
            index_commitment,
        })
    }

    /// Returns what goes to the indexer once the batch is anchored.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Takes the bundle out.
    pub fn into_bundle(self) -> Bundle {
        self.bundle
    }
}

impl Custodian {
    /// Labels a batch under the domain's next number.
    ///
    /// # Errors
    /// There is no such domain, it has another key, or the batch cannot be labelled.
    pub async fn label_next<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        batch: &SealedBatch,
    ) -> Result<LabelledBatch, IngestError> {
        let head = aegle.chain.finalized().await?;
        let state = aegle.domain(&head, domain).await?;
        let state = state.ok_or(IngestError::NoDomain(domain))?;
        let key = self.key_of(&state.key).ok_or(IngestError::OtherKey(domain))?;
        let number = BatchNumber(state.next_batch);
        let labels = self.label(key, domain, state.epoch, BatchSpan::one(number), &batch.keywords)?;
        let commitment_salt = IndexSalt(fresh());
        let index_commitment = index_commitment(&labels, state.epoch, &commitment_salt);
        let bundle = Bundle {
            domain,
            epoch: state.epoch,
            batch: number,
            records: batch.rows.clone(),
            labels: UnverifiedLabelSet::from(labels),
            commitment_salt,
            manifest: batch.manifest(),
        };
        Ok(LabelledBatch {
            bundle,
            index_commitment,
        })
    }

    /// Anchors a batch and waits until that is finalized. It may be called again and again, after a failure too: the batch
    /// is anchored once, or its number is another's.
    ///
    /// # Errors
    /// The ledger refuses, or the chain does not answer: then nobody knows yet whether the batch is anchored, and calling
    /// this again tells.
    pub async fn anchor<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        batch: &LabelledBatch,
    ) -> Result<Anchoring, IngestError> {
        let Bundle {
            domain,
            batch: number,
            records,
            manifest,
            ..
        } = batch.bundle();
        let leaves: Vec<_> = records.iter().map(RecordRow::leaf).collect();
        let message = ledger::messages::Anchor {
            domain: *domain,
            expected: *number,
            record_root: merkle::root(Tree::Records, &leaves),
            index_commitment: batch.index_commitment,
            // Bounded by MAX_BATCH_RECORDS, which has 17 bits.
            records: records.len() as u32,
            manifest: *manifest,
        };
        for _ in 0..MAX_FINALITY_LOOKS {
            let head = aegle.chain.finalized().await?;
            // The manifest has a salt of its own: no other batch has it, whatever labels this one has by now.
            match aegle.batch(&head, *domain, *number).await? {
                Some(standing) if standing.record_root == message.record_root && standing.manifest == *manifest => {
                    let (block, receipt) = (head.number, None);
                    return Ok(Anchoring::Anchored { block, receipt });
                }
                Some(_) => return Ok(Anchoring::Taken),
                None => {}
            }
            match aegle.chain.call(&self.account, aegle.contracts.ledger, &message).await {
                Ok(((), receipt)) => {
                    let (block, receipt) = (receipt.block, Some(receipt));
                    return Ok(Anchoring::Anchored { block, receipt });
                }
                // By somebody else, or by an earlier attempt of this batch: what is finalized will tell.
                Err(CallError::Refused(LedgerError::BatchTaken { .. })) => {
                    aegle.indexer.transport().pause(FINALITY_PAUSE_MS).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(IngestError::NotFinalized(*number))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keywords_come_back_as_they_were_kept() {
        let keywords = vec![
            Keyword::code("http://loinc.org", "8480-6").unwrap(),
            Keyword::status("final").unwrap(),
            Keyword::day("2026-11-20").unwrap(),
        ];
        let batch = SealedBatch {
            rows: Vec::new(),
            keywords: Vec::new(),
            manifest_salt: DocumentSalt([7; 32]),
        };
        assert_eq!(
            SealedBatch::from_bytes(&batch.to_bytes()).unwrap().manifest_salt.0,
            [7; 32]
        );
        for keyword in keywords {
            let text = std::str::from_utf8(keyword.as_bytes()).unwrap();
            assert_eq!(Keyword::from_canonical(text), Ok(keyword));
        }
        for cut in 0..batch.to_bytes().len() {
            assert!(SealedBatch::from_bytes(&batch.to_bytes()[..cut]).is_err(), "{cut}");
        }
    }
}
