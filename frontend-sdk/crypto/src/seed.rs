//! The seed that a person's phrase encodes, and the keys that follow from it.
//!
//! The phrase is 24 words of BIP-39's English list: 256 bits of entropy and a checksum of 8. These bits are the seed itself;
//! BIP-39's PBKDF2 and its passphrase are not used, which stretch entropy that is short. Every key follows from the seed by
//! HKDF-SHA-512 (RFC 5869) with an information of its own:
//!
//! ```text
//! PRK = HKDF-Extract(salt = "aegle/seed/v1", IKM = seed)
//! key = HKDF-Expand(PRK, info = lp(tag), L = 32)      lp: the length before the bytes, as 4 bytes big-endian
//! ```
//!
//! HKDF is one-way: no key leads to the seed or to another key. A device keeps the master secret and the account's key, and
//! neither the seed nor the recovery key, so that who steals it cannot be taken for who has the phrase.

use crate::master::MasterSecret;
use aegle_protocol::{CryptoRng, digest::frame, random::draw, seal::EncryptionSecret, tags};
use bip39::{Language, Mnemonic};
use hkdf::Hkdf;
use sha2::Sha512;
use zeroize::Zeroizing;

/// Number of words of a phrase.
pub const PHRASE_WORDS: usize = 24;

/// Longest word of BIP-39's English list, in bytes.
const MAX_WORD_BYTES: usize = 8;

/// The reason why a phrase is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhraseError {
    /// Not 24 words.
    #[error("these are {0} words, and a phrase has {PHRASE_WORDS}: look for one that is missing or there twice")]
    Length(usize),
    /// A word is not in BIP-39's English list. The first word is 1.
    #[error("word {0} is not in BIP-39's English list: look for a slip in it")]
    Word(usize),
    /// The checksum does not fit.
    #[error("these words do not belong together: one of them is another word of the list, or stands in another place")]
    Checksum,
}

impl From<bip39::Error> for PhraseError {
    fn from(error: bip39::Error) -> Self {
        match error {
            bip39::Error::BadWordCount(count) => Self::Length(count),
            bip39::Error::UnknownWord(index) => Self::Word(index.saturating_add(1)),
            _ => Self::Checksum,
        }
    }
}

/// 32 bytes that only a phrase keeps: whoever has them has the account, the records and the recovery key. It lives as long as
/// keys are derived from it, and its memory is cleared when it is dropped.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Draws a fresh seed of 32 bytes.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self(Zeroizing::new(draw(random)))
    }

    /// Decodes the 24 words that [`Seed::to_phrase`] returned. Capital letters and any white space between words do not
    /// count.
    ///
    /// # Errors
    /// See [`PhraseError`]: of several, the first of them.
    pub fn from_phrase(phrase: &str) -> Result<Self, PhraseError> {
        let count = phrase.split_whitespace().count();
        if count != PHRASE_WORDS {
            return Err(PhraseError::Length(count));
        }
        let phrase = Zeroizing::new(phrase.to_ascii_lowercase());
        let words = Mnemonic::parse_in_normalized(Language::English, &phrase)?;
        let entropy = Zeroizing::new(words.to_entropy());
        let bytes = entropy
            .as_slice()
            .try_into()
            .expect("24 words have 32 bytes of entropy");
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// Encodes the seed as 24 English words of BIP-39, for writing down.
    pub fn to_phrase(&self) -> Zeroizing<String> {
        let words = Mnemonic::from_entropy(&*self.0).expect("32 bytes are the entropy of 24 words");
        // Room for all of them, so that none is left where a buffer was before it grew.
        let mut phrase = Zeroizing::new(String::with_capacity(PHRASE_WORDS * (MAX_WORD_BYTES + 1)));
        for (index, word) in words.words().enumerate() {
            if index > 0 {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        phrase
    }

    /// Derives the patient's master secret.
    pub fn master_secret(&self) -> MasterSecret {
        MasterSecret::from_bytes(self.derive(tags::SEED_MASTER))
    }

    /// Derives the 32 bytes from which the key of the patient's account follows: an sr25519 mini secret key.
    pub fn account_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive(tags::SEED_ACCOUNT)
    }

    /// Derives the 32 bytes of the patient's recovery key, of the same kind. The caller keeps them nowhere.
    pub fn recovery_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive(tags::SEED_RECOVERY)
    }

    /// Derives the 32 bytes of the key of the account with which the same person reads others' records. It is another account,
    /// so that nobody sees on the chain that they are the same person.
    pub fn reader_account_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive(tags::SEED_READER_ACCOUNT)
    }

    /// Derives the encryption key of that account.
    pub fn reader_encryption_secret(&self) -> EncryptionSecret {
        EncryptionSecret::from_seed(self.derive(tags::SEED_READER_ENCRYPTION))
    }

    fn derive(&self, tag: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha512>::new(Some(tags::SEED.as_bytes()), &*self.0)
            .expand(&frame(tag, &[]), key.as_mut())
            .expect("32 bytes are far below the limit of HKDF");
        key
    }
}
