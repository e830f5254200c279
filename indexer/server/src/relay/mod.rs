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
mod parts;
mod places;
mod settle;
mod unsettled;

pub use arguments::RelayArguments;
pub(crate) use error::RelayError;
pub use limits::RelayLimits;
pub(crate) use parts::Relayer;

use crate::{
    secret_file::SecretFileError,
    store::{NewRelayed, RelayedState, SentTransaction, Store},
};
use aegle_chain::node::{ChainLink, Node, SignedTransaction, SubmitError};
use aegle_protocol::{
    Contracts, Head,
    wire::{InvitationError, RelayAnswer, RelayerIdentity, VerifiedInvitation, VerifiedRelayedCall},
};
use aegle_rules::Hash;
use key::RelayerKey;
use parts::Parts;
use places::{Entered, Places};
use settle::SETTLING_LIMIT;
use std::{path::PathBuf, sync::Arc};
use tokio::{
    sync::{Mutex, watch},
    time::timeout,
};
use unsettled::Fate;

/// How an indexer relays calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayerConfig {
    /// The file with the seed of the account that pays; drawn if there is none.
    pub key: PathBuf,
    /// What it pays at most.
    pub limits: RelayLimits,
}

/// What somebody wants to have relayed.
pub(crate) struct Presented {
    /// The call.
    pub(crate) call: VerifiedRelayedCall,
    /// The invitation, which counts where nobody vouches for the patient yet, and is nobody's business elsewhere.
    pub(crate) invitation: Result<Option<VerifiedInvitation>, InvitationError>,
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
            places: Places::default(),
            settling: Mutex::default(),
        })))
    }

    /// Returns who pays, and for how many calls.
    pub(crate) fn identity(&self) -> RelayerIdentity {
        RelayerIdentity {
            account: self.0.key.account(),
            calls_a_day: self.0.limits.calls_of_one,
            newcomers: self.0.limits.paid_newcomers(),
        }
    }

    /// Submits a call, or finds what became of it; it goes on though whoever asked is gone. `finalized` is the head that the
    /// patient's registration is read at.
    ///
    /// # Errors
    /// [`RelayError`].
    pub(crate) async fn relay(&self, presented: Presented, finalized: Head) -> Result<RelayAnswer, RelayError> {
        let parts = self.0.clone();
        let call = &presented.call;
        let digest = call.digest();
        let place = match parts.places.enter(digest, call.call().signer())? {
            Entered::Works(place) => place,
            Entered::Waits(end) => return parts.wait(&digest, end).await,
        };
        let working = tokio::spawn(async move {
            let _place = place;
            parts.relay(&presented, &finalized).await
        });
        working.await.unwrap_or(Err(RelayError::Pending))
    }
}

impl Parts {
    async fn relay(&self, presented: &Presented, finalized: &Head) -> Result<RelayAnswer, RelayError> {
        let node = self.link.node().await?;
        let digest = presented.call.digest();
        let open = match self.store.relayed(&digest).await? {
            Some(RelayedState::Settled { place, failed: false }) => return Ok(RelayAnswer { place: Some(place) }),
            Some(RelayedState::Sent(sent)) => match self.fate(&node, &digest, &sent).await? {
                Fate::Settled { place, failed: false } => return Ok(RelayAnswer { place: Some(place) }),
                Fate::Settled { failed: true, .. } => return Err(RelayError::Failed),
                Fate::Open => Some(sent),
                Fate::Never => None,
            },
            Some(RelayedState::Settled { .. } | RelayedState::Released) | None => None,
        };
        let sent = match open {
            Some(sent) => sent,
            None => {
                let _turn = self.turn.lock().await;
                match self.decide(&node, presented, finalized).await? {
                    Some(accepted) => self.send(&node, accepted).await?,
                    None => return Ok(RelayAnswer { place: None }),
                }
            }
        };
        let place = self.settle(&node, &digest, &sent).await?;
        Ok(RelayAnswer { place: Some(place) })
    }

    /// Waits until whoever works on a call has ended, and finds what became of it.
    async fn wait(&self, digest: &Hash, mut end: watch::Receiver<()>) -> Result<RelayAnswer, RelayError> {
        // Nothing is ever told but the end, and whoever waits too long finds the call as it is then.
        let _ended = timeout(SETTLING_LIMIT, end.changed()).await;
        match self.store.relayed(digest).await? {
            Some(RelayedState::Settled { place, failed: false }) => Ok(RelayAnswer { place: Some(place) }),
            Some(RelayedState::Settled { failed: true, .. }) => Err(RelayError::Failed),
            Some(RelayedState::Sent(_) | RelayedState::Released) | None => Err(RelayError::Pending),
        }
    }

    /// Notes a call down and sends its transaction.
    async fn send(&self, node: &Node, accepted: Accepted) -> Result<SentTransaction, RelayError> {
        let Accepted { call, transaction } = accepted;
        self.store.take_relayed(&call).await?;
        match node.submit(&transaction.encoded).await {
            Ok(()) => {}
            Err(SubmitError::Refused(reason)) => {
                tracing::warn!(reason, "the node did not take the transaction of a relayed call");
                self.store.release_relayed(&call.digest, &transaction.encoded).await?;
                return Err(RelayError::NotTaken);
            }
            // It may have it: that is found out below, or when the call is sent again.
            Err(SubmitError::Chain(error)) => tracing::warn!(%error, "a relayed call may have been submitted"),
        }
        Ok(SentTransaction {
            encoded: transaction.encoded,
            nonce: transaction.nonce,
            since: call.since,
            last: call.last,
        })
    }
}
