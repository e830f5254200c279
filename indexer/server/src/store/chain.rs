//! Blocks, raw events and the checkpoint.
use super::{
    Store, StoreError, begin,
    columns::{Columns, stored_time},
    commit,
    emission::Emission,
    emissions, execute, row, rows, sql,
};
use aegle_chain::{ChainError, ContractEvent, Emitted, node::Block};
use aegle_protocol::{BlockId, BlockNumber, Contracts};
use aegle_rules::Timestamp;
use std::collections::HashSet;

/// The version of what the events are made into. It grows with every change of `projections.rs`, and then the projections
/// are made again at the next start.
const PROJECTIONS_VERSION: i32 = 3;

/// The numbers of what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Stored events.
    pub events: u64,
    /// Of these, with a topic that this release does not know.
    pub unknown_events: u64,
    /// Stored batches.
    pub batches: u64,
    /// Stored records.
    pub records: u64,
}

/// A stored event, as it came, with the time of its block.
pub(super) struct RawEvent {
    pub(super) block: BlockNumber,
    timestamp: Timestamp,
    pub(super) emitted: Emitted,
}

impl Store {
    /// Ties the database to a deployment, or checks that it is tied to this one.
    ///
    /// # Errors
    /// [`StoreError::OtherDeployment`].
    pub async fn claim(&self, contracts: &Contracts) -> Result<(), StoreError> {
        let client = self.client().await?;
        let values = [
            contracts.genesis.as_ref(),
            contracts.consortium.as_ref(),
            contracts.consent.as_ref(),
            contracts.ledger.as_ref(),
        ];
        execute(
            &client,
            sql!("deployment_insert"),
            &[&values[0], &values[1], &values[2], &values[3]],
        )
        .await?;
        drop(client);
        match self.contracts().await? {
            Some(stored) if stored == *contracts => Ok(()),
            Some(stored) => Err(StoreError::OtherDeployment {
                genesis: stored.genesis,
            }),
            None => Err(StoreError::Corrupt { column: "deployment" }),
        }
    }

    /// Returns the contracts that the database is tied to, if any.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn contracts(&self) -> Result<Option<Contracts>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("deployment"), &[]).await? else {
            return Ok(None);
        };
        Ok(Some(Contracts {
            genesis: row.hash("genesis")?,
            consortium: row.account("consortium")?,
            consent: row.account("consent")?,
            ledger: row.account("ledger")?,
        }))
    }

    /// Returns the last block whose events are stored, if any.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn checkpoint(&self) -> Result<Option<BlockId>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("checkpoint"), &[]).await? else {
            return Ok(None);
        };
        Ok(Some(BlockId {
            number: row.number("number")?,
            hash: row.hash("hash")?,
        }))
    }

    /// Stores blocks that follow each other, what their events change, and the new checkpoint, in one transaction. Returns
    /// the number of events that this release does not know: they are kept as they came.
    ///
    /// Storing a block again changes nothing: only events that were not there yet change the projections.
    ///
    /// # Errors
    /// [`CommitError`]: the database's, or an event that has a known topic and cannot be read. Then nothing is stored.
    pub async fn commit_blocks(&self, contracts: &Contracts, blocks: &[Block]) -> Result<u64, CommitError> {
        let Some(last) = blocks.last() else { return Ok(0) };
        let mut decoded = Vec::new();
        for block in blocks {
            for emitted in &block.events {
                let event = ContractEvent::decode(contracts, block.id.number, emitted)?;
                decoded.push(DecodedEvent { block, emitted, event });
            }
        }
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        insert_blocks(&transaction, blocks).await?;
        let fresh = insert_events(&transaction, &decoded).await?;
        let mut emissions = Vec::new();
        for decoded in decoded.iter().filter(|decoded| fresh.contains(&decoded.id())) {
            let Some(event) = &decoded.event else { continue };
            let timestamp = decoded.block.timestamp;
            emissions.push(Emission {
                block: decoded.block.id.number,
                index: decoded.emitted.index,
                timestamp: timestamp.ok_or(StoreError::Corrupt { column: "timestamp" })?,
                event,
            });
        }
        emissions::apply_all(&transaction, &emissions).await?;
        set_checkpoint(&transaction, &last.id).await?;
        commit(transaction).await?;
        drop(client);
        self.forget(&decoded).await;
        Ok(decoded.iter().filter(|decoded| decoded.event.is_none()).count() as u64)
    }

    /// Makes the projections again where they are those of another release, or where this one knows events that the last
    /// one did not.
    ///
    /// # Errors
    /// [`CommitError`]. Then nothing has changed.
    pub async fn renew_projections(&self, contracts: &Contracts) -> Result<(), CommitError> {
        const LOOKED_AT: i64 = 1_000;
        let client = self.client().await?;
        let version = row(&client, sql!("projections_version"), &[])
            .await
            .map_err(CommitError::from)?;
        let version: Option<i32> = version.map(|row| row.get("projections"));
        let mut renewed = version.is_some_and(|version| version != PROJECTIONS_VERSION);
        for row in rows(&client, sql!("events_unknown"), &[&LOOKED_AT]).await? {
            let raw = raw_event(&row)?;
            renewed |= ContractEvent::decode(contracts, raw.block, &raw.emitted)?.is_some();
        }
        drop(client);
        if renewed {
            tracing::info!("making the projections again: they are those of another release");
            let events = self.rebuild_projections(contracts).await?;
            let client = self.client().await?;
            execute(&client, sql!("projections_version_set"), &[&PROJECTIONS_VERSION]).await?;
            tracing::info!(events, "the projections are those of this release");
        }
        Ok(())
    }

    /// Destroys the keys of what the events ended, at once. What fails is done again with the next look.
    async fn forget(&self, events: &[DecodedEvent<'_>]) {
        let mut events = events.iter().filter_map(|decoded| decoded.event.as_ref());
        if self.keys.is_some()
            && events.any(|event| matches!(event, ContractEvent::Consent(_)))
            && let Err(error) = self.destroy_condemned().await
        {
            tracing::error!(%error, "shares are deleted, and their keys could not be destroyed; it is tried again");
        }
    }

    /// Empties the projections and fills them again from the stored events, in one transaction: readers see the old
    /// ones until the end. Gives the number of events.
    ///
    /// # Errors
    /// [`CommitError`]. Then nothing has changed.
    pub async fn rebuild_projections(&self, contracts: &Contracts) -> Result<u64, CommitError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        let count = Self::rebuild_in(&transaction, contracts).await?;
        commit(transaction).await?;
        Ok(count)
    }

    pub(super) async fn rebuild_in(
        transaction: &deadpool_postgres::Transaction<'_>,
        contracts: &Contracts,
    ) -> Result<u64, CommitError> {
        const PAGE: i64 = 1_000;
        execute(transaction, sql!("projections_clear"), &[]).await?;
        let (mut after, mut count) = ((-1_i64, 0_i32), 0);
        loop {
            let page = rows(transaction, sql!("events_page"), &[&after.0, &after.1, &PAGE]).await?;
            let Some(last) = page.last() else { break };
            after = (last.get("block"), last.get("index"));
            let mut decoded = Vec::with_capacity(page.len());
            for row in &page {
                let raw = raw_event(row)?;
                let event = ContractEvent::decode(contracts, raw.block, &raw.emitted)?;
                decoded.push((raw, event));
            }
            let blocks: Vec<i64> = page.iter().map(|row| row.get("block")).collect();
            let indexes: Vec<i32> = page.iter().map(|row| row.get("index")).collect();
            let known: Vec<bool> = decoded.iter().map(|(_, event)| event.is_some()).collect();
            execute(transaction, sql!("events_known_set"), &[&blocks, &indexes, &known]).await?;
            let emissions: Vec<Emission<'_>> = decoded
                .iter()
                .filter_map(|(raw, event)| {
                    Some(Emission {
                        block: raw.block,
                        index: raw.emitted.index,
                        timestamp: raw.timestamp,
                        event: event.as_ref()?,
                    })
                })
                .collect();
            emissions::apply_all(transaction, &emissions).await?;
            count += page.len() as u64;
        }
        execute(transaction, sql!("erasures_kept"), &[]).await?;
        Ok(count)
    }

    /// Returns the numbers of stored events, batches and records.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counters(&self) -> Result<Counters, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("counters"), &[]).await? else {
            return Ok(Counters::default());
        };
        let count = |column| row.try_get::<_, i64>(column).map(i64::unsigned_abs);
        Ok(Counters {
            events: count("events")?,
            unknown_events: count("unknown_events")?,
            batches: count("batches")?,
            records: count("records")?,
        })
    }
}

/// A reason why blocks were not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The database's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event cannot be read.
    #[error(transparent)]
    Event(#[from] ChainError),
}

/// An event of a block, and what it says, if this release knows its topic.
struct DecodedEvent<'a> {
    block: &'a Block,
    emitted: &'a Emitted,
    event: Option<ContractEvent>,
}

/// The position of an event on the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct EventId {
    block: BlockNumber,
    index: u32,
}

impl DecodedEvent<'_> {
    fn id(&self) -> EventId {
        EventId {
            block: self.block.id.number,
            index: self.emitted.index,
        }
    }
}

async fn insert_blocks(transaction: &deadpool_postgres::Transaction<'_>, blocks: &[Block]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = blocks.iter().map(|block| block.id.number.into()).collect();
    let hashes: Vec<&[u8]> = blocks.iter().map(|block| block.id.hash.as_ref()).collect();
    let timestamps: Vec<Option<i64>> = blocks.iter().map(|block| block.timestamp.map(stored_time)).collect();
    execute(transaction, sql!("blocks_insert"), &[&numbers, &hashes, &timestamps]).await?;
    Ok(())
}

/// Inserts events and gives those that were not there yet.
async fn insert_events(
    transaction: &deadpool_postgres::Transaction<'_>,
    events: &[DecodedEvent<'_>],
) -> Result<HashSet<EventId>, StoreError> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let blocks: Vec<i64> = events.iter().map(|decoded| decoded.block.id.number.into()).collect();
    let indexes: Result<Vec<i32>, _> = events
        .iter()
        .map(|decoded| i32::try_from(decoded.emitted.index))
        .collect();
    let indexes = indexes.map_err(|_| StoreError::Corrupt { column: "index" })?;
    let contracts: Vec<&[u8]> = events.iter().map(|decoded| decoded.emitted.contract.as_ref()).collect();
    let topics: Vec<Option<&[u8]>> = events
        .iter()
        .map(|decoded| decoded.emitted.topic.as_ref().map(<[u8; 32]>::as_slice))
        .collect();
    let data: Vec<&[u8]> = events.iter().map(|decoded| decoded.emitted.data.as_slice()).collect();
    let known: Vec<bool> = events.iter().map(|decoded| decoded.event.is_some()).collect();
    let inserted = rows(
        transaction,
        sql!("events_insert"),
        &[&blocks, &indexes, &contracts, &topics, &data, &known],
    )
    .await?;
    inserted
        .iter()
        .map(|row| {
            Ok(EventId {
                block: row.number("block")?,
                index: event_index(row)?,
            })
        })
        .collect()
}

pub(super) async fn set_checkpoint(
    transaction: &deadpool_postgres::Transaction<'_>,
    block: &BlockId,
) -> Result<(), StoreError> {
    execute(
        transaction,
        sql!("checkpoint_set"),
        &[&i64::from(block.number), &block.hash.as_ref()],
    )
    .await?;
    Ok(())
}

fn event_index(row: &tokio_postgres::Row) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<_, i32>("index")?).map_err(|_| StoreError::Corrupt { column: "index" })
}

pub(super) fn raw_event(row: &tokio_postgres::Row) -> Result<RawEvent, StoreError> {
    let topic: Option<&[u8]> = row.try_get("topic")?;
    let topic = topic
        .map(|topic| topic.try_into().map_err(|_| StoreError::Corrupt { column: "topic" }))
        .transpose()?;
    let data = row.try_get::<_, &[u8]>("data")?.to_vec();
    let emitted = Emitted {
        index: event_index(row)?,
        contract: row.account("contract")?,
        topic,
        data,
    };
    Ok(RawEvent {
        block: row.number("block")?,
        timestamp: row.time("timestamp")?,
        emitted,
    })
}
