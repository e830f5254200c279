//! The outline of a large resource: its JSON with the hash of each long `data` in the place of that.

use super::large_error::LargeError;
use sha2::{Digest, Sha256};
use std::io::Write;

/// Bytes of `data` from which on its hash stands in the outline. By the outline a resource is known again: this stays as it is.
pub(super) const CUT_BYTES: usize = 64 << 10;
/// The name of the elements whose values are cut: attachments, binaries, signatures.
const DATA: &[u8] = b"data";

/// JSON with the hashes of long `data`.
pub(super) struct Outline {
    pub(super) text: Vec<u8>,
    limit: usize,
    within: Within,
    /// Whether the next byte is escaped.
    escaped: bool,
    /// Whether the last string was `data`, and what followed it.
    named: bool,
    colon: Colon,
}

/// Where in JSON something stands.
enum Within {
    /// Between strings.
    Structure,
    /// In a string that begins there in the outline.
    Text { start: usize, is_data: bool },
    /// In data of which only the hash is kept.
    Cut(Sha256),
}

/// What follows a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colon {
    Nothing,
    One,
    Other,
}

impl Outline {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: Vec::new(),
            limit,
            within: Within::Structure,
            escaped: false,
            named: false,
            colon: Colon::Other,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), LargeError> {
        while !bytes.is_empty() {
            let taken = match &mut self.within {
                Within::Structure => self.structure(bytes),
                Within::Text { start, is_data } => {
                    let (start, is_data) = (*start, *is_data);
                    self.string(bytes, start, is_data)?
                }
                Within::Cut(_) => self.cut(bytes)?,
            };
            bytes = &bytes[taken..];
            if self.text.len() > self.limit {
                return Err(LargeError::Outline { limit: self.limit });
            }
        }
        Ok(())
    }

    /// Takes bytes up to the beginning of a string; returns how many.
    fn structure(&mut self, bytes: &[u8]) -> usize {
        let quote = memchr::memchr(b'"', bytes);
        for byte in &bytes[..quote.unwrap_or(bytes.len())] {
            self.colon = match (byte, self.colon) {
                (b' ' | b'\n' | b'\r' | b'\t', before) => before,
                (b':', Colon::Nothing) => Colon::One,
                _ => Colon::Other,
            };
        }
        let taken = quote.map_or(bytes.len(), |at| at + 1);
        self.text.extend_from_slice(&bytes[..taken]);
        if quote.is_some() {
            self.within = Within::Text {
                start: self.text.len(),
                is_data: self.named && self.colon == Colon::One,
            };
        }
        taken
    }

    /// Takes bytes of a string, up to its end or to where it is cut; returns how many.
    fn string(&mut self, bytes: &[u8], start: usize, is_data: bool) -> Result<usize, LargeError> {
        // What is cut does not have to be looked at twice.
        let room = if is_data {
            CUT_BYTES + 1 - (self.text.len() - start)
        } else {
            bytes.len()
        };
        let bytes = &bytes[..bytes.len().min(room)];
        let end = self.end_of_string(bytes);
        let taken = end.unwrap_or(bytes.len());
        self.text.extend_from_slice(&bytes[..taken]);
        if end.is_some() {
            self.ended(self.text[start..].strip_suffix(b"\"") == Some(DATA));
        } else if is_data && self.text.len() - start > CUT_BYTES {
            let mut hash = Sha256::new();
            let text = self.text.split_off(start);
            is_base64(false, &text).then_some(()).ok_or(LargeError::Data)?;
            hash.update(&text);
            self.within = Within::Cut(hash);
        }
        Ok(taken)
    }

    /// Takes bytes of data of which only the hash is kept; returns how many.
    fn cut(&mut self, bytes: &[u8]) -> Result<usize, LargeError> {
        let escaped = self.escaped;
        let end = self.end_of_string(bytes);
        let taken = end.unwrap_or(bytes.len());
        let data = &bytes[..end.map_or(taken, |end| end - 1)];
        is_base64(escaped, data).then_some(()).ok_or(LargeError::Data)?;
        if let Within::Cut(hash) = &mut self.within {
            hash.update(data);
            if end.is_some() {
                let hash = hash.clone().finalize();
                write!(self.text, "sha256:{}\"", hex::encode(hash))?;
                self.ended(false);
            }
        }
        Ok(taken)
    }

    fn ended(&mut self, named: bool) {
        (self.within, self.named, self.colon) = (Within::Structure, named, Colon::Nothing);
    }

    /// Finds the end of the string that bytes are of; returns how many bytes there are to it, its quote included.
    fn end_of_string(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if std::mem::take(&mut self.escaped) {
                at += 1;
                continue;
            }
            let found = at + memchr::memchr2(b'"', b'\\', &bytes[at..])?;
            if bytes[found] == b'"' {
                return Some(found + 1);
            }
            self.escaped = true;
            at = found + 1;
        }
        None
    }
}

/// Whether bytes of a JSON string, of which the first may be escaped, are of base64 (RFC 4648), in lines or not.
fn is_base64(mut escaped: bool, bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| {
        if std::mem::take(&mut escaped) {
            return matches!(byte, b'/' | b'n' | b'r');
        }
        escaped = *byte == b'\\';
        escaped || byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b' ')
    })
}
