//! A patient may publish new keys while records are taken in: what is sealed from then on is sealed to those.

use super::Site;
use aegle_client::{chain::Chain, native::intake::Cards};
use aegle_protocol::keys::{EncryptionSecret, KeyBundle};
use aegle_rules::consortium::messages::SetKey;
use std::{collections::BTreeSet, sync::Arc};

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_published_anew_are_fetched_anew() {
    let site = Site::start(2).await;
    let (deployment, hospital) = (site.world.deployment(), site.world.hospital());
    let aegle = deployment.aegle();
    let mut cards = Cards::default();
    cards.add_file(&site.file("patients")).unwrap();
    let ids: BTreeSet<String> = ["p0", "p1"].map(str::to_owned).into();
    let mut before = Vec::new();
    for id in &ids {
        before.push(cards.enrolled(&aegle, hospital.custodian(), id).await.unwrap());
    }

    // The next epoch of every slot.
    let patient = &site.world.people[0].patient;
    let genesis = aegle.contracts.genesis;
    let now = deployment.chain().finalized().await.unwrap().timestamp;
    let bundle: KeyBundle = patient
        .master()
        .key_bundle(genesis, patient.key().account(), now, |_| 1);
    let key = EncryptionSecret::public_key(&patient.master().encryption_secret(&genesis));
    let set_key = SetKey {
        key,
        bundle: bundle.hash(),
    };
    let consortium = aegle.contracts.consortium;
    deployment
        .chain()
        .call(patient.key(), consortium, &set_key)
        .await
        .unwrap();
    aegle.indexer.put_keys(patient.key(), &bundle).await.unwrap();

    cards.forget_changed(&aegle, &ids).await.unwrap();
    let mut after = Vec::new();
    for id in &ids {
        after.push(cards.enrolled(&aegle, hospital.custodian(), id).await.unwrap());
    }
    assert_ne!(before[0].entry(), after[0].entry());
    assert_eq!(after[0].entry().bundle, bundle.hash());
    assert!(
        Arc::ptr_eq(&before[1], &after[1]),
        "keys that are the same are not fetched again"
    );
}
