//! Searches: tokens in, records out that the contract lets the caller see.
use super::{
    Api, Problem,
    decide::universe,
    evidence::{self, AnswerBatches},
    json,
    signed::{Caller, SignedRequest, signed},
    tick::on_tick,
};
use crate::{
    labels::{BatchHits, SearchInput},
    store::{RecordFound, Records},
};
use aegle_protocol::{
    BlockId,
    wire::{Asked, Hit, RecordPlace, SearchAnswer, SearchRequest, SearchRequestError, VerifiedSearch},
};
use aegle_rules::{
    BatchNumber,
    consent::{Extent, Facts},
};
use aegle_sealed::{Query, Scope, VerifiedToken};
use axum::{
    Json,
    extract::{Request, State},
};
use std::{ops::Range, sync::Arc};

/// Batches with records of the scope that one search goes through.
const MAX_SEARCHED_BATCHES: usize = 4_096;
/// Handles `POST /v1/search`.
pub(super) async fn search(State(api): State<Arc<Api>>, request: Request) -> Result<Json<SearchAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let request: SearchRequest = json(&body)?;
    let search = request.verify().map_err(refused)?;
    let window = window(&api, &search.asked, &search.terms).await?;
    // Patients see all of their records: what takes time tells them nothing.
    let own = search.asked.scope == Scope::Patient(caller.account) && caller.controls(&api, caller.account).await?;
    let answer = answer(&api, &caller, search, window);
    let answer = if own { answer.await } else { on_tick(answer).await };
    answer.map(Json)
}

/// Decides what the caller may see, and answers a search inside it.
async fn answer(
    api: &Api,
    caller: &Caller,
    search: VerifiedSearch,
    window: Range<u32>,
) -> Result<SearchAnswer, Problem> {
    let VerifiedSearch {
        asked,
        terms,
        query,
        limit,
        after,
        evidence,
    } = search;
    let universe = universe(api, caller, &asked, Extent::Find, window.clone()).await?;
    if evidence {
        evidence::check_whole(&universe)?;
    }
    let terms = Arc::new(terms);
    // What comes after a position is in its batch and in older ones.
    let newest = after.map_or(window.end, |after| window.end.min(after.batch.0.saturating_add(1)));
    let index_query = IndexQuery {
        query,
        groups: Vec::new(),
        terms: terms.clone(),
        universe: universe.within(window.start..newest),
    };
    let found = find(api, caller, &asked, index_query).await?;
    let Page { hits, next } = page(api, &asked, found, limit as usize, after).await?;
    let evidence = match evidence {
        true => {
            // A page that is full ends with its last hit; the next one goes on from there.
            let last = hits.last().filter(|_| hits.len() == limit as usize);
            let shown = last.map_or(window.start, |hit| hit.batch.0)..newest;
            let batches = AnswerBatches { window, shown };
            Some(evidence::prove(api, &asked, &terms, batches).await?)
        }
        false => None,
    };
    Ok(SearchAnswer {
        hits,
        next,
        block: block(caller),
        evidence,
    })
}

/// Returns the block that a caller is answered at.
pub(super) fn block(caller: &Caller) -> BlockId {
    caller.view.finalized().id()
}

pub(super) fn refused(error: SearchRequestError) -> Problem {
    match error {
        SearchRequestError::Purpose => Problem::invalid_purpose(),
        SearchRequestError::Limit(_) => Problem::invalid_limit(),
        SearchRequestError::Expression(_)
        | SearchRequestError::Unbounded
        | SearchRequestError::Groups(_)
        | SearchRequestError::Evidence
        | SearchRequestError::Research => Problem::invalid_query(),
        SearchRequestError::Scope(_) => Problem::token_scope(),
        _ => Problem::invalid_token(),
    }
    .because(error)
}

/// Returns the batches that the tokens reach. Every token must be of an epoch of the domain and reach no further than
/// the anchored batches: a token for a batch that does not exist yet would open it later. While the index lacks something
/// that is stored, nobody's question is answered, whatever they may see.
pub(super) async fn window(api: &Api, asked: &Asked, terms: &[Vec<VerifiedToken>]) -> Result<Range<u32>, Problem> {
    api.labels.following()?;
    let domain = api.store.domain(asked.domain).await?.ok_or(Problem::unknown_domain())?;
    let (mut from, mut to) = (u32::MAX, 0);
    for token in terms.iter().flatten() {
        if token.context().epoch > domain.epoch {
            return Err(Problem::token_epoch());
        }
        let window = token.window();
        if window.to > domain.batches {
            return Err(Problem::token_window().because(format_args!("there are {} batches", domain.batches)));
        }
        (from, to) = (from.min(window.from), to.max(window.to));
    }
    Ok(from..to)
}

/// What the index is asked.
pub(super) struct IndexQuery {
    /// The boolean expression over the terms.
    pub(super) query: Query,
    /// The terms by which the hits are given again.
    pub(super) groups: Vec<usize>,
    /// For each term its tokens.
    pub(super) terms: Arc<Vec<Vec<VerifiedToken>>>,
    /// The records that the caller may see.
    pub(super) universe: Records,
}

/// Searches the index inside the universe; without one the index is not touched.
///
/// # Errors
/// A [`Problem`]: the tokens', or the index's.
pub(super) async fn find(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    index_query: IndexQuery,
) -> Result<Vec<BatchHits>, Problem> {
    let input = SearchInput {
        owner: caller.account,
        domain: asked.domain,
        universe: index_query.universe,
        query: index_query.query,
        groups: index_query.groups,
        terms: index_query.terms,
        max_batches: MAX_SEARCHED_BATCHES,
    };
    Ok(api.labels.search(input).await?)
}

/// A page of hits, and where the next page begins, if there may be one.
struct Page {
    hits: Vec<Hit>,
    next: Option<RecordPlace>,
}

/// Returns the first records found after a position.
async fn page(
    api: &Api,
    asked: &Asked,
    found: Vec<BatchHits>,
    limit: usize,
    after: Option<RecordPlace>,
) -> Result<Page, Problem> {
    let (page, next) = cut(&found, limit, after);
    let mut hits = Vec::with_capacity(page.len());
    for batch in page.chunk_by(|one, other| one.batch == other.batch) {
        let numbers: Vec<u32> = batch.iter().map(|place| place.number).collect();
        let number = batch.first().map_or(BatchNumber(0), |place| place.batch);
        let records = api.store.records_at(asked.domain, number, &numbers).await?;
        hits.extend(records.iter().map(hit));
    }
    Ok(Page { hits, next })
}

/// Returns the places of the first hits after a position, and the last of them where there are more.
fn cut(found: &[BatchHits], limit: usize, after: Option<RecordPlace>) -> (Vec<RecordPlace>, Option<RecordPlace>) {
    let mut page = Vec::new();
    for BatchHits { batch, hits, .. } in found {
        for number in hits {
            let place = RecordPlace { batch: *batch, number };
            if after.is_some_and(|after| !after.precedes(&place)) {
                continue;
            }
            if page.len() == limit {
                let last = page.last().copied();
                return (page, last);
            }
            page.push(place);
        }
    }
    (page, None)
}

pub(super) fn hit(record: &RecordFound) -> Hit {
    let Facts {
        slot,
        confidentiality,
        author,
        authored_at,
    } = record.facts;
    Hit {
        record: record.id,
        batch: record.batch,
        number: record.number,
        patient: record.patient,
        slot,
        confidentiality,
        author,
        authored_at,
    }
}
