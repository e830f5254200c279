//! Searches: tokens in, records out that the contract lets the caller see.
use super::{
    Api, Problem, evidence, json,
    signed::{Caller, signed},
};
use crate::{
    pipeline::SearchInput,
    policy::Question,
    store::{DomainRow, RecordFound},
};
use aegle_crypto::protocol::{
    Asked, BlockReference, Hit, RecordPlace, SearchAnswer, SearchRequest, SearchRequestError, VerifiedSearch,
};
use aegle_index::BatchHits;
use aegle_rules::{BatchNumber, consent::Facts};
use aegle_sealed::{Query, Scope, VerifiedToken};
use axum::{
    Json,
    extract::{Request, State},
};
use std::sync::Arc;

/// Batches with records of the scope that one search goes through.
pub(super) const MAX_SEARCHED_BATCHES: usize = 4_096;
/// Records that one request asks the contract about.
pub(super) const MAX_CANDIDATES: usize = 10_000;
/// Records that are asked about together.
pub(super) const CHUNK: usize = 256;

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
    let newest = after.map(|place| place.batch);
    let found = find(&api, &caller, &asked, (query, Vec::new()), &terms, newest).await?;
    let (hits, next) = page(&api, &caller, &asked, found, (limit as usize, after)).await?;
    let evidence = match evidence {
        true => Some(evidence::prove(&api, &caller, &asked, &terms, (&hits, limit, after)).await?),
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

/// What the index finds, before anybody was asked whether it may be seen, in batches up to `newest`.
pub(super) async fn find(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    (query, groups): (Query, Vec<usize>),
    terms: &Arc<Vec<Vec<VerifiedToken>>>,
    newest: Option<BatchNumber>,
) -> Result<Vec<BatchHits>, Problem> {
    let domain = api.store.domain(asked.domain).await?.ok_or(Problem::unknown_domain())?;
    let (from, to) = check_tokens(terms, &domain)?;
    let to = newest.map_or(to, |newest| to.min(newest.0.saturating_add(1)));
    let input = SearchInput {
        owner: caller.account,
        domain: asked.domain,
        scope: asked.scope,
        query,
        groups,
        terms: terms.clone(),
        window: (from, to),
        max_batches: MAX_SEARCHED_BATCHES,
    };
    Ok(api.labels.search(input).await?)
}

/// Every token must be of an epoch of the domain and reach no further than the anchored batches: a token for a batch that
/// does not exist yet would open it later. Gives the batches that the tokens reach.
pub(super) fn check_tokens(terms: &[Vec<VerifiedToken>], domain: &DomainRow) -> Result<(u32, u32), Problem> {
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

/// What to ask the contract about a record that was found; `None` if it is not of the scope: the labels' scope says
/// whose a record is, and so does its own row, and both must.
pub(super) fn question(caller: &Caller, asked: &Asked, record: &RecordFound) -> Option<(Question, Facts)> {
    let in_scope = match asked.scope {
        Scope::Patient(patient) => patient == record.patient,
        Scope::Cohort => true,
    };
    let question = Question {
        requester: caller.account,
        patient: record.patient,
        purpose: asked.purpose,
        research: asked.research,
    };
    in_scope.then_some((question, record.facts))
}

/// Of the records found after a cursor, those that the contract permits, and where the next page begins.
async fn page(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    found: Vec<BatchHits>,
    (limit, after): (usize, Option<RecordPlace>),
) -> Result<(Vec<Hit>, Option<RecordPlace>), Problem> {
    let (mut hits, mut candidates, mut last) = (Vec::new(), 0, after);
    for BatchHits {
        batch, hits: numbers, ..
    } in found
    {
        let numbers: Vec<u32> = numbers.iter().collect();
        let mut records = api.store.records_at(asked.domain, batch, &numbers).await?;
        records.retain(|record| after.is_none_or(|after| after.precedes(&cursor(record))));
        for chunk in records.chunks(CHUNK) {
            if candidates >= MAX_CANDIDATES {
                return Ok((hits, last));
            }
            candidates += chunk.len();
            let (records, questions): (Vec<_>, Vec<_>) = chunk
                .iter()
                .filter_map(|record| Some((record, question(caller, asked, record)?)))
                .unzip();
            let verdicts = api.policy.verdicts(&caller.view, &questions).await?;
            for (record, verdict) in records.into_iter().zip(verdicts) {
                last = Some(cursor(record));
                if verdict.allows() {
                    hits.push(hit(record));
                }
                if hits.len() == limit {
                    return Ok((hits, last));
                }
            }
        }
    }
    Ok((hits, None))
}

fn cursor(record: &RecordFound) -> RecordPlace {
    RecordPlace {
        batch: record.batch,
        number: record.number,
    }
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
