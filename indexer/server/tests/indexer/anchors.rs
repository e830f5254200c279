//! Anchored batches as the projections have them: their own labels, and those that they share.
use crate::{
    store::{CONTRACTS, block, emit, history},
    support::database::TestDatabase,
};
use aegle_protocol::wire::{AnchoredLabels, LabelCommitment};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, ErasureId, Hash, OprfKey, OrganisationId,
    ledger::{ErasureReason, events as ledger},
};
use aegle_sealed::BatchSpan;
use scale::Encode;

#[tokio::test(flavor = "multi_thread")]
async fn rotation_and_relabelling_show_the_newest_state() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    let (domain, batch) = (DomainId(1), BatchNumber(0));
    let before = store.anchor(domain, batch).await.unwrap().unwrap();
    assert_eq!((before.version, before.custodian), (0, OrganisationId(1)));
    let key = ledger::DomainKeySet {
        domain,
        epoch: 1,
        key: OprfKey([0x77; 32]),
    };
    let labels = ledger::Relabelled {
        domain,
        batch,
        version: 1,
        index_commitment: Hash([0x78; 32]),
    };
    let events = vec![
        emit!(ledger, key, ledger::DomainKeySet),
        emit!(ledger, labels, ledger::Relabelled),
    ];
    store.commit_blocks(&CONTRACTS, &[block(4, events)]).await.unwrap();
    let found = store.domain(domain).await.unwrap().unwrap();
    assert_eq!((found.epoch, found.key), (1, OprfKey([0x77; 32])));
    let after = store.anchor(domain, batch).await.unwrap().unwrap();
    assert_eq!((after.version, after.index_commitment), (1, Hash([0x78; 32])));
    assert_eq!(after.record_root, before.record_root, "the records are what they were");
}

/// Returns the index commitment of a number.
fn commitment(seed: u32) -> Hash {
    Hash([0x80 + seed as u8; 32])
}

fn span(first: u32, log2: u8) -> BatchSpan {
    BatchSpan::new(BatchNumber(first), log2).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_the_labels_of_its_widest_span() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    let domain = DomainId(1);
    let first = store.anchor(domain, BatchNumber(0)).await.unwrap().unwrap();
    let anchored = |batch: u32| {
        let event = ledger::Anchored {
            domain,
            batch: BatchNumber(batch),
            record_root: Hash([batch as u8; 32]),
            index_commitment: commitment(batch),
            records: batch + 1,
            manifest: Hash([9; 32]),
        };
        emit!(ledger, event, ledger::Anchored)
    };
    let compacted = |span: BatchSpan, version, seed| {
        let event = ledger::Compacted {
            domain,
            first: span.first(),
            span_log2: span.log2(),
            version,
            index_commitment: commitment(seed),
        };
        emit!(ledger, event, ledger::Compacted)
    };
    let mut number = 3;
    let mut store_events = async |events| {
        number += 1;
        store.commit_blocks(&CONTRACTS, &[block(number, events)]).await.unwrap();
    };
    let in_force = async |batch: u32| store.anchored_labels(domain, BatchNumber(batch)).await.unwrap();
    let of_span = |span: BatchSpan, version, seed| {
        let records = span.batches().map(|batch| match batch.0 {
            0 => first.records,
            batch => batch + 1,
        });
        let commitment = LabelCommitment {
            version,
            index_commitment: commitment(seed),
        };
        AnchoredLabels::of_span(span, records, commitment)
    };
    store_events((1..8).map(anchored).collect()).await;
    assert_eq!(in_force(3).await, of_span(span(3, 0), 0, 3));
    assert_eq!(in_force(8).await, None);
    store_events(vec![compacted(span(2, 1), 0, 20)]).await;
    let asked = |erasure, records: &[u16]| {
        let event = ledger::ErasureRequested {
            domain,
            erasure: ErasureId(erasure),
            batch: BatchNumber(3),
            records: records.to_vec(),
            reason: ErasureReason::PatientRequest,
            by: AccountId([1; 32]),
            final_at: 0,
        };
        emit!(ledger, event, ledger::ErasureRequested)
    };
    let cancelled = ledger::ErasureCancelled {
        domain,
        erasure: ErasureId(2),
        by: AccountId([2; 32]),
    };
    store_events(vec![
        compacted(span(2, 1), 1, 21),
        asked(1, &[1, 2]),
        asked(2, &[0, 3]),
        emit!(ledger, cancelled, ledger::ErasureCancelled),
    ])
    .await;
    for batch in [2, 3] {
        assert_eq!(
            in_force(batch).await,
            of_span(span(2, 1), 1, 21),
            "labels in force of batch {batch}"
        );
    }
    assert_eq!(in_force(4).await, of_span(span(4, 0), 0, 4));
    // A bundle that comes late is verified against the batch's own labels.
    let own = store.anchor(domain, BatchNumber(3)).await.unwrap().unwrap();
    assert_eq!((own.version, own.index_commitment), (0, commitment(3)));
    store_events(vec![compacted(span(0, 3), 0, 22)]).await;
    for batch in 0..8 {
        assert_eq!(
            in_force(batch).await,
            of_span(span(0, 3), 0, 22),
            "labels in force of batch {batch}"
        );
    }
    let before = database.projections().await;
    let erased: Vec<_> = before.iter().filter(|row| row.starts_with("erasures ")).collect();
    assert!(
        matches!(&erased[..], [one, two] if one.starts_with("erasures (1,3,1,") && two.starts_with("erasures (1,3,2,")),
        "what is called off is forgotten: {erased:?}"
    );
    store.rebuild_projections(&CONTRACTS).await.unwrap();
    assert_eq!(database.projections().await, before);
}
