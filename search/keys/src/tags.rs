//! Domain-separation tags of what only key holders derive. Those of `aegle-sealed` begin with `aegle/sealed/` too, and are
//! others.

/// Information from which the secret scalar of a search domain is derived (RFC 9497, `DeriveKeyPair`).
pub(crate) const DOMAIN_KEY: &[u8] = b"aegle/sealed/domain-key/v1";
/// BLAKE3 `derive_key` context: from the 64 bytes of the PRF to the 32 of a keyword key.
pub(crate) const KEYWORD_KEY: &str = "aegle/sealed/keyword-key/v1";
/// The stream that shuffles and pads, keyed with fresh randomness.
pub(crate) const DRAWS: &[u8] = b"aegle/sealed/draws/v1";

/// What RFC 9497 has for mode 2 (`POPRF`) and the suite ristretto255-SHA512: section 3.1 makes the tags of it.
pub(crate) mod poprf {
    pub(crate) const HASH_TO_GROUP: &[u8] = b"HashToGroup-OPRFV1-\x02-ristretto255-SHA512";
    pub(crate) const HASH_TO_SCALAR: &[u8] = b"HashToScalar-OPRFV1-\x02-ristretto255-SHA512";
    pub(crate) const DERIVE_KEY_PAIR: &[u8] = b"DeriveKeyPairOPRFV1-\x02-ristretto255-SHA512";
    pub(crate) const SEED: &[u8] = b"Seed-OPRFV1-\x02-ristretto255-SHA512";
    pub(crate) const INFORMATION: &[u8] = b"Info";
    pub(crate) const COMPOSITE: &[u8] = b"Composite";
    pub(crate) const CHALLENGE: &[u8] = b"Challenge";
    pub(crate) const FINALIZE: &[u8] = b"Finalize";
}
