//! The proxy's part: its share applied to one capsule, logged before it is answered.
use super::{
    Api, Problem,
    grants::stored_deposit,
    in_path, json,
    records::{disclosure, release},
    signed::{SignedRequest, signed},
};
use aegle_protocol::{
    delegation::TransformContext,
    random::SystemRandom,
    record::RecordId,
    wire::{DisclosureKind, DisclosureLog, TransformAnswer, TransformRequest},
};
use axum::{
    Json,
    extract::{FromRequestParts, Query, Request, State},
    http::request::Parts,
};
use serde::Deserialize;
use std::sync::Arc;

/// Entries of the log that one answer has at most.
const MAX_DISCLOSURES: u32 = 1_000;

/// Handles `POST /v1/transform`: if the contract permits by the grant that is named, and the share is there.
pub(super) async fn transform(State(api): State<Arc<Api>>, request: Request) -> Result<Json<TransformAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let TransformRequest {
        record,
        purpose,
        grant,
        version,
    } = json(&body)?;
    let released = release(&api, &caller, &record, purpose).await?;
    let patient = released.found.patient;
    if released.verdict.grant() != Some(grant) {
        return Err(Problem::not_found());
    }
    let terms = api
        .store
        .grant_terms(&patient, grant)
        .await?
        .ok_or(Problem::not_found())?;
    let deposit = stored_deposit(&api, &patient, grant, &terms)
        .await?
        .ok_or(Problem::not_found())?;
    if deposit.split().document().version != version {
        return Err(Problem::split_version());
    }
    let shares = api
        .proxy
        .shares(&deposit)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    let header = &released.row.header;
    let share = shares
        .share(header.slot, header.epoch)
        .ok_or(Problem::slot_not_split())?;
    let capsule = released
        .row
        .verify_capsule(&api.bound_to())
        .map_err(|error| Problem::invalid_capsule().because(error))?;
    let block = caller.view.finalized().hash;
    let context = TransformContext {
        grant,
        version,
        requester: caller.account,
        request: caller.request,
        block,
    };
    let partial = share.transform(&capsule, &context, &mut SystemRandom);
    let entry = disclosure(&caller, &released, DisclosureKind::Transform, purpose);
    if !api.store.disclose(&entry, Some(grant)).await? {
        return Err(Problem::not_found());
    }
    Ok(Json(TransformAnswer { partial, context }))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

/// Handles `GET /v1/disclosures?after=&patient=`: what went out of a patient's own records, in order.
pub(super) async fn disclosures(State(api): State<Arc<Api>>, request: Request) -> Result<Json<DisclosureLog>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let after = after(&mut parts).await?;
    let patient = caller.as_patient(&api, &mut parts).await?;
    let entries = api.store.disclosures(&patient, after, MAX_DISCLOSURES).await?;
    Ok(Json(DisclosureLog { entries }))
}

/// Handles `GET /v1/records/{record}/disclosures?after=`: what went out of a record, an erased one too, for custodians and
/// admins of the organisation that keeps it. A record of others and none answer the same.
pub(super) async fn record_disclosures(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Json<DisclosureLog>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let record: RecordId = in_path(&mut parts).await?;
    let after = after(&mut parts).await?;
    let organisation = caller.as_custodian()?.organisation;
    let entries = api
        .store
        .record_disclosures(&record, organisation, after, MAX_DISCLOSURES);
    let entries = entries.await?.ok_or(Problem::not_found())?;
    Ok(Json(DisclosureLog { entries }))
}

async fn after(parts: &mut Parts) -> Result<u64, Problem> {
    let query = Query::<After>::from_request_parts(parts, &()).await;
    let Query(After { after }) = query.map_err(|_| Problem::invalid_request().because("`after` is a number"))?;
    Ok(after)
}
