//! Searches: tokens in, records out that the contract lets the caller see.
use super::{
    Api, Problem,
    decide::{MAX_CANDIDATES, judge, portions},
    evidence, json,
    signed::{Caller, signed},
};
use crate::{
    labels::{BatchHits, SearchInput},
    store::RecordFound,
};
use aegle_protocol::wire::{
    Asked, BlockReference, Hit, RecordPlace, SearchAnswer, SearchRequest, SearchRequestError, VerifiedSearch,
};
use aegle_rules::consent::Facts;
use aegle_sealed::{Query, VerifiedToken};
use axum::{
    Json,
    extract::{Request, State},
};
use std::sync::Arc;

/// Batches with records of the scope that one search goes through.
const MAX_SEARCHED_BATCHES: usize = 4_096;
/// `POST /v1/search`.
pub(super) async fn search(State(api): State<Arc<Api>>, request: Request) -> Result<Json<SearchAnswer>, Problem> {
    let (_, body, caller) = signed(&api, request).await?;
    let request: SearchRequest = json(&body)?;
    let VerifiedSearch {
        asked,
        terms,
        query,
        limit,
        after,
        evidence,
    } = request.verify().map_err(refused)?;
    let terms = Arc::new(terms);
    let (from, end) = window(&api, &asked, &terms).await?;
    // What comes after a place is in its batch and in older ones.
    let newest = after.map_or(end, |after| end.min(after.batch.0.saturating_add(1)));
    let found = find(&api, &caller, &asked, (query, Vec::new()), (&terms, (from, newest))).await?;
    let (hits, next) = page(&api, &caller, &asked, found, (limit as usize, after)).await?;
    let evidence = match evidence {
        true => {
            // A page that is full ends with its last hit; the next one goes on from there.
            let last = hits.last().filter(|_| hits.len() == limit as usize);
            let shown = last.map_or(from, |hit| hit.batch.0)..newest;
            Some(evidence::prove(&api, &caller, &asked, &terms, ((from, end), shown)).await?)
        }
        false => None,
    };
    Ok(Json(SearchAnswer {
        hits,
        next,
        block: block(&caller),
        evidence,
    }))
}

/// The block that a caller is answered at.
pub(super) fn block(caller: &Caller) -> BlockReference {
    let block = caller.view.head().block;
    BlockReference {
        number: block.number,
        hash: block.hash,
    }
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

/// The batches `from..to` that the tokens reach. Every token must be of an epoch of the domain and reach no further than
/// the anchored batches: a token for a batch that does not exist yet would open it later.
pub(super) async fn window(api: &Api, asked: &Asked, terms: &[Vec<VerifiedToken>]) -> Result<(u32, u32), Problem> {
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
    Ok((from, to))
}

/// What the index finds in a window, before anybody was asked whether it may be seen.
pub(super) async fn find(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    (query, groups): (Query, Vec<usize>),
    (terms, window): (&Arc<Vec<Vec<VerifiedToken>>>, (u32, u32)),
) -> Result<Vec<BatchHits>, Problem> {
    let input = SearchInput {
        owner: caller.account,
        domain: asked.domain,
        scope: asked.scope,
        query,
        groups,
        terms: terms.clone(),
        window: window.0..window.1,
        max_batches: MAX_SEARCHED_BATCHES,
    };
    Ok(api.labels.search(input).await?)
}

/// Of the records found after a place, those that the contract permits, and where the next page begins.
async fn page(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    found: Vec<BatchHits>,
    (limit, after): (usize, Option<RecordPlace>),
) -> Result<(Vec<Hit>, Option<RecordPlace>), Problem> {
    let (mut hits, mut candidates, mut last) = (Vec::new(), 0, after);
    for found in found {
        let batch = found.batch;
        let place = |number| RecordPlace { batch, number };
        let later = |number: &u32| after.is_none_or(|after| after.precedes(&place(*number)));
        for numbers in portions(found.hits.iter().filter(later)) {
            if candidates >= MAX_CANDIDATES {
                return Ok((hits, last));
            }
            candidates += numbers.len();
            let records = api.store.records_at(asked.domain, batch, &numbers).await?;
            for (record, allowed) in judge(api, caller, asked, records).await? {
                last = Some(place(record.number));
                if allowed {
                    hits.push(hit(&record));
                }
                if hits.len() == limit {
                    return Ok((hits, last));
                }
            }
        }
    }
    Ok((hits, None))
}

fn hit(record: &RecordFound) -> Hit {
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
