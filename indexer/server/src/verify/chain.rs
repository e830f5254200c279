//! What is stored of the chain with the chain.
use super::{Findings, VerifyError};
use crate::store::Store;
use aegle_chain::{Emitted, node::Node};
use aegle_protocol::{BlockNumber, Contracts};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeMap;

/// Blocks that are compared together, and of these asked for at the same time.
const PORTION: BlockNumber = 256;
const PARALLEL: usize = 16;

/// Compares every block and every event, up to the checkpoint.
pub(super) async fn blocks(store: &Store, contracts: &Contracts, node: &Node) -> Result<Findings, VerifyError> {
    if node.genesis() != contracts.genesis {
        return Err(VerifyError::OtherChain {
            expected: contracts.genesis,
        });
    }
    let mut findings = Findings::default();
    let (Some(mut from), Some(checkpoint)) = (store.first_block().await?, store.checkpoint().await?) else {
        return Ok(findings);
    };
    while from <= checkpoint.number {
        let to = checkpoint.number.min(from.saturating_add(PORTION - 1));
        let stored = store.blocks_in(from..=to).await?;
        let mut stored: BTreeMap<_, _> = stored.into_iter().map(|block| (block.number, block.hash)).collect();
        let mut events: BTreeMap<BlockNumber, BTreeMap<u32, Emitted>> = BTreeMap::new();
        for (block, emitted) in store.events_in(from..=to).await? {
            events.entry(block).or_default().insert(emitted.index, emitted);
        }
        let blocks: Vec<_> = stream::iter(from..=to)
            .map(|number| node.block(number, contracts))
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        for block in blocks {
            findings.checked += 1;
            let number = block.id.number;
            match stored.remove(&number) {
                None => findings.missing(format_args!("block {number}")),
                Some(hash) if hash != block.id.hash => findings.different(format_args!("block {number}")),
                Some(_) => {}
            }
            let mut of_block = events.remove(&number).unwrap_or_default();
            for emitted in &block.events {
                let index = emitted.index;
                match of_block.remove(&index) {
                    None => findings.missing(format_args!("event {index} of block {number}")),
                    Some(found) if found != *emitted => {
                        findings.different(format_args!("event {index} of block {number}"));
                    }
                    Some(_) => {}
                }
            }
            for index in of_block.keys() {
                findings.surplus(format_args!("event {index} of block {number}"));
            }
        }
        from = to.saturating_add(1);
    }
    Ok(findings)
}
