//! What is destroyed is in no file of the server any more: neither in the database's tables, log and statistics, nor in the
//! data folder, in whatever form it is looked for.
use crate::support::{granting::GrantedSplit, world::World};
use aegle_indexer::{
    Indexer,
    config::{Config, Database},
    postgres::Cluster,
    store::SplitTerms,
};
use aegle_protocol::{
    random::SystemRandom,
    wire::{OpenAnswer, OpenRequest},
};
use aegle_rules::Purposes;
use aegle_sealed::Keyword;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long what is destroyed may stay.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);
/// The forms in which a secret is looked for.
const FORMS: usize = 7;
/// Bytes of the header of the erasure keys, of a slot, and of the key in it.
const HEADER_BYTES: usize = 512;
const SLOT_BYTES: usize = 64;
const KEY_BYTES: usize = 32;

/// The forms in which bytes may stand in a file: as they are, in hexadecimal of both cases (which is how the database writes a
/// `bytea`), in base64 at each of the three positions, and escaped as the database's older form of text.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let base64 = (0..3).map(|shift| {
        let shifted = [&vec![0; shift][..], secret].concat();
        let text = base64(&shifted);
        // Without the characters that bits beside the secret take part in.
        text.as_bytes()[4 * usize::from(shift > 0)..text.len() - 4].to_vec()
    });
    let escaped = secret.iter().map(|byte| match byte {
        b'\\' => "\\\\".to_owned(),
        0x20..=0x7e => char::from(*byte).to_string(),
        byte => format!("\\{byte:03o}"),
    });
    let hexadecimal = hex::encode(secret);
    let mut forms = vec![
        secret.to_vec(),
        hexadecimal.to_uppercase().into_bytes(),
        hexadecimal.into_bytes(),
        escaped.collect::<String>().into_bytes(),
    ];
    forms.extend(base64);
    forms
}

/// Encodes base64 (RFC 4648, section 4), with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).flat_map(|group| {
        let mut word = [0; 3];
        word[..group.len()].copy_from_slice(group);
        let number = u32::from_be_bytes([0, word[0], word[1], word[2]]);
        let digits = [18, 12, 6, 0].map(|shift| char::from(DIGITS[(number >> shift) as usize & 63]));
        let used = group.len() + 1;
        digits
            .into_iter()
            .enumerate()
            .map(move |(at, digit)| if at < used { digit } else { '=' })
    });
    groups.collect()
}

/// Returns the files below a folder that hold a secret in one of its forms.
fn holding(folder: &Path, secrets: &[Vec<u8>]) -> Vec<PathBuf> {
    let needles: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    let (mut waiting, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = waiting.pop() {
        // The database makes and removes files while it works.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(kind) if kind.is_file() => {
                    let bytes = fs::read(entry.path()).unwrap_or_default();
                    let held = needles
                        .iter()
                        .any(|needle| memchr::memmem::find(&bytes, needle).is_some());
                    found.extend(held.then(|| entry.path()));
                }
                _ => {}
            }
        }
    }
    found
}

/// A world whose every file is looked at.
struct Site {
    world: World,
    running: Indexer,
}

impl Site {
    async fn new() -> Self {
        let world = World::on_devchain().await;
        let config = Config {
            database: Database::Private,
            // In the data folder, where all of it is looked at.
            erasure_keys: Vec::new(),
            ..world.config()
        };
        let running = Indexer::start(config).await.unwrap();
        let site = Self { world, running };
        site.plant().await;
        site
    }

    /// Opens a connection of the test's own.
    async fn connect(&self) -> tokio_postgres::Client {
        let mut config = Cluster::running(self.world.data.path()).unwrap().unwrap();
        let (client, connection) = config.dbname("aegle").connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        // What these tests change by themselves passes the fence.
        client
            .batch_execute("set session_replication_role = replica")
            .await
            .unwrap();
        client
    }

    fn holding(&self, secrets: &[Vec<u8>]) -> Vec<PathBuf> {
        holding(self.world.data.path(), secrets)
    }

    /// The keys that are live now.
    fn keys(&self) -> Vec<Vec<u8>> {
        let bytes = fs::read(self.world.data.path().join("erasure-keys/first/keys")).unwrap();
        let slots = bytes[HEADER_BYTES..]
            .chunks(SLOT_BYTES)
            .map(|slot| slot[..KEY_BYTES].to_vec());
        slots.filter(|key| *key != [0; KEY_BYTES]).collect()
    }

    /// Shows that the search finds what is there, in each of its forms: in a table, and in a file.
    async fn plant(&self) {
        let client = self.connect().await;
        client
            .batch_execute("create table planted (bytes bytea, text text)")
            .await
            .unwrap();
        let (data, mut secrets, mut files) = (self.world.data.path(), Vec::new(), Vec::new());
        for number in 0..FORMS {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).unwrap();
            let form = forms(&secret).swap_remove(number);
            let text = std::str::from_utf8(&form).ok();
            let bytes = text.is_none().then_some(&form);
            let planted = client
                .execute("insert into planted values ($1, $2)", &[&bytes, &text])
                .await;
            assert_eq!(planted.unwrap(), 1);
            let file = data.join(format!("planted-{number}"));
            fs::write(&file, form).unwrap();
            files.push(file);
            secrets.push(secret.to_vec());
        }
        client.batch_execute("checkpoint").await.unwrap();
        for (number, secret) in secrets.iter().enumerate() {
            let found = holding(&data.join("postgres/base"), std::slice::from_ref(secret));
            assert!(!found.is_empty(), "form {number} is in no table");
        }
        let found = self.holding(&secrets);
        assert!(files.iter().all(|file| found.contains(file)), "{found:?}");
    }

    /// Waits until none of the keys is anywhere, and then looks for everything else, after the database has analysed, cleaned
    /// and written all that it has.
    async fn gone(&self, keys: &[Vec<u8>], secrets: &[Vec<u8>]) {
        let began = Instant::now();
        while !self.holding(keys).is_empty() {
            assert!(began.elapsed() < PATIENCE, "the key is in {:?}", self.holding(keys));
            tokio::time::sleep(PAUSE).await;
        }
        let client = self.connect().await;
        for command in ["analyze", "vacuum", "checkpoint"] {
            client.batch_execute(command).await.unwrap();
        }
        assert_eq!(self.holding(keys), Vec::<PathBuf>::new());
        assert_eq!(self.holding(secrets), Vec::<PathBuf>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_was_revoked_is_in_no_file() {
    let site = Site::new().await;
    let Site { world, running } = &site;
    let patient = world.caller(running, &world.patient);
    let GrantedSplit { id, parts, deposit } = world.grant(running).await;
    patient.post("/v1/shares", &deposit).await.expect(201);
    let keys = site.keys();
    assert_eq!(
        (keys.len(), site.holding(&keys).len()),
        (1, 2),
        "a live key is in both replicas"
    );
    let secrets = vec![
        deposit.share.clone().unwrap().ciphertext,
        deposit.delegatee.clone().unwrap().ciphertext,
        deposit.salt.0.to_vec(),
        parts.proxies[0].to_bytes().to_vec(),
    ];
    assert_eq!(
        site.holding(&secrets),
        Vec::<PathBuf>::new(),
        "nothing of it was ever written in the clear"
    );
    world.revoke(id).await;
    world.settle(running).await;
    site.gone(&keys, &secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_record_leaves_no_secret_and_no_row() {
    let site = Site::new().await;
    let Site { world, running } = &site;
    let keyword = [Keyword::status("final").unwrap()];
    let batch = world.seal(0, &[world.plain(&keyword, "one"), world.plain(&keyword, "two")]);
    world.deposit(running, &batch).await;
    let keys = site.keys();
    assert_eq!((keys.len(), site.holding(&keys).len()), (2, 2));
    let (erased, other) = (&batch.bundle.records[0], &batch.bundle.records[1]);
    let secrets = vec![erased.rho.0.to_vec(), erased.shred.0.to_vec()];
    assert_eq!(
        site.holding(&secrets),
        Vec::<PathBuf>::new(),
        "neither was ever written in the clear"
    );
    world.erase(running, 0, 0).await;
    let store = running.store();
    let began = Instant::now();
    while store.counters().await.unwrap().records == 2 {
        assert!(began.elapsed() < PATIENCE, "the row is there");
        tokio::time::sleep(PAUSE).await;
    }
    // One of both keys is left: that of the other record.
    while site.keys().len() == 2 {
        assert!(began.elapsed() < PATIENCE, "the key is there");
        tokio::time::sleep(PAUSE).await;
    }
    let left = site.keys();
    let gone: Vec<Vec<u8>> = keys.into_iter().filter(|key| !left.contains(key)).collect();
    assert_eq!(gone.len(), 1);
    site.gone(&gone, &secrets).await;
    let client = site.connect().await;
    let rows =
        "select (select count(*) from records where id = $1) + (select count(*) from ciphertexts where record = $1)";
    let count: i64 = client.query_one(rows, &[&erased.id.0.as_slice()]).await.unwrap().get(0);
    assert_eq!(count, 0, "no row of it");
    // The proof of the other one stands.
    let request = OpenRequest {
        record: other.id,
        purpose: Purposes::PATRQT,
    };
    let answer: OpenAnswer = world
        .caller(running, &world.patient)
        .post("/v1/open", &request)
        .await
        .json();
    assert_eq!((answer.records, answer.row.rho), (2, other.rho));
    assert!(store.record(&erased.id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_a_grant_that_ended_by_itself_goes_unasked() {
    let site = Site::new().await;
    let Site { world, running } = &site;
    let GrantedSplit { id, deposit, .. } = world.grant(running).await;
    world
        .caller(running, &world.patient)
        .post("/v1/shares", &deposit)
        .await
        .expect(201);
    let keys = site.keys();
    let client = site.connect().await;
    // The grant's end, as its terms say, comes to pass: it is a moment ago.
    client.execute("update shares set until = 1", &[]).await.unwrap();
    site.gone(&keys, &[deposit.salt.0.to_vec()]).await;
    assert!(
        running
            .store()
            .share(&world.patient.account(), id)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_was_split_again_is_destroyed_with_its_key() {
    let site = Site::new().await;
    let Site { world, running } = &site;
    let GrantedSplit { id, deposit, .. } = world.grant(running).await;
    world
        .caller(running, &world.patient)
        .post("/v1/shares", &deposit)
        .await
        .expect(201);
    let keys = site.keys();
    let store = running.store();
    let split = SplitTerms {
        version: 2,
        until: u64::MAX,
    };
    let mut later = [0; 64];
    aegle_protocol::RngCore::fill_bytes(&mut SystemRandom, &mut later);
    store
        .add_share(&world.patient.account(), id, split, &later)
        .await
        .unwrap();
    site.gone(&keys, &[deposit.salt.0.to_vec(), later.to_vec()]).await;
    let there = store.share(&world.patient.account(), id).await.unwrap();
    assert_eq!(there.unwrap(), later);
}
