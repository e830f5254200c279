//! Sealing to an account's encryption key: HPKE, RFC 9180, in base mode.
//!
//! Suite: DHKEM(X25519, HKDF-SHA256) (0x0020), HKDF-SHA256 (0x0001), AES-256-GCM (0x0002). The information is the tag of
//! what is sealed ([`SealPurpose`]), the associated data what it is bound to, so that a seal made for one use or one
//! grant opens for no other. Base mode does not authenticate the sender: whoever opens checks the content against
//! something on chain.

use crate::{
    CryptoRng, bytes,
    delegation::{MAX_SPLIT_SLOTS, SHARE_BYTES},
    random::draw,
    tags,
};
use aegle_rules::EncryptionKey;
use aegle_sealed::decode_bounded;
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256,
};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Most bytes of ciphertext in a [`Sealed`], tag included: a share of every slot key that one grant splits.
pub const MAX_SEALED_BYTES: usize = MAX_SPLIT_SLOTS * SHARE_BYTES + 16;

type Kem = X25519HkdfSha256;
type PrivateKey = <Kem as hpke::Kem>::PrivateKey;
type PublicKey = <Kem as hpke::Kem>::PublicKey;

bytes::bytes! {
    /// The sender's ephemeral public key.
    EncapsulatedKey[32]
}

/// The use of a seal, which names the HPKE information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealPurpose {
    /// A proxy's shares of a grant.
    ProxyShares,
    /// A delegatee's part of a grant.
    Delegatee,
    /// A patient's map of classes to slots.
    ClassMap,
}

impl SealPurpose {
    const fn information(self) -> &'static [u8] {
        match self {
            Self::ProxyShares => tags::SEAL_PROXY_SHARES.as_bytes(),
            Self::Delegatee => tags::SEAL_DELEGATEE.as_bytes(),
            Self::ClassMap => tags::SEAL_CLASS_MAP.as_bytes(),
        }
    }
}

/// Something sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The encapsulated key.
    pub encapsulated_key: EncapsulatedKey,
    /// The ciphertext with its tag: at most [`MAX_SEALED_BYTES`].
    #[serde(with = "bytes::hexadecimal")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub ciphertext: Vec<u8>,
}

impl Decode for Sealed {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            encapsulated_key: EncapsulatedKey::decode(input)?,
            ciphertext: decode_bounded(input, MAX_SEALED_BYTES, "a seal is too long")?,
        })
    }
}

/// The reason why something cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// There is nobody to seal to.
    #[error("there is no such recipient")]
    NoRecipient,
    /// The recipient's key is not valid.
    #[error("the recipient's encryption key is not valid")]
    InvalidKey,
    /// The plaintext is too long.
    #[error("{0} bytes are too many to seal")]
    TooLong(usize),
}

/// The reason why a seal does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// The ciphertext is too long.
    #[error("a seal of {0} bytes, more than {MAX_SEALED_BYTES}")]
    TooLong(usize),
    /// The seal was made for another key, purpose or context, or was changed.
    #[error("the seal does not open")]
    Refused,
}

/// Seals `plaintext` to an encryption key for one purpose, bound to `context` (RFC 9180, section 6.1, base mode).
///
/// # Errors
/// The key is not a valid X25519 key, or the ciphertext would have more than [`MAX_SEALED_BYTES`] bytes.
pub fn seal(
    purpose: SealPurpose,
    context: &[u8],
    to: &EncryptionKey,
    plaintext: &[u8],
    random: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    if plaintext.len() + crate::record::SEGMENT_TAG_BYTES > MAX_SEALED_BYTES {
        return Err(SealError::TooLong(plaintext.len()));
    }
    let recipient = PublicKey::from_bytes(&to.0).map_err(|_| SealError::InvalidKey)?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, Kem, _>(
        &OpModeS::Base,
        &recipient,
        purpose.information(),
        plaintext,
        context,
        random,
    )
    .map_err(|_| SealError::InvalidKey)?;
    Ok(Sealed {
        encapsulated_key: EncapsulatedKey(encapsulated.to_bytes().into()),
        ciphertext,
    })
}

/// The secret of an account's encryption key: a 32-byte seed for DeriveKeyPair (RFC 9180, section 7.1.3).
///
/// Proxies have one too: it opens what was sealed to them, and no record.
pub struct EncryptionSecret {
    seed: Zeroizing<[u8; 32]>,
    public_key: EncryptionKey,
}

impl EncryptionSecret {
    /// Draws a fresh secret.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self::from_seed(Zeroizing::new(draw(random)))
    }

    /// Derives the secret of a seed of 32 bytes (RFC 9180, section 7.1.3, DeriveKeyPair).
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        let (_, public_key) = Kem::derive_keypair(&*seed);
        Self {
            seed,
            public_key: EncryptionKey(public_key.to_bytes().into()),
        }
    }

    /// Returns the seed. The caller stores it where only its owner can read it.
    pub fn expose_seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Returns the public key, for the directory: 32 bytes.
    pub fn public_key(&self) -> EncryptionKey {
        self.public_key
    }

    /// Opens what was sealed to this key for that purpose and context.
    ///
    /// # Errors
    /// [`UnsealError::TooLong`]; [`UnsealError::Refused`] for every other reason alike, so that an answer tells nothing
    /// about the key.
    pub fn open(
        &self,
        purpose: SealPurpose,
        context: &[u8],
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        if sealed.ciphertext.len() > MAX_SEALED_BYTES {
            return Err(UnsealError::TooLong(sealed.ciphertext.len()));
        }
        let (secret, _) = Kem::derive_keypair(&*self.seed);
        open_with(&secret, purpose.information(), context, sealed)
    }
}

fn open_with(
    secret: &PrivateKey,
    information: &[u8],
    context: &[u8],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
    let encapsulated =
        <Kem as hpke::Kem>::EncappedKey::from_bytes(&sealed.encapsulated_key.0).map_err(|_| UnsealError::Refused)?;
    hpke::single_shot_open::<AesGcm256, HkdfSha256, Kem>(
        &OpModeR::Base,
        secret,
        &encapsulated,
        information,
        &sealed.ciphertext,
        context,
    )
    .map(Zeroizing::new)
    .map_err(|_| UnsealError::Refused)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The working group's vector for mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002 (draft-irtf-cfrg-hpke,
    /// test-vectors.json at 5f503c5), first encryption.
    #[test]
    fn the_published_vector_opens() {
        let bytes = |text| hex::decode(text).unwrap();
        let (secret, public) = Kem::derive_keypair(&bytes(
            "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
        ));
        assert_eq!(
            public.to_bytes().to_vec(),
            bytes("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
        );
        let sealed = Sealed {
            encapsulated_key: "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256"
                .parse()
                .unwrap(),
            ciphertext: bytes(
                "e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a",
            ),
        };
        let information = bytes("4f6465206f6e2061204772656369616e2055726e");
        let plaintext = open_with(&secret, &information, &bytes("436f756e742d30"), &sealed).unwrap();
        assert_eq!(
            plaintext.as_slice(),
            bytes("4265617574792069732074727574682c20747275746820626561757479")
        );
    }
}
