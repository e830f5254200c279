//! By what the content of a resource is known again.

use scale::{Decode, Encode};
use sha2::{Digest, Sha256};

/// The tag of what is hashed.
const TAG: &[u8] = b"aegle/fhir-content/v1";

/// SHA-256 of a resource's JSON without the white space between its parts: the same however the JSON is laid out, and
/// whatever a release makes of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct ContentHash(pub [u8; 32]);

pub(super) fn hash(text: &str) -> ContentHash {
    let mut hash = Sha256::new_with_prefix(TAG);
    let (mut quoted, mut escaped, mut begin) = (false, false, 0);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' | b'\n' | b'\r' | b'\t' if !quoted => {
                hash.update(&bytes[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    hash.update(&bytes[begin..]);
    ContentHash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::fhir::Resource;

    #[test]
    fn content_is_known_however_it_is_laid_out() {
        let hash = |text: &str| Resource::parse(text).unwrap().content_hash();
        let one = hash(r#"{"resourceType":"Basic","id":"1","code":{"text":"a \" b"}}"#);
        assert!(
            one == hash("{ \"resourceType\" :\n\"Basic\",\r\n\t\"id\": \"1\", \"code\": {\"text\":\"a \\\" b\"} }")
        );
        for other in [
            r#"{"resourceType":"Basic","id":"1","code":{"text":"a \"  b"}}"#,
            r#"{"resourceType":"Basic","id":"2","code":{"text":"a \" b"}}"#,
            r#"{"resourceType":"Basic","id":"1","code":{"text":"a \" b"},"active":true}"#,
        ] {
            assert!(one != hash(other), "{other}");
        }
    }
}
