//! Sealed records, threshold proxy re-encryption, Merkle trees, commitments and the wire protocol. Pure and wasm-safe:
//! no threads, no files, no clock.
//!
//! A custodian [seals](record) each record under a fresh key and [encapsulates](delegation) that key to the patient.
//! The patient grants access by splitting the secret of a slot between a delegatee and proxies; a proxy that the
//! contract permits answers with a partial result and a proof, and the delegatee alone finishes the key.
//!
//! # Features
//!
//! Without features the crate verifies, and transforms with a proxy's share: what the indexer may do. Every type that
//! can open a record stands behind the feature `secret`, which the indexer does not enable.
//!
//! ```
//! # #[cfg(feature = "secret")] fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use aegle_crypto::{delegation::open_own, keys::MasterSecret, random::SystemRandom, record::*, Deployment};
//! use aegle_rules::{AccountId, Confidentiality, Hash, Slot};
//!
//! let deployment = Deployment { genesis: Hash([1; 32]), consent: AccountId([2; 32]) };
//! let patient = MasterSecret::generate(&mut SystemRandom);
//! let slot_secret = patient.slot_secret(&deployment.genesis, Slot(4), 0);
//!
//! let input = SealInput {
//!     patient: AccountId([3; 32]),
//!     public_key: slot_secret.public_key(),
//!     slot: Slot(4),
//!     epoch: 0,
//!     confidentiality: Confidentiality::Normal,
//!     author: AccountId([5; 32]),
//!     authored_at: 1_790_000_000_000,
//!     media_type: "application/fhir+json",
//!     content: br#"{"resourceType":"Observation"}"#,
//! };
//! let (row, ciphertext) = seal_record(&input, &deployment, &mut SystemRandom)?;
//!
//! let capsule = row.verify_capsule(&deployment)?;
//! let content = open_record(&row, ciphertext.as_ref(), &open_own(&capsule, &slot_secret))?;
//! assert_eq!(content.bytes, input.content);
//! # Ok(()) }
//! # #[cfg(not(feature = "secret"))] fn main() {}
//! ```
//!
//! # Conventions
//!
//! - Wire types are plain bytes with SCALE and 0x-hexadecimal JSON. Types named `Verified...` come out of a `verify`
//!   and cannot be decoded.
//! - Group elements and scalars are canonical encodings of RFC 9496; the identity is refused.
//! - Every hash has a tag from [`tags`]. Secrets are zeroized, compared in constant time, and have neither `Debug` nor
//!   `Clone` nor `Serialize`.
//!
//! # Not claimed
//!
//! Nothing here is audited. ristretto255 and BLAKE3 are not approved for FIPS 140-3: an approved mode needs NIST P-256
//! for the delegation and SHA-256 for the segments. Nothing resists a quantum computer that records today: capsules
//! and HPKE seals would need a hybrid with ML-KEM, and the delegation a lattice scheme. A key once opened cannot be
//! recalled, and nobody can verify that a proxy destroyed its share.

pub(crate) mod bytes;
pub mod commitment;
pub mod delegation;
pub(crate) mod digest;
pub mod keys;
pub mod merkle;
pub mod protocol;
pub mod random;
pub mod record;
pub mod request;
pub mod seal;
pub mod slots;
pub mod tags;

pub use rand_core::{CryptoRng, RngCore};

use aegle_rules::{AccountId, Hash};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Which deployment everything is bound to: nothing sealed, delegated or signed for one is of use in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Hash of the chain's first block.
    pub genesis: Hash,
    /// Account of the consent contract.
    pub consent: AccountId,
}
