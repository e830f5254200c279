//! Large ciphertexts come in here, piece by piece, before the batch that names them.
use super::{
    Api, Problem, in_path, json,
    signed::{LargeRequest, PIECE, signed_large},
    vault::check_room,
};
use crate::{
    store::{Announced, CiphertextRow},
    vault::CiphertextState,
};
use aegle_http::wall_clock;
use aegle_protocol::{
    record::RecordId,
    wire::{LargeCiphertext, MissingPieces, piece_bytes},
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;

/// Handles `POST /v1/ciphertexts/large`: announces a ciphertext that comes in pieces, and answers which are missing. Asked
/// again when none is, it puts them together: none is missing once the ciphertext is stored, whole. By a custodian or an admin
/// of an organisation that keeps a search domain, and as often as they like.
pub(super) async fn announce(State(api): State<Arc<Api>>, request: Request) -> Result<Json<MissingPieces>, Problem> {
    let LargeRequest { body, caller, turn, .. } = signed_large(&api, request, &PIECE, &api.uploads).await?;
    let large: LargeCiphertext = json(&body)?;
    large.check().map_err(|error| Problem::too_large().because(error))?;
    let organisation = caller.as_custodian()?.organisation;
    let LargeCiphertext { record, hash, length } = large;
    let row = CiphertextRow { record, hash, length };
    if api.store.announced_ciphertext(&record, organisation).await?.is_none() {
        // Whoever sends a whole ciphertext has its bytes; whoever announces one only says so.
        if api.store.known_ciphertexts(&[record]).await?.contains(&record) {
            return Err(Problem::record_exists().because(record));
        }
        check_room(&api, organisation, length).await?;
    }
    let announced = api
        .store
        .announce_ciphertexts(&[row], organisation, wall_clock())
        .await?;
    if let Announced::Different(record) = announced {
        return Err(Problem::record_exists().because(record));
    }
    // What is stored is read and hashed.
    caller.charge(work(length));
    // Whoever hangs up keeps the turn until the work has ended: what was begun is whole when they ask again.
    let joining = tokio::spawn(async move {
        let _turn = turn;
        put_together(&api, &row).await
    });
    let missing = joining.await.map_err(|_| Problem::unavailable())??;
    Ok(Json(MissingPieces { missing }))
}

/// Returns the work of reading so many bytes: one unit for 16 KiB.
fn work(length: u64) -> usize {
    usize::try_from(length >> 14).unwrap_or(usize::MAX)
}

/// Returns the pieces that are missing; none once the ciphertext is in the vault for good.
async fn put_together(api: &Api, row: &CiphertextRow) -> Result<Vec<u32>, Problem> {
    let _one = api.joining.lock().await;
    let state = api.vault.look_at(row).await?;
    if state == CiphertextState::Rotten {
        // What its disk has changed opens for nobody; pieces are taken where nothing is stored.
        api.vault.delete(vec![row.record]).await?;
    }
    if state != CiphertextState::Whole {
        let missing = api.vault.missing_pieces(row).await?;
        if !missing.is_empty() {
            return Ok(missing);
        }
        if !api.vault.join_pieces(row).await? {
            return Err(Problem::invalid_upload().because(
                "the pieces do not hash to the ciphertext that was announced, and were dropped: send all of them again",
            ));
        }
    }
    api.store.confirm_ciphertexts(&[row.record]).await?;
    Ok(Vec::new())
}

/// Handles `PUT /v1/ciphertexts/{record}/pieces/{number}`: a piece of a ciphertext that the caller's organisation announced.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let LargeRequest {
        mut parts,
        body,
        caller,
        turn: _turn,
    } = signed_large(&api, request, &PIECE, &api.uploads).await?;
    let (record, number): (RecordId, u32) = in_path(&mut parts).await?;
    let organisation = caller.as_custodian()?.organisation;
    let row = api.store.announced_ciphertext(&record, organisation).await?;
    let row = row.ok_or(Problem::not_found())?;
    if api.vault.length(&record).await? == Some(row.length) {
        // An announcement says whether it is whole, and begins anew where it is not.
        return Ok(StatusCode::NO_CONTENT);
    }
    match piece_bytes(row.length, number) {
        Some(bytes) if bytes == body.len() => {}
        Some(bytes) => {
            return Err(Problem::invalid_upload().because(format_args!(
                "piece {number} has {bytes} bytes, and {} came",
                body.len()
            )));
        }
        None => return Err(Problem::invalid_upload().because(format_args!("there is no piece {number}"))),
    }
    api.vault.put_piece(&record, number, body).await?;
    Ok(StatusCode::CREATED)
}
