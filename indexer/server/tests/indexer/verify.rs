//! Whether everything agrees is told from what is there, and each difference by its name.
use crate::{
    batches::two,
    support::{
        database::TestDatabase,
        world::{PATIENCE, World},
    },
};
use aegle_chain::node::Node;
use aegle_indexer::{
    DataFolder, Indexer,
    labels::Labels,
    verify::{Findings, Verification, verify},
};
use aegle_protocol::wire::{DisclosureLog, OpenRequest, SearchAnswer};
use aegle_rules::Purposes;
use aegle_sealed::Keyword;
use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

async fn compare(world: &World) -> Verification {
    let node = Node::connect(&world.chain_url).await.unwrap();
    let folder = DataFolder::open(world.data.path(), &world.database.database())
        .await
        .unwrap();
    let compared = verify(&folder.store, world.data.path(), &world.contracts, Some(&node)).await;
    folder.close().await;
    compared.unwrap()
}

/// Changes what is stored behind the indexer's back.
async fn damage(database: &TestDatabase, statement: &str) -> u64 {
    let client = database.connect().await;
    client.execute(statement, &[]).await.unwrap()
}

fn ciphertexts(world: &World) -> Vec<PathBuf> {
    let folders = fs::read_dir(world.data.path().join("vault")).unwrap();
    let folders = folders.map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

/// Builds a world in which three batches were stored, and the indexer was stopped.
async fn stopped() -> World {
    let world = World::new().await;
    let running = world.start().await;
    world.publish_keys().await;
    for number in 0..3 {
        world.deposit(&running, &two(&world, number)).await;
    }
    world.settle(&running).await;
    running.stop().await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn each_difference_is_counted_and_named() {
    let world = stopped().await;
    let whole = compare(&world).await;
    assert!(whole.is_whole(), "{whole:?}");
    let chain = whole.chain.as_ref().unwrap();
    assert_eq!(
        (whole.batches.checked, whole.labels.checked, whole.ciphertexts.checked),
        (3, 3, 6)
    );
    assert_eq!(whole.blocks.checked, chain.checked);
    assert!(whole.projections.checked > 5 && chain.checked > 10, "{whole:?}");

    let numbers = |findings: &Findings| (findings.missing, findings.surplus, findings.different);
    let database = &world.database;
    let event = "(select block from events order by block limit 1 offset 3)";
    let lost = format!("delete from events where block = {event}");
    assert!(damage(database, &lost).await > 0);
    damage(database, "update roles set roles = 127").await;
    damage(
        database,
        "update events set data = data || '!' where block = (select max(block) from events)",
    )
    .await;
    damage(
        database,
        "delete from blocks where number = (select max(number) - 1 from blocks)",
    )
    .await;
    damage(
        database,
        "delete from records where domain = 1 and batch = 1 and number = 1",
    )
    .await;
    let files = ciphertexts(&world);
    fs::remove_file(&files[0]).unwrap();
    let mut rotten = fs::read(&files[1]).unwrap();
    rotten[100] ^= 1;
    fs::write(&files[1], rotten).unwrap();
    fs::write(world.data.path().join("vault").join("stray"), "?").unwrap();
    fs::remove_dir_all(world.data.path().join("index")).unwrap();

    let found = compare(&world).await;
    assert!(!found.is_whole());
    assert_eq!(found.blocks.missing, 1, "{:?}", found.blocks);
    assert_eq!(numbers(&found.batches), (1, 0, 0), "{:?}", found.batches);
    assert_eq!(numbers(&found.labels), (3, 0, 0), "{:?}", found.labels);
    let vault = &found.ciphertexts;
    // The row of the record that is gone is in its batch no more, so that its file is another matter.
    assert!(vault.missing + vault.different >= 1 && vault.surplus == 1, "{vault:?}");
    assert!(found.projections.different >= 1, "{:?}", found.projections);
    let chain = found.chain.as_ref().unwrap();
    assert!(chain.missing >= 2 && chain.different == 1, "{chain:?}");
    assert!(
        chain.named.iter().any(|named| named.starts_with("missing: event ")),
        "{chain:?}"
    );
    assert!(
        vault
            .named
            .contains(&"surplus: the file stray in the vault, which no row knows of".to_owned()),
        "{vault:?}"
    );
}

/// Waits until so many records are stored.
async fn until_left(running: &Indexer, records: u64) {
    let (store, began) = (running.store(), Instant::now());
    while store.counters().await.unwrap().records != records {
        assert!(began.elapsed() < PATIENCE, "the row is there");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_missed_nowhere_and_what_went_out_of_it_is_told() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    world.publish_keys().await;
    let batches: Vec<_> = (0..3).map(|number| two(&world, number)).collect();
    for batch in &batches {
        world.deposit(&running, batch).await;
    }
    world.settle(&running).await;
    let record = batches[0].bundle.records[0].id;
    let (patient, admin) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.admin),
    );
    let purpose = Purposes::PATRQT;
    patient
        .post("/v1/open", &OpenRequest { record, purpose })
        .await
        .expect(200);
    let told = format!("/v1/records/{record}/disclosures");
    let before = admin.get(&told).await;
    assert_eq!(before.json::<DisclosureLog>().entries.len(), 1);
    world.erase(&running, 0, 0).await;
    until_left(&running, 5).await;
    patient
        .post("/v1/open", &OpenRequest { record, purpose })
        .await
        .expect(404);
    assert_eq!(admin.get(&told).await.body, before.body);
    let stranger = world.caller(&running, &world.patient).get(&told).await;
    assert_ne!(stranger.status, 200);
    running.stop().await;
    let erased = compare(&world).await;
    assert!(erased.is_whole(), "{erased:?}");

    // Made again from events and rows, everything is as it was: nothing of it comes back, and nothing is waited for.
    let folder = DataFolder::open(world.data.path(), &world.database.database())
        .await
        .unwrap();
    folder.store.rebuild_projections(&world.contracts).await.unwrap();
    let removed = "select state::int from erasures";
    let state: i32 = world
        .database
        .connect()
        .await
        .query_one(removed, &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(state, 1, "removed before");
    Labels::rebuild(folder.store.clone(), world.data.path()).await.unwrap();
    folder.close().await;
    let again = compare(&world).await;
    assert!(again.is_whole(), "{again:?}");
    let running = world.start().await;
    world.settle(&running).await;
    let (patient, admin) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.admin),
    );
    let keyword = Keyword::status("final").unwrap();
    let answer: SearchAnswer = patient.post("/v1/search", &world.search(&keyword, 3)).await.json();
    let batches: Vec<u32> = answer.hits.iter().map(|hit| hit.batch.0).collect();
    assert_eq!(batches, [2, 2, 1, 1, 0]);
    assert_eq!(admin.get(&told).await.body, before.body);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rewound_is_read_again_and_agrees() {
    let world = stopped().await;
    let before = world.database.projections().await;
    let folder = DataFolder::open(world.data.path(), &world.database.database())
        .await
        .unwrap();
    let to = world.first_block + 2;
    let nowhere = folder.store.rewind(&world.contracts, u32::MAX).await.unwrap();
    assert_eq!(nowhere, None);
    let forgotten = folder.store.rewind(&world.contracts, to).await.unwrap().unwrap();
    assert!(forgotten > 3, "{forgotten}");
    assert_eq!(folder.store.checkpoint().await.unwrap().unwrap().number, to);
    assert_ne!(world.database.projections().await, before);
    folder.close().await;

    let running = world.start().await;
    world.settle(&running).await;
    running.stop().await;
    assert_eq!(world.database.projections().await, before);
    let compared = compare(&world).await;
    assert!(compared.is_whole(), "{compared:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_says_by_its_status_whether_everything_agrees() {
    let world = stopped().await;
    let aegle_indexer::config::Database::Url(url) = world.database.database() else {
        unreachable!()
    };
    let program = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_aegle-indexer"));
        program
            .args(arguments)
            .arg("--data")
            .arg(world.data.path())
            .env("DATABASE_URL", &url);
        program
            .env_remove("AEGLE_CHAIN_URL")
            .env("RUST_LOG", "off")
            .output()
            .unwrap()
    };
    let output = program(&["verify", "--chain-url", &world.chain_url]);
    assert!(output.status.success(), "{output:?}");
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["labels"]["checked"], 3);
    damage(&world.database, "update roles set roles = 127").await;
    let output = program(&["verify"]);
    assert!(!output.status.success());
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&printed["chain"], &printed["projections"]["different"]),
        (&serde_json::Value::Null, &1.into())
    );
    assert!(program(&["reindex"]).status.success());
    assert!(program(&["verify"]).status.success());
    let output = program(&["rewind", "--to", "4000000000"]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("block 4000000000 is not stored: choose one that is"),
        "{said}"
    );
    assert!(
        program(&["rewind", "--to", &world.first_block.to_string()])
            .status
            .success()
    );
}
