//! The example consents of IHE's Privacy Consent on FHIR 1.1 as grants, and what they let whom see.
//!
//! A consent's root provision without an actor is a grant to anyone, a provision nested in it one of depth 1; a nested
//! provision with an actor is a grant to that actor. Sensitive classes of data lie in slots that the patient has
//! restricted. `securityLabel` becomes the confidentiality up to which a grant permits: PCF's own example of a permit of
//! NORMAL with a nested denial of RESTRICTED notes that the denial should not be needed.

#[path = "pcf/jack.rs"]
mod jack;
#[allow(dead_code)] // The comparison with the model passes grants on and revokes them; the examples do not.
mod support;

use aegle_rules::{
    consent::{
        guardians::{self, Acted, Authority, Guardianship},
        Call, Check, Decision, Denial, DuoPermission, DuoUse, Effect, Glass, Grantee, Guardians, Lookup, Proxies,
        Research, Terms,
    },
    Confidentiality, Purposes, Slots, Timestamp,
};
use jack::*;
use support::world::{blake2b_256, World};

fn permits(decision: Decision) -> bool {
    matches!(decision, Decision::Permitted(_))
}

/// Gives a consent, and compares what it permits. Whatever it permits needs no glass; what it denies, it denies.
#[track_caller]
fn check(name: &str, consent: &[Terms], expected: &[(Check, bool)]) {
    let mut world = world();
    for terms in consent {
        world
            .give(PATIENT, terms, SIGNED)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    for (question, permitted) in expected {
        assert_eq!(permits(world.check(question)), *permitted, "{name}: {question:#?}");
    }
}

#[test]
fn basic() {
    let everybody = |permitted| {
        [
            (by(PRACTITIONER, Purposes::TREAT), permitted),
            (by(COLLEAGUE, Purposes::TREAT), permitted),
            (by(PAYER, Purposes::HPAYMT), permitted),
            (by(MANAGER, Purposes::HOPERAT), permitted),
            (by(PAYER, Purposes::TREAT), false),
            (researching(RESEARCHER, DuoUse::Disease), false),
        ]
    };
    check("treatment", &[base()], &everybody(true));
    let expiring = Terms {
        until: START_OF_2023,
        ..base()
    };
    check("treatment, with expiration: after it", &[expiring], &everybody(false));
    let before = everybody(true).map(|(question, permitted)| {
        (
            Check {
                at: START_OF_2023 - 1,
                ..question
            },
            permitted,
        )
    });
    check("treatment, with expiration: before it", &[expiring], &before);
    let any = Research {
        permission: DuoPermission::NoRestriction,
        ..Research::NONE
    };
    check(
        "any research",
        &[Terms {
            purposes: Purposes::HRESCH,
            research: any,
            ..base()
        }],
        &[
            (researching(RESEARCHER, DuoUse::Disease), true),
            (researching(OTHER_RESEARCHER, DuoUse::Undeclared), true),
            (by(PRACTITIONER, Purposes::TREAT), false),
        ],
    );
    check(
        "dissent",
        &[Terms {
            effect: Effect::Deny,
            ..base()
        }],
        &everybody(false),
    );
    check("nothing said", &[], &everybody(false));
}

#[test]
fn basic_given_by_a_mother_for_an_infant() {
    let guardians = Guardians {
        accounts: vec![MOTHER],
        threshold: 1,
        until: Timestamp::MAX,
        authority: Authority::Representing,
    };
    let mut guardianship = Guardianship {
        guardians,
        ..Guardianship::default()
    };
    let mut world = world();
    world.guardianships.push((PATIENT, guardianship.clone()));
    let reads = |asked: Check| world.check(&asked) == Decision::Representative;
    assert!(reads(by(MOTHER, Purposes::PATRQT)), "she reads as the patient would");
    assert!(!reads(by(PRACTITIONER, Purposes::PATRQT)) && !reads(by(MOTHER, Purposes::TREAT)));
    let id = world.state(&PATIENT).next_grant().expect("the first");
    let call = Call::Grant { id, terms: base() };
    let hash = guardians::call_hash(&call, Authority::Representing, blake2b_256).expect("guardians may grant");
    assert_eq!(
        guardians::vote(&mut guardianship, MOTHER, hash, false, SIGNED),
        Ok(Acted::Done)
    );
    assert!(
        guardians::vote(&mut guardianship, PRACTITIONER, hash, false, SIGNED).is_err(),
        "no guardian"
    );
    assert_eq!(world.give(PATIENT, &base(), SIGNED), Ok(id));
    assert!(permits(world.check(&question())));
}

#[test]
fn intermediate() {
    let authored = |author, authored_at| {
        asked(|asked| {
            asked.facts.author = author;
            asked.facts.authored_at = authored_at;
        })
    };
    let practitioners = authored(PRACTITIONER, START_OF_2022);
    let colleagues = authored(COLLEAGUE, START_OF_2022);
    let by_author = |permitted: bool| [(practitioners.clone(), permitted), (colleagues.clone(), !permitted)];
    check(
        "data authored by a practitioner",
        &[only(by_the_practitioner())],
        &by_author(true),
    );
    check(
        "most sharing but not data authored by a practitioner",
        &[base(), not(by_the_practitioner())],
        &by_author(false),
    );

    let last_of_2022 = authored(COLLEAGUE, START_OF_2023 - 1);
    let before_2022 = authored(COLLEAGUE, START_OF_2022 - 1);
    let by_time = |permitted: bool| {
        [
            (colleagues.clone(), permitted),
            (last_of_2022.clone(), permitted),
            (before_2022.clone(), !permitted),
            (question(), !permitted),
        ]
    };
    check("data authored within a time frame", &[only(in_2022())], &by_time(true));
    check(
        "most sharing but not data authored within a time frame",
        &[base(), not(in_2022())],
        &by_time(false),
    );

    for (what, records) in [
        ("data related to an encounter", &ENCOUNTER[..]),
        ("specific data", &[2]),
    ] {
        let among = |permitted: bool| [(about(2, records), permitted), (about(ELSEWHERE, records), !permitted)];
        let unproved = (question(), false);
        check(
            what,
            &[only(of(records))],
            &[&among(true)[..], std::slice::from_ref(&unproved)].concat(),
        );
        let but = format!("most sharing but not {what}");
        check(
            &but,
            &[base(), not(of(records))],
            &[&among(false)[..], &[unproved]].concat(),
        );
    }

    let project = Research {
        permission: DuoPermission::DiseaseSpecific,
        ..Research::NONE
    };
    let foo_bar = Terms {
        purposes: Purposes::HRESCH,
        research: project,
        ..base()
    };
    check(
        "a given purpose",
        &[to(
            Grantee::Organisation(RESEARCH_HOUSE),
            Terms {
                proxies: Proxies(0b0111),
                ..foo_bar
            },
        )],
        &[
            (researching(RESEARCHER, DuoUse::Disease), true),
            (researching(RESEARCHER, DuoUse::Other), false),
            (researching(OTHER_RESEARCHER, DuoUse::Disease), false),
            (by(PRACTITIONER, Purposes::TREAT), false),
        ],
    );
    let not_treatment = Terms {
        effect: Effect::Deny,
        depth: 1,
        purposes: Purposes::TREAT,
        ..base()
    };
    check(
        "most sharing but not a given purpose",
        &[base(), not_treatment],
        &[
            (by(PRACTITIONER, Purposes::TREAT), false),
            (by(PAYER, Purposes::HPAYMT), true),
        ],
    );
}

/// The practitioner breaks the glass, and not the colleague.
fn with_glass(mut world: World) -> World {
    let glass = Glass {
        opened_at: START_OF_2023,
        until: START_OF_2023 + 1,
        reason: 1,
        closed: false,
    };
    world.glasses.push((PATIENT, PRACTITIONER, glass));
    world
}

#[test]
fn intermediate_all_denied_except_break_glass() {
    let mut world = with_glass(world());
    let denial = Terms {
        effect: Effect::Deny,
        purposes: Purposes::ALL,
        slots: Slots::ALL,
        ..base()
    };
    world.give(PATIENT, &denial, SIGNED).expect("a denial");
    assert!(!permits(world.check(&by(PRACTITIONER, Purposes::BTG))), "not yet");
    let except = Terms {
        purposes: Purposes::BTG,
        depth: 1,
        confidentiality: Confidentiality::VeryRestricted,
        ..base()
    };
    world.give(PATIENT, &except, SIGNED).expect("an exception");
    for (question, permitted) in [
        (by(PRACTITIONER, Purposes::TREAT), false),
        (by(PRACTITIONER, Purposes::ETREAT), false),
        (by(PAYER, Purposes::HPAYMT), false),
        (by(PRACTITIONER, Purposes::BTG), true),
        (restricted_data(PRACTITIONER, Purposes::BTG), true),
        (by(COLLEAGUE, Purposes::BTG), false),
        (
            Check {
                at: START_OF_2023 + 1,
                ..by(PRACTITIONER, Purposes::BTG)
            },
            false,
        ),
    ] {
        assert_eq!(permits(world.check(&question)), permitted, "{question:#?}");
    }
}

#[test]
fn advanced() {
    let normal = by(COLLEAGUE, Purposes::TREAT);
    let restricted = restricted_data(COLLEAGUE, Purposes::TREAT);
    let higher = Terms {
        confidentiality: Confidentiality::Restricted,
        ..base()
    };
    let none = [(normal.clone(), true), (restricted.clone(), false)];
    check("NORMAL", &[base()], &none);
    check(
        "NORMAL and RESTRICTED",
        &[higher],
        &[(normal.clone(), true), (restricted.clone(), true)],
    );
    check("NORMAL but not RESTRICTED", &[base()], &none);
    let focused = to(Grantee::Account(PRACTITIONER), Terms { depth: 1, ..higher });
    let his = restricted_data(PRACTITIONER, Purposes::TREAT);
    check(
        "NORMAL and focused RESTRICTED",
        &[base(), focused],
        &[&none[..], &[(question(), true), (his, true)]].concat(),
    );

    let to_him = |class| Terms {
        slots: slot(class),
        ..focused
    };
    let sensitive_to = |mental, sexual| {
        [
            (question(), true),
            (asked(|asked| asked.facts.slot = ALCOHOL), true),
            (sensitive(MENTAL, PRACTITIONER), mental),
            (sensitive(MENTAL, COLLEAGUE), false),
            (sensitive(SEXUAL, PRACTITIONER), sexual),
            (sensitive(SEXUAL, COLLEAGUE), false),
        ]
    };
    check(
        "NORMAL and focused mental-health",
        &[base(), to_him(MENTAL)],
        &sensitive_to(true, false),
    );
    check(
        "NORMAL and focused mental-health or sexual-health",
        &[base(), to_him(MENTAL), to_him(SEXUAL)],
        &sensitive_to(true, true),
    );
}

#[test]
fn advanced_normal_and_break_glass_to_restricted() {
    let mut world = with_glass(world());
    let except = Terms {
        purposes: Purposes::BTG,
        depth: 1,
        confidentiality: Confidentiality::Restricted,
        ..base()
    };
    for terms in [base(), except] {
        world.give(PATIENT, &terms, SIGNED).expect("terms that may be granted");
    }
    for (question, permitted) in [
        (by(PRACTITIONER, Purposes::TREAT), true),
        (restricted_data(PRACTITIONER, Purposes::TREAT), false),
        (restricted_data(PRACTITIONER, Purposes::BTG), true),
        (restricted_data(COLLEAGUE, Purposes::BTG), false),
    ] {
        assert_eq!(permits(world.check(&question)), permitted, "{question:#?}");
    }
    // Restricted classes are opened by the glass alone.
    let mut mental = sensitive(MENTAL, PRACTITIONER);
    mental.purpose = Purposes::BTG;
    assert_eq!(world.check(&mental), Decision::Glass);
    mental.requester = COLLEAGUE;
    assert_eq!(world.check(&mental), Decision::Denied(Denial::GlassClosed));
}
