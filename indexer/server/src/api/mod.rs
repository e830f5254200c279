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
mod status;
mod tick;
mod transform;
mod vault;
mod waiting;

pub(crate) use aegle_http::Problem;

use crate::{
    budget::Budgets, gate::Gate, labels::Labels, noise::Noise, proxy::Proxy, relay::Relayer, store::Store,
    streams::Streams, vault::Vault,
};
use aegle_http::json;
use aegle_policy::Policy;
use aegle_protocol::{Contracts, Deployment, request::Audience};
use aegle_rules::AccountId;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path},
    http::request::Parts,
    middleware::from_fn,
};
use serde::de::DeserializeOwned;
use std::{ops::Deref, sync::Arc};
use tokio::sync::{Mutex, OnceCell, Semaphore};

/// Uploads of ciphertexts that are being taken at the same time.
const MAX_UPLOADS: usize = 8;
/// Bundles that are being taken at the same time.
const MAX_BUNDLES: usize = 2;

/// Bodies of questions that are in memory at the same time, in KiB.
const MAX_QUESTION_KIB: usize = 128 * 1024;

/// What the handlers of every server share: of a proxy by itself, this is all.
pub(crate) struct Core {
    contracts: Contracts,
    store: Store,
    proxy: Proxy,
    gate: Gate,
    policy: Arc<Policy>,
    budgets: Budgets,
    questions: Arc<Semaphore>,
    /// `None` where nobody's calls are relayed.
    relayer: Option<Relayer>,
}

/// What the handlers of an indexer share.
pub(crate) struct Api {
    core: Core,
    vault: Vault,
    noise: Noise,
    labels: Labels,
    uploads: Arc<Semaphore>,
    /// Whole ciphertexts are read and put together one after the other: what one announcement takes for rotten, another has not
    /// put together meanwhile.
    joining: Mutex<()>,
    bundles: Arc<Semaphore>,
    streams: Arc<Streams>,
    /// The first committee, once somebody asked about it.
    founders: OnceCell<Vec<AccountId>>,
}

impl Deref for Api {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl AsRef<Core> for Api {
    fn as_ref(&self) -> &Core {
        &self.core
    }
}

impl AsRef<Core> for Core {
    fn as_ref(&self) -> &Core {
        self
    }
}

impl Api {
    /// Builds an API over the parts of an indexer.
    pub(crate) fn new(core: Core, vault: Vault, noise: Noise, labels: Labels) -> Arc<Self> {
        Arc::new(Self {
            core,
            streams: Streams::new(),
            founders: OnceCell::new(),
            vault,
            noise,
            labels,
            uploads: Arc::new(Semaphore::new(MAX_UPLOADS)),
            joining: Mutex::default(),
            bundles: Arc::new(Semaphore::new(MAX_BUNDLES)),
        })
    }

    /// Returns the streams of notifications that are open.
    pub(crate) fn streams(&self) -> Arc<Streams> {
        self.streams.clone()
    }
}

impl Core {
    /// Builds what every server has.
    pub(crate) fn new(contracts: Contracts, store: Store, proxy: Proxy, gate: Gate, policy: Arc<Policy>) -> Self {
        Self {
            budgets: Budgets::new(store.clone(), policy.clone()),
            questions: Arc::new(Semaphore::new(MAX_QUESTION_KIB)),
            contracts,
            store,
            proxy,
            gate,
            policy,
            relayer: None,
        }
    }

    /// Returns the same, with what relays calls.
    pub(crate) fn with_relayer(self, relayer: Option<Relayer>) -> Self {
        Self { relayer, ..self }
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

/// Reads a parameter of the path; a path that cannot be read is a problem document, and says nothing else.
async fn in_path<T: DeserializeOwned + Send>(parts: &mut Parts) -> Result<T, Problem> {
    let found = Path::<T>::from_request_parts(parts, &()).await;
    found
        .map(|Path(value)| value)
        .map_err(|_| Problem::invalid_request().because("the path names no such thing"))
}
