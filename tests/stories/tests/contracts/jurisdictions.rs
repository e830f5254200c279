//! Jurisdictions that let patients object and such that ask them first, side by side.

use crate::deployment::{
    ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account, denial,
    grant, question,
};
use aegle_rules::{
    AccountId, GrantId, JurisdictionId, OrganisationId, Purposes, Roles, Timestamp,
    consent::{
        Check, Decision, Declaration, Denial, DuoModifiers, DuoPermission, DuoUse, Extent, Grantee, Research, Terms,
        messages::{Residence, RevokeAll},
    },
    consortium::{
        Action, ConsortiumError, JurisdictionDefault, Limits, Outcome, Registration,
        messages::{
            ActivatePatient, Execute, JurisdictionOf, Jurisdictions, NameOrganisation, Patient, Propose, Publish,
            RegisterPatient,
        },
    },
};
use std::time::Duration;

pub(crate) const OPT_IN: JurisdictionId = JurisdictionId(1);
pub(crate) const OPT_OUT: JurisdictionId = JurisdictionId(2);
/// A patient of the hospital in the other jurisdiction.
pub(crate) const NEIGHBOUR: &str = STRANGER;

/// What counts where patients may object to research on health; elsewhere they are asked first.
fn default_of(jurisdiction: JurisdictionId) -> JurisdictionDefault {
    let opt_out = jurisdiction == OPT_OUT;
    JurisdictionDefault {
        jurisdiction,
        permits: if opt_out { Purposes::HRESCH } else { Purposes::NONE },
        research: if opt_out {
            Research {
                permission: DuoPermission::HealthMedicalBiomedical,
                modifiers: DuoModifiers::IRB,
                extent: Extent::Find,
            }
        } else {
            Research::NONE
        },
    }
}

/// A researcher who meets the conditions asks about a patient's record.
async fn answer(deployment: &Deployment, patient: &str, extent: Extent) -> Decision {
    let now = deployment.now().await;
    let asked = Check {
        patient: account(patient),
        purpose: Purposes::HRESCH,
        research: Declaration {
            use_: DuoUse::Disease,
            attested: DuoModifiers::IRB,
        },
        extent,
        ..question(now)
    };
    deployment.dry_run(STRANGER, deployment.consent, &asked).await
}

pub(crate) fn vouch(patient: &str) -> ActivatePatient {
    ActivatePatient {
        patient: account(patient),
    }
}

/// What names an organisation for a patient, from where it is now.
async fn name(deployment: &Deployment, patient: &str, organisation: Option<OrganisationId>) -> NameOrganisation {
    let named = match organisation {
        Some(organisation) => Some(deployment.named(organisation).await),
        None => None,
    };
    let account = account(patient);
    NameOrganisation { account, named }
}

pub(crate) fn place(organisation: OrganisationId, jurisdiction: Option<JurisdictionId>) -> Action {
    Action::Place {
        organisation,
        jurisdiction,
    }
}

async fn activate(deployment: &Deployment, admin: &str, patient: &str, organisation: OrganisationId) {
    let named = Some(deployment.named(organisation).await);
    let register = RegisterPatient { named };
    deployment.send(patient, deployment.consortium, &register).await;
    deployment.send(admin, deployment.consortium, &vouch(patient)).await;
}

/// Who may vouch for a patient, who does, and of which jurisdiction they are, which the consent contract knows too.
pub(crate) async fn registered(
    deployment: &Deployment,
    patient: &str,
) -> (Option<OrganisationId>, Option<OrganisationId>, Option<JurisdictionId>) {
    let patient = account(patient);
    let message = Patient { account: patient };
    let kept = deployment.dry_run(STRANGER, deployment.consortium, &message).await;
    let Registration {
        named,
        activated_by,
        jurisdiction,
        ..
    } = kept.expect("they are registered");
    assert_eq!(residence(deployment, patient).await, jurisdiction);
    (named.map(|named| named.organisation), activated_by, jurisdiction)
}

/// What the committee agrees to, and cannot do once the time lock is over.
async fn refused_later(deployment: &Deployment, action: Action) -> ConsortiumError {
    let (consortium, message) = (deployment.consortium, Propose { action });
    let outcome = deployment.dry_run(COMMITTEE, consortium, &message).await;
    let Ok(Outcome::Pending(id)) = outcome else {
        panic!("it has to wait: {outcome:?}")
    };
    deployment.send(COMMITTEE, consortium, &message).await;
    deployment
        .advance(Duration::from_millis(Limits::DEFAULT.timelock_ms))
        .await;
    let action = message.action;
    deployment.refused(COMMITTEE, consortium, &Execute { id, action }).await
}

async fn residence(deployment: &Deployment, patient: AccountId) -> Option<JurisdictionId> {
    deployment
        .dry_run(STRANGER, deployment.consent, &Residence { patient })
        .await
}

/// Two hospitals in two jurisdictions, and a researcher of the first one.
pub(crate) async fn world() -> Deployment {
    let deployment = Deployment::with_time().await;
    deployment
        .set_role(CLINICIAN, Roles::RESEARCHER, HOSPITAL, Timestamp::MAX)
        .await;
    for (organisation, jurisdiction) in [(HOSPITAL, OPT_IN), (OTHER_HOSPITAL, OPT_OUT)] {
        let default = default_of(jurisdiction);
        deployment.enact(Action::SetJurisdiction { default }).await;
        deployment.enact(place(organisation, Some(jurisdiction))).await;
        let message = JurisdictionOf { organisation };
        let placed = deployment.dry_run(STRANGER, deployment.consortium, &message).await;
        assert_eq!(placed, Some(jurisdiction));
    }
    activate(&deployment, ADMIN, PATIENT, HOSPITAL).await;
    activate(&deployment, OTHER_ADMIN, NEIGHBOUR, OTHER_HOSPITAL).await;
    deployment
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_in_and_opt_out_stand_side_by_side_and_the_answer_says_which_decided() {
    let deployment = world().await;
    let consent = deployment.consent;
    let no_grant = Decision::Denied(Denial::NoGrant);
    let by_law = Decision::Jurisdiction(OPT_OUT);
    let known = deployment
        .dry_run(STRANGER, deployment.consortium, &Jurisdictions {})
        .await;
    assert_eq!(known.defaults, [default_of(OPT_IN), default_of(OPT_OUT)]);
    assert_eq!(residence(&deployment, account(PATIENT)).await, Some(OPT_IN));
    assert_eq!(residence(&deployment, account(NEIGHBOUR)).await, Some(OPT_OUT));

    // Neither has said anything.
    for (extent, neighbour) in [
        (Extent::Count, by_law),
        (Extent::Find, by_law),
        (Extent::Open, no_grant),
    ] {
        assert_eq!(answer(&deployment, PATIENT, extent).await, no_grant, "{extent:?}");
        assert_eq!(answer(&deployment, NEIGHBOUR, extent).await, neighbour, "{extent:?}");
    }
    // Where patients are asked first, one permits; where they may object, the other does.
    let now = deployment.now().await;
    let base = Terms {
        grantee: Grantee::Anyone,
        purposes: Purposes::HRESCH,
        ..denial(now)
    };
    deployment.send(NEIGHBOUR, consent, &grant(1, base)).await;
    let denied = Decision::Denied(Denial::DeniedBy(GrantId(1)));
    assert_eq!(answer(&deployment, NEIGHBOUR, Extent::Count).await, denied);
    let permit = Terms {
        effect: aegle_rules::consent::Effect::Permit,
        research: default_of(OPT_OUT).research,
        ..base
    };
    deployment.send(PATIENT, consent, &grant(1, permit)).await;
    let permitted = Decision::Permitted(GrantId(1));
    assert_eq!(answer(&deployment, PATIENT, Extent::Find).await, permitted);
    // Whoever takes everything back has not fallen silent.
    deployment.send(NEIGHBOUR, consent, &RevokeAll {}).await;
    assert_eq!(answer(&deployment, NEIGHBOUR, Extent::Count).await, no_grant);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committee_changes_the_law_after_the_time_lock_alone() {
    let deployment = world().await;
    let consortium = deployment.consortium;
    let by_law = Decision::Jurisdiction(OPT_OUT);
    let opt_in = JurisdictionDefault {
        permits: Purposes::NONE,
        research: Research::NONE,
        ..default_of(OPT_OUT)
    };
    let action = Action::SetJurisdiction { default: opt_in };
    let message = Propose { action };
    let outcome = deployment.dry_run(COMMITTEE, consortium, &message).await;
    let Ok(Outcome::Pending(id)) = outcome else {
        panic!("it has to wait: {outcome:?}")
    };
    deployment.send(COMMITTEE, consortium, &message).await;
    let execute = Execute {
        id,
        action: message.action,
    };
    let early = deployment.refused(COMMITTEE, consortium, &execute).await;
    assert_eq!(early, ConsortiumError::TooEarly);
    assert_eq!(answer(&deployment, NEIGHBOUR, Extent::Count).await, by_law);
    let lock = Duration::from_millis(Limits::DEFAULT.timelock_ms);
    deployment.advance(lock).await;
    deployment.send(COMMITTEE, consortium, &execute).await;
    let no_grant = Decision::Denied(Denial::NoGrant);
    assert_eq!(answer(&deployment, NEIGHBOUR, Extent::Count).await, no_grant);

    // What no default may permit is not even proposed.
    for permits in [Purposes::BTG, Purposes::HPAYMT, Purposes::PATRQT, Purposes::HRESCH] {
        let default = JurisdictionDefault { permits, ..opt_in };
        let action = Action::SetJurisdiction { default };
        let answer = deployment.refused(COMMITTEE, consortium, &Propose { action }).await;
        assert_eq!(answer, ConsortiumError::InvalidJurisdiction, "{permits:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_admin_settles_whose_law_counts_for_who_did_not_name_them() {
    let deployment = world().await;
    let (consortium, patient) = (deployment.consortium, CLINICIAN);
    let register = RegisterPatient { named: None };
    deployment.send(patient, consortium, &register).await;
    // The admin of a hospital where patients may object is quick; the patient has named nobody, and then another one.
    for named in [None, Some(HOSPITAL)] {
        let message = name(&deployment, patient, named).await;
        deployment.send(patient, consortium, &message).await;
        let early = deployment.refused(OTHER_ADMIN, consortium, &vouch(patient)).await;
        assert_eq!(early, ConsortiumError::NotChosen);
        assert_eq!(registered(&deployment, patient).await, (named, None, None));
    }
    // Nobody else names one for them.
    for other in [OTHER_ADMIN, STRANGER] {
        let theirs = name(&deployment, patient, Some(OTHER_HOSPITAL)).await;
        let answer = deployment.refused(other, consortium, &theirs).await;
        assert_eq!(answer, ConsortiumError::NotController);
    }
    deployment.send(ADMIN, consortium, &vouch(patient)).await;
    let settled = (None, Some(HOSPITAL), Some(OPT_IN));
    assert_eq!(registered(&deployment, patient).await, settled);
    for admin in [ADMIN, OTHER_ADMIN] {
        let again = deployment.refused(admin, consortium, &vouch(patient)).await;
        assert_eq!(again, ConsortiumError::AlreadyActivated);
    }
    // To register anew does not help an organisation that was named by mistake, and one that there is not is none.
    let named = Some(deployment.named(OTHER_HOSPITAL).await);
    let again = RegisterPatient { named };
    let again = deployment.refused(patient, consortium, &again).await;
    assert_eq!(again, ConsortiumError::AlreadyRegistered);
    let unknown = name(&deployment, patient, Some(OrganisationId(99))).await;
    let unknown = deployment.refused(patient, consortium, &unknown).await;
    assert_eq!(unknown, ConsortiumError::UnknownOrganisation);
    let unregistered = name(&deployment, OTHER_ADMIN, Some(HOSPITAL)).await;
    let unregistered = deployment.refused(OTHER_ADMIN, consortium, &unregistered).await;
    assert_eq!(unregistered, ConsortiumError::UnknownPatient);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_residence_is_corrected_by_the_patient_and_who_they_name_then() {
    let deployment = world().await;
    let consortium = deployment.consortium;
    let both = (None, Some(OTHER_HOSPITAL), Some(OPT_OUT));
    assert_eq!(registered(&deployment, NEIGHBOUR).await, both);
    let renamed = name(&deployment, NEIGHBOUR, Some(HOSPITAL)).await;
    deployment.send(NEIGHBOUR, consortium, &renamed).await;
    let (_, vouching, jurisdiction) = registered(&deployment, NEIGHBOUR).await;
    assert_eq!(
        (vouching, jurisdiction),
        (both.1, both.2),
        "a name alone changes nothing"
    );
    let other = deployment.refused(OTHER_ADMIN, consortium, &vouch(NEIGHBOUR)).await;
    assert_eq!(other, ConsortiumError::NotChosen);
    deployment.send(ADMIN, consortium, &vouch(NEIGHBOUR)).await;
    let moved = (None, Some(HOSPITAL), Some(OPT_IN));
    assert_eq!(registered(&deployment, NEIGHBOUR).await, moved);
    let no_grant = Decision::Denied(Denial::NoGrant);
    assert_eq!(answer(&deployment, NEIGHBOUR, Extent::Count).await, no_grant);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_moves_takes_nobody_along_and_one_in_no_jurisdiction_ends_a_residence() {
    let deployment = world().await;
    let consortium = deployment.consortium;
    let publish = Publish {
        account: Some(account(NEIGHBOUR)),
    };
    let stays = (None, Some(OTHER_HOSPITAL), Some(OPT_OUT));
    for jurisdiction in [Some(OPT_IN), None] {
        deployment.enact(place(OTHER_HOSPITAL, jurisdiction)).await;
        assert_eq!(registered(&deployment, NEIGHBOUR).await, stays);
        deployment.send(CLINICIAN, consortium, &publish).await;
        assert_eq!(registered(&deployment, NEIGHBOUR).await, stays, "to {jurisdiction:?}");
    }
    // Whoever is vouched for from there is of none, and so is who names it again.
    let renamed = name(&deployment, NEIGHBOUR, Some(OTHER_HOSPITAL)).await;
    deployment.send(NEIGHBOUR, consortium, &renamed).await;
    deployment.send(OTHER_ADMIN, consortium, &vouch(NEIGHBOUR)).await;
    let nowhere = (None, Some(OTHER_HOSPITAL), None);
    assert_eq!(registered(&deployment, NEIGHBOUR).await, nowhere);
    let no_grant = Decision::Denied(Denial::NoGrant);
    assert_eq!(answer(&deployment, NEIGHBOUR, Extent::Count).await, no_grant);
    deployment.send(CLINICIAN, consortium, &publish).await;
    assert_eq!(registered(&deployment, NEIGHBOUR).await, nowhere);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_committee_corrects_a_residence_after_the_time_lock_and_settles_none() {
    let deployment = world().await;
    let consortium = deployment.consortium;
    let patient = account(NEIGHBOUR);
    let correct = |patient, jurisdiction| Action::SetResidence { patient, jurisdiction };
    let message = Propose {
        action: correct(patient, Some(OPT_IN)),
    };
    let outcome = deployment.dry_run(COMMITTEE, consortium, &message).await;
    assert!(
        matches!(outcome, Ok(Outcome::Pending(_))),
        "it has to wait: {outcome:?}"
    );
    deployment.enact(message.action).await;
    let corrected = (None, Some(OTHER_HOSPITAL), Some(OPT_IN));
    assert_eq!(registered(&deployment, NEIGHBOUR).await, corrected);
    deployment.enact(correct(patient, None)).await;
    assert_eq!(
        registered(&deployment, NEIGHBOUR).await,
        (None, Some(OTHER_HOSPITAL), None)
    );

    // For whom nobody vouches, the committee settles nothing.
    let named = Some(deployment.named(HOSPITAL).await);
    let register = RegisterPatient { named };
    let unvouched = CLINICIAN;
    deployment.send(unvouched, consortium, &register).await;
    for (whose, expected) in [
        (unvouched, ConsortiumError::NotVouchedFor),
        (OTHER_ADMIN, ConsortiumError::UnknownPatient),
    ] {
        let action = correct(account(whose), Some(OPT_OUT));
        let refused = refused_later(&deployment, action).await;
        assert_eq!(refused, expected, "{whose}");
    }
    assert_eq!(registered(&deployment, unvouched).await, (Some(HOSPITAL), None, None));
}
