//! New labels for an old batch, or for several old ones together, as a custodian sends them after an erasure or a compaction.

use super::{AnchoredLabels, Format, FormatError};
use crate::commitment::{IndexSalt, index_commitment};
use aegle_rules::DomainId;
use aegle_sealed::{BatchSpan, LabelSet, LabelSetError, UnverifiedLabelSet};
use scale::{Decode, DecodeAll, Encode};

/// The body of `POST /v1/relabellings` ([`Format::Relabelling`], SCALE), not yet verified.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Relabelling {
    /// The search domain.
    pub domain: DomainId,
    /// The epoch of the domain's key.
    pub epoch: u16,
    /// The batches.
    pub span: BatchSpan,
    /// The version of the labels: 1 or more for one batch, 0 or more for a span of several.
    pub version: u16,
    /// The labels and the count table.
    pub labels: UnverifiedLabelSet,
    /// The salt of the index commitment.
    pub commitment_salt: IndexSalt,
}

// Labels can have megabytes, which nobody reads in a log.
impl core::fmt::Debug for Relabelling {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Relabelling")
            .field("domain", &self.domain)
            .field("span", &self.span)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// The reason why a relabelling is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelabellingError {
    /// The bytes are of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The bytes are no relabelling.
    #[error("the bytes are no relabelling: {0}")]
    Encoding(#[from] scale::Error),
    /// The chain has the labels of other batches together.
    #[error("labels of {found}, and the chain has those of {anchored}")]
    Span {
        /// Of the labels.
        found: BatchSpan,
        /// On chain.
        anchored: BatchSpan,
    },
    /// The chain has another version.
    #[error("labels of version {found}, and the chain has version {anchored}")]
    Version {
        /// Of the labels.
        found: u16,
        /// On chain.
        anchored: u16,
    },
    /// The labels are malformed.
    #[error("the labels: {0}")]
    Labels(#[from] LabelSetError),
    /// Labels and counts do not hash to the anchored commitment.
    #[error("labels and counts do not hash to the anchored commitment")]
    IndexCommitment,
}

impl Relabelling {
    /// Decodes a relabelling that is the whole of `bytes`.
    ///
    /// # Errors
    /// The bytes are no relabelling, or bytes are left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RelabellingError> {
        Ok(Self::decode_all(&mut Format::Relabelling.body(bytes)?)?)
    }

    /// Encodes the labels, as they travel and as they are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::Relabelling.encode(self)
    }

    /// Verifies the labels against what the ledger has of them, and returns them.
    ///
    /// # Errors
    /// See [`RelabellingError`].
    pub fn verify(self, anchored: &AnchoredLabels) -> Result<LabelSet, RelabellingError> {
        if self.span != anchored.span() {
            return Err(RelabellingError::Span {
                found: self.span,
                anchored: anchored.span(),
            });
        }
        if self.version != anchored.version() {
            return Err(RelabellingError::Version {
                found: self.version,
                anchored: anchored.version(),
            });
        }
        let labels = self.labels.verify(anchored.records())?;
        if index_commitment(&labels, self.epoch, &self.commitment_salt) == *anchored.index_commitment() {
            Ok(labels)
        } else {
            Err(RelabellingError::IndexCommitment)
        }
    }
}
