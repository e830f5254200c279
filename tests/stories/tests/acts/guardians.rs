//! Two of three guardians act for a patient.

use super::{DAY_MS, EVERYTHING, history, world};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    guardian::{self, GuardianError},
    history::{grants, pending_acts},
};
use aegle_crypto::classes::Class;
use aegle_rules::consent::{Acted, Call, Guardians};

#[tokio::test(flavor = "multi_thread")]
async fn two_guardians_of_three_revoke_what_the_patient_granted() {
    let world = world().await;
    let (person, clinician) = (&world.people[0], world.clinician());
    let aegle = world.deployment().aegle();
    let mut keys: Vec<AccountKey> = Vec::new();
    for _ in 0..3 {
        keys.push(world.deployment().account().await.unwrap());
    }
    let guardians = Guardians {
        accounts: keys.iter().map(AccountKey::account).collect(),
        threshold: 2,
        until: aegle.chain.finalized().await.unwrap().timestamp + DAY_MS,
    };
    person.patient.set_guardians(&aegle, guardians.clone()).await.unwrap();
    assert_eq!(
        guardian::guardians_of(&aegle, person.account()).await.unwrap(),
        guardians
    );
    world.grant(person, clinician, &[Class::Laboratory]).await.unwrap();
    assert_eq!(world.search(clinician, person, EVERYTHING).await.unwrap().len(), 1);

    let refused = guardian::act(&aegle, clinician.key(), person.account(), Call::RevokeAll).await;
    assert!(matches!(refused, Err(GuardianError::NotGuardian { .. })), "{refused:?}");
    let begun = guardian::act(&aegle, &keys[0], person.account(), Call::RevokeAll)
        .await
        .unwrap();
    assert_eq!((begun.outcome, begun.threshold), (Acted::Pending { votes: 1 }, 2));
    let (told, head) = history(&world).await;
    let waiting = pending_acts(&told, person.account(), head.timestamp);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].votes, [keys[0].account()]);
    assert_eq!(
        world.search(clinician, person, EVERYTHING).await.unwrap().len(),
        1,
        "one is not enough"
    );

    // The second guardian gets it as bytes.
    let call = guardian::decode(&guardian::encode(&Call::RevokeAll)).unwrap();
    let done = guardian::act(&aegle, &keys[2], person.account(), call).await.unwrap();
    assert_eq!(done.outcome, Acted::Done);
    assert!(world.search(clinician, person, EVERYTHING).await.is_err());
    let (told, head) = history(&world).await;
    assert_eq!(pending_acts(&told, person.account(), head.timestamp), []);
    assert_eq!(
        grants(&aegle, &head, &told, person.account()).await.unwrap(),
        [],
        "what revoke_all ended is not listed"
    );
}
