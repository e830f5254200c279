use super::*;
use crate::{Confidentiality, Slot};

const ANA: AccountId = AccountId([1; 32]);
const BEA: AccountId = AccountId([2; 32]);

fn facts(author: AccountId, authored_at: Timestamp) -> Facts {
    Facts {
        slot: Slot(0),
        confidentiality: Confidentiality::Normal,
        author,
        authored_at,
    }
}

#[test]
fn a_narrowing_narrows_something_and_not_to_nothing() {
    for (narrowing, valid) in [
        (Narrowing::NONE, false),
        (
            Narrowing {
                authored_from: 1,
                ..Narrowing::NONE
            },
            true,
        ),
        (
            Narrowing {
                authored_until: 1,
                ..Narrowing::NONE
            },
            true,
        ),
        (
            Narrowing {
                author: Some(ANA),
                ..Narrowing::NONE
            },
            true,
        ),
        (
            Narrowing {
                records: Some(Hash([0; 32])),
                ..Narrowing::NONE
            },
            true,
        ),
        (
            Narrowing {
                authored_until: 0,
                ..Narrowing::NONE
            },
            false,
        ),
        (
            Narrowing {
                authored_from: 5,
                authored_until: 5,
                author: Some(ANA),
                records: None,
            },
            false,
        ),
    ] {
        assert_eq!(narrowing.is_valid(), valid, "{narrowing:?}");
    }
}

#[test]
fn author_and_time_of_authorship_both_fit() {
    let narrowing = Narrowing {
        authored_from: 10,
        authored_until: 20,
        author: Some(ANA),
        records: None,
    };
    for (author, authored_at, fits) in [
        (ANA, 9, false),
        (ANA, 10, true),
        (ANA, 19, true),
        (ANA, 20, false),
        (BEA, 10, false),
    ] {
        assert_eq!(
            narrowing.fits(&facts(author, authored_at), true, 100),
            fits,
            "{author:?} {authored_at}"
        );
        assert_eq!(
            narrowing.fits(&facts(author, authored_at), false, 100),
            fits,
            "of a denial: {author:?} {authored_at}"
        );
    }
}

#[test]
fn an_unknown_time_of_authorship_permits_nothing_that_is_narrowed_by_time_and_denies_all_of_it() {
    const AT: Timestamp = 100;
    let time = |authored_from, authored_until| Narrowing {
        authored_from,
        authored_until,
        ..Narrowing::NONE
    };
    let author = Narrowing {
        author: Some(ANA),
        ..Narrowing::NONE
    };
    for unknown in [AT + 1, Timestamp::MAX - 1, Timestamp::MAX] {
        for narrowing in [
            time(1, Timestamp::MAX),
            time(0, AT),
            time(0, Timestamp::MAX - 1),
            time(90, 120),
        ] {
            assert!(
                !narrowing.fits(&facts(ANA, unknown), true, AT),
                "{narrowing:?} {unknown}"
            );
            assert!(
                narrowing.fits(&facts(ANA, unknown), false, AT),
                "{narrowing:?} {unknown}"
            );
        }
        for permits in [true, false] {
            assert!(
                author.fits(&facts(ANA, unknown), permits, AT),
                "the time does not matter"
            );
            assert!(!author.fits(&facts(BEA, unknown), permits, AT));
            assert!(Narrowing::NONE.fits(&facts(BEA, unknown), permits, AT));
        }
    }
    assert!(time(90, 120).fits(&facts(ANA, AT), true, AT), "now is known");
}

proptest::proptest! {
    #[test]
    fn whatever_is_within_covers_no_record_that_the_other_does_not(
        narrow in crate::testing::narrowing(),
        wide in crate::testing::narrowing(),
        author in 1..4_u8,
        authored_at in 0..8_u64,
        at in 0..8_u64,
    ) {
        let facts = facts(AccountId([author; 32]), authored_at);
        if narrow.is_within(&wide) {
            proptest::prop_assert!(!narrow.fits(&facts, true, at) || wide.fits(&facts, true, at));
            proptest::prop_assert!(wide.records.is_none() || narrow.records == wide.records);
        }
        proptest::prop_assert!(narrow.is_within(&narrow) && narrow.is_within(&Narrowing::NONE));
    }
}
