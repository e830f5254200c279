//! The off-chain half of a grant: how its keys are split, and the sealed parts.
use super::{
    Api, Problem, in_path, json,
    signed::{Caller, SignedRequest, signed},
};
use crate::store::{EpochTimes, ShareStored, SplitTerms, StoreError};
use aegle_protocol::{
    delegation::SplitAnchor,
    keys::PublishedKeys,
    wire::{GrantSplit, HeldGrant, ShareDeposit, VerifiedDeposit},
};
use aegle_rules::{
    AccountId, GrantId, SLOTS, Slot, Slots,
    consent::{Effect, Grantee, Terms},
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
        ..
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
    let deployment = api.bound_to();
    let anchor = SplitAnchor {
        deployment: &deployment,
        patient: &patient,
        grant,
        on_chain: &terms.split,
    };
    let verified = deposit
        .verify(&anchor)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    check_slots(&api, &patient, &terms, &verified).await?;
    // The share must open now: found out at the first transform, it would be too late.
    api.proxy
        .shares(&verified)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    let split = SplitTerms {
        version: verified.split().document().version,
        until: terms.until,
    };
    match api.store.add_share(&patient, grant, split, &encoded).await? {
        ShareStored::Stored => Ok(StatusCode::CREATED),
        ShareStored::Same => Ok(StatusCode::NO_CONTENT),
        ShareStored::Other => Err(Problem::share_exists()),
        ShareStored::Revoked => Err(Problem::unknown_grant()),
    }
}

/// Checks that the split is of slots that the grant covers, of epochs that have begun, and of keys that the patient has
/// published, as far as is known.
async fn check_slots(api: &Api, patient: &AccountId, terms: &Terms, deposit: &VerifiedDeposit) -> Result<(), Problem> {
    let published = match api.store.key_bundle(patient).await? {
        Some(stored) => {
            Some(PublishedKeys::from_bytes(&stored.bytes).map_err(|_| StoreError::Corrupt { column: "bundle" })?)
        }
        None => None,
    };
    let epochs = api.store.slot_epochs(patient).await?;
    for slot in deposit.split().slots() {
        let split = slot.split();
        if !terms.slots.contains(split.slot) {
            return Err(
                Problem::share_mismatch().because(format_args!("the grant does not cover slot {}", split.slot.0))
            );
        }
        // Whoever is revoked would else hold keys of what is filed afterwards.
        if epochs
            .get(usize::from(split.slot.0))
            .is_none_or(|current| split.epoch > *current)
        {
            return Err(Problem::share_mismatch().because(format_args!(
                "epoch {} of slot {} has not begun",
                split.epoch, split.slot.0
            )));
        }
        let key = published.as_ref().and_then(|keys| keys.key(split.slot, split.epoch));
        if key.is_some_and(|key| *key != split.public_key) {
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

/// Handles `GET /v1/grants`: the patient's permits with keys that were not revoked, for splitting their keys again.
pub(super) async fn held(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Vec<HeldGrant>>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let patient = caller.as_patient(&api, &mut parts).await?;
    let now = caller.view.finalized().timestamp;
    let began = api.store.epoch_times(&patient).await?;
    let grants = api.store.grants_held(&patient).await?;
    let held = grants.into_iter().filter_map(|(grant, terms)| {
        let Grantee::Account(grantee) = terms.grantee else {
            return None;
        };
        let has_keys = terms.effect == Effect::Permit && terms.threshold > 0 && !grant.is_delegated();
        has_keys.then(|| HeldGrant {
            grant,
            grantee,
            until: terms.until,
            unmoved: match terms.until <= now {
                true => unmoved(&terms, &began),
                false => 0,
            },
        })
    });
    Ok(Json(held.collect()))
}

/// The slots of a grant that ended whose epochs have not moved since.
fn unmoved(terms: &Terms, began: &EpochTimes) -> u32 {
    let slots = (0..SLOTS).map(Slot).zip(began);
    let unmoved = slots.filter(|(slot, began)| terms.slots.contains(*slot) && **began < terms.until);
    unmoved.fold(Slots::default(), |slots, (slot, _)| slots.with(slot)).0
}

fn is_grantee(caller: &Caller, grantee: &Grantee) -> bool {
    match grantee {
        Grantee::Account(account) => *account == caller.account,
        Grantee::Organisation(organisation) => {
            let mut standings = caller.standings.iter();
            standings.any(|standing| standing.organisation == *organisation)
        }
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
    let deployment = api.bound_to();
    let anchor = SplitAnchor {
        deployment: &deployment,
        patient,
        grant,
        on_chain: &terms.split,
    };
    match deposit.verify(&anchor) {
        Ok(verified) => Ok(Some(verified)),
        Err(_) => Err(corrupt.into()),
    }
}
