//! Erasure keys that are lost in every replica: a new set is begun only where nothing of the old one can be read and what is lost is
//! said; then the server goes on with what comes.
use crate::{batches::two, support::world::World};
use aegle_indexer::{
    DataFolder, Indexer, LostKeys, StartError,
    config::Database,
    erasure_keys::{Claim, ErasureKeyError, ErasureKeys},
    store::{StoreError, WrappedCounts},
    verify::verify,
};
use aegle_protocol::{
    record::RecordId,
    wire::{Hit, OpenAnswer, OpenRequest, SearchAnswer, SearchRequest, ShareDeposit},
};
use aegle_rules::Purposes;
use aegle_sealed::Keyword;
use std::{
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// What the world of these tests has wrapped.
const LOST: WrappedCounts = WrappedCounts { records: 2, shares: 1 };

/// A stopped indexer with two records and a grant's share, and its keys.
struct Site {
    world: World,
    deposit: ShareDeposit,
    /// One of the records.
    record: RecordId,
}

impl Site {
    async fn new() -> Self {
        let world = World::new().await;
        let running = world.start().await;
        let batch = two(&world, 0);
        world.deposit(&running, &batch).await;
        let deposit = world.grant(&running).await.deposit;
        world.settle(&running).await;
        let patient = world.caller(&running, &world.patient);
        patient.post("/v1/shares", &deposit).await.expect(201);
        running.stop().await;
        Self {
            world,
            deposit,
            record: batch.bundle.records[0].id,
        }
    }

    fn keys(&self) -> Vec<PathBuf> {
        let folders = self.world.database.key_folders();
        folders.iter().map(|folder| folder.join("keys")).collect()
    }

    async fn begin(&self, confirmed: Option<WrappedCounts>) -> Result<WrappedCounts, ErasureKeyError> {
        let lost = LostKeys {
            data: self.world.data.path().to_owned(),
            database: self.world.database.database(),
            folders: self.world.database.key_folders(),
        };
        match lost.begin_anew(confirmed).await {
            Ok(counts) => Ok(counts),
            Err(StartError::Store(StoreError::ErasureKey(error)) | StartError::ErasureKeys(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }

    /// Begins as the operator does.
    fn begin_by_command(&self, options: &[&str]) -> Output {
        let Database::Url(url) = self.world.database.database() else {
            unreachable!()
        };
        let folders = self.world.database.key_folders();
        Command::new(env!("CARGO_BIN_EXE_aegle-indexer"))
            .arg("begin-erasure-keys")
            .arg("--data")
            .arg(self.world.data.path())
            .args(
                folders
                    .iter()
                    .flat_map(|folder| [OsStr::new("--erasure-keys"), folder.as_os_str()]),
            )
            .args(options)
            .env("DATABASE_URL", url)
            .env("RUST_LOG", "off")
            .output()
            .unwrap()
    }

    async fn found(&self, running: &Indexer, batches: u32) -> Vec<Hit> {
        let world = &self.world;
        let search = SearchRequest {
            purpose: Purposes::PATRQT,
            ..world.search(&Keyword::status("final").unwrap(), batches)
        };
        let answer = world.caller(running, &world.patient).post("/v1/search", &search).await;
        answer.json::<SearchAnswer>().hits
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_begun_only_where_the_old_one_is_lost_and_what_is_lost_is_said() {
    let site = Site::new().await;
    let keys = site.keys();
    let whole = fs::read(&keys[0]).unwrap();
    let still_there = |result: Result<WrappedCounts, ErasureKeyError>, path: &PathBuf| {
        assert!(
            matches!(&result, Err(ErasureKeyError::StillThere { path: found }) if found == path),
            "{result:?}"
        );
    };
    still_there(site.begin(Some(LOST)).await, &keys[0]);
    fs::remove_file(&keys[0]).unwrap();
    still_there(site.begin(Some(LOST)).await, &keys[1]);
    // A header that is damaged leaves the keys behind it.
    let mut damaged = whole.clone();
    damaged[30] ^= 1;
    fs::write(&keys[1], &damaged).unwrap();
    let refused = site.begin(Some(LOST)).await;
    assert!(
        matches!(refused, Err(ErasureKeyError::MayBeThere { .. })),
        "{refused:?}"
    );
    // Something else's folder is left alone.
    fs::write(&keys[1], "something that somebody else keeps here").unwrap();
    let refused = site.begin(Some(LOST)).await;
    assert!(matches!(refused, Err(ErasureKeyError::OtherSet { .. })), "{refused:?}");
    fs::remove_file(&keys[1]).unwrap();
    // What is lost is said, and nothing is done before it is confirmed.
    for confirmed in [
        None,
        Some(WrappedCounts { records: 1, ..LOST }),
        Some(WrappedCounts { shares: 2, ..LOST }),
    ] {
        assert_eq!(site.begin(confirmed).await.unwrap(), LOST);
    }
    let refused = Indexer::start(site.world.config()).await.err().unwrap();
    assert!(
        matches!(
            refused,
            StartError::Store(StoreError::ErasureKey(ErasureKeyError::SetMissing))
        ),
        "{refused}"
    );
    // The old keys, found again, open everything.
    for key in &keys {
        fs::write(key, &whole).unwrap();
    }
    let running = site.world.start().await;
    assert_eq!(site.found(&running, 1).await.len(), 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_goes_on_with_a_new_set_and_without_what_the_lost_one_wrapped() {
    let site = Site::new().await;
    let world = &site.world;
    site.keys().iter().for_each(|path| fs::remove_file(path).unwrap());
    let said = site.begin_by_command(&[]);
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(
        !said.status.success() && text.contains("--lose-records 2 --lose-shares 1"),
        "{text}"
    );
    assert!(site.keys().iter().all(|path| !path.exists()), "nothing was begun");
    let half = site.begin_by_command(&["--lose-records", "2"]);
    assert!(!half.status.success());
    let begun = site.begin_by_command(&["--lose-records", "2", "--lose-shares", "1"]);
    let text = String::from_utf8(begun.stdout).unwrap();
    assert!(begun.status.success() && text.contains("gone for ever"), "{text}");
    // Once, and no more.
    let again = site.begin(Some(WrappedCounts::default())).await;
    assert!(matches!(again, Err(ErasureKeyError::StillThere { .. })), "{again:?}");

    let running = world.start().await;
    world.settle(&running).await;
    assert_eq!(site.found(&running, 1).await, [], "what cannot be opened is not found");
    let patient = world.caller(&running, &world.patient);
    let open = |record| OpenRequest {
        record,
        purpose: Purposes::PATRQT,
    };
    let refused = patient.post("/v1/open", &open(site.record)).await;
    assert_eq!(refused.reason(), (404, "not-found".into()));
    // Shares are taken anew, and so are records, under keys of the new set.
    patient.post("/v1/shares", &site.deposit).await.expect(201);
    let next = two(world, 1);
    world.deposit(&running, &next).await;
    let hits = site.found(&running, 2).await;
    assert_eq!(hits.len(), 2);
    let answer: OpenAnswer = patient.post("/v1/open", &open(hits[0].record)).await.json();
    assert_eq!(answer.batch, next.bundle.batch);
    running.stop().await;
    let folder = DataFolder::open(world.data.path(), &world.database.database())
        .await
        .unwrap();
    // What can never be opened again takes no room that uploads wait for.
    assert_eq!(folder.store.unnamed_bytes(world.organisation).await.unwrap(), Some(0));
    let compared = verify(&folder.store, world.data.path(), &world.contracts, None).await;
    folder.close().await;
    let compared = compared.unwrap();
    assert!(compared.is_whole(), "{}", serde_json::to_string(&compared).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_ended_between_the_files_and_the_database_is_begun_again() {
    let site = Site::new().await;
    site.keys().iter().for_each(|path| fs::remove_file(path).unwrap());
    // The files of a new set are made, and the database still names the old one.
    let claim = Claim {
        set: None,
        epoch: 1_000,
        makes_replicas: false,
    };
    let begun = ErasureKeys::open(&site.world.database.key_folders(), claim).unwrap();
    drop(begun);
    let refused = Indexer::start(site.world.config()).await.err().unwrap();
    assert!(
        matches!(
            refused,
            StartError::Store(StoreError::ErasureKey(ErasureKeyError::OtherSet { .. }))
        ),
        "{refused}"
    );
    assert_eq!(site.begin(Some(LOST)).await.unwrap(), LOST);
    let running = site.world.start().await;
    assert_eq!(site.found(&running, 1).await, []);
    running.stop().await;
}
