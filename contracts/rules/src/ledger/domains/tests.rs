use super::*;
use crate::ledger::testing::{admin, domain, role, rotate, DOMAIN, HOSPITAL, KEY, OTHER};

const NEW: OprfKey = OprfKey([8; 32]);
const ZERO: OprfKey = OprfKey([0; 32]);

#[test]
fn an_organisation_admin_registers_domains_from_one() {
    for (role, registered, key, expected) in [
        (admin(), 0, KEY, Ok((DomainId(1), domain()))),
        (admin(), 6, KEY, Ok((DomainId(7), domain()))),
        (admin(), u32::MAX - 1, KEY, Ok((DomainId(u32::MAX), domain()))),
        (admin(), u32::MAX, KEY, Err(LedgerError::TooMany)),
        (
            role(Roles::CLINICIAN, HOSPITAL),
            u32::MAX,
            KEY,
            Err(LedgerError::NotCustodian),
        ),
        (None, 0, KEY, Err(LedgerError::NotCustodian)),
        (None, u32::MAX, ZERO, Err(LedgerError::InvalidKey)),
    ] {
        assert_eq!(register_domain(role, registered, key), expected, "{role:?}");
    }
}

#[test]
fn rotating_refuses_in_the_documented_order() {
    let last = Some(StoredDomain {
        epoch: u16::MAX,
        ..domain()
    });
    let stranger = role(Roles::ORGANISATION_ADMIN, OTHER);
    for (key, domain, role, expected) in [
        (ZERO, None, None, LedgerError::InvalidKey),
        (NEW, None, None, LedgerError::UnknownDomain),
        (NEW, last, None, LedgerError::NotCustodian),
        (NEW, last, stranger, LedgerError::NotCustodian),
        (NEW, last, admin(), LedgerError::TooMany),
    ] {
        assert_eq!(rotate_key(&rotate(key), domain, role), Err(expected), "{role:?}");
    }
}

#[test]
fn each_rotation_begins_the_next_epoch_and_leaves_the_custodian() {
    for epoch in [0, 1, u16::MAX - 1] {
        let before = StoredDomain { epoch, ..domain() };
        let (after, event) = rotate_key(&rotate(NEW), Some(before), admin()).expect("the admin rotates");
        let expected = StoredDomain {
            custodian: HOSPITAL,
            epoch: epoch + 1,
            key: NEW,
        };
        assert_eq!(after, expected);
        assert_eq!((event.domain, event.epoch, event.key), (DOMAIN, epoch + 1, NEW));
    }
}

#[test]
fn what_is_answered_is_what_is_kept_and_the_number_that_was_found() {
    let expected = Domain {
        custodian: HOSPITAL,
        next_batch: 5,
        epoch: 0,
        key: KEY,
    };
    assert_eq!(domain().with_next_batch(5), expected);
}
