//! Verified searches: the indexer proves that its answer is exactly what the query finds, and the client checks that
//! against the chain.

use crate::{
    account::AccountKey,
    chain::{Chain, ChainError, Head},
    deployment::{Aegle, OnChain},
    remote::{RemoteError, Transport},
};
use aegle_protocol::wire::{
    AnchoredLabels, AnswerError, ExpectedAnswer, ExpectedLabels, Hit, LabelCommitment, RecordPlace, SearchRequest,
    SearchRequestError, leaf_keys,
};
use aegle_rules::{
    BatchNumber, DomainId,
    ledger::{Batch, Compaction},
};
use aegle_sealed::{BatchSpan, limits::TREE_DEPTH};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Batches that the chain is asked about at the same time.
const PARALLEL_READS: usize = 16;
/// Batches that one verified search goes through at most: search a shorter window, or page by page.
pub const MAX_VERIFIED_BATCHES: usize = 1_024;

/// Hits that are verified: exactly what the query finds in the window of the tokens, as the custodian labelled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHits {
    /// The hits, newest batch first, and in a batch by rising numbers.
    pub hits: Vec<Hit>,
    /// The position after which the next page begins; `None` when this was the last one.
    pub next: Option<RecordPlace>,
    /// The number of bytes of evidence that were verified.
    pub evidence_bytes: usize,
}

/// The reason why an answer is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifiedSearchError {
    /// The request is malformed, or of a kind of which there is no evidence.
    #[error(transparent)]
    Request(#[from] SearchRequestError),
    /// The window has more batches than are verified at once.
    #[error("the window has {0} batches, more than the {MAX_VERIFIED_BATCHES} that are verified at once")]
    TooManyBatches(usize),
    /// Batches were compacted that have more records together than can be numbered.
    #[error("{0} have more records together than can be numbered")]
    TooManyRecords(BatchSpan),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A token reaches a batch that is not on chain.
    #[error("batch {batch} of domain {domain} is not on chain")]
    NotAnchored {
        /// The domain.
        domain: DomainId,
        /// The batch.
        batch: BatchNumber,
    },
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The indexer sent no evidence.
    #[error("the indexer proves nothing")]
    NoEvidence,
    /// The answer says that it goes on, and has fewer hits than were asked for.
    #[error("the answer ends early")]
    Unfinished,
    /// The answer is not what the query finds.
    #[error("the indexer's answer is false: {0}")]
    Answer(#[from] AnswerError),
}

impl VerifiedSearchError {
    /// Returns whether the answer is shown to be false.
    pub fn is_tampering(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::NoEvidence | Self::Unfinished)
    }
}

/// Searches, and verifies that the answer is sound and complete. The tokens' window must be of anchored batches, all of
/// which are read from the chain; the caller must be one who may see every record of the patient, such as the patient.
///
/// That a hit's name and metadata are those of the record with its number shows when the record is opened.
///
/// # Errors
/// See [`VerifiedSearchError`].
pub async fn verified_search<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    request: &SearchRequest,
) -> Result<VerifiedHits, VerifiedSearchError> {
    let request = SearchRequest {
        evidence: true,
        ..request.clone()
    };
    let asked = request.clone().verify()?;
    let domain = request.domain;
    let windows = || asked.terms.iter().flatten().map(|token| token.window());
    let end = windows().map(|window| window.to).max().unwrap_or_default();
    let from = windows().map(|window| window.from).min().unwrap_or_default();
    let newest = request
        .after
        .map_or(end, |after| end.min(after.batch.0.saturating_add(1)));
    let window = newest.saturating_sub(from) as usize;
    if window > MAX_VERIFIED_BATCHES {
        return Err(VerifiedSearchError::TooManyBatches(window));
    }
    let epochs: BTreeSet<u16> = asked
        .terms
        .iter()
        .flatten()
        .map(|token| token.context().epoch)
        .collect();
    let answer = aegle.indexer.search(key, &request).await?;
    // Read after the answer came: what the indexer may not have seen yet is in no answer of it.
    let head = aegle.chain.finalized().await?;
    let anchored = anchored_labels(aegle, &head, domain, from..newest).await?;
    let labels = anchored.into_iter().map(|anchored| {
        let span = anchored.span();
        let of_epoch = |epoch: &u16| Some((*epoch, leaf_keys(&asked.terms, span, *epoch)?));
        let expected = ExpectedLabels {
            leaf_keys: epochs.iter().filter_map(of_epoch).collect(),
            anchored,
            universe: None,
        };
        (span.first(), expected)
    });
    let labels: BTreeMap<BatchNumber, ExpectedLabels> = labels.collect();
    let evidence = answer.evidence.ok_or(VerifiedSearchError::NoEvidence)?;
    if answer.next.is_some() && answer.hits.len() != request.limit as usize {
        return Err(VerifiedSearchError::Unfinished);
    }
    let expected = ExpectedAnswer {
        query: &asked.query,
        end,
        labels: &labels,
        after: request.after,
        limit: request.limit,
    };
    let places: Vec<RecordPlace> = answer.hits.iter().map(RecordPlace::from).collect();
    evidence.verify(&expected, &places)?;
    Ok(VerifiedHits {
        hits: answer.hits,
        next: answer.next,
        evidence_bytes: scale::Encode::encoded_size(&evidence),
    })
}

/// Reads the labels of the batches of a window from the chain: for each batch its own, or those of the widest span in
/// which it was compacted, all of whose batches count.
async fn anchored_labels<C: Chain>(
    aegle: &OnChain<'_, C>,
    head: &Head,
    domain: DomainId,
    window: Range<u32>,
) -> Result<Vec<AnchoredLabels>, VerifiedSearchError> {
    let around = |batch| {
        (0..=TREE_DEPTH)
            .rev()
            .filter_map(move |log2| BatchSpan::around(BatchNumber(batch), log2))
    };
    let compactable: BTreeSet<BatchSpan> = window.clone().flat_map(around).filter(|span| span.log2() > 0).collect();
    let read = async |span: BatchSpan| {
        let compaction = aegle.compaction(head, domain, &span).await?;
        Ok::<_, ChainError>(compaction.map(|compaction| (span, compaction)))
    };
    let found = stream::iter(compactable).map(read).buffer_unordered(PARALLEL_READS);
    let compactions: BTreeMap<BatchSpan, Compaction> =
        found.try_filter_map(async |found| Ok(found)).try_collect().await?;
    // The widest one counts, and the batch alone where there is none.
    let counts = |span: &BatchSpan| span.log2() == 0 || compactions.contains_key(span);
    let spans: BTreeSet<BatchSpan> = window.filter_map(|batch| around(batch).find(counts)).collect();
    let read = async |batch: BatchNumber| {
        let found = aegle.batch(head, domain, batch).await?;
        let anchored = found.ok_or(VerifiedSearchError::NotAnchored { domain, batch })?;
        Ok::<_, VerifiedSearchError>((batch, anchored))
    };
    let wanted = spans.iter().flat_map(BatchSpan::batches);
    let found = stream::iter(wanted).map(read).buffer_unordered(PARALLEL_READS);
    let batches: BTreeMap<BatchNumber, Batch> = found.try_collect().await?;
    let anchored = spans.into_iter().map(|span| {
        let Some(compaction) = compactions.get(&span) else {
            return Ok(AnchoredLabels::of_batch(span.first(), &batches[&span.first()]));
        };
        let records = batches
            .range(span.first()..=span.last())
            .map(|(_, batch)| batch.records);
        let commitment = LabelCommitment {
            version: compaction.version,
            index_commitment: compaction.index_commitment,
        };
        AnchoredLabels::of_span(span, records, commitment).ok_or(VerifiedSearchError::TooManyRecords(span))
    });
    anchored.collect()
}
