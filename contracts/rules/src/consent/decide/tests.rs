use super::*;
use crate::{
    consent::{Facts, Grantee, Terms},
    AccountId, Confidentiality, GrantId, Hash, OrganisationId, Slot, Timestamp,
};
use alloc::vec::Vec;

const PATIENT: AccountId = AccountId([1; 32]);
const DOCTOR: AccountId = AccountId([2; 32]);
const FROM: Timestamp = 1_000;
const UNTIL: Timestamp = 2_000;

fn role(roles: Roles) -> Option<Role> {
    Some(Role {
        roles,
        organisation: OrganisationId(1),
        until: Timestamp::MAX,
    })
}

fn question() -> Check {
    let facts = Facts {
        slot: Slot(3),
        confidentiality: Confidentiality::Normal,
        author: DOCTOR,
        authored_at: 0,
    };
    Check {
        requester: DOCTOR,
        patient: PATIENT,
        purpose: Purposes::TREAT,
        facts,
        at: FROM,
    }
}

fn grant(id: u32, effect: Effect) -> StoredGrant {
    let terms = Terms {
        effect,
        grantee: Grantee::Account(DOCTOR),
        purposes: Purposes::TREAT.union(Purposes::ETREAT),
        slots: Slots(0b1_1000),
        confidentiality: Confidentiality::Restricted,
        from: FROM,
        until: UNTIL,
        document: Hash([3; 32]),
        split: Hash([4; 32]),
    };
    StoredGrant::new(GrantId(id), &terms)
}

fn permit(id: u32) -> StoredGrant {
    grant(id, Effect::Permit)
}

fn deny(id: u32) -> StoredGrant {
    grant(id, Effect::Deny)
}

fn ask(question: Check, restricted: Slots, to_account: &[StoredGrant], to_organisation: &[StoredGrant]) -> Decision {
    check(&question, role(Roles::CLINICIAN), restricted, to_account, || {
        to_organisation.to_vec()
    })
}

const NO_GRANT: Decision = Decision::Denied(Denial::NoGrant);
const PERMITTED: Decision = Decision::Permitted(GrantId(1));

fn denied_by(id: u32) -> Decision {
    Decision::Denied(Denial::DeniedBy(GrantId(id)))
}

#[test]
fn a_grant_counts_from_its_first_millisecond_to_the_one_before_its_end() {
    for (at, expected) in [
        (FROM - 1, NO_GRANT),
        (FROM, PERMITTED),
        (UNTIL - 1, PERMITTED),
        (UNTIL, NO_GRANT),
    ] {
        assert_eq!(
            ask(Check { at, ..question() }, Slots(0), &[permit(1)], &[]),
            expected,
            "permit at {at}"
        );
    }
    for (at, expected) in [
        (FROM - 1, NO_GRANT),
        (FROM, denied_by(1)),
        (UNTIL - 1, denied_by(1)),
        (UNTIL, NO_GRANT),
    ] {
        assert_eq!(
            ask(Check { at, ..question() }, Slots(0), &[deny(1)], &[]),
            expected,
            "denial at {at}"
        );
    }
}

#[test]
fn the_more_specific_level_wins_and_a_denial_overrides_on_its_level() {
    for (to_account, to_organisation, expected) in [
        (&[][..], &[][..], NO_GRANT),
        (&[], &[permit(1)], PERMITTED),
        (&[permit(1)], &[deny(2)], PERMITTED),
        (&[deny(1)], &[permit(2)], denied_by(1)),
        (&[permit(1), deny(2)], &[], denied_by(2)),
        (&[], &[deny(1), permit(2)], denied_by(1)),
        (&[permit(1), permit(2)], &[], PERMITTED),
    ] {
        let decision = ask(question(), Slots(0), to_account, to_organisation);
        assert_eq!(decision, expected, "{to_account:?} {to_organisation:?}");
    }
}

#[test]
fn a_permit_stops_at_its_ceiling_and_a_denial_has_none() {
    let at = |confidentiality| Check {
        facts: Facts {
            confidentiality,
            ..question().facts
        },
        ..question()
    };
    for (confidentiality, expected) in [
        (Confidentiality::Normal, PERMITTED),
        (Confidentiality::Restricted, PERMITTED),
        (Confidentiality::VeryRestricted, NO_GRANT),
    ] {
        assert_eq!(
            ask(at(confidentiality), Slots(0), &[permit(1)], &[]),
            expected,
            "{confidentiality:?}"
        );
        assert_eq!(
            ask(at(confidentiality), Slots(0), &[deny(1)], &[]),
            denied_by(1),
            "{confidentiality:?}"
        );
    }
}

#[test]
fn a_restricted_slot_needs_a_permit_of_its_own() {
    let restricted = Slots::default().with(Slot(3));
    let focused = StoredGrant {
        slots: restricted,
        ..permit(1)
    };
    assert_eq!(ask(question(), restricted, &[permit(1)], &[]), NO_GRANT);
    assert_eq!(ask(question(), restricted, &[focused], &[]), PERMITTED);
    assert_eq!(
        ask(question(), restricted, &[permit(2)], &[focused]),
        PERMITTED,
        "the wide permit is no match"
    );
    assert_eq!(
        ask(question(), restricted, &[deny(2), focused], &[]),
        denied_by(2),
        "a wide denial is one"
    );
    let elsewhere = Slots::default().with(Slot(4));
    assert_eq!(
        ask(question(), elsewhere, &[permit(1)], &[]),
        PERMITTED,
        "another slot is restricted"
    );
}

#[test]
fn other_purposes_and_other_slots_are_no_match() {
    for (purpose, slot, expected) in [
        (Purposes::ETREAT, 4, PERMITTED),
        (Purposes::BTG, 3, NO_GRANT),
        (Purposes::TREAT, 2, NO_GRANT),
        (Purposes::TREAT, 31, NO_GRANT),
    ] {
        let asked = Check {
            purpose,
            facts: Facts {
                slot: Slot(slot),
                ..question().facts
            },
            ..question()
        };
        assert_eq!(ask(asked, Slots(0), &[permit(1)], &[]), expected, "{purpose:?} {slot}");
    }
}

#[test]
fn each_purpose_has_the_roles_that_may_ask_for_it() {
    for (purpose, fitting) in [
        (Purposes::TREAT, Roles::CLINICIAN),
        (Purposes::ETREAT, Roles::CLINICIAN),
        (Purposes::BTG, Roles::CLINICIAN),
        (Purposes::HPAYMT, Roles::INSURER),
        (Purposes::HOPERAT, Roles::ORGANISATION_ADMIN.union(Roles::AUDITOR)),
        (Purposes::HRESCH, Roles::RESEARCHER),
        (Purposes::PATRQT, Roles::NONE),
        (Purposes::PUBHLTH, Roles::ORGANISATION_ADMIN.union(Roles::AUDITOR)),
    ] {
        let asked = Check { purpose, ..question() };
        let wide = StoredGrant {
            purposes: Purposes::ALL,
            ..permit(1)
        };
        for (name, bit) in Roles::NAMES {
            let expected = if fitting.contains(*bit) {
                PERMITTED
            } else {
                Decision::Denied(Denial::Role)
            };
            assert_eq!(
                check(&asked, role(*bit), Slots(0), &[wide], Vec::new),
                expected,
                "{name} asks for {purpose:?}"
            );
        }
        assert_eq!(
            check(&asked, None, Slots(0), &[wide], Vec::new),
            Decision::Denied(Denial::Role),
            "{purpose:?}"
        );
    }
}

#[test]
fn the_patient_sees_everything_of_their_own_without_any_role() {
    let own = Check {
        requester: PATIENT,
        purpose: Purposes::PATRQT,
        ..question()
    };
    assert_eq!(check(&own, None, Slots::ALL, &[deny(1)], Vec::new), Decision::Own);
}

#[test]
fn malformed_questions_are_denied_whoever_asks() {
    let malformed = Decision::Denied(Denial::Malformed);
    for requester in [PATIENT, DOCTOR] {
        for (purpose, slot) in [
            (Purposes::NONE, 3),
            (Purposes::TREAT.union(Purposes::ETREAT), 3),
            (Purposes(1 << 8), 3),
            (Purposes::TREAT, 32),
            (Purposes::TREAT, 255),
        ] {
            let facts = Facts {
                slot: Slot(slot),
                ..question().facts
            };
            let asked = Check {
                requester,
                purpose,
                facts,
                ..question()
            };
            assert_eq!(ask(asked, Slots(0), &[permit(1)], &[]), malformed, "{purpose:?} {slot}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn what_is_permitted_has_a_permit_that_stands_now_and_no_denial_beside_it(
        question in crate::testing::question(),
        role in crate::testing::role(),
        restricted in 0..16_u32,
        to_account in crate::testing::level(),
        to_organisation in crate::testing::level(),
    ) {
        let decision = check(&question, Some(role), Slots(restricted), &to_account, || to_organisation.clone());
        let live = |grant: &&StoredGrant| {
            (grant.from..grant.until).contains(&question.at)
                && grant.purposes.contains(question.purpose)
                && grant.slots.contains(question.facts.slot)
        };
        if let Decision::Permitted(id) = decision {
            proptest::prop_assert!(role_fits(role.roles, question.purpose));
            let from_account = to_account.iter().any(|grant| live(&grant) && grant.id == id);
            let level = if from_account { &to_account } else { &to_organisation };
            let grant = level.iter().find(|grant| grant.id == id).expect("the grant that permits");
            proptest::prop_assert!(live(&grant) && grant.effect == Effect::Permit);
            proptest::prop_assert!(question.facts.confidentiality <= grant.confidentiality);
            proptest::prop_assert!(!Slots(restricted).contains(question.facts.slot) || grant.slots.is_single());
            proptest::prop_assert!(!level.iter().any(|grant| live(&grant) && grant.effect == Effect::Deny));
            proptest::prop_assert!(!to_account.iter().any(|grant| live(&grant) && grant.effect == Effect::Deny));
        }
    }

    #[test]
    fn a_grant_that_is_revoked_or_has_ended_never_permits(
        question in crate::testing::question(),
        role in crate::testing::role(),
        to_account in crate::testing::level(),
        to_organisation in crate::testing::level(),
    ) {
        let standing = |grants: &[StoredGrant]| -> Vec<StoredGrant> {
            grants.iter().filter(|grant| question.at < grant.until).copied().collect()
        };
        let all = check(&question, Some(role), Slots(0), &to_account, || to_organisation.clone());
        let without_ended =
            check(&question, Some(role), Slots(0), &standing(&to_account), || standing(&to_organisation));
        proptest::prop_assert_eq!(all, without_ended, "ended grants change nothing");
        if let Decision::Permitted(id) = all {
            let rest = |grants: &[StoredGrant]| -> Vec<StoredGrant> {
                grants.iter().filter(|grant| grant.id != id).copied().collect()
            };
            let after = check(&question, Some(role), Slots(0), &rest(&to_account), || rest(&to_organisation));
            proptest::prop_assert_ne!(after, Decision::Permitted(id));
        }
    }

    #[test]
    fn adding_a_matching_denial_never_leaves_a_permit(
        question in crate::testing::question(),
        role in crate::testing::role(),
        to_account in crate::testing::level(),
        to_organisation in crate::testing::level(),
    ) {
        let mut denied = to_account;
        let everything = Terms {
            effect: Effect::Deny,
            grantee: Grantee::Account(question.requester),
            purposes: Purposes::ALL,
            slots: Slots::ALL,
            confidentiality: Confidentiality::Normal,
            from: 0,
            until: Timestamp::MAX,
            document: Hash([0; 32]),
            split: Hash([0; 32]),
        };
        denied.push(StoredGrant::new(GrantId(99), &everything));
        let decision = check(&question, Some(role), Slots(0), &denied, || to_organisation);
        proptest::prop_assert!(!matches!(decision, Decision::Permitted(_)), "{:?}", decision);
    }
}
