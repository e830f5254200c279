//! What the contracts have told by events: the only place where some lists can be found.
//!
//! The contracts answer about one grant, one request or one account; they list nothing. Which of them there are follows
//! from the events since the contracts came to be. An event says that something happened once, so everything that is found
//! here is asked of the contracts again before it is shown: [`grants`], [`requests`], [`glasses`], [`roles`],
//! [`unvouched`].

mod complete;
mod lists;
mod pending;

pub use complete::{IncompleteError, consents, prove_complete};
pub use lists::{
    Direction, Held, Member, PendingRequest, UnreviewedGlass, UnvouchedPatient, actions, admins, glasses, grantee_of,
    grants, requests, roles, unvouched,
};
pub use pending::{PendingAct, pending_acts};

use aegle_chain::ContractEvent;
use aegle_protocol::BlockNumber;
use aegle_rules::Timestamp;
use serde::Serialize;

/// An event and when it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// Its block.
    pub block: BlockNumber,
    /// The chain's time in that block.
    pub at: Timestamp,
    /// What was told.
    pub event: ContractEvent,
}

/// The events of three contracts in some blocks, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Which blocks were read.
    pub span: BlockRange,
    /// The events in them.
    pub events: Vec<Dated>,
}

/// Blocks in a row, to be said with what was found in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BlockRange {
    /// The first block that was read.
    pub first_block: BlockNumber,
    /// The last one, which was final.
    pub last_block: BlockNumber,
}

impl History {
    /// Returns the events of the consent contract, in order.
    fn consent(&self) -> impl Iterator<Item = (&Dated, &aegle_rules::consent::events::Event)> {
        self.events.iter().filter_map(|dated| match &dated.event {
            ContractEvent::Consent(event) => Some((dated, event)),
            _ => None,
        })
    }

    /// Returns the events of the consortium contract, in order.
    fn consortium(&self) -> impl Iterator<Item = (&Dated, &aegle_rules::consortium::events::Event)> {
        self.events.iter().filter_map(|dated| match &dated.event {
            ContractEvent::Consortium(event) => Some((dated, event)),
            _ => None,
        })
    }
}
