//! Where a record stands in the ledger's order.

use aegle_rules::BatchNumber;
use serde::{Deserialize, Serialize};

/// The position of a record: batch and number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordPlace {
    /// Its batch.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::BatchNumber"))]
    pub batch: BatchNumber,
    /// Its number in the batch, counted from 0.
    pub number: u32,
}

impl RecordPlace {
    /// Returns whether this position comes before `other` in an answer: newest batch first, rising numbers in a batch.
    pub fn precedes(&self, other: &Self) -> bool {
        (other.batch, self.number) < (self.batch, other.number)
    }
}

impl core::fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "record {} of batch {}", self.number, self.batch.0)
    }
}
