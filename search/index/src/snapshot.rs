//! What a search sees: the segments of one commit, opened.

use crate::{
    block::{Block, Entry},
    schema::{HEAD, NUMBER, PLACE, Place, STAMP, TAIL},
};
use aegle_sealed::Label;
use roaring::RoaringBitmap;
use std::{collections::HashMap, io, ops::Range, sync::Arc};
use tantivy::{
    DocId, Searcher, SegmentReader, TantivyError,
    columnar::{Column, ColumnValues},
    index::SegmentId,
};

/// How often a guess is corrected by what is found there.
const REFINEMENTS: u32 = 2;
/// How far from the guess a search looks first.
const FIRST_STEP: u32 = 4;

/// The segments of one commit, and where in them each batch is.
#[derive(Default)]
pub(crate) struct Snapshot {
    segments: Vec<Arc<OpenSegment>>,
    /// For each batch the number of its segment, and its document.
    places: HashMap<Place, (u32, DocId)>,
}

/// The columns of one segment. Segments never change, so they are opened once; what is deleted in them is not here.
struct OpenSegment {
    id: SegmentId,
    documents: DocId,
    place: Arc<dyn ColumnValues<u64>>,
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
    /// Where the entries are, in both columns.
    entries: Range<u32>,
    /// Where the numbers of the records are.
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
                let place = Place(segment.place.get_val(document));
                snapshot.places.insert(place, (at, document));
            }
            snapshot.segments.push(segment);
        }
        Ok(snapshot)
    }

    /// The labels of a batch; `None` when it is not in the index.
    pub(crate) fn block(&self, place: Place) -> io::Result<Option<StoredBlock<'_>>> {
        match self.places.get(&place) {
            Some((segment, document)) => self.segments[*segment as usize].block(*document).map(Some),
            None => Ok(None),
        }
    }

    /// Whether a file still holds `label`, be its document deleted or not.
    pub(crate) fn holds_label(&self, label: &Label) -> io::Result<bool> {
        let sought = Entry::first_of(label);
        for segment in &self.segments {
            for document in 0..segment.documents {
                if segment.block(document)?.holder(sought).is_some() {
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
            place: single(PLACE)?,
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
    /// Changes whenever the batch is written.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The record that has a label, given as the first entry that it could have.
    pub(crate) fn holder(&self, sought: Entry) -> Option<u32> {
        let row = self.first_from(sought);
        let entry = (row < self.entries.end).then(|| self.entry(row))?;
        entry.is_same_label(sought).then(|| entry.number())
    }

    /// The records of the batch that are in the index.
    pub(crate) fn alive(&self) -> RoaringBitmap {
        self.records
            .clone()
            .map(|row| self.numbers.get_val(row) as u32)
            .collect()
    }

    /// Everything, to write it again.
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

    /// The first row that is not less than `sought`.
    ///
    /// Labels are random, so the number of the sought one tells where to begin, to within about the root of how many
    /// there are, and what is found there tells better. A custodian who chooses labels otherwise makes the search a
    /// binary one, not a long one.
    fn first_from(&self, sought: Entry) -> u32 {
        let Range { start, end } = self.entries;
        let below = |row: u32| {
            let head = self.heads.get_val(row);
            head < sought.head || head == sought.head && self.tails.get_val(row) < sought.tail
        };
        let guess = self.guess(sought.head);
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

    /// Where a head is about, if the heads are spread evenly.
    fn guess(&self, head: u64) -> u32 {
        let Range { start, end } = self.entries;
        if start == end {
            return end;
        }
        let rows = u128::from(end - start);
        let before = |head: u64| ((u128::from(head) * rows) >> u64::BITS) as u32;
        let mut guess = start + before(head);
        for _ in 0..REFINEMENTS {
            let there = self.heads.get_val(guess);
            guess = match head.checked_sub(there) {
                Some(ahead) => guess.saturating_add(before(ahead)).min(end - 1),
                None => guess.saturating_sub(before(there - head)).max(start),
            };
        }
        guess
    }
}
