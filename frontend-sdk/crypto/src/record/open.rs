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
        Ok(Self {
            stream: committed_keys(row, key)?.stream(),
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

/// Derives a record's keys, once the row is well formed and commits to them.
fn committed_keys(row: &RecordRow, key: &MessageKey) -> Result<RecordKeys, OpenError> {
    row.check()?;
    let keys = RecordKeys::derive(key, &row.shred, &row.header);
    if !bool::from(keys.commitment.0.ct_eq(&row.key_commitment.0)) {
        return Err(OpenError::WrongKey);
    }
    Ok(keys)
}

/// What an AES-256-GCM of somebody else takes to open a record's segments, such as a browser's: segment i opens under the key
/// with the nonce `zeros (7) || i (4, big-endian) || last (1)` and the associated data. [`ContentFrame`] takes the content out of
/// what comes of it.
pub struct RecordCipher {
    key: Zeroizing<[u8; 32]>,
    /// The associated data of every segment.
    pub associated: Vec<u8>,
    /// The number of segments.
    pub segments: u64,
}

impl RecordCipher {
    /// Checks the row and, in constant time, the key commitment.
    ///
    /// # Errors
    /// A malformed row, or a key that is not the row's.
    pub fn new(row: &RecordRow, key: &MessageKey) -> Result<Self, OpenError> {
        Ok(Self {
            key: committed_keys(row, key)?.into_aead(),
            associated: row.header.encode(),
            segments: row.header.length_class.segments(),
        })
    }

    /// Returns the key, 32 bytes. The caller clears every copy.
    pub fn expose_key(&self) -> &[u8; 32] {
        &self.key
    }
}

/// Takes the content out of its frame, segment by segment.
pub struct ContentFrame {
    media_type: String,
    /// Bytes of content that are still to come.
    missing: u64,
}

impl ContentFrame {
    /// Reads the frame from the plaintext of the first segment; returns it, and where the content begins.
    ///
    /// # Errors
    /// The frame is none, or does not end within the segment.
    pub fn read(first: &[u8]) -> Result<(Self, usize), OpenError> {
        let (media_type_length, rest) = first.split_first().ok_or(OpenError::Framing)?;
        let (media_type, rest) = rest
            .split_at_checked(usize::from(*media_type_length))
            .ok_or(OpenError::Framing)?;
        let (length, rest) = rest.split_first_chunk::<8>().ok_or(OpenError::Framing)?;
        if !is_media_type(media_type) {
            return Err(OpenError::Framing);
        }
        let frame = Self {
            media_type: String::from_utf8(media_type.to_vec()).map_err(|_| OpenError::Framing)?,
            missing: u64::from_le_bytes(*length),
        };
        Ok((frame, first.len() - rest.len()))
    }

    /// Returns the media type.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Takes the plaintext that comes next; returns how many of its first bytes are content. The others are padding.
    ///
    /// # Errors
    /// The padding is not all zero.
    pub fn take(&mut self, plaintext: &[u8]) -> Result<usize, OpenError> {
        let length = usize::try_from(self.missing).map_or(plaintext.len(), |missing| missing.min(plaintext.len()));
        if plaintext[length..].iter().any(|byte| *byte != 0) {
            return Err(OpenError::Framing);
        }
        self.missing -= length as u64;
        Ok(length)
    }

    /// Checks, after the last segment, that all of the content has come.
    ///
    /// # Errors
    /// Some is missing.
    pub fn finish(&self) -> Result<(), OpenError> {
        if self.missing > 0 {
            return Err(OpenError::Framing);
        }
        Ok(())
    }
}

/// Takes the content out of its frame, in place.
fn unframe(mut plaintext: Zeroizing<Vec<u8>>) -> Result<Content, OpenError> {
    let (mut frame, start) = ContentFrame::read(&plaintext)?;
    let length = frame.take(&plaintext[start..])?;
    frame.finish()?;
    let mut bytes = core::mem::take(&mut *plaintext);
    bytes.truncate(start + length);
    bytes.drain(..start);
    let media_type = frame.media_type;
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
