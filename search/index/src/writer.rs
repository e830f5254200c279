//! The index and its only writer.

mod purge;

use crate::{
    block::Block,
    error::{OpenError, WriteError},
    limits::{MERGE_THREADS, WRITER_BYTES_PER_THREAD, WRITER_THREADS},
    merge_policy::BatchMergePolicy,
    request::{LabelSearch, SearchError, SpanHits},
    schema::{BatchKey, Fields, LabelSchema, schema},
    searcher::LabelSearcher,
    snapshot::Snapshot,
};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{BatchSpan, LabelSet};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt, fs, io, path::Path};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyError, directory::MmapDirectory,
    indexer::IndexWriterOptions,
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

/// The index of labels: one writer, and searches beside it.
///
/// It is derived from the database and may be deleted and built again. Nothing is visible before [`Self::commit`].
/// After a crash read [`Self::payload`], and replay every block after it: adding a batch replaces it, so replaying one
/// block too many does no harm, if its erasures are replayed with it.
///
/// After a change that failed nothing more is taken until [`Self::recover`]: a writer of tantivy's that met a fault of the
/// disk goes on taking documents, commits none of them, and reports success.
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
    /// Whether a change failed, or never ended, since the index was opened or recovered.
    faulted: bool,
    /// Batches added since the last commit, with the numbers of their records.
    added: HashMap<BatchKey, RoaringBitmap>,
    /// Records to be erased by the next commit.
    erasures: HashMap<BatchKey, RoaringBitmap>,
}

impl LabelIndex {
    /// Opens the index in `folder`, and makes folder and index if there is none. One process at a time can.
    ///
    /// # Errors
    /// [`OpenError`]: the folder cannot be made, holds something else, or is written to by another process.
    pub fn open(folder: &Path, options: IndexOptions) -> Result<Self, OpenError> {
        fs::create_dir_all(folder)?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        Self::with_index(Index::open_or_create(directory, schema().schema)?, options)
    }

    /// Opens an empty index that is gone with its value: for tests and small tools.
    ///
    /// # Errors
    /// [`OpenError::Storage`].
    pub fn open_in_memory(options: IndexOptions) -> Result<Self, OpenError> {
        let index = Index::builder()
            .schema(schema().schema)
            .settings(IndexSettings::default())
            .create_in_ram()?;
        Self::with_index(index, options)
    }

    fn with_index(index: Index, options: IndexOptions) -> Result<Self, OpenError> {
        let LabelSchema { fields, .. } = schema();
        let payload = parse_payload(index.load_metas()?.payload.as_deref()).map_err(OpenError::ForeignPayload)?;
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
            faulted: false,
            added: HashMap::new(),
            erasures: HashMap::new(),
        })
    }

    /// Adds the labels of a batch in place of what the index has of it. A record that was erased must be deleted again:
    /// see [`Self::delete_record`]. Commit every few batches: until then their labels are in memory.
    ///
    /// # Errors
    /// As [`Self::add_span`].
    pub fn add_batch(&mut self, domain: DomainId, batch: BatchNumber, labels: &LabelSet) -> Result<(), WriteError> {
        self.add_span(domain, BatchSpan::one(batch), labels)
    }

    /// Adds the labels that a span of batches has in common, in place of what the index has of each of them.
    ///
    /// # Errors
    /// [`WriteError`]: the storage fails, an earlier change failed, or there is no randomness for the batch's stamp.
    /// The index is to be [recovered](Self::recover) then.
    pub fn add_span(&mut self, domain: DomainId, span: BatchSpan, labels: &LabelSet) -> Result<(), WriteError> {
        self.guarded(|index| {
            let batch_key = BatchKey::new(domain, span.first());
            for batch in span.batches() {
                let replaced = BatchKey::new(domain, batch);
                if replaced != batch_key {
                    index.remove(replaced)?;
                }
            }
            index.erasures.remove(&batch_key);
            let block = Block::new(labels);
            index.replace(batch_key, &block)?;
            index.added.insert(batch_key, block.numbers);
            Ok(())
        })
    }

    /// Takes the labels that begin with a batch out of the index.
    ///
    /// # Errors
    /// [`WriteError`]: the writer cannot be opened, or an earlier change failed and the index was not
    /// [recovered](Self::recover).
    pub fn remove_batch(&mut self, domain: DomainId, first: BatchNumber) -> Result<(), WriteError> {
        self.guarded(|index| index.remove(BatchKey::new(domain, first)))
    }

    fn remove(&mut self, batch_key: BatchKey) -> Result<(), WriteError> {
        self.erasures.remove(&batch_key);
        self.added.remove(&batch_key);
        let term = self.fields.batch_key_term(batch_key);
        self.change()?.delete_term(term);
        Ok(())
    }

    /// Erases one record, given by the first batch of its labels and its number among them: from the next commit on it
    /// is not found, and the document has none of its labels. The bytes of the old document are gone after
    /// [`Self::purge`].
    ///
    /// # Errors
    /// [`WriteError`]: the writer cannot be opened, or an earlier change failed and the index was not
    /// [recovered](Self::recover).
    pub fn delete_record(&mut self, domain: DomainId, first: BatchNumber, number: u32) -> Result<(), WriteError> {
        self.guarded(|index| {
            let batch_key = BatchKey::new(domain, first);
            index.change()?;
            index.erasures.entry(batch_key).or_default().insert(number);
            Ok(())
        })
    }

    /// Makes everything since the last commit durable and visible, together with how far it goes. When this returns,
    /// the index holds what was added, record by record.
    ///
    /// # Errors
    /// [`WriteError`]: the storage fails, an earlier change failed, or the index does not hold what was added. It is to
    /// be [recovered](Self::recover) then.
    pub fn commit(&mut self, payload: Payload) -> Result<(), WriteError> {
        self.guarded(|index| {
            if index
                .erasures
                .keys()
                .any(|batch_key| index.added.contains_key(batch_key))
            {
                // What is being added can be read after a commit only. Nobody sees it yet, and after a crash the replay
                // from the old payload adds it again, and erases again.
                index.write_commit(index.payload)?;
            }
            index.erase()?;
            index.write_commit(Some(payload))?;
            index.refresh()?;
            index.check_added()?;
            index.added.clear();
            index.uncommitted = false;
            index.payload = Some(payload);
            Ok(())
        })
    }

    /// Opens the writer again after a change that failed, at the last commit on disk: every block after the payload that is
    /// returned must be replayed, and what the index holds be compared with what it should ([`LabelSearcher::held`]),
    /// because the failed commit may have left its payload and nothing else.
    ///
    /// # Errors
    /// [`WriteError`]; the index takes nothing then, as before.
    pub fn recover(&mut self) -> Result<Option<Payload>, WriteError> {
        self.faulted = true;
        self.give_up_writer();
        self.added.clear();
        self.erasures.clear();
        let payload = parse_payload(self.index.load_metas()?.payload.as_deref());
        let payload = payload.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.writer = Some(open_writer(&self.index, self.options)?);
        self.refresh()?;
        self.payload = payload;
        self.uncommitted = false;
        self.faulted = false;
        Ok(payload)
    }

    /// Makes a change. One that fails, or panics, leaves the index to be recovered.
    fn guarded<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T, WriteError>) -> Result<T, WriteError> {
        if self.faulted {
            return Err(WriteError::Faulted);
        }
        self.faulted = true;
        let changed = change(self);
        self.faulted = changed.as_ref().is_err_and(|error| !error.is_harmless());
        if self.faulted {
            self.give_up_writer();
        }
        changed
    }

    /// Ends the writer, and waits for merges that are under way: they would write into the folder beside the next one.
    fn give_up_writer(&mut self) {
        if let Some(Err(error)) = self.writer.take().map(IndexWriter::wait_merging_threads) {
            tracing::warn!(%error, "a merge of the index was not completed");
        }
    }

    /// Checks that what was added is what searches see.
    fn check_added(&self) -> Result<(), WriteError> {
        let snapshot = self.searcher.snapshot();
        for (batch_key, numbers) in &self.added {
            let held = snapshot
                .block(*batch_key)?
                .map(|block| block.alive())
                .unwrap_or_default();
            if held != *numbers {
                return Err(WriteError::Lost);
            }
        }
        Ok(())
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
            if let Some(added) = self.added.get_mut(&batch_key) {
                *added -= &erased;
            }
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

    /// Lets searches see the segments as they are now, after merges.
    ///
    /// # Errors
    /// [`WriteError`]: the segments cannot be read.
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
    /// Waits for merges that are under way: left alone, they would write into the folder when somebody else has it.
    fn drop(&mut self) {
        self.give_up_writer();
    }
}

impl fmt::Debug for LabelIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelIndex")
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

fn parse_payload(text: Option<&str>) -> Result<Option<Payload>, serde_json::Error> {
    text.map(serde_json::from_str).transpose()
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
