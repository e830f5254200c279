//! Opening a record: its row with the proof, and the proxy's transform.

use crate::{
    Deployment,
    delegation::{
        CapsuleError, PartialDecryption, TransformContext, TransformError, VerifiedCapsule, VerifiedPartial,
        VerifiedSlot,
    },
    merkle::{self, Proof, Tree},
    record::{RecordId, RecordRow, RowError, Shred},
};
use aegle_rules::{AccountId, BatchNumber, DomainId, GrantId, Hash, Purposes, ledger::Batch};
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/open`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// The record.
    pub record: RecordId,
    /// The purpose: exactly one.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
}

/// Answer of `POST /v1/open`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenAnswer {
    /// The record's row.
    pub row: RecordRow,
    /// The search domain of its batch.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
    /// Its batch.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::BatchNumber"))]
    pub batch: BatchNumber,
    /// Its number in the batch, counted from 0.
    pub number: u32,
    /// The number of records of the batch.
    pub records: u32,
    /// The path of its leaf to the record root.
    pub proof: Proof,
}

/// The reason why an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenAnswerError {
    /// The answer is about another record.
    #[error("the answer is about record {0}")]
    Record(RecordId),
    /// The row is malformed.
    #[error("the row: {0}")]
    Row(#[from] RowError),
    /// The number of records is not the anchored one.
    #[error("the answer says {found} records, the ledger {anchored}")]
    Records {
        /// In the answer.
        found: u32,
        /// On chain.
        anchored: u32,
    },
    /// The row is not in the anchored batch.
    #[error("the row is not in the anchored batch")]
    Proof,
    /// The capsule is refused.
    #[error(transparent)]
    Capsule(#[from] CapsuleError),
}

/// What the chain has of the records of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchoredRecords {
    /// The root of their tree.
    pub root: Hash,
    /// Their number.
    pub count: u32,
}

impl OpenAnswer {
    /// Returns the answer as a proxy is shown it: without the shred secret, which is no part of what was anchored, and is
    /// nothing that a proxy needs.
    pub fn shown(&self) -> Self {
        let row = RecordRow {
            shred: Shred([0; 32]),
            ..self.row.clone()
        };
        Self {
            row,
            proof: self.proof.clone(),
            ..*self
        }
    }

    /// Verifies that the answer is about the record that was asked for, and that its row is in the batch that the
    /// ledger holds under the answer's domain and number; then verifies the capsule.
    ///
    /// # Errors
    /// See [`OpenAnswerError`].
    pub fn verify(
        self,
        asked: &RecordId,
        anchored: &Batch,
        deployment: &Deployment,
    ) -> Result<VerifiedRecord, OpenAnswerError> {
        let anchored = AnchoredRecords {
            root: anchored.record_root,
            count: anchored.records,
        };
        self.verify_under(asked, &anchored, deployment)
    }

    /// Verifies as [`Self::verify`] does, against what is known of the batch's records alone.
    ///
    /// # Errors
    /// See [`OpenAnswerError`].
    pub fn verify_under(
        self,
        asked: &RecordId,
        anchored: &AnchoredRecords,
        deployment: &Deployment,
    ) -> Result<VerifiedRecord, OpenAnswerError> {
        if self.row.id != *asked {
            return Err(OpenAnswerError::Record(self.row.id));
        }
        self.row.check()?;
        if self.records != anchored.count {
            return Err(OpenAnswerError::Records {
                found: self.records,
                anchored: anchored.count,
            });
        }
        let leaf = self.row.leaf();
        let (count, index) = (u64::from(self.records), u64::from(self.number));
        if !merkle::verify(Tree::Records, &anchored.root, count, index, &leaf.0, &self.proof) {
            return Err(OpenAnswerError::Proof);
        }
        let capsule = self.row.verify_capsule(deployment)?;
        Ok(VerifiedRecord {
            row: self.row,
            number: self.number,
            capsule,
        })
    }
}

/// A row that the ledger anchored, with a capsule that holds for it.
#[derive(Clone, Debug)]
pub struct VerifiedRecord {
    row: RecordRow,
    number: u32,
    capsule: VerifiedCapsule,
}

impl VerifiedRecord {
    /// Returns the row.
    pub fn row(&self) -> &RecordRow {
        &self.row
    }

    /// Returns the record's number in its batch, counted from 0, as the proof says.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the capsule.
    pub fn capsule(&self) -> &VerifiedCapsule {
        &self.capsule
    }
}

/// Body of `POST /v1/transform`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TransformRequest {
    /// The record.
    pub record: RecordId,
    /// The purpose: exactly one.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// The grant that permits.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::GrantId"))]
    pub grant: GrantId,
    /// The version of its split.
    pub version: u32,
}

/// Body of `POST /v1/partials`: a transform by a proxy that keeps no records, with the record's row and the proof that it
/// was anchored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PresentedTransform {
    /// The transform.
    pub transform: TransformRequest,
    /// What `POST /v1/open` answered about the record, [without the shred secret](OpenAnswer::shown).
    pub shown: OpenAnswer,
}

/// Answer of `POST /v1/transform` and of `POST /v1/partials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TransformAnswer {
    /// The partial result.
    pub partial: PartialDecryption,
    /// The context that its proof is bound to.
    pub context: TransformContext,
}

/// A transform request as it was signed: what an answer must be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedTransform<'a> {
    /// The request.
    pub request: &'a TransformRequest,
    /// The account that signed it.
    pub requester: AccountId,
    /// The hash of the signed request.
    pub hash: Hash,
}

/// The reason why a transform's answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformAnswerError {
    /// The context is not that of the request.
    #[error("the proxy answers another request")]
    Context,
    /// The partial result is refused.
    #[error(transparent)]
    Transform(#[from] TransformError),
}

impl TransformAnswer {
    /// Verifies that the answer is for this signed request, and its proof. The caller checks that the
    /// context's block is finalized.
    ///
    /// # Errors
    /// See [`TransformAnswerError`].
    pub fn verify(
        &self,
        signed: &SignedTransform<'_>,
        slot: &VerifiedSlot,
        capsule: &VerifiedCapsule,
    ) -> Result<VerifiedPartial, TransformAnswerError> {
        let context = &self.context;
        let SignedTransform {
            request,
            requester,
            hash,
        } = *signed;
        let expected = (request.grant, request.version, requester, hash);
        if (context.grant, context.version, context.requester, context.request) != expected {
            return Err(TransformAnswerError::Context);
        }
        Ok(self.partial.verify(slot, capsule, context)?)
    }
}
