use super::*;
use crate::{
    consortium::testing::{held, role, state, HOSPITAL, NOW, SUSPENDED, UNKNOWN},
    OrganisationId, Roles,
};

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

#[test]
fn a_patient_registers_once() {
    let registered = register_patient(None, NOW).expect("a registration");
    let fresh = Registration {
        registered_at: NOW,
        activated_by: None,
    };
    assert_eq!(registered, fresh);
    let activated_by = Some(HOSPITAL);
    for previous in [
        registered,
        Registration {
            activated_by,
            ..registered
        },
    ] {
        let again = register_patient(Some(previous), NOW + 1);
        assert_eq!(again, Err(ConsortiumError::AlreadyRegistered));
    }
}

fn registration(activated_by: Option<OrganisationId>) -> Registration {
    Registration {
        registered_at: 5,
        activated_by,
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
            Some(registration(None)),
            NOW,
        );
        let expected = if roles.contains(Roles::ORGANISATION_ADMIN) {
            Ok((registration(Some(HOSPITAL)), HOSPITAL))
        } else {
            Err(ConsortiumError::NotAdmin)
        };
        assert_eq!(vouched, expected, "{roles:?}");
    }
}

#[test]
fn an_admin_vouches_while_the_role_counts_and_in_the_documented_order_of_errors() {
    let organisations = state(1, 1).organisations;
    let admin = |organisation, until| held([role(Roles::ORGANISATION_ADMIN, organisation, until)]);
    let activated = Ok((registration(Some(HOSPITAL)), HOSPITAL));
    let not_admin = Err(ConsortiumError::NotAdmin);
    let fresh = Some(registration(None));
    let done = Some(registration(Some(SUSPENDED)));
    for (roles, registration, expected) in [
        (admin(HOSPITAL, NOW + 1), fresh, activated),
        (admin(HOSPITAL, NOW), fresh, not_admin),
        (admin(HOSPITAL, NOW - 1), fresh, not_admin),
        (admin(SUSPENDED, NOW + 1), fresh, not_admin),
        (admin(UNKNOWN, NOW + 1), fresh, not_admin),
        (held([]), fresh, not_admin),
        (held([]), None, not_admin),
        (held([]), done, not_admin),
        (admin(HOSPITAL, NOW + 1), None, Err(ConsortiumError::UnknownPatient)),
        (admin(HOSPITAL, NOW + 1), done, Err(ConsortiumError::AlreadyActivated)),
    ] {
        let vouched = activate_patient(&roles, &organisations, registration, NOW);
        assert_eq!(vouched, expected, "{roles:?} for {registration:?}");
    }
}
