//! Names of the organisation that may vouch: until when they count, for whose law, and by whose key.

use crate::{
    acts::after,
    control::{DAY_MS, PHONE, guardians, replace, want},
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account,
    },
    jurisdictions::{OPT_IN, OPT_OUT, place, registered, vouch, world},
};
use aegle_client::refusal;
use aegle_rules::{
    JurisdictionId, OrganisationId, Timestamp,
    consent::{Authority, CONTROL_DELAY_MS, messages::SetGuardians},
    consortium::{
        ConsortiumError, MAX_NAMED_MS, Named,
        messages::{NameOrganisation, RegisterPatient},
    },
};

/// A patient for whom nobody vouches yet.
const UNVOUCHED: &str = CLINICIAN;

/// What `patient` says of themselves, registered or not before.
async fn names(deployment: &Deployment, patient: &str, named: Named) {
    let named = Some(named);
    let register = RegisterPatient { named };
    deployment.send(patient, deployment.consortium, &register).await;
}

fn renames(patient: &str, named: Named) -> NameOrganisation {
    NameOrganisation {
        account: account(patient),
        named: Some(named),
    }
}

/// Makes sure that a hospital does not vouch for a patient, for this reason, of which a sentence says what to do; that the name
/// stays, and the patient with it.
async fn not_vouched_for(deployment: &Deployment, admin: &str, patient: &str, expected: ConsortiumError) {
    let before = registered(deployment, patient).await;
    let answer = deployment.refused(admin, deployment.consortium, &vouch(patient)).await;
    assert_eq!(answer, expected);
    let sentence = refusal::consortium(&answer);
    assert!(sentence.contains("`aegle "), "{sentence}");
    assert_eq!(registered(deployment, patient).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_of_where_the_organisation_is_and_for_a_month_at_most() {
    let deployment = world().await;
    let consortium = deployment.consortium;
    let now = deployment.now().await;
    let named = |organisation, jurisdiction, until| Named {
        organisation,
        jurisdiction,
        until,
    };
    let tomorrow = now + DAY_MS;
    let cases: [(OrganisationId, Option<JurisdictionId>, Timestamp, ConsortiumError); 5] = [
        (OrganisationId(99), None, 0, ConsortiumError::UnknownOrganisation),
        (HOSPITAL, Some(OPT_OUT), tomorrow, ConsortiumError::OtherJurisdiction),
        (HOSPITAL, None, tomorrow, ConsortiumError::OtherJurisdiction),
        (HOSPITAL, Some(OPT_IN), now, ConsortiumError::InvalidEnd),
        (
            HOSPITAL,
            Some(OPT_IN),
            now + MAX_NAMED_MS + DAY_MS,
            ConsortiumError::InvalidEnd,
        ),
    ];
    for (organisation, jurisdiction, until, expected) in cases {
        let named = named(organisation, jurisdiction, until);
        let register = RegisterPatient { named: Some(named) };
        let answer = deployment.refused(UNVOUCHED, consortium, &register).await;
        assert_eq!(answer, expected, "{named:?}");
        let answer = deployment.refused(PATIENT, consortium, &renames(PATIENT, named)).await;
        assert_eq!(answer, expected, "{named:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_vouches_by_a_name_that_has_ended_until_the_patient_names_anew() {
    let deployment = world().await;
    let named = deployment.named(HOSPITAL).await;
    let until = deployment.now().await + DAY_MS;
    names(&deployment, UNVOUCHED, Named { until, ..named }).await;
    deployment.advance(after(DAY_MS)).await;
    not_vouched_for(&deployment, ADMIN, UNVOUCHED, ConsortiumError::NameEnded).await;
    let again = renames(UNVOUCHED, deployment.named(HOSPITAL).await);
    deployment.send(UNVOUCHED, deployment.consortium, &again).await;
    deployment.send(ADMIN, deployment.consortium, &vouch(UNVOUCHED)).await;
    let settled = (None, Some(HOSPITAL), Some(OPT_IN));
    assert_eq!(registered(&deployment, UNVOUCHED).await, settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_moved_vouches_once_the_patient_has_seen_where_it_is() {
    let deployment = world().await;
    names(&deployment, UNVOUCHED, deployment.named(OTHER_HOSPITAL).await).await;
    deployment.enact(place(OTHER_HOSPITAL, Some(OPT_IN))).await;
    not_vouched_for(&deployment, OTHER_ADMIN, UNVOUCHED, ConsortiumError::OtherJurisdiction).await;
    let again = renames(UNVOUCHED, deployment.named(OTHER_HOSPITAL).await);
    deployment.send(UNVOUCHED, deployment.consortium, &again).await;
    deployment.enact(place(OTHER_HOSPITAL, None)).await;
    not_vouched_for(&deployment, OTHER_ADMIN, UNVOUCHED, ConsortiumError::OtherJurisdiction).await;
    deployment.enact(place(OTHER_HOSPITAL, Some(OPT_IN))).await;
    deployment
        .send(OTHER_ADMIN, deployment.consortium, &vouch(UNVOUCHED))
        .await;
    let settled = (None, Some(OTHER_HOSPITAL), Some(OPT_IN));
    assert_eq!(registered(&deployment, UNVOUCHED).await, settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_replaced_key_named_ends_with_it() {
    let deployment = world().await;
    let (consent, consortium) = (deployment.consent, deployment.consortium);
    deployment.fund(PHONE).await;
    let until = deployment.now().await + 3_650 * DAY_MS;
    let family = guardians(&[STRANGER, COMMITTEE], 2, until, Authority::Acting);
    deployment
        .send(PATIENT, consent, &SetGuardians { guardians: family })
        .await;
    // Whoever has the lost phone names a hospital where patients are not asked.
    let named = renames(PATIENT, deployment.named(OTHER_HOSPITAL).await);
    deployment.send(PATIENT, consortium, &named).await;
    for guardian in [STRANGER, COMMITTEE] {
        deployment.send(guardian, consent, &want(replace(PHONE))).await;
    }
    not_vouched_for(&deployment, OTHER_ADMIN, PATIENT, ConsortiumError::ReplacementPending).await;
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    not_vouched_for(&deployment, OTHER_ADMIN, PATIENT, ConsortiumError::ControllerReplaced).await;
    let again = deployment.refused(PATIENT, consortium, &named).await;
    assert_eq!(again, ConsortiumError::NotController);
    // With the key that they have now, the patient names one, and that one vouches.
    let theirs = renames(PATIENT, deployment.named(HOSPITAL).await);
    deployment.send(PHONE, consortium, &theirs).await;
    not_vouched_for(&deployment, OTHER_ADMIN, PATIENT, ConsortiumError::NotChosen).await;
    deployment.send(ADMIN, consortium, &vouch(PATIENT)).await;
    let settled = (None, Some(HOSPITAL), Some(OPT_IN));
    assert_eq!(registered(&deployment, PATIENT).await, settled);
}
