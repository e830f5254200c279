//! A connection to the chain that breaks.

use crate::deployment::{Deployment, PATIENT, STRANGER, account, key, set_key};
use aegle_client::{chain::Chain, native::ChainClient};
use aegle_rules::consortium::messages::KeyOf;
use aegle_stories::wire::Wire;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_connects_again_and_only_what_was_asked_meanwhile_fails() {
    let deployment = Deployment::with_hospitals().await;
    let wire = Wire::to(&deployment.url);
    let client = ChainClient::connect(&wire.url()).await.expect("the chain is there");
    let another = client.clone();
    client.finalized().await.expect("an answer");
    wire.cut(Duration::ZERO);
    assert!(client.finalized().await.is_err(), "the connection broke");
    another.finalized().await.expect("it was made again, for every clone");

    wire.cut(Duration::from_millis(50));
    let broken = client.call(&key(PATIENT), deployment.consortium, &set_key()).await;
    assert!(broken.is_err());
    let (version, _) = client
        .call(&key(PATIENT), deployment.consortium, &set_key())
        .await
        .expect("a transaction");
    assert_eq!(version, 1, "what failed was not carried out");
    let entry = KeyOf {
        account: account(PATIENT),
    };
    let kept = deployment.dry_run(STRANGER, deployment.consortium, &entry).await;
    assert_eq!(kept.map(|entry| entry.version), Some(1));
}
