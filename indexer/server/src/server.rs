//! An indexer's life: what it starts, in which order, and how it stops.
use crate::{
    api::{self, Api},
    config::{Config, Database},
    erasure_keys::{self, ErasureKeyError, ErasureKeys},
    gate::Gate,
    labels::{Labels, LabelsError},
    noise::Noise,
    pipeline::{FollowError, Follower, ProgressReader, WaitError},
    postgres::{self, Cluster, ClusterError, SharedCluster},
    proxy::Proxy,
    secret_file::SecretFileError,
    store::{CommitError, DatabaseLock, Store, StoreError, Taken},
    streams::Streams,
    supervise::{Part, Parts, Supervised, supervise},
    sweep::{keep_lock, sweep},
    vault::{self, Vault, VaultError},
};
use aegle_chain::node::ChainLink;
use aegle_http::{ListenError, Listener, Server};
use aegle_policy::{Policy, PolicyError};
use aegle_protocol::{BlockId, BlockNumber, wire::ProxyIdentity};
use aegle_rules::AccountId;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The database in the private cluster.
const DATABASE: &str = "aegle";
/// The number of attempts to lock the data folder, and the pause between.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A reason why an indexer did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("cannot use the data folder {}: {source}", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another indexer uses the data folder.
    #[error("another indexer uses the data folder {}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The private database did not start.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The projections cannot be made again.
    #[error(transparent)]
    Projections(#[from] CommitError),
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The erasure keys cannot be used.
    #[error(transparent)]
    ErasureKeys(#[from] ErasureKeyError),
    /// The label index cannot be used.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The key of the proxy, or of the noise, cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// What decides cannot be set up.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// A data folder and its database, open and this process's alone.
pub struct DataFolder {
    // In the order in which they are given back: connections, the server, the folder.
    /// The database, its schema up to date.
    pub store: Store,
    database_lock: DatabaseLock,
    cluster: Option<SharedCluster>,
    folder_lock: File,
}

impl DataFolder {
    /// Takes the data folder, starts the private database if there is no other, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(data: &Path, database: &Database) -> Result<Self, StartError> {
        let folder_lock = lock_folder(data).await?;
        let (cluster, store) = match database {
            Database::Url(url) => (None, Store::from_url(url)?),
            Database::Private => {
                let folder = data.to_owned();
                let started = tokio::task::spawn_blocking(move || Cluster::start(&folder)).await;
                let cluster = started.map_err(|error| StartError::Data {
                    path: data.to_owned(),
                    source: io::Error::other(error),
                })??;
                tracing::info!(socket = %cluster.socket().display(), "started a private Postgres; set DATABASE_URL to use another");
                let mut config = cluster.config();
                Store::create_database(&config, DATABASE).await?;
                config.dbname(DATABASE);
                (Some(Arc::new(Mutex::new(cluster))), Store::new(config)?)
            }
        };
        let Taken { store, lock } = store.take().await?;
        Ok(Self {
            store,
            database_lock: lock,
            cluster,
            folder_lock,
        })
    }

    /// Closes connections and stops the private database.
    pub async fn close(self) {
        let Self {
            store,
            database_lock,
            cluster,
            folder_lock,
        } = self;
        store.close();
        if let Err(error) = database_lock.release().await {
            tracing::warn!(%error, "the database was gone before its lock was given back");
        }
        if let Some(cluster) = cluster {
            let stop = move || cluster.lock().unwrap_or_else(PoisonError::into_inner).stop();
            let stopped = tokio::task::spawn_blocking(stop).await;
            if let Ok(Err(error)) = stopped {
                tracing::error!(%error, "the private database did not stop");
            }
        }
        drop(folder_lock);
    }
}

/// Opens the store of a data folder or a database, only to look at it: also while an indexer runs on it. `None` if
/// there is a private database and it does not run.
///
/// # Errors
/// [`StartError`].
pub fn look(data: &Path, database: &Database) -> Result<Option<Store>, StartError> {
    match database {
        Database::Url(url) => Ok(Some(Store::from_url(url)?)),
        Database::Private => {
            let Some(mut config) = Cluster::running(data)? else {
                return Ok(None);
            };
            config.dbname(DATABASE);
            Ok(Some(Store::new(config)?))
        }
    }
}

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

/// A running indexer. Stop it with [`Indexer::stop`]; dropping it stops it too, without waiting for open requests.
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
        let mut data = DataFolder::open(&config.data, &config.database).await?;
        let started = match open_keys(&config) {
            Ok(keys) => {
                data.store = data.store.with_keys(keys);
                Self::start_on(&config, &data).await
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

    async fn start_on(config: &Config, data: &DataFolder) -> Result<Running, StartError> {
        let store = data.store.clone();
        let link = Arc::new(ChainLink::new(config.chain_url.clone()));
        let contracts = config.contracts;
        let policy = Arc::new(Policy::new(link.clone(), contracts, config.max_block_age)?);
        store.claim(&contracts).await?;
        store.destroy_condemned().await?;
        store.renew_projections(&contracts).await?;
        let vault = Vault::open(&config.data)?;
        let proxy = Proxy::open(&config.data, config.proxy_account)?;
        let noise = Noise::open(&config.data)?;
        let labels = Labels::open(store.clone(), &config.data).await?;
        let listener = Listener::bind(&config.listen).await?;
        let account = proxy.identity().account;
        let follower = Follower::new(link.clone(), store.clone(), contracts, config.first_block).await?;
        let progress = follower.progress();
        let parts = Parts::default();
        let supervised = watch(&parts, data, follower, (&vault, &labels));
        let gate = Gate::new(link, policy.clone(), progress.clone(), parts.clone());
        let api = Api::new(contracts, store, vault, (proxy, noise), labels, gate, policy);
        let streams = api.streams();
        Ok(Running {
            server: listener.serve(api::router(api)),
            streams,
            account,
            progress,
            parts,
            supervised,
        })
    }
}

/// Opens the erasure keys, in their folders or in two of the data folder.
fn open_keys(config: &Config) -> Result<ErasureKeys, ErasureKeyError> {
    match config.erasure_keys.is_empty() {
        true => ErasureKeys::open(&erasure_keys::default_folders(&config.data)),
        false => ErasureKeys::open(&config.erasure_keys),
    }
}

/// Starts everything that runs beside the API.
fn watch(parts: &Parts, data: &DataFolder, follower: Follower, (vault, labels): (&Vault, &Labels)) -> Vec<Supervised> {
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
    let following = labels.clone();
    supervised.push(supervise(parts, Part::LabelIndex, move |pulse| {
        following.clone().run(pulse)
    }));
    let (store, swept) = (data.store.clone(), (vault.clone(), labels.clone()));
    let sweep = move |pulse| sweep(store.clone(), swept.0.clone(), swept.1.clone(), pulse);
    supervised.push(supervise(parts, Part::Sweeper, sweep));
    let (store, vault) = (data.store.clone(), vault.clone());
    let scrub = move |pulse| vault::scrub(store.clone(), vault.clone(), pulse);
    supervised.push(supervise(parts, Part::VaultScrub, scrub));
    supervised
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

async fn lock_folder(data: &Path) -> Result<File, StartError> {
    let unusable = |source| StartError::Data {
        path: data.to_owned(),
        source,
    };
    fs::create_dir_all(data).map_err(unusable)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(unusable)?;
    // A program that is being started by a process that has just let go holds its files for a moment longer.
    for _ in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
    }
    Err(StartError::InUse { path: data.to_owned() })
}
