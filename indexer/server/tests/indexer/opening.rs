//! What a search leads to: rows with proofs, ciphertexts, and nothing for who may not see them.
use crate::{
    batches::custodian_of,
    search::{StoredWorld, stored},
    support::world::{SLOT, World},
};
use aegle_client::chain::Chain;
use aegle_crypto::{delegation::open_own, record::open_record};
use aegle_indexer::Indexer;
use aegle_protocol::{
    record::RecordId,
    wire::{DisclosureKind, DisclosureLog, OpenAnswer, OpenRequest, SearchAnswer, SearchRequest},
};
use aegle_rules::{BatchNumber, Purposes, ledger};

#[tokio::test(flavor = "multi_thread")]
async fn the_patient_opens_what_the_indexer_cannot() {
    let StoredWorld {
        world,
        running,
        pressure,
        ..
    } = stored().await;
    let patient = world.caller(&running, &world.patient);
    let own = SearchRequest {
        purpose: Purposes::PATRQT,
        ..world.search(&pressure, 2)
    };
    let found: SearchAnswer = patient.post("/v1/search", &own).await.json();
    let hit = found.hits[2];
    let answer: OpenAnswer = patient
        .post(
            "/v1/open",
            &OpenRequest {
                record: hit.record,
                purpose: Purposes::PATRQT,
            },
        )
        .await
        .json();
    assert_eq!((answer.batch, answer.number, answer.records), (BatchNumber(0), 2, 3));
    let head = world.chain.finalized().await.unwrap();
    let asked = ledger::messages::Batch {
        domain: answer.domain,
        number: answer.batch,
    };
    let anchored = world
        .chain
        .read(head.hash, world.contracts.ledger, &asked)
        .await
        .unwrap()
        .unwrap();
    let record = answer.verify(&hit.record, &anchored, &world.deployment).unwrap();
    let ciphertext = patient
        .get(&format!("/v1/ciphertexts/{}?purpose=PATRQT", hit.record))
        .await;
    ciphertext.expect(200);
    let key = open_own(record.capsule(), &world.slot_secret(SLOT));
    assert_eq!(open_record(record.row(), &ciphertext.body, &key).unwrap().bytes, b"130");

    let log: DisclosureLog = patient.get("/v1/disclosures").await.json();
    log.verify_chain().unwrap();
    let kinds: Vec<_> = log
        .entries
        .iter()
        .map(|entry| (entry.disclosure.kind, entry.disclosure.grant))
        .collect();
    assert_eq!(kinds, [(DisclosureKind::Row, None), (DisclosureKind::Ciphertext, None)]);
    who_keeps_a_record_is_told_who_had_it(&world, &running, &log, hit.record, found.hits[0].record).await;
    running.stop().await;
}

/// Custodians and admins of the organisation that keeps the record, and nobody else; of that record alone.
async fn who_keeps_a_record_is_told_who_had_it(
    world: &World,
    running: &Indexer,
    log: &DisclosureLog,
    record: RecordId,
    unopened: RecordId,
) {
    let (own, other) = (
        custodian_of(world, world.organisation).await,
        custodian_of(world, world.trust).await,
    );
    world.settle(running).await;
    let path = |record: RecordId| format!("/v1/records/{record}/disclosures");
    for key in [&world.admin, &own] {
        let keeper = world.caller(running, key);
        let told: DisclosureLog = keeper.get(&path(record)).await.json();
        assert_eq!(told.entries, log.entries);
        let rest: DisclosureLog = keeper.get(&format!("{}?after=1", path(record))).await.json();
        assert_eq!(rest.entries, log.entries[1..]);
        let none: DisclosureLog = keeper.get(&path(unopened)).await.json();
        assert!(none.entries.is_empty());
        let unknown = keeper.get(&path(RecordId([0xab; 16]))).await;
        assert_eq!(unknown.reason(), (404, "not-found".into()));
    }
    let refused = world.caller(running, &other).get(&path(record)).await;
    assert_eq!(refused.reason(), (404, "not-found".into()));
    for key in [&world.patient, &world.clinician] {
        let refused = world.caller(running, key).get(&path(record)).await;
        assert_eq!(refused.reason(), (403, "role-required".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_and_absent_look_the_same() {
    let StoredWorld {
        world,
        running,
        pressure,
        ..
    } = stored().await;
    let own = SearchRequest {
        purpose: Purposes::PATRQT,
        ..world.search(&pressure, 2)
    };
    let found: SearchAnswer = world
        .caller(&running, &world.patient)
        .post("/v1/search", &own)
        .await
        .json();
    let clinician = world.caller(&running, &world.clinician);
    let mut answers = Vec::new();
    for record in [found.hits[0].record, RecordId([0xab; 16])] {
        let opened = clinician
            .post(
                "/v1/open",
                &OpenRequest {
                    record,
                    purpose: Purposes::TREAT,
                },
            )
            .await;
        let read = clinician.get(&format!("/v1/ciphertexts/{record}?purpose=TREAT")).await;
        for answer in [opened, read] {
            assert_eq!(answer.reason(), (404, "not-found".into()));
            answers.push(answer.body);
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let log: DisclosureLog = world
        .caller(&running, &world.patient)
        .get("/v1/disclosures")
        .await
        .json();
    assert!(log.entries.is_empty(), "what was refused was not disclosed");
    let two = OpenRequest {
        record: found.hits[0].record,
        purpose: Purposes(3),
    };
    assert_eq!(
        clinician.post("/v1/open", &two).await.reason(),
        (400, "invalid-purpose".into())
    );
    running.stop().await;
}
