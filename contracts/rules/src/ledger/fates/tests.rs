use super::*;
use crate::{
    ledger::{
        messages::Supersede,
        testing::{admin, batch, correction, position, role, DOMAIN, NOW, OTHER, RECORDS},
    },
    OrganisationId, Roles,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
};
use proptest::prelude::*;

/// Three batches are anchored.
fn batches(number: BatchNumber) -> Option<Batch> {
    (number.0 < 3).then(|| batch(0))
}

/// Decides on the correction of one record by another, with one answer for what was erased and one for what was corrected.
fn decided(
    record: RecordPosition,
    by: RecordPosition,
    role: Option<Role>,
    is_erased: impl Fn(RecordPosition) -> bool,
    is_corrected: impl Fn(RecordPosition) -> bool,
) -> Result<StoredCorrection, LedgerError> {
    let one = correction(record.index, by);
    supersede(record.batch, one, role, NOW, batches, is_erased, is_corrected)
}

#[test]
fn superseding_refuses_in_the_documented_order() {
    let (record, by) = (position(0, 0), position(2, RECORDS - 1));
    let other = role(Roles::ORGANISATION_ADMIN, OTHER);
    let nobody = None;
    for (record, by, role, expected) in [
        (
            position(3, RECORDS),
            position(3, RECORDS),
            nobody,
            LedgerError::UnknownBatch,
        ),
        (
            position(0, RECORDS),
            position(0, RECORDS),
            nobody,
            LedgerError::UnknownRecord,
        ),
        (record, record, nobody, LedgerError::NotCustodian),
        (record, record, other, LedgerError::NotCustodian),
        (record, record, admin(), LedgerError::SupersedesItself),
        (record, position(3, 0), admin(), LedgerError::UnknownReplacement),
        (record, position(2, RECORDS), admin(), LedgerError::UnknownReplacement),
        (record, by, admin(), LedgerError::AlreadyErased),
    ] {
        let answer = decided(record, by, role, |_| true, |_| true);
        assert_eq!(answer, Err(expected), "{record:?} by {by:?}, {role:?}");
    }
    for (is_erased, is_corrected) in [(true, false), (false, true)] {
        let answer = decided(
            record,
            by,
            admin(),
            |asked| is_erased && asked == by,
            |asked| is_corrected && asked == by,
        );
        assert_eq!(answer, Err(LedgerError::ReplacementGone), "{is_erased} {is_corrected}");
    }
}

#[test]
fn a_record_is_superseded_by_any_other_that_stands_and_again_by_another_one() {
    for (record, by) in [
        (position(0, 0), position(2, RECORDS - 1)),
        (position(1, 0), position(1, 1)),
        (position(1, 1), position(1, 0)),
        (position(2, 3), position(0, 3)),
    ] {
        for was_corrected in [false, true] {
            let stored = decided(record, by, admin(), |_| false, |asked| was_corrected && asked == record);
            assert_eq!(stored, Ok(StoredCorrection { by, at: NOW }), "{record:?} by {by:?}");
        }
    }
}

#[test]
fn a_record_of_another_custodian_is_left_alone() {
    let foreign = |_| {
        Some(Batch {
            custodian: OrganisationId(9),
            ..batch(0)
        })
    };
    let one = correction(0, position(1, 0));
    let answer = supersede(BatchNumber(0), one, admin(), NOW, foreign, |_| false, |_| false);
    assert_eq!(answer, Err(LedgerError::NotCustodian));
}

#[test]
fn one_to_sixty_four_records_are_superseded_at_once() {
    for (count, fits) in [(0, false), (1, true), (64, true), (65, false)] {
        let request = Supersede {
            domain: DOMAIN,
            batch: BatchNumber(0),
            corrections: vec![correction(0, position(1, 0)); count],
        };
        let expected = if fits { Ok(count) } else { Err(LedgerError::InvalidSize) };
        let told = supersede_many(&request).map(|event| event.corrections.len());
        assert_eq!(told, expected, "{count}");
    }
}

proptest! {
    /// Erasures (where both positions are the same) and corrections in any order, on a small domain.
    #[test]
    fn corrections_never_run_in_a_circle_and_nothing_corrects_what_is_erased(
        steps in prop::collection::vec(((0..3_u32, 0..3_u32), (0..3_u32, 0..3_u32)), 1..60)
    ) {
        let mut corrected: BTreeMap<(u32, u32), RecordPosition> = BTreeMap::new();
        let mut erased: BTreeSet<(u32, u32)> = BTreeSet::new();
        let key = |record: RecordPosition| (record.batch.0, record.index);
        for ((batch, index), (by_batch, by_index)) in steps {
            if (batch, index) == (by_batch, by_index) {
                erased.insert((batch, index));
                continue;
            }
            let by = position(by_batch, by_index);
            let decision = decided(
                position(batch, index),
                by,
                admin(),
                |record| erased.contains(&key(record)),
                |record| corrected.contains_key(&key(record)),
            );
            if decision.is_ok() {
                prop_assert!(!erased.contains(&(batch, index)) && !erased.contains(&key(by)));
                corrected.insert((batch, index), by);
            }
        }
        for start in corrected.keys() {
            let mut at = *start;
            let mut corrections = 0;
            while let Some(by) = corrected.get(&at) {
                at = key(*by);
                corrections += 1;
                prop_assert!(corrections <= corrected.len(), "a circle from {:?}", start);
            }
        }
    }
}
