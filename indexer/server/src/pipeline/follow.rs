//! Follows the finalized chain from our own checkpoint, block by block, through lost connections.
//!
//! Announcements only wake it up: after a reconnect a subscription begins at the current head and leaves out what was
//! finalized meanwhile. What is stored is asked for by number, and every block must name the one before it as parent.
use super::{
    error::FollowError,
    progress::{Progress, ProgressReader},
};
use crate::{
    store::{Store, StoreError},
    supervise::Pulse,
};
use aegle_chain::node::{Block, ChainLink, Node};
use aegle_protocol::{BlockId, BlockNumber, Contracts, Head};
use futures_util::{StreamExt, stream};
use std::{convert::Infallible, ops::RangeInclusive, sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};

/// Blocks that one transaction stores at most, and that wait for the next one.
const MAX_BLOCKS_PER_TRANSACTION: usize = 512;
/// Blocks that are asked for at the same time: a node that is far away takes three journeys for each.
const PARALLEL_BLOCKS: usize = 64;
/// The longest wait for an announcement before the head is asked for anyway.
const POLL_INTERVAL: Duration = Duration::from_secs(6);
/// First and longest pause before trying again.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LONGEST: Duration = Duration::from_secs(10);
/// First pause after something that trying again hardly mends.
const HALTED_FIRST: Duration = Duration::from_secs(2);

/// Follows the chain.
pub(crate) struct Follower {
    link: Arc<ChainLink>,
    store: Store,
    contracts: Contracts,
    first_block: BlockNumber,
    progress: watch::Sender<Progress>,
}

impl Follower {
    /// Builds a follower that goes on after the store's checkpoint, or begins with `first_block` where there is none.
    ///
    /// # Errors
    /// [`StoreError`] if the checkpoint cannot be read.
    pub(crate) async fn new(
        link: Arc<ChainLink>,
        store: Store,
        contracts: Contracts,
        first_block: BlockNumber,
    ) -> Result<Self, StoreError> {
        let progress = Progress {
            indexed: store.checkpoint().await?,
            unknown_events: store.counters().await?.unknown_events,
            ..Progress::default()
        };
        Ok(Self {
            link,
            store,
            contracts,
            first_block,
            progress: watch::Sender::new(progress),
        })
    }

    /// Returns a reader of how far the follower has come.
    pub(crate) fn progress(&self) -> ProgressReader {
        ProgressReader::new(self.progress.subscribe())
    }

    /// Follows, over one connection after the other. What trying again hardly mends is shown to readers of the progress as
    /// halted, and looked at again now and then: a node may have been exchanged for the right one.
    pub(crate) async fn run(&self, pulse: Pulse) -> Result<Infallible, FollowError> {
        let mut pause = RETRY_FIRST;
        loop {
            pulse.step();
            let error = match self.session(&mut pause, &pulse).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            self.link.disconnect();
            if error.is_passing() {
                tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "the chain cannot be followed; trying again");
            } else {
                pause = pause.max(HALTED_FIRST);
                tracing::error!(%error, pause_ms = pause.as_millis() as u64, "ingestion has stopped; looking again later");
                self.progress
                    .send_modify(|progress| progress.halted = Some(Arc::new(error)));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_LONGEST);
        }
    }

    /// Follows the chain over one connection, until it fails. A fault of the database says nothing of the connection.
    async fn session(&self, pause: &mut Duration, pulse: &Pulse) -> Result<Infallible, FollowError> {
        let node = self.link.connect().await?;
        let (found, expected) = (node.genesis(), self.contracts.genesis);
        if found != expected {
            return Err(FollowError::OtherChain { expected, found });
        }
        self.check_checkpoint(&node).await?;
        let mut announcements = node.announcements().await?;
        tracing::info!("following the chain");
        loop {
            match self.advance(&node, pulse).await {
                Err(FollowError::Store(error)) if error.is_passing() => {
                    tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "blocks cannot be stored; trying again");
                    pulse.step();
                    tokio::time::sleep(*pause).await;
                    *pause = (*pause * 2).min(RETRY_LONGEST);
                    continue;
                }
                advanced => advanced?,
            }
            *pause = RETRY_FIRST;
            pulse.well();
            if self.progress.borrow().halted.is_some() {
                self.progress.send_modify(|progress| progress.halted = None);
            }
            // An announcement that does not come is no error: an idle instant-seal chain makes no blocks.
            if let Ok(announced) = tokio::time::timeout(POLL_INTERVAL, announcements.next()).await {
                announced?;
            }
        }
    }

    /// Checks that the last stored block is on the node's finalized chain: a node that was set back or replaced may
    /// have another chain under the same genesis.
    async fn check_checkpoint(&self, node: &Node) -> Result<(), FollowError> {
        let Some(checkpoint) = self.indexed() else {
            return Ok(());
        };
        match node.hash_of(checkpoint.number).await? {
            Some(found) if found != checkpoint.hash => Err(FollowError::CheckpointLost {
                number: checkpoint.number,
                expected: checkpoint.hash,
                found,
            }),
            _ => Ok(()),
        }
    }

    fn indexed(&self) -> Option<BlockId> {
        self.progress.borrow().indexed
    }

    /// Stores everything up to the finalized head.
    async fn advance(&self, node: &Node, pulse: &Pulse) -> Result<(), FollowError> {
        let head = node.finalized().await?;
        self.progress.send_modify(|progress| progress.head = Some(head));
        let next = self
            .indexed()
            .map_or(self.first_block, |block| block.number.saturating_add(1));
        if next <= head.number {
            self.catch_up(node, next..=head.number, head, pulse).await?;
        }
        Ok(self.store.finalise_erasures(head.timestamp).await?)
    }

    /// Stores blocks.
    async fn catch_up(
        &self,
        node: &Node,
        range: RangeInclusive<BlockNumber>,
        head: Head,
        pulse: &Pulse,
    ) -> Result<(), FollowError> {
        // Blocks are read while others are stored.
        let (sender, blocks) = mpsc::channel(MAX_BLOCKS_PER_TRANSACTION);
        let reading = self.read(node, range, sender);
        let (read, stored) = tokio::join!(reading, self.store_all(blocks, head, pulse));
        stored.and(read)
    }

    /// Reads blocks, as long as somebody takes them.
    async fn read(
        &self,
        node: &Node,
        range: RangeInclusive<BlockNumber>,
        sender: mpsc::Sender<Block>,
    ) -> Result<(), FollowError> {
        let read = stream::iter(range).map(|number| node.block(number, &self.contracts));
        let mut read = read.buffered(PARALLEL_BLOCKS);
        while let Some(block) = read.next().await {
            if sender.send(block?).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Stores blocks as they come, as many in one transaction as have come. Nobody is told of the head before what is final at
    /// its time is noted.
    async fn store_all(&self, mut blocks: mpsc::Receiver<Block>, head: Head, pulse: &Pulse) -> Result<(), FollowError> {
        loop {
            let mut portion = Vec::new();
            blocks.recv_many(&mut portion, MAX_BLOCKS_PER_TRANSACTION).await;
            let Some(last) = portion.last().map(|block| block.id) else {
                return Ok(());
            };
            check_parents(self.indexed(), &portion)?;
            let unknown = self.store.commit_blocks(&self.contracts, &portion).await?;
            if unknown > 0 {
                tracing::error!(
                    block = last.number,
                    unknown,
                    "events that this release does not know: a later one is needed"
                );
            }
            if last.number >= head.number {
                self.store.finalise_erasures(head.timestamp).await?;
            }
            self.progress.send_modify(|progress| {
                progress.indexed = Some(last);
                progress.unknown_events += unknown;
            });
            let events: usize = portion.iter().map(|block| block.events.len()).sum();
            tracing::debug!(block = last.number, events, "blocks stored");
            pulse.step();
        }
    }
}

/// Checks that the first block follows `indexed`, and each other the one before it.
fn check_parents(indexed: Option<BlockId>, blocks: &[Block]) -> Result<(), FollowError> {
    let mut before = indexed.map(|block| block.hash);
    for block in blocks {
        match before {
            Some(expected) if block.parent != expected => {
                return Err(FollowError::ParentMismatch {
                    number: block.id.number,
                    expected,
                    found: block.parent,
                });
            }
            _ => before = Some(block.id.hash),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegle_rules::Hash;

    fn block(number: BlockNumber, hash: u8, parent: u8) -> Block {
        let id = BlockId {
            number,
            hash: Hash([hash; 32]),
        };
        Block {
            id,
            parent: Hash([parent; 32]),
            timestamp: None,
            events: Vec::new(),
        }
    }

    #[test]
    fn every_block_must_follow_the_one_before_it() {
        let stored = Some(BlockId {
            number: 4,
            hash: Hash([4; 32]),
        });
        for (indexed, blocks, broken) in [
            (None, vec![block(0, 1, 0)], None),
            (None, vec![block(0, 1, 0), block(1, 2, 1)], None),
            (stored, vec![block(5, 5, 4), block(6, 6, 5)], None),
            (stored, vec![], None),
            (stored, vec![block(5, 5, 3)], Some(5)),
            (stored, vec![block(5, 5, 4), block(6, 6, 4)], Some(6)),
        ] {
            let found = match check_parents(indexed, &blocks) {
                Err(FollowError::ParentMismatch { number, .. }) => Some(number),
                _ => None,
            };
            assert_eq!(found, broken, "the block that breaks the chain after {indexed:?}");
        }
    }
}
