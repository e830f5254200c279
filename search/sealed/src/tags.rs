//! Domain-separation tags: every hash of this crate begins with one of these, and no two share one.
//!
//! The tags of `aegle-keys` begin with `aegle/sealed/` too, and are others. None is a prefix of another, and what follows a tag has a fixed length, so no two inputs of different kinds can
//! be the same bytes.

/// Public information of the partially oblivious PRF.
pub(crate) const KEYWORD_INFO: &[u8] = b"aegle/sealed/keyword-info/v1";
/// A child in the GGM tree.
pub(crate) const NODE: &[u8] = b"aegle/sealed/node/v1";
/// The key of a span of batches that have their labels in common.
pub(crate) const SPAN: &[u8] = b"aegle/sealed/span/v1";
/// A label.
pub(crate) const LABEL: &[u8] = b"aegle/sealed/label/v1";
/// A fingerprint of the count table.
pub(crate) const ENTRY: &[u8] = b"aegle/sealed/entry/v1";
/// The pad over a count.
pub(crate) const PAD: &[u8] = b"aegle/sealed/pad/v1";
/// The name of a token under the key of one process.
pub(crate) const TOKEN_NAME: &[u8] = b"aegle/sealed/token-name/v1";
/// A leaf of the Merkle tree of labels.
pub(crate) const LABEL_LEAF: &[u8; 26] = b"aegle/sealed/label-leaf/v1";
/// A leaf of the Merkle tree of counts.
pub(crate) const COUNT_LEAF: &[u8; 26] = b"aegle/sealed/count-leaf/v1";
