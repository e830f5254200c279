//! Opening a capsule: by its owner, or by a delegatee together with t proxies.

use super::{DelegateeSecret, MessageKey, SlotSecret, encapsulate::mask};
use aegle_protocol::delegation::{SlotPublicKey, VerifiedCapsule, VerifiedPartial, VerifiedSlot};
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroizing;

/// The reason why partial results do not combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CombineError {
    /// Fewer distinct partial results than the threshold.
    #[error("{found} partial results where {threshold} are needed")]
    TooFew {
        /// The number of distinct partial results.
        found: usize,
        /// The threshold.
        threshold: usize,
    },
    /// Two partial results of one proxy.
    #[error("two partial results of proxy {0}")]
    Duplicate(u8),
    /// A partial result was verified for another split or another capsule.
    #[error("the partial result of proxy {0} is of another split or capsule")]
    Foreign(u8),
    /// The delegatee's part is of another split, is missing, or there is no delegatee.
    #[error("the delegatee's part is not the one of this split")]
    Delegatee,
}

/// Opens a capsule as its owner: `X = xU`.
///
/// With a secret of another slot, epoch or patient this returns another key; [`crate::record::open_record`] refuses it
/// by the key commitment.
pub fn open_own(capsule: &VerifiedCapsule, secret: &SlotSecret) -> MessageKey {
    let shared = Zeroizing::new(capsule.u() * *secret.scalar);
    unmask(capsule, &secret.public_key, &shared)
}

/// Opens a capsule as the delegatee: `X = x_d U + sum lambda_i U_i` over t distinct verified partial results; without a
/// delegatee (escrow) `part` is `None`.
///
/// The key is the record's if capsule, split and parts belong together; [`crate::record::open_record`] verifies that by
/// the key commitment before it decrypts.
///
/// # Errors
/// Too few partial results, two of one proxy, or parts that are not of this split and capsule.
pub fn open_delegated(
    capsule: &VerifiedCapsule,
    slot: &VerifiedSlot,
    part: Option<&DelegateeSecret>,
    partials: &[VerifiedPartial],
) -> Result<MessageKey, CombineError> {
    for (position, partial) in partials.iter().enumerate() {
        let expected = slot.share(partial.index()).map(|share| &share.encoded);
        let same_capsule = (partial.capsule(), partial.label()) == (capsule.capsule(), capsule.label());
        if expected != Some(partial.share()) || !same_capsule {
            return Err(CombineError::Foreign(partial.index()));
        }
        if partials[..position]
            .iter()
            .any(|other| other.index() == partial.index())
        {
            return Err(CombineError::Duplicate(partial.index()));
        }
    }
    let chosen = partials.get(..slot.threshold()).ok_or(CombineError::TooFew {
        found: partials.len(),
        threshold: slot.threshold(),
    })?;
    let mut shared = Zeroizing::new(match (part, slot.delegatee()) {
        (Some(part), Some(expected)) if RistrettoPoint::mul_base(&part.scalar) == *expected => {
            capsule.u() * *part.scalar
        }
        (None, None) => RistrettoPoint::default(),
        _ => return Err(CombineError::Delegatee),
    });
    for partial in chosen {
        *shared += partial.u() * lagrange(partial.index(), chosen);
    }
    Ok(unmask(capsule, &slot.split().public_key, &shared))
}

/// Computes `lambda_i = prod_(j != i) j / (j - i)`.
fn lagrange(index: u8, partials: &[VerifiedPartial]) -> Scalar {
    let own = Scalar::from(index);
    let (mut numerator, mut denominator) = (Scalar::ONE, Scalar::ONE);
    for other in partials.iter().filter(|partial| partial.index() != index) {
        let other = Scalar::from(other.index());
        numerator *= other;
        denominator *= other - own;
    }
    // The indices are distinct, so that the denominator is not zero.
    numerator * denominator.invert()
}

fn unmask(capsule: &VerifiedCapsule, public_key: &SlotPublicKey, shared: &RistrettoPoint) -> MessageKey {
    let fixed = capsule.capsule();
    MessageKey::from_bytes(mask(public_key, &fixed.u, capsule.label(), shared, &fixed.masked_key.0))
}
