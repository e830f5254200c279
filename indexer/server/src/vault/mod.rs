//! Ciphertexts, by the name of their record. Whole objects, synced to disk before anybody hears of them; which bytes a
//! record has is decided by its row in Postgres, which is there before them.
use aegle_protocol::record::RecordId;
use axum::body::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as ObjectPath};
use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

mod pieces;
mod scrub;
mod sweep;

pub use scrub::CiphertextState;
pub(crate) use scrub::scrub;
pub use sweep::{SweepError, UNNAMED_LIFETIME_MS, sweep};

/// Objects that are written or deleted at the same time: while one waits for the disk, the others are on their way.
const PARALLEL_WRITES: usize = 32;

/// A reason why the vault refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The folder cannot be made.
    #[error("cannot prepare the vault: {0}")]
    Folder(#[from] std::io::Error),
    /// The object store refused.
    #[error("the vault's store refused: {0}")]
    Store(#[from] object_store::Error),
}

/// The ciphertext of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    /// The record's name.
    pub record: RecordId,
    /// The bytes.
    pub bytes: Bytes,
}

/// The ciphertexts of every record.
#[derive(Clone)]
pub struct Vault {
    store: Arc<dyn ObjectStore>,
    /// Pieces of those that are not whole yet.
    pieces: Arc<dyn ObjectStore>,
    /// The folders of both.
    folders: Arc<[PathBuf; 2]>,
}

impl Vault {
    /// Opens the vault in `data/vault`, with the pieces of large ciphertexts in `data/pieces`, and makes what there is not.
    ///
    /// # Errors
    /// [`VaultError`] if a folder cannot be made.
    pub fn open(data: &Path) -> Result<Self, VaultError> {
        let open = |name: &str| -> Result<LocalFileSystem, VaultError> {
            let folder = data.join(name);
            fs::create_dir_all(&folder)?;
            Ok(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
        };
        Ok(Self {
            store: Arc::new(open("vault")?),
            pieces: Arc::new(open("pieces")?.with_automatic_cleanup(true)),
            folders: Arc::new(["vault", "pieces"].map(|name| data.join(name))),
        })
    }

    /// Stores ciphertexts, each whole, in place of what is there under its name. When this returns they are on disk for
    /// good.
    ///
    /// # Errors
    /// [`VaultError::Store`]; some of them may be stored then.
    pub async fn put(&self, ciphertexts: Vec<Ciphertext>) -> Result<(), VaultError> {
        let writing = stream::iter(ciphertexts).map(async |Ciphertext { record, bytes }| {
            self.store.put(&path(&record), PutPayload::from_bytes(bytes)).await?;
            Ok(())
        });
        writing.buffer_unordered(PARALLEL_WRITES).try_collect().await
    }

    /// Deletes the ciphertexts of these records, and pieces of them; those that are not there are none.
    ///
    /// # Errors
    /// [`VaultError::Store`]; some of them may be deleted then.
    pub async fn delete(&self, records: Vec<RecordId>) -> Result<(), VaultError> {
        for record in &records {
            self.delete_pieces(record).await?;
        }
        delete(self.store.as_ref(), records.iter().map(path).collect()).await
    }

    /// Returns a ciphertext; `None` if there is none.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn get(&self, record: &RecordId) -> Result<Option<Bytes>, VaultError> {
        match self.store.get(&path(record)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lists everything that is in the vault.
    pub fn list(&self) -> impl Stream<Item = Result<VaultObject, VaultError>> + Unpin + use<> {
        let listed = self.store.list(None);
        listed.map(|object| Ok(VaultObject(object?.location)))
    }

    /// Returns the length of a ciphertext in bytes; `None` if there is none.
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

/// Deletes objects of a store; those that are not there are none.
async fn delete(store: &dyn ObjectStore, objects: Vec<ObjectPath>) -> Result<(), VaultError> {
    let deleting = stream::iter(objects).map(async |object| match store.delete(&object).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    });
    deleting.buffer_unordered(PARALLEL_WRITES).try_collect().await
}

/// Something that is in the vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultObject(ObjectPath);

impl VaultObject {
    /// Returns the record whose ciphertext it is; `None` where it is of none.
    pub fn record(&self) -> Option<RecordId> {
        let mut name = [0; 16];
        hex::decode_to_slice(self.0.filename()?, &mut name).ok()?;
        let record = RecordId(name);
        (path(&record) == self.0).then_some(record)
    }
}

impl fmt::Display for VaultObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns `ab/ab01...` for a name: 256 folders, so that none gets too long.
fn path(record: &RecordId) -> ObjectPath {
    let name = hex::encode(record.0);
    ObjectPath::from_iter([&name[..2], &name])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn what_was_put_is_there_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let (first, second) = (RecordId([0xab; 16]), RecordId([0xac; 16]));
        let bytes = Bytes::from_static(b"ciphertext");
        assert!(vault.get(&first).await.unwrap().is_none());
        assert_eq!(vault.length(&first).await.unwrap(), None);
        let both =
            [(first, bytes.clone()), (second, bytes.slice(..4))].map(|(record, bytes)| Ciphertext { record, bytes });
        let both = both.to_vec();
        vault.put(both.clone()).await.unwrap();
        vault.put(both).await.unwrap();
        let reopened = Vault::open(folder.path()).unwrap();
        assert_eq!(reopened.get(&first).await.unwrap(), Some(bytes));
        assert_eq!(reopened.length(&second).await.unwrap(), Some(4));
        for _ in 0..2 {
            vault.delete(vec![first, RecordId([0; 16])]).await.unwrap();
            assert!(vault.get(&first).await.unwrap().is_none());
        }
        assert!(vault.get(&second).await.unwrap().is_some());
    }
}
