//! Ciphertexts: uploaded whole or not at all, each the one that its row names, and not for ever without a batch.
use crate::{
    batches::{send, two},
    support::{caller::now, sealed::SealedBatch, world::World},
};
use aegle_indexer::{
    Indexer,
    store::CiphertextRow,
    vault::{UNNAMED_LIFETIME_MS, Vault, sweep},
};
use aegle_protocol::{
    record::{RecordId, ciphertext_hash},
    wire::{Format, MAX_UPLOAD_BODY_BYTES, MAX_UPLOAD_BYTES, MAX_UPLOAD_CIPHERTEXTS, Upload},
};
use aegle_rules::OrganisationId;
use std::time::Duration;

const PATH: &str = "/v1/ciphertexts";

/// Names of no record.
fn names(count: usize) -> Vec<RecordId> {
    (0..count as u128)
        .map(|number| RecordId(number.to_be_bytes()))
        .collect()
}

fn upload(ciphertexts: &[(RecordId, &[u8])]) -> Vec<u8> {
    Upload::new(ciphertexts.to_vec()).unwrap().to_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ciphertext_is_the_one_that_its_row_names() {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    let admin = world.caller(&running, &world.admin);
    let (first, second) = (batch.bundle.records[0].id, batch.bundle.records[1].id);
    let (one, two) = (&batch.ciphertexts[0][..], &batch.ciphertexts[1][..]);
    let truncated = upload(&[(first, &one[..one.len() - 1])]);

    admin.send("POST", PATH, truncated.clone()).await.expect(201);
    admin.send("POST", PATH, truncated).await.expect(204);
    let changed = admin.send("POST", PATH, batch.upload()).await;
    assert_eq!(changed.reason(), (409, "record-exists".into()));
    world.anchor(&batch).await;
    let of_second = running.store().ciphertexts(&[second]).await.unwrap();
    assert!(of_second.is_empty(), "the refused upload stored nothing");
    admin.send("POST", PATH, upload(&[(second, two)])).await.expect(201);
    assert_eq!(
        send(&world, &running, &batch).await,
        (422, "ciphertext-mismatch".into())
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_malformed_or_too_large_is_refused() {
    let world = World::new().await;
    let running = world.start().await;
    let admin = world.caller(&running, &world.admin);
    let name = RecordId([7; 16]);
    let good = upload(&[(name, b"bytes")]);
    let many: Vec<(RecordId, &[u8])> = names(MAX_UPLOAD_CIPHERTEXTS + 1)
        .into_iter()
        .map(|name| (name, &b"bytes"[..]))
        .collect();
    let large = vec![0_u8; MAX_UPLOAD_BYTES + 1];
    let mut later = good.clone();
    later[5] += 1;
    let cases: [(&str, Vec<u8>, u16, &str); 12] = [
        ("no body", Vec::new(), 400, "invalid-body"),
        ("cut off", good[..good.len() - 1].to_vec(), 400, "invalid-body"),
        ("something after it", [&good[..], &[0]].concat(), 400, "invalid-body"),
        ("no upload", b"garbage".to_vec(), 400, "invalid-body"),
        ("a later format", later, 400, "invalid-body"),
        ("a bundle", two(&world, 0).bundle.to_bytes(), 400, "invalid-body"),
        (
            "no ciphertext",
            Format::Upload.encode(&Vec::<(RecordId, Vec<u8>)>::new()),
            400,
            "invalid-upload",
        ),
        (
            "an empty one",
            Format::Upload.encode(&vec![(name, Vec::<u8>::new())]),
            400,
            "invalid-upload",
        ),
        (
            "one twice",
            Format::Upload.encode(&vec![(name, &b"bytes"[..]); 2]),
            400,
            "invalid-upload",
        ),
        ("too many", Format::Upload.encode(&many), 413, "too-large"),
        (
            "too many bytes",
            Format::Upload.encode(&vec![(name, &large)]),
            413,
            "too-large",
        ),
        ("too long a body", vec![0; MAX_UPLOAD_BODY_BYTES + 1], 413, "too-large"),
    ];
    for (case, body, status, reason) in cases {
        assert_eq!(
            admin.send("POST", PATH, body).await.reason(),
            (status, reason.to_owned()),
            "{case}"
        );
    }
    for key in [&world.patient, &world.clinician] {
        let refused = world.caller(&running, key).send("POST", PATH, good.clone()).await;
        assert_eq!(refused.reason(), (403, "role-required".into()));
    }
    let mut headers = admin.headers("POST", PATH, &good);
    headers.expires += 1;
    assert_eq!(
        admin.send_with(&headers, "POST", PATH, good.clone()).await.reason(),
        (401, "wrong-signature".into())
    );
    assert_eq!(admin.get(PATH).await.reason(), (400, "no-such-method".into()));
    let stored = running.store().ciphertexts(&[name]).await.unwrap();
    assert!(stored.is_empty(), "nothing was stored");

    let full = &many[..MAX_UPLOAD_CIPHERTEXTS];
    admin.send("POST", PATH, upload(full)).await.expect(201);
    let vault = Vault::open(world.data.path()).unwrap();
    let stored = running
        .store()
        .ciphertexts(&names(MAX_UPLOAD_CIPHERTEXTS))
        .await
        .unwrap();
    assert_eq!(stored.len(), MAX_UPLOAD_CIPHERTEXTS);
    for (record, bytes) in full {
        assert_eq!(
            vault.get(record).await.unwrap().as_deref(),
            Some(*bytes),
            "ciphertext of {record}"
        );
    }
    running.stop().await;
}

/// Makes every ciphertext so far look as if it had been uploaded that long ago.
async fn age(world: &World, age_ms: u64) {
    world
        .database
        .connect()
        .await
        .execute("update ciphertexts set added_at = added_at - $1", &[&(age_ms as i64)])
        .await
        .unwrap();
}

async fn in_vault(vault: &Vault, batch: &SealedBatch) -> Vec<bool> {
    let mut there = Vec::new();
    for row in &batch.bundle.records {
        there.push(vault.length(&row.id).await.unwrap().is_some());
    }
    there
}

async fn take(world: &World, running: &Indexer, batch: &SealedBatch) {
    let admin = world.caller(running, &world.admin);
    admin
        .send("POST", "/v1/batches", batch.bundle.to_bytes())
        .await
        .expect(201);
}

async fn swept(running: &Indexer, vault: &Vault) -> usize {
    sweep(running.store(), vault, now()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ciphertext_that_no_batch_names_is_deleted_after_a_week() {
    let world = World::new().await;
    let running = world.start().await;
    let vault = Vault::open(world.data.path()).unwrap();
    let (named, lost) = (two(&world, 0), two(&world, 1));
    world.deposit(&running, &named).await;
    world.put_ciphertexts(&running, &lost).await;
    world.anchor(&lost).await;

    // An hour before its time nothing is deleted; and who uploads again begins to wait again.
    age(&world, UNNAMED_LIFETIME_MS - 3_600_000).await;
    assert_eq!(swept(&running, &vault).await, 0);
    let admin = world.caller(&running, &world.admin);
    admin.send("POST", PATH, lost.upload()).await.expect(204);
    age(&world, 3_600_001).await;
    assert_eq!(swept(&running, &vault).await, 0);

    age(&world, UNNAMED_LIFETIME_MS).await;
    assert_eq!(swept(&running, &vault).await, 2);
    assert_eq!(swept(&running, &vault).await, 0);
    assert_eq!(in_vault(&vault, &named).await, [true, true], "a batch has named them");
    assert_eq!(in_vault(&vault, &lost).await, [false, false]);
    let refused = send(&world, &running, &lost).await;
    assert_eq!(refused, (422, "ciphertext-missing".into()));

    world.put_ciphertexts(&running, &lost).await;
    take(&world, &running, &lost).await;
    age(&world, 2 * UNNAMED_LIFETIME_MS).await;
    assert_eq!(swept(&running, &vault).await, 0);
    assert_eq!(in_vault(&vault, &lost).await, [true, true]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_a_crash_has_lost_can_be_uploaded_again() {
    let world = World::new().await;
    let running = world.start().await;
    let vault = Vault::open(world.data.path()).unwrap();
    let batch = two(&world, 0);
    world.put_ciphertexts(&running, &batch).await;
    // As a sweep leaves it that is killed after the bytes and before the row.
    vault.delete(vec![batch.bundle.records[0].id]).await.unwrap();
    world.anchor(&batch).await;
    let refused = send(&world, &running, &batch).await;
    assert_eq!(refused, (422, "ciphertext-missing".into()));
    world.put_ciphertexts(&running, &batch).await;
    assert_eq!(in_vault(&vault, &batch).await, [true, true]);
    take(&world, &running, &batch).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_at_the_same_time_do_not_lose_each_other() {
    const ROUNDS: usize = 8;
    let world = World::new().await;
    let running = world.start().await;
    let admin = world.caller(&running, &world.admin);
    let names = names(64);
    let entries =
        |bytes: &'static [u8]| -> Vec<(RecordId, &[u8])> { names.iter().map(|name| (*name, bytes)).collect() };
    let mut reversed = entries(b"same");
    reversed.reverse();
    let same = [upload(&entries(b"same")), upload(&reversed)];
    let sending = (0..ROUNDS).map(|round| admin.send("POST", PATH, same[round % 2].clone()));
    for answer in futures_util::future::join_all(sending).await {
        assert!(answer.status < 300, "{answer:?}");
    }
    let name = RecordId([0xee; 16]);
    let bodies = [upload(&[(name, b"one")]), upload(&[(name, b"other")])];
    let sending = bodies.iter().map(|body| admin.send("POST", PATH, body.clone()));
    let mut statuses: Vec<u16> = futures_util::future::join_all(sending)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let row = running.store().ciphertexts(&[name]).await.unwrap()[0];
    let vault = Vault::open(world.data.path()).unwrap();
    let bytes = vault.get(&name).await.unwrap().unwrap();
    assert_eq!(ciphertext_hash(&bytes), row.hash);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_take_rows_in_one_order_so_that_none_waits_for_who_waits_for_it() {
    let world = World::new().await;
    let running = world.start().await;
    let store = running.store().clone();
    let (low, high) = (RecordId([1; 16]), RecordId([2; 16]));
    // Rows stand in the order in which they came, which is not that of their names.
    for record in [high, low] {
        let row = CiphertextRow {
            record,
            hash: ciphertext_hash(b"any"),
            length: 3,
        };
        store.announce_ciphertexts(&[row], OrganisationId(1), 0).await.unwrap();
    }
    let mut holder = world.database.connect().await;
    let held = holder.transaction().await.unwrap();
    let lock = "select from ciphertexts where record = $1 for update nowait";
    held.execute(lock, &[&low.as_ref()]).await.unwrap();
    let confirming = tokio::spawn(async move { store.confirm_ciphertexts(&[high, low]).await });
    let other = world.database.connect().await;
    let waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let waits = async {
        while other.execute(waiting, &[]).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits)
        .await
        .expect("it waits for the row that is held");
    other
        .execute(lock, &[&high.as_ref()])
        .await
        .expect("it has not taken the later row");
    held.rollback().await.unwrap();
    confirming.await.unwrap().unwrap();
    running.stop().await;
}
