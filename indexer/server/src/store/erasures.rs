//! Records that are erased, and how far they are gone.
use super::{
    Store, StoreError,
    columns::{Columns, stored_time},
    execute, row, rows, sql,
};
use aegle_protocol::record::RecordId;
use aegle_rules::{BatchNumber, DomainId, Timestamp};

/// A record that the ledger says is erased for good, and that is stored here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Its domain.
    pub domain: DomainId,
    /// Its batch.
    pub batch: BatchNumber,
    /// Its number in the batch.
    pub number: u32,
    /// Its position among the labels.
    pub labels: LabelPosition,
    /// Its name.
    pub id: RecordId,
}

/// The position of a record in the index, where batches that were compacted have their labels in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelPosition {
    /// The first batch of the labels.
    pub first: BatchNumber,
    /// The record's number among the labels.
    pub number: u32,
}

impl Store {
    /// Notes which erasures are final at a time of the chain, up to which its events are stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn finalise_erasures(&self, at: Timestamp) -> Result<(), StoreError> {
        let client = self.client().await?;
        let after = stored_time(at.saturating_add(1));
        if execute(&client, sql!("erasures_final"), &[&after]).await? > 0 {
            self.erasing.notify_one();
        }
        Ok(())
    }

    /// Waits until something is to be erased.
    pub async fn until_erasing(&self) {
        self.erasing.notified().await;
    }

    /// Returns the numbers of the erased records among the labels that begin with a batch, rising.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erased_of(&self, domain: DomainId, first: BatchNumber) -> Result<Vec<u32>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(first.0)];
        let found = rows(&client, sql!("erasures_of_labels"), parameters).await?;
        found.iter().map(|row| row.number("number")).collect()
    }

    /// Returns erased records that are not removed yet, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erasures_to_remove(&self, limit: u32) -> Result<Vec<Erased>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("erasures_attested"), &[&i64::from(limit)]).await?;
        let erased = found.iter().map(|row| {
            Ok(Erased {
                domain: DomainId(row.number("domain")?),
                batch: BatchNumber(row.number("batch")?),
                number: row.number("number")?,
                labels: LabelPosition {
                    first: BatchNumber(row.number("first")?),
                    number: row.number("label_number")?,
                },
                id: RecordId(row.bytes("id")?),
            })
        });
        erased.collect()
    }

    /// Removes an erased record's row, and what is known of its ciphertext. Its leaf stays: the proofs of others need it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erasure_removed(&self, erased: &Erased) -> Result<(), StoreError> {
        let client = self.client().await?;
        let (domain, batch) = (i64::from(erased.domain.0), i64::from(erased.batch.0));
        let parameters: super::Parameters<'_> = &[&domain, &batch, &i64::from(erased.number)];
        execute(&client, sql!("erasure_removed"), parameters).await.map(drop)
    }

    /// Returns whether there are removed records whose batches have new labels, so that the old ones are only waste.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_waste(&self) -> Result<bool, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("erasures_relabelled"), &[]).await?;
        let found = found.ok_or(StoreError::Corrupt { column: "erasures" })?;
        Ok(found.try_get::<_, i64>("erasures")? > 0)
    }

    /// Rewrites the tables that held rows and labels of erased records, so that no file of the database holds them, and
    /// has it drop the log that does. Searches wait meanwhile. Where the database is not ours, it may keep its log.
    ///
    /// # Errors
    /// [`StoreError`] when the tables cannot be rewritten.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        let client = self.client().await?;
        // It takes as long as the tables are large.
        client.batch_execute("set statement_timeout = 0").await?;
        // Each by itself: none of them can run in a transaction.
        for table in ["label_sets", "records"] {
            client.batch_execute(&format!("vacuum full {table}")).await?;
        }
        for command in ["select pg_switch_wal()", "checkpoint"] {
            if let Err(error) = client.batch_execute(command).await {
                tracing::warn!(%error, command, "the database's log may hold erased labels until it is recycled");
            }
        }
        client.batch_execute("reset statement_timeout").await?;
        execute(&client, sql!("erasures_done"), &[]).await.map(drop)
    }
}
