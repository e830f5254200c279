//! The HTTP API. Every request but `status`, `livez` and `readyz` is signed by an account; what an account may do
//! follows from the chain. Bodies and answers are those of [`aegle_protocol::wire`], refusals are [`Problem`]s.
mod batches;
mod counts;
mod decide;
mod decisions;
mod events;
mod evidence;
mod grants;
mod keys;
mod problem;
mod records;
mod relabellings;
mod routes;
mod runs;
mod search;
mod signed;
mod status;
mod tick;
mod transform;
mod vault;
mod waiting;

pub(crate) use aegle_http::Problem;

use crate::{
    budget::Budgets, gate::Gate, labels::Labels, noise::Noise, proxy::Proxy, store::Store, streams::Streams,
    vault::Vault,
};
use aegle_http::json;
use aegle_policy::Policy;
use aegle_protocol::{Contracts, Deployment, request::Audience};
use aegle_rules::AccountId;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};

/// Uploads of ciphertexts that are being taken at the same time.
const MAX_UPLOADS: usize = 8;
/// Bundles that are being taken at the same time.
const MAX_BUNDLES: usize = 2;

/// Bodies of questions that are in memory at the same time, in KiB.
const MAX_QUESTION_KIB: usize = 128 * 1024;

/// What the handlers share.
pub(crate) struct Api {
    contracts: Contracts,
    store: Store,
    vault: Vault,
    proxy: Proxy,
    noise: Noise,
    labels: Labels,
    gate: Gate,
    policy: Arc<Policy>,
    budgets: Budgets,
    uploads: Arc<Semaphore>,
    bundles: Arc<Semaphore>,
    questions: Arc<Semaphore>,
    streams: Arc<Streams>,
    /// The first committee, once somebody asked about it.
    founders: OnceCell<Vec<AccountId>>,
}

impl Api {
    /// Builds an API over the parts of an indexer.
    pub(crate) fn new(
        contracts: Contracts,
        store: Store,
        vault: Vault,
        (proxy, noise): (Proxy, Noise),
        labels: Labels,
        gate: Gate,
        policy: Arc<Policy>,
    ) -> Arc<Self> {
        let places = |places| Arc::new(Semaphore::new(places));
        let (uploads, bundles) = (places(MAX_UPLOADS), places(MAX_BUNDLES));
        Arc::new(Self {
            budgets: Budgets::new(store.clone()),
            questions: places(MAX_QUESTION_KIB),
            streams: Streams::new(),
            founders: OnceCell::new(),
            contracts,
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

    /// Returns the streams of notifications that are open.
    pub(crate) fn streams(&self) -> Arc<Streams> {
        self.streams.clone()
    }

    /// Returns the deployment that requests, capsules and labels are bound to.
    fn bound_to(&self) -> Deployment {
        self.contracts.deployment()
    }

    /// Returns the audience that requests must be signed for.
    fn audience(&self) -> Audience {
        Audience {
            deployment: self.bound_to(),
            server: self.proxy.identity().account,
        }
    }
}

/// Builds the routes.
pub(crate) fn router(api: Arc<Api>) -> Router {
    let (router, _) = routes::routes();
    router
        // Each handler reads its body itself, with a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(api)
}

/// Returns the OpenAPI document of the routes, as `GET /openapi.json` answers it.
pub fn openapi() -> serde_json::Value {
    routes::routes().1
}

/// Reads a parameter of the path; a path that cannot be read is a problem document, and says nothing else.
async fn in_path<T: DeserializeOwned + Send>(parts: &mut Parts) -> Result<T, Problem> {
    let found = Path::<T>::from_request_parts(parts, &()).await;
    found
        .map(|Path(value)| value)
        .map_err(|_| Problem::invalid_request().because("the path names no such thing"))
}
