//! The off-chain half of a grant: how its keys are split, and the sealed parts.
use super::{
    Core, Problem, in_path, json,
    signed::{Caller, SignedRequest, signed},
};
use crate::store::{EpochTimes, ShareStored, SplitTerms, StoreError};
use aegle_http::wall_clock;
use aegle_protocol::{
    delegation::{MAX_ENDORSEMENT_AGE_MS, SplitAnchor, SplitEndorsement},
    keys::PublishedKeys,
    wire::{DepositError, FormatError, GrantSplit, HeldGrant, ShareDeposit, VerifiedDeposit},
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

/// The most splits of a grant that a server may have missed while it was away, after which it takes the next one. Bounded,
/// because a version that no later one can follow would keep the grant's share as it is for ever.
const MAX_SPLITS_MISSED: u32 = 1_024;

/// Handles `POST /v1/shares`: by the patient, for one of their grants that stands.
pub(super) async fn deposit<A: AsRef<Core>>(
    State(api): State<Arc<A>>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let api: &Core = (*api).as_ref();
    let SignedRequest {
        mut parts,
        body,
        caller,
        ..
    } = signed(api, request).await?;
    let (patient, control) = caller.giving_for(api, &mut parts).await?;
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
        control: &control,
    };
    check_endorsement(&caller, &anchor, deposit.endorsement.as_ref())?;
    let verified = deposit
        .verify(&anchor)
        .map_err(|error| Problem::share_mismatch().because(error))?;
    check_proxies(&terms, &verified)?;
    check_slots(api, &patient, &terms, &verified).await?;
    check_version(api, &patient, &terms, &verified).await?;
    // The share must open now: found out at the first transform, it would be too late. A server whose proxy has no part in
    // the grant keeps how it is split, for its patient and its grantee.
    let is_named = verified.split().proxy_index(&api.proxy.identity().account).is_some();
    if is_named || verified.share().is_some() {
        let opened = api.proxy.shares(&verified);
        opened.map_err(|error| Problem::share_mismatch().because(error))?;
    }
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

/// Checks that keys are split among as many proxies, of which as many must take part, as the chain says of the grant: that is
/// what the contract has compared with the proxies of the grantee's organisation.
fn check_proxies(terms: &Terms, deposit: &VerifiedDeposit) -> Result<(), Problem> {
    let document = deposit.split().document();
    let proxies = terms.proxies.count() as usize;
    if (document.threshold, document.proxies.len()) == (terms.threshold, proxies) {
        return Ok(());
    }
    Err(Problem::share_mismatch().because(format_args!(
        "the split is for {} of {} proxies, the grant for {} of {proxies}",
        document.threshold,
        document.proxies.len(),
        terms.threshold
    )))
}

/// Checks that the split is not further ahead of the one that is stored than a server can have missed.
async fn check_version(
    api: &Core,
    patient: &AccountId,
    terms: &Terms,
    deposit: &VerifiedDeposit,
) -> Result<(), Problem> {
    let document = deposit.split().document();
    let stored = stored_deposit(api, patient, document.grant, terms).await?;
    let stored = stored.map_or(0, |stored| stored.split().document().version);
    if document.version.saturating_sub(stored) <= MAX_SPLITS_MISSED {
        return Ok(());
    }
    Err(Problem::split_version().because(format_args!(
        "split {} is more than {MAX_SPLITS_MISSED} after split {stored}: number splits one after the other",
        document.version
    )))
}

/// Checks that a split that takes the place of the one on chain is signed now, by the key that controls the account now.
fn check_endorsement(
    caller: &Caller,
    anchor: &SplitAnchor<'_>,
    endorsement: Option<&SplitEndorsement>,
) -> Result<(), Problem> {
    let now = caller.view.latest_time(wall_clock());
    if endorsement.is_some_and(|endorsement| !endorsement.is_fresh(now)) {
        return Err(Problem::share_mismatch().because(format_args!(
            "the split is signed at a later time than now, or more than {} minutes ago",
            MAX_ENDORSEMENT_AGE_MS / 60_000
        )));
    }
    if !anchor.is_of_controller(endorsement, now) {
        return Err(Problem::share_mismatch().because("another key controls the patient's account since"));
    }
    Ok(())
}

/// Checks that the split is of slots that the grant covers, of epochs that have begun, and of keys that the patient has
/// published, as far as is known.
async fn check_slots(api: &Core, patient: &AccountId, terms: &Terms, deposit: &VerifiedDeposit) -> Result<(), Problem> {
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
pub(super) async fn fetch<A: AsRef<Core>>(
    State(api): State<Arc<A>>,
    request: Request,
) -> Result<Json<GrantSplit>, Problem> {
    let api: &Core = (*api).as_ref();
    let SignedRequest { mut parts, caller, .. } = signed(api, request).await?;
    let (patient, grant): (AccountId, u32) = in_path(&mut parts).await?;
    let grant = GrantId(grant);
    let terms = api
        .store
        .grant_terms(&patient, grant)
        .await?
        .ok_or(Problem::not_found())?;
    if !is_grantee(&caller, &terms.grantee) && !caller.controls(api, patient).await? {
        return Err(Problem::not_found());
    }
    let deposit = stored_deposit(api, &patient, grant, &terms)
        .await?
        .ok_or(Problem::not_found())?;
    Ok(Json(deposit.grant_split()))
}

/// Handles `GET /v1/grants`: the patient's permits with keys that were not revoked, for splitting their keys again.
pub(super) async fn held<A: AsRef<Core>>(
    State(api): State<Arc<A>>,
    request: Request,
) -> Result<Json<Vec<HeldGrant>>, Problem> {
    let api: &Core = (*api).as_ref();
    let SignedRequest { mut parts, caller, .. } = signed(api, request).await?;
    let patient = caller.as_patient(api, &mut parts).await?;
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

/// Whether a grant is given to the caller, or to an organisation of theirs.
pub(super) fn is_grantee(caller: &Caller, grantee: &Grantee) -> bool {
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

/// Returns the deposit of a grant, verified again against the chain's commitment, as far as it is the one on chain.
pub(super) async fn stored_deposit(
    api: &Core,
    patient: &AccountId,
    grant: GrantId,
    terms: &Terms,
) -> Result<Option<VerifiedDeposit>, Problem> {
    let Some(bytes) = api.store.share(patient, grant).await? else {
        return Ok(None);
    };
    let corrupt = StoreError::Corrupt { column: "deposit" };
    let deposit = match ShareDeposit::from_bytes(&bytes) {
        Ok(deposit) => deposit,
        Err(DepositError::Format(FormatError::Version { found, .. })) => {
            tracing::warn!(%grant, found, "a deposit of another release counts as none: its patient deposits it again");
            return Ok(None);
        }
        Err(_) => return Err(corrupt.into()),
    };
    match deposit.verify_taken(grant, &terms.split) {
        Ok(verified) => Ok(Some(verified)),
        Err(_) => Err(corrupt.into()),
    }
}
