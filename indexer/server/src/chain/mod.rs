//! The chain as the indexer sees it: finalized blocks, what our contracts emitted in them, and questions to a contract.
mod contract_call;
mod emitted;
mod event;
mod link;

pub use contract_call::CallError;
pub use emitted::{Emitted, EmittedError};
pub use event::{ContractEvent, DecodeError};
pub use link::{ChainLink, LinkError};

use aegle_rules::{AccountId, Hash, Timestamp};

/// A block's number.
pub type BlockNumber = u32;

/// A block that is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: Hash,
}

/// The finalized head, as the node just gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which block.
    pub block: BlockId,
    /// The chain's time in it: milliseconds since the Unix epoch.
    pub timestamp: Timestamp,
}

/// A finalized block, with what our contracts emitted in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which block.
    pub id: BlockId,
    /// The hash of the block before it.
    pub parent: Hash,
    /// The chain's time in it; read only if there are events.
    pub timestamp: Option<Timestamp>,
    /// The events of our contracts, in order.
    pub events: Vec<Emitted>,
}

/// The contracts of one deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Contracts {
    /// The consortium contract.
    pub consortium: AccountId,
    /// The consent contract, which is also the audience of signed requests.
    pub consent: AccountId,
    /// The ledger contract.
    pub ledger: AccountId,
}

impl Contracts {
    /// Whether `contract` is one of them.
    pub fn contains(&self, contract: &AccountId) -> bool {
        [&self.consortium, &self.consent, &self.ledger].contains(&contract)
    }
}
