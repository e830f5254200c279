//! A pause: what goes on, what does not, and who may call for one.

use crate::{
    acts::{after, decides},
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, PATIENT, STRANGER, TRUST, account, denial,
        grant, permit, question,
    },
    ledger,
    upgrades::{running, scheduled},
};
use aegle_rules::{
    BatchNumber, GrantId, Hash, Purposes,
    consent::{Check, Decision, Denial, messages as consent},
    consortium::{
        Action, ConsortiumError, Layout, PAUSE_MS, PAUSE_REST_MS, Which, action_hash,
        messages::{Committee, Execute, Pause, PausedUntil, Propose, Upgrade, Vote},
    },
    ledger::{ErasureReason, messages::RequestErasure},
};

const PAUSED: Decision = Decision::Denied(Denial::Paused);

/// A committee of the two hospitals' admins and one member of neither, two of whom have to agree.
async fn of_three() -> Deployment {
    of_three_in(Deployment::with_time().await).await
}

async fn of_three_in(deployment: Deployment) -> Deployment {
    let members = [COMMITTEE, ADMIN, OTHER_ADMIN].map(account).to_vec();
    deployment.enact(Action::Rotate { members, threshold: 2 }).await;
    deployment
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hospitals_stop_what_is_permitted_and_the_committee_ends_it() {
    let deployment = Deployment::with_time().await;
    let (consortium, consent) = (deployment.consortium, deployment.consent);
    // What is to go on is begun: code that waits to be put in force, and a batch.
    let contract = Which::Consent;
    let code = running(&deployment, contract).await;
    scheduled(&deployment, contract, code, Layout::of(contract).version).await;
    let deployment = of_three_in(deployment).await;
    deployment.send(ADMIN, deployment.ledger, &ledger::register()).await;
    deployment.send(ADMIN, deployment.ledger, &ledger::anchor(0)).await;
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let permitted = Decision::Permitted(GrantId(1));
    assert_eq!(decides(&deployment, &question(now)).await, permitted);

    let answer = deployment.dry_run(CLINICIAN, consortium, &Pause {}).await;
    assert_eq!(answer, Err(ConsortiumError::NotCommittee));
    deployment.send(ADMIN, consortium, &Pause {}).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        permitted,
        "one is not enough"
    );
    deployment.send(OTHER_ADMIN, consortium, &Pause {}).await;
    let until = deployment.dry_run(STRANGER, consortium, &PausedUntil {}).await;
    assert_eq!(until, deployment.now().await + PAUSE_MS);
    assert_eq!(decides(&deployment, &question(now)).await, PAUSED);

    // The patient still reads, ends and closes; and who breaks the glass is answered.
    let own = Check {
        requester: account(PATIENT),
        ..question(now)
    };
    assert_eq!(decides(&deployment, &own).await, Decision::Own);
    let glass = consent::BreakGlass {
        patient: account(PATIENT),
        reason: 1,
        note: Hash([1; 32]),
    };
    deployment.send(CLINICIAN, consent, &glass).await;
    let emergency = Check {
        purpose: Purposes::BTG,
        ..question(now)
    };
    assert_eq!(decides(&deployment, &emergency).await, Decision::Glass);

    // So do denials and their end, erasure, and new code.
    deployment.send(PATIENT, consent, &grant(2, denial(now))).await;
    let revoke = consent::Revoke {
        id: GrantId(2),
        grantee: denial(now).grantee,
    };
    deployment.send(PATIENT, consent, &revoke).await;
    let erase = RequestErasure {
        domain: ledger::DOMAIN,
        batch: BatchNumber(0),
        records: vec![7],
        reason: ErasureReason::PatientRequest,
    };
    deployment.send(ADMIN, deployment.ledger, &erase).await;
    deployment.send(STRANGER, consortium, &Upgrade { contract }).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        PAUSED,
        "the new code knows of it"
    );

    let answer = deployment.refused(COMMITTEE, consortium, &Pause {}).await;
    assert_eq!(answer, ConsortiumError::AlreadyPaused);
    let action = Action::Resume;
    let propose = Propose { action: action.clone() };
    deployment.send(COMMITTEE, consortium, &propose).await;
    let hash = action_hash(&action, crate::relayed::blake2);
    // The first one was the rotation.
    let id = aegle_rules::ProposalId(2);
    deployment.send(ADMIN, consortium, &Vote { id, hash }).await;
    let execute = Execute { id, action };
    deployment.send(ADMIN, consortium, &execute).await;
    assert_eq!(decides(&deployment, &question(now)).await, permitted);

    // Their right is spent; the third member alone stops nothing.
    for name in [ADMIN, OTHER_ADMIN] {
        let answer = deployment.refused(name, consortium, &Pause {}).await;
        assert_eq!(answer, ConsortiumError::PauseSpent, "{name}");
    }
    deployment.send(COMMITTEE, consortium, &Pause {}).await;
    assert_eq!(decides(&deployment, &question(now)).await, permitted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_ends_by_itself_and_two_of_one_hospital_are_one() {
    let deployment = of_three().await;
    let (consortium, consent) = (deployment.consortium, deployment.consent);
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    for name in [ADMIN, OTHER_ADMIN] {
        deployment.send(name, consortium, &Pause {}).await;
    }
    assert_eq!(decides(&deployment, &question(now)).await, PAUSED);
    deployment.advance(after(PAUSE_MS)).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Permitted(GrantId(1))
    );

    deployment.advance(after(PAUSE_REST_MS)).await;
    let custodian = crate::appointments::appoint(vec![account(COMMITTEE)], aegle_rules::Roles::CUSTODIAN);
    deployment.send(ADMIN, consortium, &custodian).await;
    for name in [ADMIN, COMMITTEE] {
        deployment.send(name, consortium, &Pause {}).await;
    }
    let paused = decides(&deployment, &question(now)).await == PAUSED;
    assert!(!paused, "both are of hospital {}", HOSPITAL.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_which_organisation_a_member_is_the_committee_says() {
    let deployment = of_three().await;
    let (consortium, consent) = (deployment.consortium, deployment.consent);
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let paused = async || decides(&deployment, &question(now)).await == PAUSED;
    // Of a member without a role it is not known: they are not of another organisation than the first.
    for name in [COMMITTEE, ADMIN] {
        deployment.send(name, consortium, &Pause {}).await;
    }
    assert!(!paused().await, "one of them could be of the other's");
    let action = Action::SetSeats {
        organisations: vec![Some(TRUST), Some(HOSPITAL), None],
    };
    let propose = Propose { action: action.clone() };
    deployment.send(COMMITTEE, consortium, &propose).await;
    let (id, hash) = (aegle_rules::ProposalId(2), action_hash(&action, crate::relayed::blake2));
    deployment.send(ADMIN, consortium, &Vote { id, hash }).await;
    deployment.send(ADMIN, consortium, &Execute { id, action }).await;
    let committee = deployment.dry_run(STRANGER, consortium, &Committee {}).await;
    assert_eq!(committee.organisation_of(&account(COMMITTEE)), Some(TRUST));
    deployment.send(COMMITTEE, consortium, &Pause {}).await;
    assert!(paused().await, "a trust and a hospital");
}
