//! What the label index is made from, and what a search needs besides it.
use super::{
    Store, StoreError,
    columns::{Columns, stored_time},
    execute,
    records::next_sequence,
    row, rows, sql,
};
use aegle_crypto::commitment::IndexSalt;
use aegle_rules::{AccountId, BatchNumber, DomainId, Hash};
use aegle_sealed::LabelSet;
use roaring::RoaringBitmap;
use scale::Encode;

/// The labels of a stored batch.
#[derive(Clone, Debug)]
pub struct LabelsRow {
    /// The batch's sequence number.
    pub sequence: u64,
    /// Its domain.
    pub domain: DomainId,
    /// Its number.
    pub batch: BatchNumber,
    /// How many records it has.
    pub records: u32,
    /// SHA-256 of its bundle's bytes.
    pub bundle: Hash,
    /// SCALE of the label set.
    pub labels: Vec<u8>,
}

/// What evidence of a batch is made from.
#[derive(Clone, Debug)]
pub struct LabelsProof {
    /// How many records the batch has.
    pub records: u32,
    /// The epoch of the labels' key.
    pub epoch: u16,
    /// The version of the labels.
    pub version: u16,
    /// The salt of the index commitment.
    pub commitment_salt: [u8; 32],
    /// SCALE of the label set.
    pub labels: Vec<u8>,
}

/// Labels of a batch to store: they match what is on chain.
#[derive(Debug)]
pub struct NewLabels {
    /// The domain.
    pub domain: DomainId,
    /// The batch.
    pub batch: BatchNumber,
    /// The epoch of their keys.
    pub epoch: u16,
    /// Their version.
    pub version: u16,
    /// SHA-256 of the bytes that brought them.
    pub bundle: Hash,
    /// Their salt.
    pub salt: [u8; 16],
    /// The salt of the index commitment.
    pub commitment_salt: [u8; 32],
    /// SCALE of the count table.
    pub counts: Vec<u8>,
    /// SCALE of the label set.
    pub labels: Vec<u8>,
}

impl NewLabels {
    /// The labels of a batch, of an epoch and a version, as `bundle` brought them.
    pub fn new(
        (domain, batch): (DomainId, BatchNumber),
        (epoch, version): (u16, u16),
        bundle: Hash,
        labels: &LabelSet,
        commitment_salt: &IndexSalt,
    ) -> Self {
        Self {
            domain,
            batch,
            epoch,
            version,
            bundle,
            salt: labels.salt().0,
            commitment_salt: commitment_salt.0,
            counts: labels.counts().encode(),
            labels: labels.encode(),
        }
    }
}

/// The records of a scope in one batch: one patient's, or all.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeBatch {
    /// The batch.
    pub batch: BatchNumber,
    /// The epoch in which it was labelled.
    pub epoch: u16,
    /// The records' numbers.
    pub numbers: RoaringBitmap,
}

impl Store {
    /// The labels of the first batch after a sequence number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labels_after(&self, sequence: u64) -> Result<Option<LabelsRow>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("batch_labels_next"), &[&stored_time(sequence)]).await? else {
            return Ok(None);
        };
        Ok(Some(LabelsRow {
            sequence: row.time("sequence")?,
            domain: DomainId(row.number("domain")?),
            batch: BatchNumber(row.number("batch")?),
            records: row.number("records")?,
            bundle: row.hash("bundle")?,
            labels: row.try_get("labels")?,
        }))
    }

    /// SHA-256 of the bundle of the batch with a sequence number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bundle_at(&self, sequence: u64) -> Result<Option<Hash>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("batch_bundle"), &[&stored_time(sequence)]).await?;
        found.map(|row| row.hash("bundle")).transpose()
    }

    /// The batches `from..to` of a domain, of those up to a sequence number, in which a patient has records; newest
    /// first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn patient_batches(
        &self,
        patient: &AccountId,
        domain: DomainId,
        (from, to): (u32, u32),
        sequence: u64,
        limit: usize,
    ) -> Result<Vec<ScopeBatch>, StoreError> {
        let client = self.client().await?;
        let (from, to, sequence, limit) = (i64::from(from), i64::from(to), stored_time(sequence), limit as i64);
        let parameters: super::Parameters<'_> =
            &[&patient.as_ref(), &i64::from(domain.0), &from, &to, &sequence, &limit];
        let found = rows(&client, sql!("patient_batches"), parameters).await?;
        found
            .iter()
            .map(|row| {
                let numbers: Vec<i64> = row.try_get("numbers")?;
                let numbers: Result<_, _> = numbers.into_iter().map(u32::try_from).collect();
                let numbers = numbers.map_err(|_| StoreError::Corrupt { column: "numbers" })?;
                Ok(ScopeBatch {
                    batch: BatchNumber(row.number("batch")?),
                    epoch: row.small("epoch")?,
                    numbers,
                })
            })
            .collect()
    }

    /// The batches `from..to` of a domain, of those up to a sequence number; newest first, `limit` at most, each with all
    /// of its records.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cohort_batches(
        &self,
        domain: DomainId,
        (from, to): (u32, u32),
        sequence: u64,
        limit: usize,
    ) -> Result<Vec<ScopeBatch>, StoreError> {
        let client = self.client().await?;
        let (from, to, sequence, limit) = (i64::from(from), i64::from(to), stored_time(sequence), limit as i64);
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &from, &to, &sequence, &limit];
        let found = rows(&client, sql!("cohort_batches"), parameters).await?;
        found
            .iter()
            .map(|row| {
                let mut numbers = RoaringBitmap::new();
                numbers.insert_range(0..row.number("records")?);
                Ok(ScopeBatch {
                    batch: BatchNumber(row.number("batch")?),
                    epoch: row.small("epoch")?,
                    numbers,
                })
            })
            .collect()
    }

    /// Stores the labels of a batch in place of those of an earlier version, under the next sequence number, so that the
    /// index takes them up. `None` when the batch is not stored, or has such labels already: then nothing is changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn relabel_batch(&self, labels: &NewLabels) -> Result<Option<u64>, StoreError> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        execute(&transaction, sql!("batches_lock"), &[]).await?;
        let sequence = next_sequence(&transaction).await?;
        let parameters: super::Parameters<'_> = &[
            &i64::from(labels.domain.0),
            &i64::from(labels.batch.0),
            &sequence,
            &i32::from(labels.version),
            &i32::from(labels.epoch),
            &labels.bundle.as_ref(),
            &labels.salt.as_slice(),
            &labels.commitment_salt.as_slice(),
            &labels.counts,
            &labels.labels,
        ];
        let changed = execute(&transaction, sql!("batch_relabel"), parameters).await?;
        transaction.commit().await?;
        Ok((changed == 1).then_some(sequence.unsigned_abs()))
    }

    /// The version of a batch's labels, if they are those that the chain has, and none of them is of an erased record;
    /// `None` while the batch waits for new ones, or is not stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn current_labels(&self, domain: DomainId, batch: BatchNumber) -> Result<Option<u16>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(batch.0)];
        let found = row(&client, sql!("batch_current"), parameters).await?;
        found.map(|row| row.small("version")).transpose()
    }

    /// What evidence of a batch is made from; `None` if it is not stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labels_proof(&self, domain: DomainId, batch: BatchNumber) -> Result<Option<LabelsProof>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(batch.0)];
        let found = row(&client, sql!("batch_proof"), parameters).await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(LabelsProof {
            records: row.number("records")?,
            epoch: row.small("epoch")?,
            version: row.small("version")?,
            commitment_salt: row.bytes("commitment_salt")?,
            labels: row.try_get("labels")?,
        }))
    }

    /// The salt and the count table of a batch; the table verifies itself as it is decoded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(
        &self,
        domain: DomainId,
        batch: BatchNumber,
    ) -> Result<Option<(aegle_sealed::Salt, aegle_sealed::CountTable)>, StoreError> {
        let client = self.client().await?;
        let found = row(
            &client,
            sql!("batch_counts"),
            &[&i64::from(domain.0), &i64::from(batch.0)],
        )
        .await?;
        found
            .map(|row| Ok((aegle_sealed::Salt(row.bytes("salt")?), row.scale("counts")?)))
            .transpose()
    }
}
