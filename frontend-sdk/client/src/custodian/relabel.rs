//! Labelling anew what is anchored: after an erasure, so that nothing tells what the record had; and several batches
//! together, so that a search goes through one table instead of many.

use super::{Custodian, IngestError, NewRecord, fresh};
use crate::{
    chain::{CallError, Chain, ChainError, Head, Receipt},
    deployment::{Aegle, OnChain},
    remote::{RemoteError, Transport},
};
use aegle_keys::RecordKeywords;
use aegle_protocol::{
    commitment::{IndexSalt, index_commitment},
    wire::{RecordPlace, Relabelling},
};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, Hash,
    ledger::{self, Batch, Fate, LedgerError, RecordPosition},
};
use aegle_sealed::{BatchSpan, UnverifiedLabelSet};
use futures_util::{StreamExt, TryStreamExt, stream};

/// Records whose fate the chain is asked for at the same time.
const PARALLEL_READS: usize = 16;
/// How long before an erasure is final no batch with its record is labelled anew, in milliseconds.
const FINAL_SOON_MS: u64 = 10 * 60 * 1_000;

/// A batch and the number of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSize {
    /// The batch.
    pub batch: BatchNumber,
    /// The number of its records.
    pub records: u32,
}

/// Batches that were labelled anew.
#[derive(Clone, Debug)]
pub struct Relabelled {
    /// The version of the labels.
    pub version: u16,
    /// The receipt of the transaction.
    pub receipt: Receipt,
}

/// The reason why batches are not labelled anew.
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
    /// Not as many records as the batches have.
    #[error("{found} records for {expected} that are anchored")]
    Records {
        /// Records given, those without content among them.
        found: usize,
        /// Records of the batches.
        expected: u32,
    },
    /// A record that is given is erased: it must not be labelled again.
    #[error("{0} is erased, and must be left out")]
    Erased(RecordPlace),
    /// A record that is left out is not erased: nobody would find it any more.
    #[error("{0} is not erased, and must be given")]
    Missing(RecordPlace),
    /// A record's erasure is final before the new labels are certain to be on chain.
    #[error("the erasure of {0} is final within 10 minutes: label the batch anew after that")]
    ErasedSoon(RecordPlace),
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
        /// The refusal.
        source: RemoteError,
    },
}

/// Returns for each record of a batch whether the ledger says that it is erased for good.
///
/// # Errors
/// The chain does not answer.
pub async fn erased<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    domain: DomainId,
    size: BatchSize,
) -> Result<Vec<bool>, ChainError> {
    let fates = fates(aegle, head, domain, size).await?;
    Ok(fates.into_iter().map(|fate| fate == Some(Fate::Erased)).collect())
}

/// Returns what became of each record of a batch.
///
/// # Errors
/// The chain does not answer.
pub async fn fates<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    domain: DomainId,
    size: BatchSize,
) -> Result<Vec<Option<Fate>>, ChainError> {
    let batch = size.batch;
    let fates = (0..size.records).map(async |index| aegle.fate(head, domain, RecordPosition { batch, index }).await);
    stream::iter(fates).buffered(PARALLEL_READS).try_collect().await
}

impl Custodian {
    /// Labels a batch anew under a fresh salt, puts the commitment on chain, and uploads the labels to the indexer.
    /// `records` are those of the batch, in the order in which they were ingested; `None` for each that is erased. A
    /// batch that was compacted is labelled with the others of its span: see [`Custodian::compact`].
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
        self.compact(aegle, domain, BatchSpan::one(batch), records).await
    }

    /// Replaces the labels of each batch of the span by labels that they have in common: a search goes through one
    /// count table then, whatever their number. It is called again with the same span after an erasure, or with a wider
    /// one that has it inside. `records` are those of all the batches, the first one's first, in the order in which
    /// they were ingested; `None` for each that is erased. They are 65,536 at most.
    ///
    /// # Errors
    /// See [`RelabelError`]. The ledger refuses what lies inside a span that was compacted.
    pub async fn compact<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        domain: DomainId,
        span: BatchSpan,
        records: &[Option<NewRecord<'_>>],
    ) -> Result<Relabelled, RelabelError> {
        let head = aegle.chain.finalized().await?;
        let read = async |batch| {
            let found = aegle.batch(&head, domain, batch).await?;
            let anchored = found.ok_or(RelabelError::NotAnchored { domain, batch })?;
            Ok::<_, RelabelError>((batch, anchored))
        };
        let reads = stream::iter(span.batches()).map(read).buffered(PARALLEL_READS);
        let batches: Vec<(BatchNumber, Batch)> = reads.try_collect().await?;
        let sizes: Vec<_> = batches
            .iter()
            .map(|(batch, anchored)| BatchSize {
                batch: *batch,
                records: anchored.records,
            })
            .collect();
        let expected = sizes.iter().fold(0, |sum: u32, size| sum.saturating_add(size.records));
        if u32::try_from(records.len()) != Ok(expected) {
            let found = records.len();
            return Err(RelabelError::Records { found, expected });
        }
        let keywords = self.keywords_anew(aegle, &head, domain, &sizes, records).await?;
        let registered = aegle.domain(&head, domain).await?;
        let state = registered.ok_or(IngestError::NoDomain(domain))?;
        let key = self.key_of(&state.key).ok_or(IngestError::OtherKey(domain))?;
        let labels = self.label(key, domain, state.epoch, span, &keywords)?;
        let commitment_salt = IndexSalt(fresh());
        let index_commitment = index_commitment(&labels, state.epoch, &commitment_salt);
        let relabelled = self
            .commit(aegle, &head, domain, span, &batches, index_commitment)
            .await?;
        let relabelling = Relabelling {
            domain,
            epoch: state.epoch,
            span,
            version: relabelled.version,
            labels: UnverifiedLabelSet::from(labels),
            commitment_salt,
        };
        let sent = self.once_seen(aegle, relabelled.receipt.block, async || {
            self.upload_relabelling(aegle, &relabelling).await
        });
        match sent.await {
            Ok(()) => Ok(relabelled),
            Err(source) => Err(RelabelError::NotUploaded {
                relabelling: Box::new(relabelling),
                source,
            }),
        }
    }

    /// Puts the commitment to new labels of a span on chain.
    async fn commit<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        head: &Head,
        domain: DomainId,
        span: BatchSpan,
        batches: &[(BatchNumber, Batch)],
        index_commitment: Hash,
    ) -> Result<Relabelled, RelabelError> {
        let (version, receipt) = match (span.log2(), batches) {
            (0, [(_, anchored)]) => {
                let version = anchored.version.saturating_add(1);
                let message = ledger::messages::Relabel {
                    domain,
                    batch: span.first(),
                    version,
                    index_commitment,
                };
                let ((), receipt) = aegle.chain.call(self.key(), aegle.contracts.ledger, &message).await?;
                (version, receipt)
            }
            _ => {
                let before = aegle.compaction(head, domain, &span).await?;
                let version = before.map_or(0, |before| before.version.saturating_add(1));
                let message = ledger::messages::Compact {
                    domain,
                    first: span.first(),
                    span_log2: span.log2(),
                    version,
                    index_commitment,
                };
                let ((), receipt) = aegle.chain.call(self.key(), aegle.contracts.ledger, &message).await?;
                (version, receipt)
            }
        };
        Ok(Relabelled { version, receipt })
    }

    /// Returns the keywords of the records of batches, once exactly those are given that are not erased.
    async fn keywords_anew<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        domain: DomainId,
        sizes: &[BatchSize],
        records: &[Option<NewRecord<'_>>],
    ) -> Result<Vec<RecordKeywords>, RelabelError> {
        let mut keywords = Vec::with_capacity(records.len());
        let mut rest = records.iter();
        for size in sizes {
            let fates = fates(aegle, head, domain, *size).await?;
            for ((number, fate), record) in (0_u32..).zip(fates).zip(&mut rest) {
                let batch = size.batch;
                let place = RecordPlace { batch, number };
                let soon = head.timestamp.saturating_add(FINAL_SOON_MS);
                // Labels that come on chain once it is final would still have the record, as if it had been left out.
                if matches!(fate, Some(Fate::Erasing { final_at, .. }) if final_at <= soon) {
                    return Err(RelabelError::ErasedSoon(place));
                }
                let is_erased = fate == Some(Fate::Erased);
                keywords.push(match record {
                    Some(_) if is_erased => return Err(RelabelError::Erased(place)),
                    None if !is_erased => return Err(RelabelError::Missing(place)),
                    Some(record) => self.keywords_of(aegle.bound_to(), domain, record).keywords,
                    // Labelled with padding alone, for nobody.
                    None => RecordKeywords {
                        patient: AccountId([0; 32]),
                        keywords: Vec::new(),
                        cohort: false,
                    },
                });
            }
        }
        Ok(keywords)
    }

    /// Uploads labels whose new commitment is finalized to the indexer.
    ///
    /// # Errors
    /// The indexer refuses.
    pub async fn upload_relabelling<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        relabelling: &Relabelling,
    ) -> Result<(), RemoteError> {
        aegle.indexer.put_relabelling(self.key(), relabelling).await
    }
}
