//! Golden vectors in `tests/vectors` that take secrets, which every language reads. Rust makes them from seeded randomness and compares;
//! `AEGLE_WRITE_VECTORS=1 cargo test -p aegle-crypto vectors` writes them anew.

use crate::fixture::{
    CONTENT, MEDIA_TYPE, PATIENT, SLOT, context, deployment, granted, message_key, patient, random, sealed,
};
use aegle_crypto::{
    classes::Class,
    delegation::{open_delegated, open_own},
    record::open_record,
    seed::Seed,
};
use aegle_protocol::{
    delegation::{EncodedScalar, VerifiedSlot},
    record::RecordRow,
};
use aegle_rules::Slot;
use rand_chacha::rand_core::RngCore;
use scale::Encode;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

fn check(name: &str, vectors: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(name);
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
    let published = patient().published_keys(&deployment(), PATIENT, 1_000, [0; 32]);
    let mut answer = serde_json::to_value(published.answer(&[1; 32])).unwrap();
    // Two keys of 32 say which they are.
    answer["keys"].as_array_mut().unwrap().truncate(2);
    check(
        "delegation.json",
        &json!({
            "deployment": deployment(),
            "master_secret": hexadecimal(patient().expose_bytes()),
            "slot_keys": slot_keys,
            "classes": classes,
            "encryption_key": patient().encryption_secret(&genesis).public_key(),
            "key_bundle": published.bundle(),
            "key_bundle_hash": published.bundle().hash(),
            "key_answer": answer,
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

/// The account of an sr25519 mini secret key, as Substrate has it.
pub(crate) fn account(key: &[u8; 32]) -> Value {
    let mini = schnorrkel::MiniSecretKey::from_bytes(key).unwrap();
    let pair = mini.expand_to_keypair(schnorrkel::ExpansionMode::Ed25519);
    hexadecimal(pair.public.to_bytes())
}

#[test]
fn phrases() {
    // The reference vectors of BIP-39 for 256 bits (trezor/python-mnemonic, vectors.json), and one that was drawn.
    let entropies = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
        "8080808080808080808080808080808080808080808080808080808080808080",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
        "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863",
        "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad",
        "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
    ];
    let phrases = entropies.map(|entropy| {
        let entropy: Vec<u8> = hex::decode(entropy).unwrap();
        let phrase = bip39::Mnemonic::from_entropy(&entropy).unwrap().to_string();
        let seed = Seed::from_phrase(&phrase).unwrap();
        let genesis = deployment().genesis;
        json!({
            "entropy": hexadecimal(entropy),
            "phrase": phrase,
            "master_secret": hexadecimal(seed.master_secret().expose_bytes()),
            "account_key": hexadecimal(*seed.account_key()),
            "account": account(&seed.account_key()),
            "recovery_key": hexadecimal(*seed.recovery_key()),
            "recovery_account": account(&seed.recovery_key()),
            "reader_account_key": hexadecimal(*seed.reader_account_key()),
            "reader_account": account(&seed.reader_account_key()),
            "reader_encryption_secret": hexadecimal(seed.reader_encryption_secret().expose_seed()),
            "reader_encryption_key": seed.reader_encryption_secret().public_key(),
            "encryption_key": seed.master_secret().encryption_secret(&genesis).public_key(),
        })
    });
    check(
        "phrases.json",
        &json!({ "genesis": deployment().genesis, "phrases": phrases }),
    );
}
