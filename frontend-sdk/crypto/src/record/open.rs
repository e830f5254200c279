//! Opening a record.

use super::keys::{RecordKeys, is_media_type};
use crate::delegation::MessageKey;
use aead_stream::{
    StreamBE32, StreamPrimitive,
    aead::{self, Buffer},
};
use aegle_protocol::record::{RecordRow, RowError, SEGMENT_BYTES, SEGMENT_TAG_BYTES, ciphertext_hash};
use aes_gcm::Aes256Gcm;
use scale::Encode;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A record's content.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// Media type, for example `application/fhir+json`.
    pub media_type: String,
    /// The content itself.
    pub bytes: Vec<u8>,
}

// What a record says belongs in no log.
impl core::fmt::Debug for Content {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Content")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The reason why a record does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The row is malformed.
    #[error("the row: {0}")]
    Row(#[from] RowError),
    /// The key is not the one that the row commits to.
    #[error("the key is not the record's key")]
    WrongKey,
    /// The ciphertext has another length than the row says.
    #[error("a ciphertext of {found} bytes instead of {expected}")]
    Length {
        /// Bytes given.
        found: u64,
        /// Bytes that the row says.
        expected: u64,
    },
    /// The ciphertext is not the one that the row names.
    #[error("the ciphertext is not the one that was anchored")]
    CiphertextHash,
    /// There is no such segment.
    #[error("there is no segment {0}")]
    NoSegment(u64),
    /// A segment does not authenticate.
    #[error("segment {0} does not authenticate")]
    Segment(u64),
    /// The writer framed the content wrongly.
    #[error("the content is not framed as it should be")]
    Framing,
}

/// Opens a record whose row has been verified against the chain: checks the ciphertext's hash, the key commitment,
/// every segment and the framing.
///
/// # Errors
/// See [`OpenError`]; nothing is returned of a content that does not verify to its last byte.
pub fn open_record(row: &RecordRow, ciphertext: &[u8], key: &MessageKey) -> Result<Content, OpenError> {
    let opener = RecordOpener::new(row, key)?;
    let (found, expected) = (ciphertext.len() as u64, row.ciphertext_length);
    if found != expected {
        return Err(OpenError::Length { found, expected });
    }
    if ciphertext_hash(ciphertext) != row.ciphertext_hash {
        return Err(OpenError::CiphertextHash);
    }
    let mut plaintext = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    for (index, segment) in (0_u64..).zip(ciphertext.chunks(SEGMENT_BYTES + SEGMENT_TAG_BYTES)) {
        opener.append_segment(index, segment, &mut plaintext)?;
    }
    unframe(plaintext)
}

/// Opens a record segment by segment, in any order, in constant memory.
///
/// The output is the framed plaintext of the [module documentation](super). Each segment is authentic by itself; that
/// none is missing is known once the last one has been opened.
pub struct RecordOpener {
    stream: StreamBE32<Aes256Gcm>,
    associated: Vec<u8>,
    segments: u64,
}

impl RecordOpener {
    /// Checks the row and, in constant time, the key commitment.
    ///
    /// # Errors
    /// A malformed row, or a key that is not the row's.
    pub fn new(row: &RecordRow, key: &MessageKey) -> Result<Self, OpenError> {
        row.check()?;
        let keys = RecordKeys::derive(key, &row.shred, &row.header);
        if !bool::from(keys.commitment.0.ct_eq(&row.key_commitment.0)) {
            return Err(OpenError::WrongKey);
        }
        Ok(Self {
            stream: keys.stream(),
            associated: row.header.encode(),
            segments: row.header.length_class.segments(),
        })
    }

    /// Returns the number of segments of the record.
    pub fn segments(&self) -> u64 {
        self.segments
    }

    /// Decrypts the segment of number `index`, counted from 0: at most [`SEGMENT_BYTES`] bytes of plaintext.
    ///
    /// # Errors
    /// There is no such segment, or it does not authenticate at that position.
    pub fn segment(&self, index: u64, segment: &[u8]) -> Result<Vec<u8>, OpenError> {
        let mut plaintext = Zeroizing::new(Vec::with_capacity(segment.len()));
        self.append_segment(index, segment, &mut plaintext)?;
        Ok(core::mem::take(&mut *plaintext))
    }

    fn append_segment(&self, index: u64, segment: &[u8], out: &mut Vec<u8>) -> Result<(), OpenError> {
        if index >= self.segments {
            return Err(OpenError::NoSegment(index));
        }
        let position = u32::try_from(index).map_err(|_| OpenError::NoSegment(index))?;
        let start = out.len();
        out.extend_from_slice(segment);
        self.stream
            .decrypt_in_place(
                position,
                index + 1 == self.segments,
                &self.associated,
                &mut Tail { bytes: out, start },
            )
            .map_err(|_| OpenError::Segment(index))
    }
}

/// Takes the content out of its frame, in place. The padding must be all zero.
fn unframe(mut plaintext: Zeroizing<Vec<u8>>) -> Result<Content, OpenError> {
    let (media_type_length, rest) = plaintext.split_first().ok_or(OpenError::Framing)?;
    let (media_type, rest) = rest
        .split_at_checked(usize::from(*media_type_length))
        .ok_or(OpenError::Framing)?;
    let (length, rest) = rest.split_first_chunk::<8>().ok_or(OpenError::Framing)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| OpenError::Framing)?;
    let (_, padding) = rest.split_at_checked(length).ok_or(OpenError::Framing)?;
    if !is_media_type(media_type) || padding.iter().any(|byte| *byte != 0) {
        return Err(OpenError::Framing);
    }
    let media_type = String::from_utf8(media_type.to_vec()).map_err(|_| OpenError::Framing)?;
    let start = plaintext.len() - rest.len();
    let mut bytes = core::mem::take(&mut *plaintext);
    bytes.truncate(start + length);
    bytes.drain(..start);
    Ok(Content { media_type, bytes })
}

/// The end of a vector as a buffer, so that segments are opened where they come to stand.
struct Tail<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
}

impl AsRef<[u8]> for Tail<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl AsMut<[u8]> for Tail<'_> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }
}

impl Buffer for Tail<'_> {
    fn extend_from_slice(&mut self, other: &[u8]) -> aead::Result<()> {
        self.bytes.extend_from_slice(other);
        Ok(())
    }

    fn truncate(&mut self, length: usize) {
        self.bytes.truncate(self.start + length);
    }
}
