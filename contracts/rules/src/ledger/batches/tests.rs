use super::*;
use crate::{
    ledger::{
        length,
        testing::{admin, anchor as request, batch, domain, role, HOSPITAL, NOW, OTHER},
    },
    Roles,
};
use alloc::vec::Vec;

fn stands(gap: bool) -> Option<Before> {
    Some(Before {
        custodian: HOSPITAL,
        gap,
    })
}

#[test]
fn anchoring_refuses_in_the_documented_order() {
    let clinician = role(Roles::CLINICIAN, HOSPITAL);
    let other_admin = role(Roles::ORGANISATION_ADMIN, OTHER);
    let last = u32::MAX;
    for (request, before, role, expected) in [
        (request(last, 0), None, None, LedgerError::InvalidSize),
        (
            request(last, MAX_BATCH_RECORDS + 1),
            None,
            None,
            LedgerError::InvalidSize,
        ),
        (request(last, 1), None, None, LedgerError::UnknownDomain),
        (request(last, 1), stands(true), None, LedgerError::NotCustodian),
        (request(last, 1), stands(true), clinician, LedgerError::NotCustodian),
        (request(last, 1), stands(true), other_admin, LedgerError::NotCustodian),
        (
            request(last, 1),
            stands(true),
            admin(),
            LedgerError::BatchTaken { next: 4 },
        ),
        (request(last, 1), stands(false), admin(), LedgerError::TooMany),
    ] {
        let answer = anchor(&request, before, role, NOW, || 4);
        assert_eq!(answer, Err(expected), "{request:?} {role:?}");
    }
}

#[test]
fn an_anchored_batch_keeps_what_was_asked_and_begins_with_version_0() {
    for (number, records) in [
        (0, 1),
        (4, MAX_BATCH_RECORDS - 1),
        (4, MAX_BATCH_RECORDS),
        (u32::MAX - 1, 1),
    ] {
        let request = request(number, records);
        let next = || unreachable!("nothing is searched for");
        let (kept, event) = anchor(&request, stands(false), admin(), NOW, next).expect("the admin anchors");
        let expected = Batch {
            records,
            anchored_at: NOW,
            ..batch(0)
        };
        assert_eq!(kept, expected);
        assert_eq!(
            (event.batch, event.manifest, event.records),
            (BatchNumber(number), kept.manifest, records)
        );
    }
}

#[test]
fn the_place_before_a_batch_is_found_with_one_read_where_the_number_fits() {
    let batches = |count: u32| move |number: BatchNumber| (number.0 < count).then(|| batch(0));
    let no_read = || unreachable!("the domain is not read");
    for expected in [1, 2, 3] {
        assert_eq!(before(BatchNumber(expected), batches(3), no_read), stands(false));
    }
    let no_batch = |_| unreachable!("no batch is read");
    assert_eq!(before(BatchNumber(0), no_batch, || Some(domain())), stands(false));
    assert_eq!(before(BatchNumber(0), no_batch, || None), None);
    for expected in [4, 5, u32::MAX] {
        assert_eq!(
            before(BatchNumber(expected), batches(3), || Some(domain())),
            stands(true)
        );
        assert_eq!(before(BatchNumber(expected), batches(0), || None), None);
    }
}

proptest::proptest! {
    /// The whole path of the contract, on a vector: read the place before, decide, write, refuse what was taken.
    #[test]
    fn numbers_are_given_in_order_and_none_twice(expected in proptest::collection::vec(0..12_u32, 1..40)) {
        let mut kept: Vec<Batch> = Vec::new();
        for expected in expected {
            let next = || length(|number| (number as usize) < kept.len());
            let place = before(
                BatchNumber(expected),
                |number| kept.get(number.0 as usize).copied(),
                || Some(domain()),
            );
            let records = kept.len() as u32 + 1;
            let answer = anchor(&request(expected, records), place, admin(), NOW, next).and_then(|(batch, _)| {
                match kept.get(expected as usize) {
                    None => Ok(batch),
                    Some(_) => Err(LedgerError::BatchTaken { next: next() }),
                }
            });
            let count = kept.len() as u32;
            if expected == count {
                kept.push(answer.expect("the next number is free"));
            } else {
                proptest::prop_assert_eq!(answer, Err(LedgerError::BatchTaken { next: count }));
            }
        }
        // Each number still has the batch that took it.
        for (batch, records) in kept.iter().zip(1..) {
            proptest::prop_assert_eq!(batch.records, records);
        }
    }
}
