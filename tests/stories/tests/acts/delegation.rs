//! Passing on what a patient granted, and taking it back.

use super::{DAY_MS, EVERYTHING, history, world};
use aegle_client::{
    chain::{CallError, Chain},
    clinician::{
        delegation::{Delegation, DelegationError, delegate, undelegate},
        reader::{OpeningError, Reader},
    },
    custodian::TokenRefusal,
    history::grants,
    patient::GrantRequest,
    remote::RemoteError,
};
use aegle_crypto::classes::Class;
use aegle_protocol::record::RecordId;
use aegle_rules::{
    Confidentiality, GrantId, Purposes, Slots,
    consent::{ConsentError, Denial},
};
use aegle_stories::world::{SearchFailure, World, reader};

async fn found(world: &World, reader: &Reader) -> Vec<RecordId> {
    let hits = world
        .search(reader, &world.people[0], EVERYTHING)
        .await
        .expect("an answer");
    hits.iter().map(|hit| hit.record).collect()
}

async fn finds_nothing(world: &World, reader: &Reader) -> bool {
    let searched = world.search(reader, &world.people[0], EVERYTHING).await;
    // What was passed on, and fell, may have been narrowed by what its delegator is denied: that nothing is permitted is then known
    // of what was asked alone.
    matches!(
        searched,
        Err(SearchFailure::Token(
            TokenRefusal::Denied(Denial::NoGrant) | TokenRefusal::TooNarrow
        ))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_passed_on_twice_finds_records_until_it_is_taken_back() {
    let world = world().await;
    let (person, mia) = (&world.people[0], world.clinician());
    let aegle = world.deployment().aegle();
    let from = aegle.chain.finalized().await.unwrap().timestamp;
    let request = GrantRequest {
        grantee: mia.key().account(),
        purposes: Purposes::TREAT,
        classes: &[Class::Laboratory],
        confidentiality: Confidentiality::Normal,
        from,
        until: from + 30 * DAY_MS,
        delegable: true,
        document: b"{}",
    };
    let granted = person.patient.grant(&aegle, &request).await.unwrap();
    let (ben, cleo) = (
        reader(world.deployment()).await.unwrap(),
        reader(world.deployment()).await.unwrap(),
    );
    for colleague in [&ben, &cleo] {
        world.employ(colleague).await.unwrap();
        assert!(finds_nothing(&world, colleague).await);
    }
    let to_ben = Delegation {
        patient: person.account(),
        grant: granted.id,
        to: ben.key().account(),
        purposes: None,
        slots: None,
        until: Some(from + 7 * DAY_MS),
        delegable: true,
    };
    let stranger = reader(world.deployment()).await.unwrap();
    let refused = delegate(&aegle, stranger.key(), &to_ben).await;
    assert!(matches!(refused, Err(DelegationError::Role(_))), "{refused:?}");
    let refused = delegate(&aegle, ben.key(), &to_ben).await;
    assert!(matches!(refused, Err(DelegationError::NoGrant { .. })), "{refused:?}");
    let everything = Delegation {
        slots: Some(Slots::ALL),
        ..to_ben
    };
    let refused = delegate(&aegle, mia.key(), &everything).await;
    assert!(
        matches!(
            refused,
            // The patient's specially protected slots are refused before what is wider.
            Err(DelegationError::Contract(CallError::Refused(
                ConsentError::WiderThanParent | ConsentError::RestrictedTogether
            )))
        ),
        "{refused:?}"
    );

    let bens = delegate(&aegle, mia.key(), &to_ben).await.unwrap();
    assert_eq!(bens.id, GrantId(GrantId::DELEGATED | 1));
    assert_eq!(found(&world, &ben).await, [person.records[0]]);
    let opened = ben.open(&aegle, person.records[0], Purposes::TREAT).await;
    assert!(
        matches!(opened, Err(OpeningError::Indexer(RemoteError::NotFound))),
        "no key was split for it"
    );
    let to_cleo = Delegation {
        grant: bens.id,
        to: cleo.key().account(),
        until: None,
        delegable: false,
        ..to_ben
    };
    let cleos = delegate(&aegle, ben.key(), &to_cleo).await.unwrap();
    assert_eq!(
        cleos.terms.until,
        from + 7 * DAY_MS,
        "never later than what it is a part of"
    );
    assert_eq!(found(&world, &cleo).await, [person.records[0]]);
    let on = Delegation {
        grant: cleos.id,
        to: stranger.key().account(),
        ..to_cleo
    };
    let refused = delegate(&aegle, cleo.key(), &on).await;
    assert!(
        matches!(refused, Err(DelegationError::NotDelegable(id)) if id == cleos.id),
        "{refused:?}"
    );

    let (told, head) = history(&world).await;
    let listed = grants(&aegle, &head, &told, person.account()).await.unwrap();
    let by: Vec<_> = listed.iter().map(|held| (held.id, held.passed_on_by)).collect();
    assert_eq!(
        by,
        [
            (granted.id, None),
            (bens.id, Some(mia.key().account())),
            (cleos.id, Some(ben.key().account()))
        ]
    );

    let refused = undelegate(&aegle, cleo.key(), person.account(), bens.id, ben.key().account()).await;
    assert!(matches!(refused, Err(CallError::Refused(ConsentError::NotDelegator))));
    undelegate(&aegle, mia.key(), person.account(), bens.id, ben.key().account())
        .await
        .unwrap();
    for colleague in [&ben, &cleo] {
        assert!(
            finds_nothing(&world, colleague).await,
            "it falls with what it is a part of"
        );
    }
    assert_eq!(found(&world, mia).await, [person.records[0]], "one's own stands");
}
