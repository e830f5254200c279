//! What messages cost. The figures are printed (`--nocapture`); only the order that the design promises is checked.
#![allow(clippy::print_stdout)]

use crate::{
    deployment::{ADMIN, CLINICIAN, Deployment, HOSPITAL, PATIENT, grant, permit, question, set_key},
    ledger::{anchor, register},
};
use aegle_rules::{
    AccountId, GrantId, Slot, Slots,
    consent::{
        Grantee, Terms,
        messages::{Revoke, SetRestricted},
    },
    message::Message,
};

struct Cost {
    picoseconds: u64,
    deposit: i128,
}

async fn cost<M: Message>(deployment: &Deployment, what: &str, name: &str, contract: AccountId, message: &M) -> Cost {
    let answer = deployment.raw(name, contract, &message.call_data(), 0).await;
    assert!(answer.returned.is_some(), "{what} trapped");
    let milliseconds = answer.picoseconds as f64 / 1e9;
    println!(
        "{what:<44} {milliseconds:>7.3} ms of gas, deposit {:>16}",
        answer.deposit
    );
    Cost {
        picoseconds: answer.picoseconds,
        deposit: answer.deposit,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_is_no_dearer_than_granting() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let (consortium, consent, ledger) = (deployment.consortium, deployment.consent, deployment.ledger);
    let to_hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..permit(now)
    };
    let revoke = |terms: Terms, id| Revoke {
        id: GrantId(id),
        grantee: terms.grantee,
    };

    cost(&deployment, "consortium.set_key", PATIENT, consortium, &set_key()).await;
    cost(&deployment, "ledger.register_domain", ADMIN, ledger, &register()).await;
    deployment.send(ADMIN, ledger, &register()).await;
    cost(&deployment, "ledger.anchor, the first batch", ADMIN, ledger, &anchor(0)).await;
    deployment.send(ADMIN, ledger, &anchor(0)).await;
    cost(&deployment, "ledger.anchor, a later batch", ADMIN, ledger, &anchor(1)).await;
    let slots = Slots::default().with(Slot(9));
    cost(
        &deployment,
        "consent.set_restricted",
        PATIENT,
        consent,
        &SetRestricted { slots },
    )
    .await;

    let first = cost(
        &deployment,
        "consent.grant, the patient's first",
        PATIENT,
        consent,
        &grant(1, permit(now)),
    )
    .await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let last = cost(
        &deployment,
        "consent.revoke, the only one",
        PATIENT,
        consent,
        &revoke(permit(now), 1),
    )
    .await;
    let second = cost(
        &deployment,
        "consent.grant, a second to the account",
        PATIENT,
        consent,
        &grant(2, permit(now)),
    )
    .await;
    deployment.send(PATIENT, consent, &grant(2, permit(now))).await;
    let one_of_two = cost(
        &deployment,
        "consent.revoke, one of two",
        PATIENT,
        consent,
        &revoke(permit(now), 2),
    )
    .await;
    let wide = cost(
        &deployment,
        "consent.grant, to an organisation",
        PATIENT,
        consent,
        &grant(3, to_hospital),
    )
    .await;
    deployment.send(PATIENT, consent, &grant(3, to_hospital)).await;
    let wide_revoked = cost(
        &deployment,
        "consent.revoke, of an organisation",
        PATIENT,
        consent,
        &revoke(to_hospital, 3),
    )
    .await;
    cost(
        &deployment,
        "consent.check, 2 account and 1 other grant",
        CLINICIAN,
        consent,
        &question(now),
    )
    .await;

    for (given, taken) in [(&first, &last), (&second, &one_of_two), (&wide, &wide_revoked)] {
        assert!(taken.picoseconds <= given.picoseconds);
        assert!(
            taken.deposit < 0 && given.deposit > 0,
            "a revocation gives its deposit back"
        );
    }
}
