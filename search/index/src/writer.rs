//! The index and its only writer.

use crate::{
    block::Block,
    limits::{MERGE_THREADS, REMOVAL_ATTEMPTS, REMOVAL_PAUSE, WRITER_BYTES_PER_THREAD, WRITER_THREADS},
    merge_policy::BatchMergePolicy,
    request::{LabelSearch, SearchError, SpanHits},
    schema::{BatchKey, Fields, LabelSchema, schema},
    searcher::LabelSearcher,
    snapshot::Snapshot,
};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{BatchSpan, LabelSet, RandomnessError};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    fmt, fs, io,
    path::Path,
    thread,
};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError, directory::MmapDirectory,
    index::SegmentId, indexer::IndexWriterOptions, merge_policy::NoMergePolicy,
};

/// The block up to which the index has followed the chain: it is part of each commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// Number of the last block that is in the index.
    pub block: u32,
    /// Its hash; in the index's metadata 64 hexadecimal digits.
    #[serde(with = "hex::serde")]
    pub hash: [u8; 32],
}

/// The resources that the writer may use.
#[derive(Clone, Copy, Debug)]
pub struct IndexOptions {
    /// Threads that write documents; each makes segments of its own.
    pub writer_threads: usize,
    /// Bytes that each of them buffers, at least 15 MB.
    pub writer_bytes_per_thread: usize,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self {
            writer_threads: WRITER_THREADS,
            writer_bytes_per_thread: WRITER_BYTES_PER_THREAD,
        }
    }
}

/// A reason why an index cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder cannot be made or read.
    #[error("the folder of the index cannot be opened")]
    Folder(#[from] std::io::Error),
    /// The folder holds something else, or another process writes to it.
    #[error("the index cannot be opened")]
    Storage(#[from] TantivyError),
    /// The last commit carries no payload of ours: build the index again.
    #[error("the last commit of the index says nothing about a block")]
    ForeignPayload(#[source] serde_json::Error),
}

/// A reason why the index cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The index cannot be written; after a restart replay from the last payload.
    #[error("the index cannot be written")]
    Storage(#[from] TantivyError),
    /// A batch that records are to be erased from cannot be read.
    #[error("the index cannot be read")]
    Read(#[from] io::Error),
    /// The system gives no randomness for the stamp of a batch.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// Erased bytes can be purged from committed documents alone.
    #[error("there are uncommitted changes")]
    Uncommitted,
    /// Files of rewritten segments are still in use; purge again.
    #[error("files of rewritten segments are still in use")]
    FilesInUse,
}

/// The index of labels: one writer, and searches beside it.
///
/// It is derived from the database and may be deleted and built again. Nothing is visible before [`Self::commit`].
/// After a crash read [`Self::payload`], and replay every block after it: adding a batch replaces it, so replaying one
/// block too many does no harm, if its erasures are replayed with it.
pub struct LabelIndex {
    index: Index,
    options: IndexOptions,
    /// `None` only while [`Self::purge`] exchanges it, after it failed to, and at the end.
    writer: Option<IndexWriter>,
    reader: IndexReader,
    fields: Fields,
    searcher: LabelSearcher,
    payload: Option<Payload>,
    uncommitted: bool,
    /// Batches added since the last commit.
    added: HashSet<BatchKey>,
    /// Records to be erased by the next commit.
    erasures: HashMap<BatchKey, RoaringBitmap>,
}

impl LabelIndex {
    /// Opens the index in `folder`, and makes folder and index if there is none. One process at a time can.
    pub fn open(folder: &Path, options: IndexOptions) -> Result<Self, OpenError> {
        fs::create_dir_all(folder)?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        Self::with_index(Index::open_or_create(directory, schema().schema)?, options)
    }

    /// Opens an empty index that is gone with its value: for tests and small tools.
    pub fn open_in_memory(options: IndexOptions) -> Result<Self, OpenError> {
        let index = Index::builder()
            .schema(schema().schema)
            .settings(IndexSettings::default())
            .create_in_ram()?;
        Self::with_index(index, options)
    }

    fn with_index(index: Index, options: IndexOptions) -> Result<Self, OpenError> {
        let LabelSchema { fields, .. } = schema();
        let payload = index.load_metas()?.payload;
        let payload = payload
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(OpenError::ForeignPayload)?;
        let writer = open_writer(&index, options)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let searcher = LabelSearcher::new(Snapshot::open(&reader.searcher(), &Snapshot::default())?);
        Ok(Self {
            index,
            options,
            writer: Some(writer),
            reader,
            fields,
            searcher,
            payload,
            uncommitted: false,
            added: HashSet::new(),
            erasures: HashMap::new(),
        })
    }

    /// Adds the labels of a batch in place of what the index has of it. A record that was erased must be deleted
    /// again: see [`Self::delete_record`]. Commit every few batches: until then their labels are in memory.
    pub fn add_batch(&mut self, domain: DomainId, batch: BatchNumber, labels: &LabelSet) -> Result<(), WriteError> {
        self.add_span(domain, BatchSpan::one(batch), labels)
    }

    /// Adds the labels that a span of batches has in common, in place of what the index has of each of them.
    pub fn add_span(&mut self, domain: DomainId, span: BatchSpan, labels: &LabelSet) -> Result<(), WriteError> {
        let batch_key = BatchKey::new(domain, span.first());
        for batch in span.batches() {
            let replaced = BatchKey::new(domain, batch);
            self.erasures.remove(&replaced);
            self.added.remove(&replaced);
            if replaced != batch_key {
                let term = self.fields.batch_key_term(replaced);
                self.change()?.delete_term(term);
            }
        }
        self.replace(batch_key, &Block::new(labels))?;
        self.added.insert(batch_key);
        Ok(())
    }

    /// Erases one record, given by the first batch of its labels and its number among them: from the next commit on it is
    /// not found, and the document has none of its labels. The bytes of the old document are gone after [`Self::purge`].
    pub fn delete_record(&mut self, domain: DomainId, first: BatchNumber, number: u32) -> Result<(), WriteError> {
        let batch_key = BatchKey::new(domain, first);
        self.change()?;
        self.erasures.entry(batch_key).or_default().insert(number);
        Ok(())
    }

    /// Makes everything since the last commit durable and visible, together with how far it goes.
    pub fn commit(&mut self, payload: Payload) -> Result<(), WriteError> {
        if self.erasures.keys().any(|batch_key| self.added.contains(batch_key)) {
            // What is being added can be read after a commit only. Nobody sees it yet, and after a crash the replay
            // from the old payload adds it again, and erases again.
            self.write_commit(self.payload)?;
        }
        self.erase()?;
        self.write_commit(Some(payload))?;
        self.added.clear();
        self.uncommitted = false;
        self.payload = Some(payload);
        self.refresh()
    }

    fn write_commit(&mut self, payload: Option<Payload>) -> Result<(), WriteError> {
        let text = payload.map(|payload| serde_json::to_string(&payload).expect("a number and a hexadecimal string"));
        let mut prepared = self.change()?.prepare_commit()?;
        if let Some(text) = text {
            prepared.set_payload(&text);
        }
        prepared.commit()?;
        Ok(())
    }

    /// Writes the batches again from which records are to be erased, without those.
    fn erase(&mut self) -> Result<(), WriteError> {
        if self.erasures.is_empty() {
            return Ok(());
        }
        self.reader.reload()?;
        let snapshot = Snapshot::open(&self.reader.searcher(), &self.searcher.snapshot())?;
        for (batch_key, erased) in std::mem::take(&mut self.erasures) {
            let Some(stored) = snapshot.block(batch_key)? else {
                continue;
            };
            let mut block = stored.read();
            if !block.numbers.is_disjoint(&erased) {
                block.erase(&erased);
                self.replace(batch_key, &block)?;
            }
        }
        Ok(())
    }

    /// Writes a document in place of what the index has of a batch; none when no record is left.
    fn replace(&mut self, batch_key: BatchKey, block: &Block) -> Result<(), WriteError> {
        let fields = self.fields;
        let document = block.document(fields, batch_key)?;
        let writer = self.change()?;
        writer.delete_term(fields.batch_key_term(batch_key));
        if !block.numbers.is_empty() {
            writer.add_document(document)?;
        }
        Ok(())
    }

    /// Returns how far the index goes; `None` when nothing was ever committed.
    pub fn payload(&self) -> Option<Payload> {
        self.payload
    }

    /// Rewrites every segment that has deleted documents, so that no file holds a label of theirs.
    ///
    /// Searches that are under way may hold the old files open until they end. Call it on a schedule that keeps the
    /// promise about erasures; merges alone begin at a tenth of a segment.
    ///
    /// # Errors
    /// [`WriteError::Uncommitted`] when there are changes that are not committed.
    pub fn purge(&mut self) -> Result<(), WriteError> {
        if self.uncommitted {
            return Err(WriteError::Uncommitted);
        }
        // Merges that run already must end first, or they could bring back what is being rewritten.
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
        }
        let mut writer = open_writer(&self.index, self.options)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let metas = self.index.searchable_segment_metas()?;
        let stale: Vec<SegmentId> = metas
            .iter()
            .filter(|meta| meta.num_deleted_docs() > 0)
            .map(tantivy::SegmentMeta::id)
            .collect();
        drop(metas);
        for segment in &stale {
            writer.merge(&[*segment]).wait()?;
        }
        writer.set_merge_policy(Box::new(BatchMergePolicy));
        self.writer = Some(writer);
        self.refresh()?;
        self.remove_old_files()?;
        tracing::debug!(segments = stale.len(), "purged deleted documents");
        Ok(())
    }

    /// Removes the files of segments that are no longer in the index. A merge that has just ended counts its old segments
    /// as in use for a moment longer, so this asks again until none of them is left.
    fn remove_old_files(&self) -> Result<(), WriteError> {
        for _ in 0..REMOVAL_ATTEMPTS {
            if let Some(writer) = &self.writer {
                writer.garbage_collect_files().wait()?;
            }
            let current = self.index.searchable_segment_ids()?;
            let is_old = |file: &Path| {
                let name = file.to_str().and_then(|name| name.split('.').next());
                let segment = name.and_then(|name| SegmentId::from_uuid_string(name).ok());
                segment.is_some_and(|segment| !current.contains(&segment))
            };
            if !self
                .index
                .directory()
                .list_managed_files()
                .iter()
                .any(|file| is_old(file))
            {
                return Ok(());
            }
            thread::sleep(REMOVAL_PAUSE);
        }
        Err(WriteError::FilesInUse)
    }

    /// Lets searches see the segments as they are now, after merges.
    pub fn refresh(&self) -> Result<(), WriteError> {
        self.reader.reload()?;
        let snapshot = Snapshot::open(&self.reader.searcher(), &self.searcher.snapshot())?;
        self.searcher.show(snapshot);
        Ok(())
    }

    /// Returns a handle for searches beside the writer.
    pub fn searcher(&self) -> LabelSearcher {
        self.searcher.clone()
    }

    /// Searches the last commit, as [`LabelSearcher::search`].
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn search(&self, search: &LabelSearch<'_>) -> Result<Vec<SpanHits>, SearchError> {
        self.searcher.search(search)
    }

    /// Returns the writer, for a change that must be committed.
    fn change(&mut self) -> Result<&mut IndexWriter, WriteError> {
        if self.writer.is_none() {
            self.writer = Some(open_writer(&self.index, self.options)?);
        }
        self.uncommitted = true;
        Ok(self.writer.as_mut().expect("opened above"))
    }
}

impl Drop for LabelIndex {
    /// Waits for merges that are under way: left alone, they would write files into the folder when somebody else has it.
    fn drop(&mut self) {
        if let Some(Err(error)) = self.writer.take().map(IndexWriter::wait_merging_threads) {
            tracing::warn!(%error, "a merge of the index was not completed");
        }
    }
}

impl fmt::Debug for LabelIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelIndex")
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

fn open_writer(index: &Index, options: IndexOptions) -> Result<IndexWriter, TantivyError> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(options.writer_threads)
        .memory_budget_per_thread(options.writer_bytes_per_thread)
        .num_merge_threads(MERGE_THREADS)
        .build();
    let writer = index.writer_with_options(options)?;
    writer.set_merge_policy(Box::new(BatchMergePolicy));
    Ok(writer)
}
