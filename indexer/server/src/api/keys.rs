//! Published keys: what others seal to, checked against the directory on chain.
use super::{
    Api, Problem, in_path,
    signed::{SignedRequest, signed},
};
use crate::store::StoreError;
use aegle_protocol::keys::{KeyAnswer, PublishedKeys};
use aegle_rules::{AccountId, SLOTS};
use axum::{
    Json,
    extract::{FromRequestParts, Query, Request, State},
    http::StatusCode,
};
use serde::Deserialize;
use std::sync::Arc;

/// Handles `PUT /v1/keys`: the caller's own keys.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    if !caller.controls(&api, caller.account).await? {
        return Err(Problem::not_permitted().because("another key controls the account"));
    }
    let published = PublishedKeys::from_bytes(&body).map_err(|error| Problem::invalid_body().because(error))?;
    let entry = api.store.directory_entry(&caller.account).await?;
    let entry = entry.ok_or(Problem::key_bundle_mismatch().because("the account has no entry in the key directory"))?;
    let verified = published.verify(&entry.bundle, &api.bound_to(), &caller.account);
    verified.map_err(|error| Problem::key_bundle_mismatch().because(error))?;
    api.store
        .set_key_bundle(&caller.account, &entry.bundle, &published.to_bytes())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Of {
    epochs: String,
}

/// Handles `GET /v1/keys/{account}?epochs=`: for the account itself and for whoever has a role. The epochs are those that the
/// caller has read on chain, one for each slot.
pub(super) async fn fetch(State(api): State<Arc<Api>>, request: Request) -> Result<Json<KeyAnswer>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let account: AccountId = in_path(&mut parts).await?;
    let query = Query::<Of>::from_request_parts(&mut parts, &()).await;
    let epochs = query.ok().and_then(|Query(query)| read_epochs(&query.epochs));
    let epochs =
        epochs.ok_or(Problem::invalid_request().because("`epochs` has a number for each of 32 slots, after commas"))?;
    if caller.account != account && caller.standings.is_empty() {
        return Err(Problem::role_required());
    }
    let entry = api.store.directory_entry(&account).await?.ok_or(Problem::not_found())?;
    let stored = api.store.key_bundle(&account).await?.ok_or(Problem::not_found())?;
    // Keys that the directory no longer names are of no use, and could be of harm.
    if stored.hash != entry.bundle {
        return Err(Problem::not_found());
    }
    let published = PublishedKeys::from_bytes(&stored.bytes).map_err(|_| StoreError::Corrupt { column: "bundle" })?;
    Ok(Json(published.answer(&epochs)))
}

fn read_epochs(text: &str) -> Option<[u16; SLOTS as usize]> {
    let epochs: Option<Vec<u16>> = text.split(',').map(|epoch| epoch.parse().ok()).collect();
    epochs?.try_into().ok()
}
