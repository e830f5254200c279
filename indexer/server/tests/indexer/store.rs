//! What Postgres is trusted with, without a chain: events in, projections out, once and for all.
mod history;

pub(crate) use history::{CLINICIAN, CONTRACTS, PATIENT, block, emit, history};

use crate::support::{database::TestDatabase, sealed::AUTHORED_AT};
use aegle_chain::ChainError;
use aegle_indexer::store::{CommitError, ShareStored, SplitTerms, StoreError};
use aegle_protocol::Contracts;
use aegle_rules::{
    BatchNumber, DomainId, GrantId, Hash, OrganisationId, Roles,
    consent::{Grantee, Parent, events as consent},
    consortium::{Role, events as consortium},
};
use history::{ADMIN, terms};
use scale::Encode;

/// Of a grant that stands for long.
const SPLIT: SplitTerms = SplitTerms {
    version: 1,
    until: u64::MAX,
};

#[tokio::test(flavor = "multi_thread")]
async fn storing_blocks_again_changes_nothing() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    let first = database.projections().await;
    assert!(first.len() >= 8, "{first:?}");
    // The whole history, a piece from its middle, and one block by itself.
    for again in [&history()[..], &history()[1..3], &history()[2..3], &history()[3..]] {
        store.commit_blocks(&CONTRACTS, again).await.unwrap();
        assert_eq!(
            database.projections().await,
            first,
            "projections after {} blocks again",
            again.len()
        );
    }
    let counters = store.counters().await.unwrap();
    assert_eq!((counters.events, counters.unknown_events), (12, 1));
    assert_eq!(store.checkpoint().await.unwrap().unwrap().number, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn projections_can_be_rebuilt_from_the_events() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    let standings = store.standings(&CLINICIAN, AUTHORED_AT).await.unwrap();
    let [standing] = standings[..] else {
        panic!("one role, not {standings:?}")
    };
    assert_eq!(
        (standing.roles, standing.organisation),
        (Roles::CLINICIAN, OrganisationId(1))
    );
    assert_eq!(store.standings(&ADMIN, AUTHORED_AT).await.unwrap(), []);
    assert_eq!(store.grant_terms(&PATIENT, GrantId(1)).await.unwrap(), None);
    assert_eq!(store.grant_terms(&PATIENT, GrantId(2)).await.unwrap(), Some(terms()));
    assert_eq!(store.domain(DomainId(1)).await.unwrap().unwrap().batches, 1);
    assert_eq!(
        store
            .anchor(DomainId(1), BatchNumber(0))
            .await
            .unwrap()
            .unwrap()
            .anchored_at,
        AUTHORED_AT + 2
    );
    assert_eq!(store.anchor(DomainId(1), BatchNumber(1)).await.unwrap(), None);

    let before = database.projections().await;
    database
        .connect()
        .await
        .batch_execute("delete from grants; update roles set roles = 127; delete from anchors")
        .await
        .unwrap();
    assert_ne!(database.projections().await, before);
    assert_eq!(store.rebuild_projections(&CONTRACTS).await.unwrap(), 12);
    assert_eq!(database.projections().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn projections_of_another_release_are_made_again() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.claim(&CONTRACTS).await.unwrap();
    assert_eq!(
        store.commit_blocks(&CONTRACTS, &history()).await.unwrap(),
        1,
        "event that is not known"
    );
    let expected = database.projections().await;
    let client = database.connect().await;
    let other = "update deployment set projections = 0; delete from grants";
    // Or the last release did not know what this one does.
    let unknown = "update events set known = false where block = 2; delete from grants";
    for earlier in [other, unknown] {
        client.batch_execute(earlier).await.unwrap();
        for _ in 0..2 {
            store.renew_projections(&CONTRACTS).await.unwrap();
            assert_eq!(database.projections().await, expected, "after {earlier}");
        }
        assert_eq!(store.counters().await.unwrap().unknown_events, 1);
    }
    // What is of this release is left alone.
    client.batch_execute("delete from grants").await.unwrap();
    store.renew_projections(&CONTRACTS).await.unwrap();
    assert_ne!(database.projections().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_that_were_passed_on_end_with_all_others() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    let passed_on = |number| GrantId(GrantId::DELEGATED | number);
    let delegated = |number| {
        let event = consent::Delegated {
            patient: PATIENT,
            id: passed_on(number),
            version: 1,
            parent: Parent {
                grantee: Grantee::Account(CLINICIAN),
                id: GrantId(2),
            },
            by: CLINICIAN,
            terms: terms(),
        };
        emit!(consent, event, consent::Delegated)
    };
    let blocks = [block(4, vec![delegated(1), delegated(2)])];
    store.commit_blocks(&CONTRACTS, &blocks).await.unwrap();
    let all = [GrantId(2), passed_on(1), passed_on(2)];
    for id in all {
        assert_eq!(store.grant_terms(&PATIENT, id).await.unwrap(), Some(terms()), "{id}");
        let stored = store.add_share(&PATIENT, id, SPLIT, b"a deposit").await.unwrap();
        assert_eq!(stored, ShareStored::Stored, "share of {id}");
    }
    // The last one was passed on after the revocation was counted.
    let event = consent::AllRevoked {
        patient: PATIENT,
        granted: 2,
        delegated: 1,
        version: 2,
    };
    let revoked = emit!(consent, event, consent::AllRevoked);
    store
        .commit_blocks(&CONTRACTS, &[block(5, vec![revoked])])
        .await
        .unwrap();
    for (id, stands) in all.into_iter().zip([false, false, true]) {
        assert_eq!(store.grant_terms(&PATIENT, id).await.unwrap().is_some(), stands, "{id}");
        assert_eq!(
            store.share(&PATIENT, id).await.unwrap().is_some(),
            stands,
            "share of {id}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_valid_role_has_no_standing() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    let organisation = OrganisationId(1);
    let role = Role {
        roles: Roles::AUDITOR,
        organisation,
        until: 1_000,
    };
    let set = emit!(
        consortium,
        consortium::RoleSet { account: PATIENT, role },
        consortium::RoleSet
    );
    store.commit_blocks(&CONTRACTS, &[block(4, vec![set])]).await.unwrap();
    assert!(!store.standings(&PATIENT, 999).await.unwrap().is_empty());
    assert!(store.standings(&PATIENT, 1_000).await.unwrap().is_empty());
    let suspend = emit!(
        consortium,
        consortium::OrganisationSuspended { organisation },
        consortium::OrganisationSuspended
    );
    store
        .commit_blocks(&CONTRACTS, &[block(5, vec![suspend])])
        .await
        .unwrap();
    assert!(store.standings(&CLINICIAN, 1).await.unwrap().is_empty());
    let reinstate = emit!(
        consortium,
        consortium::OrganisationReinstated { organisation },
        consortium::OrganisationReinstated
    );
    store
        .commit_blocks(&CONTRACTS, &[block(6, vec![reinstate])])
        .await
        .unwrap();
    assert!(!store.standings(&CLINICIAN, 1).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_stores_nothing_of_its_blocks() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let mut blocks = history();
    blocks[2].events[0].data.push(0);
    let refused = store.commit_blocks(&CONTRACTS, &blocks).await;
    assert!(matches!(
        refused,
        Err(CommitError::Event(ChainError::Event { block: 2, index: 3, .. }))
    ));
    assert_eq!(store.checkpoint().await.unwrap(), None);
    assert_eq!(store.counters().await.unwrap().events, 0);
    assert!(database.projections().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_serves_one_deployment_and_one_indexer() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.claim(&CONTRACTS).await.unwrap();
    store.claim(&CONTRACTS).await.unwrap();
    let other = Contracts {
        genesis: Hash([2; 32]),
        ..CONTRACTS
    };
    assert!(
        matches!(store.claim(&other).await, Err(StoreError::OtherDeployment { genesis }) if genesis == Hash([1; 32]))
    );
    let taken = store.take(0).await.unwrap();
    assert!(matches!(store.take(0).await, Err(StoreError::InUse)));
    taken.lock.release().await.unwrap();
    let taken = store.take(0).await.unwrap();
    // A process that dies gives it back too, as soon as the server notices.
    drop(taken);
    store.take(0).await.unwrap();
}
