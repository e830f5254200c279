//! Uploads: ciphertexts as a custodian sends them to the indexer, before the batch that names their records.

use super::{FORMAT_BYTES, Format, FormatError};
use crate::record::RecordId;
use scale::{Compact, Decode};
use std::collections::HashSet;

/// Most ciphertexts of an upload.
pub const MAX_UPLOAD_CIPHERTEXTS: usize = 1_024;
/// Most bytes of all ciphertexts of an upload: 64 MiB. Longer ones come in [pieces](super::LargeCiphertext).
pub const MAX_UPLOAD_BYTES: usize = 64 << 20;
/// Most bytes of an encoded upload: besides the ciphertexts its tag, their number, and the name and the length of each.
pub const MAX_UPLOAD_BODY_BYTES: usize =
    FORMAT_BYTES + MAX_UPLOAD_BYTES + COMPACT_BYTES + MAX_UPLOAD_CIPHERTEXTS * (RecordId::BYTES + COMPACT_BYTES);
/// Most bytes of a number of 32 bits in SCALE's compact form.
const COMPACT_BYTES: usize = 5;

/// Body of `POST /v1/ciphertexts`: [`Format::Upload`], SCALE of a list of names and ciphertexts, which it borrows.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload<'a> {
    ciphertexts: Vec<(RecordId, &'a [u8])>,
    bytes: usize,
}

/// The reason why an upload is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The bytes are of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The bytes are no upload.
    #[error("the bytes are no upload: {0}")]
    Encoding(#[from] scale::Error),
    /// There is no ciphertext, or more than [`MAX_UPLOAD_CIPHERTEXTS`].
    #[error("{0} ciphertexts, not 1 to {MAX_UPLOAD_CIPHERTEXTS}")]
    Ciphertexts(usize),
    /// The ciphertexts have more than [`MAX_UPLOAD_BYTES`] together.
    #[error("{0} bytes of ciphertext, more than {MAX_UPLOAD_BYTES}")]
    Bytes(usize),
    /// A ciphertext has no bytes.
    #[error("the ciphertext of {0} is empty")]
    Empty(RecordId),
    /// A record is named twice.
    #[error("{0} is named twice")]
    Duplicate(RecordId),
}

impl<'a> Upload<'a> {
    /// Collects ciphertexts under the names of their records into an upload.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub fn new(ciphertexts: Vec<(RecordId, &'a [u8])>) -> Result<Self, UploadError> {
        if !(1..=MAX_UPLOAD_CIPHERTEXTS).contains(&ciphertexts.len()) {
            return Err(UploadError::Ciphertexts(ciphertexts.len()));
        }
        let (mut names, mut bytes) = (HashSet::with_capacity(ciphertexts.len()), 0_usize);
        for (record, ciphertext) in &ciphertexts {
            if ciphertext.is_empty() {
                return Err(UploadError::Empty(*record));
            }
            if !names.insert(*record) {
                return Err(UploadError::Duplicate(*record));
            }
            bytes = bytes.saturating_add(ciphertext.len());
        }
        if bytes > MAX_UPLOAD_BYTES {
            return Err(UploadError::Bytes(bytes));
        }
        Ok(Self { ciphertexts, bytes })
    }

    /// Decodes an upload that is the whole of `bytes`. The ciphertexts are borrowed, and no false length leads to an
    /// allocation.
    ///
    /// # Errors
    /// See [`UploadError`].
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, UploadError> {
        let mut bytes = Format::Upload.body(bytes)?;
        let count = Compact::<u32>::decode(&mut bytes)?.0 as usize;
        if count > MAX_UPLOAD_CIPHERTEXTS {
            return Err(UploadError::Ciphertexts(count));
        }
        let mut ciphertexts = Vec::with_capacity(count);
        for _ in 0..count {
            let record = RecordId::decode(&mut bytes)?;
            let length = Compact::<u32>::decode(&mut bytes)?.0 as usize;
            let cut = bytes.split_at_checked(length);
            let (ciphertext, rest) = cut.ok_or(scale::Error::from("a ciphertext is cut off"))?;
            ciphertexts.push((record, ciphertext));
            bytes = rest;
        }
        if !bytes.is_empty() {
            return Err(scale::Error::from("there are more bytes after it").into());
        }
        Self::new(ciphertexts)
    }

    /// Encodes the upload: at most [`MAX_UPLOAD_BODY_BYTES`] bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        Format::Upload.encode(&self.ciphertexts)
    }

    /// Returns the names and ciphertexts, in the order in which they were given.
    pub fn ciphertexts(&self) -> &[(RecordId, &'a [u8])] {
        &self.ciphertexts
    }
}

impl core::fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Upload")
            .field("ciphertexts", &self.ciphertexts.len())
            .field("bytes", &self.bytes)
            .finish()
    }
}
