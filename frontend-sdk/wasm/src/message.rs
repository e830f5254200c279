//! Messages to contracts as bytes, and what came of them.

use aegle_chain::dry_run::{self, Weight};
use aegle_client::chain::{ChainError, Receipt};
use aegle_rules::{AccountId, message::Message};

/// What a contract answered to a message that was tried, not yet read.
pub(crate) struct Tried {
    pub(crate) output: Vec<u8>,
    pub(crate) reverted: bool,
    pub(crate) gas_limit: Weight,
}

impl Tried {
    /// Whether the contract has understood the message and would do it: what it answers is a result, or nothing.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(*self.output, [0] | [0, 0, ..])
    }
}

/// What became of a message: what the contract answered, and the receipt where it was carried out.
pub(crate) struct Carried {
    pub(crate) output: Vec<u8>,
    pub(crate) receipt: Option<Receipt>,
}

impl Carried {
    /// A refusal, which the answer says.
    pub(crate) fn refused(tried: Tried) -> Self {
        Self {
            output: tried.output,
            receipt: None,
        }
    }
}

/// A message as bytes. What is done with it does not depend on which one it is, and is in the module once.
pub(crate) struct Sent {
    pub(crate) contract: AccountId,
    pub(crate) name: &'static str,
    pub(crate) data: Vec<u8>,
}

impl Sent {
    pub(crate) fn new<M: Message>(contract: AccountId, message: &M) -> Self {
        Self {
            contract,
            name: M::NAME,
            data: message.call_data(),
        }
    }

    /// Reads what the contract answered.
    pub(crate) fn output<M: Message>(&self, output: &[u8]) -> Result<M::Output, ChainError> {
        dry_run::output(output, self.contract, self.name)
    }
}
