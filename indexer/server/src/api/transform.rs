//! The proxy's part: its share applied to one capsule, logged before it is answered.
use super::{
    Api, Core, Problem,
    grants::stored_deposit,
    in_path, json,
    records::{Released, one_purpose, release},
    signed::{Caller, SignedRequest, signed},
};
use crate::{gate::GateError, store::SealedTo};
use aegle_http::wall_clock;
use aegle_policy::{Question, RecordQuestion, Ruling};
use aegle_protocol::{
    delegation::{TransformContext, VerifiedCapsule},
    random::SystemRandom,
    record::{RecordHeader, RecordId},
    wire::{
        AnchoredRecords, Disclosure, DisclosureKind, DisclosureLog, OpenAnswer, OpenAnswerError, PresentedTransform,
        TransformAnswer, TransformRequest,
    },
};
use aegle_rules::AccountId;
use axum::{
    Json,
    extract::{FromRequestParts, Query, Request, State},
    http::request::Parts,
};
use serde::Deserialize;
use std::sync::Arc;

/// Entries of the log that one answer has at most.
const MAX_DISCLOSURES: u32 = 1_000;

/// A record whose capsule is transformed, as the contract decided about it.
struct Decided {
    patient: AccountId,
    record: RecordId,
    header: RecordHeader,
    capsule: VerifiedCapsule,
    ruling: Ruling,
}

/// Handles `POST /v1/transform`: if the contract permits by the grant that is named, and the share is there.
pub(super) async fn transform(State(api): State<Arc<Api>>, request: Request) -> Result<Json<TransformAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let asked: TransformRequest = json(&body)?;
    let Released { found, row, ruling } = release(&api, &caller, &asked.record, asked.purpose).await?;
    let capsule = row
        .verify_capsule(&api.bound_to())
        .map_err(|error| Problem::invalid_capsule().because(error))?;
    let decided = Decided {
        patient: found.patient,
        record: found.id,
        header: row.header,
        capsule,
        ruling,
    };
    answer(&api, &caller, &asked, decided).await
}

/// Handles `POST /v1/partials`: the same for a record that the caller shows, with the proof that it is in its batch. Nothing
/// is told by the time that it takes: whoever asks has the row.
pub(super) async fn present<A: AsRef<Core>>(
    State(api): State<Arc<A>>,
    request: Request,
) -> Result<Json<TransformAnswer>, Problem> {
    let api: &Core = (*api).as_ref();
    let SignedRequest { body, caller, .. } = signed(api, request).await?;
    let PresentedTransform { transform, shown } = json(&body)?;
    let decided = decide_shown(api, &caller, &transform, shown).await?;
    answer(api, &caller, &transform, decided).await
}

/// Verifies a row that was shown against the batch as this server has followed the chain, and has the contract decide about
/// it: the same rows count as at an indexer, which keeps them.
async fn decide_shown(
    api: &Core,
    caller: &Caller,
    asked: &TransformRequest,
    shown: OpenAnswer,
) -> Result<Decided, Problem> {
    let purpose = one_purpose(asked.purpose)?;
    let (domain, batch, number) = (shown.domain, shown.batch, shown.number);
    let anchor = api.store.anchor(domain, batch).await?.ok_or(Problem::not_anchored())?;
    let anchored = AnchoredRecords {
        root: anchor.record_root,
        count: anchor.records,
    };
    let verified = shown.verify_under(&asked.record, &anchored, &api.bound_to());
    let verified = verified.map_err(|error| match error {
        OpenAnswerError::Capsule(error) => Problem::invalid_capsule().because(error),
        error => Problem::not_anchored().because(error),
    })?;
    let header = verified.row().header;
    if header.domain != domain {
        return Err(Problem::not_anchored().because("the row is of another search domain"));
    }
    let sealed = SealedTo {
        patient: header.patient,
        slot: header.slot,
        epoch: header.epoch,
    };
    let late = api.store.sealed_out_of_time(domain, batch, &[sealed]).await?.is_some();
    if late || api.store.is_withheld(domain, batch, number, &header.patient).await? {
        return Err(Problem::not_found());
    }
    let asked = RecordQuestion {
        question: Question::plain(caller.account, header.patient, purpose),
        facts: verified.row().facts(),
    };
    let ruling = api.policy.ruling(&caller.view, wall_clock(), asked).await;
    let ruling = ruling.map_err(GateError::from)?;
    if !ruling.allows() {
        return Err(Problem::not_found());
    }
    Ok(Decided {
        patient: header.patient,
        record: verified.row().id,
        header,
        capsule: verified.capsule().clone(),
        ruling,
    })
}

/// Applies this proxy's share of the grant that permits, once that stands in the patient's log.
async fn answer(
    api: &Core,
    caller: &Caller,
    asked: &TransformRequest,
    decided: Decided,
) -> Result<Json<TransformAnswer>, Problem> {
    let (grant, version, patient) = (asked.grant, asked.version, decided.patient);
    if decided.ruling.grant() != Some(grant) {
        return Err(Problem::not_found());
    }
    let terms = api
        .store
        .grant_terms(&patient, grant)
        .await?
        .ok_or(Problem::not_found())?;
    let deposit = stored_deposit(api, &patient, grant, &terms)
        .await?
        .ok_or(Problem::not_found())?;
    if deposit.split().document().version != version {
        return Err(Problem::split_version());
    }
    let shares = api
        .proxy
        .shares(&deposit)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    let share = shares
        .share(decided.header.slot, decided.header.epoch)
        .ok_or(Problem::slot_not_split())?;
    let head = caller.view.finalized();
    let context = TransformContext {
        grant,
        version,
        requester: caller.account,
        request: caller.request,
        block: head.hash,
    };
    let partial = share.transform(&decided.capsule, &context, &mut SystemRandom);
    let entry = Disclosure {
        kind: DisclosureKind::Transform,
        patient,
        record: decided.record,
        requester: caller.account,
        purpose: asked.purpose,
        grant: Some(grant),
        request: caller.request,
        block: head.id(),
        at: head.timestamp,
    };
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
pub(super) async fn disclosures<A: AsRef<Core>>(
    State(api): State<Arc<A>>,
    request: Request,
) -> Result<Json<DisclosureLog>, Problem> {
    let api: &Core = (*api).as_ref();
    let SignedRequest { mut parts, caller, .. } = signed(api, request).await?;
    let after = after(&mut parts).await?;
    let patient = caller.as_patient(api, &mut parts).await?;
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
