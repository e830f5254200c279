//! Keys of what was deleted: destroyed after the transaction that deleted it, and as often as it takes.
use super::{
    Store, StoreError,
    columns::{Columns, stored_time},
    execute, rows, sql,
};
use crate::erasure_keys::{ErasureKey, ErasureKeyError, ErasureKeys, KeyPlace};
use aegle_rules::Timestamp;
use tokio_postgres::Row;

/// Keys that are destroyed together.
const CHUNK: i64 = 1_024;

impl Store {
    pub(super) fn keys(&self) -> Result<&ErasureKeys, StoreError> {
        self.keys.as_ref().ok_or(StoreError::WithoutKeys)
    }

    /// Returns a key; `None` once it was destroyed.
    pub(super) async fn key(&self, place: KeyPlace) -> Result<Option<ErasureKey>, StoreError> {
        let keys = self.keys()?.clone();
        blocking(move || keys.get(place)).await
    }

    /// Draws fresh keys, each in every replica durably.
    pub(super) async fn draw_keys(&self, count: usize) -> Result<Vec<ErasureKey>, StoreError> {
        let keys = self.keys()?.clone();
        blocking(move || keys.draw(count)).await
    }

    /// Destroys keys that were drawn for what was not stored after all.
    pub(super) async fn destroy_keys(&self, places: Vec<KeyPlace>) -> Result<(), StoreError> {
        let keys = self.keys()?.clone();
        blocking(move || keys.destroy(&places)).await
    }

    /// Destroys the keys of what was deleted; returns how many. Every replica has forgotten them when this returns.
    ///
    /// # Errors
    /// [`StoreError`]: some may be left, and are destroyed by the next call.
    pub async fn destroy_condemned(&self) -> Result<u64, StoreError> {
        let mut destroyed = 0;
        loop {
            let client = self.client().await?;
            let found = rows(&client, sql!("condemned"), &[&CHUNK]).await?;
            if found.is_empty() {
                return Ok(destroyed);
            }
            let places: Vec<KeyPlace> = found
                .iter()
                .map(|row| place(row, "slot", "generation"))
                .collect::<Result<_, _>>()?;
            destroyed += places.len() as u64;
            let slots: Vec<i64> = places.iter().map(|place| stored(place.number)).collect();
            let generations: Vec<i64> = places.iter().map(|place| stored(place.generation)).collect();
            self.destroy_keys(places).await?;
            execute(&client, sql!("condemned_done"), &[&slots, &generations]).await?;
        }
    }

    /// Deletes the shares of grants that have ended by themselves, and destroys their keys; returns how many keys were
    /// destroyed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expire_shares(&self, now: Timestamp) -> Result<u64, StoreError> {
        let client = self.client().await?;
        execute(&client, sql!("shares_expire"), &[&stored_time(now)]).await?;
        drop(client);
        self.destroy_condemned().await
    }
}

/// Reads where a key is.
pub(super) fn place(row: &Row, number: &'static str, generation: &'static str) -> Result<KeyPlace, StoreError> {
    Ok(KeyPlace {
        number: row.time(number)?,
        generation: row.time(generation)?,
    })
}

/// Converts the number of a place or a generation to what is stored: both are far below the largest bigint.
pub(super) fn stored(number: u64) -> i64 {
    stored_time(number)
}

/// Waits for the disk beside the requests.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ErasureKeyError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|_| StoreError::Interrupted)??)
}
