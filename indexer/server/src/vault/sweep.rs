//! Ciphertexts that were uploaded and never named by a batch do not stay for ever; nor does what was being written when a
//! process ended.
use super::{Vault, VaultError};
use crate::store::{Store, StoreError};
use aegle_rules::Timestamp;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The longest that a ciphertext waits for the batch that names it, in milliseconds: 7 days.
pub const UNNAMED_LIFETIME_MS: u64 = 7 * 24 * 60 * 60 * 1_000;
/// Ciphertexts that are deleted in one transaction at most.
const SWEEP_CHUNK: u32 = 256;
/// Such transactions of one sweep at most; the next sweep goes on.
const MAX_SWEEP_CHUNKS: u32 = 16;

/// A reason why a sweep did not come to its end; the next one goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The database's fault.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault's fault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Deletes ciphertexts, and what is known of them, that no batch has named within [`UNNAMED_LIFETIME_MS`] before `now`:
/// at most 4,096, the oldest first, and pieces that were not put together within that time. Gives how many ciphertexts.
///
/// # Errors
/// [`SweepError`].
pub async fn sweep(store: &Store, vault: &Vault, now: Timestamp) -> Result<usize, SweepError> {
    let before = now.saturating_sub(UNNAMED_LIFETIME_MS);
    let mut swept = 0;
    vault.sweep_pieces(before).await?;
    for _ in 0..MAX_SWEEP_CHUNKS {
        let delete = async |records| Ok::<_, SweepError>(vault.delete(records).await?);
        let forgotten = store.forget_unnamed(before, SWEEP_CHUNK, delete).await?;
        swept += forgotten;
        if forgotten < SWEEP_CHUNK as usize {
            break;
        }
    }
    Ok(swept)
}

impl Vault {
    /// Deletes what was being written into the vault, or put together from pieces, when an earlier process ended, before
    /// `before`: files that the store lists to nobody, and that nothing else would ever delete. Returns how many.
    ///
    /// # Errors
    /// [`VaultError::Folder`]; some of them may be deleted then.
    pub async fn sweep_unfinished(&self, before: SystemTime) -> Result<usize, VaultError> {
        let folders = self.folders.clone();
        let swept = tokio::task::spawn_blocking(move || {
            let mut swept = 0;
            let mut open: Vec<PathBuf> = folders.to_vec();
            while let Some(folder) = open.pop() {
                swept += sweep_folder(&folder, before, &mut open)?;
            }
            Ok::<_, io::Error>(swept)
        });
        Ok(swept.await.map_err(io::Error::other)??)
    }
}

/// Deletes the unfinished files of a folder, and adds the folders in it to those that are open.
fn sweep_folder(folder: &Path, before: SystemTime, open: &mut Vec<PathBuf>) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open.push(entry.path());
        } else if is_unfinished(&entry.path()) && entry.metadata()?.modified()? < before {
            fs::remove_file(entry.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Returns whether a file is one that the store was writing: it is named as it will be, with `#` and a number behind.
fn is_unfinished(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| name.rsplit_once('#'));
    number.is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::vault::{Ciphertext, path};
    use aegle_protocol::record::RecordId;
    use axum::body::Bytes;
    use object_store::{ObjectStoreExt, PutPayload};
    use std::time::Duration;

    #[tokio::test]
    async fn what_a_killed_process_was_writing_does_not_stay() {
        let data = tempfile::tempdir().unwrap();
        let vault = Vault::open(data.path()).unwrap();
        let (whole, cut) = (RecordId([1; 16]), RecordId([2; 16]));
        let bytes = Bytes::from_static(b"ciphertext");
        vault
            .put(vec![Ciphertext {
                record: whole,
                bytes: bytes.clone(),
            }])
            .await
            .unwrap();
        vault.put_piece(&cut, 0, bytes.clone()).await.unwrap();
        // Ends in the middle, and without a word, as a killed process does.
        let mut joining = vault.store.put_multipart(&path(&cut)).await.unwrap();
        joining.put_part(PutPayload::from_bytes(bytes.clone())).await.unwrap();
        std::mem::forget(joining);
        let later = SystemTime::now() + Duration::from_secs(1);
        let earlier = later - Duration::from_secs(3_600);
        assert_eq!(vault.sweep_unfinished(earlier).await.unwrap(), 0, "it is being written");
        assert_eq!(vault.sweep_unfinished(later).await.unwrap(), 1);
        assert_eq!(vault.sweep_unfinished(later).await.unwrap(), 0);
        assert_eq!(vault.get(&whole).await.unwrap(), Some(bytes));
        let pieces = data.path().join("pieces").join(hex::encode(cut.0));
        assert_eq!(fs::read_dir(&pieces).unwrap().count(), 1);
        // What is erased goes with its pieces.
        vault.delete(vec![cut]).await.unwrap();
        assert!(!pieces.exists() || fs::read_dir(&pieces).unwrap().next().is_none());
    }
}
