//! New labels of old batches come in here: accepted only if they are what the ledger has now.
use super::{
    Api, Problem,
    batches::{Decoded, check_custodian, decode},
    signed::{BUNDLE, LargeRequest, signed_large},
};
use crate::store::{LabelSetId, NewLabels};
use aegle_protocol::wire::Relabelling;
use axum::{
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;

/// Handles `POST /v1/relabellings`: a [`Relabelling`], by a custodian or an admin of the organisation that keeps the
/// domain. The same one again changes nothing.
pub(super) async fn deposit(State(api): State<Arc<Api>>, request: Request) -> Result<StatusCode, Problem> {
    let LargeRequest { body, caller, turn, .. } = signed_large(&api, request, &BUNDLE, &api.bundles).await?;
    let Decoded {
        content: relabelling,
        hash,
    } = decode(&turn, body, Relabelling::from_bytes).await?;
    let (domain, span, epoch) = (relabelling.domain, relabelling.span, relabelling.epoch);
    check_custodian(&api, &caller, domain, epoch, Problem::relabelling_mismatch()).await?;
    let anchored = api.store.anchored_labels(domain, span.first()).await?;
    let anchored = anchored.ok_or(Problem::not_anchored())?;
    if let Some(batch) = api.store.missing_batch(domain, &span).await? {
        return Err(Problem::not_anchored().because(format_args!("batch {batch} is not stored: send its bundle")));
    }
    let (version, salt) = (relabelling.version, relabelling.commitment_salt);
    let verified = turn.work(move || relabelling.verify(&anchored)).await?;
    let labels = verified.map_err(|error| Problem::relabelling_mismatch().because(error))?;
    let id = LabelSetId {
        domain,
        span,
        epoch,
        version,
    };
    let new = NewLabels::new(id, hash, &labels, &salt);
    // It goes on when whoever asked is gone.
    let labels = api.labels.clone();
    let relabelling = tokio::spawn(async move { labels.relabel(&new).await });
    match relabelling.await.map_err(|_| Problem::unavailable())?? {
        Some(sequence) => {
            tracing::info!(sequence, %span, version, "labelled anew");
            Ok(StatusCode::CREATED)
        }
        None => {
            api.labels.following()?;
            Ok(StatusCode::NO_CONTENT)
        }
    }
}
