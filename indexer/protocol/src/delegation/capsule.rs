//! Capsules: message keys encapsulated to a patient, verifiable by anyone.

use super::group::{EncodedPoint, EncodedScalar, EncodingError, SECOND_GENERATOR, hash_to_key, hash_to_scalar};
use crate::{
    Deployment, bytes,
    record::{KeyCommitment, RecordHeader, RecordId},
    tags,
};
use curve25519_dalek::{RistrettoPoint, Scalar, traits::VartimeMultiscalarMul};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

bytes::bytes! {
    /// A message key under its mask.
    MaskedKey[32]
}
bytes::bytes! {
    /// The label that ties a capsule to deployment, patient, slot, epoch and record.
    CapsuleLabel[32]
}

/// The facts that a capsule's label is computed from.
#[derive(Clone, Copy, Debug)]
pub struct LabelFacts<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The record.
    pub id: RecordId,
    /// The record's header.
    pub header: &'a RecordHeader,
    /// The commitment to the record's key.
    pub key_commitment: KeyCommitment,
}

impl LabelFacts<'_> {
    /// Computes `Hk("label", genesis, contract, patient, slot, epoch, confidentiality, record id, header hash, key
    /// commitment)`, 32 bytes.
    pub fn label(&self) -> CapsuleLabel {
        let header = self.header;
        CapsuleLabel(hash_to_key(
            tags::CAPSULE_LABEL,
            &[
                &self.deployment.genesis.0,
                &self.deployment.consent.0,
                &header.patient.0,
                &header.slot.encode(),
                &header.epoch.encode(),
                &header.confidentiality.encode(),
                &self.id.0,
                &header.hash().0,
                &self.key_commitment.0,
            ],
        ))
    }
}

/// A message key, encapsulated: 160 bytes, not yet verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Capsule {
    /// c: the masked key.
    pub masked_key: MaskedKey,
    /// U = rG.
    pub u: EncodedPoint,
    /// Ub = rGb.
    pub u_bar: EncodedPoint,
    /// e: the challenge.
    pub e: EncodedScalar,
    /// f: the response.
    pub f: EncodedScalar,
}

/// The reason why a capsule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapsuleError {
    /// An element or a scalar is malformed.
    #[error("the capsule: {0}")]
    Encoding(#[from] EncodingError),
    /// The proof does not hold: the capsule was changed, or made for another record.
    #[error("the capsule's proof does not hold for this record")]
    Proof,
}

/// A capsule whose proof holds for its label.
#[derive(Clone, Debug)]
pub struct VerifiedCapsule {
    pub(super) capsule: Capsule,
    pub(super) label: CapsuleLabel,
    pub(super) u: RistrettoPoint,
}

impl Capsule {
    /// Verifies the capsule for a label (`VerifyCapsule`, TDH2 of Shoup and Gennaro). All inputs are public: variable
    /// time.
    ///
    /// # Errors
    /// A malformed element or scalar, or a proof that does not hold.
    pub fn verify(&self, label: &CapsuleLabel) -> Result<VerifiedCapsule, CapsuleError> {
        let u = self.u.decode_point()?;
        let u_bar = self.u_bar.decode_point()?;
        let e = self.e.decode_scalar()?;
        let f = self.f.decode_scalar()?;
        let w = RistrettoPoint::vartime_double_scalar_mul_basepoint(&-e, &u, &f);
        let w_bar = RistrettoPoint::vartime_multiscalar_mul([f, -e], [SECOND_GENERATOR.basepoint(), u_bar]);
        let expected = challenge(&self.masked_key, label, &self.u, &w, &self.u_bar, &w_bar);
        if e != expected {
            return Err(CapsuleError::Proof);
        }
        Ok(VerifiedCapsule {
            capsule: *self,
            label: *label,
            u,
        })
    }
}

impl VerifiedCapsule {
    /// Returns the capsule in its wire form.
    pub fn capsule(&self) -> &Capsule {
        &self.capsule
    }

    /// Returns the label that it was verified for.
    pub fn label(&self) -> &CapsuleLabel {
        &self.label
    }

    /// Returns U as a group element.
    pub fn u(&self) -> &RistrettoPoint {
        &self.u
    }
}

/// Returns e: the challenge of the proof that `u` and `u_bar` have the same logarithm.
pub fn challenge(
    masked_key: &MaskedKey,
    label: &CapsuleLabel,
    u: &EncodedPoint,
    w: &RistrettoPoint,
    u_bar: &EncodedPoint,
    w_bar: &RistrettoPoint,
) -> Scalar {
    let (w, w_bar) = (EncodedPoint::from(w), EncodedPoint::from(w_bar));
    hash_to_scalar(
        tags::ENCAPSULATION,
        &[&masked_key.0, &label.0, &u.0, &w.0, &u_bar.0, &w_bar.0],
    )
}
