//! The index follows Postgres: what is stored is added, and after a fault of the disk the index is opened again, compared
//! with what is stored, and made up to it. Until then nothing is searched.
use super::{Labels, LabelsError, compare};
use crate::{
    store::{LabelsRow, StoredLabels},
    supervise::Pulse,
};
use aegle_index::{LabelIndex, Payload, WriteError};
use aegle_protocol::wire::Format;
use aegle_sealed::{LabelSet, LabelSetError, UnverifiedLabelSet};
use scale::DecodeAll;
use std::{
    convert::Infallible,
    sync::{PoisonError, TryLockError},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::Instant};

/// Batches between two commits of the index while it catches up.
const COMMIT_EVERY: u32 = 16;
/// The pause between two looks for labels that were stored and not added: whoever stores some adds them at once.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// The pause between two comparisons of the whole index with Postgres.
const COMPARE_INTERVAL: Duration = Duration::from_secs(30);

impl Labels {
    /// Lets the index follow for as long as it can. A fault of its disk does not end it: [`Self::following`] says so, and it
    /// is tried again until the disk can be written. It shows no step meanwhile.
    pub(crate) async fn run(self, pulse: Pulse) -> Result<Infallible, LabelsError> {
        let mut compared: Option<Instant> = None;
        loop {
            let is_due = compared.is_none_or(|compared| compared.elapsed() >= COMPARE_INTERVAL);
            let followed = match is_due {
                true => self.catch_up_and_compare().await,
                false => self.catch_up().await,
            };
            match followed {
                Ok(_) => {
                    compared = if is_due { Some(Instant::now()) } else { compared };
                    pulse.well();
                    // A fault ends the pause.
                    let _ = tokio::time::timeout(LOOK_INTERVAL, self.woken.notified()).await;
                }
                Err(error) if error.is_mended_by_following() => {
                    tracing::error!(%error, "the label index does not follow Postgres yet");
                    tokio::time::sleep(LOOK_INTERVAL).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Checks that the index holds what it should, so that a search finds everything.
    ///
    /// # Errors
    /// [`LabelsError::Behind`] after a fault, until the index was made up to what is stored.
    pub fn following(&self) -> Result<(), LabelsError> {
        match &*self.fault.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(reason) => Err(LabelsError::Behind { reason: reason.clone() }),
        }
    }

    /// Notes a fault, unless there is one already; `None` when it is over.
    fn set_fault(&self, fault: Option<String>) {
        let mut noted = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = fault.map(|fault| noted.take().unwrap_or(fault));
    }

    /// Adds all stored labels that the index does not have yet, after a fault all that it should have; gives the sequence
    /// number of the last ones.
    ///
    /// # Errors
    /// [`LabelsError`]; what was committed until then stays.
    pub async fn catch_up(&self) -> Result<u64, LabelsError> {
        let mut followed = self.followed.lock().await;
        let was_faulted = self.following().is_err();
        if was_faulted {
            *followed = self.recover().await?;
        }
        self.add_stored(&mut followed).await?;
        if was_faulted {
            self.compare(*followed).await?;
            tracing::info!(sequence = *followed, "the label index follows Postgres again");
            self.set_fault(None);
        }
        Ok(*followed)
    }

    /// Catches up, and compares the whole index with what is stored; an index that differs is mended.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn catch_up_and_compare(&self) -> Result<u64, LabelsError> {
        let mut followed = self.followed.lock().await;
        if self.following().is_ok() {
            self.add_stored(&mut followed).await?;
            match self.compare(*followed).await {
                Ok(()) => return Ok(*followed),
                Err(error @ LabelsError::Differs { .. }) => {
                    tracing::error!(%error, "the label index is mended");
                    self.set_fault(Some(error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        drop(followed);
        self.catch_up().await
    }

    /// Adds what is stored after a sequence number, and moves that on.
    async fn add_stored(&self, followed: &mut u64) -> Result<(), LabelsError> {
        let mut pending = 0;
        let mut last: Option<Payload> = None;
        let mut sequence = *followed;
        while let Some(row) = self.store.labels_after(sequence).await? {
            sequence = row.stored.sequence;
            last = Some(self.add(&row.stored, decode(&row)?).await?);
            pending += 1;
            if pending == COMMIT_EVERY {
                *followed = self.commit(last.take()).await?.unwrap_or(sequence);
                pending = 0;
            }
        }
        if let Some(sequence) = self.commit(last).await? {
            *followed = sequence;
        }
        Ok(())
    }

    /// Adds labels that were stored just now: without reading them again, if they are the next ones.
    ///
    /// # Errors
    /// [`LabelsError`]; then they are added as soon as that is possible.
    pub async fn follow(&self, stored: StoredLabels, set: LabelSet) -> Result<u64, LabelsError> {
        let mut followed = self.followed.lock().await;
        if self.following().is_err() || self.store.sequence_after(*followed).await? != Some(stored.sequence) {
            drop(followed);
            return self.catch_up().await;
        }
        let payload = self.add(&stored, set).await?;
        *followed = self.commit(Some(payload)).await?.unwrap_or(stored.sequence);
        Ok(*followed)
    }

    /// Opens the index again at its last commit, and takes out what is not stored. Gives the sequence number from which on
    /// everything must be added again.
    async fn recover(&self) -> Result<u64, LabelsError> {
        let payload = self.write(LabelIndex::recover).await?;
        let mut followed = 0;
        if let Some(payload) = payload {
            let bundle = self.store.bundle_at(payload.block.into()).await?;
            if bundle.is_some_and(|bundle| bundle.0 == payload.hash) {
                followed = payload.block.into();
            }
        }
        let places = self.store.label_places().await?;
        let differences = compare::differences(&places, &self.searcher.held(), followed);
        let foreign: Vec<_> = differences
            .iter()
            .filter(|difference| difference.sequence.is_none())
            .collect();
        if let (Some(payload), false) = (payload, foreign.is_empty()) {
            let foreign: Vec<_> = foreign.iter().map(|foreign| (foreign.domain, foreign.first)).collect();
            self.write(move |index| {
                for (domain, first) in foreign {
                    index.remove_batch(domain, first)?;
                }
                index.commit(payload)
            })
            .await?;
        }
        let wrong = differences.iter().filter_map(|difference| difference.sequence).min();
        followed = wrong.map_or(followed, |wrong| followed.min(wrong.saturating_sub(1)));
        tracing::warn!(
            sequence = followed,
            differences = differences.len(),
            "the label index goes on from here"
        );
        *self.visible.lock().unwrap_or_else(PoisonError::into_inner) = followed;
        Ok(followed)
    }

    /// Compares the index with all labels that are stored up to a sequence number.
    async fn compare(&self, followed: u64) -> Result<(), LabelsError> {
        let places = self.store.label_places().await?;
        let differences = compare::differences(&places, &self.searcher.held(), followed);
        match differences.first() {
            None => Ok(()),
            Some(first) => Err(LabelsError::Differs {
                count: differences.len(),
                first: first.clone(),
            }),
        }
    }

    async fn add(&self, stored: &StoredLabels, set: LabelSet) -> Result<Payload, LabelsError> {
        let StoredLabels {
            sequence,
            domain,
            span,
            bundle,
        } = *stored;
        let block = u32::try_from(sequence).map_err(|_| LabelsError::Corrupt {
            sequence,
            reason: "sequence number over 32 bits".to_owned(),
        })?;
        let payload = Payload { block, hash: bundle.0 };
        let erased = self.store.erased_of(domain, span.first()).await?;
        self.write(move |index| {
            index.add_span(domain, span, &set)?;
            erased
                .into_iter()
                .try_for_each(|number| index.delete_record(domain, span.first(), number))
        })
        .await?;
        // What was labelled anew has another table.
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        span.batches().for_each(|batch| counts.forget((domain, batch)));
        Ok(payload)
    }

    async fn commit(&self, payload: Option<Payload>) -> Result<Option<u64>, LabelsError> {
        let Some(payload) = payload else { return Ok(None) };
        let sequence = u64::from(payload.block);
        self.write(move |index| index.commit(payload)).await?;
        *self.visible.lock().unwrap_or_else(PoisonError::into_inner) = sequence;
        Ok(Some(sequence))
    }

    /// Changes the index. After a change that failed, nothing is searched until it was made up for.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut LabelIndex) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, LabelsError> {
        let index = self.index.clone();
        let task = spawn_blocking(move || match index.try_lock() {
            Ok(mut index) => Ok(change(&mut index)?),
            // A change that panicked is one that failed: the index knows.
            Err(TryLockError::Poisoned(index)) => Ok(change(&mut index.into_inner())?),
            Err(TryLockError::WouldBlock) => Err(LabelsError::Hung),
        });
        let changed = match task.await {
            Ok(changed) => changed,
            Err(error) if error.is_panic() => Err(LabelsError::Panicked),
            Err(_) => Err(LabelsError::Closed),
        };
        if let Err(error) = &changed
            && error.is_mended_by_following()
        {
            self.set_fault(Some(error.to_string()));
            self.woken.notify_one();
        }
        changed
    }
}

/// Reads a stored label set.
pub(crate) fn decode(row: &LabelsRow) -> Result<LabelSet, LabelsError> {
    let corrupt = |reason: String| LabelsError::Corrupt {
        sequence: row.stored.sequence,
        reason,
    };
    let mut labels = Format::LabelSet
        .body(&row.labels)
        .map_err(|error| corrupt(error.to_string()))?;
    let set = UnverifiedLabelSet::decode_all(&mut labels).map_err(|error| corrupt(error.to_string()))?;
    set.verify(row.records)
        .map_err(|error: LabelSetError| corrupt(error.to_string()))
}
