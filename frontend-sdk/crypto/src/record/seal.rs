//! Sealing a record.

use super::keys::{RecordKeys, is_media_type};
use crate::delegation::{MessageKey, encapsulate};
use aead_stream::{StreamBE32, StreamPrimitive};
use aegle_protocol::{
    CryptoRng, Deployment,
    delegation::{EncodingError, LabelFacts, SlotPublicKey},
    merkle::{self, Tree},
    random::draw,
    record::{
        LengthClass, MAX_CONTENT_BYTES, MAX_MEDIA_TYPE_BYTES, RECORD_VERSION, RecordHeader, RecordId, RecordRow, Rho,
        RowError, SEGMENT_BYTES, SEGMENT_TAG_BYTES, Shred, segment_hash,
    },
};
use aegle_rules::{AccountId, Confidentiality, DomainId, Hash, Slot, Timestamp};
use aes_gcm::Aes256Gcm;
use scale::Encode;
use zeroize::Zeroizing;

/// The content and the metadata that a record is sealed from.
#[derive(Clone, Copy, Debug)]
pub struct SealInput<'a> {
    /// The patient's pseudonym.
    pub patient: AccountId,
    /// The patient's public key of slot and epoch.
    pub public_key: SlotPublicKey,
    /// The slot of the record's data class.
    pub slot: Slot,
    /// The epoch of the key.
    pub epoch: u16,
    /// The confidentiality of the record.
    pub confidentiality: Confidentiality,
    /// The author.
    pub author: AccountId,
    /// The time of authoring, in milliseconds since the Unix epoch.
    pub authored_at: Timestamp,
    /// The search domain that the record is filed in.
    pub domain: DomainId,
    /// Media type: 1 to [`MAX_MEDIA_TYPE_BYTES`] visible ASCII characters or spaces.
    pub media_type: &'a str,
    /// Content: at most [`MAX_CONTENT_BYTES`].
    pub content: &'a [u8],
}

/// The reason why a record cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The content is too long.
    #[error("content of {0} bytes, more than {MAX_CONTENT_BYTES}")]
    ContentTooLong(u64),
    /// The content of a [`RecordSealer`] is not as long as was announced.
    #[error("content of {found} bytes where {expected} were announced")]
    ContentLength {
        /// Bytes so far, or in the end.
        found: u64,
        /// Bytes that were announced.
        expected: u64,
    },
    /// The media type is empty, too long, or has characters other than visible ASCII and spaces.
    #[error("the media type is not 1 to {MAX_MEDIA_TYPE_BYTES} visible ASCII characters")]
    MediaType,
    /// The header is malformed: the slot is over 31.
    #[error("the header: {0}")]
    Header(#[from] RowError),
    /// The patient's public key is no group element, or the identity.
    #[error("the patient's public key: {0}")]
    PublicKey(#[from] EncodingError),
}

/// A record's sealed content: opaque bytes, of a length that the length class fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphertext(Vec<u8>);

impl Ciphertext {
    /// Takes the bytes out, for storing them.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for Ciphertext {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A sealed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRecord {
    /// The row, for the bundle of its batch.
    pub row: RecordRow,
    /// The ciphertext, for the indexer's vault.
    pub ciphertext: Ciphertext,
}

/// Seals a record: draws its key, its secrets and its name, encapsulates the key to the patient, encrypts the content.
///
/// # Errors
/// Content or media type beyond their limits, a slot over 31, or a public key that is none.
pub fn seal_record(
    input: &SealInput<'_>,
    deployment: &Deployment,
    random: &mut impl CryptoRng,
) -> Result<SealedRecord, SealError> {
    let mut sealer = RecordSealer::new(input, input.content.len() as u64, deployment, random)?;
    let capacity = usize::try_from(sealer.row.ciphertext_length).expect("1.25 GiB and a little fit any address space");
    let mut ciphertext = Vec::with_capacity(capacity);
    sealer.update(input.content, &mut ciphertext)?;
    let row = sealer.finish(&mut ciphertext)?;
    Ok(SealedRecord {
        row,
        ciphertext: Ciphertext(ciphertext),
    })
}

/// Seals a record whose content comes in pieces, in constant memory.
///
/// ```
/// # use aegle_crypto::{delegation::open_own, master::MasterSecret, record::*};
/// # use aegle_protocol::{Deployment, random::SystemRandom};
/// # use aegle_rules::{AccountId, Confidentiality, DomainId, Hash, Slot};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let deployment = Deployment { genesis: Hash([1; 32]), consent: AccountId([2; 32]) };
/// # let secret = MasterSecret::generate(&mut SystemRandom).slot_secret(&deployment.genesis, Slot(4), 0);
/// # let input = SealInput {
/// #     patient: AccountId([3; 32]), public_key: secret.public_key(), slot: Slot(4), epoch: 0,
/// #     confidentiality: Confidentiality::Normal, author: AccountId([5; 32]), authored_at: 0, domain: DomainId(1),
/// #     media_type: "application/dicom", content: b"",
/// # };
/// let mut ciphertext = Vec::new(); // or a buffer that is written to a file and cleared after each piece
/// let mut sealer = RecordSealer::new(&input, 200_000, &deployment, &mut SystemRandom)?;
/// for _ in 0..200 {
///     sealer.update(&[7; 1_000], &mut ciphertext)?;
/// }
/// let row = sealer.finish(&mut ciphertext)?;
///
/// let key = open_own(&row.verify_capsule(&deployment)?, &secret);
/// assert_eq!(open_record(&row, &ciphertext, &key)?.bytes, vec![7; 200_000]);
/// # Ok(()) }
/// ```
pub struct RecordSealer {
    /// Complete but for the ciphertext's hash.
    row: RecordRow,
    stream: StreamBE32<Aes256Gcm>,
    associated: Vec<u8>,
    /// Plaintext of the segment that is being filled.
    segment: Zeroizing<Vec<u8>>,
    segment_hashes: Vec<[u8; 32]>,
    /// Bytes of plaintext that have not been encrypted yet, padding included.
    plaintext_left: u64,
    content_found: u64,
    content_expected: u64,
}

impl RecordSealer {
    /// Begins to seal `content_bytes` bytes of content. The input's own `content` is not read: all of it comes through
    /// [`RecordSealer::update`].
    ///
    /// # Errors
    /// Content or media type beyond their limits, a slot over 31, or a public key that is none.
    pub fn new(
        input: &SealInput<'_>,
        content_bytes: u64,
        deployment: &Deployment,
        random: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        let prefix = plaintext_prefix(input.media_type, content_bytes)?;
        let length_class = LengthClass::holding(prefix.len() as u64 + content_bytes)
            .ok_or(SealError::ContentTooLong(content_bytes))?;
        let header = RecordHeader {
            version: RECORD_VERSION,
            patient: input.patient,
            slot: input.slot,
            epoch: input.epoch,
            confidentiality: input.confidentiality,
            length_class,
            author: input.author,
            authored_at: input.authored_at,
            domain: input.domain,
        };
        header.check()?;

        let id = RecordId(draw(random));
        let rho = Rho(draw(random));
        let shred = Shred(draw(random));
        let message_key = MessageKey::generate(random);
        let keys = RecordKeys::derive(&message_key, &shred, &header);
        let label = LabelFacts {
            deployment,
            id,
            header: &header,
            key_commitment: keys.commitment,
        }
        .label();
        let capsule = encapsulate(&input.public_key, &label, &message_key, random)?;

        let mut segment = Zeroizing::new(Vec::with_capacity(SEGMENT_BYTES + SEGMENT_TAG_BYTES));
        segment.extend_from_slice(&prefix);
        Ok(Self {
            row: RecordRow {
                id,
                header,
                key_commitment: keys.commitment,
                capsule,
                rho,
                shred,
                ciphertext_hash: Hash([0; 32]),
                ciphertext_length: length_class.ciphertext_bytes(),
            },
            stream: keys.stream(),
            associated: header.encode(),
            segment,
            segment_hashes: Vec::new(),
            plaintext_left: length_class.padded_bytes(),
            content_found: 0,
            content_expected: content_bytes,
        })
    }

    /// Takes the next piece of content, and appends the segments that are complete to `out`.
    ///
    /// # Errors
    /// There is more content than was announced.
    pub fn update(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        self.content_found += content.len() as u64;
        if self.content_found > self.content_expected {
            return Err(self.content_length());
        }
        let mut rest = content;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(SEGMENT_BYTES - self.segment.len()));
            self.segment.extend_from_slice(now);
            rest = later;
            if self.segment.len() == SEGMENT_BYTES {
                self.encrypt_segment(out);
            }
        }
        Ok(())
    }

    /// Appends the next of the last segments to `out`, once all content has come, and returns whether more follow: the padding
    /// of a large record has a quarter of its bytes. [`RecordSealer::finish`] appends what was not asked for.
    ///
    /// # Errors
    /// There was less content than was announced.
    pub fn pad(&mut self, out: &mut Vec<u8>) -> Result<bool, SealError> {
        if self.content_found != self.content_expected {
            return Err(self.content_length());
        }
        if self.plaintext_left > 0 {
            let length = usize::try_from(self.plaintext_left).map_or(SEGMENT_BYTES, |left| left.min(SEGMENT_BYTES));
            self.segment.resize(length, 0);
            self.encrypt_segment(out);
        }
        Ok(self.plaintext_left > 0)
    }

    /// Pads the content, appends the last segments to `out`, and returns the row.
    ///
    /// # Errors
    /// There was less content than was announced.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<RecordRow, SealError> {
        while self.pad(out)? {}
        self.row.ciphertext_hash = merkle::root(Tree::Segments, &self.segment_hashes);
        Ok(self.row)
    }

    fn content_length(&self) -> SealError {
        SealError::ContentLength {
            found: self.content_found,
            expected: self.content_expected,
        }
    }

    fn encrypt_segment(&mut self, out: &mut Vec<u8>) {
        let position = u32::try_from(self.segment_hashes.len()).expect("a record has at most 20,480 segments");
        self.plaintext_left -= self.segment.len() as u64;
        let segment: &mut Vec<u8> = &mut self.segment;
        self.stream
            .encrypt_in_place(position, self.plaintext_left == 0, &self.associated, segment)
            .expect("AES-GCM seals any 64 KiB, and the buffer grows");
        self.segment_hashes.push(segment_hash(segment));
        out.extend_from_slice(segment);
        segment.clear();
    }
}

/// Returns the bytes that stand before the content in the plaintext.
fn plaintext_prefix(media_type: &str, content_bytes: u64) -> Result<Vec<u8>, SealError> {
    if content_bytes > MAX_CONTENT_BYTES as u64 {
        return Err(SealError::ContentTooLong(content_bytes));
    }
    let name = media_type.as_bytes();
    if !is_media_type(name) {
        return Err(SealError::MediaType);
    }
    let length = u8::try_from(name.len()).map_err(|_| SealError::MediaType)?;
    Ok([&[length], name, &content_bytes.to_le_bytes()].concat())
}
