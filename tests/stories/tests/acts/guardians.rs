//! Two of three guardians act for a patient.

use super::{DAY_MS, EVERYTHING, history, world};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    guardian::{self, GuardianError},
    history::{IncompleteError, consents, grants, pending_acts, prove_complete},
    patient::Patient,
    remote::RemoteError,
};
use aegle_crypto::{classes::Class, seed::Seed};
use aegle_rules::{
    AccountId, Purposes,
    consent::{Acted, Authority, CONTROL_DELAY_MS, Call, Guardians},
};
use aegle_stories::world::{Person, SearchFailure, World};
use std::time::Duration;

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
        authority: Authority::Acting,
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

/// How many records of a patient an account finds as the patient would; `None` where it gets no token.
async fn found(world: &World, person: &Person, key: &AccountKey) -> Option<usize> {
    let request = world
        .search_request(key.account(), person, EVERYTHING, Purposes::PATRQT)
        .await;
    let request = match request {
        Ok(request) => request,
        Err(SearchFailure::Token(_)) => return None,
        Err(error) => panic!("{error}"),
    };
    let answer = world.deployment().aegle().indexer.search(key, &request).await;
    Some(answer.unwrap().hits.len())
}

fn alone(guardian: AccountId, until: u64, authority: Authority) -> Guardians {
    Guardians {
        accounts: vec![guardian],
        threshold: 1,
        until,
        authority,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_finds_the_records_of_her_infant_and_the_history_is_whole() {
    let world = world().await;
    let person = &world.people[0];
    let aegle = world.deployment().aegle();
    let mother = world.deployment().account().await.unwrap();
    let until = aegle.chain.finalized().await.unwrap().timestamp + 30 * DAY_MS;
    let own = person.patient.key();
    assert_eq!(found(&world, person, &mother).await, None);
    assert_eq!(found(&world, person, own).await, Some(2));

    world
        .grant(person, world.clinician(), &[Class::Laboratory])
        .await
        .unwrap();
    let named = alone(mother.account(), until, Authority::Exclusive);
    person.patient.set_guardians(&aegle, named).await.unwrap();
    assert_eq!(found(&world, person, &mother).await, None, "not for three days");
    let waited = Duration::from_millis(CONTROL_DELAY_MS);
    world.deployment().advance(waited).await.unwrap();
    assert_eq!(found(&world, person, &mother).await, Some(2), "she reads all of it");
    assert_eq!(
        found(&world, person, own).await,
        None,
        "nobody does with the infant's key"
    );
    let done = guardian::act(&aegle, &mother, person.account(), Call::RevokeAll).await;
    assert_eq!(done.unwrap().outcome, Acted::Done);

    // What was told of the patient is proved to be all of it, and a part of it is not.
    let (told, head) = history(&world).await;
    let whole = prove_complete(&aegle, &head, &told, person.account()).await.unwrap();
    assert_eq!(whole.events as usize, consents(&told, person.account()).count());
    assert_eq!(whole.events, 4, "marked, granted, named, ended");
    for left_out in 0..told.events.len() {
        let mut part = told.clone();
        let event = part.events.remove(left_out);
        let ours = consents(&told, person.account()).any(|(dated, _)| *dated == event);
        let proved = prove_complete(&aegle, &head, &part, person.account()).await;
        assert_eq!(
            matches!(proved, Err(IncompleteError::Count { found: 3, told: 4 })),
            ours,
            "{event:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_phone_reads_and_grants_and_the_lost_one_does_not() {
    let world = world().await;
    let person = &world.people[0];
    let aegle = world.deployment().aegle();
    let friend = world.deployment().account().await.unwrap();
    let until = aegle.chain.finalized().await.unwrap().timestamp + 30 * DAY_MS;
    let named = alone(friend.account(), until, Authority::Acting);
    person.patient.set_guardians(&aegle, named).await.unwrap();

    // The words are on paper; the thief has the account's key too.
    let restored = Seed::from_phrase(&person.seed.to_phrase()).unwrap().master_secret();
    let key = world.deployment().account().await.unwrap();
    let call = Call::ReplaceController {
        controller: key.account(),
    };
    guardian::act(&aegle, &friend, person.account(), call).await.unwrap();
    assert_eq!(found(&world, person, &key).await, None, "not for three days");
    let waited = Duration::from_millis(CONTROL_DELAY_MS);
    world.deployment().advance(waited).await.unwrap();
    assert_eq!(found(&world, person, &key).await, Some(2));
    assert_eq!(
        found(&world, person, person.patient.key()).await,
        None,
        "it was replaced"
    );
    let lost = person.patient.disclosures(&aegle).await;
    assert!(lost.is_err(), "a replaced key reads no log");
    let (old, clinician) = (&person.patient, world.clinician());
    let refused = world.grant(person, clinician, &[Class::Laboratory]).await;
    assert!(refused.is_err(), "nor does it grant");
    assert_eq!(old.account(), person.account());

    let patient = Patient::controlled(person.account(), key, restored);
    let log = patient.disclosures(&aegle).await;
    assert!(log.is_ok(), "{:?}", log.err().map(|error| error.to_string()));
    let head = aegle.chain.finalized().await.unwrap();
    let request = aegle_client::patient::GrantRequest {
        grantee: clinician.key().account(),
        purposes: Purposes::TREAT,
        classes: &[Class::Laboratory],
        confidentiality: aegle_rules::Confidentiality::VeryRestricted,
        from: head.timestamp,
        until: head.timestamp + DAY_MS,
        delegable: false,
        document: br#"{"resourceType":"Consent","status":"active"}"#,
    };
    let granted = patient.grant(&aegle, &request).await.unwrap();
    let hits = world.search(clinician, person, EVERYTHING).await.unwrap();
    assert_eq!(hits.len(), 1);
    // The parts of the keys were deposited by the new key, for the old account: the record opens.
    let opened = clinician.open(&aegle, person.records[0], Purposes::TREAT).await;
    assert!(opened.is_ok(), "grant {}: {:?}", granted.id, opened.err());
    let stranger = aegle.indexer.disclosures(&friend, person.account()).await;
    assert!(matches!(stranger, Err(RemoteError::Refused { .. })), "{stranger:?}");
}
