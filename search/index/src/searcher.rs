//! Searches beside the writer.

use crate::{
    block::Block,
    request::{LabelSearch, SearchError, SpanHits},
    schema::BatchKey,
    snapshot::Snapshot,
    token_cache::TokenCache,
};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{Label, LabelSet, VerifiedToken};
use std::sync::{Arc, PoisonError, RwLock};

/// Labels that the index holds: of a batch, or of a span of batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldLabels {
    /// The domain.
    pub domain: DomainId,
    /// The batch, or the first of the span.
    pub first: BatchNumber,
    /// The number of records that are in the index.
    pub records: u32,
}

/// Searches the last commit. Clones share it, and see the next one as soon as it is there.
#[derive(Clone)]
pub struct LabelSearcher {
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
}

impl LabelSearcher {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot: Arc::new(RwLock::new(Arc::new(snapshot))),
        }
    }

    /// Returns the records that the query finds, newest batch first, batches without a hit left out.
    ///
    /// Many batches are searched in several threads, at most [`crate::limits::MAX_SEARCH_THREADS`].
    ///
    /// # Errors
    /// [`SearchError`]: tokens that do not fit the query or each other, too much work, a false count table, or the disk's.
    pub fn search(&self, search: &LabelSearch<'_>) -> Result<Vec<SpanHits>, SearchError> {
        Ok(self.snapshot().search(search, |_| None)?.answer)
    }

    /// Searches as [`Self::search`] does, with what `cache` has of the tokens that `owner` searched with before, and
    /// keeps there what it learns. `owner` is the account that asks, as the caller has authenticated it.
    ///
    /// # Errors
    /// [`SearchError`], as [`Self::search`].
    pub fn search_cached(
        &self,
        cache: &TokenCache,
        owner: AccountId,
        search: &LabelSearch<'_>,
    ) -> Result<Vec<SpanHits>, SearchError> {
        let known = |token: &VerifiedToken| cache.get(owner, token);
        let outcome = self.snapshot().search(search, known)?;
        for (tokens, learnt) in search.terms.iter().zip(outcome.learnt) {
            for (token, learnt) in tokens.iter().zip(learnt) {
                cache.learn(owner, token, learnt);
            }
        }
        Ok(outcome.answer)
    }

    /// Returns every label set that the index holds, in the order of domains and batches: to be compared with what it is
    /// made from. A batch whose every record is erased is not held.
    pub fn held(&self) -> Vec<HeldLabels> {
        let snapshot = self.snapshot();
        let held = snapshot.held().map(|(batch_key, records)| HeldLabels {
            domain: batch_key.domain(),
            first: batch_key.batch(),
            records,
        });
        let mut held: Vec<HeldLabels> = held.collect();
        held.sort_unstable();
        held
    }

    /// Returns the number of label sets that are in the index once too often: none, unless something is wrong.
    pub fn duplicates(&self) -> u64 {
        self.snapshot().duplicates()
    }

    /// Returns whether the index holds these labels of the batch, or of the span that begins with it, and nothing else of
    /// them: each with its record, but those of the records that are erased.
    ///
    /// # Errors
    /// [`SearchError::Storage`], the disk's.
    pub fn holds(
        &self,
        domain: DomainId,
        first: BatchNumber,
        labels: &LabelSet,
        erased: &[u32],
    ) -> Result<bool, SearchError> {
        let mut expected = Block::new(labels);
        expected.erase(&erased.iter().copied().collect());
        let snapshot = self.snapshot();
        Ok(match snapshot.block(BatchKey::new(domain, first))? {
            None => expected.numbers.is_empty(),
            Some(stored) => {
                let stored = stored.read();
                (stored.entries, stored.numbers) == (expected.entries, expected.numbers)
            }
        })
    }

    /// Returns whether any file still holds `label`, be its document deleted or not: to test purging.
    ///
    /// # Errors
    /// [`SearchError::Storage`].
    pub fn holds_label(&self, label: &Label) -> Result<bool, SearchError> {
        Ok(self.snapshot().holds_label(label)?)
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn show(&self, snapshot: Snapshot) {
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}
