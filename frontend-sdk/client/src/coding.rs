//! How content is coded before it is sealed: as gzip (RFC 1952) where that is shorter, which the media type then says with
//! the suffix `+gzip` of RFC 8460.
//!
//! A record's length class shows about how long its content is, rounded to a quarter of an octave: of coded content it shows
//! how much there is to say, not how much is written. Somebody who writes a part of a record and sees the length class of the
//! whole learns a little about the rest, if the rest repeats it (Kelsey, "Compression and Information Leakage of Plaintext",
//! 2002). Each record is coded by itself: about other records nothing.

use aegle_crypto::record::Content;
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use std::io::{Read, Write};

/// The suffix of the media type of coded content.
const SUFFIX: &str = "+gzip";
/// Most bytes of what is coded: 256 MiB.
pub const MAX_DECODED_BYTES: u64 = 256 << 20;

/// The reason why sealed content cannot be decoded: whoever sealed it coded it wrongly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodingError {
    /// It is no gzip, or not to its end.
    #[error("the content is not coded as its media type says: {0}")]
    Gzip(#[from] std::io::Error),
    /// Something follows the coded content.
    #[error("{0} bytes follow the coded content")]
    Trailing(usize),
    /// It is longer than [`MAX_DECODED_BYTES`].
    #[error("the decoded content is longer than {MAX_DECODED_BYTES} bytes")]
    TooLarge,
}

/// Returns the media type of content that is coded.
pub fn coded(media_type: &str) -> String {
    format!("{media_type}{SUFFIX}")
}

/// Returns the media type that content has once it is decoded; `None` for content that is not coded.
pub fn uncoded(media_type: &str) -> Option<&str> {
    media_type.strip_suffix(SUFFIX)
}

/// Compresses content of a media type where that makes it shorter; returns the media type and the bytes to seal.
pub fn encode(media_type: &str, content: &[u8]) -> Content {
    let coded = || -> std::io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        encoder.finish()
    };
    match coded() {
        Ok(coded) if coded.len() < content.len() => Content {
            media_type: self::coded(media_type),
            bytes: coded,
        },
        _ => Content {
            media_type: media_type.to_owned(),
            bytes: content.to_owned(),
        },
    }
}

/// Restores what was sealed to what it was before [`encode`].
///
/// # Errors
/// See [`CodingError`].
pub fn decode(sealed: Content) -> Result<Content, CodingError> {
    let Some(media_type) = uncoded(&sealed.media_type) else {
        return Ok(sealed);
    };
    let mut decoder = GzDecoder::new(sealed.bytes.as_slice());
    let mut bytes = Vec::new();
    let read = decoder.by_ref().take(MAX_DECODED_BYTES + 1).read_to_end(&mut bytes)?;
    if read as u64 > MAX_DECODED_BYTES {
        return Err(CodingError::TooLarge);
    }
    match decoder.into_inner().len() {
        0 => Ok(Content {
            media_type: media_type.to_owned(),
            bytes,
        }),
        trailing => Err(CodingError::Trailing(trailing)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const JSON: &str = "application/fhir+json";

    fn content(media_type: &str, bytes: &[u8]) -> Content {
        Content {
            media_type: media_type.into(),
            bytes: bytes.to_vec(),
        }
    }

    proptest! {
        #[test]
        fn what_was_coded_is_decoded(bytes in prop::collection::vec(0_u8..4, 0..2_000)) {
            let coded = encode(JSON, &bytes);
            prop_assert!(coded.bytes.len() <= bytes.len());
            prop_assert_eq!(decode(coded).unwrap(), content(JSON, &bytes));
        }

        #[test]
        fn what_is_cut_changed_or_followed_is_refused(seed in 0_usize..200, bit in 0_u8..8) {
            let text = "chest pain, and again chest pain; ".repeat(20);
            let coded = encode(JSON, text.as_bytes());
            let at = seed % coded.bytes.len();
            let mut cut = coded.clone();
            cut.bytes.truncate(at);
            prop_assert!(decode(cut).is_err());
            let mut followed = coded.clone();
            followed.bytes.push(0);
            prop_assert!(matches!(decode(followed), Err(CodingError::Trailing(1))));
            let mut changed = coded.clone();
            changed.bytes[at] ^= 1 << bit;
            // Some bits of the head say nothing: when it was written, on what.
            if let Ok(decoded) = decode(changed) {
                prop_assert_eq!(decoded.bytes, text.as_bytes());
            }
        }
    }

    #[test]
    fn what_does_not_get_shorter_stays_as_it_is() {
        for bytes in [&b""[..], b"{}", &[7, 200, 13, 99]] {
            assert_eq!(encode(JSON, bytes), content(JSON, bytes));
        }
        let other = content("image/png", b"any bytes");
        assert_eq!(decode(other.clone()).unwrap(), other);
    }

    #[test]
    fn what_would_fill_the_memory_is_refused() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1 << 20];
        for _ in 0..=MAX_DECODED_BYTES >> 20 {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = content("text/plain+gzip", &encoder.finish().unwrap());
        assert!(bomb.bytes.len() < 2 << 20);
        assert!(matches!(decode(bomb), Err(CodingError::TooLarge)));
        let none = content("text/plain+gzip", b"");
        assert!(matches!(decode(none), Err(CodingError::Gzip(_))));
    }
}
