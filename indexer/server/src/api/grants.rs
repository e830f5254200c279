//! The off-chain half of a grant: how its keys are split, and the sealed parts.
use super::{
    Api, Problem, in_path, json,
    signed::{Caller, SignedRequest, signed},
};
use crate::store::{ShareStored, StoreError};
use aegle_protocol::{
    keys::KeyBundle,
    wire::{GrantSplit, ShareDeposit, VerifiedDeposit},
};
use aegle_rules::{
    AccountId, GrantId,
    consent::{Grantee, Terms},
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;

/// Handles `POST /v1/shares`: by the patient, for one of their grants that stands.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let SignedRequest {
        mut parts,
        body,
        caller,
    } = signed(&api, request).await?;
    let patient = caller.as_patient(&api, &mut parts).await?;
    let deposit: ShareDeposit = json(&body)?;
    let grant = deposit.document.grant;
    let encoded = deposit.to_bytes();
    let terms = api
        .store
        .grant_terms(&patient, grant)
        .await?
        .ok_or(Problem::unknown_grant())?;
    let verified = deposit
        .verify(&terms.split, grant)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    check_slots(&api, &patient, &terms, &verified).await?;
    // The share must open now: found out at the first transform, it would be too late.
    api.proxy
        .shares(&verified)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    match api.store.add_share(&patient, grant, &encoded).await? {
        ShareStored::Stored => Ok(StatusCode::CREATED),
        ShareStored::Same => Ok(StatusCode::NO_CONTENT),
        ShareStored::Other => Err(Problem::share_exists()),
        ShareStored::Revoked => Err(Problem::unknown_grant()),
    }
}

/// Checks that the split is of slots that the grant covers, and of keys that the patient has published, as far as is
/// known.
/// known.
async fn check_slots(api: &Api, patient: &AccountId, terms: &Terms, deposit: &VerifiedDeposit) -> Result<(), Problem> {
    let bundle = match api.store.key_bundle(patient).await? {
        Some(stored) => {
            Some(KeyBundle::from_bytes(&stored.bytes).map_err(|_| StoreError::Corrupt { column: "bundle" })?)
        }
        None => None,
    };
    for slot in deposit.split().slots() {
        let split = slot.split();
        if !terms.slots.contains(split.slot) {
            return Err(
                Problem::share_mismatch().because(format_args!("the grant does not cover slot {}", split.slot.0))
            );
        }
        let published = bundle
            .iter()
            .flat_map(|bundle| &bundle.keys)
            .find(|key| (key.slot, key.epoch) == (split.slot, split.epoch));
        if published.is_some_and(|published| published.key != split.public_key) {
            return Err(Problem::share_mismatch().because(format_args!("slot {} has another key", split.slot.0)));
        }
    }
    Ok(())
}

/// Handles `GET /v1/grants/{patient}/{grant}`: for the patient and for the grantee.
pub(super) async fn fetch(State(api): State<Arc<Api>>, request: Request) -> Result<Json<GrantSplit>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let (patient, grant): (AccountId, u32) = in_path(&mut parts).await?;
    let grant = GrantId(grant);
    let terms = api
        .store
        .grant_terms(&patient, grant)
        .await?
        .ok_or(Problem::not_found())?;
    if !is_grantee(&caller, &terms.grantee) && !caller.controls(&api, patient).await? {
        return Err(Problem::not_found());
    }
    let deposit = stored_deposit(&api, &patient, grant, &terms)
        .await?
        .ok_or(Problem::not_found())?;
    Ok(Json(deposit.grant_split()))
}

fn is_grantee(caller: &Caller, grantee: &Grantee) -> bool {
    match grantee {
        Grantee::Account(account) => *account == caller.account,
        Grantee::Organisation(organisation) => caller
            .standing
            .is_some_and(|standing| standing.organisation == *organisation),
        // Nothing is split for everybody.
        Grantee::Anyone => false,
    }
}

/// Returns the deposit of a grant, verified again against the chain's commitment.
pub(super) async fn stored_deposit(
    api: &Api,
    patient: &AccountId,
    grant: GrantId,
    terms: &Terms,
) -> Result<Option<VerifiedDeposit>, Problem> {
    let Some(bytes) = api.store.share(patient, grant).await? else {
        return Ok(None);
    };
    let corrupt = StoreError::Corrupt { column: "deposit" };
    let Ok(deposit) = ShareDeposit::from_bytes(&bytes) else {
        return Err(corrupt.into());
    };
    match deposit.verify(&terms.split, grant) {
        Ok(verified) => Ok(Some(verified)),
        Err(_) => Err(corrupt.into()),
    }
}
