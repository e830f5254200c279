//! Jurisdictions that let patients object and such that ask them first, side by side.

use crate::deployment::{
    ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account, denial,
    grant, question,
};
use aegle_rules::{
    AccountId, GrantId, JurisdictionId, Purposes, Roles, Timestamp,
    consent::{
        Check, Decision, Declaration, Denial, DuoModifiers, DuoPermission, DuoUse, Extent, Grantee, Research, Terms,
        messages::{Residence, RevokeAll},
    },
    consortium::{
        Action, ConsortiumError, JurisdictionDefault, Limits, Outcome,
        messages::{ActivatePatient, Execute, JurisdictionOf, Jurisdictions, Propose, Publish, RegisterPatient},
    },
};
use std::time::Duration;

const OPT_IN: JurisdictionId = JurisdictionId(1);
const OPT_OUT: JurisdictionId = JurisdictionId(2);
/// A patient of the hospital in the other jurisdiction.
const NEIGHBOUR: &str = STRANGER;

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

async fn activate(deployment: &Deployment, admin: &str, patient: &str) {
    deployment
        .send(patient, deployment.consortium, &RegisterPatient {})
        .await;
    let message = ActivatePatient {
        patient: account(patient),
    };
    deployment.send(admin, deployment.consortium, &message).await;
}

async fn residence(deployment: &Deployment, patient: AccountId) -> Option<JurisdictionId> {
    deployment
        .dry_run(STRANGER, deployment.consent, &Residence { patient })
        .await
}

/// Two hospitals in two jurisdictions, and a researcher of the first one.
async fn world() -> Deployment {
    let deployment = Deployment::with_time().await;
    deployment
        .set_role(CLINICIAN, Roles::RESEARCHER, HOSPITAL, Timestamp::MAX)
        .await;
    for (organisation, jurisdiction) in [(HOSPITAL, OPT_IN), (OTHER_HOSPITAL, OPT_OUT)] {
        let default = default_of(jurisdiction);
        deployment.enact(Action::SetJurisdiction { default }).await;
        let place = Action::Place {
            organisation,
            jurisdiction: Some(jurisdiction),
        };
        deployment.enact(place).await;
        let message = JurisdictionOf { organisation };
        let placed = deployment.dry_run(STRANGER, deployment.consortium, &message).await;
        assert_eq!(placed, Some(jurisdiction));
    }
    activate(&deployment, ADMIN, PATIENT).await;
    activate(&deployment, OTHER_ADMIN, NEIGHBOUR).await;
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

    // An organisation that moves takes its patients along, once somebody tells of them.
    let moves = Action::Place {
        organisation: OTHER_HOSPITAL,
        jurisdiction: Some(OPT_IN),
    };
    deployment.enact(moves).await;
    let neighbour = account(NEIGHBOUR);
    assert_eq!(residence(&deployment, neighbour).await, Some(OPT_OUT));
    let publish = Publish {
        account: Some(neighbour),
    };
    deployment.send(CLINICIAN, consortium, &publish).await;
    assert_eq!(residence(&deployment, neighbour).await, Some(OPT_IN));
}
