//! Inputs as they really come, each standing for a kind, and what is right of each (`tests/cases`): labels, times and
//! names that are not understood are closed.

use aegle_client::{
    crypto::classes::Class,
    fhir::{self, FhirError, Finding, Reading, Resource},
    rules::Confidentiality,
};
use std::{fs, path::PathBuf};

pub(crate) fn case(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    fs::read(path).unwrap()
}

pub(crate) fn read(name: &str) -> Reading {
    fhir::read(&case(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn labels_count_wherever_they_stand() {
    let cases = [
        ("security/doc.json", Class::Documents, Confidentiality::VeryRestricted),
        ("security/doc-sud.json", Class::SubstanceUse, Confidentiality::Normal),
        ("security/comp.json", Class::Documents, Confidentiality::Restricted),
    ];
    for (name, class, level) in cases {
        let resource = &read(name).resources[0];
        assert_eq!((resource.class(), resource.confidentiality()), (class, level), "{name}");
    }
    let reading = read("security/bundle.json");
    assert_eq!(reading.resources.len(), 2);
    for resource in &reading.resources {
        assert_eq!(
            resource.confidentiality(),
            Confidentiality::Restricted,
            "{}",
            resource.name()
        );
    }
}

#[test]
fn a_bundle_and_the_composition_of_a_document_label_what_is_in_them() {
    let label = |code: &str| {
        format!(
            r#""meta":{{"security":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"{code}"}}]}}"#
        )
    };
    let entry = |own: &str| {
        format!(r#"{{"resource":{{"resourceType":"Condition","id":"c","subject":{{"reference":"Patient/pa"}}{own}}}}}"#)
    };
    let composition = r#"{"resource":{"resourceType":"Composition","id":"k","confidentiality":"R"}}"#;
    let inner = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entry(""));
    let cases = [
        (
            format!(r#"{{"resourceType":"Bundle",{},"entry":[{}]}}"#, label("R"), entry("")),
            "R",
        ),
        // The higher of both.
        (
            format!(
                r#"{{"resourceType":"Bundle",{},"entry":[{}]}}"#,
                label("R"),
                entry(&format!(",{}", label("V")))
            ),
            "V",
        ),
        (
            format!(
                r#"{{"resourceType":"Bundle",{},"entry":[{}]}}"#,
                label("N"),
                entry(&format!(",{}", label("R")))
            ),
            "R",
        ),
        (
            format!(
                r#"{{"resourceType":"Bundle",{},"entry":[{{"resource":{inner}}}]}}"#,
                label("V")
            ),
            "V",
        ),
        (
            format!(
                r#"{{"resourceType":"Bundle","type":"document","entry":[{composition},{}]}}"#,
                entry("")
            ),
            "R",
        ),
        (
            format!(
                r#"{{"resourceType":"Bundle","type":"batch","entry":[{composition},{}]}}"#,
                entry("")
            ),
            "N",
        ),
        (
            format!(
                r#"{{"resourceType":"Bundle",{},"entry":[{}]}}"#,
                label("nonsense"),
                entry("")
            ),
            "V",
        ),
    ];
    for (text, expected) in cases {
        let reading = fhir::read(text.as_bytes()).unwrap();
        let condition = reading
            .resources
            .iter()
            .find(|own| own.resource_type() == "Condition")
            .unwrap();
        let expected = match expected {
            "N" => Confidentiality::Normal,
            "R" => Confidentiality::Restricted,
            _ => Confidentiality::VeryRestricted,
        };
        assert_eq!(condition.confidentiality(), expected, "{text}");
    }
}

#[test]
fn a_label_that_is_not_understood_is_named() {
    let text =
        r#"{"resourceType":"Condition","id":"c","meta":{"security":[{"system":"http://h.example","code":"secret"}]}}"#;
    let resource = Resource::parse(text).unwrap();
    assert_eq!(resource.confidentiality(), Confidentiality::VeryRestricted);
    let report = resource.report();
    let (_, tally) = report
        .iter()
        .find(|(finding, _)| *finding == Finding::UnknownLabel)
        .unwrap();
    assert_eq!(tally.examples, ["Condition/c: http://h.example|secret"]);
    assert!(!format!("{report:?}").contains("secret"), "logs do not have it");
}

#[test]
fn a_time_that_is_not_known_stays_unknown() {
    let cases = [
        ("authorship/old.json", Finding::VagueTime),
        ("authorship/old-meta.json", Finding::VagueTime),
        ("authorship/onset.json", Finding::UnknownTime),
        ("authorship/bad.json", Finding::MalformedTime),
    ];
    for (name, finding) in cases {
        let resource = &read(name).resources[0];
        assert_eq!(resource.authored_at(), None, "{name}");
        assert_eq!(resource.report().count(finding), 1, "{name}");
    }
    let malformed = read("authorship/bad.json").resources[0].keywords();
    assert_eq!(
        malformed.report.count(Finding::MalformedTime),
        1,
        "it is not searchable either"
    );
    // What a record's row has then is later than every time that a permit can be narrowed to.
    const { assert!(fhir::UNKNOWN_TIME > 253_402_300_799_999, "the year 9999") };
}

#[test]
fn names_that_come_twice_are_refused_with_their_line_and_resource() {
    for (name, twice, resource) in [
        ("owner/dup.json", "subject", "Condition/dk"),
        ("owner/dup-security.json", "meta", "Condition/dk2"),
    ] {
        match fhir::read(&case(name)) {
            Err(FhirError::DuplicateName {
                line: 1,
                resource: own,
                name: found,
            }) => {
                assert_eq!((own.as_str(), found.as_str()), (resource, twice), "{name}");
            }
            Err(error) => panic!("{name}: {error}"),
            Ok(_) => panic!("{name} was read"),
        }
    }
    // In a bundle, deep within, and of the bundle itself.
    for (text, line) in [
        (
            "{\"resourceType\":\"Bundle\",\"entry\":[\n{\"resource\":{\"resourceType\":\"Basic\",\n\"code\":{\"text\":\"a\",\n\"text\":\"b\"}}}]}",
            4,
        ),
        (
            "{\"resourceType\":\"Bundle\",\"meta\":{},\n\"meta\":{},\"entry\":[]}",
            2,
        ),
        (
            "{\"resourceType\":\"Bundle\",\"meta\":{\"security\":[],\n\"security\":[]}}",
            2,
        ),
        (
            "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Basic\"},\n\"resource\":{\"resourceType\":\"Basic\"}}]}",
            2,
        ),
    ] {
        match fhir::read(text.as_bytes()) {
            Err(FhirError::DuplicateName { line: found, .. }) => assert_eq!(found, line, "{text}"),
            Err(error) => panic!("{text}: {error}"),
            Ok(_) => panic!("{text} was read"),
        }
    }
}
