//! The keys of a record, and what sealing and opening share.

use crate::delegation::MessageKey;
use aead_stream::{NewStream, StreamBE32};
use aegle_protocol::{
    digest::frame,
    record::{KeyCommitment, MAX_MEDIA_TYPE_BYTES, RecordHeader, Shred},
    tags,
};
use aes_gcm::Aes256Gcm;
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::Zeroizing;

/// Key and commitment of a record.
pub(super) struct RecordKeys {
    aead: Zeroizing<[u8; 32]>,
    pub(super) commitment: KeyCommitment,
}

impl RecordKeys {
    pub(super) fn derive(message_key: &MessageKey, shred: &Shred, header: &RecordHeader) -> Self {
        let mut output = Zeroizing::new([0; 64]);
        Hkdf::<Sha512>::new(Some(&shred.0), message_key.expose())
            .expand(&frame(tags::RECORD_KEYS, &[&header.hash().0]), output.as_mut())
            .expect("64 bytes are one block of SHA-512, far below the limit of HKDF");
        let mut keys = Self {
            aead: Zeroizing::new([0; 32]),
            commitment: KeyCommitment([0; 32]),
        };
        keys.aead.copy_from_slice(&output[..32]);
        keys.commitment.0.copy_from_slice(&output[32..]);
        keys
    }

    /// Takes the key of the segments out.
    pub(super) fn into_aead(self) -> Zeroizing<[u8; 32]> {
        self.aead
    }

    /// Returns the cipher of the segments (STREAM of Hoang, Reyhanitabar, Rogaway and Vizár). Its nonce starts from
    /// zero: the key seals one content, once.
    pub(super) fn stream(&self) -> StreamBE32<Aes256Gcm> {
        let key: &aead_stream::Key<Aes256Gcm> = (&*self.aead).into();
        StreamBE32::new(key, &[0; 7].into())
    }
}

/// Returns whether the bytes are 1 to [`MAX_MEDIA_TYPE_BYTES`] visible ASCII characters or spaces.
pub(super) fn is_media_type(bytes: &[u8]) -> bool {
    (1..=MAX_MEDIA_TYPE_BYTES).contains(&bytes.len()) && bytes.iter().all(|byte| (0x20..0x7f).contains(byte))
}
