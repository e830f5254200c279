//! The proxy that this indexer runs: its key, and what it does with a share. One share alone opens nothing.
use aegle_crypto::{
    delegation::{ProxyShares, ShareError, VerifiedSplit},
    keys::EncryptionSecret,
    protocol::{ProxyIdentity, VerifiedDeposit},
    random::SystemRandom,
};
use aegle_rules::AccountId;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Begins what a proxy's account is the hash of, when it has none on chain.
const ACCOUNT_TAG: &[u8] = b"aegle/proxy-account/v1";

/// Why the proxy's key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The file cannot be read or written.
    #[error("cannot use the proxy's key {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not hold 32 bytes.
    #[error("{} does not hold a key", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

/// Why a deposit has no share for this proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DepositShareError {
    /// The split does not name this proxy.
    #[error("the split does not name this proxy")]
    NotNamed,
    /// The share does not open, or is not the one that the split commits to.
    #[error(transparent)]
    Share(#[from] ShareError),
}

/// The proxy.
pub struct Proxy {
    secret: EncryptionSecret,
    account: AccountId,
}

impl Proxy {
    /// The proxy whose key is in `data/proxy.key`; makes one that only its owner can read if there is none.
    ///
    /// `account` is the proxy's account on chain, if it has one; else its account follows from its key.
    ///
    /// # Errors
    /// [`ProxyError`].
    pub fn open(data: &Path, account: Option<AccountId>) -> Result<Self, ProxyError> {
        let path = data.join("proxy.key");
        let failed = |source| ProxyError::Io {
            path: path.clone(),
            source,
        };
        let secret = match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => {
                let seed: [u8; 32] = bytes
                    .as_slice()
                    .try_into()
                    .map_err(|_| ProxyError::Malformed { path: path.clone() })?;
                EncryptionSecret::from_seed(Zeroizing::new(seed))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = EncryptionSecret::generate(&mut SystemRandom);
                write_once(&path, secret.expose_seed()).map_err(failed)?;
                secret
            }
            Err(error) => return Err(failed(error)),
        };
        let derived = || {
            AccountId(
                Sha256::new_with_prefix(ACCOUNT_TAG)
                    .chain_update(secret.public_key().0)
                    .finalize()
                    .into(),
            )
        };
        let account = account.unwrap_or_else(derived);
        Ok(Self { secret, account })
    }

    /// What others know of the proxy.
    pub fn identity(&self) -> ProxyIdentity {
        ProxyIdentity {
            account: self.account,
            key: self.secret.public_key(),
        }
    }

    /// Opens this proxy's shares of a deposit, and checks them against its split.
    ///
    /// # Errors
    /// [`DepositShareError`].
    pub fn shares(&self, deposit: &VerifiedDeposit) -> Result<ProxyShares, DepositShareError> {
        let split: &VerifiedSplit = deposit.split();
        let index = split.proxy_index(&self.account).ok_or(DepositShareError::NotNamed)?;
        let sealed = deposit.share(index).ok_or(DepositShareError::NotNamed)?;
        Ok(ProxyShares::open(sealed, &self.secret, split, index)?)
    }
}

/// Writes a file that is there as a whole or not at all, and that nobody else can read at any moment.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = path.with_extension("key.new");
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&staged)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&staged, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_key_stays_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Proxy::open(folder.path(), None).unwrap().identity();
        assert_eq!(
            fs::metadata(folder.path().join("proxy.key")).unwrap().mode() & 0o777,
            0o600
        );
        assert_eq!(Proxy::open(folder.path(), None).unwrap().identity(), first);
        let named = Proxy::open(folder.path(), Some(AccountId([7; 32]))).unwrap().identity();
        assert_eq!((named.account, named.key), (AccountId([7; 32]), first.key));
        fs::write(folder.path().join("proxy.key"), [0; 31]).unwrap();
        assert!(matches!(
            Proxy::open(folder.path(), None),
            Err(ProxyError::Malformed { .. })
        ));
    }
}
