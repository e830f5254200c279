//! Acts that somebody else submits and pays for: what is signed for them, and why they are not done.
//!
//! A patient needs no tokens: whatever they, their guardians or their recovery key do is sent as a message of the contract, and
//! where a chain is relayed (`native::ChainClient::relayed_by`), that message becomes a signed call which a relayer
//! submits. Who acts writes nothing anew for it.
//!
//! [`Relayer`] is the order in which that is done, over any [`RelayAdapter`]. A relayer is believed in nothing once it has what was
//! signed: what the finalized chain has is done, and what it does not say is not known.

mod act;
mod adapter;
mod answer;
mod relaying;

pub use act::Act;
pub use adapter::{Outcome, PlacedCall, Progress, RelayAdapter};
pub use answer::output;
pub use relaying::Relayer;

use crate::{account::AccountKey, chain::ChainError, day, remote::RemoteError};
use aegle_protocol::wire::{ProblemCode, blake2_256};
use aegle_rules::{
    AccountId, Hash, Timestamp,
    relay::{Relayed, call_hash, signed_bytes},
};
use scale::Encode;

/// The reason why an act is not done that a relayer was given.
#[derive(Debug, thiserror::Error)]
pub enum Objection {
    /// The relayer's.
    #[error(transparent)]
    Relayer(Box<RelayerError>),
    /// The chain's, where the transaction failed.
    #[error(transparent)]
    Chain(ChainError),
}

/// How long what was signed may be submitted, in milliseconds: an hour.
pub const SIGNED_MS: u64 = 60 * 60 * 1_000;

/// The reason why an act is not relayed, why it is not known whether it is done, or why a relayer is not to be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayerError {
    /// It is no act that is relayed.
    #[error(
        "`{message}` is not relayed: only what patients, their guardians and recovery keys do for themselves is; do it without \
         --relayed, from an account that has tokens"
    )]
    NotRelayed {
        /// The contract's message.
        message: &'static str,
    },
    /// The indexer relays nothing.
    #[error("the indexer relays no calls: use another one with --indexer-url, or pay yourself, without --relayed")]
    Off,
    /// The relayer does not pay for it: who it is for, what it is, or how many there were.
    #[error("the relayer does not pay for it: {detail}")]
    Refused {
        /// The reason, finer than a sentence and stable.
        reason: String,
        /// What to do, in the relayer's words.
        detail: String,
    },
    /// The relayer's account has too little.
    #[error(
        "the relayer's account has too few tokens: tell the indexer's operator, or pay yourself, without --relayed"
    )]
    Funds,
    /// It is not known what became of it.
    #[error(
        "the relayer has submitted it, and it was not final in time: look whether it is done before doing it again"
    )]
    Pending,
    /// Another call with the same nonce was carried out.
    #[error(
        "the contract has taken a call of this key meanwhile, by another way: look whether it is done before doing it again"
    )]
    Taken,
    /// The relayer says so, and the chain does not.
    #[error(
        "the relayer says that the contract has taken another act of this key, and the chain does not show it: look whether it is \
         done before doing it again"
    )]
    NotTaken,
    /// The chain does not have it where the relayer says: the relayer lies, or serves another chain.
    #[error(
        "the relayer says that it is done in block {block}, and the chain does not have it there: do not trust the relayer"
    )]
    Forged {
        /// The block.
        block: u32,
    },
    /// One's own node has not finalized the block.
    #[error(
        "the node has not finalized block {block}, in which the relayer says that it is done: use a node that keeps up"
    )]
    NodeBehind {
        /// The block.
        block: u32,
    },
    /// The relayer's answer is lost, or is not its own, or it failed or was too busy: it may have done it.
    #[error("the relayer was given the act, and its answer is lost: look whether it is done before doing it again")]
    Lost(#[source] RemoteError),
    /// One's own node has failed after the act was handed over.
    #[error(
        "the relayer was given the act, and the node does not say what became of it: look whether it is done before doing it \
         again"
    )]
    Unverified(#[source] ChainError),
    /// It is not done so far, as the relayer says and the chain shows. Whoever has what was signed can still do it.
    #[error(
        "{no}; it is not done so far, but whoever has what was signed can do it until {}, unless another act of the key comes \
         first",
        day::minute(*until)
    )]
    NotDone {
        /// Why it is not done.
        #[source]
        no: Objection,
        /// The first millisecond at which the contract does not take it any more.
        until: Timestamp,
    },
    /// The relayer refuses for another reason.
    #[error(transparent)]
    Indexer(RemoteError),
}

impl RelayerError {
    /// Returns whether somebody was lied to.
    pub fn is_tampering(&self) -> bool {
        matches!(self, Self::Forged { .. })
    }

    /// Returns whether somebody refuses, so that asking again will not help.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NotRelayed { .. } | Self::Off | Self::Refused { .. } | Self::Funds => true,
            Self::NotDone { no, .. } => matches!(no, Objection::Relayer(no) if no.is_refusal()),
            _ => false,
        }
    }

    /// Returns whether the relayer says that it has not done what it was given.
    fn is_no(&self) -> bool {
        self.is_refusal() || matches!(self, Self::Indexer(_))
    }
}

impl From<RemoteError> for RelayerError {
    fn from(error: RemoteError) -> Self {
        let RemoteError::Refused {
            status,
            code,
            reason,
            title,
            detail,
            ..
        } = &error
        else {
            return match error {
                // One that knows no relaying does not have the path.
                RemoteError::NotFound => Self::Off,
                // It did not get through, or is not the relayer's own answer.
                error => Self::Lost(error),
            };
        };
        match reason.as_str() {
            "relayer-off" | "no-such-path" => Self::Off,
            "relayer-without-funds" => Self::Funds,
            "relay-pending" => Self::Pending,
            "not-relayed"
            | "not-activated"
            | "not-invited"
            | "relay-refused"
            | "relay-too-dear"
            | "relay-quota-spent"
            | "invalid-relayed-call" => Self::Refused {
                reason: reason.clone(),
                detail: detail.clone().unwrap_or_else(|| title.clone()),
            },
            _ if *status >= 500 || *code == ProblemCode::TooMany => Self::Lost(error),
            _ => Self::Indexer(error),
        }
    }
}

/// Signs a call for a contract, for somebody else to submit before it expires.
pub(crate) fn sign<C: Encode>(
    key: &AccountKey,
    genesis: &Hash,
    contract: &AccountId,
    call: C,
    nonce: u64,
    expires: Timestamp,
) -> Relayed<C> {
    let message = signed_bytes(genesis, contract, &call_hash(&call, blake2_256), nonce, expires);
    Relayed {
        signer: key.account(),
        call,
        nonce,
        expires,
        signature: key.sign(&message),
    }
}
