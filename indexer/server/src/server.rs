//! An indexer's life: what it starts, in which order, and how it stops.
use crate::{
    api::{self, Api, Core},
    config::Config,
    data_folder::DataFolder,
    erasure_keys,
    error::StartError,
    gate::Gate,
    labels::Labels,
    noise::Noise,
    pipeline::{FollowError, Follower, ProgressReader, WaitError},
    postgres,
    proxy::Proxy,
    relay::Relayer,
    store::Store,
    streams::Streams,
    supervise::{Part, Parts, Supervised, supervise},
    sweep::{keep_lock, sweep, sweep_shares},
    vault::{self, Vault},
};
use aegle_chain::node::ChainLink;
use aegle_http::{Listener, Server};
use aegle_policy::Policy;
use aegle_protocol::{BlockId, BlockNumber, wire::ProxyIdentity};
use aegle_rules::AccountId;
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// Returns what others know of the indexer of a data folder: its account, which clients pin, and its proxy's key. Makes the key if
/// there is none. `account` is as in [`Config::proxy_account`].
///
/// # Errors
/// [`StartError`].
pub fn identity(data: &Path, account: Option<AccountId>) -> Result<ProxyIdentity, StartError> {
    fs::create_dir_all(data).map_err(|source| StartError::Data {
        path: data.to_owned(),
        source,
    })?;
    Ok(Proxy::open(data, account)?.identity())
}

/// What a server does.
#[derive(Clone, Copy)]
enum Role {
    /// Keeps records, searches, and runs a proxy.
    Indexer,
    /// Runs a proxy, and keeps no records.
    Proxy,
}

/// A running indexer, or a proxy by itself. Stop it with [`Indexer::stop`]; dropping it stops it too, without waiting for open
/// requests.
pub struct Indexer {
    running: Running,
    data: DataFolder,
}

impl Indexer {
    /// Starts an indexer: when this returns, the API answers, whether or not the chain does.
    ///
    /// # Errors
    /// [`StartError`]; then everything that was started has been stopped.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        Self::start_as(Role::Indexer, config).await
    }

    /// Starts a proxy by itself: it mirrors the chain and holds shares as an indexer does, decides at a fresh head by itself,
    /// and has neither records nor an index.
    ///
    /// # Errors
    /// [`StartError`]; then everything that was started has been stopped.
    pub async fn start_proxy(config: Config) -> Result<Self, StartError> {
        Self::start_as(Role::Proxy, config).await
    }

    async fn start_as(role: Role, config: Config) -> Result<Self, StartError> {
        let folders = match config.erasure_keys.is_empty() {
            true => erasure_keys::default_folders(&config.data),
            false => config.erasure_keys.clone(),
        };
        let after = erasure_keys::last_epoch(&folders)?;
        let mut data = DataFolder::open_after(&config.data, &config.database, after).await?;
        let started = match data.store.clone().with_keys(folders, config.makes_key_replicas).await {
            Ok(store) => {
                data.store = store;
                Self::start_on(role, &config, &data).await
            }
            Err(error) => Err(error.into()),
        };
        match started {
            Ok(running) => Ok(Self { running, data }),
            Err(error) => {
                data.close().await;
                Err(error)
            }
        }
    }

    async fn start_on(role: Role, config: &Config, data: &DataFolder) -> Result<Running, StartError> {
        let store = data.store.clone();
        let link = Arc::new(ChainLink::new(config.chain_url.clone()));
        let contracts = config.contracts;
        let policy = Arc::new(Policy::new(link.clone(), contracts, config.max_block_age)?);
        store.claim(&contracts).await?;
        store.destroy_condemned().await?;
        store.renew_projections(&contracts).await?;
        let proxy = Proxy::open(&config.data, config.proxy_account)?;
        let account = proxy.identity().account;
        let records = match role {
            Role::Indexer => Some(Records::open(&store, config).await?),
            Role::Proxy => None,
        };
        let listener = Listener::bind(&config.listen).await?;
        let follower = Follower::new(link.clone(), store.clone(), contracts, config.first_block).await?;
        let progress = follower.progress();
        let parts = Parts::default();
        let mut supervised = watch(&parts, data, follower);
        let relayer = match (role, &config.relayer) {
            (Role::Indexer, Some(relayer)) => Some(Relayer::open(relayer, link.clone(), contracts, store.clone())?),
            _ => None,
        };
        let gate = Gate::new(link, policy.clone(), progress.clone(), parts.clone());
        relayer.iter().for_each(Relayer::settle_all);
        let core = Core::new(contracts, store.clone(), proxy, gate, policy).with_relayer(relayer.clone());
        let mut streams = Streams::new();
        let router = match records {
            Some(Records { vault, noise, labels }) => {
                supervised.extend(watch_records(&parts, &store, &vault, &labels, relayer));
                let api = Api::new(core, vault, noise, labels);
                streams = api.streams();
                api::router(api)
            }
            None => {
                let sweep = move |pulse| sweep_shares(store.clone(), pulse);
                supervised.push(supervise(&parts, Part::Sweeper, sweep));
                api::proxy_router(core)
            }
        };
        Ok(Running {
            server: listener.serve(router),
            streams,
            account,
            progress,
            parts,
            supervised,
        })
    }
}

/// What only a server has that keeps records.
struct Records {
    vault: Vault,
    noise: Noise,
    labels: Labels,
}

impl Records {
    async fn open(store: &Store, config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            vault: Vault::open(&config.data)?,
            noise: Noise::open(&config.data)?,
            labels: Labels::open(store.clone(), &config.data).await?,
        })
    }
}

/// Starts everything that runs beside the API of every server.
fn watch(parts: &Parts, data: &DataFolder, follower: Follower) -> Vec<Supervised> {
    let mut supervised = Vec::new();
    if let Some(cluster) = data.cluster.clone() {
        let keep = move |pulse| postgres::keep(cluster.clone(), pulse);
        supervised.push(supervise(parts, Part::Database, keep));
    }
    let (lock, fenced) = (data.database_lock.clone(), parts.clone());
    let keep = move |pulse| keep_lock(lock.clone(), fenced.clone(), pulse);
    supervised.push(supervise(parts, Part::DatabaseLock, keep));
    let follower = Arc::new(follower);
    let follow = move |pulse| {
        let follower = follower.clone();
        async move { follower.run(pulse).await }
    };
    supervised.push(supervise(parts, Part::ChainReader, follow));
    supervised
}

/// Starts what runs besides in a server that keeps records.
fn watch_records(
    parts: &Parts,
    store: &Store,
    vault: &Vault,
    labels: &Labels,
    relayer: Option<Relayer>,
) -> [Supervised; 3] {
    let following = labels.clone();
    let follow = move |pulse| following.clone().run(pulse);
    let (swept, emptied) = (store.clone(), (vault.clone(), labels.clone()));
    let started = SystemTime::now();
    let sweep = move |pulse| {
        let (vault, labels) = emptied.clone();
        sweep(swept.clone(), vault, labels, relayer.clone(), started, pulse)
    };
    let (store, vault) = (store.clone(), vault.clone());
    let scrub = move |pulse| vault::scrub(store.clone(), vault.clone(), pulse);
    [
        supervise(parts, Part::LabelIndex, follow),
        supervise(parts, Part::Sweeper, sweep),
        supervise(parts, Part::VaultScrub, scrub),
    ]
}

struct Running {
    server: Server,
    streams: Arc<Streams>,
    account: AccountId,
    progress: ProgressReader,
    parts: Parts,
    supervised: Vec<Supervised>,
}

impl Indexer {
    /// Returns the URL of the API: `http://ADDRESS:PORT` or `https://ADDRESS:PORT`.
    pub fn url(&self) -> String {
        self.running.server.url().to_owned()
    }

    /// Returns the account that requests to this indexer are signed for.
    pub fn account(&self) -> AccountId {
        self.running.account
    }

    /// Returns the database that the indexer keeps.
    pub fn store(&self) -> &Store {
        &self.data.store
    }

    /// Returns the last block whose events are stored.
    pub fn indexed_block(&self) -> Option<BlockId> {
        self.running.progress.now().indexed
    }

    /// Returns the reason why ingestion has stopped, if it has; it is looked at again now and then.
    pub fn halted(&self) -> Option<Arc<FollowError>> {
        self.running.progress.now().halted
    }

    /// Waits until another indexer has taken the database: then this one writes and answers nothing any more, and is to be
    /// stopped.
    pub async fn fenced(&self) {
        self.running.parts.fenced().await;
    }

    /// Waits until a block is stored.
    ///
    /// # Errors
    /// [`WaitError`] after `timeout`, or when ingestion has stopped for good.
    pub async fn wait_for_block(&self, number: BlockNumber, timeout: Duration) -> Result<BlockId, WaitError> {
        self.running.progress.wait_for(number, timeout).await
    }

    /// Lets open requests finish, then stops everything, the private database included.
    pub async fn stop(self) {
        let Self { running, data } = self;
        // They would go on for ever.
        running.streams.close();
        running.server.stop().await;
        drop(running.supervised);
        data.close().await;
    }
}
