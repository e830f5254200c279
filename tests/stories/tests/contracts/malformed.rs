//! What is no message of the contracts: every such call fails as a whole and changes nothing.

use crate::deployment::{ADMIN, CLINICIAN, Deployment, PATIENT, grant, permit, question, set_key};
use aegle_rules::{AccountId, message::Message};

/// Larger than the 16 KiB of memory in which ink! reads input and storage.
const OVERLONG_BYTES: usize = 20_000;

async fn check_refuses(deployment: &Deployment, name: &str, contract: AccountId, data: &[u8], value: u128, why: &str) {
    let answer = deployment.raw(name, contract, data, value).await;
    // The first byte of what an ink! contract returns is 0 when it understood the message.
    let understood = answer.output.as_ref().is_ok_and(|data| data.first() == Some(&0));
    assert!(!understood, "{why}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_no_message_are_refused() {
    let deployment = Deployment::with_hospitals().await;
    let grant = grant(1, permit(deployment.now().await)).call_data();
    let check = question(0).call_data();
    for contract in [deployment.consortium, deployment.consent, deployment.ledger] {
        for (data, why) in [
            (&[][..], "no selector"),
            (&[0xde, 0xad][..], "half a selector"),
            (&[0xde, 0xad, 0xbe, 0xef][..], "an unknown selector"),
            (&[0x9b, 0xae, 0x9d, 0x5e][..], "the constructor's selector"),
        ] {
            check_refuses(&deployment, ADMIN, contract, data, 0, why).await;
        }
    }
    let overlong = [&check[..], &[0; OVERLONG_BYTES]].concat();
    check_refuses(
        &deployment,
        CLINICIAN,
        deployment.consent,
        &overlong,
        0,
        "overlong input",
    )
    .await;
    check_refuses(
        &deployment,
        CLINICIAN,
        deployment.consent,
        &check[..check.len() - 1],
        0,
        "short input",
    )
    .await;
    // The byte after selector and number says whether the grant permits or denies: 0 or 1.
    let mut neither = grant.clone();
    neither[8] = 2;
    check_refuses(
        &deployment,
        PATIENT,
        deployment.consent,
        &neither,
        0,
        "neither permit nor denial",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_takes_a_payment() {
    const PAYMENT: u128 = 1_000_000_000_000;
    let deployment = Deployment::with_hospitals().await;
    let grant = grant(1, permit(deployment.now().await)).call_data();
    for (name, contract, data) in [
        (PATIENT, deployment.consent, &grant),
        (CLINICIAN, deployment.consent, &question(0).call_data()),
        (PATIENT, deployment.consortium, &set_key().call_data()),
        (ADMIN, deployment.ledger, &crate::ledger::register().call_data()),
    ] {
        let free = deployment.raw(name, contract, data, 0).await;
        assert_eq!(
            free.output.as_ref().ok().and_then(|data| data.first()),
            Some(&0),
            "without a payment: {free:?}"
        );
        check_refuses(&deployment, name, contract, data, PAYMENT, "with a payment").await;
    }
}
