//! What became of transactions: whether they are in the finalized chain, where, and what they did.
use super::{Parts, RelayError};
use crate::store::{RelayCost, SentTransaction};
use aegle_chain::{ChainError, node::Node};
use aegle_protocol::wire::TransactionPlace;
use aegle_rules::Hash;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a transaction is waited for until it is finalized.
pub(super) const SETTLING_LIMIT: Duration = Duration::from_secs(150);
/// The pause before the finalized head is looked at again.
const SETTLING_PAUSE: Duration = Duration::from_millis(250);
/// Blocks of which each is looked at for a transaction at once, at most: a day of a public chain.
const MAX_SEARCHED_BLOCKS: u32 = 14_400;

/// A transaction in the finalized chain.
struct Found {
    place: TransactionPlace,
    failed: bool,
    cost: RelayCost,
}

impl Parts {
    /// Waits until the transaction of a call is final, and notes where it is; or until it can never be, and releases the call.
    pub(super) async fn settle(
        &self,
        node: &Node,
        digest: &Hash,
        sent: &SentTransaction,
    ) -> Result<TransactionPlace, RelayError> {
        let until = Instant::now() + SETTLING_LIMIT;
        let mut searched = sent.since;
        loop {
            let head = node.finalized().await?.number;
            if let Some((place, failed)) = self.settled(node, digest, sent, searched, head).await? {
                return match failed {
                    true => Err(RelayError::Failed),
                    false => Ok(place),
                };
            }
            searched = searched.max(head);
            if head >= sent.last {
                self.store.release_relayed(digest, &sent.encoded).await?;
                return Err(RelayError::Died);
            }
            if Instant::now() >= until {
                return Err(RelayError::Pending);
            }
            sleep(SETTLING_PAUSE).await;
        }
    }

    /// Looks for the transaction of a call in the finalized blocks after one, up to the head and to the last one that can have it;
    /// notes where it is, and returns whether it failed there. Where there are too many blocks, it notes how far it has come.
    pub(super) async fn settled(
        &self,
        node: &Node,
        digest: &Hash,
        sent: &SentTransaction,
        after: u32,
        head: u32,
    ) -> Result<Option<(TransactionPlace, bool)>, RelayError> {
        let end = head.min(sent.last);
        let last = end.min(after.saturating_add(MAX_SEARCHED_BLOCKS));
        if let Some(found) = self.find(node, sent, after, last).await? {
            let Found { place, failed, cost } = found;
            let settled = self.store.settle_relayed(digest, &sent.encoded, &place, failed, cost);
            settled.await?;
            return Ok(Some((place, failed)));
        }
        if last < end {
            self.store.relayed_searched(digest, &sent.encoded, last).await?;
            return Err(RelayError::Pending);
        }
        Ok(None)
    }

    /// Looks for a transaction in the finalized blocks after one, up to another one.
    async fn find(
        &self,
        node: &Node,
        sent: &SentTransaction,
        after: u32,
        last: u32,
    ) -> Result<Option<Found>, RelayError> {
        for number in after.saturating_add(1)..=last {
            let hash = node.hash_of(number).await?;
            let hash = hash.ok_or(ChainError::NoBlock(number))?;
            let Some(events) = node.transaction_events(hash, &sent.encoded).await? else {
                continue;
            };
            let account = self.key.account();
            let (mut deposit, mut fee) = (0_i128, 0_u128);
            for event in &events {
                deposit = deposit.saturating_add(event.deposit_change(account)?);
                fee = fee.saturating_add(event.fee_paid(account)?);
            }
            let extrinsic = events.iter().find_map(|event| event.extrinsic);
            return Ok(Some(Found {
                place: TransactionPlace {
                    block: node.block_id(hash).await?,
                    extrinsic: extrinsic.ok_or(ChainError::MissingEvent("System.ExtrinsicSuccess"))?,
                },
                failed: events.iter().any(|event| event.is("System", "ExtrinsicFailed")),
                cost: RelayCost {
                    fee: u64::try_from(fee).unwrap_or(u64::MAX),
                    deposit: i64::try_from(deposit).unwrap_or(if deposit < 0 { i64::MIN } else { i64::MAX }),
                },
            }));
        }
        Ok(None)
    }
}
