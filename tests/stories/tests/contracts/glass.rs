//! Emergencies: a glass is broken, reviewed, closed.

use crate::{
    acts::{NO_GRANT, after, decides},
    deployment::{
        ADMIN, CLINICIAN, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account, question,
    },
};
use aegle_rules::{
    AccountId, Hash, Purposes, Roles, Timestamp,
    consent::{Check, ConsentError, Decision, Denial, Verdict, messages},
    consortium::Limits,
};
use std::time::Duration;

fn emergency(at: Timestamp) -> Check {
    Check {
        purpose: Purposes::BTG,
        ..question(at)
    }
}

fn break_glass() -> messages::BreakGlass {
    messages::BreakGlass {
        patient: account(PATIENT),
        reason: 3,
        note: Hash([9; 32]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_glass_opens_for_hours_and_an_overdue_review_locks_its_clinician_out() {
    let deployment = Deployment::with_time().await;
    let Deployment { consent, .. } = deployment;
    let limits = Limits::DEFAULT;
    let now = deployment.now().await;
    assert_eq!(
        decides(&deployment, &emergency(now)).await,
        Decision::Denied(Denial::GlassClosed)
    );
    for name in [ADMIN, PATIENT, STRANGER] {
        let answer = deployment.dry_run(name, consent, &break_glass()).await;
        assert_eq!(answer, Err(ConsentError::WrongRole), "{name} treats nobody");
    }
    deployment.send(CLINICIAN, consent, &break_glass()).await;
    let opened_at = deployment.now().await;
    assert_eq!(decides(&deployment, &emergency(opened_at)).await, Decision::Glass);
    assert_eq!(
        decides(&deployment, &question(opened_at)).await,
        NO_GRANT,
        "treatment is another purpose"
    );
    let answer = deployment.refused(CLINICIAN, consent, &break_glass()).await;
    assert_eq!(answer, ConsentError::GlassOpen);
    for (at, expected) in [
        (opened_at + limits.glass_ms - 1, Decision::Glass),
        (opened_at + limits.glass_ms, Decision::Denied(Denial::GlassClosed)),
    ] {
        assert_eq!(decides(&deployment, &emergency(at)).await, expected);
    }

    // Not reviewed in time: no glass of anybody's opens to this clinician any more.
    deployment.advance(after(limits.review_ms)).await;
    let other = messages::BreakGlass {
        patient: account(STRANGER),
        ..break_glass()
    };
    let answer = deployment.refused(CLINICIAN, consent, &other).await;
    assert_eq!(answer, ConsentError::ReviewOverdue);
    let review = messages::Review {
        patient: account(PATIENT),
        clinician: account(CLINICIAN),
        opened_at,
        verdict: Verdict::Justified,
        note: Hash([8; 32]),
    };
    for name in [CLINICIAN, OTHER_ADMIN, PATIENT, STRANGER] {
        let answer = deployment.dry_run(name, consent, &review).await;
        assert_eq!(answer, Err(ConsentError::NotReviewer), "{name}");
    }
    deployment.send(ADMIN, consent, &review).await;
    assert_eq!(
        deployment.refused(ADMIN, consent, &review).await,
        ConsentError::UnknownGlass
    );
    deployment.send(CLINICIAN, consent, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn glasses_are_broken_so_often_a_day_and_a_patient_closes_one() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    for number in 0..Limits::DEFAULT.glasses_per_day {
        let message = messages::BreakGlass {
            patient: AccountId([number + 1; 32]),
            ..break_glass()
        };
        deployment.send(CLINICIAN, consent, &message).await;
    }
    let answer = deployment.refused(CLINICIAN, consent, &break_glass()).await;
    assert_eq!(answer, ConsentError::TooManyGlasses);
    deployment.advance(Duration::from_secs(24 * 3_600)).await;
    deployment.send(CLINICIAN, consent, &break_glass()).await;
    let now = deployment.now().await;
    assert_eq!(decides(&deployment, &emergency(now)).await, Decision::Glass);
    let close = messages::CloseGlass {
        clinician: account(CLINICIAN),
    };
    deployment.send(PATIENT, consent, &close).await;
    assert_eq!(
        decides(&deployment, &emergency(now)).await,
        Decision::Denied(Denial::GlassClosed)
    );
    assert_eq!(
        deployment.refused(PATIENT, consent, &close).await,
        ConsentError::UnknownGlass
    );
    // Closed, it is not broken again at once.
    let answer = deployment.refused(CLINICIAN, consent, &break_glass()).await;
    assert_eq!(answer, ConsentError::GlassCooling);
    deployment.advance(Duration::from_secs(24 * 3_600)).await;
    deployment.send(CLINICIAN, consent, &break_glass()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_of_one_is_reviewed_by_the_auditor_and_barred_when_it_is_wrong() {
    const AUDITOR: &str = "Auditor";
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    deployment.fund(AUDITOR).await;
    deployment
        .set_role(AUDITOR, Roles::AUDITOR, OTHER_HOSPITAL, Timestamp::MAX)
        .await;
    let wrong = |patient: AccountId, opened_at| messages::Review {
        patient,
        clinician: account(CLINICIAN),
        opened_at,
        verdict: Verdict::Unjustified,
        note: Hash([8; 32]),
    };
    let broken = |byte| messages::BreakGlass {
        patient: AccountId([byte; 32]),
        ..break_glass()
    };
    // Where somebody else is the admin, they review.
    deployment.send(CLINICIAN, consent, &broken(1)).await;
    let review = wrong(AccountId([1; 32]), deployment.now().await);
    let answer = deployment.refused(AUDITOR, consent, &review).await;
    assert_eq!(answer, ConsentError::NotReviewer);
    // The clinician is the only admin.
    let alone = Roles::CLINICIAN.union(Roles::ORGANISATION_ADMIN);
    deployment.set_role(CLINICIAN, alone, HOSPITAL, Timestamp::MAX).await;
    let answer = deployment.refused(CLINICIAN, consent, &review).await;
    assert_eq!(answer, ConsentError::NotReviewer);
    deployment.send(AUDITOR, consent, &review).await;
    for byte in [2, 3] {
        deployment.send(CLINICIAN, consent, &broken(byte)).await;
        let review = wrong(AccountId([byte; 32]), deployment.now().await);
        deployment.send(AUDITOR, consent, &review).await;
    }
    let answer = deployment.refused(CLINICIAN, consent, &broken(4)).await;
    assert_eq!(answer, ConsentError::TooManyUnjustified);
    let organisation = HOSPITAL;
    let day = deployment
        .dry_run(STRANGER, consent, &messages::GlassDayOf { organisation })
        .await;
    assert_eq!(day.broken, 3);
}
