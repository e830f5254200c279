//! Calls of which it is not known what became of them: looked for again and again, whether or not somebody asks.
use super::{Parts, RelayError, Relayer};
use crate::store::{RelayedState, SentTransaction};
use aegle_chain::node::Node;
use aegle_protocol::wire::TransactionPlace;
use aegle_rules::Hash;

/// What becomes of a transaction that was sent, or may have been.
pub(super) enum Fate {
    /// It is in the finalized chain.
    Settled {
        /// Where.
        place: TransactionPlace,
        /// Whether the contract refused it there.
        failed: bool,
    },
    /// It may still come.
    Open,
    /// It will never come.
    Never,
}

impl Relayer {
    /// Looks once for each call of which it is not known what became of it, as after a restart, unless that is being done. A
    /// fault is logged, and what it left is looked for the next time.
    pub(crate) fn settle_all(&self) {
        let parts = self.0.clone();
        tokio::spawn(async move {
            if let Err(error) = parts.settle_all().await {
                tracing::warn!(%error, "what became of relayed calls could not be looked for");
            }
        });
    }
}

impl Parts {
    async fn settle_all(&self) -> Result<(), RelayError> {
        let Ok(_alone) = self.settling.try_lock() else {
            return Ok(());
        };
        let node = self.link.node().await?;
        let mut after = None;
        loop {
            let page = self.store.relayed_unsettled(after.as_ref()).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(*last);
            for digest in page.iter().filter(|digest| !self.places.has(digest)) {
                if let Err(error) = self.look_for(&node, digest).await {
                    tracing::warn!(%error, ?digest, "what became of a relayed call is not known yet");
                }
            }
        }
    }

    async fn look_for(&self, node: &Node, digest: &Hash) -> Result<(), RelayError> {
        match self.store.relayed(digest).await? {
            Some(RelayedState::Sent(sent)) => self.fate(node, digest, &sent).await.map(drop),
            _ => Ok(()),
        }
    }

    /// Finds out what becomes of the transaction of a call, and notes it; sends it once more where it can still come.
    pub(super) async fn fate(&self, node: &Node, digest: &Hash, sent: &SentTransaction) -> Result<Fate, RelayError> {
        let head = node.finalized().await?;
        let is_over = head.number >= sent.last;
        if !is_over && node.nonce_at(head.hash, self.key.account()).await? <= sent.nonce {
            // A node that refuses it may have it in a block that is not final yet.
            if let Err(error) = node.submit(&sent.encoded).await {
                tracing::debug!(%error, "the transaction of a relayed call was not taken again");
            }
            return Ok(Fate::Open);
        }
        // No nonce says that it is not there: the account that pays may be another one by now.
        match self.settled(node, digest, sent, sent.since, head.number).await? {
            Some((place, failed)) => Ok(Fate::Settled { place, failed }),
            None => {
                self.store.release_relayed(digest, &sent.encoded).await?;
                Ok(Fate::Never)
            }
        }
    }
}
