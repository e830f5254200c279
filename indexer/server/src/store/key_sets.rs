//! The set of erasure keys that wraps what is stored: whose folders are taken, and what a lost one takes along.
use super::{Store, StoreError, begin, columns::Columns, commit, condemned::blocking, execute, row, sql};
use crate::erasure_keys::{Claim, ErasureKeyError, ErasureKeys, KeySetId, check_lost};
use deadpool_postgres::GenericClient;
use std::path::PathBuf;
use tokio_postgres::Row;

/// What is wrapped under erasure keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrappedCounts {
    /// Rows of records.
    pub records: u64,
    /// Deposits of proxy shares.
    pub shares: u64,
}

impl WrappedCounts {
    fn read(row: Option<Row>) -> Result<Self, StoreError> {
        let row = row.ok_or(StoreError::Corrupt { column: "records" })?;
        Ok(Self {
            records: row.time("records")?,
            shares: row.time("shares")?,
        })
    }
}

impl Store {
    /// Gives the store the keys that wrap what may have to be forgotten, in the folders of their replicas. Without them nothing
    /// of that kind is read or written. A database that has had none yet begins a set of its own.
    ///
    /// # Errors
    /// [`StoreError::ErasureKey`] where the folders hold other keys than the database names, or not all of them.
    pub async fn with_keys(self, folders: Vec<PathBuf>, makes_replicas: bool) -> Result<Self, StoreError> {
        let client = self.client().await?;
        let claim = Claim {
            set: key_set(&client).await?,
            epoch: self.epoch,
            makes_replicas,
        };
        let keys = blocking(move || ErasureKeys::open(&folders, claim)).await?;
        if claim.set.is_none() {
            execute(&client, sql!("key_set_insert"), &[&keys.set().0.as_slice()]).await?;
        }
        drop(client);
        let keys = Some(keys);
        Ok(Self { keys, ..self })
    }

    /// Returns what is wrapped under the set that the database names, once none of some folders has anything of it: this is
    /// lost for ever where they are all that there are.
    ///
    /// # Errors
    /// [`StoreError::ErasureKey`]: a folder has, or may have, something of the set; or there never was one.
    pub async fn lost_with_keys(&self, known: Vec<PathBuf>) -> Result<WrappedCounts, StoreError> {
        let client = self.client().await?;
        let set = key_set(&client).await?.ok_or(ErasureKeyError::NothingLost)?;
        blocking(move || check_lost(&known, set)).await?;
        WrappedCounts::read(row(&client, sql!("wrapped"), &[]).await?)
    }

    /// Begins a new set of keys in `folders` in place of a lost one, and deletes what that one wrapped; returns how much that
    /// was. `known` are all folders in which the lost one may be.
    ///
    /// # Errors
    /// As of [`Self::lost_with_keys`], and where the folders hold other keys. Then nothing was deleted.
    pub async fn begin_keys(&self, folders: Vec<PathBuf>, known: Vec<PathBuf>) -> Result<WrappedCounts, StoreError> {
        self.lost_with_keys(known).await?;
        let claim = Claim {
            set: None,
            epoch: self.epoch,
            makes_replicas: false,
        };
        // Where this ends before the database names the set, its folders hold no key yet, and it is begun again.
        let set = blocking(move || ErasureKeys::open(&folders, claim)).await?.set();
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        let deleted = row(&transaction, sql!("key_set_replace"), &[&set.0.as_slice()]).await?;
        commit(transaction).await?;
        WrappedCounts::read(deleted)
    }
}

/// Returns the set that the database names; `None` where it has had no keys yet.
async fn key_set(client: &impl GenericClient) -> Result<Option<KeySetId>, StoreError> {
    let named = row(client, sql!("key_set"), &[]).await?;
    Ok(named.map(|row| row.bytes("id")).transpose()?.map(KeySetId))
}
