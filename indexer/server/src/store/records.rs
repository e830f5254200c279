//! Batches, their records and their labels.
use super::{
    Store, StoreError, begin,
    columns::{Columns, stored_time},
    commit,
    condemned::{place, stored},
    execute,
    label_sets::{LabelSetId, NewLabels},
    row, rows, sql,
};
use crate::erasure_keys::{ErasureKey, Wrapped};
use aegle_protocol::{
    record::{RecordId, RecordRow},
    wire::RecordPlace,
};
use aegle_rules::{AccountId, BatchNumber, Confidentiality, DomainId, Hash, OrganisationId, Slot, consent::Facts};
use scale::{Decode, DecodeAll, Encode};
use std::ops::Range;
use tokio_postgres::Row;
use zeroize::Zeroizing;

/// Records that one statement inserts at most.
const INSERT_CHUNK: usize = 4_096;

/// A batch to store: its bundle matched what is anchored.
#[derive(Debug)]
pub struct NewBatch {
    /// Which batch, and its labels.
    pub labels: NewLabels,
    /// The records, by number.
    pub records: Vec<NewRecord>,
}

/// A record to store.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Its name.
    pub id: RecordId,
    /// Whose it is.
    pub patient: AccountId,
    /// The facts that the consent contract decides on.
    pub facts: Facts,
    /// Its row.
    pub row: RecordRow,
    /// Its leaf in the batch's tree.
    pub leaf: Hash,
}

/// The outcome of storing a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredBatch {
    /// It is stored, as the batch with this sequence number.
    Stored(u64),
    /// There is a batch with that domain and number already; nothing was changed.
    AlreadyThere,
    /// One of its records is in another batch; nothing was changed.
    RecordTaken,
    /// The ciphertext of one of its records is not in the vault, or not the one that its row names; nothing was changed.
    CiphertextMissing,
}

/// A stored record.
#[derive(Clone, Debug)]
pub struct RecordFound {
    /// Its name.
    pub id: RecordId,
    /// Its domain.
    pub domain: DomainId,
    /// Its batch.
    pub batch: BatchNumber,
    /// Its number in the batch.
    pub number: u32,
    /// Whose it is.
    pub patient: AccountId,
    /// The facts that the consent contract decides on.
    pub facts: Facts,
}

/// A stored record with its row.
#[derive(Clone, Debug)]
pub struct RecordWithRow {
    /// The record.
    pub record: RecordFound,
    /// Its row.
    pub row: RecordRow,
}

impl Store {
    /// Returns whether a batch is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_batch(&self, domain: DomainId, batch: BatchNumber) -> Result<bool, StoreError> {
        let client = self.client().await?;
        Ok(row(
            &client,
            sql!("batch_exists"),
            &[&i64::from(domain.0), &i64::from(batch.0)],
        )
        .await?
        .is_some())
    }

    /// Stores a batch with its records and labels in one transaction, under the next sequence number.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing is stored.
    pub async fn store_batch(&self, batch: &NewBatch) -> Result<StoredBatch, StoreError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        execute(&transaction, sql!("batches_lock"), &[]).await?;
        let NewBatch { labels, records } = batch;
        let (domain, number) = (i64::from(labels.id.domain.0), i64::from(labels.id.span.first().0));
        if row(&transaction, sql!("batch_exists"), &[&domain, &number])
            .await?
            .is_some()
        {
            return Ok(StoredBatch::AlreadyThere);
        }
        let inserted: super::Parameters<'_> = &[&domain, &number, &(records.len() as i64)];
        execute(&transaction, sql!("batch_insert"), inserted).await?;
        let sequence = labels.insert(&transaction).await?;
        let keys = self.draw_keys(records.len()).await?;
        let places = keys.iter().map(ErasureKey::place).collect();
        let stored = insert_all(&transaction, &labels.id, records, &keys).await;
        match stored {
            Ok(None) => {
                commit(transaction).await?;
                Ok(StoredBatch::Stored(sequence))
            }
            Ok(Some(refused)) => {
                self.destroy_keys(places).await?;
                Ok(refused)
            }
            Err(error) => {
                self.destroy_keys(places).await?;
                Err(error)
            }
        }
    }

    /// Returns a record by its name, with its row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(&self, id: &RecordId) -> Result<Option<RecordWithRow>, StoreError> {
        let client = self.client().await?;
        let Some(found) = row(&client, sql!("record"), &[&id.as_ref()]).await? else {
            return Ok(None);
        };
        // Between the destruction of its key and the deletion of its row, a record is gone.
        let Some(key) = self.key(place(&found, "key_slot", "key_generation")?).await? else {
            return Ok(None);
        };
        let row = key.unwrap(Wrapped::Row, id.as_ref(), found.try_get("row")?)?;
        Ok(Some(RecordWithRow {
            record: record_found(&found)?,
            row: RecordRow::decode_all(&mut row.as_slice()).map_err(|_| StoreError::Corrupt { column: "row" })?,
        }))
    }

    /// Returns records of a batch by their numbers, in rising order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_at(
        &self,
        domain: DomainId,
        batch: BatchNumber,
        numbers: &[u32],
    ) -> Result<Vec<RecordFound>, StoreError> {
        let client = self.client().await?;
        let stored_numbers: Vec<i64> = numbers.iter().map(|number| i64::from(*number)).collect();
        let found = rows(
            &client,
            sql!("records_at"),
            &[&i64::from(domain.0), &i64::from(batch.0), &stored_numbers],
        )
        .await?;
        found.iter().map(record_found).collect()
    }

    /// Returns those of some records that an organisation keeps, in no order. Those that are withheld are not among them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_kept(
        &self,
        organisation: OrganisationId,
        records: &[RecordId],
    ) -> Result<Vec<RecordFound>, StoreError> {
        let client = self.client().await?;
        let ids: Vec<&[u8]> = records.iter().map(AsRef::as_ref).collect();
        let found = rows(&client, sql!("records_kept"), &[&ids, &i64::from(organisation.0)]).await?;
        found.iter().map(record_found).collect()
    }

    /// Returns the records of a patient in a range of batches of a domain, newest batch first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_of_patient(
        &self,
        patient: &AccountId,
        domain: DomainId,
        batches: Range<u32>,
        limit: usize,
    ) -> Result<Vec<RecordFound>, StoreError> {
        let client = self.client().await?;
        let (from, to, limit) = (i64::from(batches.start), i64::from(batches.end), limit as i64);
        let parameters: super::Parameters<'_> = &[&patient.as_ref(), &i64::from(domain.0), &from, &to, &limit];
        let found = rows(&client, sql!("records_of_patient"), parameters).await?;
        found.iter().map(record_found).collect()
    }

    /// Returns the records of a range of batches of a domain after a place, in rising order, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_of_domain(
        &self,
        domain: DomainId,
        batches: Range<u32>,
        after: Option<RecordPlace>,
        limit: usize,
    ) -> Result<Vec<RecordFound>, StoreError> {
        let client = self.client().await?;
        // Before the first record of the first batch, there is none with the number -1.
        let (batch, number) = after.map_or((i64::from(batches.start), -1), |after| {
            (i64::from(after.batch.0), i64::from(after.number))
        });
        let (to, limit) = (i64::from(batches.end), limit as i64);
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &batch, &number, &to, &limit];
        let found = rows(&client, sql!("records_of_domain"), parameters).await?;
        found.iter().map(record_found).collect()
    }

    /// Returns whether a record that is not kept here is shown to nobody, because it is erased or about to be. `patient` is
    /// whose it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_withheld(
        &self,
        domain: DomainId,
        batch: BatchNumber,
        number: u32,
        patient: &AccountId,
    ) -> Result<bool, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[
            &i64::from(domain.0),
            &i64::from(batch.0),
            &i64::from(number),
            &patient.as_ref(),
        ];
        let found = row(&client, sql!("erasure_withholds"), parameters).await?;
        let found = found.ok_or(StoreError::Corrupt { column: "withheld" })?;
        Ok(found.try_get("withheld")?)
    }

    /// Returns the leaves of a batch's tree, by record number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn leaves(&self, domain: DomainId, batch: BatchNumber) -> Result<Vec<Hash>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("leaves"), &[&i64::from(domain.0), &i64::from(batch.0)]).await?;
        found.iter().map(|row| row.hash("leaf")).collect()
    }
}

/// Inserts records, each wrapped under its key. Returns why not, if not all are.
async fn insert_all(
    transaction: &deadpool_postgres::Transaction<'_>,
    labels: &LabelSetId,
    records: &[NewRecord],
    keys: &[ErasureKey],
) -> Result<Option<StoredBatch>, StoreError> {
    let chunks = records.chunks(INSERT_CHUNK).zip(keys.chunks(INSERT_CHUNK));
    for (chunk, (records, keys)) in chunks.enumerate() {
        let inserted = insert_records(transaction, labels, chunk * INSERT_CHUNK, records, keys).await?;
        if inserted != records.len() as u64 {
            return Ok(Some(StoredBatch::RecordTaken));
        }
        if !name_ciphertexts(transaction, records).await? {
            return Ok(Some(StoredBatch::CiphertextMissing));
        }
    }
    Ok(None)
}

async fn insert_records(
    transaction: &deadpool_postgres::Transaction<'_>,
    labels: &LabelSetId,
    first: usize,
    records: &[NewRecord],
    keys: &[ErasureKey],
) -> Result<u64, StoreError> {
    let (domain, batch) = (i64::from(labels.domain.0), i64::from(labels.span.first().0));
    let ids: Vec<&[u8]> = records.iter().map(|record| record.id.as_ref()).collect();
    let numbers: Vec<i64> = (first as i64..).take(records.len()).collect();
    let patients: Vec<&[u8]> = records.iter().map(|record| record.patient.as_ref()).collect();
    let slots: Vec<i16> = records.iter().map(|record| record.facts.slot.0.into()).collect();
    let confidentialities: Vec<i16> = records
        .iter()
        .map(|record| confidentiality_number(record.facts.confidentiality))
        .collect();
    let authors: Vec<&[u8]> = records.iter().map(|record| record.facts.author.as_ref()).collect();
    let times: Vec<i64> = records
        .iter()
        .map(|record| stored_time(record.facts.authored_at))
        .collect();
    let wrapped = records.iter().zip(keys).map(|(record, key)| {
        let row = Zeroizing::new(record.row.encode());
        key.wrap(Wrapped::Row, record.id.as_ref(), &row)
    });
    let rows: Vec<Vec<u8>> = wrapped.collect::<Result<_, _>>()?;
    let key_slots: Vec<i64> = keys.iter().map(|key| stored(key.place().number)).collect();
    let key_generations: Vec<i64> = keys.iter().map(|key| stored(key.place().generation)).collect();
    let leaves: Vec<&[u8]> = records.iter().map(|record| record.leaf.as_ref()).collect();
    let parameters: super::Parameters<'_> = &[
        &domain,
        &batch,
        &ids,
        &numbers,
        &patients,
        &slots,
        &confidentialities,
        &authors,
        &times,
        &rows,
        &leaves,
        &key_slots,
        &key_generations,
    ];
    execute(transaction, sql!("records_insert"), parameters).await
}

/// Marks the ciphertexts of records that are being stored as named. Returns `false` if one is not in the vault any more, or
/// is another one.
async fn name_ciphertexts(
    transaction: &deadpool_postgres::Transaction<'_>,
    records: &[NewRecord],
) -> Result<bool, StoreError> {
    let ids: Vec<&[u8]> = records.iter().map(|record| record.id.as_ref()).collect();
    let hashes: Vec<&[u8]> = records
        .iter()
        .map(|record| record.row.ciphertext_hash.as_ref())
        .collect();
    let named = execute(transaction, sql!("ciphertexts_name"), &[&ids, &hashes]).await?;
    Ok(named == records.len() as u64)
}

/// Returns the number of a confidentiality: its SCALE discriminant.
fn confidentiality_number(confidentiality: Confidentiality) -> i16 {
    confidentiality.encode().first().copied().unwrap_or_default().into()
}

fn record_found(row: &Row) -> Result<RecordFound, StoreError> {
    let slot = u8::try_from(row.try_get::<_, i16>("slot")?).map_err(|_| StoreError::Corrupt { column: "slot" })?;
    let number = u8::try_from(row.try_get::<_, i16>("confidentiality")?).map_err(|_| StoreError::Corrupt {
        column: "confidentiality",
    })?;
    let confidentiality = Confidentiality::decode(&mut [number].as_slice()).map_err(|_| StoreError::Corrupt {
        column: "confidentiality",
    })?;
    let facts = Facts {
        slot: Slot(slot),
        confidentiality,
        author: row.account("author")?,
        authored_at: row.time("authored_at")?,
    };
    Ok(RecordFound {
        id: RecordId(row.bytes("id")?),
        domain: DomainId(row.number("domain")?),
        batch: BatchNumber(row.number("batch")?),
        number: row.number("number")?,
        patient: row.account("patient")?,
        facts,
    })
}
