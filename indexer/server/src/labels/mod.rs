//! The label index follows Postgres: it can be deleted at any time and is made again from what is stored there.
mod compare;
mod counts;
mod error;
mod follow;
mod runs;
mod search;
mod trees;

pub use compare::LabelDifference;
pub(crate) use compare::differences;
pub use error::LabelsError;
pub(crate) use follow::decode;
pub use runs::{RecordLabels, SpanLabels};
pub use search::{BatchHits, SearchInput};
pub use trees::BatchTrees;

use crate::store::{Erased, NewLabels, Store};
use aegle_index::{IndexOptions, LabelIndex, LabelSearcher, TokenCache};
use aegle_rules::{BatchNumber, DomainId};
use counts::CountCache;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;
use trees::Trees;

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
    /// Why the index does not follow Postgres, after a write of it failed; `None` while it does.
    fault: Arc<Mutex<Option<String>>>,
    /// Wakes whoever lets the index follow, after a fault.
    woken: Arc<Notify>,
    counts: Arc<Mutex<CountCache>>,
    token_cache: Arc<TokenCache>,
    trees: Arc<Trees>,
    /// Held to read by every search, and to write while the labels of a batch are exchanged: a search sees the old ones
    /// or the new ones, in Postgres and in the index alike.
    exchanging: Arc<tokio::sync::RwLock<()>>,
}

impl Labels {
    /// Opens the index in `data/index`, lets it catch up, and compares it with Postgres. An index that is not of this
    /// database, or that cannot be opened, is made again. Where its folder cannot be written, [`Self::following`] says so.
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
            fault: Arc::default(),
            woken: Arc::default(),
            counts: Arc::default(),
            token_cache: Arc::new(TokenCache::new()?),
            trees: Arc::new(Trees::new(store.clone())),
            exchanging: Arc::default(),
            store,
        };
        match labels.catch_up_and_compare().await {
            Ok(_) => {}
            // Nothing is searched before it is mended, and it is tried again.
            Err(error) if error.is_mended_by_following() => {
                tracing::error!(%error, "the label index does not follow Postgres yet");
            }
            Err(error) => return Err(error),
        }
        Ok(labels)
    }

    /// Empties the index and makes it again from Postgres alone.
    ///
    /// # Errors
    /// [`LabelsError`].
    pub async fn rebuild(store: Store, data: &Path) -> Result<u64, LabelsError> {
        empty(&data.join("index"))?;
        let labels = Self::open(store, data).await?;
        let followed = labels.catch_up_and_compare().await?;
        // The labels of erased records, which are stored until their batches are labelled anew, were added and deleted.
        labels.purge().await?;
        Ok(followed)
    }

    /// Returns the folder of the index.
    pub fn folder(&self) -> &Path {
        &self.folder
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
