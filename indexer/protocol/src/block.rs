//! Blocks of a chain, by number and hash.

use aegle_rules::{Hash, Timestamp};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A block's number: 32 bits on every chain that has pallet-contracts.
pub type BlockNumber = u32;

/// Names a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BlockId {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub hash: Hash,
}

/// The last block of a chain, finalized or best, as a node gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Head {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub hash: Hash,
    /// The chain's time in it, in milliseconds since the Unix epoch.
    pub timestamp: Timestamp,
}

impl Head {
    /// Returns the number and hash.
    pub fn id(&self) -> BlockId {
        BlockId {
            number: self.number,
            hash: self.hash,
        }
    }
}
