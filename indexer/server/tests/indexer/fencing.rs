//! One indexer writes to a database and to a folder, and the one that took it last.
use crate::{
    batches::two,
    faults::{found, send},
    store::{CONTRACTS, history},
    support::{
        caller::Caller,
        database::TestDatabase,
        program::Program,
        world::{PATIENCE, World},
    },
};
use aegle_indexer::store::{CommitError, StoreError};
use aegle_sealed::Keyword;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// Cuts the connection through which somebody holds the lock of a database, as a lost network does.
async fn cut_lock(database: &TestDatabase) {
    let client = database.connect().await;
    let cut = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
               and database = (select oid from pg_database where datname = current_database())";
    assert_eq!(client.query(cut, &[]).await.unwrap().len(), 1);
    let left = "select from pg_locks where locktype = 'advisory'
                and database = (select oid from pg_database where datname = current_database())";
    while !client.query(left, &[]).await.unwrap().is_empty() {
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_had_a_database_before_writes_nothing_more() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let first = store.take(0).await.unwrap();
    first.store.commit_blocks(&CONTRACTS, &history()[..2]).await.unwrap();
    first.lock.check().await.unwrap();
    assert!(matches!(store.take(0).await, Err(StoreError::InUse)));

    // The lock alone does not hold off whoever does not know that it is lost.
    cut_lock(&database).await;
    let second = store.take(0).await.unwrap();
    second.store.commit_blocks(&CONTRACTS, &history()[..3]).await.unwrap();
    let before = database.projections().await;
    let late = first.store.commit_blocks(&CONTRACTS, &history()).await;
    assert!(matches!(late, Err(CommitError::Store(StoreError::Fenced))), "{late:?}");
    let late = first.store.prune_nonces(1).await;
    assert!(matches!(late, Err(StoreError::Fenced)), "{late:?}");
    assert!(matches!(first.store.claim(&CONTRACTS).await, Err(StoreError::Fenced)));
    assert!(matches!(first.lock.check().await, Err(StoreError::Fenced)));
    assert_eq!(database.projections().await, before);
    assert_eq!(second.store.checkpoint().await.unwrap().unwrap().number, 2);
    second.store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    second.lock.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_was_lost_to_nobody_is_taken_again() {
    let database = TestDatabase::new().await;
    let taken = database.store().await.take(0).await.unwrap();
    cut_lock(&database).await;
    taken.lock.check().await.unwrap();
    taken.store.commit_blocks(&CONTRACTS, &history()).await.unwrap();
    assert!(matches!(taken.store.take(0).await, Err(StoreError::InUse)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_fenced() {
    let database = TestDatabase::new().await;
    let _taken = database.store().await.take(0).await.unwrap();
    let client = database.connect().await;
    client
        .batch_execute("set session_replication_role = origin")
        .await
        .unwrap();
    let tables = "select c.relname from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
                  and c.relname not in ('fence', 'refinery_schema_history')";
    let tables = client.query(tables, &[]).await.unwrap();
    assert!(tables.len() > 15, "{}", tables.len());
    for table in tables {
        let table: String = table.get(0);
        for write in [format!("delete from {table}"), format!("truncate {table}")] {
            for (epoch, permitted) in [("", false), ("0", false), ("2", false), ("1", true)] {
                let session = format!("begin; select set_config('aegle.epoch', '{epoch}', true); {write}");
                let written = client.batch_execute(&session).await;
                client.batch_execute("rollback").await.unwrap();
                let code = written.err().and_then(|error| Some(error.code()?.code().to_owned()));
                let expected = (!permitted).then(|| "AEG01".to_owned());
                assert_eq!(code, expected, "{write} in epoch {epoch:?}");
            }
        }
    }
}

/// Asks a question that has to be signed; `None` if nobody answers.
async fn ask(caller: &Caller<'_>, world: &World) -> Option<u16> {
    let body = serde_json::to_vec(&world.search(&Keyword::status("final").unwrap(), 1)).unwrap();
    let headers = caller.headers("POST", "/v1/search", &body);
    let request = world.http.post(format!("{}/v1/search", caller.url));
    let pairs = headers.to_pairs().into_iter();
    let request = pairs.fold(request, |request, (name, value)| request.header(name, value));
    Some(request.body(body).send().await.ok()?.status().as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_indexer_that_wakes_up_writes_and_answers_nothing() {
    let (world, one, other) = (World::new().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let database = &world.database;
    let mut first = Program::start(&world, database, one.path());
    world.until_readiness_is(&first.url, "ready").await;
    let admin = first.caller(&world, &world.admin).await;
    let to_first = first.caller(&world, &world.patient).await;
    send(&admin, &world, &two(&world, 0)).await.expect(201);
    assert_eq!(ask(&to_first, &world).await, Some(200));
    let refused = Program::refused(&world, database, other.path());
    assert!(!refused.status.success());
    assert!(
        refused
            .said
            .contains("another indexer runs on this database: stop it first"),
        "{}",
        refused.said
    );

    first.signal("STOP");
    let elsewhere = TestDatabase::new().await;
    let refused = Program::refused(&world, &elsewhere, one.path());
    assert!(
        refused.said.contains("another indexer uses the data folder"),
        "{}",
        refused.said
    );
    // The database lets go of whoever says nothing.
    let frozen = Instant::now();
    let second = loop {
        match Program::try_start(&world, database, other.path()) {
            Some(second) => break second,
            None => assert!(frozen.elapsed() < 2 * PATIENCE, "the database was never let go of"),
        }
    };
    world.until_readiness_is(&second.url, "ready").await;
    let admin = second.caller(&world, &world.admin).await;
    send(&admin, &world, &two(&world, 1)).await.expect(201);

    first.signal("CONT");
    // Its connections are gone and its epoch is over: it answers nothing, and soon ends.
    while let Some(status) = ask(&to_first, &world).await {
        assert_eq!(status, 503);
        assert!(frozen.elapsed() < 4 * PATIENCE, "it never ended");
        sleep(Duration::from_millis(50)).await;
    }
    assert!(!first.child.wait().unwrap().success());
    let patient = second.caller(&world, &world.patient).await;
    assert_eq!(found(&patient, &world, 2).await, [1, 1, 0, 0]);
    world.until_readiness_is(&second.url, "ready").await;
    second.stop();
}
