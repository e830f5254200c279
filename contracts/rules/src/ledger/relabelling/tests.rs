use super::*;
use crate::{
    ledger::testing::{admin, batch, compact as request, relabel as relabelling, role, NOW, OTHER},
    Roles,
};
use alloc::{collections::BTreeMap, vec::Vec};
use proptest::prelude::*;

fn span(first: u32, log2: u8) -> Span {
    Span::new(BatchNumber(first), log2).expect("a span")
}

#[test]
fn a_span_is_an_aligned_power_of_two_of_batches_of_one_segment() {
    for (first, log2, last) in [
        (0, 0, None),
        (0, 1, Some(1)),
        (1, 1, None),
        (2, 1, Some(3)),
        (0, 9, Some(511)),
        (0, 10, Some(1_023)),
        (0, 11, None),
        (0, 32, None),
        (0, u8::MAX, None),
        (1_023, 10, None),
        (1_024, 10, Some(2_047)),
        (1_025, 10, None),
        (512, 10, None),
        (512, 9, Some(1_023)),
        (u32::MAX - 1, 1, Some(u32::MAX)),
        (u32::MAX, 1, None),
        (u32::MAX - 1_023, 10, Some(u32::MAX)),
    ] {
        let found = Span::new(BatchNumber(first), log2).map(|span| span.last().0);
        assert_eq!(found, last, "2^{log2} from {first}");
    }
    let segment = span(1_024, MAX_SPAN_LOG2);
    assert_eq!(segment.last().0 - segment.first().0 + 1, crate::ledger::SEGMENT_BATCHES);
}

#[test]
fn the_spans_around_a_batch_widen_up_to_its_segment() {
    let around: Vec<Span> = Span::around(BatchNumber(1_029)).collect();
    let firsts = [1_028, 1_028, 1_024, 1_024, 1_024, 1_024, 1_024, 1_024, 1_024, 1_024];
    let expected: Vec<Span> = firsts
        .into_iter()
        .zip(1..)
        .map(|(first, log2)| span(first, log2))
        .collect();
    assert_eq!(around, expected);
    assert_eq!(span(1_024, 8).wider().collect::<Vec<_>>(), expected[8..]);
    assert_eq!(span(1_024, 10).wider().count(), 0);
}

#[test]
fn relabelling_refuses_in_the_documented_order() {
    let last = Some(batch(u16::MAX));
    let other = role(Roles::ORGANISATION_ADMIN, OTHER);
    for (claimed, batch, role, compacted, expected) in [
        (0, None, None, true, LedgerError::UnknownBatch),
        (0, last, None, true, LedgerError::NotCustodian),
        (0, last, other, true, LedgerError::NotCustodian),
        (0, last, admin(), true, LedgerError::Superseded),
        (0, last, admin(), false, LedgerError::TooMany),
        (0, Some(batch(0)), admin(), false, LedgerError::WrongVersion { next: 1 }),
        (2, Some(batch(0)), admin(), false, LedgerError::WrongVersion { next: 1 }),
    ] {
        let answer = relabel(&relabelling(3, claimed), batch, role, |_| compacted);
        assert_eq!(answer, Err(expected), "{claimed} {role:?}");
    }
}

#[test]
fn relabelling_changes_the_index_commitment_and_the_version_alone() {
    for version in [1, 2, u16::MAX] {
        let before = batch(version - 1);
        let request = relabelling(3, version);
        let (after, event) = relabel(&request, Some(before), admin(), |_| false).expect("the next version");
        let expected = Batch {
            version,
            index_commitment: request.index_commitment,
            ..before
        };
        assert_eq!(after, expected);
        assert_eq!(
            (event.batch, event.version, event.index_commitment),
            (BatchNumber(3), version, after.index_commitment)
        );
    }
}

#[test]
fn a_batch_is_relabelled_unless_a_span_around_it_was_compacted() {
    for (compaction, superseded) in [
        (span(6, 1), true),
        (span(4, 2), true),
        (span(0, 10), true),
        (span(4, 1), false),
        (span(8, 3), false),
        (span(1_024, 10), false),
    ] {
        let answer = relabel(&relabelling(7, 1), Some(batch(0)), admin(), |span| span == compaction);
        assert_eq!(
            answer.map(drop),
            if superseded {
                Err(LedgerError::Superseded)
            } else {
                Ok(())
            },
            "{compaction:?}"
        );
    }
}

#[test]
fn compacting_refuses_in_the_documented_order() {
    let other = role(Roles::ORGANISATION_ADMIN, OTHER);
    let last = Some(u16::MAX);
    for (request, count, role, wider, version, expected) in [
        (request(1, 1, 7), 0, None, true, last, LedgerError::InvalidSpan),
        (request(0, 0, 7), 0, None, true, last, LedgerError::InvalidSpan),
        (request(0, 11, 7), 0, None, true, last, LedgerError::InvalidSpan),
        (request(4, 2, 7), 7, None, true, last, LedgerError::UnknownBatch),
        (request(4, 2, 7), 8, None, true, last, LedgerError::NotCustodian),
        (request(4, 2, 7), 8, other, true, last, LedgerError::NotCustodian),
        (request(4, 2, 7), 8, admin(), true, last, LedgerError::Superseded),
        (request(4, 2, 7), 8, admin(), false, last, LedgerError::TooMany),
        (
            request(4, 2, 7),
            8,
            admin(),
            false,
            Some(7),
            LedgerError::WrongVersion { next: 8 },
        ),
        (
            request(4, 2, 1),
            8,
            admin(),
            false,
            None,
            LedgerError::WrongVersion { next: 0 },
        ),
    ] {
        let batch = |number: BatchNumber| (number.0 < count).then(|| batch(0));
        let answer = compact(&request, role, NOW, batch, |_| wider, |_| version);
        assert_eq!(answer, Err(expected), "{request:?}");
    }
}

#[test]
fn a_span_is_compacted_when_its_last_batch_stands_and_with_the_version_that_follows() {
    for (count, request, current) in [
        (2, request(0, 1, 0), None),
        (8, request(4, 2, 0), None),
        (1_024, request(0, 10, 1), Some(0)),
        (2_049, request(1_024, 10, u16::MAX), Some(u16::MAX - 1)),
    ] {
        let batch = |number: BatchNumber| (number.0 < count).then(|| batch(0));
        let (at, kept, event) =
            compact(&request, admin(), NOW, batch, |_| false, |_| current).expect("the span is there");
        assert_eq!(at, span(request.first.0, request.span_log2));
        let expected = Compaction {
            index_commitment: request.index_commitment,
            version: request.version,
            at: NOW,
        };
        assert_eq!(kept, expected);
        assert_eq!(
            (event.first, event.span_log2, event.version, event.index_commitment),
            (request.first, request.span_log2, request.version, kept.index_commitment)
        );
    }
}

/// How many batches the domain of the property tests has.
const BATCHES: u32 = 1_500;

prop_compose! {
    fn step()(
        batch in prop_oneof![0..16_u32, 0..BATCHES + 600],
        log2 in prop_oneof![Just(0_u8), 0..5_u8, 0..=12_u8],
        aligned in prop::bool::weighted(0.9),
        version in 0..4_u16,
    ) -> (u32, u8, u16) {
        let first = if aligned { batch >> log2 << log2 } else { batch };
        (first, log2, version)
    }
}

proptest! {
    /// A domain as the contract keeps it, under any order of relabellings (log2 0) and compactions.
    #[test]
    fn labels_are_never_ambiguous_versions_rise_by_one_and_roots_stay(steps in prop::collection::vec(step(), 1..80)) {
        let mut batches: BTreeMap<u32, Batch> = (0..BATCHES).map(|number| (number, batch(0))).collect();
        let mut compactions: BTreeMap<(u32, u8), Compaction> = BTreeMap::new();
        for (first, log2, version) in steps {
            let compacted = |span: Span| compactions.contains_key(&(span.first.0, span.log2));
            let covers = |(start, wide): (u32, u8)| wide > log2 && first >> wide << wide == start;
            let superseded = compactions.keys().copied().any(covers);
            if log2 == 0 {
                let before = batches.get(&first).copied();
                match relabel(&relabelling(first, version), before, admin(), compacted) {
                    Ok((after, _)) => {
                        let before = before.expect("it was anchored");
                        prop_assert!(!superseded);
                        prop_assert_eq!(after.version, before.version + 1);
                        prop_assert_eq!(after.record_root, before.record_root);
                        prop_assert_eq!(after.records, before.records);
                        prop_assert_eq!(after.anchored_at, before.anchored_at);
                        batches.insert(first, after);
                    }
                    Err(LedgerError::UnknownBatch) => prop_assert!(first >= BATCHES),
                    Err(LedgerError::Superseded) => prop_assert!(superseded),
                    Err(LedgerError::WrongVersion { next }) => prop_assert_ne!(version, next),
                    Err(other) => prop_assert!(false, "{:?}", other),
                }
            } else {
                let current = compactions.get(&(first, log2)).map(|compaction| compaction.version);
                let batch = |number: BatchNumber| batches.get(&number.0).copied();
                match compact(&request(first, log2, version), admin(), NOW, batch, compacted, |_| current) {
                    Ok((span, compaction, _)) => {
                        prop_assert!(!superseded && log2 <= 10 && first % (1 << log2) == 0);
                        prop_assert!(first + (1 << log2) <= BATCHES);
                        prop_assert_eq!(compaction.version, current.map_or(0, |current| current + 1));
                        compactions.insert((span.first.0, span.log2), compaction);
                    }
                    Err(LedgerError::InvalidSpan) => prop_assert!(log2 > 10 || first % (1 << log2) != 0),
                    Err(LedgerError::UnknownBatch) => prop_assert!(first + (1 << log2) > BATCHES),
                    Err(LedgerError::Superseded) => prop_assert!(superseded),
                    Err(LedgerError::WrongVersion { next }) => prop_assert_ne!(version, next),
                    Err(other) => prop_assert!(false, "{:?}", other),
                }
            }
        }
        // Two spans that were compacted are disjoint, or one lies in the other: what is in force is the widest.
        let ranges: Vec<(u32, u32)> =
            compactions.keys().map(|(first, log2)| (*first, *first + (1_u32 << log2))).collect();
        for (position, (start, end)) in ranges.iter().enumerate() {
            for (other_start, other_end) in &ranges[..position] {
                let disjoint = end <= other_start || other_end <= start;
                let nested = (start <= other_start && other_end <= end) || (other_start <= start && end <= other_end);
                prop_assert!(disjoint || nested);
            }
        }
    }
}
