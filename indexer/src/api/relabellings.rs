//! New labels of old batches come in here: accepted only if they are what the ledger has now.
use super::{
    Api, Problem,
    batches::{MAX_BUNDLE_BYTES, anchored_by, decode},
    signed::{signed_large, turn},
};
use crate::store::NewLabels;
use aegle_crypto::protocol::Relabelling;
use aegle_rules::Roles;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;

/// `POST /v1/relabellings`: a SCALE [`Relabelling`], by an admin of the domain's custodian. The same one again changes
/// nothing.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let _turn = turn(&api.bundles).await?;
    let (_, body, caller) = signed_large(&api, request, Roles::ORGANISATION_ADMIN, MAX_BUNDLE_BYTES).await?;
    let (relabelling, hash) = decode(body, Relabelling::from_bytes).await?;
    let (domain, batch, epoch) = (relabelling.domain, relabelling.batch, relabelling.epoch);
    let mismatch = Problem::relabelling_mismatch();
    let anchor = anchored_by(&api, &caller, (domain, batch, epoch), mismatch).await?;
    if !api.store.has_batch(domain, batch).await? {
        return Err(Problem::not_anchored().because("the batch is not stored: send its bundle, with these labels"));
    }
    let (version, salt) = (relabelling.version, relabelling.commitment_salt);
    let verifying = tokio::task::spawn_blocking(move || relabelling.verify(&anchor)).await;
    let verified = verifying.map_err(|_| Problem::unavailable())?;
    let labels = verified.map_err(|error| Problem::relabelling_mismatch().because(error))?;
    let new = NewLabels::new((domain, batch), (epoch, version), hash, &labels, &salt);
    match api.labels.relabel(&new).await? {
        Some(sequence) => {
            tracing::info!(sequence, version, "batch labelled anew");
            Ok(StatusCode::CREATED)
        }
        None => Ok(StatusCode::NO_CONTENT),
    }
}
