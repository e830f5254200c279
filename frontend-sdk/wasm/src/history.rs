//! What the contracts have told, block by block, as an adapter of JavaScript reads it.

use crate::{
    deployment::Connection,
    fault::Fault,
    host::{node, parsed},
    included::Event,
};
use aegle_chain::ContractEvent;
use aegle_client::{
    chain::{Chain, ChainError, Head},
    history::{BlockRange, Dated, History},
};
use aegle_rules::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// The blocks that an adapter has read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadBlocks {
    first_block: u32,
    last_block: u32,
    /// Those in which a contract told something.
    blocks: Vec<ReadBlock>,
}

/// A block in which a contract told something.
#[derive(Deserialize)]
pub(crate) struct ReadBlock {
    pub(crate) block: u32,
    at: Timestamp,
    pub(crate) events: Vec<Event>,
}

/// The events up to a finalized head, which the answer is as of.
pub(crate) struct Told {
    pub(crate) history: History,
    pub(crate) head: Head,
}

impl Told {
    /// Reads what the contracts have told. An event of a topic that this release does not know is left out.
    pub(crate) async fn read(connection: &Connection<'_>) -> Result<Self, Fault> {
        let aegle = connection.on_chain();
        let head = aegle.chain.finalized().await?;
        let read = aegle.chain.host.history(head.number).await.map_err(node)?;
        let read: ReadBlocks = parsed("the history", read)?;
        let mut events = Vec::new();
        for ReadBlock {
            block,
            at,
            events: told,
        } in read.blocks
        {
            for event in told {
                let event = ContractEvent::decode(aegle.contracts, block, &event.emitted()?)?;
                events.extend(event.map(|event| Dated { block, at, event }));
            }
        }
        // Blocks are asked for by number, on the chain of the best head: up to a finalized one they are those below it.
        if !aegle.chain.is_finalized(head.hash).await? {
            return Err(ChainError::NoHeader(head.hash).into());
        }
        let span = BlockRange {
            first_block: read.first_block,
            last_block: read.last_block,
        };
        Ok(Self {
            history: History { span, events },
            head,
        })
    }

    /// Where a list comes from, to be said with it.
    pub(crate) fn source(&self) -> Value {
        json!({
            "firstBlock": self.history.span.first_block,
            "lastBlock": self.history.span.last_block,
            "at": self.head.timestamp,
        })
    }
}
