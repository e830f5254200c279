//! What a search sees: the segments of one commit, opened.

use crate::{
    block::{Block, Entry},
    schema::{BATCH_KEY, BatchKey, HEAD, NUMBER, STAMP, TAIL},
};
use aegle_sealed::Label;
use roaring::RoaringBitmap;
use std::{collections::HashMap, io, ops::Range, sync::Arc};
use tantivy::{
    DocId, Searcher, SegmentReader, TantivyError,
    columnar::{Column, ColumnValues},
    index::SegmentId,
};

/// The number of times that a guess is corrected by what is found there.
const REFINEMENTS: u32 = 2;
/// The number of heads around the guess that are read at one go: it is further off once in fifty times.
const NEAR: usize = 16;
/// The first step of the search away from a guess that was further off, in rows.
const FIRST_STEP: u32 = 8;

/// The segments of one commit, and where in them each batch is.
#[derive(Default)]
pub(crate) struct Snapshot {
    segments: Vec<Arc<OpenSegment>>,
    /// For each batch the number of its segment, and its document.
    documents_by_batch: HashMap<BatchKey, (u32, DocId)>,
    /// The number of documents whose batch has another one.
    duplicates: u64,
}

/// The columns of one segment. Segments never change, so they are opened once; what is deleted in them is not here.
struct OpenSegment {
    id: SegmentId,
    documents: DocId,
    batch_key: Arc<dyn ColumnValues<u64>>,
    stamp: Arc<dyn ColumnValues<u64>>,
    head: Column<u64>,
    tail: Column<u64>,
    number: Column<u64>,
}

/// The labels of one batch, where they are stored.
pub(crate) struct StoredBlock<'a> {
    heads: &'a dyn ColumnValues<u64>,
    tails: &'a dyn ColumnValues<u64>,
    numbers: &'a dyn ColumnValues<u64>,
    /// The rows of the entries, in both columns.
    entries: Range<u32>,
    /// The rows of the records' numbers.
    records: Range<u32>,
    stamp: u64,
}

impl Snapshot {
    /// Opens what `searcher` holds; segments that `previous` has open are taken from there.
    pub(crate) fn open(searcher: &Searcher, previous: &Self) -> Result<Self, TantivyError> {
        let mut snapshot = Self::default();
        for (at, reader) in (0_u32..).zip(searcher.segment_readers()) {
            let known = previous.segments.iter().find(|known| known.id == reader.segment_id());
            let segment = match known {
                Some(known) => known.clone(),
                None => Arc::new(OpenSegment::open(reader)?),
            };
            for document in reader.doc_ids_alive() {
                let batch_key = BatchKey(segment.batch_key.get_val(document));
                let other = snapshot.documents_by_batch.insert(batch_key, (at, document));
                snapshot.duplicates += u64::from(other.is_some());
            }
            snapshot.segments.push(segment);
        }
        Ok(snapshot)
    }

    /// Returns the labels of a batch; `None` when it is not in the index.
    pub(crate) fn block(&self, batch_key: BatchKey) -> io::Result<Option<StoredBlock<'_>>> {
        match self.documents_by_batch.get(&batch_key) {
            Some((segment, document)) => self.segments[*segment as usize].block(*document).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the batches that are in the index, or the first ones of spans, each with the number of its records.
    pub(crate) fn held(&self) -> impl Iterator<Item = (BatchKey, u32)> {
        self.documents_by_batch.iter().map(|(batch_key, (segment, document))| {
            let records = self.segments[*segment as usize].number.index.value_row_ids(*document);
            (*batch_key, records.end - records.start)
        })
    }

    /// Returns the number of documents whose batch has another one: none, unless something is wrong.
    pub(crate) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Returns whether a file still holds `label`, be its document deleted or not.
    pub(crate) fn holds_label(&self, label: &Label) -> io::Result<bool> {
        let sought = [Entry::first_of(label)];
        for segment in &self.segments {
            for document in 0..segment.documents {
                if !segment.block(document)?.holders(&sought).is_empty() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

impl OpenSegment {
    fn open(reader: &SegmentReader) -> Result<Self, TantivyError> {
        let column = |name| reader.fast_fields().u64(name);
        let single = |name| Ok::<_, TantivyError>(column(name)?.first_or_default_col(u64::MAX));
        Ok(Self {
            id: reader.segment_id(),
            documents: reader.max_doc(),
            batch_key: single(BATCH_KEY)?,
            stamp: single(STAMP)?,
            head: column(HEAD)?,
            tail: column(TAIL)?,
            number: column(NUMBER)?,
        })
    }

    fn block(&self, document: DocId) -> io::Result<StoredBlock<'_>> {
        let rows = |column: &Column<u64>| column.index.value_row_ids(document);
        let entries = rows(&self.head);
        if entries != rows(&self.tail) {
            let broken = "the columns of a batch's labels are not of one length";
            return Err(io::Error::new(io::ErrorKind::InvalidData, broken));
        }
        Ok(StoredBlock {
            heads: &*self.head.values,
            tails: &*self.tail.values,
            numbers: &*self.number.values,
            entries,
            records: rows(&self.number),
            stamp: self.stamp.get_val(document),
        })
    }
}

impl StoredBlock<'_> {
    /// Returns the stamp of the document, which changes whenever the batch is written.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Finds the records that have labels, in the order of those; a label is given as the first entry that it could
    /// have.
    ///
    /// Mostly what is read is not in the processor's cache. So each step is taken for all labels before the next one:
    /// many reads are under way at a time.
    pub(crate) fn holders(&self, sought: &[Entry]) -> Vec<u32> {
        let guesses = self.guesses(sought);
        let found = sought.iter().zip(guesses).filter_map(|(entry, guess)| {
            let row = self.row(*entry, guess)?;
            Some((row, entry))
        });
        let (rows, entries): (Vec<u32>, Vec<&Entry>) = found.unzip();
        let mut tails = vec![0; rows.len()];
        self.tails.get_vals(&rows, &mut tails);
        let stored = tails
            .into_iter()
            .zip(entries)
            .map(|(tail, sought)| (Entry { tail, ..*sought }, sought));
        let same = stored.filter(|(stored, sought)| stored.is_same_label(**sought));
        same.map(|(stored, _)| stored.number()).collect()
    }

    /// Returns the records of the batch that are in the index.
    pub(crate) fn alive(&self) -> RoaringBitmap {
        self.records
            .clone()
            .map(|row| self.numbers.get_val(row) as u32)
            .collect()
    }

    /// Reads the whole block, to write it again.
    pub(crate) fn read(&self) -> Block {
        Block {
            entries: self.entries.clone().map(|row| self.entry(row)).collect(),
            numbers: self.alive(),
        }
    }

    fn entry(&self, row: u32) -> Entry {
        Entry {
            head: self.heads.get_val(row),
            tail: self.tails.get_val(row),
        }
    }

    /// Finds the row of a label, if the block has it.
    fn row(&self, sought: Entry, guess: u32) -> Option<u32> {
        let Range { start, end } = self.entries;
        let first = guess.saturating_sub(NEAR as u32 / 2).max(start);
        if end - first >= NEAR as u32 {
            // A short run is read at one go. Mostly it has smaller and greater heads: then the label is here or nowhere.
            let mut near = [0; NEAR];
            self.heads.get_range(first.into(), &mut near);
            if near[0] < sought.head && sought.head < near[NEAR - 1] {
                let smaller = near.iter().filter(|head| **head < sought.head).count();
                match near[smaller..].iter().filter(|head| **head == sought.head).count() {
                    0 => return None,
                    1 => return Some(first + smaller as u32),
                    _ => {}
                }
            }
        }
        let row = self.first_from(sought, guess);
        (row < end)
            .then_some(row)
            .filter(|row| self.heads.get_val(*row) == sought.head)
    }

    /// Finds the first row that is not less than `sought`, wherever the guess is: a custodian who does not choose
    /// labels at random makes the search a binary one, not a long one.
    fn first_from(&self, sought: Entry, guess: u32) -> u32 {
        let Range { start, end } = self.entries;
        let below = |row: u32| {
            let head = self.heads.get_val(row);
            head < sought.head || head == sought.head && self.tails.get_val(row) < sought.tail
        };
        let mut step = FIRST_STEP;
        let (mut low, mut high) = (guess, guess);
        if guess < end && below(guess) {
            while high < end && below(high) {
                low = high + 1;
                high = low.saturating_add(step).min(end);
                step = step.saturating_mul(2);
            }
        } else {
            loop {
                low = high.saturating_sub(step).max(start);
                if low == start || below(low) {
                    break;
                }
                high = low;
                step = step.saturating_mul(2);
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if below(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Guesses the rows of labels. They are random, so the number of each tells where to look, to within about the root
    /// of how many there are; and what is found there tells better.
    fn guesses(&self, sought: &[Entry]) -> Vec<u32> {
        let Range { start, end } = self.entries;
        if start == end {
            return vec![end; sought.len()];
        }
        let rows = u128::from(end - start);
        let before = |head: u64| ((u128::from(head) * rows) >> u64::BITS) as u32;
        let mut guesses: Vec<u32> = sought.iter().map(|entry| start + before(entry.head)).collect();
        let mut heads = vec![0; sought.len()];
        for _ in 0..REFINEMENTS {
            self.heads.get_vals(&guesses, &mut heads);
            for ((guess, there), entry) in guesses.iter_mut().zip(&heads).zip(sought) {
                *guess = match entry.head.checked_sub(*there) {
                    Some(ahead) => guess.saturating_add(before(ahead)).min(end - 1),
                    None => guess.saturating_sub(before(there - entry.head)).max(start),
                };
            }
        }
        guesses
    }
}
