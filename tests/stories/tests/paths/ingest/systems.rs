//! Two systems may use one id: without a `--source` of its own, neither takes the place of the other's records.

use super::{Site, failure, line, result, write};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_of_one_patient_and_of_one_server() {
    let site = Site::start(2).await;
    let version = |patient: usize, number: u32| {
        let meta = format!(r#""meta":{{"versionId":"{number}"}},"#);
        line("x", patient, &meta, "final")
    };
    let of = |server: &str, id: &str| {
        let resource = line(id, 0, "", "final");
        let url = format!("https://{server}.example/fhir/Observation/{id}");
        format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":"{url}","resource":{resource}}}]}}"#
        )
    };
    let file = |name: &str, lines: &[String]| write(&site.file(name), lines);
    let first = site.ingest(&[&file("one.ndjson", &[version(0, 1), of("a", "y")])]);
    assert!(first.status.success(), "{}", failure(&first));

    // Another patient's, though newer: in a line, and in a bundle.
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{}}},{{"resource":{}}}]}}"#,
        version(0, 2),
        version(1, 3)
    );
    let history = r#"{"resourceType":"Bundle","type":"history","entry":[{"fullUrl":"https://b.example/fhir/Observation/y",
        "request":{"method":"DELETE","url":"Observation/y"},"response":{"status":"204","lastModified":"2026-03-05T00:00:00Z"}}]}"#;
    for (name, content, parts) in [
        (
            "other.ndjson",
            version(1, 2),
            ["line 1", "Observation/x", "another patient"],
        ),
        ("bundle.json", bundle, ["line 1", "Observation/x", "another patient"]),
        ("server.json", of("b", "y"), ["line 1", "Observation/y", "a.example"]),
        (
            "history.json",
            history.into(),
            ["the deletion of", "Observation/y", "a.example"],
        ),
    ] {
        let refused = site.ingest(&[&file(name, &[content])]);
        assert_eq!(refused.status.code(), Some(1), "{name}");
        let said = failure(&refused);
        for part in [&[name, "--source"], &parts[..]].concat() {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
    }
    let events: Vec<String> = site.events().iter().map(|event| event["event"].to_string()).collect();
    assert_eq!(events.len(), 2, "nothing is superseded or erased: {events:?}");

    // With its own name each system has its own.
    let other = site.file("other.ndjson").display().to_string();
    let named = site.ingest(&["--source", "b", &other]);
    assert!(named.status.success(), "{}", failure(&named));
    assert_eq!(result(&named)["new"], 1);
    assert_eq!(site.proved(1).await.len(), 1);
    assert!(fs::metadata(site.journal()).is_ok());
}
