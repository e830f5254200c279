//! Key bundles: public keys that others seal to, checked against the directory on chain.
use super::{
    Api, Problem, in_path, json,
    signed::{SignedRequest, signed},
};
use crate::store::StoreError;
use aegle_protocol::keys::KeyBundle;
use aegle_rules::AccountId;
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;

/// Handles `PUT /v1/keys`: the caller's own bundle.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    if !caller.controls(&api, caller.account).await? {
        return Err(Problem::not_permitted().because("another key controls the account"));
    }
    let bundle: KeyBundle = json(&body)?;
    let entry = api.store.directory_entry(&caller.account).await?;
    let entry = entry.ok_or(Problem::key_bundle_mismatch().because("the account has no entry in the key directory"))?;
    let verified = bundle.verify(&entry.bundle, &api.contracts.genesis, &caller.account);
    let verified = verified.map_err(|error| Problem::key_bundle_mismatch().because(error))?;
    api.store
        .set_key_bundle(&caller.account, &entry.bundle, &verified.bundle().to_bytes())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Handles `GET /v1/keys/{account}`: for the account itself and for whoever has a role.
pub(super) async fn fetch(State(api): State<Arc<Api>>, request: Request) -> Result<Json<KeyBundle>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let account: AccountId = in_path(&mut parts).await?;
    if caller.account != account && caller.standing.is_none() {
        return Err(Problem::role_required());
    }
    let entry = api.store.directory_entry(&account).await?.ok_or(Problem::not_found())?;
    let stored = api.store.key_bundle(&account).await?.ok_or(Problem::not_found())?;
    // A bundle that the directory no longer names is of no use, and could be of harm.
    if stored.hash != entry.bundle {
        return Err(Problem::not_found());
    }
    let bundle = KeyBundle::from_bytes(&stored.bytes).map_err(|_| StoreError::Corrupt { column: "bundle" })?;
    Ok(Json(bundle))
}
