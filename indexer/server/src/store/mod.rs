//! Postgres: the truth that everything else is derived from. The SQL is in `queries/`, the schema in `migrations/`.
mod access;
mod budgets;
mod chain;
mod ciphertexts;
mod columns;
mod condemned;
mod disclosures;
mod epochs;
mod erasures;
mod labels;
mod projections;
mod records;

pub use access::{ShareStored, SplitTerms, StoredKeyBundle, StoredShare};
pub use budgets::CountCharge;
pub use chain::{CommitError, Counters};
pub use ciphertexts::{Announced, CiphertextRow};
pub use epochs::{EPOCH_GRACE_BLOCKS, EpochTimes, SealedTo};
pub use erasures::{Erased, LabelPosition};
pub use labels::{
    Counts, CurrentLabels, LabelSetId, LabelsProof, LabelsRow, NewLabels, Records, ScopeBatches, StoredLabels,
};
pub use projections::{Anchor, DirectoryEntry, DomainRow, Standing};
pub use records::{NewBatch, NewRecord, RecordFound, RecordWithRow, StoredBatch};

use crate::erasure_keys::{ErasureKeyError, ErasureKeys};
use deadpool_postgres::{GenericClient, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_postgres::{NoTls, Row, types::ToSql};

/// The text of a query in `queries/`.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/", $name, ".sql"))
    };
}
pub(crate) use sql;

/// Connections that one indexer holds at most.
const MAX_CONNECTIONS: usize = 16;
/// Advisory lock that a running indexer holds on its database: "aegle" in ASCII.
const RUNNING_LOCK: i64 = 0x61_65_67_6c_65;
/// The number of attempts to take the lock, and the pause between.
const LOCK_ATTEMPTS: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(200);

mod migrations {
    #![allow(missing_docs, unreachable_pub)]
    refinery::embed_migrations!("migrations");
}

/// A reason why the database gave no answer, or one that makes no sense.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No connection could be had.
    #[error("cannot connect to the database: {0}")]
    Connect(#[from] deadpool_postgres::PoolError),
    /// The pool could not be built.
    #[error("cannot build the connection pool: {0}")]
    Pool(#[from] deadpool_postgres::BuildError),
    /// `DATABASE_URL` makes no sense; its text may hold a password and is not repeated.
    #[error("DATABASE_URL is not a Postgres connection string")]
    Url,
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// A migration failed, or the database is newer than this release.
    #[error("the schema cannot be brought up to date: {0}")]
    Migration(#[from] refinery::Error),
    /// A stored value cannot be read back.
    #[error("column {column} holds a value that this release cannot read")]
    Corrupt {
        /// Which one.
        column: &'static str,
    },
    /// The database mirrors another chain or other contracts.
    #[error("the database belongs to another deployment (genesis {genesis})")]
    OtherDeployment {
        /// The genesis hash that it belongs to.
        genesis: aegle_rules::Hash,
    },
    /// Another indexer runs on this database.
    #[error("another indexer runs on this database")]
    InUse,
    /// An erasure key cannot be drawn, read or destroyed.
    #[error(transparent)]
    ErasureKey(#[from] ErasureKeyError),
    /// The store was opened only to look at it.
    #[error("the store was opened without its erasure keys")]
    WithoutKeys,
    /// What was waited for was given up, because the process ends.
    #[error("the work was interrupted")]
    Interrupted,
}

/// The database.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    /// `None` for who only looks.
    keys: Option<ErasureKeys>,
    /// Told of when something is to be erased.
    erasing: Arc<Notify>,
}

impl Store {
    /// Builds a store over a database; connects when first used. No TLS: reach the server over a unix socket or a
    /// private network.
    ///
    /// # Errors
    /// [`StoreError::Pool`].
    pub fn new(config: tokio_postgres::Config) -> Result<Self, StoreError> {
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        Ok(Self {
            pool: Pool::builder(manager).max_size(MAX_CONNECTIONS).build()?,
            keys: None,
            erasing: Arc::default(),
        })
    }

    /// Builds a store over the database that a connection string names.
    ///
    /// # Errors
    /// [`StoreError::Url`] if it is none.
    pub fn from_url(url: &str) -> Result<Self, StoreError> {
        Self::new(url.parse().map_err(|_| StoreError::Url)?)
    }

    /// Makes the database `name` through a connection to another one, unless it exists.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn create_database(maintenance: &tokio_postgres::Config, name: &str) -> Result<(), StoreError> {
        let store = Self::new(maintenance.clone())?;
        let client = store.client().await?;
        if rows(&client, sql!("database_exists"), &[&name]).await?.is_empty() {
            // A database's name cannot be a parameter.
            client
                .batch_execute(&format!("create database \"{}\"", name.replace('"', "\"\"")))
                .await?;
        }
        Ok(())
    }

    /// Brings the schema up to date. Forward only.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut client = self.client().await?;
        migrations::migrations::runner()
            .run_async(&mut **client.as_mut())
            .await?;
        Ok(())
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`StoreError`] if it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.client().await?.batch_execute("select 1").await?;
        Ok(())
    }

    /// Takes the database for this process. The lock lasts as long as the connection of what is given back.
    ///
    /// # Errors
    /// [`StoreError::InUse`], after a few tries: the server may not have noticed yet that its last holder is gone.
    pub async fn lock(&self) -> Result<DatabaseLock, StoreError> {
        // A connection of its own: one that went back to the pool would keep the lock.
        let client = Object::take(self.client().await?);
        for attempt in 1..=LOCK_ATTEMPTS {
            if client
                .query_one("select pg_try_advisory_lock($1)", &[&RUNNING_LOCK])
                .await?
                .get(0)
            {
                return Ok(DatabaseLock { client });
            }
            if attempt < LOCK_ATTEMPTS {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
        }
        Err(StoreError::InUse)
    }

    async fn client(&self) -> Result<Object, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// Closes every connection.
    pub fn close(&self) {
        self.pool.close();
    }
}

/// The database is this process's alone.
pub struct DatabaseLock {
    client: deadpool_postgres::ClientWrapper,
}

impl DatabaseLock {
    /// Gives the database back.
    ///
    /// # Errors
    /// [`StoreError::Database`] if the connection is gone; then the lock is too.
    pub async fn release(self) -> Result<(), StoreError> {
        self.client
            .query_one("select pg_advisory_unlock($1)", &[&RUNNING_LOCK])
            .await?;
        Ok(())
    }
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

async fn rows(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
}

async fn row(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, parameters).await?)
}

async fn execute(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, parameters).await?)
}
