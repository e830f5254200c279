//! Searches: tokens in, records out that the contract lets the caller see.
use super::{
    Api, Problem, json,
    signed::{Caller, signed},
};
use crate::{pipeline::SearchInput, policy::Question, store::DomainRow};
use aegle_crypto::protocol::{BlockReference, Hit, SearchAnswer, SearchRequest, SearchRequestError, VerifiedSearch};
use aegle_rules::{BatchNumber, DomainId, consent::Facts};
use aegle_sealed::VerifiedToken;
use axum::{
    Json,
    extract::{Request, State},
};
use roaring::RoaringBitmap;
use std::sync::Arc;

/// Batches with records of the patient that one search goes through.
const MAX_SEARCHED_BATCHES: usize = 4_096;
/// Records that one search asks the contract about.
const MAX_CANDIDATES: usize = 10_000;
/// Records that are read and asked about together.
const CHUNK: usize = 256;

/// `POST /v1/search`.
pub(super) async fn search(State(api): State<Arc<Api>>, request: Request) -> Result<Json<SearchAnswer>, Problem> {
    let (_, body, caller) = signed(&api, request).await?;
    let request: SearchRequest = json(&body)?;
    let search = request.verify().map_err(refused)?;
    let domain = api
        .store
        .domain(search.domain)
        .await?
        .ok_or(Problem::unknown_domain())?;
    let window = check_tokens(&search.terms, &domain)?;
    let question = Question {
        requester: caller.account,
        patient: search.patient,
        purpose: search.purpose,
    };
    let VerifiedSearch {
        domain,
        patient,
        terms,
        query,
        limit,
        ..
    } = search;
    let found = api
        .labels
        .search(SearchInput {
            domain,
            patient,
            query,
            terms,
            window,
            max_batches: MAX_SEARCHED_BATCHES,
        })
        .await?;
    let hits = permitted(&api, &caller, &question, domain, found, limit as usize).await?;
    let block = caller.view.head().block;
    Ok(Json(SearchAnswer {
        hits,
        block: BlockReference {
            number: block.number,
            hash: block.hash,
        },
    }))
}

fn refused(error: SearchRequestError) -> Problem {
    match error {
        SearchRequestError::Purpose => Problem::invalid_purpose(),
        SearchRequestError::Limit(_) => Problem::invalid_limit(),
        SearchRequestError::Expression(_) => Problem::invalid_query(),
        SearchRequestError::Scope(_) => Problem::token_scope(),
        _ => Problem::invalid_token(),
    }
    .because(error)
}

/// Every token must be of the domain's epoch and reach no further than the anchored batches: a token for a batch that
/// does not exist yet would open it later. Gives the batches that the tokens reach.
fn check_tokens(terms: &[Vec<VerifiedToken>], domain: &DomainRow) -> Result<(u32, u32), Problem> {
    let (mut from, mut to) = (u32::MAX, 0);
    for token in terms.iter().flatten() {
        if token.context().epoch != domain.epoch {
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

/// Of the records found, newest batch first and in it the latest authored first, those that the contract permits.
async fn permitted(
    api: &Api,
    caller: &Caller,
    question: &Question,
    domain: DomainId,
    found: Vec<(BatchNumber, RoaringBitmap)>,
    limit: usize,
) -> Result<Vec<Hit>, Problem> {
    let (mut hits, mut asked) = (Vec::new(), 0);
    for (batch, numbers) in found {
        let numbers: Vec<u32> = numbers.iter().take(MAX_CANDIDATES + 1).collect();
        let records = api.store.records_at(domain, batch, &numbers).await?;
        for chunk in records.chunks(CHUNK) {
            if asked + chunk.len() > MAX_CANDIDATES {
                return Err(Problem::too_many_candidates()
                    .because(format_args!("at most {MAX_CANDIDATES}; search a shorter window")));
            }
            asked += chunk.len();
            let facts: Vec<Facts> = chunk.iter().map(|record| record.facts).collect();
            let verdicts = api.policy.verdicts(&caller.view, question, &facts).await?;
            for (record, verdict) in chunk.iter().zip(verdicts) {
                // The labels' scope says whose the record is; so does its own row, and both must.
                if verdict.allows() && record.patient == question.patient {
                    let Facts {
                        slot,
                        confidentiality,
                        author,
                        authored_at,
                    } = record.facts;
                    hits.push(Hit {
                        record: record.id,
                        batch,
                        number: record.number,
                        slot,
                        confidentiality,
                        author,
                        authored_at,
                    });
                }
                if hits.len() == limit {
                    return Ok(hits);
                }
            }
        }
    }
    Ok(hits)
}
