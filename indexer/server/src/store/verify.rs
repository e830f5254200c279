//! What is stored, looked at as a whole: what `verify` compares.
use super::{Store, StoreError, begin, chain::raw_event, columns::Columns, execute, row, rows, sql};
use crate::store::CommitError;
use aegle_chain::Emitted;
use aegle_protocol::{BlockId, BlockNumber, Contracts, record::RecordId};
use aegle_rules::{BatchNumber, DomainId};
use std::{collections::HashSet, ops::RangeInclusive};

/// Faults of one kind that are looked for at most.
const MAX_FAULTS: i64 = 1_000;

/// A batch that is not stored as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchFault {
    /// Its domain.
    pub domain: DomainId,
    /// The batch.
    pub batch: BatchNumber,
    /// The number of records that it was stored with.
    pub records: u32,
    /// The number of records that there are.
    pub found: u32,
    /// Whether the ledger has it, as far as is stored.
    pub anchored: bool,
    /// Whether it has labels.
    pub labelled: bool,
}

/// The state of one projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionState {
    /// Its name.
    pub name: String,
    /// Its number of rows.
    pub rows: u64,
    /// A sum over the hashes of its rows, whatever their order.
    pub digest: String,
}

impl Store {
    /// Returns ranges of blocks that are not stored between the first one and the checkpoint.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn missing_blocks(&self) -> Result<Vec<RangeInclusive<BlockNumber>>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("verify_blocks"), &[&MAX_FAULTS]).await?;
        found
            .iter()
            .map(|row| Ok(row.number("first")?..=row.number("last")?))
            .collect()
    }

    /// Returns the positions of events whose blocks are not stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_without_block(&self) -> Result<Vec<(BlockNumber, i32)>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("verify_events"), &[&MAX_FAULTS]).await?;
        found
            .iter()
            .map(|row| Ok((row.number("block")?, row.try_get("index")?)))
            .collect()
    }

    /// Returns batches that are not stored as a whole.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn broken_batches(&self) -> Result<Vec<BatchFault>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("verify_batches"), &[&MAX_FAULTS]).await?;
        let faults = found.iter().map(|row| {
            Ok(BatchFault {
                domain: DomainId(row.number("domain")?),
                batch: BatchNumber(row.number("batch")?),
                records: row.number("records")?,
                found: row.number("found")?,
                anchored: row.try_get("anchored")?,
                labelled: row.try_get("labelled")?,
            })
        });
        faults.collect()
    }

    /// Returns records whose batches are not stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_without_batch(&self) -> Result<Vec<RecordId>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("verify_records"), &[&MAX_FAULTS]).await?;
        found.iter().map(|row| Ok(RecordId(row.bytes("id")?))).collect()
    }

    /// Returns the projections as they are, and as the stored events would make them: that is tried, and taken back.
    ///
    /// # Errors
    /// [`CommitError`].
    pub async fn compare_projections(&self, contracts: &Contracts) -> Result<[Vec<ProjectionState>; 2], CommitError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        let stored = projection_states(&transaction).await?;
        Self::rebuild_in(&transaction, contracts).await?;
        let made = projection_states(&transaction).await?;
        transaction.rollback().await.map_err(StoreError::from)?;
        Ok([stored, made])
    }

    /// Returns the first block that is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn first_block(&self) -> Result<Option<BlockNumber>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("blocks_first"), &[]).await?;
        let number = found.map(|row| row.try_get::<_, Option<i64>>("number")).transpose()?;
        number
            .flatten()
            .map(|number| BlockNumber::try_from(number).map_err(|_| StoreError::Corrupt { column: "number" }))
            .transpose()
    }

    /// Returns the stored blocks of a range, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn blocks_in(&self, range: RangeInclusive<BlockNumber>) -> Result<Vec<BlockId>, StoreError> {
        let client = self.client().await?;
        let (first, last) = (i64::from(*range.start()), i64::from(*range.end()));
        let found = rows(&client, sql!("blocks_range"), &[&first, &last]).await?;
        let blocks = found.iter().map(|row| {
            Ok(BlockId {
                number: row.number("number")?,
                hash: row.hash("hash")?,
            })
        });
        blocks.collect()
    }

    /// Returns the stored events of a range of blocks, in order, each with its block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_in(
        &self,
        range: RangeInclusive<BlockNumber>,
    ) -> Result<Vec<(BlockNumber, Emitted)>, StoreError> {
        let client = self.client().await?;
        let (first, last) = (i64::from(*range.start()), i64::from(*range.end()));
        let found = rows(&client, sql!("events_range"), &[&first, &last]).await?;
        let events = found.iter().map(|row| {
            let raw = raw_event(row)?;
            Ok((raw.block, raw.emitted))
        });
        events.collect()
    }

    /// Returns which of these records have a row for their ciphertext, whether it is in the vault or about to be.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn known_ciphertexts(&self, records: &[RecordId]) -> Result<HashSet<RecordId>, StoreError> {
        let client = self.client().await?;
        let names: Vec<&[u8]> = records.iter().map(RecordId::as_ref).collect();
        let found = rows(&client, sql!("ciphertexts_known"), &[&names]).await?;
        found.iter().map(|row| Ok(RecordId(row.bytes("record")?))).collect()
    }

    /// Goes back to a block: forgets every later one with its events, and makes the projections again from what is left, in
    /// one transaction. What comes after the block is read from the chain again. Returns the number of events that were
    /// forgotten; `None` where the block is not stored, and then nothing is changed.
    ///
    /// # Errors
    /// [`CommitError`]. Then nothing has changed.
    pub async fn rewind(&self, contracts: &Contracts, to: BlockNumber) -> Result<Option<u64>, CommitError> {
        let Some(block) = self.blocks_in(to..=to).await?.into_iter().next() else {
            return Ok(None);
        };
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        let number = i64::from(to);
        let forgotten = execute(&transaction, sql!("rewind_events"), &[&number]).await?;
        execute(&transaction, sql!("rewind_blocks"), &[&number]).await?;
        super::chain::set_checkpoint(&transaction, &block).await?;
        Self::rebuild_in(&transaction, contracts).await?;
        super::commit(transaction).await?;
        Ok(Some(forgotten))
    }
}

async fn projection_states(
    transaction: &deadpool_postgres::Transaction<'_>,
) -> Result<Vec<ProjectionState>, StoreError> {
    let found = rows(transaction, sql!("verify_projections"), &[]).await?;
    let states = found.iter().map(|row| {
        Ok(ProjectionState {
            name: row.try_get("name")?,
            rows: row.time("rows")?,
            digest: row.try_get("digest")?,
        })
    });
    states.collect()
}
