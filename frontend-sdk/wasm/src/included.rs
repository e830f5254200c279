//! Transactions of a block and their events, as an adapter of JavaScript tells them.

use aegle_client::chain::{ChainError, Emitted, Receipt};
use aegle_rules::{AccountId, Hash};
use serde::Deserialize;

/// A transaction in a finalized block, where it may have failed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Included {
    pub(crate) block: u32,
    pub(crate) block_hash: Hash,
    transaction: Hash,
    bytes: u32,
    fee: String,
    deposit: String,
    events: Vec<Event>,
    /// `Pallet::Error`, or the runtime's reason, of one that failed.
    pub(crate) failed: Option<String>,
}

/// An event as an adapter tells it.
#[derive(Deserialize)]
pub(crate) struct Event {
    index: u32,
    contract: AccountId,
    topic: Option<Hash>,
    /// Hexadecimal.
    data: String,
}

impl Event {
    pub(crate) fn emitted(self) -> Result<Emitted, ChainError> {
        let digits = self.data.strip_prefix("0x").unwrap_or(&self.data);
        let data = hex::decode(digits).map_err(|_| ChainError::Decode {
            what: "an event",
            source: "it is not hexadecimal".into(),
        })?;
        Ok(Emitted {
            index: self.index,
            contract: self.contract,
            topic: self.topic.map(|topic| topic.0),
            data,
        })
    }
}

impl Included {
    pub(crate) fn receipt(self) -> Result<Receipt, ChainError> {
        Ok(Receipt {
            block: self.block,
            block_hash: self.block_hash,
            transaction: self.transaction,
            bytes: self.bytes,
            fee: amount(&self.fee)?,
            deposit: amount(&self.deposit)?,
            events: self
                .events
                .into_iter()
                .map(Event::emitted)
                .collect::<Result<_, ChainError>>()?,
        })
    }
}

/// The error that an adapter names `Pallet::Error`, or gives the runtime's reason of.
pub(crate) fn failure(name: &str) -> ChainError {
    match name.split_once("::") {
        Some((pallet, error)) => ChainError::Module {
            pallet: pallet.into(),
            error: error.into(),
        },
        None => ChainError::Dispatch { reason: name.into() },
    }
}

fn amount<T: std::str::FromStr>(text: &str) -> Result<T, ChainError> {
    text.parse().map_err(|_| ChainError::Decode {
        what: "an amount",
        source: "it is no number".into(),
    })
}
