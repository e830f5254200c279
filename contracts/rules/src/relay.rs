//! Relayed calls: an account signs what it wants done, and anybody submits it and pays.
//!
//! Patients hold no tokens, so that they cannot send a transaction. What an account signs names the chain, the
//! contract, the call, a nonce and an end, so that it counts once, there, and not later; a relayed call does what the
//! signer could do with a transaction of their own, and no more.
//!
//! Whoever submits a relayed call pays for its weight and the deposits of what it stores, and gets the deposits of what
//! it frees, whoever paid them: that is how pallet-contracts accounts for storage.

use crate::{AccountId, Hash, Timestamp};
use alloc::vec::Vec;
use scale::{Decode, Encode};

/// How far ahead, in milliseconds, a relayed call may end: a day. What was signed and forgotten does not lie about.
pub const MAX_RELAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// How the signed bytes begin: with what wallets put around every message that is not a transaction, so that nothing
/// signed here is one, and with the tag of this scheme.
const OPENING: &[u8] = b"<Bytes>aegle/relay/v1";
/// How the signed bytes end.
const CLOSING: &[u8] = b"</Bytes>";

/// A call that its signer wants done, for whoever submits it.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
pub struct Relayed<C> {
    /// Who wants it: an sr25519 public key.
    pub signer: AccountId,
    /// What is to be done.
    pub call: C,
    /// How many relayed calls of the signer the contract has taken before.
    pub nonce: u64,
    /// First millisecond at which the call is no longer taken.
    pub expires: Timestamp,
    /// sr25519 signature of [`signed_bytes`], under the signing context `substrate`, as wallets make it.
    pub signature: [u8; 64],
}

impl<C: Decode> Decode for Relayed<C> {
    // Apart from the function through which every message enters, as `decode_apart` says.
    #[inline(never)]
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            signer: Decode::decode(input)?,
            call: Decode::decode(input)?,
            nonce: Decode::decode(input)?,
            expires: Decode::decode(input)?,
            signature: Decode::decode(input)?,
        })
    }
}

/// Why a relayed call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(all(feature = "ink", feature = "std"), derive(scale_info::TypeInfo))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum RelayError {
    /// The nonce is not the signer's next one: the call was taken already, or another one comes first.
    WrongNonce {
        /// The signer's next nonce.
        next: u64,
    },
    /// The call has expired.
    Expired,
    /// The call expires more than [`MAX_RELAY_MS`] from now.
    TooFarAhead,
    /// The signature is not the signer's, or was made for another chain, contract, call, nonce or end.
    BadSignature,
}

/// The tag under which relayed calls are hashed.
const CALL_TAG: &[u8] = b"aegle/relayed-call/v1";

/// Returns what the signature of a relayed call is bound to: BLAKE2b-256, which is `blake2`, of `aegle/relayed-call/v1`
/// and the SCALE of the call.
pub fn call_hash(call: &impl Encode, blake2: impl Fn(&[u8]) -> Hash) -> Hash {
    let mut bytes = CALL_TAG.to_vec();
    call.encode_to(&mut bytes);
    blake2(&bytes)
}

/// Returns what is signed, in 141 bytes: `<Bytes>aegle/relay/v1`, the hash of the chain's genesis block, the contract's
/// account, the [hash of the call](call_hash), nonce and expiry as little-endian 8 bytes each, and `</Bytes>`.
pub fn signed_bytes(genesis: &Hash, contract: &AccountId, call_hash: &Hash, nonce: u64, expires: Timestamp) -> Vec<u8> {
    [
        OPENING,
        &genesis.0,
        &contract.0,
        &call_hash.0,
        &nonce.to_le_bytes(),
        &expires.to_le_bytes(),
        CLOSING,
    ]
    .concat()
}

/// Decides whether `contract`, on the chain that began with `genesis`, takes a relayed call now. If so, the signer's
/// next nonce is one more, and the call is the signer's own.
///
/// A call that is taken and then fails is undone together with its nonce: it may be submitted again until it expires,
/// unless the signer uses the nonce for something else.
///
/// - `next_nonce`: how many relayed calls of the signer the contract has taken.
/// - `blake2`: BLAKE2b-256.
/// - `verify`: whether a signature, of a message, is by an account; asked only when nothing else is wrong.
///
/// # Errors
/// In this order: [`WrongNonce`](RelayError::WrongNonce) (which the very last nonce always is, because none can follow
/// it), [`Expired`](RelayError::Expired), [`TooFarAhead`](RelayError::TooFarAhead),
/// [`BadSignature`](RelayError::BadSignature).
pub fn authorise<C: Encode>(
    relayed: &Relayed<C>,
    next_nonce: u64,
    genesis: &Hash,
    contract: &AccountId,
    now: Timestamp,
    blake2: impl Fn(&[u8]) -> Hash,
    verify: impl FnOnce(&[u8; 64], &[u8], &AccountId) -> bool,
) -> Result<(), RelayError> {
    let Relayed {
        signer,
        call,
        nonce,
        expires,
        signature,
    } = relayed;
    if *nonce != next_nonce || next_nonce == u64::MAX {
        return Err(RelayError::WrongNonce { next: next_nonce });
    }
    if *expires <= now {
        return Err(RelayError::Expired);
    }
    if expires.saturating_sub(now) > MAX_RELAY_MS {
        return Err(RelayError::TooFarAhead);
    }
    let message = signed_bytes(genesis, contract, &call_hash(call, blake2), *nonce, *expires);
    if !verify(signature, &message, signer) {
        return Err(RelayError::BadSignature);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
