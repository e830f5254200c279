//! What Postgres remembers of requests: shares while their grant stands, disclosures in one chain, nonces once.
use crate::{
    store::{CLINICIAN, CONTRACTS, PATIENT, history},
    support::{database::TestDatabase, sealed::AUTHORED_AT},
};
use aegle_indexer::store::{ShareStored, SplitTerms};
use aegle_protocol::{
    BlockId,
    record::RecordId,
    wire::{Disclosure, DisclosureKind, DisclosureLog},
};
use aegle_rules::{GrantId, Hash, Purposes};

/// Of a grant that stands for long.
const SPLIT: SplitTerms = SplitTerms {
    version: 1,
    until: u64::MAX,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_takes_the_share_with_it() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()[..3]).await.unwrap();
    for id in [1, 2] {
        assert_eq!(
            store.add_share(&PATIENT, GrantId(id), SPLIT, b"share").await.unwrap(),
            ShareStored::Stored
        );
    }
    assert_eq!(
        store.add_share(&PATIENT, GrantId(1), SPLIT, b"share").await.unwrap(),
        ShareStored::Same
    );
    assert_eq!(
        store.add_share(&PATIENT, GrantId(1), SPLIT, b"other").await.unwrap(),
        ShareStored::Other
    );
    store.commit_blocks(&CONTRACTS, &history()[3..]).await.unwrap();
    assert_eq!(store.share(&PATIENT, GrantId(1)).await.unwrap(), None);
    assert_eq!(
        store.share(&PATIENT, GrantId(2)).await.unwrap(),
        Some(b"share".to_vec())
    );
    assert_eq!(
        store.add_share(&PATIENT, GrantId(1), SPLIT, b"share").await.unwrap(),
        ShareStored::Revoked
    );
    assert_eq!(
        store.add_share(&PATIENT, GrantId(3), SPLIT, b"share").await.unwrap(),
        ShareStored::Revoked
    );
}

fn disclosure(record: u8) -> Disclosure {
    Disclosure {
        kind: DisclosureKind::Row,
        patient: PATIENT,
        record: RecordId([record; 16]),
        requester: CLINICIAN,
        purpose: Purposes::TREAT,
        grant: Some(GrantId(2)),
        request: Hash([1; 32]),
        block: BlockId {
            number: 3,
            hash: Hash([4; 32]),
        },
        at: AUTHORED_AT,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn disclosures_are_one_chain_however_many_write() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let writers: Vec<_> = (0..24)
        .map(|record| {
            let store = store.clone();
            tokio::spawn(async move { store.disclose(&disclosure(record), None).await.unwrap() })
        })
        .collect();
    for writer in writers {
        assert!(writer.await.unwrap(), "every writer adds its entry");
    }
    let log = DisclosureLog {
        entries: store.disclosures(&PATIENT, 0, 100).await.unwrap(),
    };
    assert_eq!(
        log.entries.iter().map(|entry| entry.number).collect::<Vec<_>>(),
        (1..=24).collect::<Vec<_>>()
    );
    log.verify_chain().unwrap();
    let rest = DisclosureLog {
        entries: store.disclosures(&PATIENT, 20, 2).await.unwrap(),
    };
    assert_eq!(rest.entries, log.entries[20..22]);
    assert!(store.disclosures(&CLINICIAN, 0, 100).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_disclosed_under_a_share_that_is_gone() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    assert!(!store.disclose(&disclosure(1), Some(GrantId(2))).await.unwrap());
    assert!(store.disclosures(&PATIENT, 0, 1).await.unwrap().is_empty());
    store.add_share(&PATIENT, GrantId(2), SPLIT, b"share").await.unwrap();
    assert!(store.disclose(&disclosure(1), Some(GrantId(2))).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_counts_once_until_it_is_forgotten() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let nonce = [1; 16];
    assert!(store.use_nonce(&PATIENT, &nonce, 100).await.unwrap());
    assert!(!store.use_nonce(&PATIENT, &nonce, 200).await.unwrap());
    assert!(store.use_nonce(&CLINICIAN, &nonce, 100).await.unwrap());
    assert_eq!(store.prune_nonces(100).await.unwrap(), 0);
    assert_eq!(store.prune_nonces(101).await.unwrap(), 2);
    assert!(store.use_nonce(&PATIENT, &nonce, 300).await.unwrap());
}
