mod people;

use super::*;
use crate::{
    consent::{
        Authority, Control, Declaration, DuoPermission, DuoUse, Exclusivity, Extent, Facts, Glass, Guardians,
        Guardianship, Membership, MembershipProof, Narrowing, Research, StoredGrant, Terms,
    },
    testing::{denial, deny, permit, unsplit, World},
    Confidentiality, GrantId, Hash, Slot, Slots, Timestamp,
};
use alloc::vec;

const PATIENT: AccountId = AccountId([1; 32]);
const DOCTOR: AccountId = AccountId([2; 32]);
const HOSPITAL: OrganisationId = OrganisationId(5);
const TO_DOCTOR: Grantee = Grantee::Account(DOCTOR);
const TO_HOSPITAL: Grantee = Grantee::Organisation(HOSPITAL);
const FROM: Timestamp = 1_000;
const UNTIL: Timestamp = 2_000;
const NO_GRANT: Decision = Decision::Denied(Denial::NoGrant);
const PERMITTED: Decision = Decision::Permitted(GrantId(1));

fn denied_by(id: u32) -> Decision {
    Decision::Denied(Denial::DeniedBy(GrantId(id)))
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
        research: Declaration::default(),
        extent: Extent::Count,
        membership: None,
        at: FROM,
    }
}

/// A world in which the doctor is a clinician of the hospital, and the patient has given these, numbered from 1.
fn world(given: &[(Grantee, Terms)]) -> World {
    let mut world = World::new();
    world.set_role(DOCTOR, Roles::CLINICIAN, HOSPITAL);
    for (number, (grantee, terms)) in (1..).zip(given) {
        let mut standing = world.standing(PATIENT, *grantee);
        standing.push(StoredGrant::new(GrantId(number), 0, None, terms));
        world.set_grants(PATIENT, *grantee, standing);
    }
    world
}

fn restricting(slots: Slots) -> PatientState {
    PatientState {
        restricted: slots,
        ..PatientState::default()
    }
}

#[test]
fn a_grant_counts_from_its_first_millisecond_to_the_one_before_its_end() {
    for (at, counts) in [(FROM - 1, false), (FROM, true), (UNTIL - 1, true), (UNTIL, false)] {
        let asked = Check { at, ..question() };
        let permitted = if counts { PERMITTED } else { NO_GRANT };
        assert_eq!(world(&[(TO_DOCTOR, permit())]).check(&asked), permitted, "at {at}");
        let denied = if counts { denied_by(1) } else { NO_GRANT };
        assert_eq!(world(&[(TO_DOCTOR, denial())]).check(&asked), denied, "at {at}");
    }
}

#[test]
fn the_more_specific_name_decides_then_the_depth_and_a_denial_overrides_on_its_rank() {
    let anyone = Grantee::Anyone;
    let deep = |depth, terms| Terms { depth, ..terms };
    for (given, expected) in [
        (vec![], NO_GRANT),
        (vec![(TO_HOSPITAL, permit())], PERMITTED),
        (vec![(anyone, unsplit(permit()))], PERMITTED),
        (vec![(TO_DOCTOR, permit()), (TO_HOSPITAL, denial())], PERMITTED),
        (vec![(TO_DOCTOR, denial()), (TO_HOSPITAL, permit())], denied_by(1)),
        (vec![(TO_HOSPITAL, permit()), (anyone, denial())], PERMITTED),
        (vec![(TO_HOSPITAL, denial()), (anyone, unsplit(permit()))], denied_by(1)),
        (vec![(TO_DOCTOR, permit()), (anyone, deep(3, denial()))], PERMITTED),
        (vec![(TO_DOCTOR, permit()), (TO_DOCTOR, denial())], denied_by(2)),
        (vec![(TO_DOCTOR, denial()), (TO_DOCTOR, permit())], denied_by(1)),
        (vec![(TO_DOCTOR, permit()), (TO_DOCTOR, permit())], PERMITTED),
        (vec![(TO_DOCTOR, deep(1, permit())), (TO_DOCTOR, denial())], PERMITTED),
        (
            vec![(TO_DOCTOR, deep(1, permit())), (TO_DOCTOR, deep(2, denial()))],
            denied_by(2),
        ),
        (
            vec![(TO_DOCTOR, deep(2, denial())), (TO_DOCTOR, deep(3, permit()))],
            Decision::Permitted(GrantId(2)),
        ),
        (
            vec![(TO_DOCTOR, deep(1, permit())), (TO_DOCTOR, deep(1, denial()))],
            denied_by(2),
        ),
    ] {
        assert_eq!(world(&given).check(&question()), expected, "{given:#?}");
    }
}

#[test]
fn no_more_is_looked_up_than_decides() {
    let names = [TO_DOCTOR, TO_HOSPITAL, Grantee::Anyone];
    for (place, grantee) in names.iter().enumerate() {
        for terms in [unsplit(permit()), denial()] {
            let world = world(&[(*grantee, terms)]);
            assert_ne!(world.check(&question()), NO_GRANT);
            assert_eq!(*world.looked_up.borrow(), names[..=place]);
        }
    }
}

#[test]
fn a_permit_stops_at_its_ceiling_and_a_denial_has_none() {
    for (confidentiality, expected) in [
        (Confidentiality::Normal, PERMITTED),
        (Confidentiality::Restricted, PERMITTED),
        (Confidentiality::VeryRestricted, NO_GRANT),
    ] {
        let mut asked = question();
        asked.facts.confidentiality = confidentiality;
        assert_eq!(
            world(&[(TO_DOCTOR, permit())]).check(&asked),
            expected,
            "{confidentiality:?}"
        );
        let low = Terms {
            confidentiality: Confidentiality::Normal,
            ..denial()
        };
        assert_eq!(
            world(&[(TO_DOCTOR, low)]).check(&asked),
            denied_by(1),
            "{confidentiality:?}"
        );
    }
}

#[test]
fn a_restricted_slot_needs_a_permit_of_its_own() {
    let slot = Slots::default().with(Slot(3));
    let focused = Terms {
        slots: slot,
        ..permit()
    };
    for (restricted, given, expected) in [
        (slot, vec![(TO_DOCTOR, permit())], NO_GRANT),
        (slot, vec![(TO_DOCTOR, focused)], PERMITTED),
        (slot, vec![(TO_HOSPITAL, focused), (TO_DOCTOR, permit())], PERMITTED),
        (slot, vec![(TO_DOCTOR, focused), (TO_DOCTOR, denial())], denied_by(2)),
        (Slots::default().with(Slot(4)), vec![(TO_DOCTOR, permit())], PERMITTED),
    ] {
        let mut world = world(&given);
        world.set_state(PATIENT, restricting(restricted));
        assert_eq!(world.check(&question()), expected, "{given:#?}");
    }
}

#[test]
fn other_purposes_and_other_slots_are_no_match() {
    for (purpose, slot, expected) in [
        (Purposes::ETREAT, 4, PERMITTED),
        (Purposes::TREAT, 2, NO_GRANT),
        (Purposes::TREAT, 31, NO_GRANT),
    ] {
        let mut asked = Check { purpose, ..question() };
        asked.facts.slot = Slot(slot);
        assert_eq!(
            world(&[(TO_DOCTOR, permit())]).check(&asked),
            expected,
            "{purpose:?} {slot}"
        );
    }
    let care = Terms {
        purposes: Purposes::ETREAT,
        ..permit()
    };
    assert_eq!(world(&[(TO_DOCTOR, care)]).check(&question()), NO_GRANT);
}

#[test]
fn a_denial_of_treatment_covers_emergency_treatment_and_break_glass_is_denied_by_name() {
    let of = |purposes, terms| Terms { purposes, ..terms };
    let glass = Glass {
        opened_at: 0,
        until: UNTIL,
        reason: 1,
        closed: false,
    };
    for (denied, purpose, expected) in [
        (Purposes::TREAT, Purposes::TREAT, denied_by(2)),
        (Purposes::TREAT, Purposes::ETREAT, denied_by(2)),
        (Purposes::TREAT, Purposes::BTG, PERMITTED),
        (Purposes::ETREAT, Purposes::TREAT, PERMITTED),
        (Purposes::ETREAT, Purposes::ETREAT, denied_by(2)),
        (Purposes::BTG, Purposes::BTG, denied_by(2)),
        (Purposes::BTG, Purposes::TREAT, PERMITTED),
        (Purposes::HPAYMT, Purposes::ETREAT, PERMITTED),
    ] {
        let all = Purposes::TREAT.union(Purposes::ETREAT).union(Purposes::BTG);
        let mut world = world(&[(TO_DOCTOR, of(all, permit())), (TO_DOCTOR, of(denied, denial()))]);
        world.glasses = vec![(PATIENT, DOCTOR, glass)];
        let asked = Check { purpose, ..question() };
        assert_eq!(
            world.check(&asked),
            expected,
            "{denied:?} denied, asked for {purpose:?}"
        );
    }
    // A permit covers what it names, and nothing below it.
    let world = world(&[(TO_DOCTOR, of(Purposes::TREAT, permit()))]);
    let asked = Check {
        purpose: Purposes::ETREAT,
        ..question()
    };
    assert_eq!(world.check(&asked), NO_GRANT);
}

#[test]
fn nothing_is_decided_about_a_time_before_the_block() {
    let mut world = world(&[(TO_DOCTOR, permit())]);
    for (now, expected) in [
        (FROM - 1, PERMITTED),
        (FROM, PERMITTED),
        (FROM + 1, Decision::Denied(Denial::Past)),
        (Timestamp::MAX, Decision::Denied(Denial::Past)),
    ] {
        world.now = now;
        assert_eq!(world.check(&question()), expected, "in a block at {now}");
    }
    let own = Check {
        requester: PATIENT,
        ..question()
    };
    assert_eq!(world.check(&own), Decision::Denied(Denial::Past), "whoever asks");
    let malformed = Check {
        purpose: Purposes::NONE,
        ..question()
    };
    assert_eq!(world.check(&malformed), Decision::Denied(Denial::Malformed));
}

#[test]
fn a_record_of_an_unknown_time_is_not_permitted_by_time_and_is_denied_by_time() {
    let narrowing = Some(Narrowing {
        authored_until: Timestamp::MAX - 1,
        ..Narrowing::NONE
    });
    for (authored_at, permitted) in [(FROM, PERMITTED), (FROM + 1, NO_GRANT), (Timestamp::MAX, NO_GRANT)] {
        let mut asked = question();
        asked.facts.authored_at = authored_at;
        let permits = world(&[(TO_DOCTOR, Terms { narrowing, ..permit() })]);
        assert_eq!(permits.check(&asked), permitted, "{authored_at}");
        let denies = world(&[(TO_DOCTOR, Terms { narrowing, ..denial() })]);
        assert_eq!(denies.check(&asked), denied_by(1), "{authored_at}");
        // What is narrowed by the author alone does not ask for the time.
        let author = Some(Narrowing {
            author: Some(DOCTOR),
            ..Narrowing::NONE
        });
        for (terms, expected) in [(permit(), PERMITTED), (denial(), denied_by(1))] {
            let world = world(&[(
                TO_DOCTOR,
                Terms {
                    narrowing: author,
                    ..terms
                },
            )]);
            assert_eq!(world.check(&asked), expected, "{authored_at}");
        }
    }
}

#[test]
fn a_narrowed_grant_is_about_what_it_is_narrowed_to() {
    let author = |author| Narrowing {
        author: Some(author),
        ..Narrowing::NONE
    };
    let authored = |authored_from, authored_until| Narrowing {
        authored_from,
        authored_until,
        ..Narrowing::NONE
    };
    for (narrowing, fits) in [
        (author(DOCTOR), true),
        (author(PATIENT), false),
        (authored(0, 1), true),
        (authored(1, 9), false),
    ] {
        let narrowed = |terms| Terms {
            narrowing: Some(narrowing),
            ..terms
        };
        let permitted = if fits { PERMITTED } else { NO_GRANT };
        assert_eq!(
            world(&[(TO_DOCTOR, narrowed(permit()))]).check(&question()),
            permitted,
            "{narrowing:?}"
        );
        let denied = if fits { denied_by(1) } else { NO_GRANT };
        assert_eq!(
            world(&[(TO_DOCTOR, narrowed(denial()))]).check(&question()),
            denied,
            "{narrowing:?}"
        );
    }
}

#[test]
fn a_set_of_records_takes_a_proof_to_permit_and_a_proof_not_to_deny() {
    // A set of one record: the tree is its leaf.
    let record = Hash([7; 32]);
    let membership = |record, proof| {
        Some(Membership {
            record,
            count: 1,
            proof,
        })
    };
    let leaf = crate::testing::blake2b_256(&[&b"aegle/records/leaf/v1"[..], &record.0].concat());
    let root = crate::testing::blake2b_256(&[&b"aegle/records/root/v1"[..], &[1, 0, 0, 0], &leaf.0].concat());
    let inside = membership(record, MembershipProof::Inside { index: 0, path: vec![] });
    let before = Some(crate::consent::Neighbour {
        record,
        index: 0,
        path: vec![],
    });
    let outside = membership(Hash([8; 32]), MembershipProof::Outside { before, after: None });
    let narrowing = Some(Narrowing {
        records: Some(root),
        ..Narrowing::NONE
    });
    for (membership, permitted, denied) in [
        (None, NO_GRANT, denied_by(1)),
        (inside, PERMITTED, denied_by(1)),
        (outside, NO_GRANT, NO_GRANT),
    ] {
        let asked = Check {
            membership,
            ..question()
        };
        for (terms, expected) in [(permit(), permitted), (denial(), denied)] {
            let world = world(&[(TO_DOCTOR, Terms { narrowing, ..terms })]);
            assert_eq!(world.check(&asked), expected, "{asked:?} {:?}", terms.effect);
        }
    }
}

#[test]
fn research_takes_a_declaration_that_the_permit_allows() {
    let permission = DuoPermission::DiseaseSpecific;
    let given = Terms {
        purposes: Purposes::HRESCH.union(Purposes::TREAT),
        research: Research {
            permission,
            ..Research::NONE
        },
        ..permit()
    };
    let denied = Terms {
        research: Research::NONE,
        ..deny(given)
    };
    for (use_, permitted) in [(DuoUse::Disease, PERMITTED), (DuoUse::Other, NO_GRANT)] {
        let research = Declaration {
            use_,
            ..Declaration::default()
        };
        let asked = Check {
            purpose: Purposes::HRESCH,
            research,
            ..question()
        };
        for (terms, expected) in [(given, permitted), (denied, denied_by(1))] {
            let mut world = world(&[(TO_DOCTOR, terms)]);
            world.set_role(DOCTOR, Roles::RESEARCHER, HOSPITAL);
            assert_eq!(world.check(&asked), expected, "{use_:?} {:?}", terms.effect);
        }
    }
    assert_eq!(
        world(&[(TO_DOCTOR, given)]).check(&question()),
        PERMITTED,
        "care needs no declaration"
    );
}

#[test]
fn research_is_permitted_as_far_as_the_patient_lets_it_go() {
    for (granted, extents) in [
        (Extent::Count, [PERMITTED, NO_GRANT, NO_GRANT]),
        (Extent::Find, [PERMITTED, PERMITTED, NO_GRANT]),
        (Extent::Open, [PERMITTED, PERMITTED, PERMITTED]),
    ] {
        let given = Terms {
            purposes: Purposes::HRESCH.union(Purposes::TREAT),
            research: Research {
                permission: DuoPermission::NoRestriction,
                extent: granted,
                ..Research::NONE
            },
            ..permit()
        };
        let mut world = world(&[(TO_DOCTOR, given)]);
        world.set_role(DOCTOR, Roles::CLINICIAN.union(Roles::RESEARCHER), HOSPITAL);
        for (extent, expected) in [Extent::Count, Extent::Find, Extent::Open].into_iter().zip(extents) {
            let asked = Check {
                purpose: Purposes::HRESCH,
                extent,
                ..question()
            };
            assert_eq!(world.check(&asked), expected, "{granted:?} asked {extent:?}");
            let care = Check { extent, ..question() };
            assert_eq!(world.check(&care), PERMITTED, "it is about research alone");
        }
    }
}
