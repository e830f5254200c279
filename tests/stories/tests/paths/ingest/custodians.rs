//! A key that ingests need not be an admin's: what it may not ask for waits for one, and holds nothing up.

use super::{Site, failure, line, result, write};
use aegle_client::{
    chain::Chain,
    keystore::{KeyStore, SecretKind},
    native::{
        KeyFiles,
        intake::{Cards, Event, Intake, Options, Sources},
        journal::Journal,
    },
};
use aegle_rules::{
    BatchNumber, Roles, Timestamp,
    consortium::messages::Appoint,
    ledger::{Fate, RecordPosition},
};
use std::path::PathBuf;
use tokio::sync::Notify;

/// Ingests as an admin does, until the batch is done and nothing is superseded or erased yet.
async fn interrupted(site: &Site, path: &str) {
    let (deployment, hospital) = (site.world.deployment(), site.world.hospital());
    let journal = Journal::open(&site.journal(), deployment.contracts(), hospital.domain()).unwrap();
    let mut cards = Cards::default();
    cards.add_file(&site.file("patients")).unwrap();
    let options = Options::default();
    let intake = Intake::new(hospital.custodian(), deployment.aegle(), &journal, cards, options).unwrap();
    let sources = Sources::find(&[PathBuf::from(path)]).unwrap();
    let done = Notify::new();
    let mut watch = |event: Event<'_>| {
        if matches!(event, Event::Batch(_)) {
            done.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = done.notified() => {}
        _ = intake.run(sources, &mut watch) => panic!("it did all that it had to"),
    }
    assert_eq!(journal.actions(0).unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_a_key_may_not_ask_for_waits_and_the_rest_is_done() {
    let site = Site::start(1).await;
    let (deployment, hospital) = (site.world.deployment(), site.world.hospital());
    let version = |id: &str, number: u32| line(id, 0, &format!(r#""meta":{{"versionId":"{number}"}},"#), "final");
    let first = write(&site.file("one.ndjson"), &[version("a", 1), version("c", 1)]);
    assert!(site.ingest(&[&first]).status.success());
    let history = r#"{"resourceType":"Bundle","type":"history","entry":[{"request":{"method":"DELETE","url":"Observation/c"},"response":{"status":"204","lastModified":"2026-03-05T00:00:00Z"}}]}"#;
    let second = write(&site.file("two.ndjson"), &[history.into(), version("a", 2)]);
    interrupted(&site, &second).await;

    let keeper = deployment.account().await.unwrap();
    let appoint = Appoint {
        accounts: vec![keeper.account()],
        roles: Roles::CUSTODIAN,
        until: Timestamp::MAX,
    };
    let consortium = deployment.contracts().consortium;
    deployment
        .chain()
        .call(hospital.admin(), consortium, &appoint)
        .await
        .unwrap();
    let keys = KeyFiles::open(&site.file("keys")).unwrap();
    let holder = "keeper".parse().unwrap();
    let encryption = hospital.custodian().encryption().expose_seed();
    let account: &[u8; 32] = keeper.seed();
    for (kind, seed) in [
        (SecretKind::Account, account),
        (SecretKind::Encryption, encryption),
        (SecretKind::Domain, hospital.domain_seed()),
    ] {
        keys.add(&holder, kind, seed).unwrap();
    }
    let fate = async |index| {
        let aegle = deployment.aegle();
        let head = aegle.chain.finalized().await.unwrap();
        let batch = BatchNumber(0);
        aegle
            .fate(&head, hospital.domain(), RecordPosition { batch, index })
            .await
            .unwrap()
    };
    let (domain, patients) = (
        hospital.domain().to_string(),
        site.file("patients").display().to_string(),
    );
    let (journal, place) = (site.journal().display().to_string(), ["--as", "keeper"]);
    let arguments = [
        "custodian",
        "ingest",
        "--domain",
        &domain,
        "--patients",
        &patients,
        "--journal",
        &journal,
        &second,
    ];
    let kept = site.program(&[&place[..], &arguments].concat()).output().unwrap();
    assert!(kept.status.success(), "{}", failure(&kept));
    let run = result(&kept);
    assert_eq!(run["not_erased"], 1, "{run}");
    assert_eq!(run["not_erased_examples"][0], "record 1 of batch 0: Observation/c");
    assert!(
        matches!(fate(0).await, Some(Fate::Superseded { .. })),
        "what is behind it is done"
    );
    assert_eq!(fate(1).await, None);

    let admin = site.ingest(&[&second]);
    assert!(admin.status.success(), "{}", failure(&admin));
    assert_eq!(result(&admin)["not_erased"], 0);
    assert!(
        matches!(fate(1).await, Some(Fate::Erasing { .. })),
        "it was kept for an admin"
    );
    let status = ["custodian", "status", "--domain", &domain, "--journal", &journal];
    let status = site.program(&[&place[..], &status].concat()).output().unwrap();
    assert!(status.status.success(), "{}", failure(&status));
    assert_eq!(result(&status)["erasures_pending"], serde_json::json!([1]));
}
