//! Domain-separation tags of what only key holders derive. Those of `aegle-sealed` begin with `aegle/sealed/` too, and are
//! others.

/// Information from which the secret scalar of a search domain is derived (RFC 9497, `DeriveKeyPair`).
pub(crate) const DOMAIN_KEY: &[u8] = b"aegle/sealed/domain-key/v1";
/// BLAKE3 `derive_key` context: from the 64 bytes of the PRF to the 32 of a keyword key.
pub(crate) const KEYWORD_KEY: &str = "aegle/sealed/keyword-key/v1";
/// The stream that shuffles and pads, keyed with fresh randomness.
pub(crate) const DRAWS: &[u8] = b"aegle/sealed/draws/v1";
