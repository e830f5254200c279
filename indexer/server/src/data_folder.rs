//! A data folder and its database, which are one process's alone.
use crate::{
    config::Database,
    erasure_keys,
    error::StartError,
    postgres::{Cluster, SharedCluster},
    store::{DatabaseLock, Store, Taken, WrappedCounts},
};
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

/// A data folder and its database, open and this process's alone.
pub struct DataFolder {
    // In the order in which they are given back: connections, the server, the folder.
    /// The database, its schema up to date.
    pub store: Store,
    pub(crate) database_lock: DatabaseLock,
    pub(crate) cluster: Option<SharedCluster>,
    folder_lock: File,
}

impl DataFolder {
    /// Takes the data folder, starts the private database if there is no other, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(data: &Path, database: &Database) -> Result<Self, StartError> {
        Self::open_after(data, database, 0).await
    }

    /// Does so in an epoch of the database later than that of the erasure keys.
    pub(crate) async fn open_after(data: &Path, database: &Database, after: u64) -> Result<Self, StartError> {
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
        let Taken { store, lock } = store.take(after).await?;
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

/// The lost keys of a database, and where a new set is to be.
#[derive(Clone, Debug)]
pub struct LostKeys {
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub database: Database,
    /// The folders of the new set's replicas; two in the data folder where none is named.
    pub folders: Vec<PathBuf>,
}

impl LostKeys {
    /// Begins a new set of erasure keys in place of a lost one, where `confirmed` says what is lost with it; returns that. Where
    /// it does not, nothing is changed.
    ///
    /// # Errors
    /// [`StartError`]: the database is in use, or a folder has something of the lost set, or may have.
    pub async fn begin_anew(&self, confirmed: Option<WrappedCounts>) -> Result<WrappedCounts, StartError> {
        let defaults = erasure_keys::default_folders(&self.data);
        let folders = match self.folders.is_empty() {
            true => defaults.clone(),
            false => self.folders.clone(),
        };
        let known: Vec<PathBuf> = folders.iter().chain(&defaults).cloned().collect();
        let after = erasure_keys::last_epoch(&known)?;
        let folder = DataFolder::open_after(&self.data, &self.database, after).await?;
        let lost = async {
            let lost = folder.store.lost_with_keys(known.clone()).await?;
            if confirmed == Some(lost) {
                folder.store.begin_keys(folders, known).await?;
            }
            Ok::<_, StartError>(lost)
        };
        let lost = lost.await;
        folder.close().await;
        lost
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
