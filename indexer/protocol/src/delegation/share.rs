//! Proxy shares: what a proxy holds of a grant. One share alone, or t - 1, opens nothing.

use super::{
    group::{EncodedPoint, EncodedScalar, EncodingError, SHARE_BYTES},
    split::VerifiedSplit,
};
use crate::seal::{EncryptionSecret, SealPurpose, Sealed, UnsealError};
use aegle_rules::Slot;
use curve25519_dalek::{RistrettoPoint, Scalar};
use scale::Encode;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A proxy's share of one slot key: s_i.
pub struct ProxyShare {
    slot: Slot,
    epoch: u16,
    pub(super) index: u8,
    pub(super) scalar: Zeroizing<Scalar>,
    /// S_i.
    pub(super) public: EncodedPoint,
}

impl ProxyShare {
    /// Takes s_i of proxy `index`, counted from 1, for one slot key.
    pub fn new(slot: Slot, epoch: u16, index: u8, scalar: Zeroizing<Scalar>) -> Self {
        let public = EncodedPoint::from(&RistrettoPoint::mul_base(&scalar));
        Self {
            slot,
            epoch,
            index,
            scalar,
            public,
        }
    }

    /// Returns the slot of the key that was split.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Returns the epoch of the key that was split.
    pub fn epoch(&self) -> u16 {
        self.epoch
    }

    /// Returns the proxy's number, counted from 1.
    pub fn index(&self) -> u8 {
        self.index
    }
}

impl Drop for ProxyShare {
    fn drop(&mut self) {
        self.scalar.zeroize();
    }
}

impl ZeroizeOnDrop for ProxyShare {}

/// A proxy's shares of every slot key of a grant.
pub struct ProxyShares(Vec<ProxyShare>);

/// The reason why a proxy's or a delegatee's part is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// The grant has no proxy of that number.
    #[error("the grant has no proxy {0}")]
    NoProxy(u8),
    /// The seal does not open.
    #[error("the sealed part: {0}")]
    Seal(#[from] UnsealError),
    /// The plaintext has another length than the grant's slots need.
    #[error("{found} bytes for {slots} slots")]
    Length {
        /// Bytes found.
        found: usize,
        /// The number of slots.
        slots: usize,
    },
    /// A scalar is malformed.
    #[error("the sealed part: {0}")]
    Encoding(#[from] EncodingError),
    /// A part is not the one that the document commits to.
    #[error("the part of slot {0} is not the one in the split document")]
    Mismatch(u8),
    /// The grant is an escrow: there is no delegatee.
    #[error("slot {0} has no delegatee")]
    NoDelegatee(u8),
}

impl ProxyShares {
    /// Takes the shares of one proxy, in the order of the document's slots.
    pub fn new(shares: Vec<ProxyShare>) -> Self {
        Self(shares)
    }

    /// Returns the scalars one after the other, [`SHARE_BYTES`] each, for sealing them to their proxy.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write_scalars(self.0.iter().map(|share| &share.scalar))
    }

    /// Opens the shares of proxy `index` and checks each against the document: `s_i G = S_i`.
    ///
    /// # Errors
    /// See [`ShareError`].
    pub fn open(
        sealed: &Sealed,
        secret: &EncryptionSecret,
        split: &VerifiedSplit,
        index: u8,
    ) -> Result<Self, ShareError> {
        let plaintext = secret.open(SealPurpose::ProxyShares, &seal_context(split, index), sealed)?;
        let scalars = read_scalars(&plaintext, split.slots().len())?;
        let mut shares = Vec::with_capacity(scalars.len());
        for (slot, scalar) in split.slots().iter().zip(scalars) {
            let public = slot.share(index).ok_or(ShareError::NoProxy(index))?.encoded;
            let found = EncodedPoint::from(&RistrettoPoint::mul_base(&scalar));
            if !bool::from(found.0.ct_eq(&public.0)) {
                return Err(ShareError::Mismatch(slot.split.slot.0));
            }
            let split = &slot.split;
            shares.push(ProxyShare {
                slot: split.slot,
                epoch: split.epoch,
                index,
                scalar,
                public,
            });
        }
        Ok(Self(shares))
    }

    /// Returns the share of one slot key; `None` if the grant does not name it.
    pub fn share(&self, slot: Slot, epoch: u16) -> Option<&ProxyShare> {
        self.0.iter().find(|share| (share.slot, share.epoch) == (slot, epoch))
    }
}

/// Returns what a sealed part is bound to: the commitment on chain and the number of its holder, 0 for the delegatee.
pub fn seal_context(split: &VerifiedSplit, index: u8) -> Vec<u8> {
    (split.commitment(), index).encode()
}

/// Reads one canonical scalar of [`SHARE_BYTES`] bytes for each of `slots` slots.
///
/// # Errors
/// Another length, or a number that is not less than the order of the group. See [`ShareError`].
pub fn read_scalars(plaintext: &[u8], slots: usize) -> Result<Vec<Zeroizing<Scalar>>, ShareError> {
    if plaintext.len() != slots * SHARE_BYTES {
        return Err(ShareError::Length {
            found: plaintext.len(),
            slots,
        });
    }
    plaintext
        .chunks_exact(SHARE_BYTES)
        .map(|chunk| {
            let mut encoded = EncodedScalar([0; SHARE_BYTES]);
            encoded.0.copy_from_slice(chunk);
            let scalar = encoded.decode_scalar().map(Zeroizing::new);
            encoded.0.zeroize();
            Ok(scalar?)
        })
        .collect()
}

/// Writes scalars one after the other, [`SHARE_BYTES`] each.
pub fn write_scalars<'a>(scalars: impl ExactSizeIterator<Item = &'a Zeroizing<Scalar>>) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(scalars.len() * SHARE_BYTES));
    for scalar in scalars {
        let mut encoded = scalar.to_bytes();
        bytes.extend_from_slice(&encoded);
        encoded.zeroize();
    }
    bytes
}
