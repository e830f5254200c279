//! An indexer's life: what it starts, in which order, and how it stops.
use crate::{
    api::{self, Api},
    config::{Config, Database},
    erasure,
    erasure_keys::{self, ErasureKeyError, ErasureKeys},
    gate::{DAY_MS, Gate},
    labels::{Labels, LabelsError},
    noise::Noise,
    pipeline::{FollowError, Follower, ProgressReader, WaitError},
    postgres::{Cluster, ClusterError},
    proxy::Proxy,
    secret_file::SecretFileError,
    store::{DatabaseLock, Store, StoreError},
    vault::{self, Vault, VaultError},
};
use aegle_chain::node::ChainLink;
use aegle_http::{ListenError, Listener, Server, wall_clock};
use aegle_policy::{Policy, PolicyError};
use aegle_protocol::{BlockId, BlockNumber, wire::ProxyIdentity};
use aegle_rules::AccountId;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinHandle;

/// The database in the private cluster.
const DATABASE: &str = "aegle";
/// The number of attempts to lock the data folder, and the pause between.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
/// Pause between two looks for erased records: what is attested is shown to nobody from the next block on, and is gone from
/// here soon after.
const ERASURE_INTERVAL: Duration = Duration::from_secs(5);
/// The number of sweeps for erased records to one sweep of everything else.
const ERASURES_A_SWEEP: u32 = 12;

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
    cluster: Option<Cluster>,
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
                (Some(cluster), Store::new(config)?)
            }
        };
        let database_lock = store.lock().await?;
        store.migrate().await?;
        Ok(Self {
            store,
            database_lock,
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
        if let Some(mut cluster) = cluster {
            let stopped = tokio::task::spawn_blocking(move || cluster.stop()).await;
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
    parts: Parts,
    data: DataFolder,
}

impl Indexer {
    /// Starts an indexer: when this returns, the API answers, whether or not the chain does.
    ///
    /// # Errors
    /// [`StartError`]; then everything that was started has been stopped.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let data = DataFolder::open(&config.data, &config.database).await?;
        let started = match open_keys(&config) {
            Ok(keys) => Self::start_on(&config, data.store.clone().with_keys(keys)).await,
            Err(error) => Err(error.into()),
        };
        match started {
            Ok(parts) => Ok(Self { parts, data }),
            Err(error) => {
                data.close().await;
                Err(error)
            }
        }
    }

    async fn start_on(config: &Config, store: Store) -> Result<Parts, StartError> {
        let link = Arc::new(ChainLink::new(config.chain_url.clone()));
        let contracts = config.contracts;
        let policy = Arc::new(Policy::new(link.clone(), contracts, config.max_block_age)?);
        store.claim(&contracts).await?;
        store.destroy_condemned().await?;
        let vault = Vault::open(&config.data)?;
        let proxy = Proxy::open(&config.data, config.proxy_account)?;
        let noise = Noise::open(&config.data)?;
        let labels = Labels::open(store.clone(), &config.data).await?;
        let listener = Listener::bind(&config.listen).await?;
        let account = proxy.identity().account;
        let follower = Follower::new(link.clone(), store.clone(), contracts, config.first_block).await?;
        let progress = follower.progress();
        let follower = tokio::spawn(follower.run());
        let sweeper = tokio::spawn(sweep(store.clone(), vault.clone(), labels.clone()));
        let gate = Gate::new(link, policy.clone(), progress.clone());
        let kept = store.clone();
        let router = api::router(Api::new(contracts, store, vault, (proxy, noise), labels, gate, policy));
        Ok(Parts {
            server: listener.serve(router),
            store: kept,
            account,
            progress,
            tasks: Tasks { follower, sweeper },
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

async fn sweep(store: Store, vault: Vault, labels: Labels) {
    let mut round: u32 = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(ERASURE_INTERVAL) => {}
            () = store.until_erasing() => {}
        }
        if let Err(error) = store.expire_shares(wall_clock()).await {
            tracing::warn!(%error, "shares of grants that have ended could not be destroyed");
        }
        if let Err(error) = erasure::sweep(&store, &vault, &labels).await {
            tracing::warn!(%error, "erased records could not be removed; they are shown to nobody");
        }
        round = round.wrapping_add(1);
        if !round.is_multiple_of(ERASURES_A_SWEEP) {
            continue;
        }
        if let Err(error) = store.prune_nonces(wall_clock()).await {
            tracing::warn!(%error, "expired nonces could not be forgotten");
        }
        if let Err(error) = store.prune_count_budgets(wall_clock() / DAY_MS).await {
            tracing::warn!(%error, "budgets of earlier days could not be forgotten");
        }
        match vault::sweep(&store, &vault, wall_clock()).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "deleted ciphertexts that no batch has named"),
            Err(error) => tracing::warn!(%error, "ciphertexts that no batch names could not be deleted"),
        }
    }
}

struct Parts {
    server: Server,
    /// With the erasure keys.
    store: Store,
    account: AccountId,
    progress: ProgressReader,
    tasks: Tasks,
}

/// What runs beside the API; stopped when it is dropped.
struct Tasks {
    follower: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

impl Drop for Tasks {
    fn drop(&mut self) {
        // Whatever they are in the middle of is a transaction, or can be done again.
        self.follower.abort();
        self.sweeper.abort();
    }
}

impl Indexer {
    /// Returns the URL of the API: `http://ADDRESS:PORT` or `https://ADDRESS:PORT`.
    pub fn url(&self) -> String {
        self.parts.server.url().to_owned()
    }

    /// Returns the account that requests to this indexer are signed for.
    pub fn account(&self) -> AccountId {
        self.parts.account
    }

    /// Returns the database that the indexer keeps.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Returns the last block whose events are stored.
    pub fn indexed_block(&self) -> Option<BlockId> {
        self.parts.progress.now().indexed
    }

    /// Returns the reason why ingestion has stopped for good, if it has.
    pub fn halted(&self) -> Option<Arc<FollowError>> {
        self.parts.progress.now().halted
    }

    /// Waits until a block is stored.
    ///
    /// # Errors
    /// [`WaitError`] after `timeout`, or when ingestion has stopped for good.
    pub async fn wait_for_block(&self, number: BlockNumber, timeout: Duration) -> Result<BlockId, WaitError> {
        self.parts.progress.wait_for(number, timeout).await
    }

    /// Lets open requests finish, then stops everything, the private database included.
    pub async fn stop(self) {
        let Self { parts, data } = self;
        parts.server.stop().await;
        drop(parts.tasks);
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
