//! Relayed calls: what a patient, a guardian or a recovery key has signed, submitted and paid by an account of this server's.
//!
//! What is decided comes before what is done: signature and end of the call without the chain, then who it is for, what was
//! spent today, and a dry run; nothing is submitted that would be refused, or cost more than is paid. A call is noted down,
//! with the transaction that carries it, before that is sent. Whoever sends the same call again gets the same transaction
//! again, which the chain takes once, and then where it is: neither a restart nor a lost answer pays twice.
//!
//! pallet-contracts charges the sender of a call for what it stores, and gives the deposit for what a call frees to the sender
//! of *that* call. So a patient who lets this server grant, and revokes with tokens of their own, has this server's deposit.
//! What one patient can get so is bounded: what is on deposit for them is counted over all their calls, and no call is
//! relayed that would bring it over the limit, whoever was paid back. In the other direction, this server gets what a relayed
//! call frees, whoever paid for that; a call that does nothing else than free what is over is not relayed.
mod arguments;
mod decide;
mod error;
mod key;
mod limits;
mod settle;

pub use arguments::RelayArguments;
pub(crate) use error::RelayError;
pub use limits::RelayLimits;

use crate::{
    secret_file::SecretFileError,
    store::{NewRelayed, RelayedState, SentTransaction, Store},
};
use aegle_chain::node::{ChainLink, Node, SignedTransaction, SubmitError};
use aegle_protocol::{
    Contracts, Head,
    wire::{RelayAnswer, RelayerIdentity, VerifiedRelayedCall},
};
use aegle_rules::Hash;
use key::RelayerKey;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::{Mutex, Semaphore};

/// Calls that are decided or waited for at the same time: a transaction waits for minutes on a slow chain.
const MAX_CALLS: usize = 64;

/// How an indexer relays calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayerConfig {
    /// The file with the seed of the account that pays; drawn if there is none.
    pub key: PathBuf,
    /// What it pays at most.
    pub limits: RelayLimits,
}

/// What relays calls. Clones are the same.
#[derive(Clone)]
pub(crate) struct Relayer(Arc<Parts>);

struct Parts {
    key: RelayerKey,
    limits: RelayLimits,
    link: Arc<ChainLink>,
    contracts: Contracts,
    store: Store,
    /// One call is decided and submitted at a time: each dry run and each nonce counts those before.
    turn: Mutex<()>,
    /// The calls that are being decided, or waited for.
    places: Arc<Semaphore>,
}

/// A call that is to be submitted.
struct Accepted {
    call: NewRelayed,
    transaction: SignedTransaction,
}

impl Relayer {
    /// Reads the key of the account that pays, or draws one.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub(crate) fn open(
        config: &RelayerConfig,
        link: Arc<ChainLink>,
        contracts: Contracts,
        store: Store,
    ) -> Result<Self, SecretFileError> {
        let key = RelayerKey::open(&config.key)?;
        tracing::info!(account = %key.account(), "relays calls of patients, which this account pays");
        Ok(Self(Arc::new(Parts {
            key,
            limits: config.limits,
            link,
            contracts,
            store,
            turn: Mutex::default(),
            places: Arc::new(Semaphore::new(MAX_CALLS)),
        })))
    }

    /// Returns who pays, and for how many calls.
    pub(crate) fn identity(&self) -> RelayerIdentity {
        RelayerIdentity {
            account: self.0.key.account(),
            calls_a_day: self.0.limits.calls_of_one,
        }
    }

    /// Submits a call, or finds what became of it; it goes on though whoever asked is gone. `finalized` is the head that the
    /// patient's registration is read at.
    ///
    /// # Errors
    /// [`RelayError`].
    pub(crate) async fn relay(&self, call: VerifiedRelayedCall, finalized: Head) -> Result<RelayAnswer, RelayError> {
        let parts = self.0.clone();
        let place = parts.places.clone().try_acquire_owned().map_err(|_| RelayError::Busy)?;
        let working = tokio::spawn(async move {
            let _place = place;
            parts.relay(&call, &finalized).await
        });
        working.await.unwrap_or(Err(RelayError::Pending))
    }

    /// Finds what became of the calls that were submitted before a restart. A fault is logged: whoever asks about a call is
    /// answered, too.
    pub(crate) fn settle_all(&self) {
        let parts = self.0.clone();
        tokio::spawn(async move {
            if let Err(error) = parts.settle_all().await {
                tracing::warn!(%error, "what became of relayed calls is not known yet; it is looked for when they are sent again");
            }
        });
    }
}

impl Parts {
    async fn relay(&self, call: &VerifiedRelayedCall, finalized: &Head) -> Result<RelayAnswer, RelayError> {
        let node = self.link.node().await?;
        let digest = call.digest();
        let sent = {
            let _turn = self.turn.lock().await;
            let open = match self.store.relayed(&digest).await? {
                Some(RelayedState::Settled { place, failed: false }) => return Ok(RelayAnswer { place: Some(place) }),
                Some(RelayedState::Sent(sent)) => self.send_again(&node, &digest, sent).await?,
                Some(RelayedState::Settled { .. } | RelayedState::Released) | None => None,
            };
            match open {
                Some(sent) => sent,
                None => match self.decide(&node, call, finalized).await? {
                    Some(accepted) => self.send(&node, accepted).await?,
                    None => return Ok(RelayAnswer { place: None }),
                },
            }
        };
        let place = self.settle(&node, &digest, &sent).await?;
        Ok(RelayAnswer { place: Some(place) })
    }

    /// Notes a call down and sends its transaction.
    async fn send(&self, node: &Node, accepted: Accepted) -> Result<SentTransaction, RelayError> {
        let Accepted { call, transaction } = accepted;
        self.store.take_relayed(&call).await?;
        match node.submit(&transaction.encoded).await {
            Ok(()) => {}
            Err(SubmitError::Refused(reason)) => {
                tracing::warn!(reason, "the node did not take the transaction of a relayed call");
                self.store.release_relayed(&call.digest).await?;
                return Err(RelayError::NotTaken);
            }
            // It may have it: that is found out below, or when the call is sent again.
            Err(SubmitError::Chain(error)) => tracing::warn!(%error, "a relayed call may have been submitted"),
        }
        Ok(SentTransaction {
            encoded: transaction.encoded,
            nonce: transaction.nonce,
            since: call.since,
        })
    }

    /// Sends the transaction of a call once more, where it can still come; `None` where it never will.
    async fn send_again(
        &self,
        node: &Node,
        digest: &Hash,
        sent: SentTransaction,
    ) -> Result<Option<SentTransaction>, RelayError> {
        if node.finalized_nonce(self.key.account()).await? <= sent.nonce {
            // A node that refuses it may have it in a block that is not final yet.
            if let Err(error) = node.submit(&sent.encoded).await {
                tracing::debug!(%error, "the transaction of a relayed call was not taken again");
            }
            return Ok(Some(sent));
        }
        let head = node.finalized().await?.number;
        match self.find(node, &sent, sent.since, head).await? {
            Some(_) => Ok(Some(sent)),
            None => {
                self.store.release_relayed(digest).await?;
                Ok(None)
            }
        }
    }

    async fn settle_all(&self) -> Result<(), RelayError> {
        let node = self.link.node().await?;
        for digest in self.store.relayed_unsettled().await? {
            let open = {
                let _turn = self.turn.lock().await;
                match self.store.relayed(&digest).await? {
                    Some(RelayedState::Sent(sent)) => self.send_again(&node, &digest, sent).await?,
                    _ => None,
                }
            };
            if let Some(sent) = open {
                match self.settle(&node, &digest, &sent).await {
                    // Whoever sent it hears that when they ask.
                    Ok(_) | Err(RelayError::Failed | RelayError::Pending) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}
