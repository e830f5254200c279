//! An erased record is in no answer and no proof, and after its batch was labelled anew, in no file.

use crate::story::{observation, world_with};
use aegle_client::{
    custodian::{NewRecord, RelabelError, cancel_erasure, request_erasure, second_erasure},
    fhir::Resource,
    remote::RemoteError,
    search::verify::{VerifiedSearchError, verified_search},
};
use aegle_protocol::{record::RecordId, wire::Format};
use aegle_rules::{BatchNumber, Purposes, Roles, consortium::Limits, ledger::ErasureReason};
use aegle_sealed::UnverifiedLabelSet;
use aegle_stories::world::{Person, World};
use aho_corasick::AhoCorasick;
use scale::Decode;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const BATCH: BatchNumber = BatchNumber(0);
/// The number of the record that is erased.
const ERASED: u32 = 1;
/// How long what is erased may stay.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(250);
/// How long an erasure can be called off.
pub(crate) const ERASURE: Duration = Duration::from_millis(Limits::DEFAULT.erasure_ms + 1_000);
/// When an erasure is final so soon, its batch is not labelled anew.
const LAST_MINUTES: Duration = Duration::from_secs(300);
/// In which time an indexer looks for erased records at least once.
const SWEEPS: Duration = Duration::from_secs(6);

fn chart() -> Vec<Resource> {
    vec![
        observation("one", "Systolic blood pressure", &[]),
        observation("two", "Haemoglobin", &[]),
        observation("three", "Potassium", &[]),
    ]
}

async fn found(world: &World, text: &str) -> Vec<RecordId> {
    let hits = world.search_own(&world.people[0], text).await.unwrap();
    hits.iter().map(|hit| hit.record).collect()
}

async fn proved(world: &World, text: &str) -> Vec<u32> {
    let person = &world.people[0];
    let request = world
        .search_request(person.account(), person, text, Purposes::PATRQT)
        .await
        .unwrap();
    let answer = verified_search(&world.deployment().aegle(), person.patient.key(), &request)
        .await
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    answer.hits.iter().map(|hit| hit.number).collect()
}

/// The labels of a record, by its number among those of its batch or span, and their salt.
pub(crate) async fn labels(world: &World, batch: BatchNumber, number: usize) -> Vec<Vec<u8>> {
    let store = world.deployment().indexer().store();
    let domain = world.hospital().domain();
    let current = store.current_labels(domain, batch).await.unwrap().unwrap();
    let proof = store.labels_proof(domain, &current).await.unwrap().unwrap();
    let mut body = Format::LabelSet.body(&proof.labels).unwrap();
    let labels = UnverifiedLabelSet::decode(&mut body).unwrap();
    let own = labels.records[number].iter().map(|label| label.0.to_vec());
    own.chain([labels.salt.0.to_vec()]).collect()
}

/// The files below a folder that hold one of these.
pub(crate) fn holding(folder: &Path, needles: &[Vec<u8>]) -> Vec<PathBuf> {
    let finder = AhoCorasick::new(needles).unwrap();
    let (mut folders, mut holding) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        // The database makes and removes files while it works.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => {
                    let held = fs::read(entry.path()).is_ok_and(|bytes| finder.is_match(&bytes));
                    holding.extend(held.then(|| entry.path()));
                }
                _ => {}
            }
        }
    }
    holding
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> Result<(), String>) {
    let began = Instant::now();
    loop {
        match holds() {
            Ok(()) => return,
            Err(why) if began.elapsed() > PATIENCE => panic!("{what}: {why}"),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

pub(crate) fn batch<'a>(person: &'a Person, chart: &'a [Resource]) -> Vec<Option<NewRecord<'a>>> {
    let records = chart.iter().map(|resource| {
        Some(NewRecord {
            patient: &person.enrolled,
            resource,
        })
    });
    records.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_record_is_in_no_answer_no_proof_and_no_file() {
    let chart = chart();
    let mut world = world_with(&chart).await;
    // A second batch, which keeps its labels.
    let other = observation("four", "Haemoglobin", &[]);
    world.ingest(&[(0, &other)]).await.unwrap();
    let (person, data) = (&world.people[0], world.deployment().data());
    let (erased, domain) = (person.records[ERASED as usize], world.hospital().domain());
    assert_eq!(found(&world, "text:haemoglobin").await, [person.records[3], erased]);
    assert_eq!(proved(&world, "text:haemoglobin").await, [0, ERASED]);
    let old = labels(&world, BATCH, ERASED as usize).await;
    assert!(!holding(data, &old).is_empty(), "the labels are somewhere");
    let ciphertext = hex::encode(erased.0);
    let in_vault = || data.join("vault").join(&ciphertext[..2]).join(&ciphertext).exists();
    assert!(in_vault());

    let (custodian, aegle) = (world.hospital().custodian(), world.deployment().aegle());
    let mut records = batch(person, &chart);
    // What is not erased cannot be left out.
    let (all, without) = (records.clone(), {
        records[ERASED as usize] = None;
        records
    });
    let refused = custodian.relabel(&aegle, domain, BATCH, &without).await;
    assert!(matches!(refused, Err(RelabelError::Missing(at)) if at.number == ERASED));
    let key = custodian.key();
    let ask = || request_erasure(&aegle, key, domain, BATCH, &[ERASED], ErasureReason::PatientRequest);
    let requested = ask().await.unwrap();
    assert_eq!(requested.len(), 1);
    assert!(ask().await.unwrap().is_empty(), "once is enough");
    // Until it is final it can be called off, and everything is as before.
    assert_eq!(found(&world, "text:haemoglobin").await, [person.records[3], erased]);
    assert_eq!(proved(&world, "text:haemoglobin").await, [0, ERASED]);
    assert!(person.patient.open(&aegle, erased).await.is_ok());
    let refused = custodian.relabel(&aegle, domain, BATCH, &without).await;
    assert!(matches!(refused, Err(RelabelError::Missing(at)) if at.number == ERASED));
    tokio::time::sleep(SWEEPS).await;
    assert!(in_vault(), "nothing is removed that may be called off");
    cancel_erasure(&aegle, key, domain, requested[0].erasure).await.unwrap();
    let again = ask().await.unwrap();
    world.deployment().advance(ERASURE - LAST_MINUTES).await.unwrap();
    let soon = custodian.relabel(&aegle, domain, BATCH, &all).await;
    assert!(matches!(soon, Err(RelabelError::ErasedSoon(at)) if at.number == ERASED));
    world.deployment().advance(LAST_MINUTES).await.unwrap();
    let late = cancel_erasure(&aegle, key, domain, again[0].erasure).await;
    assert!(late.is_err(), "it is final");
    // From then on, with the same tokens or others: in no answer, and not to be opened.
    assert_eq!(found(&world, "text:haemoglobin").await, [person.records[3]]);
    assert_eq!(
        found(&world, "NOT text:pressure").await,
        [person.records[3], person.records[2]]
    );
    assert!(person.patient.open(&aegle, erased).await.is_err());
    // A proof would show the labels of what is erased: there is none until the batch has new ones.
    let request = world
        .search_request(person.account(), person, "text:pressure", Purposes::PATRQT)
        .await
        .unwrap();
    let unproved = verified_search(&aegle, person.patient.key(), &request).await;
    assert!(matches!(
        unproved,
        Err(VerifiedSearchError::Indexer(RemoteError::Refused { .. }))
    ));
    until("the ciphertext", || {
        if in_vault() { Err("it is there".into()) } else { Ok(()) }
    })
    .await;
    assert!(
        person.patient.open(&aegle, person.records[0]).await.is_ok(),
        "the others' proofs stand"
    );

    // Labelled anew, and nothing tells any more what the record had.
    let refused = custodian.relabel(&aegle, domain, BATCH, &all).await;
    assert!(matches!(refused, Err(RelabelError::Erased(at)) if at.number == ERASED));
    let relabelled = custodian.relabel(&aegle, domain, BATCH, &without).await.unwrap();
    assert_eq!(relabelled.version, 1);
    for (text, numbers) in [
        ("text:haemoglobin", vec![0]),
        ("text:potassium", vec![2]),
        ("text:pressure", vec![0]),
        ("status:final", vec![0, 0, 2]),
    ] {
        assert_eq!(proved(&world, text).await, numbers, "{text}");
    }
    assert_ne!(labels(&world, BATCH, ERASED as usize).await, old);
    until("the old labels", || match holding(data, &old) {
        files if files.is_empty() => Ok(()),
        files => Err(format!("they are in {files:?}")),
    })
    .await;
    assert_eq!(found(&world, "status:final").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_hide_a_record_at_once_and_so_does_its_patient_and_one_admin_does_not() {
    let world = world_with(&chart()).await;
    let (person, domain) = (&world.people[0], world.hospital().domain());
    let (aegle, key) = (world.deployment().aegle(), world.hospital().custodian().key());
    let all = [person.records[0], person.records[1], person.records[2]];
    let ask = async |number| {
        let asked = request_erasure(&aegle, key, domain, BATCH, &[number], ErasureReason::PatientRequest).await;
        asked.unwrap()[0].erasure
    };
    let indexed = async |receipt| world.deployment().indexed(&receipt).await.unwrap();
    let (first, second) = (ask(0).await, ask(1).await);
    assert_eq!(found(&world, "status:final").await, all, "one admin hides nothing");

    // The patient hides their own, and a stranger nobody's.
    let stranger = world.deployment().account().await.unwrap();
    indexed(second_erasure(&aegle, &stranger, domain, first).await.unwrap()).await;
    assert_eq!(found(&world, "status:final").await, all);
    indexed(
        second_erasure(&aegle, person.patient.key(), domain, first)
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(found(&world, "status:final").await, all[1..]);
    assert!(person.patient.open(&aegle, all[0]).await.is_err());

    // A second admin, whoever's records they are.
    let other = world.deployment().account().await.unwrap();
    world.appoint(other.account(), Roles::ORGANISATION_ADMIN).await.unwrap();
    indexed(second_erasure(&aegle, &other, domain, second).await.unwrap()).await;
    assert_eq!(found(&world, "status:final").await, all[2..]);
    let request = world
        .search_request(person.account(), person, "text:potassium", Purposes::PATRQT)
        .await
        .unwrap();
    let unproved = verified_search(&aegle, person.patient.key(), &request).await;
    assert!(unproved.is_err(), "a proof would show the labels of what is hidden");

    // What two asked for, the first one does not call off alone; then everything is as before.
    assert!(cancel_erasure(&aegle, key, domain, second).await.is_err());
    for (by, erasure) in [(&other, second), (key, first)] {
        indexed(cancel_erasure(&aegle, by, domain, erasure).await.unwrap()).await;
    }
    assert_eq!(found(&world, "status:final").await, all);
    assert_eq!(proved(&world, "status:final").await, [0, 1, 2]);
    assert!(person.patient.open(&aegle, all[0]).await.is_ok());
}
