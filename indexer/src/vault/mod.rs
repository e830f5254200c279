//! Ciphertexts, by the name of their record. Whole objects, written once, synced to disk before anybody hears of them.
use aegle_crypto::record::RecordId;
use object_store::{
    ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, local::LocalFileSystem, path::Path as ObjectPath,
};
use std::{fs, path::Path, sync::Arc};

/// Longest ciphertext that the vault takes: 64 MiB.
pub const MAX_CIPHERTEXT_BYTES: usize = 64 * 1024 * 1024;

/// Why the vault refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The record has another ciphertext already.
    #[error("the record has another ciphertext already")]
    Different,
    /// The folder cannot be made.
    #[error("cannot prepare the vault: {0}")]
    Folder(#[from] std::io::Error),
    /// The object store refused.
    #[error("the vault's store refused: {0}")]
    Store(#[from] object_store::Error),
}

/// The ciphertexts of every record.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn ObjectStore>,
}

impl Vault {
    /// The vault in `data/vault`.
    ///
    /// # Errors
    /// [`VaultError`] if the folder cannot be made.
    pub fn open(data: &Path) -> Result<Self, VaultError> {
        let folder = data.join("vault");
        fs::create_dir_all(&folder)?;
        Ok(Self {
            store: Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)),
        })
    }

    /// Stores a ciphertext, once; the same bytes again change nothing.
    ///
    /// # Errors
    /// [`VaultError::Different`] if the record has other bytes.
    pub async fn put(&self, record: &RecordId, bytes: axum::body::Bytes) -> Result<(), VaultError> {
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        match self
            .store
            .put_opts(&path(record), PutPayload::from_bytes(bytes.clone()), options)
            .await
        {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => match self.get(record).await? {
                Some(there) if there == bytes => Ok(()),
                _ => Err(VaultError::Different),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// A ciphertext; `None` if there is none.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn get(&self, record: &RecordId) -> Result<Option<axum::body::Bytes>, VaultError> {
        match self.store.get(&path(record)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How many bytes the ciphertext has; `None` if there is none.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn length(&self, record: &RecordId) -> Result<Option<u64>, VaultError> {
        match self.store.head(&path(record)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// `ab/ab01...`: 256 folders, so that none gets too long.
fn path(record: &RecordId) -> ObjectPath {
    let name = hex::encode(record.0);
    ObjectPath::from_iter([&name[..2], &name])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_ciphertext_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let (record, bytes) = (RecordId([0xab; 16]), axum::body::Bytes::from_static(b"ciphertext"));
        assert!(vault.get(&record).await.unwrap().is_none());
        assert_eq!(vault.length(&record).await.unwrap(), None);
        vault.put(&record, bytes.clone()).await.unwrap();
        vault.put(&record, bytes.clone()).await.unwrap();
        assert!(matches!(
            vault.put(&record, bytes.slice(..4)).await,
            Err(VaultError::Different)
        ));
        assert_eq!(vault.get(&record).await.unwrap(), Some(bytes));
        assert_eq!(vault.length(&record).await.unwrap(), Some(10));
        let reopened = Vault::open(folder.path()).unwrap();
        assert!(reopened.get(&record).await.unwrap().is_some());
    }
}
