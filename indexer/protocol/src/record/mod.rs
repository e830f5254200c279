//! Sealed records: what is stored of a record, and how its content is sealed.
//!
//! A record has a fresh 256-bit message key m, and its content is sealed by AES-256-GCM in segments of 64 KiB:
//!
//! ```text
//! key || commitment = HKDF-SHA-512(ikm = m, salt = shred secret, info = lp(tag) || lp(header hash); 64 bytes)
//! plaintext         = media type length (1) || media type || content length (8, little-endian) || content || zeros
//! segment i         = AES-256-GCM(key, nonce = zeros (7) || i (4, big-endian) || last (1), header, plaintext segment i)
//! ciphertext hash   = root of the Merkle tree over the BLAKE3 hashes of the segments
//! ```
//!
//! - HKDF: RFC 5869. Segments: STREAM of Hoang, Reyhanitabar, Rogaway and Vizár ("Online Authenticated-Encryption and
//!   its Nonce-Reuse Misuse-Resistance", 2015) in the variant with a 32-bit counter and a last-segment byte: segments
//!   can be read one by one, and neither be dropped, swapped nor appended. The nonce may start from zero because the
//!   key is never used twice.
//! - **Key commitment**: AES-GCM does not commit to its key; one ciphertext can open under two keys to two contents
//!   (Albertini, Duong, Gueron, Kölbl, Luykx, Schmieg, "How to Abuse and Fix Authenticated Encryption Without Key
//!   Commitment", 2022). Their fix: a commitment out of the same derivation, stored in the row and compared in constant
//!   time before anything is decrypted.
//! - **Shred secret**: without its 32 bytes, kept apart from ciphertext and backups, m opens nothing. Destroying it is
//!   erasure even where a copy of the ciphertext survives.
//! - **Length**: content is padded to a length with a mantissa of two bits ([`LengthClass`]), as Padmé does (Nikitin,
//!   Barman, Lueks, Underwood, Hubaux, Ford, "Reducing Metadata Leakage from Encrypted Files and Communication with
//!   PURBs", 2019) with a mantissa that grows: at most 25 % more bytes, and 90 lengths altogether.
//! - What is sealed may be coded, which the media type says: then the class is of the coded length.
//! - The media type is sealed inside. The [header](RecordHeader) is bound three times: its hash is in the capsule's label
//!   and in the derivation of the keys, and it is authenticated with every segment. So a row with another author, time,
//!   slot, confidentiality or domain is no row of that capsule, whatever its leaf says.

mod error;
mod hasher;
mod header;
mod length;

pub use error::RowError;
pub use hasher::CiphertextHasher;
pub use header::{KeyCommitment, RECORD_VERSION, RecordHeader, RecordId};
pub use length::{LengthClass, MAX_CONTENT_BYTES, MAX_LENGTH_CLASS, SEGMENT_BYTES, SEGMENT_TAG_BYTES};

use crate::{
    Deployment, bytes,
    delegation::{Capsule, CapsuleError, CapsuleLabel, LabelFacts, VerifiedCapsule},
    digest::hash,
    merkle::{self, Tree},
    tags,
};
use aegle_rules::{Hash, consent::Facts};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Most bytes of a media type.
pub const MAX_MEDIA_TYPE_BYTES: usize = 127;

bytes::bytes! {
    /// Random bytes in a record's leaf: once they are destroyed, nobody can tell which record the leaf was of.
    Rho[32]
}

/// The shred secret of a record. Not a key by itself, but without it the record's key opens nothing.
///
/// It is copied and encoded only as a part of its [`RecordRow`].
#[derive(PartialEq, Eq, Encode, Decode, Zeroize, ZeroizeOnDrop)]
pub struct Shred(pub [u8; 32]);

impl core::fmt::Debug for Shred {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Shred(..)")
    }
}

/// The row that the indexer stores of a record next to its ciphertext, and that the record's leaf commits to.
#[derive(Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordRow {
    /// The record's name.
    pub id: RecordId,
    /// The authenticated header.
    pub header: RecordHeader,
    /// Commitment to the record's key.
    pub key_commitment: KeyCommitment,
    /// The message key, encapsulated to the patient.
    pub capsule: Capsule,
    /// Random bytes in the leaf.
    pub rho: Rho,
    /// The shred secret; not part of the leaf.
    #[serde(with = "shred")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub shred: Shred,
    /// [`ciphertext_hash`] of the ciphertext.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Hash"))]
    pub ciphertext_hash: Hash,
    /// Bytes of the ciphertext: what the length class says.
    pub ciphertext_length: u64,
}

impl Clone for RecordRow {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            header: self.header,
            key_commitment: self.key_commitment,
            capsule: self.capsule,
            rho: self.rho,
            shred: Shred(self.shred.0),
            ciphertext_hash: self.ciphertext_hash,
            ciphertext_length: self.ciphertext_length,
        }
    }
}

/// `0x` hexadecimal JSON of the shred secret in its row.
mod shred {
    use super::{Shred, bytes::hexadecimal_array};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(shred: &Shred, serializer: S) -> Result<S::Ok, S::Error> {
        hexadecimal_array::serialize(&shred.0, serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shred, D::Error> {
        hexadecimal_array::deserialize(deserializer).map(Shred)
    }
}

impl RecordRow {
    /// Checks header and ciphertext length; not the capsule, see [`RecordRow::verify_capsule`].
    ///
    /// # Errors
    /// What [`RecordHeader::check`] refuses, or a ciphertext length that is not that of the length class.
    pub fn check(&self) -> Result<(), RowError> {
        self.header.check()?;
        let expected = self.header.length_class.ciphertext_bytes();
        if self.ciphertext_length != expected {
            return Err(RowError::CiphertextLength {
                found: self.ciphertext_length,
                expected,
            });
        }
        Ok(())
    }

    /// Computes the record's leaf in the [`Tree::Records`] of its batch: 32 bytes over everything but the shred secret.
    ///
    /// The capsule and the key commitment bind the shred secret: another one opens nothing.
    pub fn leaf(&self) -> Hash {
        let parts = (
            (self.rho, self.id, self.header),
            (
                self.key_commitment,
                self.capsule,
                self.ciphertext_hash,
                self.ciphertext_length,
            ),
        );
        hash(tags::RECORD_LEAF, &[&parts.encode()])
    }

    /// Computes the label that the record's capsule is bound to in `deployment`.
    pub fn label(&self, deployment: &Deployment) -> CapsuleLabel {
        LabelFacts {
            deployment,
            id: self.id,
            header: &self.header,
            key_commitment: self.key_commitment,
        }
        .label()
    }

    /// Verifies the capsule against the row's own label.
    ///
    /// # Errors
    /// See [`Capsule::verify`].
    pub fn verify_capsule(&self, deployment: &Deployment) -> Result<VerifiedCapsule, CapsuleError> {
        self.capsule.verify(&self.label(deployment))
    }

    /// Returns the facts about the record that the consent contract decides on.
    pub fn facts(&self) -> Facts {
        Facts {
            slot: self.header.slot,
            confidentiality: self.header.confidentiality,
            author: self.header.author,
            authored_at: self.header.authored_at,
        }
    }
}

/// Computes the hash of a ciphertext, 32 bytes: the root of the [`Tree::Segments`] over the BLAKE3 hashes of its
/// segments (the last one may be shorter), so that a single segment can be audited.
pub fn ciphertext_hash(ciphertext: &[u8]) -> Hash {
    let segments: Vec<[u8; 32]> = ciphertext
        .chunks(SEGMENT_BYTES + SEGMENT_TAG_BYTES)
        .map(segment_hash)
        .collect();
    merkle::root(Tree::Segments, &segments)
}

/// Returns the BLAKE3 hash of one sealed segment: a leaf of the tree of [`ciphertext_hash`].
pub fn segment_hash(segment: &[u8]) -> [u8; 32] {
    blake3::hash(segment).into()
}
