//! The label index follows Postgres: it can be deleted at any time and is made again from what is stored there.
mod counts;
mod error;
mod runs;
mod search;
mod trees;

pub use error::LabelsError;
pub use runs::{RecordLabels, SpanLabels};
pub use search::{BatchHits, SearchInput};
pub use trees::BatchTrees;

use crate::store::{Erased, LabelsRow, NewLabels, Store, StoredLabels};
use aegle_index::{IndexOptions, LabelIndex, LabelSearcher, Payload, TokenCache, WriteError};
use aegle_protocol::wire::Format;
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{LabelSet, LabelSetError, UnverifiedLabelSet};
use counts::CountCache;
use scale::Decode;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use trees::Trees;

/// Batches between two commits of the index while it catches up.
const COMMIT_EVERY: u32 = 16;

/// The label index, and how far it has followed.
#[derive(Clone)]
pub struct Labels {
    store: Store,
    folder: PathBuf,
    index: Arc<Mutex<LabelIndex>>,
    searcher: LabelSearcher,
    /// The sequence number of the last batch in the index; whoever holds it is the only writer.
    followed: Arc<tokio::sync::Mutex<u64>>,
    /// The same number, for readers.
    visible: Arc<Mutex<u64>>,
    counts: Arc<Mutex<CountCache>>,
    token_cache: Arc<TokenCache>,
    trees: Arc<Trees>,
    /// Held to read by every search, and to write while the labels of a batch are exchanged: a search sees the old ones
    /// or the new ones, in Postgres and in the index alike.
    exchanging: Arc<tokio::sync::RwLock<()>>,
}

impl Labels {
    /// Opens the index in `data/index` and lets it catch up. An index that is not of this database, or that cannot be
    /// opened, is made again.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn open(store: Store, data: &Path) -> Result<Self, LabelsError> {
        let folder = data.join("index");
        let opened = open_index(&folder).await;
        let payload = match &opened {
            Ok(index) => index.payload(),
            Err(error) => {
                tracing::warn!(%error, "the label index cannot be opened and is made again");
                None
            }
        };
        let followed = match &payload {
            Some(payload)
                if store
                    .bundle_at(payload.block.into())
                    .await?
                    .is_some_and(|hash| hash.0 == payload.hash) =>
            {
                payload.block.into()
            }
            _ => 0,
        };
        let index = match (opened, payload) {
            (Ok(index), Some(_)) if followed > 0 => index,
            (Ok(index), None) => index,
            (unusable, _) => {
                drop(unusable);
                empty(&folder)?;
                open_index(&folder).await?
            }
        };
        let labels = Self {
            folder,
            searcher: index.searcher(),
            index: Arc::new(Mutex::new(index)),
            followed: Arc::new(tokio::sync::Mutex::new(followed)),
            visible: Arc::new(Mutex::new(followed)),
            counts: Arc::default(),
            token_cache: Arc::new(TokenCache::new()?),
            trees: Arc::new(Trees::new(store.clone())),
            exchanging: Arc::default(),
            store,
        };
        labels.catch_up().await?;
        Ok(labels)
    }

    /// Adds every stored batch that the index does not have yet, and gives the sequence number of the last one.
    ///
    /// # Errors
    /// [`LabelsError`]; what was committed until then stays.
    pub async fn catch_up(&self) -> Result<u64, LabelsError> {
        let mut followed = self.followed.lock().await;
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
        Ok(*followed)
    }

    /// Empties the index and makes it again from Postgres alone.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn rebuild(store: Store, data: &Path) -> Result<u64, LabelsError> {
        empty(&data.join("index"))?;
        let labels = Self::open(store, data).await?;
        labels.catch_up().await
    }

    /// Returns the folder of the index.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds labels that were stored just now: without reading them again, if they are the next ones.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn follow(&self, stored: StoredLabels, set: LabelSet) -> Result<u64, LabelsError> {
        let mut followed = self.followed.lock().await;
        if self.store.sequence_after(*followed).await? != Some(stored.sequence) {
            drop(followed);
            return self.catch_up().await;
        }
        let payload = self.add(&stored, set).await?;
        *followed = self.commit(Some(payload)).await?.unwrap_or(stored.sequence);
        Ok(*followed)
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

    /// Stores new labels of a batch or a span of batches, and lets the index take them up. `None` when not all of them are
    /// stored, or they have such labels already.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn relabel(&self, labels: &NewLabels) -> Result<Option<u64>, LabelsError> {
        let _exchange = self.exchanging.write().await;
        let sequence = self.store.replace_labels(labels).await?;
        if sequence.is_some() {
            self.catch_up().await?;
        }
        Ok(sequence)
    }

    /// Takes records out of the index, and their labels out of its files.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn erase(&self, erased: &[Erased]) -> Result<(), LabelsError> {
        // Nobody may add a batch between the deletion and its commit, which would carry a payload too old for it.
        let _followed = self.followed.lock().await;
        let erased = erased.to_vec();
        self.write(move |index| {
            // Without a commit there is no batch, and nothing to delete.
            let Some(payload) = index.payload() else { return Ok(()) };
            for record in &erased {
                index.delete_record(record.domain, record.labels.first, record.labels.number)?;
            }
            index.commit(payload)?;
            index.purge()
        })
        .await
    }

    /// Takes what deleted and replaced batches left out of the index's files.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn purge(&self) -> Result<(), LabelsError> {
        let _followed = self.followed.lock().await;
        self.write(LabelIndex::purge).await
    }

    /// Returns the Merkle trees that prove the entries and labels of a batch, or of those with which it was compacted.
    /// `None` when the batch is not stored, or waits for new labels.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn trees(&self, domain: DomainId, batch: BatchNumber) -> Result<Option<BatchTrees>, LabelsError> {
        self.trees.of(domain, batch).await
    }

    async fn commit(&self, payload: Option<Payload>) -> Result<Option<u64>, LabelsError> {
        let Some(payload) = payload else { return Ok(None) };
        let sequence = u64::from(payload.block);
        self.write(move |index| index.commit(payload)).await?;
        *self.visible.lock().unwrap_or_else(PoisonError::into_inner) = sequence;
        Ok(Some(sequence))
    }

    async fn write<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut LabelIndex) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, LabelsError> {
        let index = self.index.clone();
        let task =
            tokio::task::spawn_blocking(move || action(&mut index.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(task.await.map_err(|_| LabelsError::Closed)??)
    }
}

fn decode(row: &LabelsRow) -> Result<LabelSet, LabelsError> {
    let corrupt = |reason: String| LabelsError::Corrupt {
        sequence: row.stored.sequence,
        reason,
    };
    let mut labels = Format::LabelSet
        .body(&row.labels)
        .map_err(|error| corrupt(error.to_string()))?;
    let set = UnverifiedLabelSet::decode(&mut labels).map_err(|error| corrupt(error.to_string()))?;
    set.verify(row.records)
        .map_err(|error: LabelSetError| corrupt(error.to_string()))
}

async fn open_index(folder: &Path) -> Result<LabelIndex, LabelsError> {
    let folder = folder.to_owned();
    let task = tokio::task::spawn_blocking(move || LabelIndex::open(&folder, IndexOptions::default()));
    Ok(task.await.map_err(|_| LabelsError::Closed)??)
}

fn empty(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
