//! Which epoch a slot had when: taken from the events, as the contract counts it.
use crate::{
    store::{CLINICIAN, CONTRACTS, PATIENT, block, emit, history},
    support::database::TestDatabase,
};
use aegle_indexer::store::{EPOCH_GRACE_BLOCKS, SealedTo, ShareStored, SplitTerms, Store};
use aegle_protocol::{BlockNumber, Contracts};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, GrantId, Hash, Slot, Slots,
    consent::{Grantee, events as consent},
    ledger::events as ledger,
};
use scale::Encode;

const DOMAIN: DomainId = DomainId(1);
/// The slot of the tests' grants.
const SLOT: Slot = Slot(0);
/// The block in which the slot's first epoch ends: by the last event of the history.
const MOVED: BlockNumber = 3;

/// Commits the history, in whose last block a grant over [`SLOT`] is revoked.
async fn followed(database: &TestDatabase) -> Store {
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    store
}

/// Anchors a batch in a block.
async fn anchor(store: &Store, batch: u32, number: BlockNumber) {
    let event = ledger::Anchored {
        domain: DOMAIN,
        batch: BatchNumber(batch),
        record_root: Hash([1; 32]),
        index_commitment: Hash([2; 32]),
        records: 1,
        manifest: Hash([3; 32]),
    };
    let anchored = emit!(ledger, event, ledger::Anchored);
    store
        .commit_blocks(&CONTRACTS, &[block(number, vec![anchored])])
        .await
        .unwrap();
}

fn sealed_in(epoch: u16) -> SealedTo {
    SealedTo {
        patient: PATIENT,
        slot: SLOT,
        epoch,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_counts_by_the_block_of_its_anchor_whenever_it_is_sent() {
    let database = TestDatabase::new().await;
    let store = followed(&database).await;
    assert_eq!(store.slot_epochs(&PATIENT).await.unwrap()[0], 1);
    let last = MOVED + EPOCH_GRACE_BLOCKS;
    for (batch, number) in [(1, MOVED + 1), (2, last), (3, last + 1)] {
        anchor(&store, batch, number).await;
    }
    // Long after: nothing depends on when the batch is sent.
    for (batch, epoch, is_taken) in [
        (1, 0, true),
        (1, 1, true),
        (1, 2, false),
        (2, 0, true),
        (3, 0, false),
        (3, 1, true),
        (3, 2, false),
    ] {
        let sealed = [sealed_in(1), sealed_in(epoch)];
        let late = store
            .sealed_out_of_time(DOMAIN, BatchNumber(batch), &sealed)
            .await
            .unwrap();
        assert_eq!(
            late,
            (!is_taken).then_some(sealed_in(epoch)),
            "epoch {epoch} in batch {batch}"
        );
    }
    let others = [
        SealedTo {
            slot: Slot(1),
            ..sealed_in(0)
        },
        SealedTo {
            patient: AccountId([77; 32]),
            ..sealed_in(0)
        },
    ];
    assert_eq!(
        store.sealed_out_of_time(DOMAIN, BatchNumber(3), &others).await.unwrap(),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn epochs_move_as_the_contract_moves_them() {
    let database = TestDatabase::new().await;
    let store = followed(&database).await;
    let commit = async |number, events| {
        let contracts: &Contracts = &CONTRACTS;
        store.commit_blocks(contracts, &[block(number, events)]).await.unwrap();
        store.slot_epochs(&PATIENT).await.unwrap()
    };
    let (grant, grantee) = (GrantId(2), Grantee::Account(CLINICIAN));
    let revoked = |version| {
        let event = consent::Revoked {
            patient: PATIENT,
            id: grant,
            grantee,
            version,
        };
        emit!(consent, event, consent::Revoked)
    };
    // Taken back by who passed it on: the version stays, and so do the epochs.
    let epochs = commit(4, vec![revoked(1)]).await;
    assert_eq!(epochs[..3], [1, 0, 0]);
    let event = consent::EpochsAdvanced {
        patient: PATIENT,
        slots: Slots(0b110),
    };
    let advanced = emit!(consent, event, consent::EpochsAdvanced);
    assert_eq!(commit(5, vec![advanced]).await[..4], [1, 1, 1, 0]);
    // One that was ended before by all others, revoked by itself: its slots move on once more.
    assert_eq!(commit(6, vec![revoked(3)]).await[..4], [2, 1, 1, 0]);
    let event = consent::AllRevoked {
        patient: PATIENT,
        granted: 2,
        delegated: 0,
        version: 4,
    };
    let all = emit!(consent, event, consent::AllRevoked);
    let epochs = commit(7, vec![all]).await;
    assert_eq!(epochs[..4], [3, 2, 2, 1]);
    let before = database.projections().await;
    store.rebuild_projections(&CONTRACTS).await.unwrap();
    assert_eq!(database.projections().await, before);
    assert_eq!(store.slot_epochs(&PATIENT).await.unwrap(), epochs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_split_takes_the_place_of_an_earlier_one() {
    let database = TestDatabase::new().await;
    let store = followed(&database).await;
    let add = async |version, deposit: &[u8]| {
        let split = SplitTerms {
            version,
            until: u64::MAX,
        };
        store.add_share(&PATIENT, GrantId(2), split, deposit).await.unwrap()
    };
    assert_eq!(add(1, b"first").await, ShareStored::Stored);
    assert_eq!(add(3, b"third").await, ShareStored::Stored);
    assert_eq!(add(3, b"third").await, ShareStored::Same);
    assert_eq!(add(3, b"other").await, ShareStored::Other);
    assert_eq!(add(2, b"second").await, ShareStored::Other);
    assert_eq!(store.share(&PATIENT, GrantId(2)).await.unwrap().unwrap(), b"third");
}
