use super::*;
use crate::testing::{deny, permit, World};
use crate::{consent::Narrowing, Purposes, Slots};
use alloc::vec;
use scale::DecodeAll;

const PATIENT: AccountId = AccountId([1; 32]);
const NOW: Timestamp = 1_000;

/// A permit to the doctor over slots 1 and 2, from now, in shares of two proxies of which both are needed.
fn terms() -> Terms {
    Terms {
        purposes: Purposes::TREAT,
        slots: Slots(0b110),
        from: NOW,
        until: NOW + 100,
        ..permit()
    }
}

#[test]
fn a_grant_takes_the_next_number_and_no_other() {
    let add = |granted, id| {
        let mut state = PatientState {
            granted,
            ..PatientState::default()
        };
        let mut standing = vec![];
        let id = GrantId(id);
        add_grant(&PATIENT, id, &terms(), &mut state, &mut standing, &World::new(), NOW).map(|given| {
            assert_eq!(given, terms());
            assert_eq!(standing, [StoredGrant::new(id, 0, None, &terms())]);
            state.granted
        })
    };
    assert_eq!(add(6, 6), Err(ConsentError::GrantIdTaken));
    assert_eq!(add(6, 7), Ok(7));
    assert_eq!(add(6, 8), Err(ConsentError::GrantIdTaken));
    assert_eq!(add(6, 7 | GrantId::DELEGATED), Err(ConsentError::GrantIdTaken));
    let last = GrantId::DELEGATED - 1;
    assert_eq!(
        add(last, last + 1),
        Err(ConsentError::TooManyGrants),
        "numbers are never used twice"
    );
}

#[test]
fn only_as_many_grants_stand_at_once_as_the_limit_says_and_those_that_are_over_make_room() {
    let mut world = World::new();
    for _ in 0..MAX_GRANTS_PER_GRANTEE {
        world.give(PATIENT, &terms(), NOW).expect("there is room");
    }
    let last = Terms {
        until: NOW + 200,
        ..terms()
    };
    assert_eq!(
        world.clone().give(PATIENT, &last, NOW + 99),
        Err(ConsentError::TooManyGrants)
    );
    let mut ended = world.clone();
    let id = ended.give(PATIENT, &last, NOW + 100).expect("all of them have ended");
    assert_eq!(
        ended.standing(PATIENT, last.grantee),
        [StoredGrant::new(id, 0, None, &last.given_at(NOW + 100))]
    );
    world.revoke_all(PATIENT);
    let id = world.give(PATIENT, &last, NOW).expect("all of them are void");
    assert_eq!(
        world.standing(PATIENT, last.grantee),
        [StoredGrant::new(id, 1, None, &last)]
    );
}

#[test]
fn a_grant_is_revoked_once_and_a_permit_takes_its_epochs_with_it() {
    let mut world = World::new();
    let permit = world.give(PATIENT, &terms(), NOW).expect("valid terms");
    let denial = world.give(PATIENT, &deny(terms()), NOW).expect("valid terms");
    let grantee = terms().grantee;
    assert_eq!(
        world.revoke(PATIENT, GrantId(3), grantee),
        Err(ConsentError::UnknownGrant)
    );
    assert_eq!(world.revoke(PATIENT, denial, grantee), Ok(()));
    assert_eq!(
        world.state(&PATIENT).slot_epochs(),
        Default::default(),
        "nobody holds a share of a denial"
    );
    assert_eq!(world.revoke(PATIENT, permit, grantee), Ok(()));
    assert_eq!(world.revoke(PATIENT, permit, grantee), Err(ConsentError::UnknownGrant));
    let epochs = world.state(&PATIENT).slot_epochs();
    assert_eq!((epochs.version, &epochs.epochs[..4]), (1, &[0, 1, 1, 0][..]));
}

#[test]
fn nothing_is_granted_for_the_past() {
    let mut world = World::new();
    for (from, counts_from) in [(0, NOW), (NOW - 1, NOW), (NOW, NOW), (NOW + 1, NOW + 1)] {
        let early = Terms { from, ..terms() };
        let id = world.give(PATIENT, &early, NOW).expect("valid terms");
        let expected = Terms {
            from: counts_from,
            ..terms()
        };
        let kept = world.standing(PATIENT, terms().grantee);
        assert_eq!(
            kept.last(),
            Some(&StoredGrant::new(id, 0, None, &expected)),
            "from {from}"
        );
    }
    let ended = Terms {
        from: 0,
        until: NOW,
        ..terms()
    };
    assert_eq!(world.give(PATIENT, &ended, NOW), Err(ConsentError::InvalidPeriod));
}

#[test]
fn what_is_over_is_cleared_and_nothing_else() {
    let kept = StoredGrant::new(
        GrantId(3),
        0,
        None,
        &Terms {
            until: NOW + 200,
            ..terms()
        },
    );
    let ended = StoredGrant::new(GrantId(2), 0, None, &terms());
    let void = StoredGrant { id: GrantId(1), ..kept };
    let state = PatientState {
        void_granted: 1,
        ..PatientState::default()
    };
    let mut standing = vec![void, ended, kept];
    let world = World::new();
    let clear =
        |standing: &mut Vec<StoredGrant>, now| clear_grants(standing, &mut Lineage::new(&PATIENT, &state, &world, now));
    assert_eq!(clear(&mut standing, NOW + 100), Ok(()));
    assert_eq!(standing, [kept]);
    assert_eq!(clear(&mut standing, NOW + 199), Err(ConsentError::NothingToClear));
    assert_eq!(clear(&mut standing, NOW + 200), Ok(()));
    assert!(standing.is_empty());
}

#[test]
fn a_grant_is_at_most_128_bytes_and_narrowing_and_passing_on_come_on_top() {
    assert_eq!(StoredGrant::new(GrantId(1), 0, None, &terms()).encoded_size(), 112);
    // The grantee is kept as one byte.
    let grantee = Grantee::max_encoded_len() - 1;
    let most = StoredGrant::max_encoded_len() - grantee;
    assert!(most - Narrowing::max_encoded_len() - Origin::max_encoded_len() <= 128);
    assert_eq!(Narrowing::max_encoded_len(), 82);
    assert_eq!(Origin::max_encoded_len(), 74);
}

proptest::proptest! {
    #[test]
    fn kept_grants_read_back_as_what_was_granted(
        terms in crate::testing::terms(),
        stored in crate::testing::stored(),
    ) {
        let kept = StoredGrant::new(stored.id, stored.version, stored.origin, &terms);
        proptest::prop_assert_eq!(kept.terms_to(&terms.grantee), terms);
        for grant in [kept, stored] {
            let read = StoredGrant::decode_all(&mut &grant.encode()[..]).expect("it was just encoded");
            proptest::prop_assert_eq!(read, grant);
            proptest::prop_assert!(grant.encoded_size() <= StoredGrant::max_encoded_len());
        }
        let read = Terms::decode_all(&mut &terms.encode()[..]).expect("it was just encoded");
        proptest::prop_assert_eq!(read, terms);
    }
}
