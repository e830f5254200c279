//! Who may see what: the deployed consent contract's own answer, at the finalized head, asked of the node each time.
//!
//! Nothing is decided here. What cannot be asked is not shown: without a node, with one that is behind what was indexed,
//! or with a view of the chain that is too old, every question is an error and never a yes.
mod cache;
mod gate;
mod question;

pub(crate) use aegle_http::wall_clock;
pub(crate) use gate::{Gate, GateError, NotReady, View};
pub(crate) use question::{Question, RecordQuestion, Verdict};

use aegle_chain::{ChainError, node::ChainLink};
use aegle_rules::{
    AccountId, Timestamp,
    consent::{Check, Decision, Facts},
};
use cache::Cache;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Oldest view of the chain that anything is decided on.
pub(crate) const MAX_VIEW_AGE: Duration = Duration::from_secs(60);
/// Questions that the node is asked at the same time, over all requests.
const MAX_PARALLEL_QUESTIONS: usize = 32;
/// Of these, by one request.
const MAX_PARALLEL_QUESTIONS_OF_A_REQUEST: usize = 8;

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// A reason why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PolicyError {
    /// The view of the chain is older than [`MAX_VIEW_AGE`].
    #[error("the view of the chain is too old")]
    Stale,
    /// The contract could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The indexer is shutting down.
    #[error("the indexer is shutting down")]
    Closed,
}

/// Asks the consent contract.
pub(crate) struct Policy {
    link: Arc<ChainLink>,
    consent: AccountId,
    questions: Semaphore,
    cache: Mutex<Cache>,
}

impl Policy {
    /// Builds a policy that asks `consent` over `link`.
    pub(crate) fn new(link: Arc<ChainLink>, consent: AccountId) -> Self {
        Self {
            link,
            consent,
            questions: Semaphore::new(MAX_PARALLEL_QUESTIONS),
            cache: Mutex::default(),
        }
    }

    /// Asks the contract for its verdict about one record.
    ///
    /// # Errors
    /// [`PolicyError`]: then nothing may be shown.
    pub(crate) async fn verdict(
        &self,
        view: &View,
        question: &Question,
        facts: &Facts,
    ) -> Result<Verdict, PolicyError> {
        if view.age() > MAX_VIEW_AGE {
            return Err(PolicyError::Stale);
        }
        let block = view.head().hash;
        if let Some(known) = self.with_cache(|cache| cache.get(block, question, facts)) {
            return Ok(known);
        }
        let chain_time = view.head().timestamp;
        // A chain ahead of our clock counts for both: the later time ends grants, and is the safer one.
        let wall_time = wall_clock().max(chain_time);
        let chain = self.ask(view, question, facts, chain_time).await?;
        let wall = if wall_time == chain_time {
            chain
        } else {
            self.ask(view, question, facts, wall_time).await?
        };
        let verdict = Verdict { chain, wall };
        self.with_cache(|cache| cache.put(block, question, facts, verdict));
        Ok(verdict)
    }

    /// Asks for the verdicts about several records, each with its own question, in their order.
    ///
    /// # Errors
    /// [`PolicyError`] if one of them cannot be had.
    pub(crate) async fn verdicts(&self, view: &View, asked: &[RecordQuestion]) -> Result<Vec<Verdict>, PolicyError> {
        stream::iter(asked.to_vec())
            .map(async |asked| self.verdict(view, &asked.question, &asked.facts).await)
            .buffered(MAX_PARALLEL_QUESTIONS_OF_A_REQUEST)
            .try_collect()
            .await
    }

    async fn ask(
        &self,
        view: &View,
        question: &Question,
        facts: &Facts,
        at: Timestamp,
    ) -> Result<Decision, PolicyError> {
        let _turn = self.questions.acquire().await.map_err(|_| PolicyError::Closed)?;
        let Question {
            requester,
            patient,
            purpose,
            research,
        } = *question;
        let message = Check {
            requester,
            patient,
            purpose,
            facts: *facts,
            research,
            membership: None,
            at,
        };
        let node = self.link.node().await?;
        Ok(node.read(view.head().hash, self.consent, &message).await?)
    }

    fn with_cache<T>(&self, action: impl FnOnce(&mut Cache) -> T) -> T {
        action(&mut self.cache.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
