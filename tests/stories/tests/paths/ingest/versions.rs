//! Records have identity: the same again is known, a newer version takes the place of an older one on chain, and what is
//! deleted or was entered in error ends.

use super::{Site, line, result, write};
use aegle_client::chain::Chain;
use aegle_rules::ledger::{ErasureReason, Fate, RecordPosition};
use serde_json::Value;

async fn fate(site: &Site, batch: u32, index: u32) -> Option<Fate> {
    let hospital = site.world.hospital();
    let aegle = site.world.deployment().aegle();
    let head = aegle.chain.finalized().await.unwrap();
    aegle
        .fate(&head, hospital.domain(), position(batch, index))
        .await
        .unwrap()
}

fn position(batch: u32, index: u32) -> RecordPosition {
    RecordPosition {
        batch: aegle_rules::BatchNumber(batch),
        index,
    }
}

fn counts(run: &Value) -> [u64; 5] {
    ["new", "known", "old", "superseded", "erased"].map(|name| run[name].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_follow_each_other_on_chain() {
    let site = Site::start(1).await;
    let version = |id: &str, number: u32, status: &str| {
        let meta = format!(r#""meta":{{"versionId":"{number}","lastUpdated":"2026-03-0{number}T00:00:00Z"}},"#);
        line(id, 0, &meta, status)
    };
    let ingest = |name: &str, lines: &[String]| {
        let path = write(&site.file(name), lines);
        let output = site.ingest(&[&path]);
        assert!(output.status.success(), "{name}: {}", super::failure(&output));
        result(&output)
    };
    let first = [
        version("a", 1, "final"),
        version("b", 1, "final"),
        version("c", 1, "final"),
    ];
    assert_eq!(counts(&ingest("one.ndjson", &first)), [3, 0, 0, 0, 0]);
    // Laid out otherwise, it is the same.
    let spread: Vec<String> = first.iter().map(|line| line.replace(":{", ": { ")).collect();
    assert_eq!(counts(&ingest("again.json", &spread)), [0, 3, 0, 0, 0]);

    let newer = [version("a", 2, "amended"), version("b", 1, "final")];
    assert_eq!(counts(&ingest("two.ndjson", &newer)), [1, 1, 0, 1, 0]);
    match fate(&site, 0, 0).await {
        Some(Fate::Superseded { by, .. }) => assert_eq!(by, position(1, 0)),
        other => panic!("{other:?}"),
    }
    assert_eq!(fate(&site, 0, 1).await, None);
    assert_eq!(
        counts(&ingest("old.ndjson", &first)),
        [0, 3, 0, 0, 0],
        "an old export changes nothing"
    );
    // A version between those that are known.
    let between = version("a", 1, "preliminary").replace("03-01T00", "03-01T09");
    assert_eq!(counts(&ingest("between.ndjson", &[between])), [0, 0, 1, 0, 0]);

    // Entered in error: the record that says so takes the place of the one that was wrong.
    let wrong = [
        version("b", 2, "entered-in-error"),
        version("never", 1, "entered-in-error"),
    ];
    let run = ingest("error.ndjson", &wrong);
    assert_eq!(counts(&run), [1, 0, 0, 1, 0]);
    assert_eq!(
        run["report"]["entered_in_error"]["count"], 1,
        "what was never sealed is left out"
    );
    assert!(matches!(fate(&site, 0, 1).await, Some(Fate::Superseded { .. })));

    // A history deletes.
    let history = r#"{"resourceType":"Bundle","type":"history","entry":[
        {"request":{"method":"DELETE","url":"Observation/c"},"response":{"status":"204","lastModified":"2026-03-05T00:00:00Z"}}]}"#;
    assert_eq!(counts(&ingest("history.json", &[history.into()])), [0, 0, 0, 0, 1]);
    let Some(Fate::Erasing { erasure, denied, .. }) = fate(&site, 0, 2).await else {
        panic!("its erasure is asked for")
    };
    assert!(!denied, "by one admin alone");
    let (aegle, domain) = (site.world.deployment().aegle(), site.world.hospital().domain());
    let head = aegle.chain.finalized().await.unwrap();
    let request = aegle.erasure(&head, domain, erasure).await.unwrap().unwrap();
    assert_eq!(
        (request.records, request.reason),
        (vec![2], ErasureReason::RetentionEnded)
    );
    assert_eq!(
        counts(&ingest("history.json", &[history.into()])),
        [0, 0, 0, 0, 0],
        "once"
    );
    assert_eq!(
        counts(&ingest("deleted.ndjson", &first)),
        [0, 3, 0, 0, 0],
        "what is deleted does not come back"
    );

    let events: Vec<String> = site
        .events()
        .iter()
        .map(|event| format!("{} {}", event["event"].as_str().unwrap(), event["id"].as_str().unwrap()))
        .collect();
    let expected = [
        "sealed a",
        "sealed b",
        "sealed c",
        "sealed a",
        "superseded a",
        "sealed b",
        "superseded b",
        "erased c",
    ];
    assert_eq!(events, expected);
    // A bundle around what is known may raise its level or class: it is sealed anew, and what is sealed lower is erased.
    let raised = |system: &str, code: &str| {
        let resource = version("a", 2, "amended");
        let label = format!(r#"{{"system":"http://terminology.hl7.org/CodeSystem/v3-{system}","code":"{code}"}}"#);
        [format!(
            r#"{{"resourceType":"Bundle","meta":{{"security":[{label}]}},"type":"collection","entry":[{{"resource":{resource}}}]}}"#
        )]
    };
    let levelled = raised("Confidentiality", "R");
    let run = ingest("raised.json", &levelled);
    assert_eq!(
        (counts(&run), &run["withdrawn"]),
        ([1, 0, 0, 1, 0], &2.into()),
        "both versions that were sealed lower"
    );
    let classed = raised("ActCode", "SUD");
    let run = ingest("classed.json", &classed);
    assert_eq!((counts(&run), &run["withdrawn"]), ([1, 0, 0, 1, 0], &1.into()));
    for (batch, index) in [(0, 0), (1, 0), (3, 0)] {
        assert!(
            matches!(fate(&site, batch, index).await, Some(Fate::Erasing { .. })),
            "{batch} {index}"
        );
    }
    assert_eq!(fate(&site, 4, 0).await, None);
    for known in [&levelled, &classed] {
        assert_eq!(
            counts(&ingest("raised.json", known)),
            [0, 1, 0, 0, 0],
            "nothing is lowered"
        );
    }
    assert_eq!(
        counts(&ingest("two.ndjson", &newer)),
        [0, 2, 0, 0, 0],
        "nothing is lowered"
    );
    receipts_come_back(&site, &first);
    a_domain_is_registered_once(&site);
    labels_are_renewed_from_the_journal(&site);
}

/// A file of receipts that somebody has cut is written anew.
fn receipts_come_back(site: &Site, known: &[String]) {
    let path = site.journal().join("receipts.jsonl");
    std::fs::write(&path, "").unwrap();
    let more = write(
        &site.file("more.ndjson"),
        &[known, &[line("more", 0, "", "final")]].concat(),
    );
    assert!(site.ingest(&[&more]).status.success());
    let sealed = site.events().iter().filter(|event| event["event"] == "sealed").count();
    assert_eq!(sealed, 8, "every record that is known has a receipt again");
}

fn a_domain_is_registered_once(site: &Site) {
    let registered = result(&site.program(&["custodian", "register"]).output().unwrap());
    let domain = site.world.hospital().domain();
    assert_eq!(registered["domain"], serde_json::json!(domain));
    assert_eq!(registered["registered_before"], true);
}

/// After an erasure the batch is labelled anew, from files in any order.
fn labels_are_renewed_from_the_journal(site: &Site) {
    let (domain, patients) = (site.world.hospital().domain().to_string(), site.file("patients"));
    let patients = patients.display().to_string();
    let relabel = |path: &str| {
        let path = site.file(path).display().to_string();
        let arguments = [
            "custodian",
            "relabel",
            "--domain",
            &domain,
            "--patients",
            &patients,
            "--batch",
            "0",
            &path,
        ];
        site.program(&arguments).output().unwrap()
    };
    let refused = relabel("error.ndjson");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        super::failure(&refused).contains("Observation/b"),
        "{}",
        super::failure(&refused)
    );
    let relabelled = relabel("again.json");
    assert!(relabelled.status.success(), "{}", super::failure(&relabelled));
    assert_eq!(result(&relabelled)["version"], 1);
}
