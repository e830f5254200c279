//! What the handlers share.
use crate::{
    budget::Budgets, gate::Gate, labels::Labels, noise::Noise, proxy::Proxy, relay::Relayer, store::Store,
    streams::Streams, vault::Vault,
};
use aegle_policy::Policy;
use aegle_protocol::{Contracts, Deployment, request::Audience};
use aegle_rules::AccountId;
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
    pub(super) contracts: Contracts,
    pub(super) store: Store,
    pub(super) proxy: Proxy,
    pub(super) gate: Gate,
    pub(super) policy: Arc<Policy>,
    pub(super) budgets: Budgets,
    pub(super) questions: Arc<Semaphore>,
    /// `None` where nobody's calls are relayed.
    pub(super) relayer: Option<Relayer>,
}

/// What the handlers of an indexer share.
pub(crate) struct Api {
    pub(super) core: Core,
    pub(super) vault: Vault,
    pub(super) noise: Noise,
    pub(super) labels: Labels,
    pub(super) uploads: Arc<Semaphore>,
    /// Whole ciphertexts are read and put together one after the other: what one announcement takes for rotten, another has not
    /// put together meanwhile.
    pub(super) joining: Mutex<()>,
    pub(super) bundles: Arc<Semaphore>,
    pub(super) streams: Arc<Streams>,
    /// The first committee, once somebody asked about it.
    pub(super) founders: OnceCell<Vec<AccountId>>,
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
    pub(super) fn bound_to(&self) -> Deployment {
        self.contracts.deployment()
    }

    /// Returns the audience that requests must be signed for.
    pub(super) fn audience(&self) -> Audience {
        Audience {
            deployment: self.bound_to(),
            server: self.proxy.identity().account,
        }
    }
}
