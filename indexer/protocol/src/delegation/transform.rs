//! Transforms: a proxy's partial result for one capsule, with its proof.

use super::{
    capsule::{Capsule, CapsuleLabel, VerifiedCapsule},
    group::{EncodedPoint, EncodedScalar, EncodingError, hash_to_scalar},
    share::ProxyShare,
    split::VerifiedSlot,
};
use crate::{CryptoRng, random::draw, tags};
use aegle_rules::{AccountId, GrantId, Hash};
use curve25519_dalek::{RistrettoPoint, Scalar, traits::VartimeMultiscalarMul};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// For whom, under which grant and at which block a capsule is transformed: part of the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TransformContext {
    /// The grant that permits.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::GrantId"))]
    pub grant: GrantId,
    /// The version of its split.
    pub version: u32,
    /// The account that asks.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub requester: AccountId,
    /// [Hash of the signed request](crate::request::RequestHead::hash).
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub request: Hash,
    /// The finalized block at which the contract permitted.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub block: Hash,
}

/// A proxy's partial result: 97 bytes, not yet verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PartialDecryption {
    /// i: the proxy's number, counted from 1.
    pub index: u8,
    /// U_i = s_i U.
    pub u: EncodedPoint,
    /// e_i: the challenge.
    pub e: EncodedScalar,
    /// f_i: the response.
    pub f: EncodedScalar,
}

/// The reason why a partial result is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransformError {
    /// The grant has no proxy of that number.
    #[error("the grant has no proxy {0}")]
    NoProxy(u8),
    /// An element or a scalar is malformed.
    #[error("the partial result: {0}")]
    Encoding(#[from] EncodingError),
    /// The proof does not hold for this capsule, share and context.
    #[error("the proof of proxy {0} does not hold")]
    Proof(u8),
}

/// A partial result whose proof holds for one capsule, one slot of one split, and one context.
#[derive(Clone, Debug)]
pub struct VerifiedPartial {
    index: u8,
    u: RistrettoPoint,
    /// S_i, which tells the splits apart.
    share: EncodedPoint,
    /// The capsule and its label.
    capsule: Capsule,
    label: CapsuleLabel,
}

impl VerifiedPartial {
    /// Returns the proxy's number, counted from 1.
    pub fn index(&self) -> u8 {
        self.index
    }

    /// Returns U_i as a group element.
    pub fn u(&self) -> &RistrettoPoint {
        &self.u
    }

    /// Returns S_i, which tells the splits apart.
    pub fn share(&self) -> &EncodedPoint {
        &self.share
    }

    /// Returns the capsule that was transformed.
    pub fn capsule(&self) -> &Capsule {
        &self.capsule
    }

    /// Returns the label of that capsule.
    pub fn label(&self) -> &CapsuleLabel {
        &self.label
    }
}

impl ProxyShare {
    /// Transforms a capsule: `U_i = s_i U`, with the proof that the share is the one of the split.
    ///
    /// The caller has asked the contract first, has verified the capsule against its *own* row of the record, and has
    /// taken the share of the record's slot and epoch. Constant time in the share.
    pub fn transform(
        &self,
        capsule: &VerifiedCapsule,
        context: &TransformContext,
        random: &mut impl CryptoRng,
    ) -> PartialDecryption {
        let u_point = capsule.u * *self.scalar;
        let u = EncodedPoint::from(&u_point);
        let statement = statement(self.index, &self.public, &u, capsule, context);
        let fresh = Zeroizing::new(draw::<32>(random));
        let share = Zeroizing::new(self.scalar.to_bytes());
        let k = Zeroizing::new(hash_to_scalar(tags::NONCE, &[&*share, &*fresh, &statement]));
        let e = challenge(&statement, &RistrettoPoint::mul_base(&k), &(capsule.u * *k));
        let f = *k + e * *self.scalar;
        PartialDecryption {
            index: self.index,
            u,
            e: (&e).into(),
            f: (&f).into(),
        }
    }
}

impl PartialDecryption {
    /// Verifies the partial result (`VerifyTransform`). All inputs are public: variable time.
    ///
    /// # Errors
    /// There is no such proxy, an encoding is malformed, or the proof does not hold.
    pub fn verify(
        &self,
        slot: &VerifiedSlot,
        capsule: &VerifiedCapsule,
        context: &TransformContext,
    ) -> Result<VerifiedPartial, TransformError> {
        let share = slot.share(self.index).ok_or(TransformError::NoProxy(self.index))?;
        let u = self.u.decode_point()?;
        let e = self.e.decode_scalar()?;
        let f = self.f.decode_scalar()?;
        let on_base = RistrettoPoint::vartime_double_scalar_mul_basepoint(&-e, &share.point, &f);
        let on_capsule = RistrettoPoint::vartime_multiscalar_mul([f, -e], [capsule.u, u]);
        let statement = statement(self.index, &share.encoded, &self.u, capsule, context);
        if e != challenge(&statement, &on_base, &on_capsule) {
            return Err(TransformError::Proof(self.index));
        }
        Ok(VerifiedPartial {
            index: self.index,
            u,
            share: share.encoded,
            capsule: capsule.capsule,
            label: capsule.label,
        })
    }
}

/// Returns st, the statement of the proof: SCALE of fields that all have a fixed length.
fn statement(
    index: u8,
    share: &EncodedPoint,
    u: &EncodedPoint,
    capsule: &VerifiedCapsule,
    context: &TransformContext,
) -> Vec<u8> {
    (
        index,
        share,
        capsule.capsule.u,
        u,
        capsule.capsule,
        capsule.label,
        context,
    )
        .encode()
}

fn challenge(statement: &[u8], on_base: &RistrettoPoint, on_capsule: &RistrettoPoint) -> Scalar {
    let (on_base, on_capsule) = (EncodedPoint::from(on_base), EncodedPoint::from(on_capsule));
    hash_to_scalar(tags::EQUALITY, &[statement, &on_base.0, &on_capsule.0])
}
