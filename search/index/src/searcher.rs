//! Searches beside the writer.

use crate::{
    request::{LabelSearch, SearchError, SpanHits},
    snapshot::Snapshot,
    token_cache::TokenCache,
};
use aegle_rules::AccountId;
use aegle_sealed::{Label, VerifiedToken};
use std::sync::{Arc, PoisonError, RwLock};

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

    /// Returns whether any file still holds `label`, be its document deleted or not: to test purging.
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
