//! A key, and what it wraps.

use super::{ErasureKeyError, KeyPlace};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

/// Bytes of the nonce before what is wrapped.
const NONCE_BYTES: usize = 12;

/// What a key wraps. The discriminant is the first byte of the associated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Wrapped {
    /// A record's row, by the record's name.
    Row = 1,
    /// A deposit of shares, by patient and grant.
    Deposit = 2,
}

impl Wrapped {
    /// The context of the subkey: a key that wraps one thing wraps no other.
    const fn context(self) -> &'static str {
        match self {
            Self::Row => "aegle/erasure-key/row/v1",
            Self::Deposit => "aegle/erasure-key/deposit/v1",
        }
    }
}

/// A key, and where it is.
pub struct ErasureKey {
    pub(super) place: KeyPlace,
    pub(super) key: Zeroizing<[u8; 32]>,
}

impl ErasureKey {
    /// Returns where the key is.
    pub fn place(&self) -> KeyPlace {
        self.place
    }

    /// Wraps something of `owner`: a random nonce of 12 bytes, then AES-256-GCM, with what it is, its owner and the key's
    /// generation as associated data.
    ///
    /// # Errors
    /// [`ErasureKeyError::Randomness`].
    pub fn wrap(&self, what: Wrapped, owner: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, ErasureKeyError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| ErasureKeyError::Randomness)?;
        let aad = self.associated(what, owner);
        let sealed = self.cipher(what).encrypt(
            &nonce.into(),
            Payload {
                msg: plaintext,
                aad: &aad,
            },
        );
        let sealed = sealed.map_err(|_| ErasureKeyError::Unwrap)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`ErasureKey::wrap`] returned for the same `what` and `owner`.
    ///
    /// # Errors
    /// [`ErasureKeyError::Unwrap`].
    pub fn unwrap(&self, what: Wrapped, owner: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, ErasureKeyError> {
        let (nonce, sealed) = wrapped
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(ErasureKeyError::Unwrap)?;
        let aad = self.associated(what, owner);
        let opened = self
            .cipher(what)
            .decrypt(&(*nonce).into(), Payload { msg: sealed, aad: &aad });
        opened.map(Zeroizing::new).map_err(|_| ErasureKeyError::Unwrap)
    }

    fn cipher(&self, what: Wrapped) -> Aes256Gcm {
        let subkey = Zeroizing::new(blake3::derive_key(what.context(), self.key.as_ref()));
        Aes256Gcm::new((&*subkey).into())
    }

    fn associated(&self, what: Wrapped, owner: &[u8]) -> Vec<u8> {
        [&[what as u8][..], &self.place.generation.to_le_bytes(), owner].concat()
    }
}
