//! An event on its way into the projections.
use aegle_chain::ContractEvent;
use aegle_protocol::BlockNumber;
use aegle_rules::Timestamp;

/// An event, and the block that it is in.
pub(super) struct Emission<'a> {
    pub(super) block: BlockNumber,
    /// Its place among all events of the block.
    pub(super) index: u32,
    pub(super) timestamp: Timestamp,
    pub(super) event: &'a ContractEvent,
}
