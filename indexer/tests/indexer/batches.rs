//! What a custodian sends: taken to the last byte as anchored, or not at all.
use crate::support::{sealed::SealedBatch, world::World};
use aegle_crypto::record::RecordId;
use aegle_indexer::{Running, vault::MAX_CIPHERTEXT_BYTES};
use aegle_rules::{BatchNumber, DomainId, Hash};
use aegle_sealed::Keyword;
use scale::Encode;

async fn send(world: &World, running: &Running, batch: &SealedBatch) -> (u16, String) {
    world
        .caller(running, &world.admin)
        .send("POST", "/v1/batches", batch.bundle.encode())
        .await
        .reason()
}

fn two(world: &World, batch: u32) -> SealedBatch {
    let keyword = [Keyword::status("final").unwrap()];
    world.seal(batch, &[world.plain(&keyword, "one"), world.plain(&keyword, "two")])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_taken_as_anchored_or_not_at_all() {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    let refused = |reason: &str| (422, reason.to_owned());

    assert_eq!(send(&world, &running, &batch).await, refused("not-anchored"));
    world.anchor(&batch).await;
    assert_eq!(send(&world, &running, &batch).await, refused("ciphertext-missing"));
    world.put_ciphertexts(&running, &batch).await;

    let other = two(&world, 0);
    let mut changed: Vec<SealedBatch> = (0..8)
        .map(|_| SealedBatch {
            bundle: batch.bundle.clone(),
            ciphertexts: Vec::new(),
            index_commitment: batch.index_commitment,
        })
        .collect();
    changed[0].bundle.records.swap(0, 1);
    changed[1].bundle.records.pop();
    changed[2].bundle.records[0].authored_at += 1;
    changed[3].bundle.labels = other.bundle.labels.clone();
    changed[4].bundle.labels.records.swap(0, 1);
    changed[5].bundle.manifest = Hash([0; 32]);
    changed[6].bundle.epoch = 1;
    changed[7].bundle.records = other.bundle.records.clone();
    for (case, changed) in changed.iter().enumerate() {
        assert_eq!(
            send(&world, &running, changed).await,
            refused("bundle-mismatch"),
            "case {case}"
        );
    }
    let mut elsewhere = two(&world, 0);
    elsewhere.bundle.domain = DomainId(99);
    assert_eq!(send(&world, &running, &elsewhere).await, refused("unknown-domain"));
    elsewhere.bundle.domain = world.domain;
    elsewhere.bundle.batch = BatchNumber(7);
    assert_eq!(send(&world, &running, &elsewhere).await, refused("not-anchored"));

    let admin = world.caller(&running, &world.admin);
    let bytes = batch.bundle.encode();
    for body in [
        bytes[..bytes.len() - 1].to_vec(),
        [bytes.clone(), vec![0]].concat(),
        Vec::new(),
        b"garbage".to_vec(),
    ] {
        assert_eq!(
            admin.send("POST", "/v1/batches", body).await.reason(),
            (400, "invalid-body".into())
        );
    }
    let clinician = world.caller(&running, &world.clinician);
    assert_eq!(
        clinician.send("POST", "/v1/batches", bytes.clone()).await.reason(),
        (403, "role-required".into())
    );
    assert_eq!(
        running.store().counters().await.unwrap().batches,
        0,
        "nothing was stored"
    );

    admin.send("POST", "/v1/batches", bytes.clone()).await.expect(201);
    assert_eq!(
        admin.send("POST", "/v1/batches", bytes).await.reason(),
        (409, "batch-exists".into())
    );
    let counters = running.store().counters().await.unwrap();
    assert_eq!((counters.batches, counters.records), (1, 2));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ciphertext_is_the_one_that_its_row_names() {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    let admin = world.caller(&running, &world.admin);
    let path = |record: RecordId| format!("/v1/vault/{record}");
    let (first, second) = (batch.bundle.records[0].id, batch.bundle.records[1].id);
    let truncated = batch.ciphertexts[0][..batch.ciphertexts[0].len() - 1].to_vec();

    admin.send("PUT", &path(first), truncated.clone()).await.expect(201);
    admin.send("PUT", &path(first), truncated).await.expect(204);
    assert_eq!(
        admin
            .send("PUT", &path(first), batch.ciphertexts[0].clone())
            .await
            .reason(),
        (409, "record-exists".into())
    );
    admin
        .send("PUT", &path(second), batch.ciphertexts[1].clone())
        .await
        .expect(201);
    world.anchor(&batch).await;
    assert_eq!(
        send(&world, &running, &batch).await,
        (422, "ciphertext-mismatch".into())
    );

    assert_eq!(
        admin.send("PUT", &path(RecordId([1; 16])), Vec::new()).await.reason(),
        (400, "empty-ciphertext".into())
    );
    assert_eq!(
        admin.send("PUT", "/v1/vault/none", vec![1]).await.reason(),
        (400, "invalid-request".into())
    );
    let too_large = vec![0; MAX_CIPHERTEXT_BYTES + 1];
    assert_eq!(
        admin.send("PUT", &path(RecordId([2; 16])), too_large).await.reason(),
        (413, "too-large".into())
    );
    let patient = world.caller(&running, &world.patient);
    assert_eq!(
        patient.send("PUT", &path(RecordId([3; 16])), vec![1]).await.reason(),
        (403, "role-required".into())
    );
    assert_eq!(admin.get(&path(first)).await.reason(), (400, "no-such-method".into()));
    running.stop().await;
}
