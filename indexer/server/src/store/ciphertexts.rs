//! What is in the vault: announced before its bytes are written, durable after, and named once its batch is stored.
use super::{
    Store, StoreError, begin,
    columns::{Columns, stored_time},
    commit, execute, row, rows, sql,
};
use aegle_protocol::record::RecordId;
use aegle_rules::{Hash, OrganisationId, Timestamp};
use std::collections::HashSet;

/// A ciphertext that is in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CiphertextRow {
    /// Its record.
    pub record: RecordId,
    /// Its hash.
    pub hash: Hash,
    /// Its length in bytes.
    pub length: u64,
}

/// The outcome of announcing ciphertexts that are about to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announced {
    /// Their rows are there; the bytes of these are in the vault already, unless they were lost.
    Known(HashSet<RecordId>),
    /// This record has another ciphertext; nothing was changed.
    Different(RecordId),
}

impl Store {
    /// Makes a row for each ciphertext, before its bytes are written, so that nothing is in the vault that no row knows
    /// of. A row that is there already counts as new again. No record may be named twice.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is changed.
    pub async fn announce_ciphertexts(
        &self,
        entries: &[CiphertextRow],
        organisation: OrganisationId,
        now: Timestamp,
    ) -> Result<Announced, StoreError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        // In one order for all, so that no two uploads wait for each other.
        let mut ordered: Vec<&CiphertextRow> = entries.iter().collect();
        ordered.sort_unstable_by_key(|entry| entry.record);
        let records: Vec<&[u8]> = ordered.iter().map(|entry| entry.record.as_ref()).collect();
        let hashes: Vec<&[u8]> = ordered.iter().map(|entry| entry.hash.as_ref()).collect();
        let lengths: Vec<i64> = ordered.iter().map(|entry| stored_time(entry.length)).collect();
        let parameters: super::Parameters<'_> = &[
            &records,
            &hashes,
            &lengths,
            &i64::from(organisation.0),
            &stored_time(now),
        ];
        let (mut taken, mut known) = (HashSet::new(), HashSet::new());
        for row in rows(&transaction, sql!("ciphertexts_announce"), parameters).await? {
            let record = RecordId(row.bytes("record")?);
            taken.insert(record);
            if row.try_get::<_, i16>("state")? > 0 {
                known.insert(record);
            }
        }
        if let Some(other) = ordered.iter().find(|entry| !taken.contains(&entry.record)) {
            return Ok(Announced::Different(other.record));
        }
        commit(transaction).await?;
        Ok(Announced::Known(known))
    }

    /// Returns the number of bytes that an organisation has uploaded and no batch has named; `None` where it keeps no search
    /// domain, so that no batch of its can name any.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unnamed_bytes(&self, organisation: OrganisationId) -> Result<Option<u64>, StoreError> {
        let client = self.client().await?;
        let id = i64::from(organisation.0);
        let keeps = row(&client, sql!("domains_of"), &[&id]).await?;
        if !keeps.is_some_and(|row| row.get("keeps")) {
            return Ok(None);
        }
        let found = row(&client, sql!("uploads_unnamed"), &[&id]).await?;
        found.map(|row| row.time("bytes")).transpose()
    }

    /// Returns one of the given records whose ciphertext another organisation has uploaded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn uploaded_by_others(
        &self,
        records: &[RecordId],
        organisation: OrganisationId,
    ) -> Result<Option<RecordId>, StoreError> {
        let client = self.client().await?;
        let names: Vec<&[u8]> = records.iter().map(RecordId::as_ref).collect();
        let found = row(
            &client,
            sql!("uploads_of_others"),
            &[&names, &i64::from(organisation.0)],
        )
        .await?;
        found.map(|row| Ok(RecordId(row.bytes("record")?))).transpose()
    }

    /// Remembers that announced ciphertexts are in the vault for good.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn confirm_ciphertexts(&self, records: &[RecordId]) -> Result<(), StoreError> {
        let client = self.client().await?;
        let names: Vec<&[u8]> = records.iter().map(RecordId::as_ref).collect();
        execute(&client, sql!("ciphertexts_confirm"), &[&names]).await?;
        Ok(())
    }

    /// Returns the row of a ciphertext that an organisation has announced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn announced_ciphertext(
        &self,
        record: &RecordId,
        organisation: OrganisationId,
    ) -> Result<Option<CiphertextRow>, StoreError> {
        let client = self.client().await?;
        let name: &[u8] = record.as_ref();
        let parameters: super::Parameters<'_> = &[&name, &i64::from(organisation.0)];
        let found = row(&client, sql!("ciphertexts_announced"), parameters).await?;
        found.as_ref().map(ciphertext_row).transpose()
    }

    /// Returns the rows of those of the given records whose ciphertexts are in the vault.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ciphertexts(&self, records: &[RecordId]) -> Result<Vec<CiphertextRow>, StoreError> {
        let client = self.client().await?;
        let names: Vec<&[u8]> = records.iter().map(RecordId::as_ref).collect();
        let found = rows(&client, sql!("ciphertexts"), &[&names]).await?;
        found.iter().map(ciphertext_row).collect()
    }

    /// Returns the ciphertexts that batches name after one, in the order of their names, `limit` at most. What is erased is
    /// not among them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn named_ciphertexts(
        &self,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<CiphertextRow>, StoreError> {
        let client = self.client().await?;
        let after: &[u8] = after.as_ref().map_or(&[], RecordId::as_ref);
        let found = rows(&client, sql!("ciphertexts_named"), &[&after, &i64::from(limit)]).await?;
        found.iter().map(ciphertext_row).collect()
    }

    /// Forgets at most `limit` ciphertexts that were last uploaded before `before` and that no batch names, the oldest
    /// first; gives how many. `delete` is to take their bytes out of the vault. Whoever uploads or names one of them
    /// meanwhile waits, so that no row is left without bytes, and no bytes without a row, except that a crash in here
    /// may leave rows without bytes: they are forgotten the next time, or their bytes are uploaded again.
    ///
    /// # Errors
    /// [`StoreError`], or what `delete` gives. Then none is forgotten.
    pub async fn forget_unnamed<E, F>(
        &self,
        before: Timestamp,
        limit: u32,
        delete: impl FnOnce(Vec<RecordId>) -> F,
    ) -> Result<usize, E>
    where
        E: From<StoreError>,
        F: Future<Output = Result<(), E>>,
    {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        let parameters: super::Parameters<'_> = &[&stored_time(before), &i64::from(limit)];
        let unnamed = rows(&transaction, sql!("ciphertexts_unnamed"), parameters).await?;
        let unnamed = unnamed
            .iter()
            .map(|row| Ok(RecordId(row.bytes("record")?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        if unnamed.is_empty() {
            return Ok(0);
        }
        delete(unnamed.clone()).await?;
        let records: Vec<&[u8]> = unnamed.iter().map(RecordId::as_ref).collect();
        execute(&transaction, sql!("ciphertexts_forget"), &[&records]).await?;
        commit(transaction).await?;
        Ok(unnamed.len())
    }
}

fn ciphertext_row(row: &tokio_postgres::Row) -> Result<CiphertextRow, StoreError> {
    Ok(CiphertextRow {
        record: RecordId(row.bytes("record")?),
        hash: row.hash("hash")?,
        length: row.time("length")?,
    })
}
