//! An indexer that lies: whatever it changes, the client notices before it shows anything.

use crate::{
    story::{observation, world_with},
    transports::{AlteredAnswer, OtherCiphertext},
};
use aegle_client::{
    chain::Chain,
    clinician::reader::{OpeningError, Reader},
    deployment::Aegle,
    fhir::Resource,
    indexer::Indexer,
    remote::RemoteError,
};
use aegle_crypto::{classes::Class, record::OpenError};
use aegle_protocol::{
    record::RecordId,
    wire::{OpenAnswerError, OpenRequest},
};
use aegle_rules::Purposes;
use aegle_stories::world::World;
use std::{cell::RefCell, fs, path::PathBuf};

/// The paths whose answers a clinician's client uses to open a record.
const ANSWERS: [&str; 3] = ["/v1/open", "/v1/grants/", "/v1/transform"];
/// More values than any of these answers has.
const MAX_LEAVES: usize = 200;

#[tokio::test]
async fn no_value_of_an_answer_can_be_changed_unnoticed() {
    let chart = chart();
    let world = granted_world(&chart).await;
    let record = world.people[0].records[0];
    for path in ANSWERS {
        let mut altered = Vec::new();
        for leaf in 0..MAX_LEAVES {
            let (change, outcome) = open_with(&world, (path, leaf), record).await;
            match (change, outcome) {
                (None, Ok(())) => break,
                (None, Err(error)) => panic!("{path} unchanged does not open: {error}"),
                (Some(pointer), Ok(())) => panic!("{path}: a changed {pointer} went unnoticed"),
                (Some(pointer), Err(_)) => altered.push(pointer),
            }
        }
        println!("{path}: {} values, each change noticed", altered.len());
        assert!(altered.len() >= 8 && altered.len() < MAX_LEAVES, "{path}: {altered:?}");
    }
    the_answer_about_another_record_is_refused(&world).await;
}

/// Opens a record through an indexer that changes one value of its answer; what was changed, and how it went.
async fn open_with(
    world: &World,
    (path, leaf): (&'static str, usize),
    record: RecordId,
) -> (Option<String>, Result<(), OpeningError>) {
    let honest = world.deployment().aegle();
    let inner = honest.indexer.transport();
    let indexer = Indexer::new(
        AlteredAnswer {
            inner,
            path,
            leaf,
            altered: RefCell::default(),
        },
        honest.contracts,
        honest.indexer.account(),
    );
    let aegle = Aegle::new(honest.chain, honest.contracts, &indexer);
    let outcome = world.clinician().open(&aegle, record, Purposes::TREAT).await;
    let outcome = outcome.map(|opened| assert_eq!(opened.content.bytes, chart()[0].text().as_bytes()));
    (indexer.transport().altered.take(), outcome)
}

#[tokio::test]
async fn a_damaged_or_exchanged_ciphertext_is_noticed() {
    let chart = chart();
    let world = granted_world(&chart).await;
    let [first, second] = [world.people[0].records[0], world.people[0].records[1]];
    let aegle = world.deployment().aegle();
    let clinician: &Reader = world.clinician();
    let file = |record: RecordId| vault_file(&world, record);
    let whole = fs::read(file(first)).unwrap();

    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let truncated = whole[..whole.len() - 1].to_vec();
    let exchanged = fs::read(file(second)).unwrap();
    for (what, bytes) in [
        ("flipped", flipped),
        ("truncated", truncated),
        ("exchanged", exchanged),
        ("empty", vec![]),
    ] {
        let honest = world.deployment().aegle();
        let inner = honest.indexer.transport();
        let other = OtherCiphertext {
            inner,
            bytes: bytes.clone(),
        };
        let indexer = Indexer::new(other, honest.contracts, honest.indexer.account());
        let lied_to = Aegle::new(honest.chain, honest.contracts, &indexer);
        let opened = clinician.open(&lied_to, first, Purposes::TREAT).await;
        let error = opened.map(|_| ()).unwrap_err();
        assert!(error.is_tampering(), "{what}: {error}");
        assert!(
            matches!(
                error,
                OpeningError::Content(OpenError::CiphertextHash | OpenError::Length { .. })
            ),
            "{what}: {error:?}"
        );
        assert!(
            world.people[0].patient.open(&lied_to, first).await.is_err(),
            "{what}: the patient notices as well"
        );
        // An indexer that does not lie says it of itself.
        fs::write(file(first), bytes).unwrap();
        let refused = clinician.open(&aegle, first, Purposes::TREAT).await.map(|_| ());
        let Err(OpeningError::Indexer(RemoteError::Refused { reason, .. })) = refused else {
            panic!("{what}: {refused:?}");
        };
        assert_eq!(reason, "ciphertext-lost", "{what}");
        fs::write(file(first), &whole).unwrap();
    }
    assert!(
        clinician.open(&aegle, first, Purposes::TREAT).await.is_ok(),
        "undamaged it opens again"
    );
    assert!(clinician.open(&aegle, second, Purposes::TREAT).await.is_ok());
}

/// An answer that is right, but about another record than was asked for.
async fn the_answer_about_another_record_is_refused(world: &World) {
    let [first, second] = [world.people[0].records[0], world.people[0].records[1]];
    let aegle = world.deployment().aegle();
    let request = OpenRequest {
        record: first,
        purpose: Purposes::TREAT,
    };
    let answer = aegle.indexer.open(world.clinician().key(), &request).await.unwrap();
    let head = aegle.chain.finalized().await.unwrap();
    let anchored = aegle.batch(&head, answer.domain, answer.batch).await.unwrap().unwrap();
    let refused = answer.clone().verify(&second, &anchored, &aegle.bound_to());
    assert!(matches!(refused, Err(OpenAnswerError::Record(name)) if name == first));
    assert!(answer.verify(&first, &anchored, &aegle.bound_to()).is_ok());
}

fn chart() -> Vec<Resource> {
    vec![
        observation("one", "Systolic blood pressure", &[]),
        observation("two", "Haemoglobin", &[]),
    ]
}

async fn granted_world(chart: &[Resource]) -> World {
    let world = world_with(chart).await;
    world
        .grant(&world.people[0], world.clinician(), &[Class::Laboratory])
        .await
        .expect("the patient grants");
    world
}

/// The file of a record's ciphertext, wherever in the vault it is.
fn vault_file(world: &World, record: RecordId) -> PathBuf {
    fn find(folder: PathBuf, name: &str) -> Option<PathBuf> {
        fs::read_dir(folder).expect("the vault can be read").find_map(|entry| {
            let entry = entry.expect("the vault can be read");
            match entry.file_type().expect("a file has a type").is_dir() {
                true => find(entry.path(), name),
                false => (entry.file_name() == name).then(|| entry.path()),
            }
        })
    }
    find(world.deployment().data().join("vault"), &hex::encode(record.0)).expect("the vault has the record")
}
