//! Counts of patients in the cohort, of those alone whose consent permits it, with a floor and with noise.
use super::{
    Api, Problem, json,
    search::{CHUNK, MAX_CANDIDATES, block, find, question, refused},
    signed::{Caller, signed},
};
use crate::{
    noise::{COUNT_COST, DAILY_BUDGET},
    policy::DAY_MS,
};
use aegle_crypto::protocol::{Asked, COUNT_FLOOR, Count, CountAnswer, CountRequest, VerifiedCount};
use aegle_index::BatchHits;
use aegle_rules::AccountId;
use axum::{
    Json,
    extract::{Request, State},
};
use std::{collections::BTreeSet, sync::Arc};

/// `POST /v1/counts`.
pub(super) async fn count(State(api): State<Arc<Api>>, request: Request) -> Result<Json<CountAnswer>, Problem> {
    let (_, body, caller) = signed(&api, request).await?;
    let request: CountRequest = json(&body)?;
    let VerifiedCount {
        asked,
        terms,
        query,
        groups,
    } = request.verify().map_err(refused)?;
    let found = find(&api, &caller, &asked, (query, groups.clone()), &Arc::new(terms), None).await?;
    let patients = patients(&api, &caller, &asked, (&found, groups.len())).await?;
    // Paid for before anything is told, and whatever it says.
    let cost = COUNT_COST.saturating_mul(patients.len() as u32);
    let day = caller.view.latest_time() / DAY_MS;
    let charged = api
        .store
        .charge_count(&caller.account, asked.domain, day, (cost, DAILY_BUDGET))
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

/// The patients of whom the caller may see a record that was found: of all, and of each group.
async fn patients(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    (found, groups): (&[BatchHits], usize),
) -> Result<Vec<BTreeSet<AccountId>>, Problem> {
    let mut patients = vec![BTreeSet::new(); groups + 1];
    let mut candidates = 0;
    for BatchHits { batch, hits, groups } in found {
        let numbers: Vec<u32> = hits.iter().collect();
        candidates += numbers.len();
        if candidates > MAX_CANDIDATES {
            return Err(Problem::too_many_candidates().because(format_args!(
                "more than {MAX_CANDIDATES} records; ask a narrower question"
            )));
        }
        let records = api.store.records_at(asked.domain, *batch, &numbers).await?;
        for chunk in records.chunks(CHUNK) {
            let (records, questions): (Vec<_>, Vec<_>) = chunk
                .iter()
                .filter_map(|record| Some((record, question(caller, asked, record)?)))
                .unzip();
            let verdicts = api.policy.verdicts(&caller.view, &questions).await?;
            for (record, verdict) in records.into_iter().zip(verdicts) {
                if !verdict.allows() {
                    continue;
                }
                patients[0].insert(record.patient);
                let of_groups = patients[1..].iter_mut().zip(groups);
                let having = of_groups.filter(|(_, numbers)| numbers.contains(record.number));
                having.for_each(|(patients, _)| {
                    patients.insert(record.patient);
                });
            }
        }
    }
    Ok(patients)
}

/// The number of patients as it is told.
fn blur(api: &Api, asked: &Asked, patients: &BTreeSet<AccountId>) -> Count {
    let floor = i64::from(COUNT_FLOOR);
    let count = patients.len() as i64;
    let noised = count + api.noise.of(asked.domain, patients);
    match u32::try_from(noised) {
        Ok(noised) if count >= floor && i64::from(noised) >= floor => Count::About(noised),
        _ => Count::Fewer,
    }
}
