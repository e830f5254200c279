//! A patient may publish new keys while records are taken in: what is sealed from then on is sealed to those.

use super::Site;
use aegle_client::{chain::Chain, native::intake::Cards};
use aegle_crypto::classes::Class;
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

    // One publishes anew, and of the other every slot moves on.
    let (renewed, moved) = (&site.world.people[0].patient, &site.world.people[1].patient);
    renewed.enrol(&aegle).await.unwrap();
    cards.forget_changed(&aegle, hospital.custodian(), &ids).await.unwrap();
    let same = cards.enrolled(&aegle, hospital.custodian(), "p1").await.unwrap();
    assert!(
        Arc::ptr_eq(&before[1], &same),
        "keys that are the same are not fetched again"
    );
    moved.revoke_all(&aegle).await.unwrap();
    cards.forget_changed(&aegle, hospital.custodian(), &ids).await.unwrap();
    let mut after = Vec::new();
    for id in &ids {
        after.push(cards.enrolled(&aegle, hospital.custodian(), id).await.unwrap());
    }
    assert_ne!(before[0].entry(), after[0].entry());
    assert_eq!(before[1].entry(), after[1].entry(), "the same keys, and others of them");
    let class = Class::Laboratory;
    assert_eq!(before[1].key(class).unwrap().epoch, 0);
    assert_eq!(after[1].key(class).unwrap().epoch, 1);
    let head = deployment.chain().finalized().await.unwrap();
    let epochs = aegle.epochs(&head, moved.account()).await.unwrap();
    assert_eq!(after[1].epochs(), &epochs);
}
