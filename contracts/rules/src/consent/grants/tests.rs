use super::*;
use crate::OrganisationId;
use alloc::vec;
use scale::DecodeAll;

const PATIENT: AccountId = AccountId([1; 32]);
const DOCTOR: Grantee = Grantee::Account(AccountId([2; 32]));
const HOSPITAL: Grantee = Grantee::Organisation(OrganisationId(1));
const NOW: Timestamp = 1_000;

fn terms() -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: DOCTOR,
        purposes: Purposes::TREAT,
        slots: Slots(0b110),
        confidentiality: Confidentiality::Normal,
        from: NOW,
        until: NOW + 100,
        document: Hash([3; 32]),
        split: Hash([4; 32]),
    }
}

fn granted(id: u32, terms: Terms) -> events::Granted {
    events::Granted {
        patient: PATIENT,
        id: GrantId(id),
        terms,
    }
}

#[test]
fn terms_are_refused_in_the_documented_order() {
    let none = Hash([0; 32]);
    let own = Grantee::Account(PATIENT);
    let restricted = Slots(0b100);
    for (changed, expected) in [
        (
            Terms {
                purposes: Purposes::NONE,
                from: 9,
                until: 9,
                ..terms()
            },
            ConsentError::EmptyTerms,
        ),
        (
            Terms {
                purposes: Purposes(1 << 9),
                ..terms()
            },
            ConsentError::EmptyTerms,
        ),
        (
            Terms {
                slots: Slots(0),
                ..terms()
            },
            ConsentError::EmptyTerms,
        ),
        (
            Terms {
                from: NOW + 100,
                grantee: own,
                ..terms()
            },
            ConsentError::InvalidPeriod,
        ),
        (
            Terms {
                from: 0,
                until: NOW,
                ..terms()
            },
            ConsentError::InvalidPeriod,
        ),
        (
            Terms {
                grantee: own,
                split: none,
                ..terms()
            },
            ConsentError::GranteeIsPatient,
        ),
        (Terms { split: none, ..terms() }, ConsentError::WrongSplit),
        (
            Terms {
                effect: Effect::Deny,
                ..terms()
            },
            ConsentError::WrongSplit,
        ),
        (terms(), ConsentError::RestrictedTogether),
    ] {
        assert_eq!(
            validate_terms(PATIENT, &changed, restricted, NOW),
            Err(expected),
            "{changed:?}"
        );
    }
}

#[test]
fn a_restricted_slot_is_granted_alone_and_denied_with_any() {
    let restricted = Slots(0b100);
    let denial = Terms {
        effect: Effect::Deny,
        split: Hash([0; 32]),
        ..terms()
    };
    for accepted in [
        Terms {
            slots: restricted,
            ..terms()
        },
        Terms {
            slots: Slots(0b011),
            ..terms()
        },
        denial,
    ] {
        assert_eq!(
            validate_terms(PATIENT, &accepted, restricted, NOW),
            Ok(()),
            "{accepted:?}"
        );
    }
}

#[test]
fn a_grant_takes_the_next_number_and_no_other() {
    for (id, expected) in [
        (6, Err(ConsentError::GrantIdTaken)),
        (7, Ok(7)),
        (8, Err(ConsentError::GrantIdTaken)),
    ] {
        let state = PatientState {
            granted: 6,
            restricted: Slots(0),
        };
        let mut standing = vec![];
        let outcome = add_grant(&granted(id, terms()), state, None, &mut standing, NOW).map(|state| state.granted);
        assert_eq!(outcome, expected, "number {id}");
        assert_eq!(standing.len(), usize::from(expected.is_ok()));
    }
    let used_up = PatientState {
        granted: u32::MAX,
        restricted: Slots(0),
    };
    let outcome = add_grant(&granted(0, terms()), used_up, None, &mut vec![], NOW);
    assert_eq!(
        outcome,
        Err(ConsentError::TooManyGrants),
        "numbers are never used twice"
    );
}

#[test]
fn a_suspended_organisation_can_be_denied_but_not_granted_to() {
    let permit = Terms {
        grantee: HOSPITAL,
        ..terms()
    };
    let denial = Terms {
        effect: Effect::Deny,
        split: Hash([0; 32]),
        ..permit
    };
    for (terms, standing, accepted) in [
        (permit, Some(Standing::Member), true),
        (permit, Some(Standing::Suspended), false),
        (permit, None, false),
        (denial, Some(Standing::Member), true),
        (denial, Some(Standing::Suspended), true),
        (denial, None, false),
    ] {
        let outcome = add_grant(&granted(1, terms), PatientState::default(), standing, &mut vec![], NOW);
        assert_eq!(outcome.is_ok(), accepted, "{terms:?} {standing:?}");
        if !accepted {
            assert_eq!(outcome, Err(ConsentError::GranteeOrganisation));
        }
    }
}

#[test]
fn only_as_many_grants_stand_at_once_as_the_limit_says_and_ended_ones_make_room() {
    let mut standing = vec![];
    let mut state = PatientState::default();
    for id in 1..=16 {
        state = add_grant(&granted(id, terms()), state, None, &mut standing, NOW).expect("there is room");
    }
    let one_more = granted(
        17,
        Terms {
            until: NOW + 200,
            ..terms()
        },
    );
    let before_the_end = add_grant(&one_more, state, None, &mut standing.clone(), NOW + 99);
    assert_eq!(before_the_end, Err(ConsentError::TooManyGrants));
    add_grant(&one_more, state, None, &mut standing, NOW + 100).expect("all of them have ended");
    assert_eq!(standing, [StoredGrant::new(GrantId(17), &one_more.terms)]);
}

#[test]
fn a_grant_is_revoked_once() {
    let mut standing = vec![
        StoredGrant::new(GrantId(1), &terms()),
        StoredGrant::new(GrantId(2), &terms()),
    ];
    assert_eq!(remove_grant(&mut standing, GrantId(3)), Err(ConsentError::UnknownGrant));
    assert_eq!(remove_grant(&mut standing, GrantId(1)), Ok(()));
    assert_eq!(remove_grant(&mut standing, GrantId(1)), Err(ConsentError::UnknownGrant));
    assert_eq!(standing, [StoredGrant::new(GrantId(2), &terms())]);
}

#[test]
fn a_first_grant_is_at_most_128_bytes_of_state() {
    assert_eq!(StoredGrant::max_encoded_len(), 92);
    assert!(vec![StoredGrant::new(GrantId(1), &terms())].encode().len() + PatientState::max_encoded_len() <= 128);
}

proptest::proptest! {
    #[test]
    fn kept_grants_read_back_as_what_was_granted(terms in crate::testing::terms(), id: u32) {
        let stored = StoredGrant::new(GrantId(id), &terms);
        let read = StoredGrant::decode_all(&mut &stored.encode()[..]).expect("it was just encoded");
        proptest::prop_assert_eq!(read, stored);
        proptest::prop_assert_eq!(read.terms(terms.grantee), terms);
    }
}
