//! The contracts' events, block by block.

use super::ChainClient;
use crate::{
    chain::{Chain, ChainError, Contracts, Head},
    history::{BlockRange, Dated, History},
};
use aegle_chain::ContractEvent;
use futures_util::{StreamExt, TryStreamExt, stream};

/// Most blocks that are read: with six seconds a block, more than two months. A list over more than that is an indexer's
/// business.
pub const MAX_HISTORY_BLOCKS: u32 = 1_000_000;
/// How many blocks are asked for at a time.
const PARALLEL_BLOCKS: usize = 16;

/// The reason why the contracts' history cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There are too many blocks.
    #[error(
        "the contracts' events would have to be searched for in {blocks} blocks, and no more than {MAX_HISTORY_BLOCKS} are \
         read: give a later --from-block"
    )]
    TooLong {
        /// How many there are.
        blocks: u32,
    },
    /// A block is not to be had.
    #[error(
        "block {block} cannot be read, so that the list would not be complete: use a node that keeps every block (an \
         archive node), or give a later --from-block: {source}"
    )]
    Block {
        /// The block.
        block: u32,
        /// What the node said.
        source: ChainError,
    },
    /// The chain did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl ChainClient {
    /// Reads what the contracts have told in the blocks after `after` up to a finalized head; calls `progress` with the
    /// number of blocks that were read. An event of a topic that this release does not know is left out.
    ///
    /// # Errors
    /// See [`HistoryError`]; nothing is returned that leaves out a block.
    pub async fn history(
        &self,
        contracts: &Contracts,
        after: u32,
        head: &Head,
        progress: &mut impl FnMut(u64),
    ) -> Result<History, HistoryError> {
        let span = BlockRange {
            first_block: after.saturating_add(1).min(head.number),
            last_block: head.number,
        };
        let blocks = span.last_block - span.first_block;
        if blocks >= MAX_HISTORY_BLOCKS {
            return Err(HistoryError::TooLong { blocks });
        }
        let mut reading = stream::iter(span.first_block..=span.last_block)
            .map(|number| async move {
                let read = self.ask(async |node| node.block(number, contracts).await).await;
                read.map_err(|source| HistoryError::Block { block: number, source })
            })
            .buffered(PARALLEL_BLOCKS);
        let mut events = Vec::new();
        while let Some(block) = reading.try_next().await? {
            for emitted in &block.events {
                let event = ContractEvent::decode(contracts, block.id.number, emitted)?;
                events.extend(event.map(|event| Dated {
                    block: block.id.number,
                    at: block.timestamp.unwrap_or_default(),
                    event,
                }));
            }
            progress(1);
        }
        // Blocks are asked for by number, on the chain of the best head: up to a finalized one they are those below it.
        if !self.is_finalized(head.hash).await? {
            return Err(ChainError::NoHeader(head.hash).into());
        }
        Ok(History { span, events })
    }
}
