//! Acts that somebody else submits and pays for: what is signed for them, and why they are not done.
//!
//! A patient needs no tokens: whatever they, their guardians or their recovery key do is sent as a message of the contract, and
//! where a chain is relayed (`native::ChainClient::relayed_by`), that message becomes a signed call which a relayer
//! submits. Who acts writes nothing anew for it.

mod act;
mod answer;

pub use act::Act;
pub use answer::output;

use crate::{account::AccountKey, remote::RemoteError};
use aegle_protocol::wire::blake2_256;
use aegle_rules::{
    AccountId, Hash, Timestamp,
    relay::{Relayed, call_hash, signed_bytes},
};
use scale::Encode;

/// How long what was signed may be submitted, in milliseconds: an hour.
pub const SIGNED_MS: u64 = 60 * 60 * 1_000;

/// The reason why a relayer did nothing, or is not to be believed.
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
    /// The relayer cannot be asked.
    #[error(transparent)]
    Indexer(RemoteError),
}

impl RelayerError {
    /// Returns whether somebody was lied to.
    pub fn is_tampering(&self) -> bool {
        matches!(self, Self::Forged { .. })
    }

    /// Returns whether nothing was done, and asking again will not help.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::NotRelayed { .. } | Self::Off | Self::Refused { .. } | Self::Funds
        )
    }
}

impl From<RemoteError> for RelayerError {
    fn from(error: RemoteError) -> Self {
        let RemoteError::Refused {
            reason, title, detail, ..
        } = &error
        else {
            return Self::Indexer(error);
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
