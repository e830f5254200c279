//! What bytes begin with that are kept or that travel as SCALE: a tag, what they are, and the version of its format.
//!
//! Nothing of this kind is read by trying: what does not begin with the tag, is something else than was expected, or is of
//! an unknown version, is refused before anything of it is decoded.

use scale::Encode;

/// The bytes that every format begins with.
const TAG: [u8; 4] = *b"AEGL";
/// The release that this is.
const RELEASE: &str = env!("CARGO_PKG_VERSION");
/// Bytes before what is encoded: the tag, the kind, and the version.
pub const FORMAT_BYTES: usize = TAG.len() + 2;

/// What bytes are. The discriminant is the byte after the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Format {
    /// An [`Upload`](super::Upload).
    Upload = b'U',
    /// A [`Bundle`](super::Bundle).
    Bundle = b'B',
    /// A [`Relabelling`](super::Relabelling).
    Relabelling = b'R',
    /// [`PublishedKeys`](crate::keys::PublishedKeys).
    PublishedKeys = b'K',
    /// A [`ShareDeposit`](super::ShareDeposit).
    ShareDeposit = b'S',
    /// A [`LabelSet`](aegle_sealed::LabelSet), as an indexer keeps it.
    LabelSet = b'L',
    /// [`LabelRuns`](super::LabelRuns).
    LabelRuns = b'N',
    /// A [`SignedInvitation`](super::SignedInvitation).
    Invitation = b'I',
}

/// Why bytes are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// They do not begin with the tag.
    #[error("the bytes are no file and no body of Aegle's: they do not begin with its tag")]
    Tag,
    /// They are of a kind that this release does not know.
    #[error("the bytes are of the kind {0:#04x}, which release {RELEASE} of Aegle does not know: use a later release")]
    UnknownKind(u8),
    /// They are something else.
    #[error("the bytes are {found}, not {expected}")]
    Kind {
        /// What was expected.
        expected: Format,
        /// What they are.
        found: Format,
    },
    /// They are of a version that this release does not read.
    #[error(
        "the bytes are {format} of format version {found}, and release {RELEASE} of Aegle reads version {}: use {} release",
        .format.version(),
        needed(.format, .found)
    )]
    Version {
        /// What they are.
        format: Format,
        /// The version that they begin with.
        found: u8,
    },
}

/// Which release reads a version that this one does not.
fn needed(format: &Format, found: &u8) -> &'static str {
    if *found > format.version() {
        "a later"
    } else {
        "an earlier"
    }
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Upload,
        Self::Bundle,
        Self::Relabelling,
        Self::PublishedKeys,
        Self::ShareDeposit,
        Self::LabelSet,
        Self::LabelRuns,
        Self::Invitation,
    ];

    /// Returns the version that this release writes and reads.
    pub const fn version(self) -> u8 {
        match self {
            Self::Upload | Self::Relabelling | Self::LabelSet | Self::LabelRuns | Self::Invitation => 1,
            Self::Bundle | Self::PublishedKeys => 2,
            Self::ShareDeposit => 3,
        }
    }

    /// Returns what these bytes begin with: [`FORMAT_BYTES`].
    pub const fn header(self) -> [u8; FORMAT_BYTES] {
        let [first, second, third, fourth] = TAG;
        [first, second, third, fourth, self as u8, self.version()]
    }

    /// Encodes a value as bytes of this format.
    pub fn encode(self, value: &impl Encode) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FORMAT_BYTES + value.size_hint());
        bytes.extend_from_slice(&self.header());
        value.encode_to(&mut bytes);
        bytes
    }

    /// Returns which format bytes are of, by what they begin with.
    ///
    /// # Errors
    /// [`FormatError`]: they are of none, or of a version that this release does not read.
    pub fn of(bytes: &[u8]) -> Result<Self, FormatError> {
        let (tag, rest) = bytes.split_first_chunk::<{ TAG.len() }>().ok_or(FormatError::Tag)?;
        let (&[kind, version], _) = rest.split_first_chunk::<2>().ok_or(FormatError::Tag)?;
        if *tag != TAG {
            return Err(FormatError::Tag);
        }
        let format = Self::ALL.into_iter().find(|format| *format as u8 == kind);
        let format = format.ok_or(FormatError::UnknownKind(kind))?;
        if version != format.version() {
            return Err(FormatError::Version { format, found: version });
        }
        Ok(format)
    }

    /// Returns what comes after the beginning of bytes of this format.
    ///
    /// # Errors
    /// [`FormatError`]: they are of another format, or of a version that this release does not read.
    pub fn body(self, bytes: &[u8]) -> Result<&[u8], FormatError> {
        match Self::of(bytes)? {
            found if found == self => Ok(&bytes[FORMAT_BYTES..]),
            found => Err(FormatError::Kind { expected: self, found }),
        }
    }
}

impl core::fmt::Display for Format {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Upload => "an upload of ciphertexts",
            Self::Bundle => "the bundle of a batch",
            Self::Relabelling => "new labels of batches",
            Self::PublishedKeys => "published keys",
            Self::ShareDeposit => "a deposit of shares",
            Self::LabelSet => "a set of labels",
            Self::LabelRuns => "label runs",
            Self::Invitation => "an invitation",
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_what_they_say_they_are_alone() {
        for format in Format::ALL {
            let bytes = format.encode(&7_u32);
            assert_eq!(Format::of(&bytes), Ok(format));
            assert_eq!(format.body(&bytes), Ok(&7_u32.to_le_bytes()[..]));
            for expected in Format::ALL.into_iter().filter(|other| *other != format) {
                assert_eq!(
                    expected.body(&bytes),
                    Err(FormatError::Kind {
                        expected,
                        found: format
                    })
                );
            }
            for length in 0..FORMAT_BYTES {
                assert_eq!(Format::of(&bytes[..length]), Err(FormatError::Tag), "{length}");
            }
            for at in 0..4 {
                let mut other = bytes.clone();
                other[at] ^= 0x20;
                assert_eq!(Format::of(&other), Err(FormatError::Tag), "{at}");
            }
        }
    }

    #[test]
    fn an_unknown_version_says_which_release_is_needed() {
        for (version, expected) in [(0, "an earlier"), (1, "an earlier"), (3, "a later"), (255, "a later")] {
            let mut bytes = Format::Bundle.encode(&());
            bytes[5] = version;
            let error = Format::of(&bytes).unwrap_err();
            assert_eq!(
                error,
                FormatError::Version {
                    format: Format::Bundle,
                    found: version
                }
            );
            assert!(
                error.to_string().ends_with(&format!("use {expected} release")),
                "{error}"
            );
        }
        let mut bytes = Format::Bundle.encode(&());
        bytes[4] = b'Z';
        assert_eq!(Format::of(&bytes), Err(FormatError::UnknownKind(b'Z')));
    }
}
