//! Searches beside the writer.

use crate::{
    request::{SearchError, SpanHits, SpanView},
    seen::SeenTokens,
    snapshot::Snapshot,
};
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{Label, Query, VerifiedToken};
use roaring::RoaringBitmap;
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

    /// The records of `batches` that the query finds, newest batch first, batches without a hit left out.
    ///
    /// `terms` holds for each term of the query its tokens, for any number of segments and epochs, all of `domain` and
    /// of one scope; the batches that none of them opens are left out. The caller sees to it that the asker may search
    /// the scope, and that each universe holds records of that scope alone.
    ///
    /// Many batches are searched in several threads, at most [`crate::limits::MAX_SEARCH_THREADS`].
    pub fn search(
        &self,
        domain: DomainId,
        query: &Query,
        terms: &[Vec<VerifiedToken>],
        batches: &[SpanView<'_>],
    ) -> Result<Vec<(BatchNumber, RoaringBitmap)>, SearchError> {
        let outcome = self.snapshot().search(domain, (query, &[]), terms, batches, |_| None)?;
        Ok(outcome.answer.into_iter().map(Into::into).collect())
    }

    /// The same as [`Self::search`], faster with tokens that `owner` searched with before; what is learnt is kept in
    /// `seen` for the next time. `owner` is the account that asks, as the caller has authenticated it. The hits come again
    /// by groups, each of which is the number of a term.
    pub fn search_seen(
        &self,
        seen: &SeenTokens,
        owner: AccountId,
        domain: DomainId,
        (query, groups): (&Query, &[usize]),
        terms: &[Vec<VerifiedToken>],
        batches: &[SpanView<'_>],
    ) -> Result<Vec<SpanHits>, SearchError> {
        let before = |token: &VerifiedToken| seen.of(owner, token);
        let outcome = self
            .snapshot()
            .search(domain, (query, groups), terms, batches, before)?;
        for (tokens, learnt) in terms.iter().zip(outcome.learnt) {
            for (token, learnt) in tokens.iter().zip(learnt) {
                seen.learn(owner, token, learnt);
            }
        }
        Ok(outcome.answer)
    }

    /// Whether any file still holds `label`, be its document deleted or not: to test purging.
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
