use super::*;
use crate::consortium::testing::{account, members, HOSPITAL, NOW, STRANGER, UNKNOWN};

fn committee(count: u8) -> Committee {
    Committee::new(members(count), count).expect("a committee")
}

#[test]
fn two_of_different_organisations_pause_and_one_does_not() {
    let committee = committee(5);
    let mut pauses = Pauses::default();
    assert_eq!(pauses.call(&committee, account(1), Some(HOSPITAL), NOW), Ok(None));
    assert_eq!(
        pauses.call(&committee, account(1), Some(HOSPITAL), NOW + 1),
        Ok(None),
        "again"
    );
    assert_eq!(
        pauses.call(&committee, account(2), Some(HOSPITAL), NOW + 1),
        Ok(None),
        "the same hospital"
    );
    let until = NOW + 2 + PAUSE_MS;
    assert_eq!(
        pauses.call(&committee, account(3), Some(UNKNOWN), NOW + 2),
        Ok(Some(until))
    );
    assert_eq!(pauses.until, until);
    let spent: Vec<_> = pauses
        .calls
        .iter()
        .filter(|call| call.spent)
        .map(|call| call.member)
        .collect();
    assert_eq!(spent, [account(1), account(3)], "the second call was not needed");
}

#[test]
fn a_committee_of_one_needs_one_and_a_member_of_unknown_organisation_is_not_enough() {
    let until = Ok(Some(NOW + PAUSE_MS));
    assert_eq!(
        Pauses::default().call(&committee(1), account(1), Some(HOSPITAL), NOW),
        until
    );
    assert_eq!(Pauses::default().call(&committee(1), account(1), None, NOW), until);
    for first in [None, Some(HOSPITAL)] {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.call(&committee(3), account(1), first, NOW), Ok(None));
        assert_eq!(pauses.call(&committee(3), account(2), None, NOW), Ok(None), "{first:?}");
        let third = pauses.call(&committee(3), account(3), Some(UNKNOWN), NOW);
        assert_eq!(third, first.map_or(Ok(None), |_| until), "{first:?}");
    }
}

/// The organisation of the member with a number: each is of one of their own.
fn of(member: u8) -> Option<OrganisationId> {
    Some(OrganisationId(member.into()))
}

#[test]
fn nobody_else_calls_and_nobody_while_there_is_a_pause() {
    let mut pauses = Pauses::default();
    assert_eq!(
        pauses.call(&committee(3), STRANGER, None, NOW),
        Err(ConsortiumError::NotCommittee)
    );
    pauses.until = NOW + 1;
    let answer = pauses.call(&committee(3), account(1), None, NOW);
    assert_eq!(answer, Err(ConsortiumError::AlreadyPaused));
    assert_eq!(pauses.call(&committee(3), account(1), None, NOW + 1), Ok(None));
}

#[test]
fn a_call_waits_a_day_and_counts_only_while_its_member_is_of_the_committee() {
    let mut pauses = Pauses::default();
    assert_eq!(pauses.call(&committee(3), account(3), of(3), NOW), Ok(None));
    let late = pauses
        .clone()
        .call(&committee(3), account(1), of(1), NOW + PAUSE_CALL_MS);
    assert_eq!(late, Ok(None));
    let rotated = pauses.clone().call(&committee(2), account(1), of(1), NOW + 1);
    assert_eq!(rotated, Ok(None));
    let just = pauses.call(&committee(3), account(1), of(1), NOW + PAUSE_CALL_MS - 1);
    assert_eq!(just, Ok(Some(NOW + PAUSE_CALL_MS - 1 + PAUSE_MS)));
}

#[test]
fn who_paused_rests_for_thirty_days_whatever_the_committee_did_since() {
    let mut pauses = Pauses::default();
    for member in [1, 2] {
        assert!(pauses.call(&committee(4), account(member), of(member), NOW).is_ok());
    }
    // The committee ended it, and was rotated twice.
    pauses.until = 0;
    assert_eq!(
        pauses.call(&committee(1), account(1), of(1), NOW + 1),
        Err(ConsortiumError::PauseSpent)
    );
    for at in [NOW + 1, NOW + PAUSE_REST_MS - 1] {
        assert_eq!(
            pauses.call(&committee(4), account(2), of(2), at),
            Err(ConsortiumError::PauseSpent)
        );
    }
    assert_eq!(
        pauses.call(&committee(4), account(3), of(3), NOW + 1),
        Ok(None),
        "spent calls do not count twice"
    );
    assert_eq!(
        pauses.call(&committee(4), account(1), of(1), NOW + PAUSE_REST_MS),
        Ok(None)
    );
}

#[test]
fn what_is_kept_stays_small_however_often_it_is_called_for() {
    let committee = committee(15);
    let mut pauses = Pauses::default();
    for hour in 0..3_000_u64 {
        let member = (hour % 15) as u8 + 1;
        let mut after = pauses.clone();
        if after
            .call(&committee, account(member), of(member), NOW + hour * HOUR_MS)
            .is_ok()
        {
            pauses = after;
        }
        assert!(pauses.calls.len() <= 15, "{}", pauses.calls.len());
    }
}
