//! Golden vectors in `tests/vectors` that take no secret, which every language reads. Rust makes them from seeded
//! randomness and compares; `AEGLE_WRITE_VECTORS=1 cargo test -p aegle-protocol vectors` writes them anew.

use crate::{
    fixture::{deployment, random},
    requests::audience,
};
use aegle_protocol::{
    commitment::{DocumentSalt, IndexSalt, document_commitment, index_commitment},
    merkle::{Tree, proof, root, tree_hash},
    request::{Outgoing, RequestHead, RequestSignature},
    session::{Session, SessionKey},
};
use aegle_rules::AccountId;
use aegle_sealed::{CountEntry, CountTable, Label, LabelSet, Salt, UnverifiedLabelSet};
use scale::Encode;
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

pub(crate) fn check(name: &str, vectors: &Value) {
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
        let request = Outgoing {
            audience: audience(),
            method,
            path,
            body,
            now,
            lifetime: 60_000,
        };
        RequestHead::new(request, &mut random(1)).unwrap()
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
    let (key, expires) = (SessionKey([5; 32]), now + 3_600_000);
    let session = json!({
        "account": account,
        "key": key,
        "expires": expires,
        "payload": Session::payload(&deployment(), &key, expires),
        "request_payload": head.session_payload(&account),
    });
    check(
        "requests.json",
        &json!({
            "deployment": deployment(),
            "server": audience().server,
            "requests": vectors,
            "signed": { "account": account, "signature": signature },
            "session": session,
        }),
    );
}
