//! Where secrets are kept.

use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// Longest name of a key holder, in bytes.
pub const MAX_HOLDER_BYTES: usize = 64;

/// The name under which a person or organisation keeps its keys: letters, digits and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(String);

impl Holder {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name under which the domain key of a later epoch is kept.
    ///
    /// # Errors
    /// The name is too long with it.
    pub fn at_epoch(&self, epoch: u16) -> Result<Self, KeyStoreError> {
        format!("{self}-epoch-{epoch}").parse()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Holder {
    type Err = KeyStoreError;

    fn from_str(text: &str) -> Result<Self, KeyStoreError> {
        let valid = (1..=MAX_HOLDER_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(KeyStoreError::InvalidName)
        }
    }
}

/// The use of a secret. Each is 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SecretKind {
    /// Seed of the account that signs.
    Account,
    /// Secret key to which others seal.
    Encryption,
    /// A patient's master secret: all keys of all their records follow from it.
    Master,
    /// Seed of a custodian's search domain.
    Domain,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Account, Self::Encryption, Self::Master, Self::Domain];

    /// Returns the name of the kind in a key store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Encryption => "encryption",
            Self::Master => "master",
            Self::Domain => "domain",
        }
    }
}

/// The reason why a key store did not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// The name has other characters than letters, digits and `-`, or is too long.
    #[error("a name of keys has 1 to {MAX_HOLDER_BYTES} letters, digits or '-'")]
    InvalidName,
    /// There is such a secret already: a secret is never replaced.
    #[error("{holder} has a {} key already", kind.name())]
    Exists {
        /// The holder.
        holder: Holder,
        /// The use.
        kind: SecretKind,
    },
    /// There is no such secret.
    #[error("{holder} has no {} key here", kind.name())]
    Missing {
        /// The holder.
        holder: Holder,
        /// The use.
        kind: SecretKind,
    },
    /// The stored text is not 64 hexadecimal digits.
    #[error("the stored {} key of {holder} is damaged", kind.name())]
    Damaged {
        /// The holder.
        holder: Holder,
        /// The use.
        kind: SecretKind,
    },
    /// Others than the owner may read the file.
    #[error("the {} key of {holder} can be read by others: set its file's mode to 600", kind.name())]
    Exposed {
        /// The holder.
        holder: Holder,
        /// The use.
        kind: SecretKind,
    },
    /// The account of a recovery key is kept already: it is never replaced.
    #[error("{holder} has a recovery key here already: choose another name")]
    RecoveryExists {
        /// The holder.
        holder: Holder,
    },
    /// The file of a recovery key's account holds none.
    #[error(
        "the file with the recovery key's account of {holder} is damaged: remove it, and restore the keys from the phrase"
    )]
    RecoveryDamaged {
        /// The holder.
        holder: Holder,
    },
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness(#[from] getrandom::Error),
    /// The store cannot be read or written.
    #[error("the key store cannot be used")]
    Io(#[from] std::io::Error),
}

/// A place for secrets. They are kept until somebody deletes them by hand: no part of Aegle does.
pub trait KeyStore {
    /// Stores a secret of 32 bytes.
    ///
    /// # Errors
    /// [`KeyStoreError::Exists`] when there is one already: a secret is never replaced.
    fn add(&self, holder: &Holder, kind: SecretKind, secret: &[u8; 32]) -> Result<(), KeyStoreError>;

    /// Returns the secret.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] when there is none.
    fn get(&self, holder: &Holder, kind: SecretKind) -> Result<Zeroizing<[u8; 32]>, KeyStoreError>;

    /// Returns the holders whose secrets are stored, in order.
    ///
    /// # Errors
    /// The store cannot be read.
    fn holders(&self) -> Result<Vec<Holder>, KeyStoreError>;

    /// Returns the secret; draws it at random and stores it if there was none.
    ///
    /// # Errors
    /// The store cannot be used.
    fn get_or_create(&self, holder: &Holder, kind: SecretKind) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        match self.get(holder, kind) {
            Err(KeyStoreError::Missing { .. }) => {}
            other => return other,
        }
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut())?;
        self.add(holder, kind, &secret)?;
        Ok(secret)
    }
}
