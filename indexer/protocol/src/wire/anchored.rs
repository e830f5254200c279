//! Labels as the chain has them, whether a batch has its own or shares them with others.

use super::RecordPlace;
use aegle_rules::{BatchNumber, Hash, ledger::Batch};
use aegle_sealed::BatchSpan;

/// The labels of a batch or of a span of batches, as the ledger commits to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelCommitment {
    /// The version of the labels: 0, and one more each time that the same batches are labelled anew.
    pub version: u16,
    /// The commitment to labels and count table: 32 bytes.
    pub index_commitment: Hash,
}

/// The labels of a batch, or of a span of batches that were compacted, as the chain has them. The records of a span are
/// numbered through: those of its first batch, then those of the second, and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchoredLabels {
    span: BatchSpan,
    /// Records of the batches up to each one, that one included, in order.
    ends: Vec<u32>,
    commitment: LabelCommitment,
}

impl AnchoredLabels {
    /// Returns the labels of a batch that was not compacted.
    pub fn of_batch(number: BatchNumber, batch: &Batch) -> Self {
        Self {
            span: BatchSpan::one(number),
            ends: vec![batch.records],
            commitment: LabelCommitment {
                version: batch.version,
                index_commitment: batch.index_commitment,
            },
        }
    }

    /// Returns the labels of a span; `records` are the numbers of records of its batches, in order. Returns `None` when
    /// there are not as many as the span has batches, or when their sum does not fit in 32 bits.
    pub fn of_span(
        span: BatchSpan,
        records: impl IntoIterator<Item = u32>,
        commitment: LabelCommitment,
    ) -> Option<Self> {
        let mut total = 0_u32;
        let ends = records.into_iter().map(|records| {
            total = total.checked_add(records)?;
            Some(total)
        });
        let ends: Vec<u32> = ends.collect::<Option<_>>()?;
        (ends.len() == 1 << span.log2()).then_some(Self { span, ends, commitment })
    }

    /// Returns the batches that share the labels.
    pub fn span(&self) -> BatchSpan {
        self.span
    }

    /// Returns the number of records of all batches of the span.
    pub fn records(&self) -> u32 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Returns the version of the labels.
    pub fn version(&self) -> u16 {
        self.commitment.version
    }

    /// Returns the commitment to labels and count table: 32 bytes.
    pub fn index_commitment(&self) -> &Hash {
        &self.commitment.index_commitment
    }

    /// Returns the position of the record with a number among the labels; `None` when there is none.
    pub fn place(&self, number: u32) -> Option<RecordPlace> {
        let at = self.ends.partition_point(|end| *end <= number);
        (at < self.ends.len()).then(|| RecordPlace {
            batch: BatchNumber(self.span.first().0 + at as u32),
            number: number - self.start(at),
        })
    }

    /// Returns the number among the labels of the record at a position; `None` when its batch is outside of the span,
    /// or has no such record.
    pub fn number(&self, place: &RecordPlace) -> Option<u32> {
        if !self.span.contains(place.batch) {
            return None;
        }
        let at = (place.batch.0 - self.span.first().0) as usize;
        let number = self.start(at).checked_add(place.number)?;
        (number < self.ends[at]).then_some(number)
    }

    fn start(&self, at: usize) -> u32 {
        at.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_records_of_a_span_are_numbered_through() {
        let span = BatchSpan::new(BatchNumber(8), 2).unwrap();
        let commitment = LabelCommitment {
            version: 0,
            index_commitment: Hash([1; 32]),
        };
        let labels = |records: &[u32]| AnchoredLabels::of_span(span, records.iter().copied(), commitment);
        let place = |batch, number| RecordPlace {
            batch: BatchNumber(batch),
            number,
        };
        let anchored = labels(&[2, 0, 3, 1]).unwrap();
        let places = [
            place(8, 0),
            place(8, 1),
            place(10, 0),
            place(10, 1),
            place(10, 2),
            place(11, 0),
        ];
        for (number, place) in (0..).zip(places) {
            assert_eq!(anchored.place(number), Some(place));
            assert_eq!(anchored.number(&place), Some(number));
        }
        assert_eq!((anchored.records(), anchored.place(6)), (6, None));
        for absent in [
            place(7, 0),
            place(8, 2),
            place(9, 0),
            place(10, 3),
            place(11, u32::MAX),
            place(12, 0),
        ] {
            assert_eq!(anchored.number(&absent), None, "{absent}");
        }
        assert_eq!(labels(&[2, 0, 3]), None);
        assert_eq!(labels(&[u32::MAX, 0, 0, 1]), None);
    }
}
