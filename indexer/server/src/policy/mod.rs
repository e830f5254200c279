//! Who may see what: the deployed consent contract's own answer, at the finalized head, asked of the node each time.
//!
//! Nothing is decided here. What cannot be asked is not shown: without a node, with one that is behind what was indexed,
//! or with a view of the chain that is too old, every question is an error and never a yes.
mod cache;
mod gate;

pub(crate) use aegle_http::wall_clock;
pub use gate::{Gate, GateError, NotReady, View};

use crate::chain::{ChainLink, LinkError};
use aegle_rules::{
    AccountId, GrantId, Purposes, Timestamp,
    consent::{Check, Decision, Declaration, Facts},
};
use cache::Cache;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Oldest view of the chain that anything is decided on.
pub const MAX_VIEW_AGE: Duration = Duration::from_secs(60);
/// Questions that the node is asked at the same time, over all requests.
const MAX_PARALLEL_QUESTIONS: usize = 32;
/// Of these, by one request.
const MAX_PARALLEL_QUESTIONS_OF_A_REQUEST: usize = 8;

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// Who asks about whose records, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub requester: AccountId,
    /// Whose records.
    pub patient: AccountId,
    /// Exactly one purpose.
    pub purpose: Purposes,
    /// What a researcher declares; nothing for other purposes.
    pub research: Declaration,
}

impl Question {
    /// A question without a declaration.
    pub fn plain(requester: AccountId, patient: AccountId, purpose: Purposes) -> Self {
        Self {
            requester,
            patient,
            purpose,
            research: Declaration::default(),
        }
    }
}

/// The contract's answers at the chain's time and at the wall clock's, for one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    chain: Decision,
    wall: Decision,
}

impl Verdict {
    /// Whether the record may be shown: permitted at both times.
    pub fn allows(&self) -> bool {
        [self.chain, self.wall]
            .iter()
            .all(|decision| !matches!(decision, Decision::Denied(_)))
    }

    /// The grant that permits it now; `None` if it is denied, or the patient's own.
    pub fn permitted_by(&self) -> Option<GrantId> {
        match self.wall {
            Decision::Permitted(grant) => Some(grant),
            _ => None,
        }
    }

    /// The grant that permits it, at both times.
    pub fn grant(&self) -> Option<GrantId> {
        match (self.chain, self.wall) {
            (Decision::Permitted(chain), Decision::Permitted(wall)) if chain == wall => Some(chain),
            _ => None,
        }
    }
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The view of the chain is older than [`MAX_VIEW_AGE`].
    #[error("the view of the chain is too old")]
    Stale,
    /// The contract could not be asked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The indexer is shutting down.
    #[error("the indexer is shutting down")]
    Closed,
}

/// Asks the consent contract.
pub struct Policy {
    link: Arc<ChainLink>,
    consent: AccountId,
    questions: Semaphore,
    cache: Mutex<Cache>,
}

impl Policy {
    /// A policy that asks `consent` over `link`.
    pub fn new(link: Arc<ChainLink>, consent: AccountId) -> Self {
        Self {
            link,
            consent,
            questions: Semaphore::new(MAX_PARALLEL_QUESTIONS),
            cache: Mutex::default(),
        }
    }

    /// The contract's verdict about one record.
    ///
    /// # Errors
    /// [`PolicyError`]: then nothing may be shown.
    pub async fn verdict(&self, view: &View, question: &Question, facts: &Facts) -> Result<Verdict, PolicyError> {
        if view.age() > MAX_VIEW_AGE {
            return Err(PolicyError::Stale);
        }
        let block = view.head().block;
        if let Some(known) = self.with_cache(|cache| cache.get(block.hash, question, facts)) {
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
        self.with_cache(|cache| cache.put(block.hash, question, facts, verdict));
        Ok(verdict)
    }

    /// The verdicts about several records, each with its own question, in their order.
    ///
    /// # Errors
    /// [`PolicyError`] if one of them cannot be had.
    pub async fn verdicts(&self, view: &View, asked: &[(Question, Facts)]) -> Result<Vec<Verdict>, PolicyError> {
        stream::iter(asked.to_vec())
            .map(async |(question, facts)| self.verdict(view, &question, &facts).await)
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
        Ok(self.link.ask(&self.consent, &message, view.head().block).await?)
    }

    fn with_cache<T>(&self, action: impl FnOnce(&mut Cache) -> T) -> T {
        action(&mut self.cache.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::consent::Denial;

    #[test]
    fn a_record_is_shown_only_if_both_times_permit() {
        let (one, two) = (GrantId(1), GrantId(2));
        for (chain, wall, allows, grant) in [
            (Decision::Own, Decision::Own, true, None),
            (Decision::Permitted(one), Decision::Permitted(one), true, Some(one)),
            (Decision::Permitted(one), Decision::Permitted(two), true, None),
            (Decision::Permitted(one), Decision::Denied(Denial::NoGrant), false, None),
            (Decision::Denied(Denial::Role), Decision::Permitted(one), false, None),
            (
                Decision::Denied(Denial::DeniedBy(one)),
                Decision::Denied(Denial::NoGrant),
                false,
                None,
            ),
        ] {
            let verdict = Verdict { chain, wall };
            assert_eq!((verdict.allows(), verdict.grant()), (allows, grant), "{verdict:?}");
        }
    }
}
