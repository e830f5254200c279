//! ristretto255 (RFC 9496): encodings, the second generator, and the scheme's hashes. Public, because `aegle-crypto` does
//! the secret half of the scheme with them.

use crate::{bytes, digest::absorb, tags};
use curve25519_dalek::{
    RistrettoPoint, Scalar,
    ristretto::{CompressedRistretto, RistrettoBasepointTable},
    traits::IsIdentity,
};
use sha2::{Digest, Sha512};
use std::sync::LazyLock;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of one share as it is sealed: a scalar.
pub const SHARE_BYTES: usize = 32;

bytes::bytes! {
    /// The encoding of a group element, checked when it is used: canonical, and not the identity.
    EncodedPoint[32]
}
bytes::bytes! {
    /// The encoding of a scalar, checked when it is used: less than the order of the group.
    EncodedScalar[32]
}
bytes::bytes! {
    /// The public key of a patient's slot in an epoch, P = xG: checked when it is used.
    SlotPublicKey[32]
}

/// The reason why an encoding is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// Not the canonical encoding of a group element.
    #[error("not the canonical encoding of a group element")]
    Point,
    /// The identity.
    #[error("the identity is no valid group element here")]
    Identity,
    /// Not less than the order of the group.
    #[error("not the canonical encoding of a scalar")]
    Scalar,
}

impl EncodedPoint {
    /// Decodes the element (RFC 9496, section 4.3.1).
    ///
    /// # Errors
    /// The encoding is not canonical, or encodes the identity.
    pub fn decode_point(&self) -> Result<RistrettoPoint, EncodingError> {
        decode_point(&self.0)
    }
}

impl From<&RistrettoPoint> for EncodedPoint {
    fn from(point: &RistrettoPoint) -> Self {
        Self(point.compress().to_bytes())
    }
}

impl SlotPublicKey {
    /// Decodes the key to its group element (RFC 9496, section 4.3.1).
    ///
    /// # Errors
    /// The encoding is not canonical, or encodes the identity.
    pub fn decode_point(&self) -> Result<RistrettoPoint, EncodingError> {
        decode_point(&self.0)
    }

    /// Checks that the key is the canonical encoding of a group element other than the identity.
    ///
    /// # Errors
    /// The encoding is not canonical, or encodes the identity.
    pub fn check(&self) -> Result<(), EncodingError> {
        self.decode_point().map(|_| ())
    }
}

impl EncodedScalar {
    /// Decodes the scalar: 32 bytes, little-endian.
    ///
    /// # Errors
    /// The number is not less than the order of the group.
    pub fn decode_scalar(&self) -> Result<Scalar, EncodingError> {
        Option::from(Scalar::from_canonical_bytes(self.0)).ok_or(EncodingError::Scalar)
    }
}

impl From<&Scalar> for EncodedScalar {
    fn from(scalar: &Scalar) -> Self {
        Self(scalar.to_bytes())
    }
}

fn decode_point(bytes: &[u8; 32]) -> Result<RistrettoPoint, EncodingError> {
    let point = CompressedRistretto(*bytes).decompress().ok_or(EncodingError::Point)?;
    if point.is_identity() {
        Err(EncodingError::Identity)
    } else {
        Ok(point)
    }
}

/// The second generator, whose logarithm to the first nobody knows: the element derivation of RFC 9496, section 4.3.4,
/// from a hash of nothing but tags.
pub static SECOND_GENERATOR: LazyLock<RistrettoBasepointTable> = LazyLock::new(|| {
    RistrettoBasepointTable::create(&RistrettoPoint::from_uniform_bytes(&hash(tags::SECOND_GENERATOR, &[])))
});

fn hash(tag: &str, parts: &[&[u8]]) -> [u8; 64] {
    let mut digest = Sha512::new();
    absorb(&mut digest, tags::DELEGATION.as_bytes());
    absorb(&mut digest, tag.as_bytes());
    parts.iter().for_each(|part| absorb(&mut digest, part));
    digest.finalize().into()
}

/// Computes Hs: the hash of tag and parts to a scalar, uniform from 64 bytes.
pub fn hash_to_scalar(tag: &str, parts: &[&[u8]]) -> Scalar {
    let mut wide = hash(tag, parts);
    let scalar = Scalar::from_bytes_mod_order_wide(&wide);
    wide.zeroize();
    scalar
}

/// Computes Hk: the hash of tag and parts to 32 bytes.
pub fn hash_to_key(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let wide = Zeroizing::new(hash(tag, parts));
    let mut key = [0; 32];
    key.copy_from_slice(&wide[..32]);
    key
}
