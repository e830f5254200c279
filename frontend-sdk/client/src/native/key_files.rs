//! Secrets in files that only their owner can read.

use crate::keystore::{Holder, KeyStore, KeyStoreError, SecretKind};
use aegle_rules::AccountId;
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// Length of a stored secret: 64 hexadecimal digits.
const STORED_BYTES: usize = 64;

/// What the name of a file ends with that holds the account of a recovery key.
const RECOVERY: &str = "recovery";
/// The longest text of an account: `0x`, 64 digits, and room for an end of the line.
const MAX_ACCOUNT_BYTES: u64 = 68;

/// A folder with one file a secret: `{holder}.{kind}`, mode 600, 64 hexadecimal digits. Whoever can read it has the
/// keys: it belongs on an encrypted disk. Beside the keys that came from a phrase stands `{holder}.recovery`: the account of
/// the recovery key, which is public, while that key itself is not here.
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

    /// Checks that nothing is kept of a holder.
    ///
    /// # Errors
    /// [`KeyStoreError::Exists`] or [`KeyStoreError::RecoveryExists`] when something is: keys of two people under one name would
    /// be taken for one person's.
    pub fn assert_unused(&self, holder: &Holder) -> Result<(), KeyStoreError> {
        for kind in SecretKind::ALL {
            if self.path(holder, kind).try_exists()? {
                return Err(exists(holder, kind));
            }
        }
        match self.recovery_path(holder).try_exists()? {
            true => Err(KeyStoreError::RecoveryExists { holder: holder.clone() }),
            false => Ok(()),
        }
    }

    /// Keeps several secrets, each of 32 bytes, and the account of a recovery key: all of them, or none where one is refused or
    /// cannot be written. A process that is killed meanwhile may leave some; [`KeyFiles::assert_unused`] tells.
    ///
    /// # Errors
    /// [`KeyStoreError::Exists`] or [`KeyStoreError::RecoveryExists`] when one is there: none is replaced; or a file cannot be
    /// written.
    pub fn add_all(
        &self,
        secrets: &[(Holder, SecretKind, &[u8; 32])],
        recovery: Option<(&Holder, AccountId)>,
    ) -> Result<(), KeyStoreError> {
        let mut pending = Vec::new();
        if let Some((holder, account)) = recovery {
            let refusal = KeyStoreError::RecoveryExists { holder: holder.clone() };
            pending.push((
                self.written(format!("{account}\n").as_bytes())?,
                self.recovery_path(holder),
                refusal,
            ));
        }
        for (holder, kind, secret) in secrets {
            pending.push((
                self.written(digits(secret).as_ref())?,
                self.path(holder, *kind),
                exists(holder, *kind),
            ));
        }
        let mut named: Vec<PathBuf> = Vec::new();
        for (file, path, refusal) in pending {
            if let Err(failure) = file.persist_noclobber(&path) {
                for path in named {
                    fs::remove_file(path)?;
                }
                return Err(match failure.error.kind() {
                    ErrorKind::AlreadyExists => refusal,
                    _ => failure.error.into(),
                });
            }
            named.push(path);
        }
        #[cfg(unix)]
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    /// Writes a file that has no name of a key yet, and that only its owner can read; it is removed unless it gets one.
    fn written(&self, bytes: &[u8]) -> Result<NamedTempFile, KeyStoreError> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Returns the account of a holder's recovery key; `None` where the keys did not come from a phrase.
    ///
    /// # Errors
    /// The file cannot be read, or holds no account.
    pub fn recovery(&self, holder: &Holder) -> Result<Option<AccountId>, KeyStoreError> {
        let file = match fs::File::open(self.recovery_path(holder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut text = String::new();
        file.take(MAX_ACCOUNT_BYTES).read_to_string(&mut text)?;
        let damaged = |_| KeyStoreError::RecoveryDamaged { holder: holder.clone() };
        text.trim().parse().map(Some).map_err(damaged)
    }

    fn recovery_path(&self, holder: &Holder) -> PathBuf {
        self.folder.join(format!("{holder}.{RECOVERY}"))
    }

    fn path(&self, holder: &Holder, kind: SecretKind) -> PathBuf {
        self.folder.join(format!("{holder}.{}", kind.name()))
    }
}

impl KeyStore for KeyFiles {
    fn add(&self, holder: &Holder, kind: SecretKind, secret: &[u8; 32]) -> Result<(), KeyStoreError> {
        self.add_all(&[(holder.clone(), kind, secret)], None)
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

/// Returns a secret in hexadecimal, in memory that is cleared.
pub(super) fn digits(secret: &[u8; 32]) -> Zeroizing<[u8; STORED_BYTES]> {
    let mut digits = Zeroizing::new([0; STORED_BYTES]);
    hex::encode_to_slice(secret, digits.as_mut()).expect("64 digits hold 32 bytes");
    digits
}

fn exists(holder: &Holder, kind: SecretKind) -> KeyStoreError {
    let holder = holder.clone();
    KeyStoreError::Exists { holder, kind }
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
    fn the_account_of_a_recovery_key_is_kept_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = KeyFiles::open(folder.path()).expect("opens");
        let holder: Holder = "ana".parse().expect("a name");
        assert_eq!(store.recovery(&holder).expect("reads"), None);
        let keep = |account| store.add_all(&[], Some((&holder, AccountId([account; 32]))));
        keep(7).expect("is kept");
        assert_eq!(store.recovery(&holder).expect("reads"), Some(AccountId([7; 32])));
        assert!(matches!(keep(8), Err(KeyStoreError::RecoveryExists { .. })));
        fs::write(store.recovery_path(&holder), "0x07").expect("writes");
        let damaged = store.recovery(&holder);
        assert!(matches!(damaged, Err(KeyStoreError::RecoveryDamaged { .. })));
    }

    #[test]
    fn several_secrets_are_kept_together_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = KeyFiles::open(folder.path()).expect("opens");
        let holder: Holder = "ana".parse().expect("a name");
        store.assert_unused(&holder).expect("nothing is kept");
        store.add(&holder, SecretKind::Domain, &[9; 32]).expect("is kept");
        let unused = store.assert_unused(&holder);
        assert!(matches!(
            unused,
            Err(KeyStoreError::Exists {
                kind: SecretKind::Domain,
                ..
            })
        ));

        // The last of them is there already, when the others have their names.
        let of = |kind, byte: &'static [u8; 32]| (holder.clone(), kind, byte);
        let secrets = [of(SecretKind::Account, &[1; 32]), of(SecretKind::Domain, &[2; 32])];
        let refused = store.add_all(&secrets, Some((&holder, AccountId([3; 32]))));
        assert!(matches!(
            refused,
            Err(KeyStoreError::Exists {
                kind: SecretKind::Domain,
                ..
            })
        ));
        let names = || {
            fs::read_dir(folder.path())
                .expect("lists")
                .map(|entry| entry.expect("is there").file_name())
        };
        assert_eq!(names().collect::<Vec<_>>(), ["ana.domain"]);
        assert_eq!(*store.get(&holder, SecretKind::Domain).expect("is there"), [9; 32]);

        let other: Holder = "ben".parse().expect("a name");
        let secrets = [
            (other.clone(), SecretKind::Account, &[1; 32]),
            (other.clone(), SecretKind::Master, &[2; 32]),
        ];
        store
            .add_all(&secrets, Some((&other, AccountId([3; 32]))))
            .expect("are kept");
        assert_eq!(*store.get(&other, SecretKind::Master).expect("is there"), [2; 32]);
        assert_eq!(store.recovery(&other).expect("reads"), Some(AccountId([3; 32])));
        assert_eq!(names().count(), 4);
        assert_eq!(store.holders().expect("lists"), [holder, other]);
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        for name in ["", "../root", "a/b", "a.b", &"x".repeat(65)] {
            assert!(name.parse::<Holder>().is_err(), "{name}");
        }
    }
}
