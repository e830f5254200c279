//! The secrets of Aegle: master and slot keys, sealing and opening records, splitting keys for grants. Pure and wasm-safe:
//! no threads, no files, no clock.
//!
//! A custodian [seals](record) each record under a fresh key and [encapsulates](delegation) that key to the patient.
//! The patient grants access by splitting the secret of a slot between a delegatee and proxies; a proxy that the
//! contract permits answers with a partial result and a proof, and the delegatee alone finishes the key.
//!
//! Every type that can open a record lives here, and no server that stores or searches records depends on this crate. What
//! travels, and what anybody can verify, stands in [`aegle_protocol`].
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use aegle_crypto::{delegation::open_own, master::MasterSecret, record::*};
//! use aegle_protocol::{Deployment, random::SystemRandom};
//! use aegle_rules::{AccountId, Confidentiality, DomainId, Hash, Slot};
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
//!     domain: DomainId(1),
//!     media_type: "application/fhir+json",
//!     content: br#"{"resourceType":"Observation"}"#,
//! };
//! let SealedRecord { row, ciphertext } = seal_record(&input, &deployment, &mut SystemRandom)?;
//!
//! let capsule = row.verify_capsule(&deployment)?;
//! let content = open_record(&row, ciphertext.as_ref(), &open_own(&capsule, &slot_secret))?;
//! assert_eq!(content.bytes, input.content);
//! # Ok(()) }
//! ```
//!
//! # Conventions
//!
//! - Wire types are plain bytes with SCALE and 0x-hexadecimal JSON. Types named `Verified...` come out of a `verify`
//!   and cannot be decoded.
//! - Group elements and scalars are canonical encodings of RFC 9496; the identity is refused.
//! - Every hash has a tag from [`aegle_protocol::tags`]. Secrets are zeroized, compared in constant time, and have neither
//!   `Debug` nor `Clone` nor `Serialize`.
//!
//! # Not claimed
//!
//! Nothing here is audited. ristretto255 and BLAKE3 are not approved for FIPS 140-3: an approved mode needs NIST P-256
//! for the delegation and SHA-256 for the segments. Nothing resists a quantum computer that records today: capsules
//! and HPKE seals would need a hybrid with ML-KEM, and the delegation a lattice scheme. A key once opened cannot be
//! recalled, and nobody can verify that a proxy destroyed its share.

pub mod classes;
pub mod delegation;
pub mod master;
pub mod record;
pub mod seed;
