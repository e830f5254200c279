//! From a batch that is in the journal to one that is done.

use super::{Batched, Event, Intake, IntakeError};
use crate::{
    custodian::{
        Anchoring, IngestError, LabelledBatch, MAX_ANCHOR_ATTEMPTS, Step, UPLOADED_WHOLE_BYTES, is_missing_ciphertext,
    },
    native::journal::{DoneBatch, JournalError, Kept, Pending, Stage},
};
use aegle_protocol::{record::RecordId, wire::LargeCiphertext};

impl Intake<'_> {
    /// Finishes the batch that stands in the journal, if one does.
    pub(super) async fn finish(&mut self, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        let Some(mut pending) = self.journal.pending()? else {
            return Ok(());
        };
        let kept = self.journal.kept(&pending)?;
        let resumed = pending.stage != Stage::Sealed || self.outcome.new == 0;
        let mut labelled = 0;
        loop {
            match pending.stage {
                Stage::Sealed if labelled == MAX_ANCHOR_ATTEMPTS => {
                    return Err(IngestError::NumbersTaken.into());
                }
                Stage::Sealed => {
                    if labelled == 0 {
                        self.check_epochs(&kept).await?;
                        self.store(&pending, &kept, watch).await?;
                    }
                    labelled += 1;
                    let batch = self
                        .custodian
                        .label_next(&self.aegle, self.domain(), &kept.batch)
                        .await?;
                    watch(Event::Step(Step::Labelled));
                    pending = self.journal.labelled(&pending, &batch)?;
                }
                Stage::Labelled(batch) => {
                    let bundle = self.journal.bundle(&pending)?;
                    let labelled = LabelledBatch::of(bundle);
                    let labelled = labelled.map_err(|_| JournalError::Damaged("the unfinished batch"))?;
                    let stage = match self.custodian.anchor(&self.aegle, &labelled).await? {
                        Anchoring::Anchored { block, receipt } => Stage::Anchored {
                            batch,
                            block,
                            transaction: receipt.map(|receipt| receipt.transaction),
                        },
                        Anchoring::Taken => Stage::Sealed,
                    };
                    pending = self.journal.at_stage(&pending, stage)?;
                }
                Stage::Anchored {
                    batch,
                    block,
                    transaction,
                } => {
                    watch(Event::Step(Step::Anchored));
                    self.upload(&pending, &kept, block, watch).await?;
                    let rows = kept.batch.rows();
                    let done = DoneBatch {
                        records: pending.records,
                        block,
                        transaction,
                        manifest_salt: kept.batch.manifest_salt().0,
                        ciphertext_bytes: rows.iter().map(|row| row.ciphertext_length).sum(),
                    };
                    self.outcome.withdrawn += self.journal.complete(&kept, batch, &done)?;
                    let batched = Batched {
                        batch,
                        records: pending.records,
                        block,
                        transaction,
                        ciphertext_bytes: done.ciphertext_bytes,
                        resumed,
                    };
                    self.outcome.batches.push(batched);
                    watch(Event::Batch(batched));
                    return Ok(());
                }
            }
        }
    }

    /// Checks that nothing of a batch was sealed to keys of an epoch that has ended since; such a batch is forgotten, and
    /// its records are sealed anew by the next run.
    async fn check_epochs(&self, kept: &Kept) -> Result<(), IntakeError> {
        match self.custodian.check_epochs(&self.aegle, &kept.batch).await {
            Err(IngestError::KeysMoved(patient)) => {
                self.journal.discard()?;
                Err(IntakeError::SealedBefore(patient))
            }
            checked => Ok(checked?),
        }
    }

    /// Stores the ciphertexts of a batch.
    async fn store(&self, pending: &Pending, kept: &Kept, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        let mut watch = |step| watch(Event::Step(step));
        if let [row] = kept.batch.rows()
            && row.ciphertext_length > UPLOADED_WHOLE_BYTES
        {
            let large = LargeCiphertext {
                record: row.id,
                hash: row.ciphertext_hash,
                length: row.ciphertext_length,
            };
            let read = |number| self.journal.piece(pending, large.length, number);
            let stored = self.custodian.store_large(&self.aegle, &large, read, &mut watch);
            return Ok(stored.await?);
        }
        let bytes = self.journal.ciphertexts(pending)?;
        let mut rest = bytes.as_slice();
        let mut sent: Vec<(RecordId, &[u8])> = Vec::with_capacity(kept.batch.rows().len());
        for row in kept.batch.rows() {
            let length = usize::try_from(row.ciphertext_length).ok();
            let cut = length.and_then(|length| rest.split_at_checked(length));
            let (own, others) = cut.ok_or(JournalError::Damaged("the unfinished batch"))?;
            sent.push((row.id, own));
            rest = others;
        }
        self.custodian.store(&self.aegle, sent.into_iter(), &mut watch).await?;
        Ok(())
    }

    /// Uploads the bundle of a batch that is anchored. What the indexer has forgotten meanwhile is stored again.
    async fn upload(
        &self,
        pending: &Pending,
        kept: &Kept,
        block: u32,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), IntakeError> {
        let bundle = self.journal.bundle(pending)?;
        let mut sent = self.custodian.upload_anchored(&self.aegle, &bundle, block).await;
        if sent.as_ref().is_err_and(is_missing_ciphertext) {
            self.store(pending, kept, watch).await?;
            sent = self.custodian.upload_anchored(&self.aegle, &bundle, block).await;
        }
        sent.map_err(|source| IntakeError::NotUploaded {
            batch: bundle.batch,
            source,
        })?;
        watch(Event::Step(Step::Uploaded));
        Ok(())
    }
}
