//! Large ciphertexts: piece by piece, from where it was left, and stored only as what their rows name.
use crate::{
    batches::{custodian_of, send},
    support::{
        caller::Caller,
        world::{SLOT, World},
    },
};
use aegle_crypto::{delegation::open_own, record::open_record};
use aegle_indexer::vault::Vault;
use aegle_protocol::{
    record::{MAX_LENGTH_CLASS, RecordId},
    wire::{LARGE_CIPHERTEXTS_PATH, LargeCiphertext, MissingPieces, PIECE_BYTES},
};
use aegle_sealed::Keyword;

/// Three pieces.
const CONTENT_BYTES: usize = 10_000_000;

async fn missing(caller: &Caller<'_>, large: &LargeCiphertext) -> Vec<u32> {
    let answer: MissingPieces = caller.post(LARGE_CIPHERTEXTS_PATH, large).await.json();
    answer.missing
}

fn piece_path(record: &RecordId, number: u32) -> String {
    format!("/v1/ciphertexts/{record}/pieces/{number}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_ciphertext_comes_in_pieces_from_where_it_was_left() {
    let world = World::new().await;
    let running = world.start().await;
    let keyword = [Keyword::status("final").unwrap()];
    let content: String = (0..CONTENT_BYTES)
        .map(|number| char::from(b'a' + (number % 23) as u8))
        .collect();
    let batch = world.seal(0, &[world.plain(&keyword, &content)]);
    let (row, bytes) = (batch.bundle.records[0].clone(), &batch.ciphertexts[0]);
    let large = LargeCiphertext {
        record: row.id,
        hash: row.ciphertext_hash,
        length: row.ciphertext_length,
    };
    let pieces: Vec<&[u8]> = bytes.chunks(PIECE_BYTES).collect();
    assert_eq!(pieces.len(), 3);
    let admin = world.caller(&running, &world.admin);
    let put = async |number: u32, bytes: &[u8]| admin.send("PUT", &piece_path(&row.id, number), bytes.to_vec()).await;

    assert_eq!(
        put(0, pieces[0]).await.reason(),
        (404, "not-found".into()),
        "not announced"
    );
    assert_eq!(missing(&admin, &large).await, [0, 1, 2]);
    put(0, pieces[0]).await.expect(201);
    put(0, pieces[0]).await.expect(201);
    for (number, bytes) in [(1, &pieces[1][1..]), (2, pieces[1]), (3, pieces[2]), (1, &[][..])] {
        assert_eq!(
            put(number, bytes).await.reason(),
            (400, "invalid-upload".into()),
            "{number}"
        );
    }
    let long = [pieces[1], &[0]].concat();
    assert_eq!(put(1, &long).await.status, 413);
    assert_eq!(missing(&admin, &large).await, [1, 2]);
    world.anchor(&batch).await;
    assert_eq!(send(&world, &running, &batch).await, (422, "ciphertext-missing".into()));

    // The indexer ends in the middle, and another one goes on.
    running.stop().await;
    let running = world.start().await;
    let admin = world.caller(&running, &world.admin);
    let put = async |number: u32, bytes: &[u8]| admin.send("PUT", &piece_path(&row.id, number), bytes.to_vec()).await;
    assert_eq!(missing(&admin, &large).await, [1, 2]);
    put(2, pieces[2]).await.expect(201);
    // A piece of another ciphertext: all are dropped.
    put(1, &pieces[0].iter().map(|byte| !byte).collect::<Vec<u8>>())
        .await
        .expect(201);
    let refused = admin.post(LARGE_CIPHERTEXTS_PATH, &large).await;
    assert_eq!(refused.reason(), (400, "invalid-upload".into()));
    assert_eq!(missing(&admin, &large).await, [0, 1, 2]);
    for (number, piece) in (0..).zip(&pieces) {
        put(number, piece).await.expect(201);
    }
    for _ in 0..2 {
        assert_eq!(missing(&admin, &large).await, [] as [u32; 0]);
    }
    let vault = Vault::open(world.data.path()).unwrap();
    assert!(vault.get(&row.id).await.unwrap().unwrap() == bytes[..]);
    assert_eq!(std::fs::read_dir(world.data.path().join("pieces")).unwrap().count(), 0);
    admin
        .send("POST", "/v1/batches", batch.bundle.to_bytes())
        .await
        .expect(201);

    let patient = world.caller(&running, &world.patient);
    let path = format!("/v1/ciphertexts/{}?purpose=PATRQT", row.id);
    let ciphertext = patient.get(&path).await;
    ciphertext.expect(200);
    let key = open_own(
        &row.verify_capsule(&world.deployment).unwrap(),
        &world.slot_secret(SLOT),
    );
    assert!(open_record(&row, &ciphertext.body, &key).unwrap().bytes == content.as_bytes());
    // What its disk has changed is not handed out; its custodian mends it by the same way.
    let name = row.id.to_string();
    let name = name.trim_start_matches("0x");
    let file = world.data.path().join("vault").join(&name[..2]).join(name);
    let mut rotten = bytes.clone();
    rotten[PIECE_BYTES + 5] ^= 1;
    std::fs::write(&file, rotten).unwrap();
    assert_eq!(patient.get(&path).await.reason().1, "ciphertext-lost");
    assert_eq!(missing(&admin, &large).await, [0, 1, 2]);
    for (number, piece) in (0..).zip(&pieces) {
        put(number, piece).await.expect(201);
    }
    assert_eq!(missing(&admin, &large).await, [] as [u32; 0]);
    assert!(patient.get(&path).await.body == *bytes);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_are_taken_of_what_the_organisation_announced_alone() {
    let world = World::new().await;
    let running = world.start().await;
    let other = custodian_of(&world, world.trust).await;
    world.settle(&running).await;
    let large = LargeCiphertext {
        record: RecordId([7; 16]),
        hash: aegle_protocol::record::ciphertext_hash(b"bytes"),
        length: 5,
    };
    let (admin, other) = (world.caller(&running, &world.admin), world.caller(&running, &other));
    let refused = other.post(LARGE_CIPHERTEXTS_PATH, &large).await;
    assert_eq!(refused.reason(), (403, "not-custodian".into()));
    for key in [&world.patient, &world.clinician] {
        let refused = world.caller(&running, key).post(LARGE_CIPHERTEXTS_PATH, &large).await;
        assert_eq!(refused.reason(), (403, "role-required".into()));
    }
    assert_eq!(missing(&admin, &large).await, [0]);
    let refused = other.post(LARGE_CIPHERTEXTS_PATH, &large).await;
    assert_eq!(
        refused.reason(),
        (409, "record-exists".into()),
        "it is another organisation's"
    );
    let refused = other
        .send("PUT", &piece_path(&large.record, 0), b"bytes".to_vec())
        .await;
    assert_eq!(refused.reason(), (404, "not-found".into()));
    let changed = LargeCiphertext { length: 6, ..large };
    let refused = admin.post(LARGE_CIPHERTEXTS_PATH, &changed).await;
    assert_eq!(refused.reason(), (409, "record-exists".into()), "another ciphertext");
    for length in [0, MAX_LENGTH_CLASS.ciphertext_bytes() + 1] {
        let beyond = LargeCiphertext {
            record: RecordId([8; 16]),
            length,
            ..large
        };
        let refused = admin.post(LARGE_CIPHERTEXTS_PATH, &beyond).await;
        assert_eq!(refused.reason(), (413, "too-large".into()), "{length}");
    }
    for number in ["1", "-1", "4294967296", "x"] {
        let path = format!("/v1/ciphertexts/{}/pieces/{number}", large.record);
        assert_eq!(
            admin.send("PUT", &path, b"bytes".to_vec()).await.status,
            400,
            "{number}"
        );
    }
    running.stop().await;
}
