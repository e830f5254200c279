//! The proxy that this indexer runs: its key, and what it does with a share. One share alone opens nothing.
use crate::secret_file::{self, SecretFileError};
use aegle_protocol::{
    delegation::{ProxyShares, ShareError, VerifiedSplit},
    keys::EncryptionSecret,
    wire::{ProxyIdentity, VerifiedDeposit},
};
use aegle_rules::AccountId;
use std::path::Path;

/// A reason why a deposit has no share for this proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DepositShareError {
    /// The split does not name this proxy.
    #[error("the split does not name this proxy")]
    NotNamed,
    /// The deposit has no share for this proxy, which its split names.
    #[error("the split names this proxy, and there is no share for it")]
    Missing,
    /// The share does not open, or is not the one that the split commits to.
    #[error(transparent)]
    Share(#[from] ShareError),
}

/// The proxy.
pub(crate) struct Proxy {
    secret: EncryptionSecret,
    account: AccountId,
}

impl Proxy {
    /// Reads the proxy's key in `data/proxy.key`, or draws one that only its owner can read if there is none.
    ///
    /// `account` is the proxy's account on chain, if it has one; else its account follows from its key.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub(crate) fn open(data: &Path, account: Option<AccountId>) -> Result<Self, SecretFileError> {
        let secret = EncryptionSecret::from_seed(secret_file::open(&data.join("proxy.key"))?);
        let account = account.unwrap_or_else(|| ProxyIdentity::derived_account(&secret.public_key()));
        Ok(Self { secret, account })
    }

    /// Returns the account and the public key of the proxy.
    pub(crate) fn identity(&self) -> ProxyIdentity {
        ProxyIdentity {
            account: self.account,
            key: self.secret.public_key(),
        }
    }

    /// Opens this proxy's shares of a deposit, and checks them against its split.
    ///
    /// # Errors
    /// [`DepositShareError`].
    pub(crate) fn shares(&self, deposit: &VerifiedDeposit) -> Result<ProxyShares, DepositShareError> {
        let split: &VerifiedSplit = deposit.split();
        let index = split.proxy_index(&self.account).ok_or(DepositShareError::NotNamed)?;
        let sealed = deposit.share().ok_or(DepositShareError::Missing)?;
        Ok(ProxyShares::open(sealed, &self.secret, split, index)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::{fs, os::unix::fs::MetadataExt};

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
            Err(SecretFileError::Malformed { .. })
        ));
    }
}
