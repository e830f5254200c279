//! What the index holds, compared with what is stored.
use crate::store::LabelPlace;
use aegle_index::HeldLabels;
use aegle_rules::{BatchNumber, DomainId};
use std::{collections::BTreeMap, fmt};

/// Labels of which Postgres and the index have different numbers of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelDifference {
    /// The domain.
    pub domain: DomainId,
    /// The batch, or the first of the span.
    pub first: BatchNumber,
    /// The sequence number under which they are stored; `None` for labels that are in the index alone.
    pub sequence: Option<u64>,
    /// The number of records that the index should have; `None` for labels that are in the index alone.
    pub expected: Option<u32>,
    /// The number of records that the index has.
    pub held: u32,
}

impl fmt::Display for LabelDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain,
            first,
            expected,
            held,
            ..
        } = self;
        write!(
            f,
            "of domain {domain}, labels from batch {first}: the index holds {held} records, "
        )?;
        match expected {
            Some(expected) => write!(f, "and should hold {expected}"),
            None => write!(f, "and Postgres has no such labels"),
        }
    }
}

/// Returns what differs between the labels that are stored up to a sequence number and those that the index holds. Later
/// labels may be in the index or not, and so may those in whose place they come.
pub(crate) fn differences(places: &[LabelPlace], held: &[HeldLabels], followed: u64) -> Vec<LabelDifference> {
    let mut held: BTreeMap<_, _> = held
        .iter()
        .map(|held| ((held.domain, held.first), held.records))
        .collect();
    let mut differences = Vec::new();
    let (due, later): (Vec<&LabelPlace>, Vec<&LabelPlace>) =
        places.iter().partition(|place| place.sequence <= followed);
    for place in due {
        let found = held.remove(&(place.domain, place.span.first())).unwrap_or_default();
        // What is erased goes from the index before that is noted.
        let (least, most) = (
            place.records.saturating_sub(place.erased),
            place.records.saturating_sub(place.removed),
        );
        if !(least..=most).contains(&found) {
            differences.push(LabelDifference {
                domain: place.domain,
                first: place.span.first(),
                sequence: Some(place.sequence),
                expected: Some(least),
                held: found,
            });
        }
    }
    for place in later {
        let (first, last) = (place.span.first(), place.span.last());
        held.retain(|(domain, batch), _| *domain != place.domain || !(first..=last).contains(batch));
    }
    differences.extend(held.into_iter().map(|((domain, first), held)| LabelDifference {
        domain,
        first,
        sequence: None,
        expected: None,
        held,
    }));
    differences
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aegle_sealed::BatchSpan;

    fn place(sequence: u64, first: u32, log2: u8, erased: u32, removed: u32) -> LabelPlace {
        LabelPlace {
            sequence,
            domain: DomainId(1),
            span: BatchSpan::new(BatchNumber(first), log2).unwrap(),
            records: 4,
            erased,
            removed,
        }
    }

    #[test]
    fn each_difference_is_found_and_nothing_else() {
        let held = |first: u32, records| HeldLabels {
            domain: DomainId(1),
            first: BatchNumber(first),
            records,
        };
        for (what, places, index, expected) in [
            ("equal", vec![place(1, 0, 0, 0, 0)], vec![held(0, 4)], vec![]),
            ("missing", vec![place(1, 0, 0, 0, 0)], vec![], vec![Some(1)]),
            (
                "a record is missing",
                vec![place(1, 0, 0, 0, 0)],
                vec![held(0, 3)],
                vec![Some(1)],
            ),
            (
                "erased, not removed yet",
                vec![place(1, 0, 0, 1, 0)],
                vec![held(0, 4)],
                vec![],
            ),
            (
                "erased and removed",
                vec![place(1, 0, 0, 1, 1)],
                vec![held(0, 3)],
                vec![],
            ),
            (
                "removed, and found again",
                vec![place(1, 0, 0, 1, 1)],
                vec![held(0, 4)],
                vec![Some(1)],
            ),
            ("all erased", vec![place(1, 0, 0, 4, 4)], vec![], vec![]),
            ("not stored", vec![], vec![held(7, 4)], vec![None]),
            ("not due", vec![place(9, 0, 0, 0, 0)], vec![], vec![]),
            (
                "not due, and there",
                vec![place(9, 0, 0, 0, 0)],
                vec![held(0, 4)],
                vec![],
            ),
            (
                "its place is taken later",
                vec![place(9, 0, 1, 0, 0)],
                vec![held(1, 4)],
                vec![],
            ),
            (
                "beside what is taken later",
                vec![place(9, 0, 1, 0, 0)],
                vec![held(2, 4)],
                vec![None],
            ),
        ] {
            let found = differences(&places, &index, 5);
            let found: Vec<Option<u64>> = found.iter().map(|difference| difference.sequence).collect();
            assert_eq!(found, expected, "{what}");
        }
    }
}
