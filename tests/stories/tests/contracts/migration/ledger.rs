//! The ledger, while batches stand.

use super::{MAX_MOVED, goes_over, has_no_way_back};
use crate::{
    deployment::{ADMIN, Deployment, HOSPITAL, OTHER_ADMIN, STRANGER},
    ledger::{DOMAIN, anchor, register},
};
use aegle_rules::{
    BatchNumber, DomainId, Hash,
    consortium::{Action, Which},
    ledger::{
        self, ErasureReason, LedgerError,
        messages::{Anchor, Batch, Domain, Fate, Relabel, RequestErasure},
    },
    message::Message,
};
use scale::Encode;

/// The message by which the other layout moves what is kept in the one before.
#[derive(Clone, Debug, Encode)]
struct Migrate {
    domain: DomainId,
    numbers: Vec<BatchNumber>,
}

impl Message for Migrate {
    const SELECTOR: [u8; 4] = [0x06, 0x0d, 0x3f, 0x51];
    const NAME: &'static str = "migrate";
    type Output = Result<u32, LedgerError>;
}

/// Batches that differ in everything that may differ.
fn batch(number: u8) -> Anchor {
    Anchor {
        record_root: Hash([number + 1; 32]),
        index_commitment: Hash([number + 101; 32]),
        manifest: Hash([number + 201; 32]),
        records: u32::from(number) + 7,
        ..anchor(number.into())
    }
}

fn migrate(numbers: impl IntoIterator<Item = u32>) -> Migrate {
    Migrate {
        domain: DOMAIN,
        numbers: numbers.into_iter().map(BatchNumber).collect(),
    }
}

fn relabel(batch: u32, version: u16) -> Relabel {
    Relabel {
        domain: DOMAIN,
        batch: BatchNumber(batch),
        version,
        index_commitment: Hash([77; 32]),
    }
}

/// What the ledger says of the first batches.
async fn batches(deployment: &Deployment) -> Vec<Option<ledger::Batch>> {
    let mut said = Vec::new();
    for number in 0..5 {
        let message = Batch {
            domain: DOMAIN,
            number: BatchNumber(number),
        };
        said.push(deployment.dry_run(STRANGER, deployment.ledger, &message).await);
    }
    said
}

async fn next_batch(deployment: &Deployment) -> u32 {
    let domain = deployment
        .dry_run(STRANGER, deployment.ledger, &Domain { id: DOMAIN })
        .await;
    domain.expect("registered").next_batch
}

#[tokio::test(flavor = "multi_thread")]
async fn anchored_batches_survive_an_upgrade_to_another_layout_that_moves_them_bit_by_bit() {
    let deployment = Deployment::with_time().await;
    let ledger = deployment.ledger;
    deployment.send(ADMIN, ledger, &register()).await;
    for number in 0..3 {
        deployment.send(ADMIN, ledger, &batch(number)).await;
    }
    deployment.send(ADMIN, ledger, &relabel(1, 1)).await;
    let erasure = RequestErasure {
        domain: DOMAIN,
        batch: BatchNumber(2),
        records: vec![4],
        reason: ErasureReason::PatientRequest,
    };
    deployment.send(ADMIN, ledger, &erasure).await;
    let fate = async |index| {
        let (domain, batch) = (DOMAIN, BatchNumber(2));
        deployment
            .dry_run(STRANGER, ledger, &Fate { domain, batch, index })
            .await
    };
    let (before, fates) = (batches(&deployment).await, [fate(4).await, fate(3).await]);
    assert_eq!(before.iter().flatten().count(), 3);
    assert_ne!(fates[0], fates[1]);

    let contract = Which::Ledger;
    let old_code = goes_over(&deployment, contract, "ledger").await;

    // Nothing was moved, and everything is as before; the committee's acts reach it.
    assert_eq!(batches(&deployment).await, before);
    let fates_now = [fate(4).await, fate(3).await];
    assert_eq!(fates_now[1], fates[1]);
    assert_ne!(fates_now[0], fates_now[1], "what was to be erased is");
    assert_eq!(next_batch(&deployment).await, 3);
    let organisation = HOSPITAL;
    deployment.enact(Action::Suspend { organisation }).await;
    let answer = deployment.refused(ADMIN, ledger, &batch(3)).await;
    assert_eq!(answer, LedgerError::NotCustodian);
    deployment.enact(Action::Reinstate { organisation }).await;

    // Batches go on after one that was not moved, and numbers that it has are taken.
    let taken = LedgerError::BatchTaken { next: 3 };
    for number in [0, 2] {
        assert_eq!(
            deployment.refused(ADMIN, ledger, &batch(number)).await,
            taken,
            "{number}"
        );
    }
    assert_eq!(batches(&deployment).await, before, "and nothing of it was replaced");
    let answer = deployment.refused(OTHER_ADMIN, ledger, &batch(3)).await;
    assert_eq!(answer, LedgerError::NotCustodian);
    deployment.send(ADMIN, ledger, &batch(3)).await;
    assert_eq!(next_batch(&deployment).await, 4);

    // In the middle of it: one is moved by itself, one by being written, the others are not.
    for too_many in [migrate([]), migrate(0..=MAX_MOVED)] {
        let answer = deployment.dry_run(STRANGER, ledger, &too_many).await;
        assert_eq!(answer, Err(LedgerError::TooMany));
    }
    let moves = async |message| deployment.dry_run(STRANGER, ledger, &message).await;
    assert_eq!(
        moves(migrate([0, 3, 4])).await,
        Ok(1),
        "one is kept so already, and one is not there"
    );
    deployment.send(STRANGER, ledger, &migrate([0])).await;
    assert_eq!(moves(migrate([0])).await, Ok(0), "it is moved once");
    let wrong = deployment.refused(ADMIN, ledger, &relabel(1, 1)).await;
    assert_eq!(wrong, LedgerError::WrongVersion { next: 2 });
    deployment.send(ADMIN, ledger, &relabel(1, 2)).await;
    assert_eq!(moves(migrate(0..3)).await, Ok(1), "what was written was moved by that");
    let now = batches(&deployment).await;
    assert_eq!([now[0], now[2]], [before[0], before[2]]);
    let (was, is) = (before[1].expect("anchored"), now[1].expect("anchored"));
    assert_eq!((is.version, is.record_root), (2, was.record_root));

    // The rest.
    deployment.send(STRANGER, ledger, &migrate(0..4)).await;
    assert_eq!(moves(migrate(0..4)).await, Ok(0));
    assert_eq!(batches(&deployment).await, now);
    assert_eq!(
        deployment.refused(ADMIN, ledger, &batch(0)).await,
        LedgerError::BatchTaken { next: 4 }
    );
    deployment.send(ADMIN, ledger, &batch(4)).await;
    assert_eq!([fate(4).await, fate(3).await], fates_now);

    has_no_way_back(&deployment, contract, old_code).await;
    assert_eq!(batches(&deployment).await[..4], now[..4]);
}
