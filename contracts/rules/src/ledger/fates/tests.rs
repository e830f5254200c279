use super::*;
use crate::{
    ledger::testing::{admin, batch, erase, position, role, supersede as request, DOMAIN, NOW, OTHER, RECORDS},
    OrganisationId, Roles,
};
use alloc::collections::BTreeMap;
use proptest::prelude::*;

const ERASED: Fate = Fate::Erased {
    reason: ErasureReason::Unlawful,
    at: 1,
};

fn superseded() -> Fate {
    Fate::Superseded {
        by: position(5, 5),
        at: 1,
    }
}

/// Three batches are anchored.
fn batches(number: BatchNumber) -> Option<Batch> {
    (number.0 < 3).then(|| batch(0))
}

#[test]
fn erasing_refuses_in_the_documented_order() {
    let other = role(Roles::ORGANISATION_ADMIN, OTHER);
    for (index, batch, role, expected) in [
        (RECORDS, None, None, LedgerError::UnknownBatch),
        (RECORDS, Some(batch(0)), None, LedgerError::UnknownRecord),
        (u32::MAX, Some(batch(0)), admin(), LedgerError::UnknownRecord),
        (RECORDS - 1, Some(batch(0)), None, LedgerError::NotCustodian),
        (RECORDS - 1, Some(batch(0)), other, LedgerError::NotCustodian),
        (RECORDS - 1, Some(batch(0)), admin(), LedgerError::AlreadyErased),
    ] {
        let answer = attest_erasure(&erase(index), batch, role, || Some(ERASED), NOW);
        assert_eq!(answer, Err(expected), "{index} {role:?}");
    }
}

#[test]
fn a_record_is_erased_once_whether_superseded_before_or_not() {
    for before in [None, Some(superseded())] {
        for index in [0, RECORDS - 1] {
            let request = erase(index);
            let (fate, event) =
                attest_erasure(&request, Some(batch(0)), admin(), || before, NOW).expect("not erased yet");
            let reason = request.reason;
            assert_eq!(fate, Fate::Erased { reason, at: NOW });
            assert_eq!(
                (event.batch, event.index, event.reason),
                (BatchNumber(0), index, reason)
            );
        }
    }
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
        let answer = supersede(&request(record, by), role, NOW, batches, |_| Some(ERASED));
        assert_eq!(answer, Err(expected), "{record:?} by {by:?}, {role:?}");
    }
    for gone in [ERASED, superseded()] {
        let fate = |asked| (asked == by).then_some(gone);
        let answer = supersede(&request(record, by), admin(), NOW, batches, fate);
        assert_eq!(answer, Err(LedgerError::ReplacementGone), "{gone:?}");
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
        for before in [None, Some(superseded())] {
            let fate = |asked| before.filter(|_| asked == record);
            let (fate, event) = supersede(&request(record, by), admin(), NOW, batches, fate).expect("both stand");
            assert_eq!(fate, Fate::Superseded { by, at: NOW });
            assert_eq!(
                (event.domain, event.batch, event.index),
                (DOMAIN, record.batch, record.index)
            );
            assert_eq!(event.by, by);
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
    let answer = supersede(&request(position(0, 0), position(1, 0)), admin(), NOW, foreign, |_| {
        None
    });
    assert_eq!(answer, Err(LedgerError::NotCustodian));
}

proptest! {
    /// Erasures (where both positions are the same) and corrections in any order, on a small domain.
    #[test]
    fn corrections_never_run_in_a_circle_and_erasure_is_final(
        steps in prop::collection::vec(((0..3_u32, 0..3_u32), (0..3_u32, 0..3_u32)), 1..60)
    ) {
        let mut fates: BTreeMap<(u32, u32), Fate> = BTreeMap::new();
        let key = |record: RecordPosition| (record.batch.0, record.index);
        for ((batch, index), (by_batch, by_index)) in steps {
            let before = fates.get(&(batch, index)).copied();
            let decision = if (batch, index) == (by_batch, by_index) {
                let request = crate::ledger::messages::AttestErasure { batch: BatchNumber(batch), ..erase(index) };
                attest_erasure(&request, batches(BatchNumber(batch)), admin(), || before, NOW).map(|(fate, _)| fate)
            } else {
                let request = request(position(batch, index), position(by_batch, by_index));
                supersede(&request, admin(), NOW, batches, |record| fates.get(&key(record)).copied())
                    .map(|(fate, _)| fate)
            };
            if let Ok(fate) = decision {
                let was_erased = matches!(before, Some(Fate::Erased { .. }));
                prop_assert!(!was_erased);
                fates.insert((batch, index), fate);
            }
        }
        for start in fates.keys() {
            let mut at = *start;
            let mut corrections = 0;
            while let Some(Fate::Superseded { by, .. }) = fates.get(&at) {
                at = key(*by);
                corrections += 1;
                prop_assert!(corrections <= fates.len(), "a circle from {:?}", start);
            }
        }
    }
}
