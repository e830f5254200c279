//! Golden vectors in `tests/vectors`, which every language reads. Rust makes them from seeded randomness and compares;
//! `AEGLE_WRITE_VECTORS=1 cargo test -p aegle-crypto vectors` writes them anew.

use crate::fixture::{
    CONTENT, MEDIA_TYPE, PATIENT, SLOT, context, deployment, granted, message_key, patient, random, sealed,
};
use crate::requests::audience;
use aegle_crypto::{
    classes::Class,
    delegation::{open_delegated, open_own},
    record::open_record,
};
use aegle_protocol::{
    commitment::{DocumentSalt, IndexSalt, document_commitment, index_commitment},
    delegation::{EncodedScalar, VerifiedSlot},
    merkle::{Tree, proof, root, tree_hash},
    record::RecordRow,
    request::{RequestHead, RequestSignature},
};
use aegle_rules::{AccountId, Slot};
use aegle_sealed::{CountEntry, CountTable, Label, LabelSet, Salt, UnverifiedLabelSet};
use rand_chacha::rand_core::RngCore;
use scale::Encode;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

fn check(name: &str, vectors: &Value) {
    let path = folder().join(name);
    if std::env::var_os("AEGLE_WRITE_VECTORS").is_some() {
        fs::write(&path, format!("{vectors:#}\n")).unwrap();
    }
    let stored: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(&stored, vectors, "{name}");
}

fn hexadecimal(bytes: impl AsRef<[u8]>) -> Value {
    json!(format!("0x{}", hex::encode(bytes)))
}

fn record_vector(content: &[u8], seed: u8) -> Value {
    let (row, ciphertext) = sealed(content, 0, seed);
    let ciphertext = ciphertext.as_ref();
    json!({
        "content": hexadecimal(content),
        "media_type": MEDIA_TYPE,
        "message_key": hexadecimal(message_key(seed)),
        "header": hexadecimal(row.header.encode()),
        "header_hash": row.header.hash(),
        "row": row,
        "row_scale": hexadecimal(row.encode()),
        "leaf": row.leaf(),
        "ciphertext": hexadecimal(ciphertext),
    })
}

#[test]
fn records() {
    let lengths = [0, 47, 219, 70_000];
    let vectors: Vec<Value> = (1..)
        .zip(lengths)
        .map(|(seed, length)| record_vector(&CONTENT.repeat(1_500)[..length], seed))
        .collect();
    let short = vectors.iter().map(|vector| {
        let mut vector = vector.clone();
        // A ciphertext of two segments is named by its hash alone.
        if vector["content"].as_str().unwrap().len() > 1_000 {
            vector["content"] = json!({ "repeat": hexadecimal(CONTENT), "length": 70_000 });
            vector.as_object_mut().unwrap().remove("ciphertext");
        }
        vector
    });
    check(
        "records.json",
        &json!({ "deployment": deployment(), "records": short.collect::<Vec<_>>() }),
    );
}

fn split_vector(slot: &VerifiedSlot, scalar: [u8; 32]) -> Value {
    json!({ "slot": slot.split().slot, "epoch": slot.split().epoch, "delegatee_secret": EncodedScalar(scalar) })
}

#[test]
fn delegation() {
    let genesis = deployment().genesis;
    let secret = patient().slot_secret(&genesis, SLOT, 0);
    let (row, ciphertext): (RecordRow, _) = sealed(CONTENT, 0, 1);
    let capsule = row.verify_capsule(&deployment()).unwrap();
    let split = granted(1, 2, 3, true, 2);
    let slot = split.split.slot(SLOT, 0).unwrap();
    let partials = [1, 3].map(|index: u8| {
        let share = split.proxies[usize::from(index) - 1].share(SLOT, 0).unwrap();
        share.transform(&capsule, &context(1), &mut random(index))
    });
    let verified: Vec<_> = partials
        .iter()
        .map(|partial| partial.verify(slot, &capsule, &context(1)).unwrap())
        .collect();
    let key = open_delegated(
        &capsule,
        slot,
        split.delegatee.as_ref().unwrap().part(SLOT, 0),
        &verified,
    )
    .unwrap();
    assert_eq!(
        open_record(&row, ciphertext.as_ref(), &key),
        open_record(&row, ciphertext.as_ref(), &open_own(&capsule, &secret))
    );

    // The first scalar that splitting draws is x_d.
    let mut wide = [0; 64];
    random(2).fill_bytes(&mut wide);
    let delegatee = curve25519_dalek::Scalar::from_bytes_mod_order_wide(&wide).to_bytes();
    let slot_keys: Vec<Value> = [(0, 0), (4, 0), (4, 1), (31, 65_535)]
        .map(|(slot, epoch)| {
            let secret = patient().slot_secret(&genesis, Slot(slot), epoch);
            json!({ "slot": slot, "epoch": epoch, "public_key": secret.public_key() })
        })
        .to_vec();
    let map = patient().class_map(&genesis);
    let classes: Vec<Value> = Class::ALL
        .iter()
        .map(|class| json!([class.name(), map.slot(*class).0]))
        .collect();
    check(
        "delegation.json",
        &json!({
            "deployment": deployment(),
            "master_secret": hexadecimal(patient().expose_bytes()),
            "slot_keys": slot_keys,
            "classes": classes,
            "encryption_key": patient().encryption_secret(&genesis).public_key(),
            "key_bundle_hash": patient().key_bundle(genesis, PATIENT, 1_000, |_| 0).hash(),
            "capsule": {
                "message_key": hexadecimal(message_key(1)),
                "public_key": secret.public_key(),
                "label": row.label(&deployment()),
                "capsule": row.capsule,
            },
            "split": {
                "document": split.split.document(),
                "document_scale": hexadecimal(split.split.document().encode()),
                "salt": split.salt,
                "commitment": split.split.commitment(),
                "delegatee": split_vector(slot, delegatee),
            },
            "transforms": { "context": context(1), "partials": partials },
        }),
    );
}

fn labels() -> LabelSet {
    let entries = (0..16_u8).map(|entry| match entry {
        0 => CountEntry::FIRST,
        15 => CountEntry::LAST,
        other => CountEntry {
            fingerprint: [other; 10],
            masked: u32::from(other),
        },
    });
    UnverifiedLabelSet {
        salt: Salt([4; 16]),
        records: vec![
            (0..8).map(|label| Label([label; 10])).collect(),
            (8..16).map(|label| Label([label; 10])).collect(),
        ],
        counts: CountTable::new(entries.collect()).unwrap(),
    }
    .verify(2)
    .unwrap()
}

#[test]
fn merkle() {
    let leaves: Vec<Vec<u8>> = (0..11_u8).map(|leaf| vec![leaf; usize::from(leaf)]).collect();
    let trees: Vec<Value> = (0..=leaves.len())
        .map(|count| {
            let leaves = &leaves[..count];
            let proofs: Vec<_> = (0..count).map(|index| proof(leaves, index).unwrap()).collect();
            json!({
                "leaves": leaves.iter().map(hexadecimal).collect::<Vec<_>>(),
                "tree_hash": tree_hash(leaves),
                "roots": {
                    "records": root(Tree::Records, leaves),
                    "labels": root(Tree::Labels, leaves),
                    "counts": root(Tree::Counts, leaves),
                    "segments": root(Tree::Segments, leaves),
                },
                "proofs": proofs,
            })
        })
        .collect();
    let labels = labels();
    let document = br#"{"resourceType":"Consent"}"#;
    check(
        "merkle.json",
        &json!({
            "trees": trees,
            "index_commitment": {
                "labels": hexadecimal(labels.encode()),
                "salt": IndexSalt([5; 32]),
                "commitment": index_commitment(&labels, 0, &IndexSalt([5; 32])),
            },
            "document_commitment": {
                "document": hexadecimal(document),
                "salt": DocumentSalt([6; 32]),
                "commitment": document_commitment(document, &DocumentSalt([6; 32])),
            },
        }),
    );
}

/// The signature of the first request. sr25519 signatures are randomised: one is made when the vectors are written, and
/// verified ever after.
fn signature_of(head: &RequestHead, pair: &schnorrkel::Keypair) -> RequestSignature {
    if std::env::var_os("AEGLE_WRITE_VECTORS").is_some() {
        let signed = pair.sign_simple(b"substrate", head.payload().as_bytes());
        return RequestSignature(signed.to_bytes());
    }
    let stored: Value = serde_json::from_str(&fs::read_to_string(folder().join("requests.json")).unwrap()).unwrap();
    serde_json::from_value(stored["signed"]["signature"].clone()).unwrap()
}

#[test]
fn requests() {
    use schnorrkel::{ExpansionMode, MiniSecretKey};
    let pair = MiniSecretKey::from_bytes(&[4; 32])
        .unwrap()
        .expand_to_keypair(ExpansionMode::Ed25519);
    let account = AccountId(pair.public.to_bytes());
    let cases = [
        ("GET", "/v1/disclosures", &b""[..]),
        ("POST", "/v1/search", b"{}"),
        ("GET", "/v1/ciphertexts/0x00?purpose=1", b""),
    ];
    let now = 1_790_000_000_000;
    let head = |(method, path, body)| {
        RequestHead::new(audience(), (method, path), body, (now, 60_000), &mut random(1)).unwrap()
    };
    let vectors: Vec<Value> = cases
        .iter()
        .map(|case| {
            let head = head(*case);
            json!({
                "method": head.method,
                "path": head.path,
                "body": hexadecimal(case.2),
                "body_hash": head.body,
                "nonce": head.nonce,
                "expires": head.expires,
                "payload": head.payload(),
                "hash": head.hash(),
            })
        })
        .collect();
    let head = head(cases[0]);
    let signature = signature_of(&head, &pair);
    assert!(head.verify(&head.headers(account, signature), now).is_ok());
    check(
        "requests.json",
        &json!({ "deployment": deployment(), "server": audience().server, "requests": vectors, "signed": { "account": account, "signature": signature } }),
    );
}
