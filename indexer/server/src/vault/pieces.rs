//! Pieces of large ciphertexts, until all of them are there: files of their own beside the vault. A piece is on disk for good
//! before it is said to be there, and a ciphertext is put together only from pieces that hash to what its row names.
use super::{Vault, VaultError, delete, path};
use crate::store::CiphertextRow;
use aegle_protocol::{
    record::{CiphertextHasher, RecordId},
    wire::{PIECE_BYTES, piece_bytes, piece_count},
};
use aegle_rules::Timestamp;
use axum::body::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, path::Path as ObjectPath};
use std::{collections::BTreeMap, ops::Range};

impl Vault {
    /// Stores a piece of a ciphertext, in place of what is there under its number. When this returns it is on disk for good.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn put_piece(&self, record: &RecordId, number: u32, bytes: Bytes) -> Result<(), VaultError> {
        self.pieces
            .put(&piece_path(record, number), PutPayload::from_bytes(bytes))
            .await?;
        Ok(())
    }

    /// Returns the numbers of the pieces of a ciphertext that are not there, in order.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub async fn missing_pieces(&self, row: &CiphertextRow) -> Result<Vec<u32>, VaultError> {
        let listed = self.pieces.list(Some(&folder(&row.record)));
        let there: BTreeMap<ObjectPath, u64> = listed
            .map_ok(|object| (object.location, object.size))
            .try_collect()
            .await?;
        let is_missing = |number: &u32| {
            let size = there.get(&piece_path(&row.record, *number)).copied();
            size != piece_bytes(row.length, *number).map(|bytes| bytes as u64)
        };
        Ok((0..piece_count(row.length)).filter(is_missing).collect())
    }

    /// Puts a ciphertext together from its pieces, which are gone afterwards; returns whether it is the one that its row names.
    /// If not, nothing is stored. It takes the memory of a piece.
    ///
    /// # Errors
    /// [`VaultError::Store`]: a piece is not there, for example, because somebody else has put them together.
    pub async fn join_pieces(&self, row: &CiphertextRow) -> Result<bool, VaultError> {
        let (mut hasher, numbers) = (CiphertextHasher::default(), 0..piece_count(row.length));
        let mut joining = self.store.put_multipart(&path(&row.record)).await?;
        for number in numbers.clone() {
            let bytes = self.pieces.get(&piece_path(&row.record, number)).await?.bytes().await?;
            hasher.update(&bytes);
            joining.put_part(PutPayload::from_bytes(bytes)).await?;
        }
        let is_named = hasher.length() == row.length && hasher.finish() == row.hash;
        match is_named {
            true => drop(joining.complete().await?),
            false => joining.abort().await?,
        }
        let joined = numbers.map(|number| piece_path(&row.record, number));
        delete(self.pieces.as_ref(), joined.collect()).await?;
        Ok(is_named)
    }

    /// Reads a stored ciphertext of `length` bytes part by part, each of a piece's bytes at most.
    pub(crate) fn parts(
        &self,
        record: RecordId,
        length: u64,
    ) -> impl Stream<Item = Result<Bytes, VaultError>> + Send + use<> {
        let store = self.store.clone();
        let part = move |number: u32| -> Option<Range<u64>> {
            let start = u64::from(number) * PIECE_BYTES as u64;
            Some(start..start + piece_bytes(length, number)? as u64)
        };
        stream::iter((0..).map_while(part)).then(move |range| {
            let store = store.clone();
            async move { Ok(store.get_range(&path(&record), range).await?) }
        })
    }

    /// Deletes the pieces of a ciphertext.
    pub(super) async fn delete_pieces(&self, record: &RecordId) -> Result<(), VaultError> {
        let listed = self.pieces.list(Some(&folder(record)));
        let pieces = listed.map_ok(|object| object.location).try_collect().await?;
        delete(self.pieces.as_ref(), pieces).await
    }

    /// Deletes pieces that were stored before `before` and never put together; returns how many.
    ///
    /// # Errors
    /// [`VaultError::Store`]; some of them may be deleted then.
    pub async fn sweep_pieces(&self, before: Timestamp) -> Result<usize, VaultError> {
        let listed: Vec<ObjectMeta> = self.pieces.list(None).try_collect().await?;
        let stored_at = |piece: &ObjectMeta| u64::try_from(piece.last_modified.timestamp_millis()).unwrap_or_default();
        let old = listed.into_iter().filter(|piece| stored_at(piece) < before);
        let old: Vec<ObjectPath> = old.map(|piece| piece.location).collect();
        let count = old.len();
        delete(self.pieces.as_ref(), old).await?;
        Ok(count)
    }
}

/// Returns the folder of a record's pieces.
fn folder(record: &RecordId) -> ObjectPath {
    ObjectPath::from_iter([hex::encode(record.0)])
}

/// Returns `ab01.../00017` for a piece.
fn piece_path(record: &RecordId, number: u32) -> ObjectPath {
    ObjectPath::from_iter([hex::encode(record.0), format!("{number:05}")])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_protocol::record::ciphertext_hash;

    const RECORD: RecordId = RecordId([0xab; 16]);

    fn row(bytes: &[u8]) -> CiphertextRow {
        CiphertextRow {
            record: RECORD,
            hash: ciphertext_hash(bytes),
            length: bytes.len() as u64,
        }
    }

    #[tokio::test]
    async fn pieces_are_put_together_once_all_of_them_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let bytes: Bytes = (0..2 * PIECE_BYTES + 3).map(|number| (number % 249) as u8).collect();
        let row = row(&bytes);
        let piece = |number: usize| bytes.slice(number * PIECE_BYTES..bytes.len().min((number + 1) * PIECE_BYTES));
        assert_eq!(vault.missing_pieces(&row).await.unwrap(), [0, 1, 2]);
        vault.put_piece(&RECORD, 2, piece(2)).await.unwrap();
        vault.put_piece(&RECORD, 0, piece(0).slice(1..)).await.unwrap();
        assert_eq!(vault.missing_pieces(&row).await.unwrap(), [0, 1], "one is too short");
        vault.put_piece(&RECORD, 0, piece(0)).await.unwrap();
        assert!(vault.join_pieces(&row).await.is_err() && vault.get(&RECORD).await.unwrap().is_none());
        let vault = Vault::open(folder.path()).unwrap();
        assert_eq!(vault.missing_pieces(&row).await.unwrap(), [1]);
        vault.put_piece(&RECORD, 1, piece(1)).await.unwrap();
        assert!(vault.join_pieces(&row).await.unwrap());
        assert_eq!(vault.get(&RECORD).await.unwrap().unwrap(), bytes);
        assert_eq!(vault.missing_pieces(&row).await.unwrap(), [0, 1, 2], "they are gone");
        let parts: Vec<Bytes> = vault.parts(RECORD, row.length).try_collect().await.unwrap();
        assert_eq!(
            parts.iter().map(Bytes::len).collect::<Vec<_>>(),
            [PIECE_BYTES, PIECE_BYTES, 3]
        );
        assert!(parts.concat() == bytes);
    }

    #[tokio::test]
    async fn pieces_of_another_ciphertext_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let row = row(b"what is named");
        vault
            .put_piece(&RECORD, 0, Bytes::from_static(b"what is there"))
            .await
            .unwrap();
        assert_eq!(vault.missing_pieces(&row).await.unwrap(), [] as [u32; 0]);
        assert!(!vault.join_pieces(&row).await.unwrap());
        assert!(vault.get(&RECORD).await.unwrap().is_none());
        assert_eq!(vault.missing_pieces(&row).await.unwrap(), [0]);
    }

    #[tokio::test]
    async fn pieces_that_are_never_put_together_do_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let bytes = Bytes::from_static(b"piece");
        vault.put_piece(&RECORD, 0, bytes.clone()).await.unwrap();
        assert_eq!(vault.sweep_pieces(1_000).await.unwrap(), 0, "stored after 1970");
        assert_eq!(vault.missing_pieces(&row(&bytes)).await.unwrap(), [] as [u32; 0]);
        assert_eq!(vault.sweep_pieces(Timestamp::MAX).await.unwrap(), 1);
        assert_eq!(vault.missing_pieces(&row(&bytes)).await.unwrap(), [0]);
    }
}
