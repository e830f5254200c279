//! Ciphertexts come in here, before the batch that names them.
use super::{
    Api, Problem, in_path,
    signed::{signed_large, turn},
};
use crate::{store::CiphertextRow, vault::MAX_CIPHERTEXT_BYTES};
use aegle_crypto::record::{RecordId, ciphertext_hash};
use aegle_rules::Roles;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;

/// `PUT /v1/vault/{record}`: the ciphertext's bytes, by an organisation's admin; once.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let _turn = turn(&api.uploads).await?;
    let (mut parts, body, caller) =
        signed_large(&api, request, Roles::ORGANISATION_ADMIN, MAX_CIPHERTEXT_BYTES).await?;
    let standing = caller.with_roles(Roles::ORGANISATION_ADMIN)?;
    let record: RecordId = in_path(&mut parts).await?;
    if body.is_empty() {
        return Err(Problem::empty_ciphertext());
    }
    api.vault.put(&record, body.clone()).await?;
    let length = body.len() as u64;
    let hash = tokio::task::spawn_blocking(move || ciphertext_hash(&body))
        .await
        .map_err(|_| Problem::unavailable())?;
    // Only now is it in the vault for good; a crash before this line is mended by putting it again.
    let added = api
        .store
        .add_ciphertext(&(CiphertextRow { record, hash, length }, standing.organisation))
        .await?;
    Ok(if added {
        StatusCode::CREATED
    } else {
        StatusCode::NO_CONTENT
    })
}
