//! What the label index is made from, and what a search needs besides it.
use super::{
    Store, StoreError, begin,
    columns::{Columns, StoredSpan, stored_time},
    commit, execute,
    label_sets::{
        Counts, CurrentLabels, LabelPlace, LabelsOfSpan, LabelsProof, LabelsRow, NewLabels, Records, ScopeBatches,
        StoredLabels,
    },
    row, rows, sql,
};
use aegle_protocol::commitment::IndexSalt;
use aegle_rules::{BatchNumber, DomainId, Hash};
use aegle_sealed::{BatchSpan, Salt};
use deadpool_postgres::Transaction;

impl NewLabels {
    /// Inserts them in place of others of the same batches, under the next sequence number. The caller has locked the
    /// batches.
    pub(super) async fn insert(&self, transaction: &Transaction<'_>) -> Result<u64, StoreError> {
        // Before others are removed, the last one perhaps: no number comes again, or the index would not take these up.
        let newest = row(transaction, sql!("labels_last"), &[]).await?;
        let newest = newest.ok_or(StoreError::Corrupt { column: "sequence" })?;
        let sequence = newest.try_get::<_, i64>("sequence")? + 1;
        let StoredSpan { domain, first, last } = StoredSpan::new(self.id.domain, &self.id.span);
        execute(transaction, sql!("labels_remove"), &[&domain, &first, &last]).await?;
        let parameters: super::Parameters<'_> = &[
            &sequence,
            &domain,
            &first,
            &i16::from(self.id.span.log2()),
            &i32::from(self.id.epoch),
            &i32::from(self.id.version),
            &i64::from(self.records),
            &self.bundle.as_ref(),
            &self.salt.0.as_slice(),
            &self.commitment_salt.0.as_slice(),
            &self.counts,
            &self.labels,
        ];
        execute(transaction, sql!("labels_insert"), parameters).await?;
        Ok(sequence.unsigned_abs())
    }
}

impl Store {
    /// Returns the labels that begin with a batch, and how many records they are of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labels_of_span(
        &self,
        domain: DomainId,
        first: BatchNumber,
    ) -> Result<Option<LabelsOfSpan>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(first.0)];
        let found = row(&client, sql!("labels_runs"), parameters).await?;
        let labels = found.map(|row| {
            Ok(LabelsOfSpan {
                salt: Salt(row.bytes("salt")?),
                labels: row.try_get("labels")?,
                starts: row.numbers("starts")?,
                records: row.number("records")?,
            })
        });
        labels.transpose()
    }

    /// Returns the first labels after a sequence number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labels_after(&self, sequence: u64) -> Result<Option<LabelsRow>, StoreError> {
        let client = self.client().await?;
        let Some(row) = row(&client, sql!("labels_next"), &[&stored_time(sequence)]).await? else {
            return Ok(None);
        };
        let stored = StoredLabels {
            sequence: row.time("sequence")?,
            domain: DomainId(row.number("domain")?),
            span: row.span()?,
            bundle: row.hash("bundle")?,
        };
        Ok(Some(LabelsRow {
            stored,
            records: row.number("records")?,
            labels: row.try_get("labels")?,
        }))
    }

    /// Returns the sequence number of the first labels after one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sequence_after(&self, sequence: u64) -> Result<Option<u64>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("labels_next_sequence"), &[&stored_time(sequence)]).await?;
        found.map(|row| row.time("sequence")).transpose()
    }

    /// Returns all labels that are stored, in the order of their sequence numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn label_places(&self) -> Result<Vec<LabelPlace>, StoreError> {
        let client = self.client().await?;
        let found = rows(&client, sql!("label_places"), &[]).await?;
        let places = found.iter().map(|row| {
            Ok(LabelPlace {
                sequence: row.time("sequence")?,
                domain: DomainId(row.number("domain")?),
                span: row.span()?,
                records: row.number("records")?,
                erased: row.number("erased")?,
                removed: row.number("removed")?,
            })
        });
        places.collect()
    }

    /// Returns whether a body with this SHA-256 brought labels that are, or were, stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_bundle(&self, bundle: &Hash) -> Result<bool, StoreError> {
        let client = self.client().await?;
        Ok(row(&client, sql!("bundle_exists"), &[&bundle.as_ref()])
            .await?
            .is_some())
    }

    /// Returns the SHA-256 of what brought the labels with a sequence number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn bundle_at(&self, sequence: u64) -> Result<Option<Hash>, StoreError> {
        let client = self.client().await?;
        let found = row(&client, sql!("labels_bundle"), &[&stored_time(sequence)]).await?;
        found.map(|row| row.hash("bundle")).transpose()
    }

    /// Returns where records are among the labels: the batches and spans of batches that hold them, newest first. Batches
    /// that the index does not have yet, by the greatest sequence number that it has, are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labelled(
        &self,
        domain: DomainId,
        sequence: u64,
        records: &Records,
    ) -> Result<Vec<ScopeBatches>, StoreError> {
        let client = self.client().await?;
        let batches: Vec<i64> = records.keys().map(|batch| i64::from(batch.0)).collect();
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &batches, &stored_time(sequence)];
        let mut labelled: Vec<ScopeBatches> = Vec::new();
        for row in rows(&client, sql!("batch_labels"), parameters).await? {
            let (span, offset) = (row.span()?, row.number("labels_offset")?);
            let Some(numbers) = records.get(&BatchNumber(row.number("batch")?)) else {
                continue;
            };
            let among_labels = numbers.iter().map(|number| offset.saturating_add(number));
            match labelled.last_mut().filter(|last| last.span == span) {
                Some(last) => last.numbers.extend(among_labels),
                None => labelled.push(ScopeBatches {
                    span,
                    epoch: row.small("epoch")?,
                    numbers: among_labels.collect(),
                }),
            }
        }
        Ok(labelled)
    }

    /// Returns the first batch of a span that is not stored; `None` when all are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn missing_batch(&self, domain: DomainId, span: &BatchSpan) -> Result<Option<BatchNumber>, StoreError> {
        let client = self.client().await?;
        let StoredSpan { domain, first, last } = StoredSpan::new(domain, span);
        let missing = row(&client, sql!("batch_missing"), &[&domain, &first, &last]).await?;
        missing.map(|row| row.number("number").map(BatchNumber)).transpose()
    }

    /// Stores labels in place of earlier ones of the same batches, under the next sequence number, so that the index takes
    /// them up. `None` when not every batch is stored, or one has such labels already: then nothing is changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replace_labels(&self, labels: &NewLabels) -> Result<Option<u64>, StoreError> {
        let mut client = self.client().await?;
        let transaction = begin(&mut client).await?;
        execute(&transaction, sql!("batches_lock"), &[]).await?;
        let StoredSpan { domain, first, last } = StoredSpan::new(labels.id.domain, &labels.id.span);
        let (log2, version) = (i16::from(labels.id.span.log2()), i32::from(labels.id.version));
        let parameters: super::Parameters<'_> = &[&domain, &first, &last, &log2, &version];
        let found = row(&transaction, sql!("labels_replaceable"), parameters).await?;
        let found = found.ok_or(StoreError::Corrupt { column: "replaceable" })?;
        if !found.try_get::<_, bool>("replaceable")? {
            return Ok(None);
        }
        let sequence = labels.insert(&transaction).await?;
        execute(&transaction, sql!("labels_assign"), &[&domain, &first, &last]).await?;
        commit(transaction).await?;
        Ok(Some(sequence))
    }

    /// Returns which labels a batch has, if they are those that the chain has, and none of them is of an erased record.
    /// `None` while the batch waits for new ones, or is not stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn current_labels(
        &self,
        domain: DomainId,
        batch: BatchNumber,
    ) -> Result<Option<CurrentLabels>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(batch.0)];
        let found = row(&client, sql!("labels_current"), parameters).await?;
        let current = found.map(|row| {
            Ok(CurrentLabels {
                span: row.span()?,
                version: row.small("version")?,
            })
        });
        current.transpose()
    }

    /// Returns what evidence is made from; `None` if there are no such labels any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labels_proof(
        &self,
        domain: DomainId,
        labels: &CurrentLabels,
    ) -> Result<Option<LabelsProof>, StoreError> {
        let client = self.client().await?;
        let StoredSpan { domain, first, .. } = StoredSpan::new(domain, &labels.span);
        let (log2, version) = (i16::from(labels.span.log2()), i32::from(labels.version));
        let found = row(&client, sql!("labels_proof"), &[&domain, &first, &log2, &version]).await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(LabelsProof {
            records: row.number("records")?,
            epoch: row.small("epoch")?,
            commitment_salt: IndexSalt(row.bytes("commitment_salt")?),
            labels: row.try_get("labels")?,
        }))
    }

    /// Returns the salt, the count table and the batches' starts of the labels that begin with a batch; the table
    /// verifies itself as it is decoded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn counts(&self, domain: DomainId, first: BatchNumber) -> Result<Option<Counts>, StoreError> {
        let client = self.client().await?;
        let parameters: super::Parameters<'_> = &[&i64::from(domain.0), &i64::from(first.0)];
        let found = row(&client, sql!("labels_counts"), parameters).await?;
        let counts = found.map(|row| {
            Ok(Counts {
                salt: Salt(row.bytes("salt")?),
                table: row.scale("counts")?,
                starts: row.numbers("starts")?,
            })
        });
        counts.transpose()
    }
}
