//! Blocks and their events.

use super::{Node, decode, in_time, node_error};
use crate::{ChainError, Emitted, Source};
use aegle_protocol::{BlockId, BlockNumber, Contracts};
use aegle_rules::{AccountId, Hash, Timestamp};
use scale::{Compact, Decode};
use subxt::{
    SubstrateConfig,
    backend::Backend,
    config::substrate::H256,
    events::{Events, Phase},
};

/// A block, with what our contracts emitted in it.
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

/// An event of a pallet, with its fields as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PalletEvent {
    /// Its place among all events of the block.
    pub index: u32,
    /// The place of the transaction that it is of, among those of the block; `None` for the block's own.
    pub extrinsic: Option<u32>,
    /// The pallet.
    pub pallet: String,
    /// The event.
    pub name: String,
    /// Its first topic.
    pub topic: Option<[u8; 32]>,
    bytes: Vec<u8>,
}

impl PalletEvent {
    /// Returns whether it is that event of that pallet.
    pub fn is(&self, pallet: &str, name: &str) -> bool {
        (self.pallet.as_str(), self.name.as_str()) == (pallet, name)
    }

    /// Decodes the fields: a tuple of all of them.
    ///
    /// # Errors
    /// [`ChainError::Decode`] when there is less or more.
    pub fn fields<T: Decode>(&self, what: &'static str) -> Result<T, ChainError> {
        decode(what, &self.bytes)
    }

    /// Returns by how much the event makes the deposit of an account for storage grow, in the chain's smallest unit: below 0
    /// where some comes back, 0 for an event of another kind.
    ///
    /// # Errors
    /// [`ChainError::Decode`].
    pub fn deposit_change(&self, account: AccountId) -> Result<i128, ChainError> {
        let amount = || {
            let (from, to, amount): (AccountId, AccountId, u128) = self.fields("Contracts.StorageDeposit")?;
            // No chain has 2^127 of anything.
            Ok::<_, ChainError>((from, to, i128::try_from(amount).unwrap_or(i128::MAX)))
        };
        match (self.pallet.as_str(), self.name.as_str()) {
            ("Contracts", "StorageDepositTransferredAndHeld") => {
                let (from, _, amount) = amount()?;
                Ok(if from == account { amount } else { 0 })
            }
            ("Contracts", "StorageDepositTransferredAndReleased") => {
                let (_, to, amount) = amount()?;
                Ok(if to == account { -amount } else { 0 })
            }
            _ => Ok(0),
        }
    }

    /// Returns the fee that the event says an account has paid, in the chain's smallest unit; 0 for an event of another kind.
    ///
    /// # Errors
    /// [`ChainError::Decode`].
    pub fn fee_paid(&self, account: AccountId) -> Result<u128, ChainError> {
        if !self.is("TransactionPayment", "TransactionFeePaid") {
            return Ok(0);
        }
        let (who, fee, _tip): (AccountId, u128, u128) = self.fields("TransactionPayment.TransactionFeePaid")?;
        Ok(if who == account { fee } else { 0 })
    }

    /// Decodes `Contracts.ContractEmitted`; `None` if it is another event.
    ///
    /// # Errors
    /// When it has less or more than its fields.
    pub fn emitted(&self) -> Result<Option<Emitted>, scale::Error> {
        if !self.is("Contracts", "ContractEmitted") {
            return Ok(None);
        }
        Emitted::from_fields(self.index, &self.bytes, self.topic).map(Some)
    }
}

/// Reads events to the last byte. subxt takes a broken number of events for 0, stops without a word where the bytes end
/// early, and does not look at what follows.
pub(super) fn read(events: &Events<SubstrateConfig>) -> Result<Vec<PalletEvent>, Source> {
    // No value in storage: no events.
    if events.bytes().is_empty() {
        return Ok(Vec::new());
    }
    let input = &mut events.bytes();
    let number = Compact::<u32>::decode(input)?.0;
    let mut left = input.len();
    let mut found = Vec::new();
    for event in events.iter() {
        let event = event?;
        left = left.saturating_sub(event.bytes().len());
        found.push(PalletEvent {
            index: event.index(),
            extrinsic: match event.phase() {
                Phase::ApplyExtrinsic(place) => Some(place),
                Phase::Initialization | Phase::Finalization => None,
            },
            pallet: event.pallet_name().into(),
            name: event.event_name().into(),
            topic: event.topics().first().map(|topic| topic.0),
            bytes: event.field_bytes().to_vec(),
        });
    }
    if found.len() != number as usize {
        return Err(format!("{} events where there should be {number}", found.len()).into());
    }
    if left > 0 {
        return Err(format!("{left} bytes after the events").into());
    }
    Ok(found)
}

impl Node {
    /// Returns the block with this number on the chain of the best head, with the events of our contracts.
    ///
    /// # Errors
    /// [`ChainError`]; [`ChainError::is_passing`] tells whether to try again.
    pub async fn block(&self, number: BlockNumber, contracts: &Contracts) -> Result<Block, ChainError> {
        in_time(async {
            let found = self.backend.block_number_to_hash(number.into()).await;
            let found = found.map_err(node_error)?.ok_or(ChainError::NoBlock(number))?;
            self.read_block(Hash(found.hash().0), contracts).await
        })
        .await
    }

    /// Returns the block with this hash, on whichever fork it is, with the events of our contracts.
    ///
    /// # Errors
    /// [`ChainError::NoHeader`] if the node does not know it.
    pub async fn block_with_hash(&self, hash: Hash, contracts: &Contracts) -> Result<Block, ChainError> {
        in_time(self.read_block(hash, contracts)).await
    }

    async fn read_block(&self, hash: Hash, contracts: &Contracts) -> Result<Block, ChainError> {
        let (id, parent) = self.header(hash).await?;
        let events = self.emitted(id, contracts).await?;
        let timestamp = if events.is_empty() {
            None
        } else {
            Some(self.timestamp(id.hash).await?)
        };
        Ok(Block {
            id,
            parent,
            timestamp,
            events,
        })
    }

    async fn emitted(&self, block: BlockId, contracts: &Contracts) -> Result<Vec<Emitted>, ChainError> {
        let at = self
            .api
            .at_block_hash_and_number(H256(block.hash.0), block.number.into());
        let events = at
            .await
            .map_err(node_error)?
            .events()
            .fetch()
            .await
            .map_err(node_error)?;
        // Most blocks of a shared chain are not about us: an event of ours has the contract's account in it.
        let ours = contracts.accounts();
        let is_ours = |window: &[u8]| ours.iter().any(|contract| contract.0 == *window);
        if !events.bytes().windows(32).any(is_ours) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for event in read(&events).map_err(|source| ChainError::Events {
            block: block.hash,
            source,
        })? {
            let emitted = event.emitted().map_err(|source| ChainError::Event {
                block: block.number,
                index: event.index,
                source,
            })?;
            found.extend(emitted.filter(|emitted| contracts.contains(&emitted.contract)));
        }
        Ok(found)
    }

    /// Returns the events of a transaction in a block; `None` if the block does not have it. `extrinsic` is the signed
    /// transaction as it was sent.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn transaction_events(
        &self,
        block: Hash,
        extrinsic: &[u8],
    ) -> Result<Option<Vec<PalletEvent>>, ChainError> {
        in_time(async {
            let body = self.backend.block_body(H256(block.0)).await.map_err(node_error)?;
            let body = body.ok_or(ChainError::NoHeader(block))?;
            let Some(place) = body.iter().position(|bytes| bytes == extrinsic) else {
                return Ok(None);
            };
            let at = self.api.at_block(H256(block.0)).await.map_err(node_error)?;
            let events = at.events().fetch().await.map_err(node_error)?;
            let mut events = read(&events).map_err(|source| ChainError::Events { block, source })?;
            events.retain(|event| event.extrinsic.is_some_and(|other| other as usize == place));
            Ok(Some(events))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_devchain::{Devchain, Options};

    #[tokio::test(flavor = "multi_thread")]
    async fn cut_events_are_refused_at_every_length() {
        let chain = Devchain::start(Options::default()).await.unwrap();
        let node = Node::connect(&chain.ws_url()).await.unwrap();
        let head = node.finalized().await.unwrap();
        let at = node.at(head.hash).await.unwrap();
        let whole = at.events().fetch().await.unwrap().bytes().to_vec();
        let read = |bytes: Vec<u8>| read(&at.events().from_bytes(bytes));
        let found = read(whole.clone()).unwrap();
        assert!(found[0].is("System", "ExtrinsicSuccess"), "{found:?}");
        // Twice as many, so that the cut may also be between two of them.
        let two = [&[8], &whole[1..], &whole[1..]].concat();
        assert_eq!((whole[0], read(two.clone()).unwrap().len()), (4, 2));
        for length in 1..two.len() {
            assert!(read(two[..length].to_vec()).is_err(), "{length} of {}", two.len());
        }
        assert!(read([two, vec![0]].concat()).is_err());
        assert!(read(vec![0, 0]).is_err());
        assert!(read(vec![0]).unwrap().is_empty());
    }
}
