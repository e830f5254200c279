//! From a batch that is in the journal to one that is done, and from what is to be done on chain to nothing.

use super::{Batched, Event, Intake, IntakeError};
use crate::{
    chain::{CallError, Chain},
    custodian::{Anchoring, LabelledBatch, MAX_ANCHOR_ATTEMPTS, Opening, Step, is_missing_ciphertext},
    native::journal::{Action, DoneBatch, JournalError, Kept, MISFILED, Pending, Stage},
};
use aegle_protocol::{record::RecordId, wire::RecordPlace};
use aegle_rules::ledger::{ErasureReason, Fate, LedgerError, RecordPosition};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashSet;

/// Transactions that are under way at the same time.
const PARALLEL_ACTIONS: usize = 8;

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
                    return Err(crate::custodian::IngestError::NumbersTaken.into());
                }
                Stage::Sealed => {
                    if labelled == 0 {
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

    /// Stores the ciphertexts of a batch.
    async fn store(&self, pending: &Pending, kept: &Kept, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
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
        let mut watch = |step| watch(Event::Step(step));
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

    /// Does on chain what is still to be done for records that are sealed. An erasure that this key may not attest stays
    /// to be done.
    pub(super) async fn act(&mut self, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), IntakeError> {
        let mut from = 0;
        loop {
            let actions = self.journal.actions(from)?;
            // What is to be done for one resource is done in order.
            let mut seen = HashSet::new();
            let at_once = actions.iter().take_while(|(_, action)| seen.insert(action.identity()));
            let at_once: Vec<&(u64, Action)> = at_once.collect();
            let Some((last, _)) = at_once.last() else {
                return Ok(());
            };
            from = last.saturating_add(1);
            let this = &*self;
            let doing = at_once.into_iter().map(async |numbered| {
                let done = this.act_on(&numbered.1).await?;
                Ok::<_, IntakeError>((numbered, done))
            });
            let mut doing = stream::iter(doing).buffer_unordered(PARALLEL_ACTIONS);
            let (mut refused, mut refiled) = (Vec::new(), Vec::new());
            while let Some(((number, action), done)) = doing.try_next().await? {
                match done {
                    Some(opened) => {
                        this.journal.done(*number, action, &opened)?;
                        watch(Event::Acted(action));
                        refiled.push((action, opened));
                    }
                    None => refused.push(action),
                }
            }
            drop(doing);
            for action in refused {
                self.outcome.add_not_erased(action);
            }
            for (action, opened) in refiled {
                self.outcome.add_refiled(action, opened);
            }
        }
    }

    /// Does one thing; `None` when it is an erasure that this key may not attest. Gives who had opened what is refiled.
    async fn act_on(&self, action: &Action) -> Result<Option<Vec<Opening>>, IntakeError> {
        match action {
            Action::Supersede { record, by, .. } => {
                let superseding = self.custodian.supersede(&self.aegle, self.domain(), *record, *by);
                superseding.await?;
                Ok(Some(Vec::new()))
            }
            Action::Erase { record, reason, .. } => {
                let erased_in = self.erase(*record, *reason).await?;
                Ok(erased_in.map(|_| Vec::new()))
            }
            Action::Refile { record, name, .. } => {
                let Some(block) = self.erase(*record, MISFILED).await? else {
                    return Ok(None);
                };
                // What the indexer knows to be erased it shows to nobody: whoever is named then are all.
                let opened = async {
                    self.custodian.once_indexed(&self.aegle, block).await?;
                    self.custodian.openings(&self.aegle, name).await
                };
                let opened = opened.await.map_err(|source| IntakeError::Openings {
                    record: *record,
                    source,
                })?;
                Ok(Some(opened))
            }
        }
    }

    /// Attests that a record is erased; gives a block in whose state it is, and `None` when this key may not attest it.
    async fn erase(&self, record: RecordPosition, reason: ErasureReason) -> Result<Option<u32>, IntakeError> {
        let place = RecordPlace {
            batch: record.batch,
            number: record.index,
        };
        let attested = self.custodian.attest_erasure(&self.aegle, self.domain(), place, reason);
        match attested.await {
            Ok(receipt) => Ok(Some(receipt.block)),
            Err(CallError::Refused(LedgerError::AlreadyErased)) => Ok(Some(self.aegle.chain.finalized().await?.number)),
            // Somebody else may have attested it meanwhile.
            Err(CallError::Refused(LedgerError::NotCustodian)) => {
                let head = self.aegle.chain.finalized().await?;
                let fate = self.aegle.fate(&head, self.domain(), record).await?;
                Ok(matches!(fate, Some(Fate::Erased { .. })).then_some(head.number))
            }
            Err(source) => Err(IntakeError::Erasure { record, source }),
        }
    }
}
