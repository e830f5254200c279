//! A backup of somebody's keys: a file that a passphrase opens.
//!
//! The key is stretched from the passphrase by Argon2id with the second recommended option of RFC 9106, section 4 (64 MiB, 3
//! passes, 4 lanes, a salt of 128 bits): 32 bytes for AES-256-GCM, and 32 that stand in the file and commit to the key, so that
//! a wrong passphrase is told from a damaged file. The parameters belong to the format and are not read from the file.
//!
//! What stands in it are the secrets of the key store: neither a phrase nor a recovery key, which no device has.

use crate::keystore::{Holder, KeyStore, KeyStoreError, SecretKind};
use crate::native::{KeyFiles, key_files::digits};
use aegle_protocol::{digest::frame, tags};
use aegle_rules::AccountId;
use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Name of the format.
const FORMAT: &str = "aegle/key-backup/v1";
/// Memory of Argon2id in KiB: 64 MiB.
const MEMORY_KIB: u32 = 64 * 1_024;
/// Passes of Argon2id over its memory.
const PASSES: u32 = 3;
/// Lanes of Argon2id.
const LANES: u32 = 4;
/// Length of the salt in bytes.
const SALT_BYTES: usize = 16;
/// Length of the nonce in bytes.
const NONCE_BYTES: usize = 12;
/// Length of the key, and of the commitment to it, in bytes.
const KEY_BYTES: usize = 32;
/// Fewest characters of a passphrase: the file may be copied and tried out anywhere, for as long as it takes.
pub const MIN_PASSPHRASE_CHARS: usize = 12;
/// Most bytes of a backup that are read: room for the domain keys of every epoch.
pub const MAX_BACKUP_BYTES: u64 = 32 * 1_024 * 1_024;

/// Most bytes that a secret takes as JSON: 64 digits, names of at most 40 bytes, and a number.
const MAX_KEPT_BYTES: usize = 160;
/// Most bytes that the rest takes: 68 of an account, what stands around, and the tag of the sealing.
const MAX_REST_BYTES: usize = 256;

/// The reason why a backup was not made or not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The passphrase is too short.
    #[error(
        "the passphrase has {0} characters: take {MIN_PASSPHRASE_CHARS} or more, such as five words that you draw at random"
    )]
    WeakPassphrase(usize),
    /// The holder has no keys.
    #[error("{0} has no keys here: choose whose keys to keep with --as")]
    Nothing(Holder),
    /// The file is no backup of this format.
    #[error(
        "the file is no backup of keys that this release reads: take the one that `aegle keys backup` wrote, as it was"
    )]
    Format,
    /// The passphrase is another one.
    #[error("the passphrase does not open this backup")]
    Passphrase,
    /// What the passphrase opens was changed.
    #[error("the backup is damaged: take another copy of it")]
    Damaged,
    /// The system gives no randomness, or not the memory that the passphrase takes.
    #[error("the system does not give the 64 MiB of memory that the passphrase takes, or no randomness")]
    Resources,
    /// The key store.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
}

/// A secret in a backup.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptSecret {
    /// The epoch of a domain key that followed the first one; nothing for any other secret.
    epoch: Option<u16>,
    kind: String,
    #[serde(serialize_with = "as_digits", deserialize_with = "hex::serde::deserialize")]
    secret: [u8; 32],
}

fn as_digits<S: serde::Serializer>(secret: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(std::str::from_utf8(digits(secret).as_ref()).expect("digits are ASCII"))
}

impl Drop for KeptSecret {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// What a backup holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    secrets: Vec<KeptSecret>,
    /// The account of the recovery key.
    recovery: Option<AccountId>,
}

/// The keys of somebody, to be written to a backup or restored from one.
pub struct KeyBackup(Contents);

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    format: String,
    #[serde(with = "hex::serde")]
    salt: [u8; SALT_BYTES],
    #[serde(with = "hex::serde")]
    nonce: [u8; NONCE_BYTES],
    /// The commitment to the key.
    #[serde(with = "hex::serde")]
    commitment: [u8; KEY_BYTES],
    #[serde(with = "hex::serde")]
    sealed: Vec<u8>,
}

/// What a passphrase is stretched to.
struct Stretched {
    key: Zeroizing<[u8; KEY_BYTES]>,
    commitment: [u8; KEY_BYTES],
}

fn stretch(passphrase: &str, salt: &[u8; SALT_BYTES]) -> Result<Stretched, BackupError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(2 * KEY_BYTES)).expect("parameters of RFC 9106");
    let mut both = Zeroizing::new([0; 2 * KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, both.as_mut())
        .map_err(|_| BackupError::Resources)?;
    let mut stretched = Stretched {
        key: Zeroizing::new([0; KEY_BYTES]),
        commitment: [0; KEY_BYTES],
    };
    stretched.key.copy_from_slice(&both[..KEY_BYTES]);
    stretched.commitment.copy_from_slice(&both[KEY_BYTES..]);
    Ok(stretched)
}

fn holder_of(holder: &Holder, epoch: Option<u16>) -> Result<Holder, KeyStoreError> {
    epoch.map_or_else(|| Ok(holder.clone()), |epoch| holder.at_epoch(epoch))
}

impl KeyBackup {
    /// Reads all keys of a holder, with the domain keys of every epoch.
    ///
    /// # Errors
    /// There are none, or the store cannot be read.
    pub fn of(store: &KeyFiles, holder: &Holder) -> Result<Self, BackupError> {
        let mut secrets = Vec::new();
        for kind in SecretKind::ALL {
            secrets.extend(kept(store, holder, None, kind)?);
        }
        if secrets.is_empty() {
            return Err(BackupError::Nothing(holder.clone()));
        }
        for epoch in 1..=u16::MAX {
            match kept(store, holder, Some(epoch), SecretKind::Domain)? {
                Some(secret) => secrets.push(secret),
                None => break,
            }
        }
        let recovery = store.recovery(holder)?;
        Ok(Self(Contents { secrets, recovery }))
    }

    /// Puts every key into the store, under a name that has none yet.
    ///
    /// # Errors
    /// The name has keys already, of which none is replaced; or the backup names a use of keys that this release does not know.
    pub fn restore(&self, store: &KeyFiles, holder: &Holder) -> Result<(), BackupError> {
        store.assert_unused(holder)?;
        let mut secrets = Vec::with_capacity(self.0.secrets.len());
        for kept in &self.0.secrets {
            let kind = SecretKind::ALL.into_iter().find(|kind| kind.name() == kept.kind);
            let kind = kind.ok_or(BackupError::Format)?;
            secrets.push((holder_of(holder, kept.epoch)?, kind, &kept.secret));
        }
        let recovery = self.0.recovery.map(|account| (holder, account));
        Ok(store.add_all(&secrets, recovery)?)
    }

    /// Seals the keys under a passphrase; returns the text of the file.
    ///
    /// # Errors
    /// The passphrase is short, or the system lacks memory or randomness.
    pub fn seal(&self, passphrase: &str) -> Result<String, BackupError> {
        let count = passphrase.chars().count();
        if count < MIN_PASSPHRASE_CHARS {
            return Err(BackupError::WeakPassphrase(count));
        }
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        for bytes in [&mut salt[..], &mut nonce[..]] {
            getrandom::fill(bytes).map_err(|_| BackupError::Resources)?;
        }
        let Stretched { key, commitment } = stretch(passphrase, &salt)?;
        // Encrypted in place, and in a buffer that does not move while it grows, so that nothing of it is left.
        let room = self
            .0
            .secrets
            .len()
            .saturating_mul(MAX_KEPT_BYTES)
            .saturating_add(MAX_REST_BYTES);
        let mut sealed = Vec::with_capacity(room);
        let capacity = sealed.capacity();
        serde_json::to_writer(&mut sealed, &self.0).expect("a backup is plain JSON");
        debug_assert!(
            sealed.capacity() == capacity,
            "a secret would be left where the buffer was"
        );
        Aes256Gcm::new(key.as_slice().try_into().expect("the key has 32 bytes"))
            .encrypt_in_place(&nonce.into(), &frame(tags::KEY_BACKUP, &[&salt]), &mut sealed)
            .map_err(|_| BackupError::Resources)?;
        let file = Sealed {
            format: FORMAT.into(),
            salt,
            nonce,
            commitment,
            sealed,
        };
        Ok(serde_json::to_string(&file).expect("a sealed backup is plain JSON"))
    }

    /// Opens the text of a file with its passphrase.
    ///
    /// # Errors
    /// It is no backup, the passphrase is another one, or something of it was changed.
    pub fn open(text: &str, passphrase: &str) -> Result<Self, BackupError> {
        let file: Sealed = serde_json::from_str(text).map_err(|_| BackupError::Format)?;
        if file.format != FORMAT {
            return Err(BackupError::Format);
        }
        let Stretched { key, commitment } = stretch(passphrase, &file.salt)?;
        if !bool::from(commitment.ct_eq(&file.commitment)) {
            return Err(BackupError::Passphrase);
        }
        let mut bytes = Zeroizing::new(file.sealed);
        Aes256Gcm::new(key.as_slice().try_into().expect("the key has 32 bytes"))
            .decrypt_in_place(&file.nonce.into(), &frame(tags::KEY_BACKUP, &[&file.salt]), &mut *bytes)
            .map_err(|_| BackupError::Damaged)?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|_| BackupError::Format)
    }
}

fn kept(
    store: &KeyFiles,
    holder: &Holder,
    epoch: Option<u16>,
    kind: SecretKind,
) -> Result<Option<KeptSecret>, KeyStoreError> {
    match store.get(&holder_of(holder, epoch)?, kind) {
        Ok(secret) => Ok(Some(KeptSecret {
            epoch,
            kind: kind.name().into(),
            secret: *secret,
        })),
        Err(KeyStoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    const PASSPHRASE: &str = "seven tall geese in a row";

    fn store(folder: &Path) -> KeyFiles {
        KeyFiles::open(folder).unwrap()
    }

    fn backup() -> KeyBackup {
        let folder = tempfile::tempdir().unwrap();
        let (store, holder) = (store(folder.path()), "hospital".parse().unwrap());
        let empty = KeyBackup::of(&store, &holder).err();
        assert!(matches!(empty, Some(BackupError::Nothing(_))));
        store.add(&holder, SecretKind::Account, &[1; 32]).unwrap();
        store.add(&holder, SecretKind::Domain, &[2; 32]).unwrap();
        let later: Holder = "hospital-epoch-1".parse().unwrap();
        store.add(&later, SecretKind::Domain, &[3; 32]).unwrap();
        store.add_all(&[], Some((&holder, AccountId([4; 32])))).unwrap();
        KeyBackup::of(&store, &holder).unwrap()
    }

    #[test]
    fn every_key_comes_back_once_under_any_name() {
        let sealed = backup().seal(PASSPHRASE).unwrap();
        let opened = KeyBackup::open(&sealed, PASSPHRASE).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (store, holder) = (store(folder.path()), "clinic".parse().unwrap());
        opened.restore(&store, &holder).unwrap();
        assert_eq!(*store.get(&holder, SecretKind::Account).unwrap(), [1; 32]);
        assert_eq!(*store.get(&holder, SecretKind::Domain).unwrap(), [2; 32]);
        let later = "clinic-epoch-1".parse().unwrap();
        assert_eq!(*store.get(&later, SecretKind::Domain).unwrap(), [3; 32]);
        assert_eq!(store.recovery(&holder).unwrap(), Some(AccountId([4; 32])));
        let again = opened.restore(&store, &holder);
        assert!(matches!(again, Err(BackupError::Store(KeyStoreError::Exists { .. }))));

        // Beside a key of another kind nothing is put, and nothing where a later epoch has a key already.
        for (used, kind) in [("ben", SecretKind::Encryption), ("eva-epoch-1", SecretKind::Domain)] {
            store.add(&used.parse().unwrap(), kind, &[9; 32]).unwrap();
            let holder = used[..3].parse().unwrap();
            let refused = opened.restore(&store, &holder);
            assert!(
                matches!(refused, Err(BackupError::Store(KeyStoreError::Exists { .. }))),
                "{used}"
            );
            let account = store.get(&holder, SecretKind::Account);
            assert!(matches!(account, Err(KeyStoreError::Missing { .. })), "{used}");
            assert_eq!(store.recovery(&holder).unwrap(), None, "{used}");
        }
    }

    #[test]
    fn the_buffer_of_a_backup_has_room_for_every_epoch() {
        let secret = |epoch| KeptSecret {
            epoch: Some(epoch),
            kind: SecretKind::Encryption.name().into(),
            secret: [0xff; 32],
        };
        let recovery = Some(AccountId([4; 32]));
        for count in [0, 1, 3, 1_000] {
            let secrets = (0..count).map(|epoch| secret(u16::MAX - epoch)).collect();
            KeyBackup(Contents { secrets, recovery }).seal(PASSPHRASE).unwrap();
        }
    }

    #[test]
    fn what_was_changed_and_who_has_not_the_passphrase_is_refused() {
        let sealed = backup().seal(PASSPHRASE).unwrap();
        let refused = |text: &str| KeyBackup::open(text, PASSPHRASE).err().map(|error| error.to_string());
        let wrong = KeyBackup::open(&sealed, "seven tall geese in a raw").err();
        assert!(matches!(wrong, Some(BackupError::Passphrase)));
        let short = backup().seal("elevenchars").err();
        assert!(matches!(short, Some(BackupError::WeakPassphrase(11))));
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        for (field, said) in [
            ("format", "no backup"),
            ("salt", "does not open"),
            ("commitment", "does not open"),
            ("nonce", "damaged"),
            ("sealed", "damaged"),
        ] {
            let mut file = read(&sealed);
            let value = file[field].as_str().unwrap();
            let (rest, last) = value.split_at(value.len() - 1);
            file[field] = format!("{rest}{}", if last == "0" { "1" } else { "0" }).into();
            let told = refused(&file.to_string()).unwrap();
            assert!(told.contains(said), "{field}: {told}");
        }
        for text in ["", "{}", &sealed[1..], &sealed.replace("salt", "pepper")] {
            assert!(refused(text).unwrap().contains("no backup"), "{text}");
        }
        // The same keys under the same passphrase are another file each time.
        assert_ne!(
            read(&sealed)["sealed"],
            read(&backup().seal(PASSPHRASE).unwrap())["sealed"]
        );
    }

    #[test]
    fn argon2id_is_that_of_rfc_9106() {
        // Section 5.3, which has a secret and associated data besides.
        let mut params = argon2::ParamsBuilder::new();
        params.m_cost(32).t_cost(3).p_cost(4).output_len(32);
        params.data(argon2::AssociatedData::new(&[4; 12]).unwrap());
        let secret = [3; 8];
        let params = params.build().unwrap();
        let hasher = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        hasher.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
        assert_eq!(hex::encode(tag), expected);
    }
}
