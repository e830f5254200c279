use super::*;
use crate::consortium::testing::{account, members, STRANGER};
use alloc::vec;

#[test]
fn a_committee_has_one_to_fifteen_members_and_a_threshold_among_them() {
    let invalid = Err(ConsortiumError::InvalidCommittee);
    for (count, threshold, expected) in [
        (0, 0, invalid),
        (0, 1, invalid),
        (1, 0, invalid),
        (1, 1, Ok(())),
        (1, 2, invalid),
        (2, 1, Ok(())),
        (3, 2, Ok(())),
        (3, 3, Ok(())),
        (3, 4, invalid),
        (14, 14, Ok(())),
        (15, 1, Ok(())),
        (15, 14, Ok(())),
        (15, 15, Ok(())),
        (15, 16, invalid),
        (15, u8::MAX, invalid),
        (16, 1, invalid),
        (16, 15, invalid),
        (u8::MAX, 8, invalid),
    ] {
        let valid = validate_committee(&members(count), threshold);
        assert_eq!(valid, expected, "{threshold} of {count}");
        let first = Committee::new(members(count), threshold);
        assert_eq!(first.clone().map(|_| ()), expected, "{threshold} of {count}");
        assert_eq!(first.map_or(0, |committee| committee.epoch), 0);
    }
}

#[test]
fn nobody_has_two_seats() {
    for (first, second) in [(0, 1), (0, 14), (7, 8), (13, 14)] {
        let mut members = members(15);
        members[second] = members[first];
        assert_eq!(
            validate_committee(&members, 1),
            Err(ConsortiumError::InvalidCommittee),
            "{first} and {second}"
        );
    }
}

#[test]
fn each_rotation_is_an_epoch_of_its_own_even_with_the_same_members() {
    let committee = Committee::new(members(3), 2).expect("a committee");
    let same = committee.rotated(members(3), 2).expect("a committee");
    assert_eq!(same, Committee { epoch: 1, ..committee });
    assert_eq!(same.organisations, vec![None; 3]);
    let next = same.rotated(vec![STRANGER], 1).expect("a committee");
    assert_eq!((next.epoch, next.threshold, next.members), (2, 1, vec![STRANGER]));
    assert_eq!(same.rotated(members(3), 4), Err(ConsortiumError::InvalidCommittee));

    for (epoch, members, expected) in [
        (u32::MAX - 1, members(1), Ok(u32::MAX)),
        (u32::MAX, members(1), Err(ConsortiumError::TooMany)),
        (u32::MAX, members(0), Err(ConsortiumError::InvalidCommittee)),
    ] {
        let late = Committee { epoch, ..same.clone() };
        assert_eq!(late.rotated(members, 1).map(|committee| committee.epoch), expected);
    }
}

#[test]
fn every_member_has_a_bit_of_their_own_and_nobody_else_has_one() {
    let committee = Committee::new(members(15), 8).expect("a committee");
    let votes = |byte| committee.vote_of(&account(byte));
    let all = (1..=15).fold(0_u16, |all, byte| {
        let vote = votes(byte).expect("a member");
        assert_eq!((vote.count_ones(), all & vote), (1, 0), "member {byte}");
        all | vote
    });
    assert_eq!(all, 0x7fff);
    for byte in [0, 16, 99] {
        assert_eq!(votes(byte), Err(ConsortiumError::NotCommittee), "{byte}");
    }
}

#[test]
fn who_stays_keeps_their_organisation_wherever_they_sit() {
    let mut committee = Committee::new(members(3), 2).expect("a committee");
    committee.organisations = vec![Some(OrganisationId(7)), None, Some(OrganisationId(9))];
    let next = vec![account(3), STRANGER, account(1), account(2)];
    let rotated = committee.rotated(next, 2).expect("a committee");
    let expected = vec![Some(OrganisationId(9)), None, Some(OrganisationId(7)), None];
    assert_eq!(rotated.organisations, expected);
    assert_eq!(rotated.organisation_of(&account(1)), Some(OrganisationId(7)));
    for nobody in [account(2), STRANGER, account(9)] {
        assert_eq!(rotated.organisation_of(&nobody), None, "{nobody}");
    }
}
