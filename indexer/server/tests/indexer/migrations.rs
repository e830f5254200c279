//! What an earlier release stored is there after an upgrade.
use crate::support::database::TestDatabase;
use aegle_indexer::store::StoreError;
use std::{fs, path::Path};

/// The migration from which on records are of another header.
const EPOCHS: u32 = 20;

/// Returns every migration, in order: its number and its text.
fn migrations() -> Vec<(u32, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let number = name[1..].split("__").next().unwrap().parse().unwrap();
            (number, fs::read_to_string(&path).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_is_there_and_says_what_it_is() {
    let database = TestDatabase::new().await;
    let client = database.connect().await;
    // What later releases cannot read is refused, not brought over: see below.
    let readable = migrations().into_iter().filter(|(number, _)| *number < EPOCHS);
    let (before, after): (Vec<_>, Vec<_>) = readable.partition(|(number, _)| *number < 8);
    for (_, text) in before {
        client.batch_execute(&text).await.unwrap();
    }
    let hash = "sha256('bundle')";
    client
        .batch_execute(
            "insert into key_bundles values (sha256('account'), sha256('bundle'), 'keys');
             insert into shares values (sha256('patient'), 1, 'shares')",
        )
        .await
        .unwrap();
    client
        .batch_execute(&format!(
            "insert into batches (sequence, domain, batch, epoch, records, bundle, salt, commitment_salt, counts, labels, version)
             values (4, 1, 0, 2, 3, {hash}, 'a salt', 'another', 'counts', 'labels', 5);
             insert into anchors values (1, 0, {hash}, {hash}, {hash}, 3, 5, 100, 7);
             insert into erasures (domain, batch, number, version, state) values (1, 0, 2, 4, 1)"
        ))
        .await
        .unwrap();
    for (_, text) in after {
        client.batch_execute(&text).await.unwrap();
    }
    let labels = client
        .query_one(
            "select s.sequence, s.span_log2, s.epoch, s.version, s.records, s.salt, s.labels, b.labels_offset
             from batches b join label_sets s on s.domain = b.domain and s.first = b.labels_first",
            &[],
        )
        .await
        .unwrap();
    let numbers: (i64, i16, i32, i32) = (labels.get(0), labels.get(1), labels.get(2), labels.get(3));
    assert_eq!((numbers, labels.get::<_, i64>(4)), ((4, 0, 2, 5), 3));
    assert_eq!(labels.get::<_, &[u8]>(5), b"a salt");
    assert_eq!(
        (labels.get::<_, &[u8]>(6), labels.get::<_, i64>(7)),
        (b"AEGLL\x01labels".as_slice(), 0)
    );
    // What is kept begins with what it is.
    let kept = client
        .query_one("select bundle, deposit from key_bundles, shares", &[])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, &[u8]>(0), b"AEGLK\x01keys");
    assert_eq!(kept.get::<_, &[u8]>(1), b"AEGLS\x01shares");
    // What was erased under an earlier version may go on to its end.
    let done = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/erasures_done.sql")).unwrap();
    assert_eq!(client.execute(&done, &[]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_an_earlier_header_are_refused_and_keys_and_shares_come_again() {
    let database = TestDatabase::new().await;
    let client = database.connect().await;
    let (before, after): (Vec<_>, Vec<_>) = migrations().into_iter().partition(|(number, _)| *number < EPOCHS);
    for (_, text) in before {
        client.batch_execute(&text).await.unwrap();
    }
    let hash = "sha256('hash')";
    client
        .batch_execute(&format!(
            "insert into key_bundles values ({hash}, {hash}, 'keys'); insert into shares values ({hash}, 1, 'shares');
             insert into records values ('\\x000102030405060708090a0b0c0d0e0f', 1, 0, 0, {hash}, 4, 0, {hash}, 5, 'row', {hash})"
        ))
        .await
        .unwrap();
    let refused = client.batch_execute(&after[0].1).await.unwrap_err();
    let message = refused.as_db_error().unwrap().message().to_owned();
    assert!(message.contains("begin with an empty one"), "{message}");
    client.batch_execute("delete from records").await.unwrap();
    for (_, text) in after {
        client.batch_execute(&text).await.unwrap();
    }
    let left = "select (select count(*) from key_bundles) + (select count(*) from shares)";
    assert_eq!(client.query_one(left, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_later_release_is_refused_in_a_sentence() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    store.migrate().await.unwrap();
    let later =
        "insert into refinery_schema_history (version, name, applied_on, checksum) values (4000, 'later', '', '0')";
    database.connect().await.batch_execute(later).await.unwrap();
    let refused = store.migrate().await.unwrap_err();
    assert!(
        matches!(refused, StoreError::NeedsUpgrade { found: 4000, .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().ends_with("install that release again"), "{refused}");
}
