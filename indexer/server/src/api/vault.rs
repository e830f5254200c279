//! Ciphertexts come in here, before the batch that names them.
use super::{
    Api, Problem,
    signed::{LargeRequest, UPLOAD, signed_large},
};
use crate::{
    store::{Announced, CiphertextRow},
    vault::{Ciphertext, CiphertextState},
};
use aegle_http::wall_clock;
use aegle_protocol::{
    record::{RecordId, ciphertext_hash},
    wire::{Upload, UploadError},
};
use aegle_rules::OrganisationId;
use axum::{
    body::Bytes,
    extract::{Request, State},
    http::StatusCode,
};
use std::{collections::HashSet, sync::Arc};

/// Most bytes of ciphertexts that no batch has named yet, of one organisation: those of many large batches, which are sent at
/// once and anchored later.
const MAX_UNNAMED_BYTES: u64 = 256 << 30;

/// A ciphertext as it was received.
struct Received {
    row: CiphertextRow,
    bytes: Bytes,
}

/// Handles `POST /v1/ciphertexts`: an [`Upload`], by a custodian or an admin of an organisation that keeps a search domain. All
/// of it is stored, or it is as if nothing had come; the same ciphertexts again change nothing. They are the organisation's:
/// no batch of another one's domain can name them.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let LargeRequest { body, caller, turn, .. } = signed_large(&api, request, &UPLOAD, &api.uploads).await?;
    let standing = caller.as_custodian()?;
    check_room(&api, standing.organisation, body.len() as u64).await?;
    let received = turn.work(move || read(&body)).await?.map_err(refusal)?;
    let rows: Vec<CiphertextRow> = received.iter().map(|received| received.row).collect();
    let announced = api
        .store
        .announce_ciphertexts(&rows, standing.organisation, wall_clock())
        .await?;
    let known = match announced {
        Announced::Known(known) => known,
        Announced::Different(record) => return Err(Problem::record_exists().because(record)),
    };
    let fresh = missing(&api, received, &known).await?;
    let records: Vec<RecordId> = fresh.iter().map(|ciphertext| ciphertext.record).collect();
    api.vault.put(fresh).await?;
    // Only now are they in the vault for good; a crash before this line is mended by sending them again.
    api.store.confirm_ciphertexts(&records).await?;
    Ok(if records.is_empty() {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::CREATED
    })
}

/// Checks that an organisation may send `bytes` more bytes of ciphertexts before it sends the bundles that name them.
pub(super) async fn check_room(api: &Api, organisation: OrganisationId, bytes: u64) -> Result<(), Problem> {
    let unnamed = api.store.unnamed_bytes(organisation).await?;
    let unnamed = unnamed.ok_or(Problem::not_custodian().because("the organisation keeps no search domain"))?;
    if unnamed.saturating_add(bytes) > MAX_UNNAMED_BYTES {
        return Err(Problem::quota_spent().because(format_args!(
            "the organisation has {unnamed} bytes of ciphertexts that no batch names, of {MAX_UNNAMED_BYTES}: send the bundles of their batches first"
        )));
    }
    Ok(())
}

/// Reads names, hashes and bytes; the bytes stay where they are.
fn read(body: &Bytes) -> Result<Vec<Received>, UploadError> {
    let upload = Upload::from_bytes(body)?;
    let received = upload.ciphertexts().iter().map(|(record, ciphertext)| {
        let row = CiphertextRow {
            record: *record,
            hash: ciphertext_hash(ciphertext),
            length: ciphertext.len() as u64,
        };
        Received {
            row,
            bytes: body.slice_ref(ciphertext),
        }
    });
    Ok(received.collect())
}

fn refusal(error: UploadError) -> Problem {
    match error {
        UploadError::Format(_) | UploadError::Encoding(_) => Problem::invalid_body().because(error),
        UploadError::Ciphertexts(count) if count > 0 => Problem::too_large().because(error),
        UploadError::Bytes(_) => Problem::too_large().because(error),
        error => Problem::invalid_upload().because(error),
    }
}

/// Returns those whose bytes are not in the vault: they are new, were lost, or have rotted.
async fn missing(api: &Api, received: Vec<Received>, known: &HashSet<RecordId>) -> Result<Vec<Ciphertext>, Problem> {
    let mut missing = Vec::new();
    for Received { row, bytes } in received {
        if !known.contains(&row.record) || api.vault.look_at(&row).await? != CiphertextState::Whole {
            missing.push(Ciphertext {
                record: row.record,
                bytes,
            });
        }
    }
    Ok(missing)
}
