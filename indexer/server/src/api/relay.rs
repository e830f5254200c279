//! Calls that patients, guardians and recovery keys have signed, and that this server submits and pays for.
use super::{
    Api, Problem, json,
    signed::{SignedRequest, signed},
};
use crate::relay::{Presented, RelayError};
use aegle_http::wall_clock;
use aegle_protocol::wire::{RelayAnswer, RelayRequest};
use axum::{
    Json,
    extract::{Request, State},
};
use std::sync::Arc;

/// What a call asks of the chain, in questions to a contract: its own dry run, and what is looked up before.
const QUESTIONS: usize = 16;

/// Handles `POST /v1/relay`. Anybody may ask: the call itself says who wants it, and counts once.
pub(super) async fn relay(State(api): State<Arc<Api>>, request: Request) -> Result<Json<RelayAnswer>, Problem> {
    let SignedRequest { body, caller, .. } = signed(&api, request).await?;
    let relayer = api.relayer.as_ref().ok_or(RelayError::Off)?;
    let request: RelayRequest = json(&body)?;
    let now = caller.view.latest_time(wall_clock());
    caller.charge(QUESTIONS);
    let call = request.verify(&api.contracts, now).map_err(RelayError::from)?;
    let (server, patient) = (api.audience().server, call.call().patient());
    let invitation = request.verify_invitation(&api.contracts, &server, &patient, now);
    let presented = Presented { call, invitation };
    Ok(Json(relayer.relay(presented, *caller.view.finalized()).await?))
}
