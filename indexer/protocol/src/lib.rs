//! What client and server exchange, and what both verify: record rows, capsules, split documents, transforms with their
//! proofs, Merkle trees, commitments, signed requests, evidence of answers, and every [wire body](wire). Pure and
//! wasm-safe: no threads, no files, no clock.
//!
//! No type of this crate opens a record. The secrets that a *server* may hold are here, and these are all of them: its
//! HPKE key ([`seal::EncryptionSecret`]) and a proxy's shares ([`delegation::ProxyShares`]), of which one alone, or
//! t - 1, opens nothing.
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

mod block;
pub(crate) mod bytes;
pub mod commitment;
mod contracts;
pub mod delegation;
pub mod digest;
pub mod fhir;
pub mod keys;
pub mod merkle;
pub mod probes;
pub mod random;
pub mod record;
pub mod request;
pub mod seal;
pub mod session;
pub mod tags;
pub mod wire;

pub use block::{BlockId, BlockNumber, Head};
pub use contracts::Contracts;
pub use rand_core::{CryptoRng, RngCore};

use aegle_rules::{AccountId, Hash};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The deployment that everything is bound to: nothing sealed, delegated or signed for one is of use in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Hash of the chain's first block.
    pub genesis: Hash,
    /// Account of the consent contract.
    pub consent: AccountId,
}
