//! Counts of patients in the cohort, of those alone whose consent permits it, with a floor and with noise.
use super::{
    Api, Problem,
    decide::universe,
    json,
    search::{IndexQuery, block, find, refused, window},
    signed::{Caller, SignedRequest, signed},
    tick::on_tick,
};
use crate::{
    gate::DAY_MS,
    labels::BatchHits,
    noise::{COUNT_COST, DAILY_BUDGET},
    store::CountCharge,
};
use aegle_http::wall_clock;
use aegle_protocol::wire::{Asked, COUNT_FLOOR, Count, CountAnswer, CountRequest, VerifiedCount};
use aegle_rules::{AccountId, consent::Extent};
use axum::{
    Json,
    extract::{Request, State},
};
use roaring::RoaringBitmap;
use std::{collections::BTreeSet, ops::Range, sync::Arc};

/// Records that one count goes over at most.
const MAX_COUNTED_RECORDS: u64 = 100_000;
/// Records that are read together.
const PORTION: usize = 4_096;

/// Handles `POST /v1/counts`.
pub(super) async fn count(State(api): State<Arc<Api>>, request: Request) -> Result<Json<CountAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let request: CountRequest = json(&body)?;
    let counted = request.verify().map_err(refused)?;
    let window = window(&api, &counted.asked, &counted.terms).await?;
    on_tick(answer(&api, &caller, counted, window)).await.map(Json)
}

/// Takes the price, decides what the caller may see, and counts inside it.
async fn answer(
    api: &Api,
    caller: &Caller,
    counted: VerifiedCount,
    window: Range<u32>,
) -> Result<CountAnswer, Problem> {
    let VerifiedCount {
        asked,
        terms,
        query,
        groups,
    } = counted;
    let group_count = groups.len();
    // Paid for before anything is looked for, and whatever comes of it: a refusal may tell something too.
    let cost = COUNT_COST.saturating_mul(group_count as u32 + 1);
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
    let universe = universe(api, caller, &asked, Extent::Count, window).await?;
    check_size(universe.len())?;
    let index_query = IndexQuery {
        query,
        groups,
        terms: Arc::new(terms),
        universe: universe.records,
    };
    let found = find(api, caller, &asked, index_query).await?;
    let patients = patients(api, &asked, &found, group_count).await?;
    let mut counts = patients.iter().map(|patients| blur(api, &asked, patients));
    let total = counts.next().ok_or(Problem::internal())?;
    Ok(CountAnswer {
        total,
        groups: counts.collect(),
        spent: cost,
        left: DAILY_BUDGET.saturating_sub(spent),
        block: block(caller),
    })
}

/// Checks the number of records that a count goes over: those that the caller may see, not those that it finds, of which
/// a refusal would tell how many there are.
fn check_size(records: u64) -> Result<(), Problem> {
    if records > MAX_COUNTED_RECORDS {
        return Err(Problem::too_many_candidates().because(format_args!(
            "more than {MAX_COUNTED_RECORDS} records that may be seen in the window; count in a shorter one"
        )));
    }
    Ok(())
}

/// Returns the patients of the records that were found: of all, and of each group.
async fn patients(
    api: &Api,
    asked: &Asked,
    found: &[BatchHits],
    group_count: usize,
) -> Result<Vec<BTreeSet<AccountId>>, Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_seen_bounds_a_count() {
        assert!(check_size(MAX_COUNTED_RECORDS).is_ok());
        assert!(check_size(MAX_COUNTED_RECORDS + 1).is_err());
    }
}
