//! What travels when a custodian is asked for keyword keys blindly (RFC 9497): elements of ristretto255 that say nothing
//! about the keywords, and what the custodian makes of them. Blinding and evaluating is for `aegle-keys`.

use crate::Field;
use serde::{Deserialize, Serialize};

/// Bytes of a group element on the wire: compressed ristretto255 (RFC 9496).
pub const ELEMENT_BYTES: usize = 32;
/// Bytes of a proof on the wire: two scalars.
pub const PROOF_BYTES: usize = 64;

/// What is asked about one field in one segment: blinded keywords, as they came over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BlindGroup {
    /// The field of all of them.
    pub field: Field,
    /// The segment that the keys are for.
    pub segment: u32,
    /// The blinded keywords, 1 to 256; in JSON 64 hexadecimal digits each.
    #[serde(with = "elements")]
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<String>"))]
    pub elements: Vec<[u8; ELEMENT_BYTES]>,
}

/// The answer to a [`BlindGroup`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EvaluatedGroup {
    /// The evaluated keywords, in the order in which they were asked; in JSON as those of the question.
    #[serde(with = "elements")]
    #[cfg_attr(feature = "openapi", schemars(with = "Vec<String>"))]
    pub elements: Vec<[u8; ELEMENT_BYTES]>,
    /// Proof that all of them were evaluated with the key of the domain; in JSON 128 hexadecimal digits.
    #[serde(with = "hex::serde")]
    #[cfg_attr(feature = "openapi", schemars(with = "String"))]
    pub proof: [u8; PROOF_BYTES],
}

/// Elements in JSON.
mod elements {
    use super::ELEMENT_BYTES;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Element(#[serde(with = "hex::serde")] [u8; ELEMENT_BYTES]);

    pub(super) fn serialize<S: Serializer>(list: &[[u8; ELEMENT_BYTES]], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|bytes| Element(*bytes)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<[u8; ELEMENT_BYTES]>, D::Error> {
        let list = Vec::<Element>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|Element(bytes)| bytes).collect())
    }
}
