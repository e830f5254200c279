//! Golden vectors, checked by the code as it was compiled: the same files that the native tests hold.

#[path = "../../../search/keys/tests/keys/golden.rs"]
mod golden;

use crate::{fault::Fault, json, opening::Opening};
use aegle_client::{
    account::AccountKey,
    crypto::{
        classes::Class,
        delegation::open_own,
        master::MasterSecret,
        record::{RecordCipher, open_record},
        seed::Seed,
    },
    protocol::{
        Contracts, Deployment,
        commitment::{DocumentSalt, document_commitment},
        delegation::{Capsule, CapsuleLabel, PartialDecryption, SplitDocument, SplitSalt, TransformContext},
        merkle::{Tree, root, tree_hash},
        record::RecordRow,
        request::{Audience, BodyHash, Nonce, RequestHead, RequestSignature},
        session::Session,
        wire::RelayRequest,
    },
    recovery::RecoveryKey,
    relayer::Act,
};
use aegle_rules::{AccountId, Hash, Purposes, Slot, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

type Checked = Result<Vec<bool>, serde_json::Error>;

/// Checks a file of `tests/vectors`; returns for each vector whether it is right.
#[wasm_bindgen(js_name = checkVectors)]
pub fn check_vectors(name: &str, text: &str) -> Result<Vec<u8>, JsValue> {
    let checked = match name {
        "sealed.json" => golden::compare(&golden::scheme(), text),
        "sealed-queries.json" => golden::compare(&golden::questions(), text),
        "sealed-rfc9497.json" => golden::rfc_9497(text),
        "requests.json" => requests(text),
        "merkle.json" => merkle(text),
        "records.json" => records(text),
        "delegation.json" => delegation(text),
        "phrases.json" => phrases(text),
        "relayed.json" => relayed(text),
        _ => return Err(Fault::argument(format!("`{name}` is no file of vectors that is known here")).into()),
    };
    let checked = checked.map_err(|error| Fault::argument(format!("{name}: {error}")))?;
    Ok(checked.into_iter().map(u8::from).collect())
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    digits.and_then(|digits| hex::decode(digits).ok()).unwrap_or_default()
}

fn typed<T: for<'a> Deserialize<'a>>(value: &Value) -> Result<T, serde_json::Error> {
    T::deserialize(value)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What is signed of a request, its hash, and a signature.
fn requests(text: &str) -> Checked {
    let file: Value = serde_json::from_str(text)?;
    let audience = Audience {
        deployment: typed(&file["deployment"])?,
        server: typed(&file["server"])?,
    };
    let head = |vector: &Value| -> Result<RequestHead, serde_json::Error> {
        Ok(RequestHead {
            audience,
            method: typed(&vector["method"])?,
            path: typed(&vector["path"])?,
            body: BodyHash::of(&bytes(&vector["body"])),
            nonce: typed::<Nonce>(&vector["nonce"])?,
            expires: typed::<Timestamp>(&vector["expires"])?,
        })
    };
    let mut right = Vec::new();
    for vector in list(&file["requests"]) {
        let head = head(vector)?;
        right.push(
            json!(head.payload()) == vector["payload"]
                && json!(head.hash()) == vector["hash"]
                && json!(head.body) == vector["body_hash"],
        );
    }
    let head = head(&file["requests"][0])?;
    let account: AccountId = typed(&file["signed"]["account"])?;
    let signature: RequestSignature = typed(&file["signed"]["signature"])?;
    let signed = head.headers(account, signature);
    right.push(head.verify(&signed, head.expires.saturating_sub(1)).is_ok());
    let session = &file["session"];
    let opener: AccountId = typed(&session["account"])?;
    let payload = Session::payload(
        &audience.deployment,
        &typed(&session["key"])?,
        typed(&session["expires"])?,
    );
    right.push(
        json!(payload) == session["payload"] && json!(head.session_payload(&opener)) == session["request_payload"],
    );
    Ok(right)
}

/// The roots of trees, and the commitment to a document.
fn merkle(text: &str) -> Checked {
    let file: Value = serde_json::from_str(text)?;
    let mut right = Vec::new();
    for tree in list(&file["trees"]) {
        let leaves: Vec<Vec<u8>> = list(&tree["leaves"]).iter().map(bytes).collect();
        let roots = json!({
            "records": root(Tree::Records, &leaves),
            "labels": root(Tree::Labels, &leaves),
            "counts": root(Tree::Counts, &leaves),
            "segments": root(Tree::Segments, &leaves),
        });
        right.push(json!(tree_hash(&leaves)) == tree["tree_hash"] && roots == tree["roots"]);
    }
    let kept = &file["document_commitment"];
    let salt: DocumentSalt = typed(&kept["salt"])?;
    right.push(json!(document_commitment(&bytes(&kept["document"]), &salt)) == kept["commitment"]);
    Ok(right)
}

/// The master secret of the patient in the vectors.
const MASTER: [u8; 32] = [9; 32];

/// Records open under their patient's own key, and their leaves and headers hash to what they did.
fn records(text: &str) -> Checked {
    let file: Value = serde_json::from_str(text)?;
    let deployment: Deployment = typed(&file["deployment"])?;
    let master = MasterSecret::from_bytes(Zeroizing::new(MASTER));
    let mut right = Vec::new();
    for vector in list(&file["records"]) {
        let row: RecordRow = typed(&vector["row"])?;
        let hashes = json!(row.leaf()) == vector["leaf"] && json!(row.header.hash()) == vector["header_hash"];
        let secret = master.slot_secret(&deployment.genesis, row.header.slot, row.header.epoch);
        let key = row
            .verify_capsule(&deployment)
            .map(|capsule| open_own(&capsule, &secret));
        let opens = match (key, vector.get("ciphertext")) {
            (Ok(key), Some(ciphertext)) => open_record(&row, &bytes(ciphertext), &key).is_ok_and(|content| {
                content.bytes == bytes(&vector["content"]) && json!(content.media_type) == vector["media_type"]
            }),
            // Of the longest one the file has the hash alone.
            (Ok(_), None) => true,
            (Err(_), _) => false,
        };
        right.push(hashes && opens);
    }
    Ok(right)
}

/// Begins to open a record of the vectors, so that the browser's AES is held to them, too.
#[wasm_bindgen(js_name = openingOf)]
pub fn opening_of(deployment: &str, row: &str) -> Result<Opening, JsValue> {
    let deployment: Deployment = json::read("the deployment", deployment)?;
    let row: RecordRow = json::read("the row", row)?;
    let master = MasterSecret::from_bytes(Zeroizing::new(MASTER));
    let secret = master.slot_secret(&deployment.genesis, row.header.slot, row.header.epoch);
    let capsule = row.verify_capsule(&deployment);
    let capsule = capsule.map_err(|error| Fault::argument(error.to_string()))?;
    let cipher = RecordCipher::new(&row, &open_own(&capsule, &secret));
    let cipher = cipher.map_err(|error| Fault::argument(error.to_string()))?;
    Ok(Opening::of(row, Purposes::PATRQT, Value::Null, cipher))
}

/// Everything that follows from a master secret, a capsule that it opens, a split, and transforms with their proofs.
fn delegation(text: &str) -> Checked {
    let file: Value = serde_json::from_str(text)?;
    let deployment: Deployment = typed(&file["deployment"])?;
    let genesis = deployment.genesis;
    let Ok(secret) = <[u8; 32]>::try_from(bytes(&file["master_secret"])) else {
        return Ok(vec![false]);
    };
    let master = MasterSecret::from_bytes(Zeroizing::new(secret));
    let mut right = vec![json!(master.encryption_secret(&genesis).public_key()) == file["encryption_key"]];
    for key in list(&file["slot_keys"]) {
        let secret = master.slot_secret(&genesis, Slot(typed(&key["slot"])?), typed(&key["epoch"])?);
        right.push(json!(secret.public_key()) == key["public_key"]);
    }
    let map = master.class_map(&genesis);
    let classes: Vec<Value> = Class::ALL
        .iter()
        .map(|class| json!([class.name(), map.slot(*class).0]))
        .collect();
    right.push(json!(classes) == file["classes"]);
    let split: SplitDocument = typed(&file["split"]["document"])?;
    let (commitment, salt): (Hash, SplitSalt) = (typed(&file["split"]["commitment"])?, typed(&file["split"]["salt"])?);
    let grant = split.grant;
    let capsule: Capsule = typed(&file["capsule"]["capsule"])?;
    let label: CapsuleLabel = typed(&file["capsule"]["label"])?;
    let context: TransformContext = typed(&file["transforms"]["context"])?;
    let (Ok(split), Ok(capsule)) = (split.verify(&commitment, &salt, grant), capsule.verify(&label)) else {
        right.push(false);
        return Ok(right);
    };
    let slot = split.slot(
        Slot(typed(&file["split"]["delegatee"]["slot"])?),
        typed(&file["split"]["delegatee"]["epoch"])?,
    );
    for partial in list(&file["transforms"]["partials"]) {
        let partial: PartialDecryption = typed(partial)?;
        right.push(slot.is_some_and(|slot| partial.verify(slot, &capsule, &context).is_ok()));
    }
    Ok(right)
}

/// Every key that follows from the words of a phrase, and the words again.
fn phrases(text: &str) -> Checked {
    let file: Value = serde_json::from_str(text)?;
    let genesis: Hash = typed(&file["genesis"])?;
    let hexadecimal = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let account = |key: &[u8; 32]| AccountKey::from_seed(key).account();
    let right = list(&file["phrases"]).iter().map(|vector| {
        let phrase = vector["phrase"].as_str().unwrap_or_default();
        let Ok(seed) = Seed::from_phrase(phrase) else {
            return false;
        };
        let (master, encryption) = (seed.master_secret(), seed.reader_encryption_secret());
        let derived = json!({
            "entropy": vector["entropy"],
            "phrase": seed.to_phrase().as_str(),
            "master_secret": hexadecimal(master.expose_bytes()),
            "account_key": hexadecimal(&*seed.account_key()),
            "account": account(&seed.account_key()),
            "recovery_key": hexadecimal(&*seed.recovery_key()),
            "recovery_account": RecoveryKey::of(&seed).account(),
            "reader_account_key": hexadecimal(&*seed.reader_account_key()),
            "reader_account": account(&seed.reader_account_key()),
            "reader_encryption_secret": hexadecimal(encryption.expose_seed()),
            "reader_encryption_key": encryption.public_key(),
            "encryption_key": master.encryption_secret(&genesis).public_key(),
        });
        derived == *vector
    });
    Ok(right.collect())
}

/// What is signed of each act that is relayed, its signature, and the request that hands it over; and which messages are no such
/// acts.
fn relayed(text: &str) -> Checked {
    let file: Value = serde_json::from_str(text)?;
    let contracts: Contracts = typed(&file["contracts"])?;
    let act = |vector: &Value| -> Result<Option<Act>, serde_json::Error> {
        let contract: AccountId = typed(&vector["contract"])?;
        Ok(Act::of_call(&contracts, contract, "a vector", &bytes(&vector["message"])).ok())
    };
    let mut right = Vec::new();
    for vector in list(&file["acts"]) {
        let (signer, nonce, expires): (AccountId, u64, Timestamp) = (
            typed(&vector["signer"])?,
            typed(&vector["nonce"])?,
            typed(&vector["expires"])?,
        );
        let signature = <[u8; 64]>::try_from(bytes(&vector["signature"]));
        let (Some(act), Ok(signature)) = (act(vector)?, signature) else {
            right.push(false);
            continue;
        };
        let signed = act.signed_bytes(&contracts, nonce, expires).unwrap_or_default();
        let request = RelayRequest::new(&act.signed(signer, nonce, expires, signature));
        let verified = request.verify(&contracts, expires.saturating_sub(1));
        right.push(
            signed == bytes(&vector["signed_bytes"])
                && json!(request) == vector["request"]
                && verified.is_ok_and(|call| json!(call.digest()) == vector["digest"]),
        );
    }
    for vector in list(&file["not_relayed"]) {
        right.push(act(vector)?.is_none());
    }
    Ok(right)
}
