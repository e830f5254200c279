//! Postgres: the truth that everything else is derived from. The SQL is in `queries/`, the schema in `migrations/`.
mod access;
mod budgets;
mod chain;
mod ciphertexts;
mod columns;
mod condemned;
mod disclosures;
mod emission;
mod emissions;
mod epochs;
mod erasures;
mod error;
mod fence;
mod granted;
mod key_sets;
mod label_sets;
mod labels;
mod limits;
mod notices;
mod notifications;
mod projected;
mod projections;
mod records;
mod relayed;
mod verify;

pub use access::{ShareStored, SplitTerms, StoredKeyBundle, StoredShare};
pub use budgets::CountCharge;
pub use chain::{CommitError, Counters};
pub use ciphertexts::{Announced, CiphertextRow};
pub use epochs::{EPOCH_GRACE_BLOCKS, EpochTimes, SealedTo};
pub use erasures::{Erased, LabelPosition};
pub use error::StoreError;
pub use fence::{DatabaseLock, Taken};
pub use granted::GrantRow;
pub use key_sets::WrappedCounts;
pub use label_sets::{
    Counts, CurrentLabels, LabelPlace, LabelSetId, LabelsOfSpan, LabelsProof, LabelsRow, NewLabels, Records,
    ScopeBatches, StoredLabels,
};
pub(crate) use notifications::{Listener, NotificationPage};
pub use projected::{Anchor, DirectoryEntry, DomainRow, Standing};
pub use records::{NewBatch, NewRecord, RecordFound, RecordWithRow, StoredBatch};
pub use relayed::{NewRelayed, Newcomer, RelayCapacity, RelayCost, RelaySpent, RelayedState, SentTransaction};
pub use verify::{BatchFault, ProjectionState};

use crate::erasure_keys::ErasureKeys;
use deadpool_postgres::{GenericClient, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Transaction};
use limits::{CONNECTION_TIMEOUT, MAX_CONNECTIONS, SESSION_LIMITS, STATEMENT_TIMEOUT};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_postgres::{NoTls, Row, types::ToSql};

/// The text of a query in `queries/`.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/", $name, ".sql"))
    };
}
pub(crate) use sql;

mod migrations {
    #![allow(missing_docs, unreachable_pub)]
    refinery::embed_migrations!("migrations");
}

/// The database.
#[derive(Clone)]
pub struct Store {
    config: tokio_postgres::Config,
    pool: Pool,
    /// `None` for who only looks.
    keys: Option<ErasureKeys>,
    /// The epoch in which its connections write; 0 for who has not taken the database.
    epoch: u64,
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
        let recycling_method = RecyclingMethod::Fast;
        let mut limited = config.clone();
        let options = format!("{} {SESSION_LIMITS}", config.get_options().unwrap_or_default());
        limited.options(options.trim());
        let manager = Manager::from_config(limited, NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .max_size(MAX_CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECTION_TIMEOUT))
            .create_timeout(Some(CONNECTION_TIMEOUT))
            .recycle_timeout(Some(CONNECTION_TIMEOUT))
            .build()?;
        Ok(Self {
            config,
            pool,
            keys: None,
            epoch: 0,
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
        let runner = migrations::migrations::runner();
        let known = runner
            .get_migrations()
            .iter()
            .map(|migration| migration.version())
            .max();
        let known = known.unwrap_or_default();
        let made = row(&client, sql!("schema_table"), &[]).await?;
        if made.is_some_and(|row| row.get("made")) {
            let found = row(&client, sql!("schema_version"), &[]).await?;
            let found = found.map_or(0, |row| row.get("version"));
            if found > known {
                return Err(StoreError::NeedsUpgrade { found, known });
            }
        }
        // It takes as long as the tables are large.
        client.batch_execute("set statement_timeout = 0").await?;
        runner.run_async(&mut **client.as_mut()).await?;
        Ok(client.batch_execute("reset statement_timeout").await?)
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// [`StoreError`] if it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let client = self.client().await?;
        in_time(async { Ok(client.batch_execute("select 1").await?) }).await
    }

    async fn client(&self) -> Result<Object, StoreError> {
        Ok(self.pool.get().await?)
    }

    /// Closes every connection.
    pub fn close(&self) {
        self.pool.close();
    }
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

async fn rows(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
    in_time(async {
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query(&statement, parameters).await?)
    })
    .await
}

async fn row(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
    in_time(async {
        let statement = client.prepare_cached(sql).await?;
        Ok(client.query_opt(&statement, parameters).await?)
    })
    .await
}

async fn execute(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
    in_time(async {
        let statement = client.prepare_cached(sql).await?;
        Ok(client.execute(&statement, parameters).await?)
    })
    .await
}

async fn begin(client: &mut Object) -> Result<Transaction<'_>, StoreError> {
    in_time(async { Ok(client.transaction().await?) }).await
}

async fn commit(transaction: Transaction<'_>) -> Result<(), StoreError> {
    in_time(async { Ok(transaction.commit().await?) }).await
}

/// Waits for an answer of the database, as long as one may take: a server that hangs gives no error.
async fn in_time<T>(answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let answer = tokio::time::timeout(STATEMENT_TIMEOUT, answer).await;
    answer.map_err(|_| StoreError::Silent)?
}
