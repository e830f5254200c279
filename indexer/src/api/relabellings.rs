//! New labels of old batches come in here: accepted only if they are what the ledger has now.
use super::{
    Api, Problem,
    batches::MAX_BUNDLE_BYTES,
    signed::{signed_large, turn},
};
use crate::store::NewLabels;
use aegle_crypto::protocol::Relabelling;
use aegle_rules::{Hash, Roles};
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use scale::Encode;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// `POST /v1/relabellings`: a SCALE [`Relabelling`], by an admin of the domain's custodian. The same one again changes
/// nothing.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let _turn = turn(&api.bundles).await?;
    let (_, body, caller) = signed_large(&api, request, Roles::ORGANISATION_ADMIN, MAX_BUNDLE_BYTES).await?;
    let decoding = tokio::task::spawn_blocking(move || {
        let relabelling = Relabelling::from_bytes(&body)?;
        Ok::<_, aegle_crypto::protocol::RelabellingError>((relabelling, Hash(Sha256::digest(&body).into())))
    });
    let decoded = decoding.await.map_err(|_| Problem::unavailable())?;
    let (relabelling, hash) = decoded.map_err(|error| Problem::invalid_body().because(error))?;
    let domain = api
        .store
        .domain(relabelling.domain)
        .await?
        .ok_or(Problem::unknown_domain())?;
    if caller.with_roles(Roles::ORGANISATION_ADMIN)?.organisation != domain.custodian {
        return Err(Problem::not_custodian());
    }
    if relabelling.epoch > domain.epoch {
        return Err(Problem::relabelling_mismatch().because("the domain has no such epoch"));
    }
    let (domain, batch) = (relabelling.domain, relabelling.batch);
    let anchor = api.store.anchor(domain, batch).await?.ok_or(Problem::not_anchored())?;
    if !api.store.has_batch(domain, batch).await? {
        return Err(Problem::not_anchored().because("the batch is not stored: send its bundle, with these labels"));
    }
    let (epoch, version, salt) = (relabelling.epoch, relabelling.version, relabelling.commitment_salt);
    let verifying = tokio::task::spawn_blocking(move || relabelling.verify(&anchor)).await;
    let verified = verifying.map_err(|_| Problem::unavailable())?;
    let labels = verified.map_err(|error| Problem::relabelling_mismatch().because(error))?;
    let new = NewLabels {
        domain,
        batch,
        epoch,
        version,
        bundle: hash,
        salt: labels.salt().0,
        commitment_salt: salt.0,
        counts: labels.counts().encode(),
        labels: labels.encode(),
    };
    match api.labels.relabel(&new).await? {
        Some(sequence) => {
            tracing::info!(sequence, version, "batch labelled anew");
            Ok(StatusCode::CREATED)
        }
        None => Ok(StatusCode::NO_CONTENT),
    }
}
