use super::*;
use crate::{
    consent::{Exclusivity, Replacement},
    consortium::testing::{held, role, state, HOSPITAL, NOW, SUSPENDED, UNKNOWN},
    Roles,
};

#[test]
fn who_controls_an_account_acts_for_it_and_nobody_while_that_changes() {
    use ConsortiumError::{ExclusiveGuardians, NotController, ReplacementPending};
    let (account, phone, other) = (AccountId([1; 32]), AccountId([2; 32]), AccountId([3; 32]));
    let follows = |controller, from| Some(Replacement { controller, from });
    let own = Control::default();
    let replaced = Control {
        controller: Some(phone),
        ..own
    };
    let waiting = Control {
        replacement: follows(phone, NOW + 1),
        ..own
    };
    let arrived = Control {
        replacement: follows(phone, NOW),
        ..own
    };
    let infant = Control {
        exclusive: Some(Exclusivity {
            from: NOW,
            until: NOW + 1,
        }),
        ..own
    };
    for (control, by, expected) in [
        (own, account, Ok(())),
        (own, other, Err(NotController)),
        (replaced, account, Err(NotController)),
        (replaced, phone, Ok(())),
        (waiting, account, Err(ReplacementPending)),
        (waiting, phone, Err(NotController)),
        (arrived, account, Err(NotController)),
        (arrived, phone, Ok(())),
        (infant, account, Err(ExclusiveGuardians)),
        (infant, other, Err(NotController)),
    ] {
        assert_eq!(may_act(account, by, &control, NOW), expected, "{control:?} by {by:?}");
    }
}

#[test]
fn keys_are_numbered_from_one() {
    let key = EncryptionKey([7; 32]);
    let bundle = Hash([0; 32]);
    let first = KeyEntry {
        version: 1,
        key,
        bundle,
    };
    let numbered = |version| KeyEntry { version, ..first };
    assert_eq!(next_key(None, key, bundle), Ok(first));
    assert_eq!(next_key(Some(first), key, bundle), Ok(numbered(2)));
    let before_last = Some(numbered(u32::MAX - 1));
    assert_eq!(next_key(before_last, key, bundle), Ok(numbered(u32::MAX)));
    let last = Some(numbered(u32::MAX));
    assert_eq!(next_key(last, key, bundle), Err(ConsortiumError::TooMany));
    for previous in [None, Some(first), last] {
        let refused = next_key(previous, EncryptionKey([0; 32]), bundle);
        assert_eq!(refused, Err(ConsortiumError::InvalidKey));
    }
}

/// Where patients are for whom the hospital vouches, and what it is from which they were moved.
const HERE: Option<JurisdictionId> = Some(JurisdictionId(1));
const THERE: Option<JurisdictionId> = Some(JurisdictionId(2));

fn registration(named: Option<OrganisationId>, activated_by: Option<OrganisationId>) -> Registration {
    Registration {
        registered_at: 5,
        named,
        activated_by,
        jurisdiction: activated_by.and(THERE),
    }
}

/// What becomes of a registration when the hospital vouches.
fn vouched_for() -> Registration {
    Registration {
        jurisdiction: HERE,
        ..registration(None, Some(HOSPITAL))
    }
}

fn place(organisation: OrganisationId) -> Option<JurisdictionId> {
    HERE.filter(|_| organisation == HOSPITAL)
}

#[test]
fn a_patient_registers_once_and_nobody_may_vouch_for_them_by_that() {
    let fresh = register_patient(None, 5);
    assert_eq!(fresh, Ok(registration(None, None)));
    for named in [None, Some(HOSPITAL)] {
        for activated_by in [None, Some(HOSPITAL)] {
            let again = register_patient(Some(registration(named, activated_by)), NOW);
            assert_eq!(again, Err(ConsortiumError::AlreadyRegistered));
        }
    }
}

#[test]
fn a_patient_names_another_organisation_or_nobody_at_any_time() {
    let organisations = state(1, 1).organisations;
    let unknown = Err(ConsortiumError::UnknownOrganisation);
    for before in [None, Some(HOSPITAL), Some(SUSPENDED)] {
        for activated_by in [None, Some(SUSPENDED)] {
            let name = |named| name_organisation(registration(before, activated_by), named, &organisations);
            for named in [None, Some(HOSPITAL), Some(SUSPENDED)] {
                assert_eq!(name(named), Ok(registration(named, activated_by)));
            }
            assert_eq!(name(Some(UNKNOWN)), unknown);
            assert_eq!(name(Some(OrganisationId(0))), unknown);
        }
    }
}

#[test]
fn nobody_but_an_admin_vouches_for_a_patient() {
    let organisations = state(1, 1).organisations;
    let bits = Roles::NAMES.iter().map(|(_, bit)| *bit);
    for roles in bits.chain([
        Roles::NONE,
        Roles::ALL,
        Roles(Roles::ALL.0 & !Roles::ORGANISATION_ADMIN.0),
    ]) {
        let vouched = activate_patient(
            &held([role(roles, HOSPITAL, u64::MAX)]),
            &organisations,
            Some(registration(Some(HOSPITAL), None)),
            place,
            NOW,
        );
        let expected = if roles.contains(Roles::ORGANISATION_ADMIN) {
            Ok((vouched_for(), HOSPITAL))
        } else {
            Err(ConsortiumError::NotAdmin)
        };
        assert_eq!(vouched, expected, "{roles:?}");
    }
}

#[test]
fn an_admin_vouches_for_who_named_them_in_the_documented_order_of_errors() {
    let organisations = state(1, 1).organisations;
    let admin = |organisation, until| held([role(Roles::ORGANISATION_ADMIN, organisation, until)]);
    let ours = || admin(HOSPITAL, NOW + 1);
    let activated = Ok((vouched_for(), HOSPITAL));
    let refused = Err;
    use ConsortiumError::{AlreadyActivated, NotAdmin, NotChosen, UnknownPatient};
    let named = Some(registration(Some(HOSPITAL), None));
    for (roles, registration, expected) in [
        (ours(), named, activated),
        (admin(HOSPITAL, NOW), named, refused(NotAdmin)),
        (admin(HOSPITAL, NOW - 1), named, refused(NotAdmin)),
        (
            admin(SUSPENDED, NOW + 1),
            Some(registration(Some(SUSPENDED), None)),
            refused(NotAdmin),
        ),
        (
            admin(UNKNOWN, NOW + 1),
            Some(registration(Some(UNKNOWN), None)),
            refused(NotAdmin),
        ),
        (held([]), named, refused(NotAdmin)),
        (held([]), None, refused(NotAdmin)),
        (ours(), None, refused(UnknownPatient)),
        // Whoever named nobody, or somebody else, is not placed by an admin who is quick.
        (ours(), Some(registration(None, None)), refused(NotChosen)),
        (ours(), Some(registration(Some(SUSPENDED), None)), refused(NotChosen)),
        (ours(), Some(registration(Some(UNKNOWN), None)), refused(NotChosen)),
        // A name is good for one time; another one, of whomever, moves the patient.
        (
            ours(),
            Some(registration(None, Some(HOSPITAL))),
            refused(AlreadyActivated),
        ),
        (
            ours(),
            Some(registration(None, Some(SUSPENDED))),
            refused(AlreadyActivated),
        ),
        (
            ours(),
            Some(registration(Some(SUSPENDED), Some(HOSPITAL))),
            refused(NotChosen),
        ),
        (ours(), Some(registration(Some(HOSPITAL), Some(SUSPENDED))), activated),
        (ours(), Some(registration(Some(HOSPITAL), Some(HOSPITAL))), activated),
    ] {
        let vouched = activate_patient(&roles, &organisations, registration, place, NOW);
        assert_eq!(vouched, expected, "{roles:?} for {registration:?}");
    }
}

#[test]
fn a_successor_does_not_vouch_for_who_named_the_organisation_before() {
    let mut organisations = state(1, 1).organisations;
    organisations.succeed(SUSPENDED, HOSPITAL);
    let admin = held([role(Roles::ORGANISATION_ADMIN, HOSPITAL, NOW + 1)]);
    let named = Some(registration(Some(SUSPENDED), None));
    let vouched = activate_patient(&admin, &organisations, named, place, NOW);
    assert_eq!(vouched, Err(ConsortiumError::NotChosen));
}

#[test]
fn whoever_names_an_organisation_in_no_jurisdiction_is_of_none() {
    let admin = held([role(Roles::ORGANISATION_ADMIN, HOSPITAL, NOW + 1)]);
    let named = Some(registration(Some(HOSPITAL), Some(SUSPENDED)));
    let vouched = activate_patient(&admin, &state(1, 1).organisations, named, |_| None, NOW);
    let nowhere = Registration {
        jurisdiction: None,
        ..vouched_for()
    };
    assert_eq!(vouched, Ok((nowhere, HOSPITAL)));
}

#[test]
fn the_committee_corrects_whose_law_counts_where_somebody_vouches() {
    let settle = |registration| settle_residence(registration, HERE);
    assert_eq!(settle(None), Err(ConsortiumError::UnknownPatient));
    for named in [None, Some(SUSPENDED)] {
        let refused = settle(Some(registration(named, None)));
        assert_eq!(refused, Err(ConsortiumError::NotVouchedFor));
        let before = registration(named, Some(HOSPITAL));
        let settled = Registration {
            jurisdiction: HERE,
            ..before
        };
        assert_eq!(settle(Some(before)), Ok(settled));
        let nowhere = Registration {
            jurisdiction: None,
            ..before
        };
        assert_eq!(settle_residence(Some(before), None), Ok(nowhere));
    }
}
