//! Emergencies: a glass is broken, reviewed, closed.

use crate::{
    acts::{NO_GRANT, after, decides},
    deployment::{ADMIN, CLINICIAN, Deployment, OTHER_ADMIN, PATIENT, STRANGER, account, question},
};
use aegle_rules::{
    AccountId, Hash, Purposes, Timestamp,
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
}
