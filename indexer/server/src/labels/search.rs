//! Searching the label index, with what Postgres knows of each batch.
use super::{Labels, LabelsError};
use crate::store::{Counts, Records, ScopeBatches, StoreError};
use aegle_index::{LabelSearch, SearchError, SpanHits, SpanView};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{Query, VerifiedToken};
use roaring::RoaringBitmap;
use std::sync::{Arc, PoisonError};

/// A search over records of one scope in one domain.
pub struct SearchInput {
    /// The account that asks.
    pub owner: AccountId,
    /// The domain.
    pub domain: DomainId,
    /// The universe: the records of the scope that the account may see, and nothing else is searched.
    pub universe: Records,
    /// The boolean expression over the terms.
    pub query: Query,
    /// The terms by which the hits are given again.
    pub groups: Vec<usize>,
    /// For each term of the query, its tokens, a segment each.
    pub terms: Arc<Vec<Vec<VerifiedToken>>>,
    /// The most batches that may be searched.
    pub max_batches: usize,
}

/// The hits of a search in one batch.
#[derive(Debug)]
pub struct BatchHits {
    /// The batch.
    pub batch: BatchNumber,
    /// The numbers of the records that the query finds.
    pub hits: RoaringBitmap,
    /// For each group those of them that have its term.
    pub groups: Vec<RoaringBitmap>,
}

/// The records of a scope in one batch or span of batches, with its count table.
struct Labelled {
    scope: ScopeBatches,
    counts: Arc<Counts>,
}

impl Labelled {
    fn view(&self) -> SpanView<'_> {
        SpanView {
            span: self.scope.span,
            epoch: self.scope.epoch,
            salt: self.counts.salt,
            counts: &self.counts.table,
            universe: &self.scope.numbers,
        }
    }
}

impl Labels {
    /// Returns the records of the universe that the query finds, newest batch first. Without a universe the index is not
    /// touched.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn search(&self, input: SearchInput) -> Result<Vec<BatchHits>, LabelsError> {
        self.following()?;
        if input.universe.is_empty() {
            return Ok(Vec::new());
        }
        let _searching = self.exchanging.read().await;
        let visible = *self.visible.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = input.max_batches;
        let batches = self.store.labelled(input.domain, visible, &input.universe).await?;
        if batches.len() > limit {
            return Err(LabelsError::TooManyBatches { limit });
        }
        let mut labelled = Vec::with_capacity(batches.len());
        for scope in batches {
            let counts = self.counts(input.domain, scope.span.first()).await?;
            labelled.push(Labelled { scope, counts });
        }
        let (searcher, cache) = (self.searcher.clone(), self.token_cache.clone());
        let task = tokio::task::spawn_blocking(move || {
            let views: Vec<SpanView<'_>> = labelled.iter().map(Labelled::view).collect();
            let search = LabelSearch {
                groups: &input.groups,
                ..LabelSearch::new(input.domain, &input.query, &input.terms, &views)
            };
            let found = searcher.search_cached(&cache, input.owner, &search)?;
            // What is found comes in the order of the views, some of which find nothing.
            let mut rest = labelled.iter();
            let of_batches = found.into_iter().flat_map(|found| {
                let labelled = rest.find(|labelled| labelled.scope.span == found.span);
                by_batch(found, labelled.map_or(&[], |labelled| &labelled.counts.starts))
            });
            Ok(of_batches.collect())
        });
        task.await
            .map_err(|_| LabelsError::Closed)?
            .map_err(|error| match error {
                // Ours: the disk's, or a count table that a custodian made wrong.
                SearchError::Storage(_) | SearchError::FalseCount { .. } | SearchError::DuplicateBatch { .. } => {
                    LabelsError::Search(error)
                }
                SearchError::NoTokenOfEpoch { .. } => LabelsError::OtherEpoch(error),
                SearchError::SpanCut { .. } => LabelsError::SpanCut(error),
                error => LabelsError::Refused(error),
            })
    }

    async fn counts(&self, domain: DomainId, first: BatchNumber) -> Result<Arc<Counts>, LabelsError> {
        let key = (domain, first);
        if let Some(found) = self
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tables
            .get(&key)
        {
            return Ok(found.clone());
        }
        let found = self
            .store
            .counts(domain, first)
            .await?
            .ok_or(StoreError::Corrupt { column: "counts" })?;
        let found = Arc::new(found);
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, found.clone());
        Ok(found)
    }
}

/// Divides what was found among labels by the batches of the records, newest first; `starts` says where the records of
/// each batch begin among the labels.
fn by_batch(found: SpanHits, starts: &[u32]) -> Vec<BatchHits> {
    let SpanHits { span, hits, groups } = found;
    if span.log2() == 0 {
        let batch = span.first();
        return vec![BatchHits { batch, hits, groups }];
    }
    let of_batch = |(at, batch): (usize, BatchNumber)| {
        let start = starts.get(at).copied().unwrap_or(u32::MAX);
        let end = starts.get(at + 1).copied().unwrap_or(u32::MAX);
        let part = |numbers: &RoaringBitmap| numbers.range(start..end).map(|number| number - start).collect();
        BatchHits {
            batch,
            hits: part(&hits),
            groups: groups.iter().map(part).collect(),
        }
    };
    let mut parts: Vec<BatchHits> = span.batches().enumerate().map(of_batch).collect();
    parts.retain(|part| !part.hits.is_empty());
    parts.reverse();
    parts
}
