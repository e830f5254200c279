//! What makes a split document the patient's: the chain's commitment, or the signature of a later one.

use super::split::{SplitDocument, SplitError, SplitSalt, VerifiedSplit};
use crate::{Deployment, bytes, request::SIGNING_CONTEXT, tags};
use aegle_rules::{AccountId, GrantId, Hash, Timestamp, consent::Control};
use scale::{Decode, Encode};
use schnorrkel::{PublicKey, Signature, signing_context};
use serde::{Deserialize, Serialize};

/// How long after it was signed a later split is taken, in milliseconds: ten minutes.
pub const MAX_ENDORSEMENT_AGE_MS: u64 = 10 * 60 * 1_000;

bytes::bytes! {
    /// The sr25519 signature in a [`SplitEndorsement`].
    SplitSignature[64]
}

/// What makes a later split the patient's, in place of the one on chain: whoever controlled the account signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitEndorsement {
    /// The time of the finalized block at which it was signed, in milliseconds since the Unix epoch: it says whose signature
    /// counts, since guardians may have let another key control the account before or after it.
    pub at: Timestamp,
    /// The signature of [the text](SplitAnchor::payload), by whoever controlled the account then.
    pub signature: SplitSignature,
}

/// What a split document is verified against.
#[derive(Clone, Copy, Debug)]
pub struct SplitAnchor<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The patient who gave the grant.
    pub patient: &'a AccountId,
    /// The grant.
    pub grant: GrantId,
    /// The commitment in the grant's terms: that of the first split.
    pub on_chain: &'a Hash,
    /// Who acts for the patient, as the chain has it where the terms were read.
    pub control: &'a Control,
}

impl SplitAnchor<'_> {
    /// Returns the text that is signed of a later split, at a time, between `<Bytes>` and `</Bytes>` as wallets have it.
    pub fn payload(&self, version: u32, at: Timestamp, commitment: &Hash) -> String {
        let Deployment { genesis, consent } = self.deployment;
        format!(
            "<Bytes>{}|{}|{}|{}|{}|{version}|{at}|{}</Bytes>",
            tags::SPLIT_SIGNATURE,
            hex::encode(genesis.0),
            hex::encode(consent.0),
            hex::encode(self.patient.0),
            self.grant.0,
            hex::encode(commitment.0),
        )
    }

    /// Verifies a document: it is the one that the chain commits to, or a later one that was signed by the key that controlled
    /// the patient's account at the time of signing. So what was split before guardians let another key control the account
    /// goes on to count, and a key that was replaced splits nothing any more. Whoever takes a new split checks besides that
    /// its time is [now](SplitEndorsement::is_fresh), and that the key still controls the account.
    ///
    /// A later split needs no transaction: that the grant stands is still the chain's to say, and whoever knows every part
    /// of a split knows the patient's key anyway. An older split that is given in place of a newer one has fewer keys.
    ///
    /// The chain knows the last replacement of a key. Splits from before the one that came before that are refused: the patient
    /// splits them again after each.
    ///
    /// # Errors
    /// See [`SplitError`].
    pub fn verify(
        &self,
        document: SplitDocument,
        salt: &SplitSalt,
        endorsement: Option<&SplitEndorsement>,
    ) -> Result<VerifiedSplit, SplitError> {
        let Some(SplitEndorsement { at, signature }) = endorsement else {
            return document.verify(self.on_chain, salt, self.grant);
        };
        let (version, commitment) = (document.version, document.commitment(salt));
        let refused = SplitError::Signature(version);
        let by = self.control.controller(*self.patient, *at);
        let key = PublicKey::from_bytes(&by.0).map_err(|_| refused)?;
        let signature = Signature::from_bytes(&signature.0).map_err(|_| refused)?;
        let payload = self.payload(version, *at, &commitment);
        let signed = key.verify(signing_context(SIGNING_CONTEXT).bytes(payload.as_bytes()), &signature);
        if version < 2 || signed.is_err() {
            return Err(refused);
        }
        document.verify(&commitment, salt, self.grant)
    }

    /// Returns whether the key that controls the patient's account at `now` is the one whose signature counts: for the split on
    /// chain, it always is.
    pub fn is_of_controller(&self, endorsement: Option<&SplitEndorsement>, now: Timestamp) -> bool {
        let controller = |at| self.control.controller(*self.patient, at);
        endorsement.is_none_or(|endorsement| controller(endorsement.at) == controller(now))
    }
}

impl SplitEndorsement {
    /// Returns whether it was signed at `now` or at most [`MAX_ENDORSEMENT_AGE_MS`] before: later, its time would say too little
    /// of who controls the account.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.at <= now && now - self.at <= MAX_ENDORSEMENT_AGE_MS
    }
}
