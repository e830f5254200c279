//! The HTTP API. Every request but `status`, `livez` and `readyz` is signed by an account; what an account may do
//! follows from the chain. Bodies and answers are those of [`aegle_protocol::wire`], refusals are [`Problem`]s.
mod batches;
mod counts;
mod decide;
mod evidence;
mod grants;
mod keys;
mod problem;
mod records;
mod relabellings;
mod search;
mod signed;
mod status;
mod transform;
mod vault;

use problem::Problem;

use crate::{
    labels::Labels,
    noise::Noise,
    policy::{Gate, Policy},
    proxy::Proxy,
    store::{Deployment, Store},
    vault::Vault,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path},
    http::request::Parts,
    routing::{get, post, put},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Uploads of ciphertexts that are being taken at the same time.
const MAX_UPLOADS: usize = 8;
/// Bundles that are being taken at the same time.
const MAX_BUNDLES: usize = 2;
/// Longest body of every other request: a search of 256 terms over 15 segments fits, or one of
/// 60 terms over the widest window.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// What the handlers share.
pub(crate) struct Api {
    deployment: Deployment,
    store: Store,
    vault: Vault,
    proxy: Proxy,
    noise: Noise,
    labels: Labels,
    gate: Gate,
    policy: Policy,
    uploads: Semaphore,
    bundles: Semaphore,
}

impl Api {
    /// An API over the parts of an indexer.
    pub(crate) fn new(
        deployment: Deployment,
        store: Store,
        vault: Vault,
        (proxy, noise): (Proxy, Noise),
        labels: Labels,
        gate: Gate,
        policy: Policy,
    ) -> Arc<Self> {
        let (uploads, bundles) = (Semaphore::new(MAX_UPLOADS), Semaphore::new(MAX_BUNDLES));
        Arc::new(Self {
            deployment,
            store,
            vault,
            proxy,
            noise,
            labels,
            gate,
            policy,
            uploads,
            bundles,
        })
    }

    /// What requests, capsules and labels are bound to.
    fn bound_to(&self) -> aegle_protocol::Deployment {
        aegle_protocol::Deployment {
            genesis: self.deployment.genesis,
            consent: self.deployment.contracts.consent,
        }
    }
}

/// The routes.
pub(crate) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/livez", get(status::alive))
        .route("/readyz", get(status::ready))
        .route("/v1/status", get(status::status))
        .route("/v1/keys", put(keys::deposit))
        .route("/v1/keys/{account}", get(keys::fetch))
        .route("/v1/ciphertexts", post(vault::deposit))
        .route("/v1/batches", post(batches::deposit))
        .route("/v1/relabellings", post(relabellings::deposit))
        .route("/v1/shares", post(grants::deposit))
        .route("/v1/grants/{patient}/{grant}", get(grants::fetch))
        .route("/v1/search", post(search::search))
        .route("/v1/counts", post(counts::count))
        .route("/v1/open", post(records::open))
        .route("/v1/ciphertexts/{record}", get(records::ciphertext))
        .route("/v1/transform", post(transform::transform))
        .route("/v1/disclosures", get(transform::disclosures))
        .fallback(async || Problem::no_such_path())
        .method_not_allowed_fallback(async || Problem::no_such_method())
        // Each handler reads its body itself, with a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(api)
}

/// What stands in the path; a path that cannot be read is a problem document, and says nothing else.
async fn in_path<T: DeserializeOwned + Send>(parts: &mut Parts) -> Result<T, Problem> {
    let found = Path::<T>::from_request_parts(parts, &()).await;
    found
        .map(|Path(value)| value)
        .map_err(|_| Problem::invalid_request().because("the path names no such thing"))
}

/// Reads a JSON body.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        // serde's words may repeat a value of the body, and so a token; its place is enough.
        Problem::invalid_body().because(format_args!("line {}, column {}", error.line(), error.column()))
    })
}
