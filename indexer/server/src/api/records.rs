//! Rows and ciphertexts go out here, one record at a time, each time by the contract's own decision.
use super::{
    Api, Problem, in_path, json,
    signed::{Caller, SignedRequest, signed},
    tick::on_tick,
};
use crate::{
    gate::GateError,
    store::{CiphertextRow, RecordFound, RecordWithRow},
    vault::CiphertextState,
};
use aegle_http::wall_clock;
use aegle_policy::{Question, RecordQuestion, Ruling};
use aegle_protocol::{
    merkle,
    record::{RecordId, RecordRow, ciphertext_hash},
    wire::{Disclosure, DisclosureKind, OpenAnswer, OpenRequest, PIECE_BYTES},
};
use aegle_rules::{AccountId, Confidentiality, Purposes, Slot, consent::Facts};
use axum::{
    Json,
    body::Body,
    extract::{FromRequestParts, Query, Request, State},
    http::header,
    response::IntoResponse,
};
use serde::Deserialize;
use std::sync::Arc;

/// A record that the caller may see.
pub(super) struct Released {
    pub(super) found: RecordFound,
    pub(super) row: RecordRow,
    pub(super) ruling: Ruling,
}

/// Checks that exactly one purpose is named.
pub(super) fn one_purpose(purpose: Purposes) -> Result<Purposes, Problem> {
    if purpose.is_single() {
        Ok(purpose)
    } else {
        Err(Problem::invalid_purpose())
    }
}

/// Returns the record, if the contract lets the caller see it. Absent and denied take the same way, answer the same, and
/// leave at a tick.
pub(super) async fn release(
    api: &Api,
    caller: &Caller,
    record: &RecordId,
    purpose: Purposes,
) -> Result<Released, Problem> {
    on_tick(decide(api, caller, record, purpose)).await
}

async fn decide(api: &Api, caller: &Caller, record: &RecordId, purpose: Purposes) -> Result<Released, Problem> {
    let purpose = one_purpose(purpose)?;
    let stored = api.store.record(record).await?;
    let Subject { patient, facts } = match &stored {
        Some(RecordWithRow { record, .. }) => Subject {
            patient: record.patient,
            facts: record.facts,
        },
        None => nobody(),
    };
    let question = Question::plain(caller.account, patient, purpose);
    let asked = RecordQuestion { question, facts };
    let ruling = api
        .policy
        .ruling(&caller.view, wall_clock(), asked)
        .await
        .map_err(GateError::from)?;
    match stored {
        Some(RecordWithRow { record: found, row }) if ruling.allows() => Ok(Released { found, row, ruling }),
        _ => Err(Problem::not_found()),
    }
}

/// What the contract is asked about.
struct Subject {
    patient: AccountId,
    facts: Facts,
}

/// Returns what is asked about a record that does not exist, so that its answer takes as long.
fn nobody() -> Subject {
    let account = AccountId([0; 32]);
    Subject {
        patient: account,
        facts: Facts {
            slot: Slot(0),
            confidentiality: Confidentiality::VeryRestricted,
            author: account,
            authored_at: 0,
        },
    }
}

/// Builds the entry in the patient's log of what goes out.
pub(super) fn disclosure(caller: &Caller, released: &Released, kind: DisclosureKind, purpose: Purposes) -> Disclosure {
    let head = caller.view.finalized();
    Disclosure {
        kind,
        patient: released.found.patient,
        record: released.found.id,
        requester: caller.account,
        purpose,
        grant: released.ruling.permitted_by(),
        request: caller.request,
        block: head.id(),
        at: head.timestamp,
    }
}

/// Handles `POST /v1/open`: the record's row, and the proof that it is in its anchored batch.
pub(super) async fn open(State(api): State<Arc<Api>>, request: Request) -> Result<Json<OpenAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let OpenRequest { record, purpose } = json(&body)?;
    let released = release(&api, &caller, &record, purpose).await?;
    let RecordFound {
        domain, batch, number, ..
    } = released.found;
    let leaves = api.store.leaves(domain, batch).await?;
    let records = leaves.len() as u32;
    let proving = tokio::task::spawn_blocking(move || merkle::proof(&leaves, number as usize)).await;
    let proof = proving
        .map_err(|_| Problem::unavailable())?
        .ok_or(Problem::internal())?;
    api.store
        .disclose(&disclosure(&caller, &released, DisclosureKind::Row, purpose), None)
        .await?;
    Ok(Json(OpenAnswer {
        row: released.row,
        domain,
        batch,
        number,
        records,
        proof,
    }))
}

#[derive(Deserialize)]
struct For {
    purpose: String,
}

/// Handles `GET /v1/ciphertexts/{record}?purpose=TREAT`: the ciphertext's bytes. The purpose is a name or a number.
pub(super) async fn ciphertext(State(api): State<Arc<Api>>, request: Request) -> Result<impl IntoResponse, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let record: RecordId = in_path(&mut parts).await?;
    let query = Query::<For>::from_request_parts(&mut parts, &()).await;
    let purpose = query
        .ok()
        .and_then(|Query(query)| read_purpose(&query.purpose))
        .ok_or(Problem::invalid_purpose())?;
    let released = release(&api, &caller, &record, purpose).await?;
    let row = CiphertextRow {
        record,
        hash: released.row.ciphertext_hash,
        length: released.row.ciphertext_length,
    };
    let body = content(&api, &row).await?.ok_or_else(|| lost(&record))?;
    api.store
        .disclose(
            &disclosure(&caller, &released, DisclosureKind::Ciphertext, purpose),
            None,
        )
        .await?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        body,
    ))
}

/// Returns a ciphertext, if it is the one that its row names. A large one is read twice instead of being held in memory.
async fn content(api: &Api, row: &CiphertextRow) -> Result<Option<Body>, Problem> {
    if row.length <= PIECE_BYTES as u64 {
        let bytes = api.vault.get(&row.record).await?;
        let whole = bytes.filter(|bytes| ciphertext_hash(bytes) == row.hash);
        return Ok(whole.map(Body::from));
    }
    let state = api.vault.look_at(row).await?;
    let whole = || Body::from_stream(api.vault.parts(row.record, row.length));
    Ok((state == CiphertextState::Whole).then(whole))
}

/// Tells whoever may see a record that its ciphertext is not there any more, or is another one.
fn lost(record: &RecordId) -> Problem {
    tracing::error!(%record, "a ciphertext is lost: its custodian must send it again");
    Problem::ciphertext_lost()
}

fn read_purpose(text: &str) -> Option<Purposes> {
    let named = Purposes::NAMES
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, purpose)| *purpose);
    named.or_else(|| text.parse().ok().map(Purposes))
}
