//! Depositing the parts of a grant's split, and handing the delegatee theirs.

use super::{Format, FormatError};
use crate::{
    delegation::{SplitAnchor, SplitDocument, SplitEndorsement, SplitError, SplitSalt, VerifiedSplit},
    seal::Sealed,
};
use aegle_rules::{AccountId, GrantId, Hash, Timestamp};
use scale::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/shares`, by the patient, to one server: the split document with its salt, the shares of the proxy that
/// this server runs, and the delegatee's part.
///
/// Each proxy is sent its own shares alone, so that what one of them destroys is in no other's database.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShareDeposit {
    /// The document, which names the grant.
    pub document: SplitDocument,
    /// Its salt.
    pub salt: SplitSalt,
    /// The shares of the server's proxy, sealed to it; `None` for a server whose proxy the document does not name.
    pub share: Option<Sealed>,
    /// The delegatee's part, sealed to the delegatee; `None` in escrow.
    pub delegatee: Option<Sealed>,
    /// What makes a split the patient's that takes the place of the one on chain; `None` for that one.
    pub endorsement: Option<SplitEndorsement>,
}

/// The reason why a deposit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DepositError {
    /// The bytes are of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The bytes are no deposit.
    #[error("the bytes are no deposit of shares")]
    Encoding,
    /// The document is refused.
    #[error("the split document: {0}")]
    Split(#[from] SplitError),
    /// There is a delegatee's part in an escrow, or none in a grant.
    #[error("the delegatee's part is missing, or there is no delegatee")]
    Delegatee,
}

impl ShareDeposit {
    /// Reads a deposit, as an indexer keeps it, that is the whole of `bytes`.
    ///
    /// # Errors
    /// [`DepositError::Format`] and [`DepositError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DepositError> {
        Self::decode_all(&mut Format::ShareDeposit.body(bytes)?).map_err(|_| DepositError::Encoding)
    }

    /// Encodes the deposit, as an indexer keeps it ([`Format::ShareDeposit`]).
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::ShareDeposit.encode(self)
    }

    /// Verifies the document against the chain's commitment for that grant, or the patient's signature, and that the
    /// delegatee's part is there. Only their recipients can tell whether the parts open.
    ///
    /// # Errors
    /// See [`DepositError`].
    pub fn verify(self, anchor: &SplitAnchor<'_>) -> Result<VerifiedDeposit, DepositError> {
        let split = anchor.verify(self.document.clone(), &self.salt, self.endorsement.as_ref())?;
        self.with_parts(split)
    }

    /// Verifies again a deposit that was [verified](Self::verify) when it was taken, as [`Self::verify`] does, but for who signed
    /// a later split: that was so at the time, and whoever opens something by it checks it anew.
    ///
    /// # Errors
    /// See [`DepositError`].
    pub fn verify_taken(self, grant: GrantId, on_chain: &Hash) -> Result<VerifiedDeposit, DepositError> {
        let commitment = match self.endorsement {
            Some(_) => self.document.commitment(&self.salt),
            None => *on_chain,
        };
        let split = self.document.clone().verify(&commitment, &self.salt, grant)?;
        self.with_parts(split)
    }

    fn with_parts(self, split: VerifiedSplit) -> Result<VerifiedDeposit, DepositError> {
        if split
            .slots()
            .iter()
            .any(|slot| slot.split().delegatee.is_some() != self.delegatee.is_some())
        {
            return Err(DepositError::Delegatee);
        }
        Ok(VerifiedDeposit {
            split,
            salt: self.salt,
            share: self.share,
            delegatee: self.delegatee,
            endorsement: self.endorsement,
        })
    }
}

/// A deposit whose document the chain commits to, or the patient has signed.
#[derive(Clone, Debug)]
pub struct VerifiedDeposit {
    split: VerifiedSplit,
    salt: SplitSalt,
    share: Option<Sealed>,
    delegatee: Option<Sealed>,
    endorsement: Option<SplitEndorsement>,
}

impl VerifiedDeposit {
    /// Returns the split.
    pub fn split(&self) -> &VerifiedSplit {
        &self.split
    }

    /// Returns the sealed shares of the server that it was deposited at; `None` where none were.
    pub fn share(&self) -> Option<&Sealed> {
        self.share.as_ref()
    }

    /// Returns the part of the deposit that the patient and the grantee may see: all but the proxies' shares.
    pub fn grant_split(&self) -> GrantSplit {
        GrantSplit {
            document: self.split.document().clone(),
            salt: self.salt,
            delegatee: self.delegatee.clone(),
            endorsement: self.endorsement,
        }
    }
}

/// Answer of `GET /v1/grants/{patient}/{grant}`, for the patient and the grantee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantSplit {
    /// The document: verify it against the chain's commitment ([`GrantSplit::verify`]).
    pub document: SplitDocument,
    /// Its salt.
    pub salt: SplitSalt,
    /// The delegatee's part, sealed to the delegatee.
    pub delegatee: Option<Sealed>,
    /// What makes a split the patient's that takes the place of the one on chain; `None` for that one.
    pub endorsement: Option<SplitEndorsement>,
}

impl GrantSplit {
    /// Verifies the document against the chain's commitment for that grant, or the patient's signature.
    ///
    /// # Errors
    /// See [`SplitError`].
    pub fn verify(&self, anchor: &SplitAnchor<'_>) -> Result<VerifiedSplit, SplitError> {
        anchor.verify(self.document.clone(), &self.salt, self.endorsement.as_ref())
    }
}

/// A permit of the caller's with keys that was not revoked, as far as an indexer knows; it may have expired. `GET
/// /v1/grants` answers with one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HeldGrant {
    /// The grant.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::GrantId"))]
    pub grant: GrantId,
    /// To whom it was given.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub grantee: AccountId,
    /// First millisecond at which it no longer counts, in milliseconds since the Unix epoch.
    pub until: Timestamp,
    /// The slots of the grant whose epoch has not moved since it ended: bit `n` for slot `n`. What is filed in them is still
    /// sealed to keys that its grantee had a part of.
    pub unmoved: u32,
}
