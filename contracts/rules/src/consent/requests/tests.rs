use super::*;
use crate::{
    consent::{Proxies, Research},
    OrganisationId, Roles,
};

const PATIENT: AccountId = AccountId([1; 32]);
const REQUESTER: AccountId = AccountId([2; 32]);
const NOW: Timestamp = 1_000;
const REQUEST_MS: u64 = 500;

fn ask() -> Ask {
    Ask {
        purposes: Purposes::TREAT.union(Purposes::ETREAT),
        slots: Slots(0b0110),
        confidentiality: Confidentiality::Restricted,
        until: NOW + 100,
        why: Hash([9; 32]),
    }
}

fn role(roles: Roles) -> Option<Role> {
    Some(Role {
        roles,
        organisation: OrganisationId(1),
        until: Timestamp::MAX,
    })
}

fn waiting() -> Request {
    Request {
        ask: ask(),
        expires: NOW + REQUEST_MS,
    }
}

fn terms() -> Terms {
    let Ask {
        purposes,
        slots,
        confidentiality,
        until,
        why: _,
    } = ask();
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Account(REQUESTER),
        purposes,
        slots,
        confidentiality,
        from: 0,
        until,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies(0b111),
        threshold: 2,
        document: Hash([3; 32]),
        split: Hash([4; 32]),
    }
}

#[test]
fn a_request_waits_for_as_long_as_the_consortium_says() {
    for (now, expires) in [
        (NOW, NOW + REQUEST_MS),
        (u64::MAX - REQUEST_MS, u64::MAX),
        (u64::MAX - 1, u64::MAX),
    ] {
        let ask = Ask {
            until: u64::MAX,
            ..ask()
        };
        let outcome = request(
            PATIENT,
            REQUESTER,
            ask,
            role(Roles::CLINICIAN).as_slice(),
            None,
            REQUEST_MS,
            now,
        );
        assert_eq!(outcome, Ok(Request { ask, expires }));
    }
}

#[test]
fn only_a_role_that_fits_every_purpose_may_ask() {
    let (clinician, both) = (Roles::CLINICIAN, Roles::CLINICIAN.union(Roles::RESEARCHER));
    for (roles, purposes, accepted) in [
        (role(clinician), Purposes::TREAT, true),
        (role(clinician), Purposes::TREAT.union(Purposes::BTG), true),
        (role(clinician), Purposes::HRESCH, false),
        (role(clinician), Purposes::TREAT.union(Purposes::HRESCH), false),
        (role(both), Purposes::TREAT.union(Purposes::HRESCH), true),
        (role(Roles::INSURER), Purposes::HPAYMT, true),
        (role(Roles::ALL), Purposes::PATRQT, false),
        (role(Roles::ALL), Purposes::PUBHLTH, true),
        (role(Roles::NONE), Purposes::TREAT, false),
        (None, Purposes::TREAT, false),
    ] {
        let ask = Ask { purposes, ..ask() };
        let outcome = request(PATIENT, REQUESTER, ask, roles.as_slice(), None, REQUEST_MS, NOW);
        let expected = if accepted {
            Ok(ask)
        } else {
            Err(ConsentError::WrongRole)
        };
        assert_eq!(
            outcome.map(|request| request.ask),
            expected,
            "{roles:?} for {purposes:?}"
        );
    }
}

#[test]
fn a_request_is_refused_for_the_first_thing_that_is_wrong() {
    let open = Some(waiting());
    let nothing = Ask {
        purposes: Purposes::NONE,
        until: NOW,
        ..ask()
    };
    let unknown = Ask {
        purposes: Purposes(Purposes::ALL.0 + 1),
        until: NOW,
        ..ask()
    };
    let nowhere = Ask {
        slots: Slots(0),
        until: NOW,
        ..ask()
    };
    let over = Ask { until: NOW, ..ask() };
    for (requester, ask, role, expected) in [
        (PATIENT, nothing, None, ConsentError::EmptyTerms),
        (PATIENT, unknown, None, ConsentError::EmptyTerms),
        (PATIENT, nowhere, None, ConsentError::EmptyTerms),
        (PATIENT, over, None, ConsentError::InvalidPeriod),
        (PATIENT, ask(), None, ConsentError::GranteeIsPatient),
        (REQUESTER, ask(), None, ConsentError::WrongRole),
        (REQUESTER, ask(), role(Roles::CLINICIAN), ConsentError::RequestOpen),
    ] {
        let outcome = request(PATIENT, requester, ask, role.as_slice(), open, REQUEST_MS, NOW);
        assert_eq!(outcome, Err(expected), "{ask:?}");
    }
}

#[test]
fn an_expired_request_makes_room_for_the_next() {
    for (now, accepted) in [
        (NOW + REQUEST_MS - 1, false),
        (NOW + REQUEST_MS, true),
        (NOW + REQUEST_MS + 1, true),
    ] {
        let ask = Ask {
            until: now + 1,
            ..ask()
        };
        let outcome = request(
            PATIENT,
            REQUESTER,
            ask,
            role(Roles::CLINICIAN).as_slice(),
            Some(waiting()),
            REQUEST_MS,
            now,
        );
        assert_eq!(outcome.is_ok(), accepted, "at {now}");
        if !accepted {
            assert_eq!(outcome, Err(ConsentError::RequestOpen));
        }
    }
}

#[test]
fn a_request_is_approved_with_what_was_asked_or_less() {
    let narrower = [
        Terms {
            purposes: Purposes::TREAT,
            ..terms()
        },
        Terms {
            slots: Slots(0b0100),
            ..terms()
        },
        Terms {
            confidentiality: Confidentiality::Normal,
            ..terms()
        },
        Terms {
            until: terms().until - 1,
            ..terms()
        },
        terms(),
    ];
    for terms in narrower {
        assert_eq!(approve(Some(waiting()), REQUESTER, &terms, NOW), Ok(()), "{terms:?}");
    }
    let wider = [
        Terms {
            effect: Effect::Deny,
            ..terms()
        },
        Terms {
            grantee: Grantee::Account(PATIENT),
            ..terms()
        },
        Terms {
            grantee: Grantee::Organisation(OrganisationId(1)),
            ..terms()
        },
        Terms {
            purposes: ask().purposes.union(Purposes::HRESCH),
            ..terms()
        },
        Terms {
            slots: Slots(0b0111),
            ..terms()
        },
        Terms {
            confidentiality: Confidentiality::VeryRestricted,
            ..terms()
        },
        Terms {
            until: terms().until + 1,
            ..terms()
        },
        Terms {
            delegable: true,
            ..terms()
        },
    ];
    for terms in wider {
        let outcome = approve(Some(waiting()), REQUESTER, &terms, NOW);
        assert_eq!(outcome, Err(ConsentError::WiderThanAsked), "{terms:?}");
    }
}

#[test]
fn a_request_is_approved_before_it_expires() {
    let wider = Terms {
        slots: Slots::ALL,
        ..terms()
    };
    let expires = NOW + REQUEST_MS;
    for (request, terms, now, expected) in [
        (None, wider, expires, Err(ConsentError::UnknownRequest)),
        (Some(waiting()), wider, expires, Err(ConsentError::RequestExpired)),
        (Some(waiting()), wider, expires - 1, Err(ConsentError::WiderThanAsked)),
        (Some(waiting()), terms(), expires, Err(ConsentError::RequestExpired)),
        (Some(waiting()), terms(), expires - 1, Ok(())),
    ] {
        assert_eq!(approve(request, REQUESTER, &terms, now), expected, "at {now}");
    }
}

#[test]
fn a_request_takes_55_bytes() {
    assert_eq!(Request::max_encoded_len(), 55);
}

proptest::proptest! {
    #[test]
    fn whatever_is_approved_is_within_what_was_asked(
        terms in crate::testing::terms(),
        purposes in 0..=Purposes::ALL.0,
        slots: u32,
        until in 0..16_u64,
        now in 0..16_u64,
    ) {
        let ask = Ask { purposes: Purposes(purposes), slots: Slots(slots), until, ..ask() };
        let Grantee::Account(requester) = terms.grantee else { return Ok(()) };
        let request = Request { ask, expires: 8 };
        if approve(Some(request), requester, &terms, now).is_ok() {
            proptest::prop_assert!(now < 8);
            proptest::prop_assert_eq!(terms.effect, Effect::Permit);
            proptest::prop_assert_eq!(ask.purposes.union(terms.purposes), ask.purposes);
            proptest::prop_assert_eq!(ask.slots.0 | terms.slots.0, ask.slots.0);
            proptest::prop_assert!(terms.confidentiality <= ask.confidentiality && terms.until <= ask.until);
        }
    }
}
