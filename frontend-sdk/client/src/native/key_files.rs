//! Secrets in files that only their owner can read.

use crate::keystore::{Holder, KeyStore, KeyStoreError, SecretKind};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Length of a stored secret: 64 hexadecimal digits.
const STORED_BYTES: usize = 64;

/// A folder with one file a secret: `{holder}.{kind}`, mode 600, 64 hexadecimal digits. Whoever can read it has the
/// keys: it belongs on an encrypted disk.
pub struct KeyFiles {
    folder: PathBuf,
}

impl KeyFiles {
    /// Opens the key store in `folder`, which is made with mode 700 if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, KeyStoreError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        Ok(Self { folder: folder.into() })
    }

    fn path(&self, holder: &Holder, kind: SecretKind) -> PathBuf {
        self.folder.join(format!("{holder}.{}", kind.name()))
    }
}

impl KeyStore for KeyFiles {
    fn add(&self, holder: &Holder, kind: SecretKind, secret: &[u8; 32]) -> Result<(), KeyStoreError> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(self.path(holder, kind))
            .map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => KeyStoreError::Exists {
                    holder: holder.clone(),
                    kind,
                },
                _ => error.into(),
            })?;
        let mut digits = Zeroizing::new([0; STORED_BYTES]);
        hex::encode_to_slice(secret, digits.as_mut()).expect("64 digits hold 32 bytes");
        file.write_all(digits.as_ref())?;
        file.sync_all()?;
        Ok(())
    }

    fn get(&self, holder: &Holder, kind: SecretKind) -> Result<Zeroizing<[u8; 32]>, KeyStoreError> {
        let mut file = fs::File::open(self.path(holder, kind)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => KeyStoreError::Missing {
                holder: holder.clone(),
                kind,
            },
            _ => error.into(),
        })?;
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o077 != 0 {
            return Err(KeyStoreError::Exposed {
                holder: holder.clone(),
                kind,
            });
        }
        let damaged = || KeyStoreError::Damaged {
            holder: holder.clone(),
            kind,
        };
        // One byte more than it should have tells a longer file.
        let mut digits = Zeroizing::new(Vec::with_capacity(STORED_BYTES + 1));
        (&mut file).take(STORED_BYTES as u64 + 1).read_to_end(&mut digits)?;
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits.as_slice(), secret.as_mut()).map_err(|_| damaged())?;
        Ok(secret)
    }

    fn holders(&self) -> Result<Vec<Holder>, KeyStoreError> {
        let mut holders = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let holder = name
                .to_str()
                .and_then(|name| name.split_once('.'))
                .map(|(holder, _)| holder.parse());
            holders.extend(holder.and_then(Result::ok));
        }
        holders.sort_unstable();
        holders.dedup();
        Ok(holders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_kept_once_and_only_for_their_owner() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = KeyFiles::open(&folder.path().join("keys")).expect("opens");
        let holder: Holder = "dr-ada".parse().expect("a name");
        assert!(matches!(
            store.get(&holder, SecretKind::Account),
            Err(KeyStoreError::Missing { .. })
        ));
        let secret = store.get_or_create(&holder, SecretKind::Account).expect("is created");
        assert_eq!(secret, store.get(&holder, SecretKind::Account).expect("is there"));
        let again = store.add(&holder, SecretKind::Account, &[1; 32]);
        assert!(matches!(again, Err(KeyStoreError::Exists { .. })));
        assert_eq!(store.holders().expect("lists"), std::slice::from_ref(&holder));

        let path = store.path(&holder, SecretKind::Account);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changes");
            assert!(matches!(
                store.get(&holder, SecretKind::Account),
                Err(KeyStoreError::Exposed { .. })
            ));
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changes");
        }
        fs::write(&path, "not hexadecimal").expect("writes");
        assert!(matches!(
            store.get(&holder, SecretKind::Account),
            Err(KeyStoreError::Damaged { .. })
        ));
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        for name in ["", "../root", "a/b", "a.b", &"x".repeat(65)] {
            assert!(name.parse::<Holder>().is_err(), "{name}");
        }
    }
}
