//! Public keys of an account: the bundle of slot keys that others seal to.
//!
//! A patient has one 32-byte `MasterSecret`; every slot key, the encryption key and the slot
//! permutation follow from it by HKDF (RFC 5869) under tags of their own. A [`KeyBundle`] lists the public keys of the
//! current epochs; its hash stands in the key directory, set by the patient's own transaction, so that a hospital can
//! seal to the patient while they are offline.

use crate::{
    delegation::{EncodingError, SlotPublicKey},
    digest::hash,
    tags,
    wire::{Format, FormatError},
};
use aegle_rules::{AccountId, Hash, SLOTS, Slot, Timestamp};
use aegle_sealed::decode_bounded;
use scale::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};

pub use crate::seal::EncryptionSecret;

/// The public key of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SlotKey {
    /// The slot.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Slot"))]
    pub slot: Slot,
    /// The epoch of the key.
    pub epoch: u16,
    /// The key.
    pub key: SlotPublicKey,
}

/// A patient's current public keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyBundle {
    /// The chain that the keys are for.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub genesis: Hash,
    /// The account whose keys they are.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub account: AccountId,
    /// The time at which the bundle was made, in milliseconds since the Unix epoch, so that writers can ask for a
    /// fresher one.
    pub issued_at: Timestamp,
    /// One key a slot, in strictly rising order of slots; at most 32.
    pub keys: Vec<SlotKey>,
}

impl Decode for KeyBundle {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            genesis: Hash::decode(input)?,
            account: AccountId::decode(input)?,
            issued_at: Timestamp::decode(input)?,
            keys: decode_bounded(input, usize::from(SLOTS), "too many keys in a bundle")?,
        })
    }
}

/// The reason why a key bundle is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyBundleError {
    /// The bytes are of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The bytes are no bundle.
    #[error("the bytes are no bundle of public keys")]
    Encoding,
    /// The bundle is not the one that the directory names.
    #[error("the bundle is not the one in the key directory")]
    Hash,
    /// The bundle is for another chain.
    #[error("the bundle is for another chain")]
    Genesis,
    /// The bundle is of another account.
    #[error("the bundle is of account {0}")]
    Account(AccountId),
    /// The slots are not in strictly rising order, or one is over 31.
    #[error("slot {0} is over 31, twice in the bundle, or not in order")]
    SlotOrder(u8),
    /// A key is no group element.
    #[error("the key of slot {slot}: {source}")]
    Key {
        /// The slot.
        slot: u8,
        /// The fault of the encoding.
        source: EncodingError,
    },
}

impl KeyBundle {
    /// Reads a bundle, as an indexer keeps it, that is the whole of `bytes`.
    ///
    /// # Errors
    /// [`KeyBundleError::Format`] and [`KeyBundleError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyBundleError> {
        Self::decode_all(&mut Format::KeyBundle.body(bytes)?).map_err(|_| KeyBundleError::Encoding)
    }

    /// Encodes the bundle, as an indexer keeps it ([`Format::KeyBundle`]).
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::KeyBundle.encode(self)
    }

    /// Computes the hash of the bundle that stands in the key directory, 32 bytes.
    pub fn hash(&self) -> Hash {
        hash(tags::KEY_BUNDLE, &[&self.encode()])
    }

    /// Verifies a bundle against the directory's hash, the chain and the account.
    ///
    /// # Errors
    /// See [`KeyBundleError`].
    pub fn verify(
        self,
        in_directory: &Hash,
        genesis: &Hash,
        account: &AccountId,
    ) -> Result<VerifiedKeyBundle, KeyBundleError> {
        if self.hash() != *in_directory {
            return Err(KeyBundleError::Hash);
        }
        if self.genesis != *genesis {
            return Err(KeyBundleError::Genesis);
        }
        if self.account != *account {
            return Err(KeyBundleError::Account(self.account));
        }
        let mut previous = None;
        for key in &self.keys {
            if key.slot.0 >= SLOTS || Some(key.slot) <= previous {
                return Err(KeyBundleError::SlotOrder(key.slot.0));
            }
            key.key.check().map_err(|source| KeyBundleError::Key {
                slot: key.slot.0,
                source,
            })?;
            previous = Some(key.slot);
        }
        Ok(VerifiedKeyBundle(self))
    }
}

/// A bundle that the directory names, with well-formed keys.
#[derive(Clone, Debug)]
pub struct VerifiedKeyBundle(KeyBundle);

impl VerifiedKeyBundle {
    /// Returns the bundle.
    pub fn bundle(&self) -> &KeyBundle {
        &self.0
    }

    /// Returns the key of a slot; `None` if the patient has published none.
    pub fn key(&self, slot: Slot) -> Option<&SlotKey> {
        self.0.keys.iter().find(|key| key.slot == slot)
    }

    /// Returns whether the bundle is at most `age` milliseconds old at `now`.
    pub fn is_fresh(&self, now: Timestamp, age: u64) -> bool {
        now.saturating_sub(self.0.issued_at) <= age
    }
}
