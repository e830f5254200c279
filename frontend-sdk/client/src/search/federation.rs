//! One search in many sources: at several custodians, in the records of many patients, asked at the same time and put
//! together by the time at which they were anchored.
//!
//! Each custodian is asked by itself, under a blinding of its own: none can tell that another one was asked. Several patients at
//! one custodian are asked about together, so that it sees that they are asked about with the same words; see
//! [`tokens::KeysAtHand`](super::tokens::KeysAtHand). The indexer sees that one account searches several scopes.

use crate::{
    account::AccountKey,
    chain::{Chain, ChainError},
    deployment::{Aegle, OnChain},
    remote::{RemoteError, Transport},
    search::tokens::{KeysAtHand, SearchedDomain, TokensError},
};
use aegle_protocol::wire::{Hit, RecordPlace, SearchAnswer, SearchRequest};
use aegle_rules::{BatchNumber, DomainId, Timestamp};
use aegle_sealed::query::ParsedQuery;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    vec,
};

mod source;
mod together;

pub use source::Source;

use together::Together;

/// Most sources of one search.
pub const MAX_SOURCES: usize = 1_024;
/// Sources that are asked at the same time.
const PARALLEL_SOURCES: usize = 16;

/// The reason why a source gave no hits.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The indexer refused, or does not answer.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(Arc<ChainError>),
    /// A hit is of a batch that is not on chain.
    #[error("a hit is of batch {0}, which is not on chain")]
    NotAnchored(BatchNumber),
}

/// More sources than [`MAX_SOURCES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} sources in one search, more than {MAX_SOURCES}")]
pub struct TooManySources(pub usize);

/// The progress of a search in one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing is shown yet.
    #[default]
    Start,
    /// Everything up to this position is shown.
    After(RecordPlace),
    /// All is shown.
    End,
}

/// A hit, with where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FederatedHit {
    /// The index of the source among those that were asked.
    pub source: usize,
    /// The time at which the hit's batch was anchored, in milliseconds since the Unix epoch, as the chain has it.
    pub anchored_at: Timestamp,
    /// The hit.
    pub hit: Hit,
}

/// A page of hits from all sources.
#[derive(Debug)]
pub struct FederatedPage {
    /// The hits, those that were anchored last first.
    pub hits: Vec<FederatedHit>,
    /// The progress in each source, with which the next page is asked for.
    pub progress: Vec<Progress>,
    /// The sources that gave nothing, by index. What they hold is missing from the page; they are asked again for the next.
    pub failed: Vec<(usize, SourceError)>,
}

/// One query in many sources, with the tokens for each that gave some.
#[derive(Debug)]
pub struct Federation {
    /// The number of sources that were asked for tokens.
    sources: usize,
    requests: Vec<(usize, SearchRequest)>,
    /// The times at which batches were anchored, as the chain had them: they never change.
    anchored: Mutex<BTreeMap<(DomainId, BatchNumber), Timestamp>>,
    /// The sources that gave no tokens, by index. What they hold is missing from every page.
    pub refused: Vec<(usize, TokensError)>,
}

/// The hits of one source that have not been shown.
struct Found {
    source: usize,
    hits: Peekable<vec::IntoIter<FederatedHit>>,
    /// The position after these hits; `None` when they are the last.
    next: Option<RecordPlace>,
}

impl Federation {
    /// Asks the token service of every source for tokens, but for those of which the keys are at hand. A source that refuses
    /// or does not answer keeps no other from answering.
    ///
    /// # Errors
    /// [`TooManySources`].
    pub async fn prepare<C: Chain, T: Transport, S: Transport>(
        aegle: &Aegle<'_, C, T>,
        key: &AccountKey,
        sources: &[Source<'_, S>],
        query: &ParsedQuery,
        at_hand: &KeysAtHand,
    ) -> Result<Self, TooManySources> {
        if sources.len() > MAX_SOURCES {
            return Err(TooManySources(sources.len()));
        }
        let domains = read_domains(aegle, sources.iter().map(|source| source.domain).collect()).await;
        let ask = async |together: Together| together.ask(key, sources, &domains, query, at_hand).await;
        let answers: Vec<_> = stream::iter(Together::of(sources))
            .map(ask)
            .buffered(PARALLEL_SOURCES)
            .collect()
            .await;
        let (mut requests, mut refused) = (Vec::new(), Vec::new());
        for (source, answer) in answers.into_iter().flatten() {
            match answer {
                Ok(request) => requests.push((source, request)),
                Err(error) => refused.push((source, error)),
            }
        }
        requests.sort_unstable_by_key(|(source, _)| *source);
        refused.sort_unstable_by_key(|(source, _)| *source);
        Ok(Self {
            sources: sources.len(),
            requests,
            anchored: Mutex::default(),
            refused,
        })
    }

    /// Returns the hits that come next, at most `limit`; fewer when a source must be asked again before their order is
    /// known. `progress` is that of the page before, or empty.
    pub async fn page<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        key: &AccountKey,
        progress: &[Progress],
        limit: u32,
    ) -> FederatedPage {
        let before = |source: usize| progress.get(source).copied().unwrap_or_default();
        let search = async |(source, request): &(usize, SearchRequest)| {
            let after = match before(*source) {
                Progress::Start => None,
                Progress::After(place) => Some(place),
                Progress::End => return None,
            };
            let request = SearchRequest {
                limit,
                after,
                ..request.clone()
            };
            Some((*source, request.domain, aegle.indexer.search(key, &request).await))
        };
        let answers = stream::iter(&self.requests).map(search).buffered(PARALLEL_SOURCES);
        let answers: Vec<_> = answers.filter_map(async |answer| answer).collect().await;
        let hits = answers
            .iter()
            .filter_map(|(_, domain, answer)| Some((*domain, answer.as_ref().ok()?)));
        let batches = hits.flat_map(|(domain, answer)| answer.hits.iter().map(move |hit| (domain, hit.batch)));
        let unread = self.read_anchored(aegle, batches.collect()).await;
        let (mut all, mut failed) = (Vec::new(), Vec::new());
        for (source, domain, answer) in answers {
            let found = answer
                .map_err(SourceError::from)
                .and_then(|answer| self.found(source, domain, answer, &unread));
            match found {
                Ok(found) => all.push(found),
                Err(error) => failed.push((source, error)),
            }
        }
        let mut progress: Vec<Progress> = (0..self.sources).map(before).collect();
        let hits = merge(&mut all, &mut progress, limit as usize);
        FederatedPage { hits, progress, failed }
    }

    /// Reads when batches were anchored, each once for all sources and pages. Returns the error if some are still
    /// unknown.
    async fn read_anchored<C: Chain>(
        &self,
        on_chain: &OnChain<'_, C>,
        mut batches: BTreeSet<(DomainId, BatchNumber)>,
    ) -> Option<Arc<ChainError>> {
        batches.retain(|batch| !self.known().contains_key(batch));
        if batches.is_empty() {
            return None;
        }
        let read = async {
            let head = on_chain.chain.finalized().await?;
            let read = async |(domain, batch)| {
                let anchored = on_chain.batch(&head, domain, batch).await?;
                if let Some(anchored) = anchored {
                    self.known().insert((domain, batch), anchored.anchored_at);
                }
                Ok(())
            };
            let reads = stream::iter(batches).map(read).buffer_unordered(PARALLEL_SOURCES);
            reads.try_collect::<()>().await
        };
        read.await.err().map(Arc::new)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(DomainId, BatchNumber), Timestamp>> {
        self.anchored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the time of its batch to each hit of one source.
    fn found(
        &self,
        source: usize,
        domain: DomainId,
        answer: SearchAnswer,
        unread: &Option<Arc<ChainError>>,
    ) -> Result<Found, SourceError> {
        let known = self.known();
        let with_time = |hit: Hit| match known.get(&(domain, hit.batch)) {
            Some(anchored_at) => Ok(FederatedHit {
                source,
                anchored_at: *anchored_at,
                hit,
            }),
            None => Err(match unread {
                Some(error) => SourceError::Chain(error.clone()),
                None => SourceError::NotAnchored(hit.batch),
            }),
        };
        let hits = answer.hits.into_iter().map(with_time).collect::<Result<Vec<_>, _>>()?;
        Ok(Found {
            source,
            hits: hits.into_iter().peekable(),
            next: answer.next,
        })
    }

    /// Returns whether nothing is left after this page, but for sources that failed.
    pub fn is_last(&self, page: &FederatedPage) -> bool {
        let failed = |source: &usize| page.failed.iter().any(|(other, _)| other == source);
        let ended = |source: &usize| page.progress.get(*source) == Some(&Progress::End);
        let mut sources = self.requests.iter().map(|(source, _)| source);
        sources.all(|source| ended(source) || failed(source))
    }
}

/// Reads every domain from the chain, each once, at one head.
async fn read_domains<C: Chain>(
    on_chain: &OnChain<'_, C>,
    domains: BTreeSet<DomainId>,
) -> BTreeMap<DomainId, Result<SearchedDomain, Arc<TokensError>>> {
    let head = on_chain
        .chain
        .finalized()
        .await
        .map_err(|error| Arc::new(TokensError::from(error)));
    let read = async |domain| {
        let found = match &head {
            Ok(head) => SearchedDomain::read(on_chain, head, domain).await.map_err(Arc::new),
            Err(error) => Err(error.clone()),
        };
        (domain, found)
    };
    stream::iter(domains)
        .map(read)
        .buffer_unordered(PARALLEL_SOURCES)
        .collect()
        .await
}

/// Merges the hits of all sources to the next ones by time, and moves the progress of each source. Ends where a source
/// has more hits than are known: they may come before those of others.
fn merge(all: &mut [Found], progress: &mut [Progress], limit: usize) -> Vec<FederatedHit> {
    let mut hits = Vec::new();
    loop {
        for found in all.iter_mut() {
            if found.hits.peek().is_none() {
                progress[found.source] = found.next.map_or(Progress::End, Progress::After);
            }
        }
        let is_open = |found: &mut Found| found.hits.peek().is_none() && found.next.is_some();
        if hits.len() == limit || all.iter_mut().any(is_open) {
            return hits;
        }
        // The first of equal ones: sources have their order, and a source's own hits keep theirs.
        let newest = all.iter_mut().filter_map(|found| {
            let anchored_at = found.hits.peek()?.anchored_at;
            Some((Reverse(anchored_at), found))
        });
        let Some((_, found)) = newest.min_by_key(|(time, found)| (*time, found.source)) else {
            return hits;
        };
        if let Some(hit) = found.hits.next() {
            progress[found.source] = Progress::After(RecordPlace::from(&hit.hit));
            hits.push(hit);
        }
    }
}

#[cfg(test)]
mod tests;
