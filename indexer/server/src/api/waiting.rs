//! What waits for the caller.
use super::{
    Api, Problem,
    events::listener,
    signed::{SignedRequest, signed},
};
use aegle_http::wall_clock;
use aegle_protocol::wire::Waiting;
use axum::{
    Json,
    extract::{Request, State},
};
use std::sync::Arc;

/// Handles `GET /v1/waiting?patient=`.
pub(super) async fn waiting(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Waiting>, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let patient = caller.as_patient(&api, &mut parts).await?;
    let at = caller.view.latest_time(wall_clock());
    let listener = listener(&api, &caller, patient, at).await?;
    let store = &api.store;
    Ok(Json(Waiting {
        requests: store.open_requests(&listener).await?,
        glasses: store.open_glasses(&listener).await?,
        proposals: match listener.is_member {
            true => store.open_proposals(listener.at).await?,
            false => Vec::new(),
        },
        wards: store.wards(&listener).await?,
        block: caller.view.finalized().id(),
    }))
}
