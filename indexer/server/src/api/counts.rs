//! Counts of patients in the cohort, of those alone whose consent permits it, with a floor and with noise.
use super::{
    Api, Problem,
    decide::universe,
    json,
    search::{IndexQuery, block, find, refused, window},
    signed::{SignedRequest, signed},
};
use crate::{
    gate::DAY_MS,
    labels::BatchHits,
    noise::{COUNT_COST, DAILY_BUDGET},
    store::CountCharge,
};
use aegle_http::wall_clock;
use aegle_protocol::wire::{Asked, COUNT_FLOOR, Count, CountAnswer, CountRequest, VerifiedCount};
use aegle_rules::AccountId;
use axum::{
    Json,
    extract::{Request, State},
};
use roaring::RoaringBitmap;
use std::{collections::BTreeSet, sync::Arc};

/// Records that one count goes through.
const MAX_COUNTED_RECORDS: u64 = 100_000;
/// Records that are read together.
const PORTION: usize = 4_096;

/// Handles `POST /v1/counts`.
pub(super) async fn count(State(api): State<Arc<Api>>, request: Request) -> Result<Json<CountAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let request: CountRequest = json(&body)?;
    let VerifiedCount {
        asked,
        terms,
        query,
        groups,
    } = request.verify().map_err(refused)?;
    let window = window(&api, &asked, &terms).await?;
    let universe = universe(&api, &caller, &asked, window).await?;
    let group_count = groups.len();
    let index_query = IndexQuery {
        query,
        groups,
        terms: Arc::new(terms),
        universe: universe.records,
    };
    let found = find(&api, &caller, &asked, index_query).await?;
    let patients = patients(&api, &asked, &found, group_count).await?;
    // Paid for before anything is told, and whatever it says.
    let cost = COUNT_COST.saturating_mul(patients.len() as u32);
    let charged = api
        .store
        .charge_count(&CountCharge {
            account: caller.account,
            domain: asked.domain,
            day: caller.view.latest_time(wall_clock()) / DAY_MS,
            cost,
            limit: DAILY_BUDGET,
        })
        .await?;
    let spent = charged.ok_or(Problem::budget_spent())?;
    let mut counts = patients.iter().map(|patients| blur(&api, &asked, patients));
    let total = counts.next().ok_or(Problem::internal())?;
    Ok(Json(CountAnswer {
        total,
        groups: counts.collect(),
        spent: cost,
        left: DAILY_BUDGET.saturating_sub(spent),
        block: block(&caller),
    }))
}

/// Returns the patients of the records that were found: of all, and of each group.
async fn patients(
    api: &Api,
    asked: &Asked,
    found: &[BatchHits],
    group_count: usize,
) -> Result<Vec<BTreeSet<AccountId>>, Problem> {
    let hits: u64 = found.iter().map(|found| found.hits.len()).sum();
    if hits > MAX_COUNTED_RECORDS {
        return Err(Problem::too_many_candidates().because(format_args!(
            "more than {MAX_COUNTED_RECORDS} records; ask a narrower question"
        )));
    }
    let mut patients = vec![BTreeSet::new(); group_count + 1];
    for BatchHits { batch, hits, groups } in found {
        let numbers: Vec<u32> = hits.iter().collect();
        for numbers in numbers.chunks(PORTION) {
            for record in api.store.records_at(asked.domain, *batch, numbers).await? {
                let having = |numbers: &RoaringBitmap| numbers.contains(record.number);
                let counted = [true].into_iter().chain(groups.iter().map(having));
                for (patients, _) in patients.iter_mut().zip(counted).filter(|(_, counted)| *counted) {
                    patients.insert(record.patient);
                }
            }
        }
    }
    Ok(patients)
}

/// Returns the number of patients as it is told: floored and noised.
fn blur(api: &Api, asked: &Asked, patients: &BTreeSet<AccountId>) -> Count {
    let floor = i64::from(COUNT_FLOOR);
    let count = patients.len() as i64;
    let noised = count + api.noise.of(asked.domain, patients);
    match u32::try_from(noised) {
        Ok(noised) if count >= floor && i64::from(noised) >= floor => Count::About(noised),
        _ => Count::Fewer,
    }
}
