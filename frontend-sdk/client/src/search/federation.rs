//! One search in many places: at several custodians, in the records of many patients, asked at the same time and put
//! together by the time at which they were anchored.
//!
//! Each place is asked by itself, under a blinding of its own: no custodian can tell that another one was asked, or that two
//! patients were asked about with the same words. The indexer sees that one account searches several scopes.

use crate::{
    account::AccountKey,
    chain::{Chain, ChainError},
    deployment::Aegle,
    remote::{RemoteError, Transport},
    search::{
        asking::Asking,
        tokens::{TokenService, TokensError},
    },
};
use aegle_protocol::wire::{Hit, RecordPlace, SearchRequest};
use aegle_rules::{BatchNumber, DomainId, Timestamp};
use aegle_sealed::query::ParsedQuery;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    vec,
};

/// Most places of one search.
pub const MAX_SOURCES: usize = 1_024;
/// Places that are asked at the same time.
const PARALLEL_SOURCES: usize = 16;

/// Where is searched, and whose records.
pub struct Source<'a, S> {
    /// The custodian's token service.
    pub service: &'a TokenService<S>,
    /// The custodian's search domain.
    pub domain: DomainId,
    /// Who asks, in whose records, for what.
    pub asking: Asking,
}

/// Why a place gave no hits.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The indexer refused, or does not answer.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A hit is of a batch that is not on chain.
    #[error("a hit is of batch {0}, which is not on chain")]
    NotAnchored(BatchNumber),
}

/// More places than [`MAX_SOURCES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} places in one search, more than {MAX_SOURCES}")]
pub struct TooManySources(pub usize);

/// How far a search has come in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing is shown yet.
    #[default]
    Start,
    /// What comes after this is not shown yet.
    After(RecordPlace),
    /// All is shown.
    End,
}

/// A hit, with where it is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FederatedHit {
    /// The place, by its number among those that were asked.
    pub source: usize,
    /// When the hit's batch was anchored, in milliseconds since the Unix epoch, as the chain says.
    pub anchored_at: Timestamp,
    /// The hit.
    pub hit: Hit,
}

/// A page of hits from all places.
#[derive(Debug)]
pub struct FederatedPage {
    /// The hits, those that were anchored last first.
    pub hits: Vec<FederatedHit>,
    /// How far the search has come in each place: what the next page begins with.
    pub progress: Vec<Progress>,
    /// The places that gave nothing, by number. What they hold is missing from the page; they are asked again for the next.
    pub failed: Vec<(usize, SourceError)>,
}

/// One query in many places, with the tokens for each that gave some.
#[derive(Debug)]
pub struct Federation {
    /// How many places were asked for tokens.
    sources: usize,
    requests: Vec<(usize, SearchRequest)>,
    /// The places that gave no tokens, by number. What they hold is missing from every page.
    pub refused: Vec<(usize, TokensError)>,
}

/// What one place has found, and has not been shown.
struct Found {
    source: usize,
    hits: Peekable<vec::IntoIter<FederatedHit>>,
    /// Where to go on when these are shown; none when they are the last.
    next: Option<RecordPlace>,
}

impl Federation {
    /// Asks the token service of every place for tokens. One that refuses or does not answer keeps nobody else from
    /// answering.
    ///
    /// # Errors
    /// [`TooManySources`].
    pub async fn prepare<C: Chain, T: Transport, S: Transport>(
        aegle: &Aegle<'_, C, T>,
        key: &AccountKey,
        sources: &[Source<'_, S>],
        query: &ParsedQuery,
    ) -> Result<Self, TooManySources> {
        if sources.len() > MAX_SOURCES {
            return Err(TooManySources(sources.len()));
        }
        let ask = async |source: &Source<'_, S>| {
            let (domain, asking) = (source.domain, &source.asking);
            let tokens = source.service.tokens(aegle, key, domain, asking, &query.terms).await?;
            Ok(asking.search(domain, tokens, query.expression.clone()))
        };
        let answers: Vec<_> = stream::iter(sources)
            .map(ask)
            .buffered(PARALLEL_SOURCES)
            .collect()
            .await;
        let (mut requests, mut refused) = (Vec::new(), Vec::new());
        for (source, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(request) => requests.push((source, request)),
                Err(error) => refused.push((source, error)),
            }
        }
        Ok(Self {
            sources: sources.len(),
            requests,
            refused,
        })
    }

    /// The hits that come next, at most `limit`; fewer when a place must be asked again before their order is known.
    /// `progress` is that of the page before, or empty.
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
            Some((*source, found(aegle, key, *source, &request).await))
        };
        let answers = stream::iter(&self.requests).map(search).buffered(PARALLEL_SOURCES);
        let answers: Vec<_> = answers.filter_map(async |answer| answer).collect().await;
        let (mut all, mut failed) = (Vec::new(), Vec::new());
        for (source, answer) in answers {
            match answer {
                Ok(found) => all.push(found),
                Err(error) => failed.push((source, error)),
            }
        }
        let mut progress: Vec<Progress> = (0..self.sources).map(before).collect();
        let hits = merge(&mut all, &mut progress, limit as usize);
        FederatedPage { hits, progress, failed }
    }

    /// Whether after this page there is nothing left, but for places that failed.
    pub fn is_last(&self, page: &FederatedPage) -> bool {
        let failed = |source: &usize| page.failed.iter().any(|(other, _)| other == source);
        let ended = |source: &usize| page.progress.get(*source) == Some(&Progress::End);
        let mut sources = self.requests.iter().map(|(source, _)| source);
        sources.all(|source| ended(source) || failed(source))
    }
}

/// The hits of one place, each with the time of its batch.
async fn found<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    source: usize,
    request: &SearchRequest,
) -> Result<Found, SourceError> {
    let answer = aegle.indexer.search(key, request).await?;
    let head = aegle.chain.finalized().await?;
    let batches: BTreeSet<BatchNumber> = answer.hits.iter().map(|hit| hit.batch).collect();
    let read = async |batch| {
        let anchored = aegle.batch(&head, request.domain, batch).await?;
        let anchored = anchored.ok_or(SourceError::NotAnchored(batch))?;
        Ok::<_, SourceError>((batch, anchored.anchored_at))
    };
    let times = stream::iter(batches).map(read).buffer_unordered(PARALLEL_SOURCES);
    let times: BTreeMap<BatchNumber, Timestamp> = times.try_collect().await?;
    let hits: Vec<FederatedHit> = answer
        .hits
        .into_iter()
        .map(|hit| FederatedHit {
            source,
            anchored_at: times[&hit.batch],
            hit,
        })
        .collect();
    Ok(Found {
        source,
        hits: hits.into_iter().peekable(),
        next: answer.next,
    })
}

/// The next hits of all places, and how far each has come with them. Ends where a place has more hits than are known: they
/// may come before those of others.
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
        // The first of equal ones: places have their order, and a place's own hits keep theirs.
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use aegle_protocol::record::RecordId;
    use aegle_rules::{AccountId, Confidentiality, Slot};
    use proptest::prelude::*;

    fn hit(source: usize, batch: u32, number: u32, anchored_at: Timestamp) -> FederatedHit {
        let hit = Hit {
            record: RecordId([source as u8; 16]),
            batch: BatchNumber(batch),
            number,
            patient: AccountId([1; 32]),
            slot: Slot(0),
            confidentiality: Confidentiality::Normal,
            author: AccountId([2; 32]),
            authored_at: 0,
        };
        FederatedHit {
            source,
            anchored_at,
            hit,
        }
    }

    /// What a place answers when it is asked for what follows, `portion` hits at a time.
    fn ask(place: &[FederatedHit], source: usize, progress: Progress, portion: usize) -> Option<Found> {
        let shown = match progress {
            Progress::Start => 0,
            Progress::After(last) => {
                1 + place
                    .iter()
                    .position(|hit| RecordPlace::from(&hit.hit) == last)
                    .unwrap()
            }
            Progress::End => return None,
        };
        let hits: Vec<_> = place[shown..].iter().take(portion).cloned().collect();
        let rest = place.len() > shown + portion;
        Some(Found {
            source,
            next: hits.last().filter(|_| rest).map(|last| RecordPlace::from(&last.hit)),
            hits: hits.into_iter().peekable(),
        })
    }

    proptest! {
        #[test]
        fn pages_of_many_places_are_one_list_by_time(
            times in prop::collection::vec(prop::collection::vec(0_u64..20, 0..8), 0..5),
            limit in 1_usize..9,
            portions in prop::collection::vec(1_usize..5, 5),
        ) {
            let place = |(source, mut times): (usize, Vec<Timestamp>)| {
                times.sort_unstable_by(|a, b| b.cmp(a));
                let length = times.len() as u32;
                (0_u32..).zip(times).map(|(at, time)| hit(source, length - at, 0, time)).collect::<Vec<_>>()
            };
            let places: Vec<Vec<FederatedHit>> = times.into_iter().enumerate().map(place).collect();
            let mut expected: Vec<FederatedHit> = places.concat();
            expected.sort_by_key(|hit| (Reverse(hit.anchored_at), hit.source));
            let mut progress = vec![Progress::Start; places.len()];
            let (mut paged, mut rounds) = (Vec::new(), 0);
            while progress.iter().any(|progress| *progress != Progress::End) {
                let asked = places.iter().enumerate();
                let mut all: Vec<Found> = asked
                    .filter_map(|(source, place)| ask(place, source, progress[source], portions[source].min(limit)))
                    .collect();
                let page = merge(&mut all, &mut progress, limit);
                prop_assert!(page.len() <= limit);
                paged.extend(page);
                rounds += 1;
                prop_assert!(rounds < 200);
            }
            prop_assert_eq!(paged, expected);
        }
    }
}
