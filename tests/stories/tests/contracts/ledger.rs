//! Domains and batches.

use crate::deployment::{
    ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, PATIENT, STRANGER, account, deploy,
};
use aegle_rules::{
    BatchNumber, DomainId, Hash, OprfKey, Roles, Timestamp,
    consortium::Action,
    ledger::{
        LedgerError, MAX_BATCH_RECORDS,
        events::{Anchored, DomainRegistered, Event},
        messages::{Anchor, Batch, Domain, RegisterDomain, RotateKey},
    },
};

pub(crate) const DOMAIN: DomainId = DomainId(1);

pub(crate) fn register() -> RegisterDomain {
    RegisterDomain { key: OprfKey([8; 32]) }
}

pub(crate) fn anchor(expected: u32) -> Anchor {
    Anchor {
        domain: DOMAIN,
        expected: BatchNumber(expected),
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        records: 1_000,
        manifest: Hash([3; 32]),
    }
}

fn event(receipt: &aegle_client::chain::Receipt) -> Event {
    let [event] = &receipt.events[..] else {
        panic!("one event: {receipt:?}")
    };
    Event::decode(&event.topic.expect("every event is signed"), &event.data)
        .expect("it decodes")
        .expect("known")
}

#[tokio::test(flavor = "multi_thread")]
async fn only_organisation_admins_register_domains() {
    let deployment = Deployment::with_hospitals().await;
    for name in [COMMITTEE, CLINICIAN, PATIENT, STRANGER] {
        let answer = deployment.dry_run(name, deployment.ledger, &register()).await;
        assert_eq!(answer, Err(LedgerError::NotCustodian), "{name}");
    }
    let zero = RegisterDomain { key: OprfKey([0; 32]) };
    assert_eq!(
        deployment.refused(ADMIN, deployment.ledger, &zero).await,
        LedgerError::InvalidKey
    );
    let receipt = deployment.send(ADMIN, deployment.ledger, &register()).await;
    let registered = DomainRegistered {
        domain: DOMAIN,
        custodian: HOSPITAL,
        key: register().key,
    };
    assert_eq!(event(&receipt), Event::DomainRegistered(registered));
    let domain = deployment
        .dry_run(STRANGER, deployment.ledger, &Domain { id: DOMAIN })
        .await
        .expect("registered");
    assert_eq!(
        (domain.custodian, domain.next_batch, domain.epoch, domain.key),
        (HOSPITAL, 0, 0, register().key)
    );
    assert_eq!(
        deployment
            .dry_run(STRANGER, deployment.ledger, &Domain { id: DomainId(2) })
            .await,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_that_of_two_domains_or_of_two_epochs() {
    let deployment = Deployment::with_hospitals().await;
    let ledger = deployment.ledger;
    deployment.send(ADMIN, ledger, &register()).await;
    for name in [ADMIN, OTHER_ADMIN] {
        let answer = deployment.refused(name, ledger, &register()).await;
        assert_eq!(answer, LedgerError::KeyTaken, "{name}");
    }
    let domains = async || deployment.dry_run(STRANGER, ledger, &Domain { id: DomainId(2) }).await;
    assert_eq!(domains().await, None, "no domain was registered");
    let rotate = |domain, byte| RotateKey {
        domain: DomainId(domain),
        key: OprfKey([byte; 32]),
    };
    let answer = deployment.refused(ADMIN, ledger, &rotate(1, 8)).await;
    assert_eq!(answer, LedgerError::KeyTaken, "the key that it has");
    deployment.send(ADMIN, ledger, &rotate(1, 9)).await;
    let answer = deployment.refused(ADMIN, ledger, &rotate(1, 8)).await;
    assert_eq!(answer, LedgerError::KeyTaken, "the key that it had");
    let other = RegisterDomain { key: OprfKey([7; 32]) };
    deployment.send(OTHER_ADMIN, ledger, &other).await;
    for taken in [7, 8, 9] {
        let answer = deployment.refused(OTHER_ADMIN, ledger, &rotate(2, taken)).await;
        assert_eq!(answer, LedgerError::KeyTaken, "{taken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_of_the_custodian_anchor() {
    let deployment = Deployment::with_hospitals().await;
    deployment.send(ADMIN, deployment.ledger, &register()).await;
    for (message, expected) in [
        (
            Anchor {
                records: 0,
                ..anchor(0)
            },
            LedgerError::InvalidSize,
        ),
        (
            Anchor {
                records: MAX_BATCH_RECORDS + 1,
                ..anchor(0)
            },
            LedgerError::InvalidSize,
        ),
        (
            Anchor {
                domain: DomainId(2),
                ..anchor(0)
            },
            LedgerError::UnknownDomain,
        ),
    ] {
        assert_eq!(
            deployment.refused(ADMIN, deployment.ledger, &message).await,
            expected,
            "{message:?}"
        );
    }
    for name in [COMMITTEE, CLINICIAN, PATIENT, OTHER_ADMIN, STRANGER] {
        let answer = deployment.dry_run(name, deployment.ledger, &anchor(0)).await;
        assert_eq!(answer, Err(LedgerError::NotCustodian), "{name}");
    }
    let allowed = async |name: &str| deployment.dry_run(name, deployment.ledger, &anchor(0)).await.is_ok();
    assert!(allowed(ADMIN).await);
    deployment.enact(Action::Suspend { organisation: HOSPITAL }).await;
    assert!(!allowed(ADMIN).await, "the hospital is suspended");
    deployment.enact(Action::Reinstate { organisation: HOSPITAL }).await;
    assert!(allowed(ADMIN).await);
    deployment
        .set_role(CLINICIAN, Roles::ORGANISATION_ADMIN, HOSPITAL, Timestamp::MAX)
        .await;
    assert!(allowed(CLINICIAN).await, "a second admin of the same hospital");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_one_gets_the_number_and_the_other_learns_the_next() {
    let deployment = Deployment::with_hospitals().await;
    deployment.send(ADMIN, deployment.ledger, &register()).await;
    let before = deployment.now().await;
    let message = anchor(0);
    let receipt = deployment.send(ADMIN, deployment.ledger, &message).await;
    let Anchor {
        domain,
        record_root,
        index_commitment,
        records,
        manifest,
        ..
    } = message.clone();
    let batch = BatchNumber(0);
    let anchored = Anchored {
        domain,
        batch,
        record_root,
        index_commitment,
        records,
        manifest,
    };
    assert_eq!(event(&receipt), Event::Anchored(anchored));

    let taken = LedgerError::BatchTaken { next: 1 };
    assert_eq!(deployment.refused(ADMIN, deployment.ledger, &message).await, taken);
    assert_eq!(
        deployment.refused(ADMIN, deployment.ledger, &anchor(2)).await,
        taken,
        "no number is left out"
    );
    deployment.send(ADMIN, deployment.ledger, &anchor(1)).await;

    let batch_at = async |number| {
        let message = Batch {
            domain: DOMAIN,
            number: BatchNumber(number),
        };
        deployment.dry_run(STRANGER, deployment.ledger, &message).await
    };
    let first = batch_at(0).await.expect("anchored");
    assert_eq!(
        (first.record_root, first.index_commitment, first.manifest),
        (record_root, index_commitment, manifest)
    );
    assert_eq!((first.records, first.version), (records, 0));
    assert!(first.anchored_at >= before);
    assert!(batch_at(1).await.is_some());
    assert_eq!(batch_at(2).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_consortium_that_tells_of_roles_nothing_is_registered() {
    let deployment = Deployment::with_hospitals().await;
    for consortium in [account(STRANGER), deployment.consent] {
        let ledger = deploy(&deployment.chain, "ledger", consortium).await;
        let answer = deployment.dry_run(ADMIN, ledger, &register()).await;
        assert_eq!(answer, Err(LedgerError::NotCustodian), "{consortium}");
    }
}
