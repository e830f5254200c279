//! One indexer writes to a database, and the one that took it last: whoever had it before, and was frozen, cut off or
//! forgotten, is refused every write by the database itself.
//!
//! A running indexer holds an advisory lock through a connection of its own, which the server ends when nothing comes over
//! it for [`IDLE_LIMIT`]. Whoever gets the lock next raises the epoch; triggers on every table compare it with the epoch of
//! the session that writes.
use super::{STATEMENT_TIMEOUT, Store, StoreError, columns::stored_time, in_time, sql};
use deadpool_postgres::{ClientWrapper, Object};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// Advisory lock that a running indexer holds on its database: "aegle" in ASCII.
const RUNNING_LOCK: i64 = 0x61_65_67_6c_65;
/// The number of attempts to take the lock, and the pause between.
const LOCK_ATTEMPTS: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(200);
/// How long nothing may come over the connection that holds the lock before the server ends it, and with it the lock. A
/// frozen process says nothing.
const IDLE_LIMIT: Duration = Duration::from_secs(20);
/// A database that this process has taken.
pub struct Taken {
    /// The database, through connections that may write as long as nobody else takes it.
    pub store: Store,
    /// The lock.
    pub lock: DatabaseLock,
}

/// The lock by which a database is this process's alone. Clones are the same lock.
#[derive(Clone)]
pub struct DatabaseLock {
    store: Store,
    epoch: i64,
    /// `None` after the connection was lost.
    client: Arc<Mutex<Option<ClientWrapper>>>,
}

impl Store {
    /// Takes the database for this process: ends the connections of whoever had it, so that nothing of theirs is under way,
    /// and brings the schema up to date. The new epoch is later than `after`.
    ///
    /// # Errors
    /// [`StoreError::InUse`], after a few tries: the server may not have noticed yet that its last holder is gone.
    pub async fn take(&self, after: u64) -> Result<Taken, StoreError> {
        let client = self.locked(LOCK_ATTEMPTS).await?;
        client.batch_execute(sql!("fence")).await?;
        client.query_one(sql!("fence_end_others"), &[]).await?;
        let epoch = advance(&client, after).await?;
        let store = self.of_epoch(epoch)?;
        store.migrate().await?;
        client.batch_execute("select fence_tables()").await?;
        let lock = DatabaseLock {
            store: self.clone(),
            epoch,
            client: Arc::new(Mutex::new(Some(client))),
        };
        Ok(Taken { store, lock })
    }

    /// Opens a connection that holds the lock. Of its own: one that went back to the pool would keep it.
    async fn locked(&self, attempts: u32) -> Result<ClientWrapper, StoreError> {
        let client = Object::take(self.client().await?);
        let idle_limit = IDLE_LIMIT.as_secs();
        client
            .batch_execute(&format!("set idle_session_timeout = '{idle_limit}s'"))
            .await?;
        for attempt in 1..=attempts {
            let locked = client.query_one("select pg_try_advisory_lock($1)", &[&RUNNING_LOCK]);
            if in_time(async { Ok(locked.await?) }).await?.get(0) {
                return Ok(client);
            }
            if attempt < attempts {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
        }
        Err(StoreError::InUse)
    }

    /// Returns the same database, through connections of an epoch.
    fn of_epoch(&self, epoch: i64) -> Result<Self, StoreError> {
        let mut config = self.config.clone();
        let options = format!("{} -c aegle.epoch={epoch}", config.get_options().unwrap_or_default());
        config.options(options.trim());
        config.application_name(format!("aegle-indexer epoch {epoch}"));
        let store = Self::new(config)?;
        Ok(Self {
            epoch: u64::try_from(epoch).map_err(|_| StoreError::Corrupt { column: "epoch" })?,
            ..store
        })
    }
}

/// Raises the epoch, once no transaction of an earlier one is under way.
async fn advance(client: &ClientWrapper, after: u64) -> Result<i64, StoreError> {
    in_time(async {
        client.batch_execute("begin").await?;
        client.query_one(sql!("fence_alone"), &[]).await?;
        let epoch = client
            .query_one(sql!("fence_advance"), &[&stored_time(after)])
            .await?
            .try_get("epoch")?;
        client.batch_execute("commit").await?;
        Ok(epoch)
    })
    .await
}

impl DatabaseLock {
    /// Checks that the database is still this process's, which also keeps the server from ending the connection: to be
    /// done every few seconds. After a lost connection it takes the lock again, if nobody else had it in between.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another indexer has taken the database, for good; [`StoreError`] while it cannot be told.
    pub async fn check(&self) -> Result<(), StoreError> {
        let mut held = self.client.lock().await;
        if let Some(client) = held.as_ref() {
            match self.compare(client).await {
                Ok(()) => return Ok(()),
                Err(error @ StoreError::Fenced) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the connection that holds the database's lock is lost");
                    *held = None;
                }
            }
        }
        match self.store.locked(1).await {
            Ok(client) => {
                self.compare(&client).await?;
                *held = Some(client);
                Ok(())
            }
            // The server may not have noticed that our own connection is gone; or somebody else has the lock.
            Err(StoreError::InUse) => {
                self.compare(&*self.store.client().await?).await?;
                Err(StoreError::InUse)
            }
            Err(error) => Err(error),
        }
    }

    async fn compare(&self, client: &ClientWrapper) -> Result<(), StoreError> {
        let found = in_time(async { Ok(client.query_one(sql!("fence_epoch"), &[]).await?) }).await?;
        match found.try_get::<_, i64>("epoch")? == self.epoch {
            true => Ok(()),
            false => Err(StoreError::Fenced),
        }
    }

    /// Gives the database back.
    ///
    /// # Errors
    /// [`StoreError`] if the connection is gone; then the lock is too.
    pub async fn release(self) -> Result<(), StoreError> {
        let Some(client) = self.client.lock().await.take() else {
            return Ok(());
        };
        let unlock = client.query_one("select pg_advisory_unlock($1)", &[&RUNNING_LOCK]);
        tokio::time::timeout(STATEMENT_TIMEOUT, unlock)
            .await
            .map_err(|_| StoreError::Silent)??;
        Ok(())
    }
}
