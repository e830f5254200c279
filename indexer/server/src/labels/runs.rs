//! The labels of records as they are stored, for whoever searches in them elsewhere.
use super::{Labels, LabelsError};
use crate::store::{LabelsOfSpan, Records, ScopeBatches, StoreError};
use aegle_protocol::wire::{Format, MAX_RUN_BYTES};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{BatchSpan, Label, Salt, UnverifiedLabelSet};
use scale::DecodeAll;
use std::sync::PoisonError;

/// The labels of a record.
pub struct RecordLabels {
    /// Its batch.
    pub batch: BatchNumber,
    /// Its number there.
    pub number: u32,
    /// The labels.
    pub labels: Vec<Label>,
}

/// The labels of records in a batch, or in a span of batches that have their labels in common.
pub struct SpanLabels {
    /// The batches.
    pub span: BatchSpan,
    /// The epoch in which they were labelled.
    pub epoch: u16,
    /// The salt.
    pub salt: Salt,
    /// The number of records of the patient in these batches, erased ones included.
    pub counters: u32,
    /// The records, in order.
    pub records: Vec<RecordLabels>,
}

impl Labels {
    /// Returns the labels of records of a patient, the newest batches first.
    ///
    /// # Errors
    /// [`LabelsError::TooManyLabels`] when they are more than one answer has, and the store's.
    pub async fn runs(&self, domain: DomainId, records: &Records) -> Result<Vec<SpanLabels>, LabelsError> {
        let _searching = self.exchanging.read().await;
        let visible = *self.visible.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut spans, mut bytes) = (Vec::new(), 0);
        for scope in self.store.labelled(domain, visible, records).await? {
            let stored = self.store.labels_of_span(domain, scope.span.first()).await?;
            let stored = stored.ok_or(StoreError::Corrupt { column: "labels" })?;
            let cutting = tokio::task::spawn_blocking(move || cut(&scope, &stored));
            let span = cutting.await.map_err(|_| LabelsError::Closed)??;
            let labels = span.records.iter().map(|record| record.labels.len());
            bytes += labels.sum::<usize>() * size_of::<Label>();
            if bytes > MAX_RUN_BYTES {
                return Err(LabelsError::TooManyLabels { limit: MAX_RUN_BYTES });
            }
            spans.push(span);
        }
        Ok(spans)
    }
}

/// Takes the labels of records out of those of all records.
fn cut(scope: &ScopeBatches, stored: &LabelsOfSpan) -> Result<SpanLabels, LabelsError> {
    let corrupt = || StoreError::Corrupt { column: "labels" };
    let body = Format::LabelSet.body(&stored.labels).map_err(|_| corrupt())?;
    let mut set = UnverifiedLabelSet::decode_all(&mut &*body).map_err(|_| corrupt())?;
    let mut records = Vec::new();
    for number in &scope.numbers {
        let labels = set.records.get_mut(number as usize).ok_or_else(corrupt)?;
        // The last batch that begins no later than there.
        let at = stored.starts.partition_point(|start| *start <= number);
        let at = at.checked_sub(1).ok_or_else(corrupt)?;
        let offset = u32::try_from(at).map_err(|_| corrupt())?;
        records.push(RecordLabels {
            batch: BatchNumber(scope.span.first().0.saturating_add(offset)),
            number: number - stored.starts[at],
            labels: std::mem::take(labels),
        });
    }
    Ok(SpanLabels {
        span: scope.span,
        epoch: scope.epoch,
        salt: stored.salt,
        counters: stored.records,
        records,
    })
}
