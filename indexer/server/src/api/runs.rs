//! Label runs: the labels of a patient's records, for a search of which nothing is seen here.
use super::{
    Api, Problem,
    decide::universe,
    evidence, json,
    search::{block, hit},
    signed::{Caller, SignedRequest, signed},
    tick::on_tick,
};
use crate::store::RecordFound;
use aegle_protocol::wire::{Asked, LabelRun, LabelRuns, LabelRunsRequest, SpanRuns};
use aegle_rules::consent::{Declaration, Extent};
use axum::{
    extract::{Request, State},
    http::header,
    response::IntoResponse,
};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// Handles `POST /v1/label-runs`: for who may see every record of the patient. The labels that there are show which counters
/// are missing, and so would tell of records that are withheld.
pub(super) async fn label_runs(State(api): State<Arc<Api>>, request: Request) -> Result<impl IntoResponse, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let request: LabelRunsRequest = json(&body)?;
    if !request.purpose.is_single() {
        return Err(Problem::invalid_purpose());
    }
    let window = request
        .window()
        .map_err(|error| Problem::token_window().because(error))?;
    let domain = api
        .store
        .domain(request.domain)
        .await?
        .ok_or(Problem::unknown_domain())?;
    if window.to > domain.batches {
        return Err(Problem::token_window().because(format_args!("there are {} batches", domain.batches)));
    }
    let own = caller.account == request.patient;
    let answer = answer(&api, &caller, &request, window.from..window.to);
    let answer = if own { answer.await } else { on_tick(answer).await };
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        answer?.to_bytes(),
    ))
}

async fn answer(
    api: &Api,
    caller: &Caller,
    request: &LabelRunsRequest,
    window: Range<u32>,
) -> Result<LabelRuns, Problem> {
    let asked = Asked {
        domain: request.domain,
        scope: request.scope(),
        purpose: request.purpose,
        research: Declaration::default(),
    };
    let universe = universe(api, caller, &asked, Extent::Find, window.clone()).await?;
    evidence::check_whole(&universe)?;
    let records = universe.within(window);
    let mut spans = Vec::new();
    for labels in api.labels.runs(request.domain, &records).await? {
        let mut found: BTreeMap<_, RecordFound> = BTreeMap::new();
        for of_batch in labels.records.chunk_by(|one, other| one.batch == other.batch) {
            let Some(first) = of_batch.first() else { continue };
            let numbers: Vec<u32> = of_batch.iter().map(|record| record.number).collect();
            let records = api.store.records_at(request.domain, first.batch, &numbers).await?;
            found.extend(
                records
                    .into_iter()
                    .map(|record| ((record.batch, record.number), record)),
            );
        }
        let runs = labels.records.into_iter().filter_map(|record| {
            // One that was erased meanwhile is not shown.
            let found = found.get(&(record.batch, record.number))?;
            Some(LabelRun {
                hit: hit(found),
                labels: record.labels,
            })
        });
        spans.push(SpanRuns {
            span: labels.span,
            epoch: labels.epoch,
            salt: labels.salt,
            counters: labels.counters,
            runs: runs.collect(),
        });
    }
    Ok(LabelRuns {
        block: block(caller),
        spans,
    })
}
