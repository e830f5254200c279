//! What a search sees: the segments of one commit, opened.

use crate::schema::{Fields, NUMBER, PLACE, Place};
use aegle_sealed::Label;
use roaring::RoaringBitmap;
use std::{collections::HashMap, io, sync::Arc};
use tantivy::{
    DocId, InvertedIndexReader, Searcher, SegmentReader, TantivyError, columnar::ColumnValues,
    postings::BlockSegmentPostings, postings::TermInfo,
};

/// The segments of one commit, and which of them hold which batch.
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<OpenSegment>,
    holders: HashMap<Place, Vec<u32>>,
}

/// One segment, with what a look-up needs already opened.
pub(crate) struct OpenSegment {
    reader: SegmentReader,
    labels: Arc<InvertedIndexReader>,
    places: Arc<InvertedIndexReader>,
    place: Arc<dyn ColumnValues<u64>>,
    number: Arc<dyn ColumnValues<u64>>,
}

impl Snapshot {
    /// Opens what `searcher` holds.
    pub(crate) fn open(searcher: &Searcher, fields: Fields) -> Result<Self, TantivyError> {
        let mut segments = Vec::new();
        let mut holders: HashMap<Place, Vec<u32>> = HashMap::new();
        for (at, reader) in (0_u32..).zip(searcher.segment_readers()) {
            let segment = OpenSegment::open(reader, fields)?;
            let mut batches = segment.places.terms().stream()?;
            while batches.advance() {
                if let Some(place) = Place::from_term_bytes(batches.key()) {
                    holders.entry(place).or_default().push(at);
                }
            }
            drop(batches);
            segments.push(segment);
        }
        Ok(Self { segments, holders })
    }

    /// The segments, by number, that hold records of a batch: mostly one.
    pub(crate) fn holders(&self, place: Place) -> &[u32] {
        self.holders.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Whether a segment has a term for `label`, be its document deleted or not.
    pub(crate) fn holds_label(&self, label: &Label) -> io::Result<bool> {
        for segment in &self.segments {
            if segment.labels.terms().get(label.0)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The records of a batch that are in the index and not deleted.
    pub(crate) fn alive(&self, place: Place, fields: Fields) -> io::Result<RoaringBitmap> {
        let mut alive = RoaringBitmap::new();
        let mut cursor = BlockSegmentPostings::empty();
        for at in self.holders(place) {
            let segment = &self.segments[*at as usize];
            if let Some(info) = segment.places.get_term_info(&fields.place_term(place))? {
                segment.visit(&segment.places, &info, place, &mut cursor, |number| {
                    alive.insert(number);
                })?;
            }
        }
        Ok(alive)
    }
}

impl OpenSegment {
    fn open(reader: &SegmentReader, fields: Fields) -> Result<Self, TantivyError> {
        let column = |name| Ok::<_, TantivyError>(reader.fast_fields().u64(name)?.first_or_default_col(u64::MAX));
        Ok(Self {
            labels: reader.inverted_index(fields.label)?,
            places: reader.inverted_index(fields.place)?,
            place: column(PLACE)?,
            number: column(NUMBER)?,
            reader: reader.clone(),
        })
    }

    /// Calls `found` with the number of the record at `place` that has `label`, if there is one.
    pub(crate) fn look_up(
        &self,
        label: &Label,
        place: Place,
        cursor: &mut BlockSegmentPostings,
        found: impl FnMut(u32),
    ) -> io::Result<()> {
        match self.labels.terms().get(label.0)? {
            Some(info) => self.visit(&self.labels, &info, place, cursor, found),
            None => Ok(()),
        }
    }

    fn visit(
        &self,
        index: &InvertedIndexReader,
        info: &TermInfo,
        place: Place,
        cursor: &mut BlockSegmentPostings,
        mut found: impl FnMut(u32),
    ) -> io::Result<()> {
        index.reset_block_postings_from_terminfo(info, cursor)?;
        while !cursor.docs().is_empty() {
            for document in cursor.docs() {
                // By chance or by malice another batch may have the same label.
                if !self.reader.is_deleted(*document) && self.place.get_val(*document) == place.0 {
                    found(self.record_number(*document));
                }
            }
            cursor.advance();
        }
        Ok(())
    }

    fn record_number(&self, document: DocId) -> u32 {
        u32::try_from(self.number.get_val(document)).expect("written from a u32, one in each document")
    }
}
