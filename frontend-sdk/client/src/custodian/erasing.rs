//! Erasing records: attested on chain, and the batch labelled anew, so that nothing tells what the record had.

use super::{Custodian, IngestError, NewRecord, ingestion::fresh};
use crate::{
    chain::{CallError, Chain, ChainError, Head, Receipt},
    deployment::Aegle,
    fhir::FhirError,
    remote::{RemoteError, Transport},
};
use aegle_crypto::{
    commitment::{IndexSalt, index_commitment},
    protocol::Relabelling,
};
use aegle_rules::{
    BatchNumber, DomainId,
    ledger::{self, ErasureReason, LedgerError},
};
use aegle_sealed::{RecordKeywords, UnverifiedLabelSet};
use futures_util::{StreamExt, TryStreamExt, stream};

/// Records whose fate the chain is asked for at the same time.
const PARALLEL_READS: usize = 16;

/// A batch that was labelled anew.
#[derive(Clone, Debug)]
pub struct Relabelled {
    /// The version of the labels.
    pub version: u16,
    /// What it cost.
    pub receipt: Receipt,
}

/// Why a batch is not labelled anew.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelabelError {
    /// There is no such batch.
    #[error("batch {batch} of domain {domain} is not on chain")]
    NotAnchored {
        /// The domain.
        domain: DomainId,
        /// The batch.
        batch: BatchNumber,
    },
    /// Not as many records as the batch has.
    #[error("{found} records for a batch of {expected}")]
    Records {
        /// Records given, those without content among them.
        found: usize,
        /// Records of the batch.
        expected: u32,
    },
    /// A record that is given is erased: it must not be labelled again.
    #[error("record {0} of the batch is erased, and must be left out")]
    Erased(u32),
    /// A record that is left out is not erased: nobody would find it any more.
    #[error("record {0} of the batch is not erased, and must be given")]
    Missing(u32),
    /// A resource has too many keywords.
    #[error(transparent)]
    Fhir(#[from] FhirError),
    /// The batch cannot be labelled.
    #[error(transparent)]
    Label(#[from] IngestError),
    /// The ledger refused, or the chain.
    #[error("relabelling: {0}")]
    Ledger(#[from] CallError<LedgerError>),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The new labels are on chain, but the indexer does not have them: give them to [`Custodian::upload_relabelling`]
    /// again. Until then the batch gives no proofs.
    #[error("the labels are on chain, but were not uploaded: {source}")]
    NotUploaded {
        /// The labels.
        relabelling: Box<Relabelling>,
        /// What went wrong.
        source: RemoteError,
    },
}

/// For each record of a batch of so many, whether the ledger says that it is erased.
///
/// # Errors
/// When the chain does not answer.
pub async fn erased<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    head: &Head,
    domain: DomainId,
    (batch, records): (BatchNumber, u32),
) -> Result<Vec<bool>, ChainError> {
    let fates = (0..records).map(async |index| {
        let message = ledger::messages::Fate { domain, batch, index };
        let fate = aegle.chain.read(head.hash, aegle.contracts.ledger, &message).await?;
        Ok(matches!(fate, Some(ledger::Fate::Erased { .. })))
    });
    stream::iter(fates).buffered(PARALLEL_READS).try_collect().await
}

impl Custodian {
    /// Attests that a record is erased. From the next block on no indexer shows it; within 24 hours label its batch anew
    /// ([`Custodian::relabel`]), and erase your own copies and keys.
    ///
    /// # Errors
    /// When the ledger refuses, or the chain.
    pub async fn attest_erasure<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        (batch, index): (BatchNumber, u32),
        reason: ErasureReason,
    ) -> Result<Receipt, CallError<LedgerError>> {
        let message = ledger::messages::AttestErasure {
            domain,
            batch,
            index,
            reason,
        };
        let ((), receipt) = aegle.chain.call(self.key(), aegle.contracts.ledger, &message).await?;
        Ok(receipt)
    }

    /// Labels a batch anew under a fresh salt, puts the commitment on chain, and gives the labels to the indexer.
    /// `records` are those of the batch, in the order in which they were ingested; `None` for each that is erased.
    ///
    /// # Errors
    /// See [`RelabelError`].
    pub async fn relabel<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        batch: BatchNumber,
        records: &[Option<NewRecord<'_>>],
    ) -> Result<Relabelled, RelabelError> {
        let head = aegle.chain.finalized().await?;
        let anchored = aegle
            .batch(&head, domain, batch)
            .await?
            .ok_or(RelabelError::NotAnchored { domain, batch })?;
        if u32::try_from(records.len()) != Ok(anchored.records) {
            return Err(RelabelError::Records {
                found: records.len(),
                expected: anchored.records,
            });
        }
        let erased = erased(aegle, &head, domain, (batch, anchored.records)).await?;
        let mut keywords = Vec::with_capacity(records.len());
        for ((index, record), is_erased) in (0_u32..).zip(records).zip(erased) {
            keywords.push(match record {
                Some(_) if is_erased => return Err(RelabelError::Erased(index)),
                None if !is_erased => return Err(RelabelError::Missing(index)),
                Some(record) => self.keywords_of(record)?.0,
                // Labelled with padding alone, for nobody.
                None => RecordKeywords {
                    patient: aegle_rules::AccountId([0; 32]),
                    keywords: Vec::new(),
                    cohort: false,
                },
            });
        }
        let state = aegle
            .domain(&head, domain)
            .await?
            .ok_or(IngestError::NoDomain(domain))?;
        let key = self.key_of(&state.key).ok_or(IngestError::OtherKey(domain))?;
        let labels = self.label(key, domain, state.epoch, batch, &keywords)?;
        let commitment_salt = IndexSalt(fresh());
        let version = anchored.version.saturating_add(1);
        let message = ledger::messages::Relabel {
            domain,
            batch,
            version,
            index_commitment: index_commitment(&labels, state.epoch, &commitment_salt),
        };
        let ((), receipt) = aegle.chain.call(self.key(), aegle.contracts.ledger, &message).await?;
        let relabelling = Relabelling {
            domain,
            epoch: state.epoch,
            batch,
            version,
            labels: UnverifiedLabelSet::from(labels),
            commitment_salt,
        };
        let sent = self.once_seen(aegle, receipt.block, async || {
            self.upload_relabelling(aegle, &relabelling).await
        });
        match sent.await {
            Ok(()) => Ok(Relabelled { version, receipt }),
            Err(source) => Err(RelabelError::NotUploaded {
                relabelling: Box::new(relabelling),
                source,
            }),
        }
    }

    /// Gives the indexer new labels of a batch whose commitment is finalized.
    ///
    /// # Errors
    /// When the indexer refuses.
    pub async fn upload_relabelling<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        relabelling: &Relabelling,
    ) -> Result<(), RemoteError> {
        aegle.indexer.put_relabelling(self.key(), relabelling).await
    }
}
