//! Relayed calls: what an account has signed for a contract, and a server submits and pays for.
//!
//! The call carries a signature of its own, which is over the chain, the contract, the call, its nonce and its end, so that
//! a server can do nothing else with it than what was signed. That it did so stands in the finalized chain, where the
//! answer says.

use super::{InvitationError, SignedInvitation, VerifiedInvitation};
use crate::{
    BlockId, Contracts,
    bytes::{hexadecimal, hexadecimal_option},
    digest, request,
    request::RequestSignature,
    tags,
};
use aegle_rules::{
    AccountId, Hash, Timestamp,
    consent::{self, SignedAct},
    consortium,
    message::Message,
    relay::{MAX_RELAY_MS, Relayed, call_hash, signed_bytes},
};
use blake2::{Blake2b, Digest, digest::consts::U32};
use scale::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};

/// Where a server takes relayed calls.
pub const RELAY_PATH: &str = "/v1/relay";
/// Longest relayed call that a server takes, in bytes: several times what the most grants at once have.
pub const MAX_RELAYED_BYTES: usize = 16 * 1_024;

/// The contract that a relayed call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RelayTarget {
    /// The consent contract: acts of patients, guardians and recovery keys.
    Consent,
    /// The consortium contract: keys, registration, and who may vouch.
    Consortium,
}

/// Body of `POST /v1/relay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RelayRequest {
    /// The contract.
    pub contract: RelayTarget,
    /// SCALE of the signed call, as the contract's message `relayed` takes it.
    #[serde(with = "hexadecimal")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub call: Vec<u8>,
    /// The signed invitation of the organisation that is going to vouch for the patient
    /// ([`SignedInvitation::to_bytes`]), where nobody does yet. With any other call it is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hexadecimal_option")]
    #[cfg_attr(feature = "openapi", schemars(with = "Option<String>"))]
    pub invitation: Option<Vec<u8>>,
}

/// The place of a transaction in the finalized chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TransactionPlace {
    /// The block, which is finalized.
    pub block: BlockId,
    /// The transaction's place among those of the block, from 0.
    pub extrinsic: u32,
}

/// Answer of `POST /v1/relay`: the contract has taken the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RelayAnswer {
    /// Where it is carried out; `None` where the contract has taken a call with its nonce before, and not from this server.
    pub place: Option<TransactionPlace>,
}

/// Who pays for relayed calls at a server, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RelayerIdentity {
    /// The account that pays.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub account: AccountId,
    /// The number of calls that it pays for each signer a day.
    pub calls_a_day: u32,
    /// Which of the patients it pays for, for whom no organisation vouches yet: for registering, and for naming the one that is to.
    pub newcomers: PaidNewcomers,
}

/// Which patients a server pays for, for whom no organisation vouches yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PaidNewcomers {
    /// None.
    Nobody,
    /// Those whom the organisation that they name has invited ([`SignedInvitation`](super::SignedInvitation)).
    Invited,
    /// Whoever comes.
    Anybody,
}

/// A call that a contract takes relayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayedCall {
    /// For the consent contract.
    Consent(Box<Relayed<SignedAct>>),
    /// For the consortium contract.
    Consortium(Box<Relayed<consortium::Call>>),
}

/// A relayed call whose signature is its signer's, for this deployment, and which has not expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRelayedCall {
    call: RelayedCall,
    contract: AccountId,
    digest: Hash,
}

/// A reason why a relayed call cannot be taken, whatever the chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelayRequestError {
    /// It is longer than one may be.
    #[error("the call is longer than {MAX_RELAYED_BYTES} bytes: do it in parts")]
    TooLong,
    /// The bytes are no call that the contract takes relayed.
    #[error("the bytes are no signed call that the contract takes: send the SCALE of its message `relayed`")]
    NoCall,
    /// It has expired.
    #[error("the signed call has expired: sign it anew")]
    Expired,
    /// It ends too far ahead.
    #[error("the signed call ends more than a day from now: sign it for less")]
    TooFarAhead,
    /// The signature is not the signer's, or was made for another chain, contract, call, nonce or end.
    #[error("the signature is not the signer's, or is for another chain, contract or call: sign this one")]
    Signature,
}

/// Computes BLAKE2b-256, with which contracts hash what is signed for them.
pub fn blake2_256(bytes: &[u8]) -> Hash {
    Hash(Blake2b::<U32>::digest(bytes).into())
}

impl RelayRequest {
    /// Encodes a call.
    pub fn new(call: &RelayedCall) -> Self {
        let (contract, call) = match call {
            RelayedCall::Consent(relayed) => (RelayTarget::Consent, relayed.encode()),
            RelayedCall::Consortium(relayed) => (RelayTarget::Consortium, relayed.encode()),
        };
        Self {
            contract,
            call,
            invitation: None,
        }
    }

    /// Returns the same request, with an invitation.
    pub fn with_invitation(self, invitation: &SignedInvitation) -> Self {
        Self {
            invitation: Some(invitation.to_bytes()),
            ..self
        }
    }

    /// Verifies the invitation, for a patient at the server with that account, at a time; `None` where there is none.
    ///
    /// # Errors
    /// [`InvitationError`].
    pub fn verify_invitation(
        &self,
        contracts: &Contracts,
        server: &AccountId,
        patient: &AccountId,
        now: Timestamp,
    ) -> Result<Option<VerifiedInvitation>, InvitationError> {
        let Some(invitation) = &self.invitation else {
            return Ok(None);
        };
        let invitation = SignedInvitation::from_bytes(invitation)?;
        invitation.verify(contracts, server, patient, now).map(Some)
    }

    /// Verifies signature and end of the call, at a time; the nonce is the chain's to judge.
    ///
    /// # Errors
    /// [`RelayRequestError`].
    pub fn verify(&self, contracts: &Contracts, now: Timestamp) -> Result<VerifiedRelayedCall, RelayRequestError> {
        if self.call.len() > MAX_RELAYED_BYTES {
            return Err(RelayRequestError::TooLong);
        }
        match self.contract {
            RelayTarget::Consent => {
                let relayed = decode(&self.call)?;
                let digest = verify(&relayed, &contracts.genesis, &contracts.consent, now)?;
                Ok(VerifiedRelayedCall {
                    call: RelayedCall::Consent(Box::new(relayed)),
                    contract: contracts.consent,
                    digest,
                })
            }
            RelayTarget::Consortium => {
                let relayed = decode(&self.call)?;
                let digest = verify(&relayed, &contracts.genesis, &contracts.consortium, now)?;
                Ok(VerifiedRelayedCall {
                    call: RelayedCall::Consortium(Box::new(relayed)),
                    contract: contracts.consortium,
                    digest,
                })
            }
        }
    }
}

fn decode<C: Decode>(bytes: &[u8]) -> Result<Relayed<C>, RelayRequestError> {
    Relayed::decode_all(&mut &*bytes).map_err(|_| RelayRequestError::NoCall)
}

/// Verifies a call; returns the hash by which it is known again.
fn verify<C: Encode>(
    relayed: &Relayed<C>,
    genesis: &Hash,
    contract: &AccountId,
    now: Timestamp,
) -> Result<Hash, RelayRequestError> {
    if relayed.expires <= now {
        return Err(RelayRequestError::Expired);
    }
    if relayed.expires - now > MAX_RELAY_MS {
        return Err(RelayRequestError::TooFarAhead);
    }
    let hash = call_hash(&relayed.call, blake2_256);
    let signed = signed_bytes(genesis, contract, &hash, relayed.nonce, relayed.expires);
    request::is_signed_by(&relayed.signer.0, &signed, &RequestSignature(relayed.signature))
        .map_err(|_| RelayRequestError::Signature)?;
    Ok(digest::hash(tags::RELAYED_CALL, &[&relayed.signer.0, &signed]))
}

impl RelayedCall {
    /// Returns who signed.
    pub fn signer(&self) -> AccountId {
        match self {
            Self::Consent(relayed) => relayed.signer,
            Self::Consortium(relayed) => relayed.signer,
        }
    }

    /// Returns how many calls of the signer the contract must have taken before.
    pub fn nonce(&self) -> u64 {
        match self {
            Self::Consent(relayed) => relayed.nonce,
            Self::Consortium(relayed) => relayed.nonce,
        }
    }

    /// Returns the first millisecond at which the call is no longer taken.
    pub fn expires(&self) -> Timestamp {
        match self {
            Self::Consent(relayed) => relayed.expires,
            Self::Consortium(relayed) => relayed.expires,
        }
    }

    /// Returns the patient whom the call is about: the signer, or whom they act for.
    pub fn patient(&self) -> AccountId {
        match self {
            Self::Consent(relayed) => match &relayed.call {
                SignedAct::Controller { patient, .. }
                | SignedAct::Guardian { patient, .. }
                | SignedAct::Recovery { patient, .. } => *patient,
            },
            Self::Consortium(relayed) => match &relayed.call {
                consortium::Call::SetKey { account, .. } | consortium::Call::NameOrganisation { account, .. } => {
                    *account
                }
                consortium::Call::RegisterPatient { .. }
                | consortium::Call::Renounce { .. }
                | consortium::Call::AcceptRole { .. } => relayed.signer,
            },
        }
    }

    /// Returns the call's bytes, as a transaction has them: selector and arguments.
    pub fn call_data(&self) -> Vec<u8> {
        match self {
            Self::Consent(relayed) => consent::messages::RelayedCall {
                relayed: (**relayed).clone(),
            }
            .call_data(),
            Self::Consortium(call) => consortium::messages::Relayed { call: (**call).clone() }.call_data(),
        }
    }
}

impl VerifiedRelayedCall {
    /// Returns the call.
    pub fn call(&self) -> &RelayedCall {
        &self.call
    }

    /// Returns the contract that it is for.
    pub fn contract(&self) -> AccountId {
        self.contract
    }

    /// Returns the hash by which the call is known again: of its signer and of all that was signed.
    pub fn digest(&self) -> Hash {
        self.digest
    }
}
