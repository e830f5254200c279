//! The label index follows Postgres, whatever happened to it.
use crate::support::{
    database::TestDatabase,
    sealed::{Plain, SealedBatch, seal_batch},
};
use aegle_crypto::master::MasterSecret;
use aegle_indexer::{
    labels::{Labels, LabelsError, SearchInput},
    store::{Announced, CiphertextRow, LabelSetId, NewBatch, NewLabels, NewRecord, Store, StoredBatch},
};
use aegle_keys::{DomainKey, KeyCache, RecordKeywords, label_span};
use aegle_protocol::{Deployment, commitment::IndexSalt, random::SystemRandom};
use aegle_rules::{AccountId, BatchNumber, Confidentiality, DomainId, Hash, OrganisationId, Slot};
use aegle_sealed::{BatchSpan, Expression, Keyword, Salt, Scope, ScopeContext, UnverifiedLabelSet, Window};
use std::{fs, path::Path};
use tempfile::TempDir;

const PATIENT: AccountId = AccountId([10; 32]);
const DOMAIN: DomainId = DomainId(1);

struct Custodian {
    deployment: Deployment,
    key: DomainKey,
    master: MasterSecret,
}

impl Custodian {
    fn new() -> Self {
        let deployment = Deployment {
            genesis: Hash([1; 32]),
            consent: AccountId([2; 32]),
        };
        Self {
            deployment,
            key: DomainKey::generate().unwrap().0,
            master: MasterSecret::generate(&mut SystemRandom),
        }
    }

    /// Seals a batch of two records: one final, one cancelled.
    fn batch(&self, number: u32) -> SealedBatch {
        let public_key = self
            .master
            .slot_secret(&self.deployment.genesis, Slot(1), 0)
            .public_key();
        let plain = |status| Plain {
            patient: PATIENT,
            public_key,
            slot: Slot(1),
            confidentiality: Confidentiality::Normal,
            cohort: false,
            keywords: vec![Keyword::status(status).unwrap()],
            content: format!("{number} {status}"),
        };
        seal_batch(
            &self.deployment,
            AccountId([3; 32]),
            &self.key,
            DOMAIN,
            BatchNumber(number),
            &[plain("final"), plain("cancelled")],
        )
    }

    fn input(&self, status: &str, to: u32) -> SearchInput {
        let context = ScopeContext {
            domain: DOMAIN,
            epoch: 0,
            scope: Scope::Patient(PATIENT),
        };
        let tokens = self
            .key
            .token(&context, &Keyword::status(status).unwrap(), Window::new(0, to).unwrap())
            .unwrap();
        let tokens = tokens.into_iter().map(|token| token.verify().unwrap()).collect();
        let query = Expression::Term(0).verify(1).unwrap();
        SearchInput {
            owner: PATIENT,
            domain: DOMAIN,
            // Each batch has two records, both of the patient.
            universe: (0..to).map(|batch| (BatchNumber(batch), (0..2).collect())).collect(),
            query,
            groups: Vec::new(),
            terms: std::sync::Arc::new(vec![tokens]),
            max_batches: 100,
        }
    }
}

fn first_version(span: BatchSpan) -> LabelSetId {
    LabelSetId {
        domain: DOMAIN,
        span,
        epoch: 0,
        version: 0,
    }
}

/// Stores a batch in Postgres alone, as if the process had been killed before the index heard of it.
async fn store_in_postgres(store: &Store, batch: &SealedBatch) -> StoredBatch {
    let bundle = &batch.bundle;
    let in_vault: Vec<CiphertextRow> = bundle
        .records
        .iter()
        .map(|row| CiphertextRow {
            record: row.id,
            hash: row.ciphertext_hash,
            length: row.ciphertext_length,
        })
        .collect();
    let announced = store.announce_ciphertexts(&in_vault, OrganisationId(1), 0).await;
    assert!(matches!(announced.unwrap(), Announced::Known(_)));
    let names: Vec<_> = in_vault.iter().map(|row| row.record).collect();
    store.confirm_ciphertexts(&names).await.unwrap();
    let labels: UnverifiedLabelSet = bundle.labels.clone();
    let rows = bundle.records.iter();
    let records = rows
        .map(|row| NewRecord {
            id: row.id,
            patient: row.header.patient,
            facts: row.facts(),
            row: row.clone(),
            leaf: row.leaf(),
        })
        .collect();
    let labels = NewLabels::new(
        first_version(BatchSpan::one(bundle.batch)),
        Hash([bundle.batch.0 as u8 + 1; 32]),
        &labels.verify(bundle.records.len() as u32).unwrap(),
        &bundle.commitment_salt,
    );
    let new = NewBatch { labels, records };
    store.store_batch(&new).await.unwrap()
}

async fn found(labels: &Labels, input: SearchInput) -> Vec<(u32, Vec<u32>)> {
    let found = labels.search(input).await.unwrap();
    found
        .into_iter()
        .map(|found| (found.batch.0, found.hits.iter().collect()))
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_before_a_crash_is_indexed_after_it() {
    let (database, data, custodian) = (TestDatabase::new().await, TempDir::new().unwrap(), Custodian::new());
    let store = database.store().await;
    let labels = Labels::open(store.clone(), data.path()).await.unwrap();
    assert_eq!(
        store_in_postgres(&store, &custodian.batch(0)).await,
        StoredBatch::Stored(1)
    );
    assert_eq!(labels.catch_up().await.unwrap(), 1);
    drop(labels);
    // The index as it was when the process died, and two batches that it never heard of.
    let snapshot = data.path().join("snapshot");
    copy(&data.path().join("index"), &snapshot);
    for number in [1, 2] {
        store_in_postgres(&store, &custodian.batch(number)).await;
    }
    let expected = vec![(2, vec![0]), (1, vec![0]), (0, vec![0])];
    for _ in 0..2 {
        let labels = Labels::open(store.clone(), data.path()).await.unwrap();
        assert_eq!(found(&labels, custodian.input("final", 3)).await, expected);
        drop(labels);
    }
    // Killed again: the older index comes back, and heals again.
    fs::remove_dir_all(data.path().join("index")).unwrap();
    copy(&snapshot, &data.path().join("index"));
    let labels = Labels::open(store.clone(), data.path()).await.unwrap();
    assert_eq!(found(&labels, custodian.input("final", 3)).await, expected);
    assert_eq!(
        found(&labels, custodian.input("cancelled", 2)).await,
        [(1, vec![1]), (0, vec![1])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_made_again_answers_the_same() {
    let (database, data, custodian) = (TestDatabase::new().await, TempDir::new().unwrap(), Custodian::new());
    let store = database.store().await;
    for number in 0..20 {
        store_in_postgres(&store, &custodian.batch(number)).await;
    }
    let labels = Labels::open(store.clone(), data.path()).await.unwrap();
    let before = found(&labels, custodian.input("final", 20)).await;
    assert_eq!(before.len(), 20);
    drop(labels);
    assert_eq!(Labels::rebuild(store.clone(), data.path()).await.unwrap(), 20);
    let labels = Labels::open(store.clone(), data.path()).await.unwrap();
    assert_eq!(found(&labels, custodian.input("final", 20)).await, before);
}

/// Labels a span in common, as the ledger would have it.
fn compacted(custodian: &Custodian, span: BatchSpan) -> NewLabels {
    let record = |status| RecordKeywords {
        patient: PATIENT,
        keywords: vec![Keyword::status(status).unwrap()],
        cohort: false,
    };
    let batch = |_| ["final", "cancelled"].map(record);
    let records: Vec<RecordKeywords> = span.batches().flat_map(batch).collect();
    let (mut cache, salt) = (KeyCache::default(), Salt::generate().unwrap());
    let labels = label_span(&mut cache, &custodian.key, DOMAIN, 0, span, &records, salt).unwrap();
    NewLabels::new(first_version(span), Hash([0xcc; 32]), &labels, &IndexSalt([7; 32]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_compacted_before_a_crash_is_found_after_it() {
    let (database, data, custodian) = (TestDatabase::new().await, TempDir::new().unwrap(), Custodian::new());
    let store = database.store().await;
    for number in 0..6 {
        store_in_postgres(&store, &custodian.batch(number)).await;
    }
    let labels = Labels::open(store.clone(), data.path()).await.unwrap();
    let (finals, cancelled) = (custodian.input("final", 6), custodian.input("cancelled", 6));
    let (finals, cancelled) = (found(&labels, finals).await, found(&labels, cancelled).await);
    assert_eq!(finals, (0..6).rev().map(|batch| (batch, vec![0])).collect::<Vec<_>>());
    drop(labels);
    let span = |first, log2| BatchSpan::new(BatchNumber(first), log2).unwrap();
    assert_eq!(store.missing_batch(DOMAIN, &span(0, 2)).await.unwrap(), None);
    assert_eq!(
        store.missing_batch(DOMAIN, &span(4, 2)).await.unwrap(),
        Some(BatchNumber(6))
    );
    // Not all of them are stored: nothing is changed.
    assert_eq!(
        store.replace_labels(&compacted(&custodian, span(4, 2))).await.unwrap(),
        None
    );
    // Killed between Postgres and the index, once with a narrow span and once with one around it.
    for (wanted, sequence) in [(span(2, 1), 7), (span(0, 2), 8)] {
        let new = compacted(&custodian, wanted);
        assert_eq!(
            store.replace_labels(&new).await.unwrap(),
            Some(sequence),
            "sequence of {wanted}"
        );
        assert_eq!(store.replace_labels(&new).await.unwrap(), None, "the same again");
        let labels = Labels::open(store.clone(), data.path()).await.unwrap();
        assert_eq!(found(&labels, custodian.input("final", 6)).await, finals);
        assert_eq!(found(&labels, custodian.input("cancelled", 6)).await, cancelled);
        drop(labels);
    }
    // What lies inside has no labels of its own any more.
    assert_eq!(
        store.replace_labels(&compacted(&custodian, span(2, 1))).await.unwrap(),
        None
    );
    assert_eq!(Labels::rebuild(store.clone(), data.path()).await.unwrap(), 8);
    let labels = Labels::open(store, data.path()).await.unwrap();
    assert_eq!(found(&labels, custodian.input("final", 6)).await, finals);
    let grouped = SearchInput {
        groups: vec![0],
        ..custodian.input("final", 6)
    };
    let grouped = labels.search(grouped).await.unwrap();
    assert_eq!(grouped.len(), 6);
    assert!(grouped.iter().all(|found| found.groups == [found.hits.clone()]));
    let cut = labels.search(custodian.input("final", 3)).await;
    assert!(matches!(cut, Err(LabelsError::SpanCut(_))), "{cut:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_database_or_of_none_is_made_again() {
    let (database, other, custodian) = (TestDatabase::new().await, TestDatabase::new().await, Custodian::new());
    let data = TempDir::new().unwrap();
    let (store, other) = (database.store().await, other.store().await);
    for number in [3, 4] {
        store_in_postgres(&other, &custodian.batch(number)).await;
    }
    drop(Labels::open(other, data.path()).await.unwrap());
    store_in_postgres(&store, &custodian.batch(0)).await;
    let labels = Labels::open(store.clone(), data.path()).await.unwrap();
    assert_eq!(found(&labels, custodian.input("final", 5)).await, [(0, vec![0])]);
    drop(labels);
    fs::write(data.path().join("index").join("meta.json"), b"{ broken").unwrap();
    let labels = Labels::open(store, data.path()).await.unwrap();
    assert_eq!(found(&labels, custodian.input("final", 5)).await, [(0, vec![0])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_and_a_record_are_stored_once() {
    let (database, custodian) = (TestDatabase::new().await, Custodian::new());
    let store = database.store().await;
    let (first, mut second) = (custodian.batch(0), custodian.batch(1));
    assert_eq!(store_in_postgres(&store, &first).await, StoredBatch::Stored(1));
    assert_eq!(store_in_postgres(&store, &first).await, StoredBatch::AlreadyThere);
    second.bundle.records[1] = first.bundle.records[1].clone();
    assert_eq!(store_in_postgres(&store, &second).await, StoredBatch::RecordTaken);
    assert!(!store.has_batch(DOMAIN, BatchNumber(1)).await.unwrap());
    assert_eq!(store.counters().await.unwrap().records, 2);
    assert_eq!(
        store_in_postgres(&store, &custodian.batch(1)).await,
        StoredBatch::Stored(2)
    );
}
