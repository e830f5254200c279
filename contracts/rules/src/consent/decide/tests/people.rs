//! Who asks: roles, glasses, whoever controls the account, and representatives.

use super::*;

#[test]
fn a_permit_does_not_count_for_who_can_open_records_without_the_other_proxies() {
    for (organisation, expected) in [(1, NO_GRANT), (2, PERMITTED), (5, PERMITTED)] {
        let mut world = world(&[(TO_DOCTOR, permit())]);
        // Organisation 1 takes over the proxy of organisation 2.
        world.proxies.operators[1].organisation = OrganisationId(1);
        world.set_role(DOCTOR, Roles::CLINICIAN, OrganisationId(organisation));
        assert_eq!(world.check(&question()), expected, "{organisation}");
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
        let wide = Terms {
            purposes: Purposes::ALL,
            research: Research {
                permission: DuoPermission::NoRestriction,
                ..Research::NONE
            },
            ..permit()
        };
        let mut world = world(&[(TO_DOCTOR, wide)]);
        world.glasses = vec![(
            PATIENT,
            DOCTOR,
            Glass {
                opened_at: 0,
                until: UNTIL,
                reason: 1,
                closed: false,
            },
        )];
        for (name, bit) in Roles::NAMES {
            world.set_role(DOCTOR, *bit, HOSPITAL);
            let expected = if fitting.contains(*bit) {
                PERMITTED
            } else {
                Decision::Denied(Denial::Role)
            };
            assert_eq!(world.check(&asked), expected, "{name} asks for {purpose:?}");
        }
        world.roles.clear();
        assert_eq!(world.check(&asked), Decision::Denied(Denial::Role), "{purpose:?}");
    }
}

#[test]
fn a_role_counts_until_its_end_and_while_its_organisation_stands() {
    let granted = || world(&[(TO_DOCTOR, permit()), (Grantee::Anyone, unsplit(permit()))]);
    let mut ended = granted();
    ended.roles[0].1.until = FROM;
    assert_eq!(ended.check(&question()), Decision::Denied(Denial::Role));
    ended.roles[0].1.until = FROM + 1;
    assert_eq!(ended.check(&question()), PERMITTED);
    let mut suspended = granted();
    suspended.suspend(&[HOSPITAL]);
    assert_eq!(suspended.check(&question()), Decision::Denied(Denial::Role));
}

#[test]
fn the_patient_sees_everything_of_their_own_without_any_role() {
    let own = Check {
        requester: PATIENT,
        purpose: Purposes::PATRQT,
        ..question()
    };
    let mut world = world(&[(Grantee::Account(PATIENT), denial())]);
    world.set_state(PATIENT, restricting(Slots::ALL));
    assert_eq!(world.check(&own), Decision::Own);
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
            let mut asked = Check {
                requester,
                purpose,
                ..question()
            };
            asked.facts.slot = Slot(slot);
            assert_eq!(
                world(&[(TO_DOCTOR, permit())]).check(&asked),
                malformed,
                "{purpose:?} {slot}"
            );
        }
    }
}

#[test]
fn a_glass_permits_whatever_no_denial_that_names_break_glass_denies() {
    let glass = Glass {
        opened_at: FROM,
        until: FROM + 10,
        reason: 1,
        closed: false,
    };
    let purposes = |purposes, terms| Terms { purposes, ..terms };
    let but_glass = Purposes(Purposes::ALL.0 & !Purposes::BTG.0);
    let closed = Decision::Denied(Denial::GlassClosed);
    for (at, given, expected) in [
        (FROM - 1, vec![(TO_DOCTOR, purposes(Purposes::BTG, permit()))], closed),
        (FROM + 10, vec![(TO_DOCTOR, purposes(Purposes::BTG, permit()))], closed),
        (FROM, vec![], Decision::Glass),
        (FROM, vec![(TO_DOCTOR, denial())], Decision::Glass),
        (
            FROM,
            vec![(Grantee::Anyone, purposes(but_glass, denial()))],
            Decision::Glass,
        ),
        (FROM, vec![(TO_DOCTOR, purposes(Purposes::ALL, denial()))], denied_by(1)),
        (
            FROM,
            vec![(Grantee::Anyone, purposes(Purposes::BTG, denial()))],
            denied_by(1),
        ),
        (
            FROM,
            vec![
                (TO_HOSPITAL, purposes(Purposes::BTG, permit())),
                (Grantee::Anyone, purposes(Purposes::BTG, denial())),
            ],
            PERMITTED,
        ),
    ] {
        let mut world = world(&given);
        world.glasses = vec![(PATIENT, DOCTOR, glass)];
        let asked = Check {
            purpose: Purposes::BTG,
            at,
            ..question()
        };
        assert_eq!(world.check(&asked), expected, "{given:#?} at {at}");
        // The glass opens restricted slots too.
        world.set_state(PATIENT, restricting(Slots::ALL));
        let expected = match expected {
            // The permit, over two slots, does not count for a restricted one, so that the denial for anyone decides.
            PERMITTED => denied_by(2),
            other => other,
        };
        assert_eq!(world.check(&asked), expected, "{given:#?} at {at}, restricted");
    }
    assert_eq!(
        world(&[]).check(&Check {
            purpose: Purposes::BTG,
            ..question()
        }),
        closed
    );
}

#[test]
fn a_glass_is_for_break_glass_only() {
    let mut world = world(&[]);
    world.glasses = vec![(
        PATIENT,
        DOCTOR,
        Glass {
            opened_at: 0,
            until: UNTIL,
            reason: 1,
            closed: false,
        },
    )];
    for purpose in [Purposes::TREAT, Purposes::ETREAT] {
        assert_eq!(world.check(&Check { purpose, ..question() }), NO_GRANT, "{purpose:?}");
    }
}

/// A world in which another key controls the patient's account from a time on.
fn handed_over(to: AccountId, from: Timestamp) -> World {
    let mut world = world(&[(TO_DOCTOR, permit())]);
    let mut control = Control::default();
    let replacement = control.replace(PATIENT, to, from - crate::consent::CONTROL_DELAY_MS);
    assert_eq!(replacement.expect("another key").from, from);
    let state = PatientState {
        control,
        ..PatientState::default()
    };
    world.set_state(PATIENT, state);
    world
}

#[test]
fn who_controls_the_account_owns_the_records_and_the_key_before_does_not() {
    let from = 2 * crate::consent::CONTROL_DELAY_MS;
    let phone = AccountId([7; 32]);
    let world = handed_over(phone, from);
    let lost = Decision::Denied(Denial::NotController);
    let role = Decision::Denied(Denial::Role);
    for (requester, at, expected) in [
        (PATIENT, from - 1, Decision::Own),
        (phone, from - 1, role),
        (PATIENT, from, lost),
        (phone, from, Decision::Own),
    ] {
        for purpose in [Purposes::TREAT, Purposes::PATRQT] {
            let asked = Check {
                requester,
                purpose,
                at,
                ..question()
            };
            assert_eq!(world.check(&asked), expected, "{requester} at {at} for {purpose:?}");
        }
    }
}

#[test]
fn while_guardians_act_alone_the_key_of_the_account_reads_nothing() {
    let mut world = world(&[]);
    let control = Control {
        exclusive: Some(Exclusivity { from: 0, until: UNTIL }),
        ..Control::default()
    };
    let state = PatientState {
        control,
        ..PatientState::default()
    };
    world.set_state(PATIENT, state);
    for (at, expected) in [
        (UNTIL - 1, Decision::Denied(Denial::NotController)),
        (UNTIL, Decision::Own),
    ] {
        let own = Check {
            requester: PATIENT,
            at,
            ..question()
        };
        assert_eq!(world.check(&own), expected, "at {at}");
    }
}

#[test]
fn a_representative_reads_as_the_patient_does_but_for_what_is_denied_to_them() {
    let mother = AccountId([9; 32]);
    let guardianship = |authority| Guardianship {
        guardians: Guardians {
            accounts: vec![mother],
            threshold: 1,
            until: UNTIL,
            authority,
        },
        ..Guardianship::default()
    };
    let role = Decision::Denied(Denial::Role);
    let to_mother = Grantee::Account(mother);
    let named = Terms {
        purposes: Purposes::PATRQT,
        ..denial()
    };
    for (authority, given, purpose, at, expected) in [
        (Authority::Acting, vec![], Purposes::PATRQT, FROM, role),
        (
            Authority::Representing,
            vec![],
            Purposes::PATRQT,
            FROM,
            Decision::Representative,
        ),
        (
            Authority::Exclusive,
            vec![],
            Purposes::PATRQT,
            FROM,
            Decision::Representative,
        ),
        (
            Authority::Representing,
            vec![],
            Purposes::PATRQT,
            UNTIL - 1,
            Decision::Representative,
        ),
        (Authority::Representing, vec![], Purposes::PATRQT, UNTIL, role),
        // Of any other purpose, they may be a clinician of the hospital or nobody.
        (Authority::Representing, vec![], Purposes::TREAT, FROM, role),
        (
            Authority::Representing,
            vec![(to_mother, named)],
            Purposes::PATRQT,
            FROM,
            denied_by(1),
        ),
        (
            Authority::Representing,
            vec![(to_mother, denial())],
            Purposes::PATRQT,
            FROM,
            Decision::Representative,
        ),
        (
            Authority::Representing,
            vec![(Grantee::Anyone, named)],
            Purposes::PATRQT,
            FROM,
            Decision::Representative,
        ),
    ] {
        let mut world = world(&given);
        world.guardianships = vec![(PATIENT, guardianship(authority))];
        let asked = Check {
            requester: mother,
            purpose,
            at,
            ..question()
        };
        assert_eq!(world.check(&asked), expected, "{authority:?} for {purpose:?} at {at}");
        world.paused_until = FROM + 1;
        world.now = FROM;
        assert_eq!(world.check(&asked), Decision::Denied(Denial::Paused), "a pause denies");
    }
}
