use super::Explained;
use crate::{
    consent::{
        check, delegation::MAX_DELEGATION, explain, Check, Decision, Declaration, Denial, DuoModifiers, DuoPermission,
        DuoUse, Extent, Facts, Grantee, Lookup, Parent, PatientState, Research, StoredGrant, Terms, MAX_HOLDERS,
    },
    consortium::JurisdictionDefault,
    testing::{denial, permit, unsplit, World},
    AccountId, Confidentiality, GrantId, JurisdictionId, OrganisationId, Purposes, Roles, Slot, Slots, Timestamp,
};
use alloc::vec::Vec;

const PATIENT: AccountId = AccountId([1; 32]);
const DOCTOR: AccountId = AccountId([2; 32]);
const HOSPITAL: OrganisationId = OrganisationId(5);
const CLINIC: OrganisationId = OrganisationId(4);
const LABORATORY: OrganisationId = OrganisationId(3);
const TO_HOSPITAL: Grantee = Grantee::Organisation(HOSPITAL);
const TO_CLINIC: Grantee = Grantee::Organisation(CLINIC);
const FROM: Timestamp = 1_000;

fn question(requester: AccountId) -> Check {
    Check {
        requester,
        patient: PATIENT,
        purpose: Purposes::TREAT,
        facts: Facts {
            slot: Slot(3),
            confidentiality: Confidentiality::Normal,
            author: DOCTOR,
            authored_at: 0,
        },
        research: Declaration::default(),
        extent: Extent::Open,
        membership: None,
        at: FROM,
    }
}

/// A world in which the doctor is a clinician of the hospital and then of the clinic, and the patient has given these,
/// numbered from 1.
fn world(given: &[(Grantee, Terms)]) -> World {
    let mut world = World::new();
    world.set_role(DOCTOR, Roles::CLINICIAN, HOSPITAL);
    world.add_role(DOCTOR, Roles::CLINICIAN, CLINIC, Timestamp::MAX);
    for (number, (grantee, terms)) in (1..).zip(given) {
        let mut standing = world.standing(PATIENT, *grantee);
        standing.push(StoredGrant::new(GrantId(number), 0, None, terms));
        world.set_grants(PATIENT, *grantee, standing);
    }
    world
}

#[track_caller]
fn says(world: &World, decision: Decision, organisation: Option<OrganisationId>) {
    let expected = Explained { decision, organisation };
    assert_eq!(explain(&question(DOCTOR), world, world.now), expected);
    assert_eq!(check(&question(DOCTOR), world, world.now), decision);
}

const PERMITTED: Decision = Decision::Permitted(GrantId(1));

fn denied_by(id: u32) -> Decision {
    Decision::Denied(Denial::DeniedBy(GrantId(id)))
}

#[test]
fn a_permit_to_any_of_the_organisations_counts_and_the_answer_names_it() {
    says(&world(&[(TO_CLINIC, permit())]), PERMITTED, Some(CLINIC));
    let both = [(TO_CLINIC, permit()), (TO_HOSPITAL, permit())];
    says(&world(&both), Decision::Permitted(GrantId(2)), Some(HOSPITAL));
    says(
        &world(&[(Grantee::Account(DOCTOR), permit())]),
        PERMITTED,
        Some(HOSPITAL),
    );
    says(&world(&[(Grantee::Anyone, permit())]), PERMITTED, Some(HOSPITAL));
    says(&world(&[]), Decision::Denied(Denial::NoGrant), Some(HOSPITAL));
}

#[test]
fn a_denial_of_any_of_the_organisations_counts_before_a_permit_to_another() {
    let mixed = [(TO_HOSPITAL, permit()), (TO_CLINIC, denial())];
    says(&world(&mixed), denied_by(2), Some(CLINIC));
    let deeper = Terms { depth: 2, ..permit() };
    says(
        &world(&[(TO_HOSPITAL, deeper), (TO_CLINIC, denial())]),
        denied_by(2),
        Some(CLINIC),
    );
    // The account is named more closely than any organisation.
    let named = [(Grantee::Account(DOCTOR), permit()), (TO_CLINIC, denial())];
    says(&world(&named), PERMITTED, Some(HOSPITAL));
}

#[test]
fn the_suspension_of_one_organisation_leaves_the_other_and_its_denials_stand() {
    let mut world = world(&[(TO_HOSPITAL, permit()), (TO_CLINIC, permit())]);
    world.suspend(&[HOSPITAL]);
    says(&world, Decision::Permitted(GrantId(2)), Some(CLINIC));
    world.suspend(&[CLINIC]);
    says(&world, Decision::Denied(Denial::Role), None);
    let mut world = self::world(&[(TO_HOSPITAL, permit()), (TO_CLINIC, denial())]);
    world.suspend(&[CLINIC]);
    says(&world, denied_by(2), Some(CLINIC));
}

#[test]
fn a_role_permits_through_its_own_organisation_alone() {
    let mut world = world(&[(TO_HOSPITAL, permit()), (TO_CLINIC, permit())]);
    // A researcher of the hospital and a clinician of the clinic.
    world.set_role(DOCTOR, Roles::RESEARCHER, HOSPITAL);
    world.add_role(DOCTOR, Roles::CLINICIAN, CLINIC, FROM + 1);
    says(&world, Decision::Permitted(GrantId(2)), Some(CLINIC));
    let later = Check {
        at: FROM + 1,
        ..question(DOCTOR)
    };
    assert_eq!(world.check(&later), Decision::Denied(Denial::Role));
}

#[test]
fn the_proxies_of_all_the_organisations_count_together() {
    let mut world = world(&[(TO_HOSPITAL, permit())]);
    let taken = permit();
    assert!(taken.threshold > 1, "it takes several");
    let named = (0..).zip(&mut world.proxies.operators);
    let named = named.filter(|(number, _)| taken.proxies.contains(*number));
    let mut theirs = [HOSPITAL, CLINIC].into_iter().cycle();
    for (_, operator) in named.take(usize::from(taken.threshold)) {
        operator.organisation = theirs.next().expect("a cycle");
    }
    says(&world, Decision::Denied(Denial::NoGrant), Some(HOSPITAL));
    world.set_role(DOCTOR, Roles::CLINICIAN, HOSPITAL);
    says(&world, PERMITTED, Some(HOSPITAL));
}

#[test]
fn what_is_looked_up_is_bounded_however_many_organisations_there_are() {
    let delegable = Terms {
        delegable: true,
        ..permit()
    };
    let account = |byte: u8| AccountId([byte; 32]);
    let mut world = world(&[]);
    // A chain of the greatest length, whose holders have one organisation each, and then as many as may be.
    world.set_role(DOCTOR, Roles::CLINICIAN, LABORATORY);
    let holders: Vec<AccountId> = (10..).take(MAX_DELEGATION).map(account).collect();
    for holder in &holders {
        world.set_role(*holder, Roles::CLINICIAN, HOSPITAL);
    }
    let mut terms = Terms {
        grantee: Grantee::Account(holders[0]),
        ..delegable
    };
    let mut id = world.give(PATIENT, &terms, 0).expect("a grant");
    for next in holders[1..].iter().copied().chain([DOCTOR]) {
        let parent = Parent {
            grantee: terms.grantee,
            id,
        };
        let Grantee::Account(caller) = terms.grantee else {
            unreachable!("accounts alone")
        };
        terms.grantee = Grantee::Account(next);
        id = world.pass_on(PATIENT, caller, parent, &terms, 0).expect("it may be");
    }
    says(&world, Decision::Permitted(id), Some(LABORATORY));
    world.add_role(holders[1], Roles::CLINICIAN, CLINIC, Timestamp::MAX);
    says(&world, Decision::Permitted(id), Some(LABORATORY));
    world.add_role(holders[0], Roles::CLINICIAN, CLINIC, Timestamp::MAX);
    says(&world, Decision::Denied(Denial::NoGrant), Some(LABORATORY));
    // The requester's own cells, and those of as many organisations above as may be.
    world.looked_up.borrow_mut().clear();
    world.check(&question(DOCTOR));
    let most = 2 + 1 + MAX_DELEGATION + MAX_HOLDERS;
    let looked_up = world.looked_up.borrow().len();
    assert!(looked_up <= most, "{looked_up}");
}

/// A world in which the patient is of a jurisdiction that lets patients object to treatment, beside one that asks first.
fn under_a_law(given: &[(Grantee, Terms)], home: Option<u8>) -> World {
    let mut world = world(&[]);
    for (grantee, terms) in given {
        let terms = Terms {
            grantee: *grantee,
            ..*terms
        };
        world.give(PATIENT, &terms, 0).expect("a grant");
    }
    let law = |number, permits| JurisdictionDefault {
        jurisdiction: JurisdictionId(number),
        permits,
        research: Research::NONE,
    };
    world.jurisdictions.defaults = Vec::from([law(1, Purposes::NONE), law(2, Purposes::TREAT)]);
    world
        .residences
        .extend(home.map(|number| (PATIENT, JurisdictionId(number))));
    world
}

const BY_LAW: Decision = Decision::Jurisdiction(JurisdictionId(2));

#[test]
fn the_law_decides_where_a_patient_has_said_nothing_and_differs_by_jurisdiction() {
    let no_grant = Decision::Denied(Denial::NoGrant);
    for (home, expected) in [
        (Some(2), BY_LAW),
        (Some(1), no_grant),
        (Some(3), no_grant),
        (None, no_grant),
    ] {
        says(&under_a_law(&[], home), expected, Some(HOSPITAL));
    }
    let operations = Check {
        purpose: Purposes::ETREAT,
        ..question(DOCTOR)
    };
    let silent = under_a_law(&[], Some(2));
    assert_eq!(silent.check(&operations), no_grant, "another purpose");
}

#[test]
fn what_a_patient_says_beats_the_law_and_it_does_not_come_back() {
    let no_grant = Decision::Denied(Denial::NoGrant);
    let everybody = Grantee::Anyone;
    let narrow = Terms {
        slots: Slots(1),
        ..unsplit(permit())
    };
    says(
        &under_a_law(&[(everybody, denial())], Some(2)),
        denied_by(1),
        Some(HOSPITAL),
    );
    says(
        &under_a_law(&[(everybody, unsplit(permit()))], Some(2)),
        PERMITTED,
        Some(HOSPITAL),
    );
    // About treatment of other records: the patient has spoken, and nobody guesses the rest.
    let mut spoken = under_a_law(&[(everybody, narrow)], Some(2));
    says(&spoken, no_grant, Some(HOSPITAL));
    spoken.revoke(PATIENT, GrantId(1), everybody).expect("it stands");
    says(&spoken, no_grant, Some(HOSPITAL));
    let mut silent = under_a_law(&[], Some(2));
    silent.revoke_all(PATIENT);
    says(&silent, no_grant, Some(HOSPITAL));
    // What is said to somebody in particular says nothing about everybody else.
    let elsewhere = Grantee::Organisation(LABORATORY);
    says(&under_a_law(&[(elsewhere, denial())], Some(2)), BY_LAW, Some(HOSPITAL));
    says(
        &under_a_law(&[(TO_CLINIC, denial())], Some(2)),
        denied_by(1),
        Some(CLINIC),
    );
}

#[test]
fn the_law_never_reaches_what_is_sensitive_nor_the_glass() {
    let no_grant = Decision::Denied(Denial::NoGrant);
    let mut world = under_a_law(&[], Some(2));
    let mut asked = question(DOCTOR);
    asked.facts.confidentiality = Confidentiality::Restricted;
    assert_eq!(world.check(&asked), no_grant);
    let state = PatientState {
        restricted: Slots(1 << 3),
        ..world.state(&PATIENT)
    };
    world.set_state(PATIENT, state);
    says(&world, no_grant, Some(HOSPITAL));
    let mut paused = under_a_law(&[], Some(2));
    paused.paused_until = FROM + 1;
    let asked = question(DOCTOR);
    assert_eq!(check(&asked, &paused, FROM), Decision::Denied(Denial::Paused));
}

#[test]
fn research_under_the_law_goes_as_far_as_the_law_says() {
    let mut world = under_a_law(&[], Some(2));
    world.set_role(DOCTOR, Roles::RESEARCHER, HOSPITAL);
    world.jurisdictions.defaults[1] = JurisdictionDefault {
        jurisdiction: JurisdictionId(2),
        permits: Purposes::HRESCH,
        research: Research {
            permission: DuoPermission::HealthMedicalBiomedical,
            modifiers: DuoModifiers::IRB,
            extent: Extent::Find,
        },
    };
    let asked = |use_, attested, extent| Check {
        purpose: Purposes::HRESCH,
        research: Declaration { use_, attested },
        extent,
        ..question(DOCTOR)
    };
    let no_grant = Decision::Denied(Denial::NoGrant);
    let (disease, board) = (DuoUse::Disease, DuoModifiers::IRB);
    for (asked, expected) in [
        (asked(disease, board, Extent::Count), BY_LAW),
        (asked(disease, board, Extent::Find), BY_LAW),
        (asked(disease, board, Extent::Open), no_grant),
        (asked(disease, DuoModifiers::NONE, Extent::Count), no_grant),
        (asked(DuoUse::Other, board, Extent::Count), no_grant),
    ] {
        assert_eq!(world.check(&asked), expected, "{asked:?}");
    }
}
