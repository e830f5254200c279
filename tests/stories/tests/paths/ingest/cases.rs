//! Inputs as they really come, each standing for a kind (`frontend-sdk/client/tests/cases`), from the file to what somebody
//! finds: a whole folder of them in one run.

use super::{Site, failure, result, write};
use aegle_client::{crypto::classes::Class, fhir::UNKNOWN_TIME, patient::GrantRequest};
use aegle_protocol::wire::Hit;
use aegle_rules::{Confidentiality, Purposes};
use serde_json::Value;
use std::fs;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../frontend-sdk/client/tests/cases");
/// The patient of `compartment/tx.json`, who has no id but the name of their entry.
const BY_URL: &str = "urn:uuid:11111111-2222-4333-8444-555555555555";
const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// A hospital with the cases' patients, of whom a clinician may see what is normal and in no restricted class.
async fn hospital() -> Site {
    let site = Site::start(2).await;
    fs::write(
        site.file("patients"),
        format!("pa=p0.card\npb=p1.card\n{BY_URL}=p0.card\n"),
    )
    .unwrap();
    let classes: Vec<Class> = Class::ALL
        .iter()
        .copied()
        .filter(|class| !class.is_restricted())
        .collect();
    let world = &site.world;
    let aegle = world.deployment().aegle();
    let from = aegle_client::chain::Chain::finalized(aegle.chain)
        .await
        .unwrap()
        .timestamp;
    let request = GrantRequest {
        grantee: world.clinician().key().account(),
        purposes: Purposes::TREAT,
        classes: &classes,
        confidentiality: Confidentiality::Normal,
        from,
        until: from + DAY_MS,
        delegable: false,
        document: br#"{"resourceType":"Consent","status":"active"}"#,
    };
    world.people[0].patient.grant(&aegle, &request).await.unwrap();
    site
}

impl Site {
    async fn own(&self, query: &str) -> Vec<Hit> {
        let found = self.world.search_own(&self.world.people[0], query).await;
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    async fn as_clinician(&self, query: &str) -> usize {
        let world = &self.world;
        let found = world.search(world.clinician(), &world.people[0], query).await;
        found.unwrap_or_else(|error| panic!("{query}: {error}")).len()
    }
}

fn count(run: &Value, finding: &str) -> u64 {
    run["report"][finding]["count"].as_u64().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_is_taken_in_as_it_is_meant_or_named() {
    let site = hospital().await;
    let left_out = site.file("left-out.jsonl").display().to_string();
    let options = ["--keep-going", "--skip-others", "--left-out", &left_out];
    let ran = site.ingest(&[&options[..], &[CASES]].concat());
    assert_eq!(ran.status.code(), Some(5), "{}", failure(&ran));
    let run = result(&ran);
    let named = fs::read_to_string(&left_out).unwrap();
    for parts in [
        ["owner/dup.json", "Condition/dk has the name", "subject"],
        ["owner/dup-security.json", "Condition/dk2 has the name", "meta"],
        ["owner/rfc3986.json", "which is no id", "Patient?identifier="],
        ["owner/cond-slash.json", "which is no id", "Patient?identifier="],
        ["limits/q80.json", "QuestionnaireResponse/q", "deeper than 127"],
    ] {
        let lines = named
            .lines()
            .filter(|line| parts.iter().all(|part| line.contains(part)));
        assert_eq!(lines.count(), 1, "{parts:?} in {named}");
    }
    assert_eq!(run["faults"], 5, "{named}");
    for (finding, expected) in [
        // The group of one of the cases, and the drug of another one.
        ("no_patient", 2),
        ("other_file", 1),
        ("malformed_time", 2),
        ("deleted", 2),
        ("repeated", 2),
    ] {
        assert_eq!(count(&run, finding), expected, "{finding}: {run}");
    }
    assert!(count(&run, "too_many_keywords") > 100, "{run}");

    let again = result(&site.ingest(&[&options[..], &[CASES]].concat()));
    assert_eq!(again["new"], 0, "{again}");
    labels_withhold(&site).await;
    everything_is_found_by_what_it_says(&site).await;
    what_no_file_stands_for(&site).await;
    a_scan_of_20_megabytes_is_sealed(&site).await;
}

async fn labels_withhold(site: &Site) {
    for (query, own, seen) in [
        ("zephyrletter", 1, 0),
        ("quokkanote", 1, 0),
        ("narwhalnote", 1, 0),
        ("type:DocumentReference", 2, 0),
        // What a labelled document has in it, and the long note, which nothing withholds.
        ("type:Composition", 3, 1),
        ("pangolinitis", 4, 4),
    ] {
        assert_eq!(site.own(query).await.len(), own, "{query}, the patient");
        assert_eq!(site.as_clinician(query).await, seen, "{query}, the clinician");
    }
    let unknown = site.own("pangolinitis").await;
    assert!(unknown.iter().all(|hit| hit.authored_at == UNKNOWN_TIME));
}

async fn everything_is_found_by_what_it_says(site: &Site) {
    for (query, expected) in [
        ("code:\"http://www.nlm.nih.gov/research/umls/rxnorm|855332\"", 1),
        // Of a performer, and of whom a bundle names by their entry.
        ("code:\"http://loinc.org|29463-7\"", 2),
        ("type:Appointment", 1),
        ("type:AuditEvent", 1),
        ("type:Schedule", 1),
        ("axolotlitis AND date:2019", 3),
        ("axolotlitis AND date:2019-07-15", 3),
        ("axolotlitis AND date:2019-08", 1),
        ("text:糖尿病", 1),
        ("心筋梗塞", 1),
        ("เบาหวาน", 1),
        ("\"эзофагогастродуоденоскопия выполнена\"", 1),
        ("эзофагогастродуоденоскопия отменена", 0),
        ("ηλεκτροκαρδιογράφημα", 1),
        ("\"hepatitis A\"", 1),
        ("hepatitis", 2),
        ("\"no fever\"", 1),
        ("type:QuestionnaireResponse AND date:2024-01-01", 1),
        ("gharialitis", 2),
        ("numbatresult", 1),
        ("\"numbatresult negative\"", 1),
    ] {
        assert_eq!(site.own(query).await.len(), expected, "{query}");
    }
}

/// A scan of 20 MB is sealed, found and opened as it was.
async fn a_scan_of_20_megabytes_is_sealed(site: &Site) {
    let data = "QUFB".repeat(20_000_000 / 3);
    let document = format!(
        r#"{{"resourceType":"DocumentReference","id":"scan","status":"current","subject":{{"reference":"Patient/pa"}},"description":"capybarascan","content":[{{"attachment":{{"contentType":"application/pdf","data":"{data}"}}}}]}}"#
    );
    let path = write(&site.file("scan.ndjson"), std::slice::from_ref(&document));
    let run = site.ingest(&[&path]);
    assert!(run.status.success(), "{}", failure(&run));
    let found = site.own("capybarascan").await;
    assert_eq!(found.len(), 1);
    let aegle = site.world.deployment().aegle();
    let opened = site.world.people[0]
        .patient
        .open(&aegle, found[0].record)
        .await
        .unwrap();
    assert!(opened.content.bytes == document.as_bytes(), "it comes back as it was");
}

/// Labels, numbers and levels of which the kinds above have no file.
async fn what_no_file_stands_for(site: &Site) {
    let condition = |id: &str, text: &str, label: &str| {
        format!(
            r#"{{"resourceType":"Condition","id":"{id}","meta":{{"security":[{label}]}},"subject":{{"reference":"Patient/pa"}},"code":{{"text":"{text}"}}}}"#
        )
    };
    let observation = |id: &str, value: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/pa"}},"code":{{"coding":[{{"system":"http://loinc.org","code":"718-7"}}]}},"valueQuantity":{{"value":{value},"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}}}}"#
        )
    };
    let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let lines = [
        condition(
            "l1",
            "okapitis one",
            r#"{"system":"http://h.example/labels","code":"N"}"#,
        ),
        condition(
            "l2",
            "okapitis two",
            &format!(r#"{{"system":"{confidentiality}","code":"QQ"}}"#),
        ),
        condition(
            "l3",
            "okapitis three",
            r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"NOTACODE"}"#,
        ),
        condition(
            "l4",
            "okapitis four",
            &format!(r#"{{"system":"{confidentiality}","code":"N"}}"#),
        ),
        observation("huge", "1e400"),
        observation("long", "12.345678901234567890"),
    ];
    let run = site.ingest(&[&write(&site.file("more.ndjson"), &lines)]);
    assert!(run.status.success(), "{}", failure(&run));
    let run = result(&run);
    assert_eq!(
        (run["new"].as_u64(), count(&run, "unknown_label")),
        (Some(6), 3),
        "{run}"
    );
    assert_eq!(site.own("okapitis").await.len(), 4);
    assert_eq!(
        site.as_clinician("okapitis").await,
        1,
        "what is not understood is the highest"
    );
    assert_eq!(site.own("code:\"http://loinc.org|718-7\"").await.len(), 2);
}
