//! The HTTP API. Every request but `status`, `livez` and `readyz` is signed by an account; what an account may do
//! follows from the chain. Bodies and answers are those of [`aegle_protocol::wire`], refusals are [`Problem`]s.
mod batches;
mod counts;
mod decide;
mod decisions;
mod events;
mod evidence;
mod fhir;
mod fhir_routes;
mod grants;
mod keys;
mod operation;
mod path;
mod pieces;
mod problem;
mod records;
mod relabellings;
mod relay;
mod routes;
mod runs;
mod search;
mod shared_routes;
mod signed;
mod state;
mod status;
mod tick;
mod transform;
mod vault;
mod waiting;

pub(crate) use aegle_http::Problem;
pub(crate) use state::{Api, Core};

use aegle_http::json;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn};
use path::in_path;
use std::sync::Arc;

/// Builds the routes of an indexer.
pub(crate) fn router(api: Arc<Api>) -> Router {
    let (router, _) = routes::routes();
    router
        // Each handler reads its body itself, with a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(fhir::in_fhir))
        .with_state(api)
}

/// Builds the routes of a proxy by itself.
pub(crate) fn proxy_router(core: Core) -> Router {
    let (router, _) = routes::proxy_routes();
    router.layer(DefaultBodyLimit::disable()).with_state(Arc::new(core))
}

/// Returns the OpenAPI document of the routes, as `GET /openapi.json` answers it.
pub fn openapi() -> serde_json::Value {
    routes::routes().1
}
