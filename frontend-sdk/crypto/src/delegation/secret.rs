//! The secret side: message keys, slot secrets, the delegatee's part, and splitting.

use super::random_scalar;
use aegle_protocol::{
    CryptoRng,
    delegation::{
        EncodedPoint, ProxyShare, ProxyShares, ShareError, SlotPublicKey, SlotSplit, SplitDocument, SplitError,
        SplitSalt, VerifiedSplit, read_scalars, seal_context, write_scalars,
    },
    digest::frame,
    random::draw,
    seal::{EncryptionSecret, SealError, SealPurpose, Sealed, seal},
    tags,
};
use aegle_rules::{AccountId, EncryptionKey, GrantId, Hash, Slot};
use curve25519_dalek::{RistrettoPoint, Scalar};
use hkdf::Hkdf;
use scale::Encode;
use sha2::Sha512;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// m: the key of one record.
pub struct MessageKey(Zeroizing<[u8; 32]>);

impl MessageKey {
    /// Draws a fresh key of 32 bytes.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self(Zeroizing::new(draw(random)))
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// x: a patient's secret of one slot in one epoch.
pub struct SlotSecret {
    slot: Slot,
    epoch: u16,
    pub(crate) scalar: Zeroizing<Scalar>,
    pub(crate) public_key: SlotPublicKey,
}

impl SlotSecret {
    /// Derives `x = HKDF-SHA-512(ikm = master, salt = T, info = lp("slot-key") || lp(genesis) || lp(slot) || lp(epoch);
    /// 64) mod l`.
    pub(crate) fn derive(master: &[u8; 32], genesis: &Hash, slot: Slot, epoch: u16) -> Self {
        let mut wide = Zeroizing::new([0; 64]);
        let information = frame(tags::SLOT_KEY, &[&genesis.0, &slot.encode(), &epoch.encode()]);
        Hkdf::<Sha512>::new(Some(tags::DELEGATION.as_bytes()), master)
            .expand(&information, wide.as_mut())
            .expect("64 bytes are one block of SHA-512, far below the limit of HKDF");
        let scalar = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        assert!(
            *scalar != Scalar::ZERO,
            "a hash that is zero modulo l has never been seen: probability 2^-252"
        );
        let public_key = SlotPublicKey(RistrettoPoint::mul_base(&scalar).compress().to_bytes());
        Self {
            slot,
            epoch,
            scalar,
            public_key,
        }
    }

    /// Returns the slot.
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Returns the epoch.
    pub fn epoch(&self) -> u16 {
        self.epoch
    }

    /// Returns the public key: P = xG.
    pub fn public_key(&self) -> SlotPublicKey {
        self.public_key
    }
}

/// The parameters of a split.
#[derive(Clone, Debug)]
pub struct SplitInput {
    /// The grant.
    pub grant: GrantId,
    /// 1, and one more with each new split of the grant.
    pub version: u32,
    /// t: how many proxies must take part.
    pub threshold: u8,
    /// The proxies.
    pub proxies: Vec<AccountId>,
    /// `true` if there is a delegatee; without one, t proxies open by themselves (escrow).
    pub delegatee: bool,
}

/// A fresh split of a grant's slot secrets.
pub struct Split {
    /// The verified document, whose commitment goes on chain.
    pub split: VerifiedSplit,
    /// Its salt.
    pub salt: SplitSalt,
    /// The shares, in the order of the proxies.
    pub proxies: Vec<ProxyShares>,
    /// The delegatee's part; `None` in escrow.
    pub delegatee: Option<DelegateeSecrets>,
}

/// Splits the secrets of a grant's slots (`Split`), each with its own randomness.
///
/// # Errors
/// Limits, a threshold that does not fit the proxies, or slots that are not in strictly rising order of (slot, epoch).
pub fn split(input: SplitInput, secrets: &[SlotSecret], random: &mut impl CryptoRng) -> Result<Split, SplitError> {
    let threshold = usize::from(input.threshold);
    let mut document = SplitDocument {
        grant: input.grant,
        version: input.version,
        threshold: input.threshold,
        proxies: input.proxies,
        slots: Vec::new(),
    };
    let count = u8::try_from(document.proxies.len()).map_err(|_| SplitError::Proxies(document.proxies.len()))?;
    let mut proxies: Vec<Vec<ProxyShare>> = (0..count).map(|_| Vec::new()).collect();
    let mut delegatee = input.delegatee.then(|| DelegateeSecrets(Vec::new()));
    for secret in secrets {
        let own = delegatee.as_ref().map(|_| random_scalar(random));
        let mut polynomial = vec![Zeroizing::new(
            *secret.scalar - own.as_deref().copied().unwrap_or(Scalar::ZERO),
        )];
        polynomial.extend((1..threshold).map(|_| random_scalar(random)));
        document.slots.push(SlotSplit {
            slot: secret.slot,
            epoch: secret.epoch,
            public_key: secret.public_key,
            delegatee: own.as_deref().map(|scalar| (&RistrettoPoint::mul_base(scalar)).into()),
            commitments: polynomial
                .iter()
                .map(|scalar| (&RistrettoPoint::mul_base(scalar)).into())
                .collect(),
        });
        for (index, shares) in (1..=count).zip(&mut proxies) {
            shares.push(share_of(secret, &polynomial, index));
        }
        if let (Some(parts), Some(scalar)) = (&mut delegatee, own) {
            parts.0.push(DelegateeSecret {
                slot: secret.slot,
                epoch: secret.epoch,
                scalar,
            });
        }
    }
    let salt = SplitSalt(draw(random));
    let commitment = document.commitment(&salt);
    let grant = document.grant;
    Ok(Split {
        split: document.verify(&commitment, &salt, grant)?,
        salt,
        proxies: proxies.into_iter().map(ProxyShares::new).collect(),
        delegatee,
    })
}

/// Computes s_i by Horner's rule.
fn share_of(secret: &SlotSecret, polynomial: &[Zeroizing<Scalar>], index: u8) -> ProxyShare {
    let mut scalar = Zeroizing::new(Scalar::ZERO);
    for coefficient in polynomial.iter().rev() {
        *scalar = *scalar * Scalar::from(index) + **coefficient;
    }
    ProxyShare::new(secret.slot, secret.epoch, index, scalar)
}

impl Split {
    /// Seals the shares of proxy `index` (counted from 1) to its encryption key.
    ///
    /// # Errors
    /// There is no such proxy, or the key is not valid.
    pub fn seal_shares(&self, index: u8, to: &EncryptionKey, random: &mut impl CryptoRng) -> Result<Sealed, SealError> {
        let position = usize::from(index).checked_sub(1).ok_or(SealError::NoRecipient)?;
        let shares = self.proxies.get(position).ok_or(SealError::NoRecipient)?;
        let plaintext = shares.to_bytes();
        seal(
            SealPurpose::ProxyShares,
            &seal_context(&self.split, index),
            to,
            &plaintext,
            random,
        )
    }

    /// Seals the delegatee's part to the delegatee's encryption key.
    ///
    /// # Errors
    /// There is no delegatee, or the key is not valid.
    pub fn seal_delegatee(&self, to: &EncryptionKey, random: &mut impl CryptoRng) -> Result<Sealed, SealError> {
        let parts = self.delegatee.as_ref().ok_or(SealError::NoRecipient)?;
        let plaintext = write_scalars(parts.0.iter().map(|part| &part.scalar));
        seal(
            SealPurpose::Delegatee,
            &seal_context(&self.split, 0),
            to,
            &plaintext,
            random,
        )
    }
}

/// x_d: the delegatee's part of one slot key.
pub struct DelegateeSecret {
    slot: Slot,
    epoch: u16,
    pub(crate) scalar: Zeroizing<Scalar>,
}

/// The delegatee's parts of every slot key of a grant.
pub struct DelegateeSecrets(Vec<DelegateeSecret>);

impl DelegateeSecrets {
    /// Opens the delegatee's part and checks it against the document: `x_d G = S_d`.
    ///
    /// # Errors
    /// See [`ShareError`].
    pub fn open(sealed: &Sealed, secret: &EncryptionSecret, split: &VerifiedSplit) -> Result<Self, ShareError> {
        let plaintext = secret.open(SealPurpose::Delegatee, &seal_context(split, 0), sealed)?;
        let mut parts = Vec::with_capacity(split.slots().len());
        for (slot, scalar) in split.slots().iter().zip(read_scalars(&plaintext, split.slots().len())?) {
            let number = slot.split().slot;
            let expected = slot.split().delegatee.ok_or(ShareError::NoDelegatee(number.0))?;
            let found = EncodedPoint::from(&RistrettoPoint::mul_base(&scalar));
            if !bool::from(found.0.ct_eq(&expected.0)) {
                return Err(ShareError::Mismatch(number.0));
            }
            parts.push(DelegateeSecret {
                slot: number,
                epoch: slot.split().epoch,
                scalar,
            });
        }
        Ok(Self(parts))
    }

    /// Returns the part of one slot key; `None` if the grant does not name it.
    pub fn part(&self, slot: Slot, epoch: u16) -> Option<&DelegateeSecret> {
        self.0.iter().find(|part| (part.slot, part.epoch) == (slot, epoch))
    }
}
