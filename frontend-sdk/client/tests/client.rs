//! What the client makes of FHIR: official examples, malformed input, and the golden vectors.
#![allow(clippy::unwrap_used)]

use aegle_client::{
    crypto::classes::Class,
    fhir::{self, FhirError, Finding, Resource},
    rules::Confidentiality,
};
use serde::{Deserialize, Serialize};
use std::{fs, path::PathBuf};

#[path = "client/cases.rs"]
mod cases;
#[path = "client/inputs.rs"]
mod inputs;
#[cfg(feature = "native")]
#[path = "client/journal.rs"]
mod journal;
#[path = "client/meaning.rs"]
mod meaning;
#[path = "client/owners.rs"]
mod owners;
#[path = "client/ranges.rs"]
mod ranges;
#[path = "client/relayed.rs"]
mod relayed;
#[path = "client/relaying.rs"]
mod relaying;

fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fhir").join(name);
    fs::read_to_string(path).unwrap()
}

fn keywords(resource: &Resource) -> Vec<String> {
    resource.keywords().keywords.iter().map(ToString::to_string).collect()
}

fn check(name: &str, patient: &str, class: Class, present: &[&str], absent: &[&str]) {
    let resource = Resource::parse(&example(name)).unwrap();
    let found = keywords(&resource);
    assert_eq!(resource.patient().unwrap().as_str(), patient, "{name}");
    assert_eq!(resource.class(), class, "{name}");
    for keyword in present {
        assert!(
            found.iter().any(|other| other == keyword),
            "{name} lacks {keyword}: {found:?}"
        );
    }
    for keyword in absent {
        assert!(found.iter().all(|other| other != keyword), "{name} has {keyword}");
    }
    let found = resource.keywords().keywords;
    assert!(found.is_sorted_by(|a, b| a < b), "{name}: each keyword once, in order");
}

#[test]
fn an_observation_is_found_by_its_codes_its_components_and_its_day() {
    let present = [
        "type|Observation",
        "status|final",
        "code|http://loinc.org|85354-9",
        "code|http://loinc.org|8480-6",
        "code|http://snomed.info/sct|271649006",
        "category|http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
        "date/day|2012-09-17",
        "text|blood",
        "text|pressur",
    ];
    // A unit is no code, and a category no code either.
    let absent = [
        "code|http://unitsofmeasure.org|mm[Hg]",
        "code|http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
    ];
    check(
        "Observation-blood-pressure.json",
        "Patient/example",
        Class::VitalSigns,
        &present,
        &absent,
    );
}

#[test]
fn a_condition_is_found_by_its_statuses_and_its_onset() {
    let present = [
        "type|Condition",
        "status|active",
        "status|confirmed",
        "code|http://snomed.info/sct|39065001",
        "code|http://snomed.info/sct|24484000",
        "category|http://snomed.info/sct|439401001",
        "date/day|2012-05-24",
        "text|burn",
    ];
    let absent = ["code|http://terminology.hl7.org/CodeSystem/condition-clinical|active"];
    check(
        "Condition-example.json",
        "Patient/example",
        Class::Conditions,
        &present,
        &absent,
    );
}

#[test]
fn an_allergy_is_found_by_its_substance_and_its_note() {
    let present = [
        "status|active",
        "code|http://snomed.info/sct|227493005",
        "text|cashew",
        "text|anaphylact",
    ];
    check(
        "AllergyIntolerance-example.json",
        "Patient/example",
        Class::Allergies,
        &present,
        &[],
    );
}

#[test]
fn an_immunization_is_found_by_its_vaccine() {
    let present = [
        "status|completed",
        "code|urn:oid:1.2.36.1.2001.1005.17|FLUVAX",
        "date/day|2013-01-10",
    ];
    check(
        "Immunization-example.json",
        "Patient/example",
        Class::Immunizations,
        &present,
        &[],
    );
}

#[test]
fn an_encounter_is_found_by_its_class_which_is_a_coding_alone() {
    let present = [
        "status|in-progress",
        "code|http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP",
        "type|Encounter",
    ];
    check(
        "Encounter-example.json",
        "Patient/example",
        Class::Encounters,
        &present,
        &[],
    );
}

#[test]
fn a_medication_request_is_found_by_the_medication_that_it_contains() {
    let present = [
        "type|MedicationRequest",
        "code|http://snomed.info/sct|430127000",
        "text|oxycodon",
    ];
    let absent = ["type|Medication"];
    check(
        "MedicationRequest-medrx0301.json",
        "Patient/pat1",
        Class::Medications,
        &present,
        &absent,
    );
}

#[test]
fn a_patient_is_its_own_and_found_by_the_birth_date_but_by_no_identifier() {
    let present = ["type|Patient", "date/day|1974-12-25"];
    let absent = ["code|http://terminology.hl7.org/CodeSystem/v2-0203|MR"];
    check(
        "Patient-example.json",
        "Patient/example",
        Class::Demographics,
        &present,
        &absent,
    );
}

#[test]
fn bundles_are_unpacked_and_their_own_names_for_patients_resolved() {
    let resources = fhir::read(example("Bundle-bundle-references.json").as_bytes())
        .unwrap()
        .resources;
    let found: Vec<(&str, Option<&str>)> = resources
        .iter()
        .map(|resource| (resource.resource_type(), resource.patient().map(|p| p.as_str())))
        .collect();
    assert!(found.iter().all(|(kind, _)| *kind != "Bundle"));
    assert!(found.contains(&("Patient", Some("Patient/23"))), "{found:?}");
    assert!(found.contains(&("Observation", Some("Patient/23"))), "{found:?}");

    let named = r#"{"resourceType":"Bundle","entry":[
        {"fullUrl":"urn:uuid:11","resource":{"resourceType":"Patient","id":"ada"}},
        {"fullUrl":"urn:uuid:12","resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:11"}}},
        {"resource":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Flag","subject":{"reference":"urn:uuid:11"}}}]}},
        {"request":{"method":"DELETE"}}]}"#;
    let resources = fhir::read(named.as_bytes()).unwrap().resources;
    assert_eq!(resources.len(), 3);
    assert!(
        resources
            .iter()
            .all(|resource| resource.patient().unwrap().as_str() == "Patient/ada")
    );
}

#[test]
fn patient_references_are_read_in_every_form_that_fhir_has() {
    let cases = [
        (r#""subject":{"reference":"Patient/a"}"#, Some("Patient/a")),
        (r#""patient":{"reference":"Patient/a"}"#, Some("Patient/a")),
        (r#""beneficiary":{"reference":"Patient/a"}"#, Some("Patient/a")),
        (
            r#""subject":{"reference":"https://h.example/fhir/Patient/a"}"#,
            Some("Patient/a"),
        ),
        (r#""subject":{"reference":"Patient/a/_history/2"}"#, Some("Patient/a")),
        (
            r#""subject":[{"reference":"Group/g"},{"reference":"Patient/b"}]"#,
            Some("Patient/b"),
        ),
        (r#""subject":{"reference":"Group/g"}"#, None),
        (r#""subject":{"reference":"urn:uuid:1","type":"Location"}"#, None),
        (r##""subject":{"reference":"#contained"}"##, None),
        (r#""subject":{"display":"somebody"}"#, None),
        (r#""subject":{"reference":"Patient/not an id"}"#, None),
        (r#""subject":7"#, None),
    ];
    for (field, expected) in cases {
        let resource = Resource::parse(&format!(r#"{{"resourceType":"Basic",{field}}}"#)).unwrap();
        assert_eq!(resource.patient().map(|patient| patient.as_str()), expected, "{field}");
    }
}

#[test]
fn malformed_input_is_refused_with_its_reason() {
    let nested = "[".repeat(200);
    let deep = (0..6).fold(r#"{"resourceType":"Basic"}"#.to_owned(), |inner, _| {
        format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{inner}}}]}}"#)
    });
    type Matches = fn(&FhirError) -> bool;
    let cases: [(&str, Matches); 11] = [
        ("", |e| matches!(e, FhirError::Empty)),
        (" \n ", |e| matches!(e, FhirError::Empty)),
        ("{", |e| matches!(e, FhirError::NotJson { line: 1, .. })),
        (&nested, |e| matches!(e, FhirError::NotJson { .. })),
        ("[]", |e| matches!(e, FhirError::NotAResource { .. })),
        ("{}", |e| matches!(e, FhirError::NotAResource { .. })),
        (r#"{"resourceType":7}"#, |e| matches!(e, FhirError::NotAResource { .. })),
        (r#"{"resourceType":""}"#, |e| {
            matches!(e, FhirError::NotAResource { .. })
        }),
        (r#"{"resourceType":"../x"}"#, |e| {
            matches!(e, FhirError::NotAResource { .. })
        }),
        (r#"{"resourceType":"Bundle","entry":7}"#, |e| {
            matches!(e, FhirError::MalformedBundle { .. })
        }),
        (&deep, |e| matches!(e, FhirError::TooDeep)),
    ];
    for (text, expected) in cases {
        let error = fhir::read(text.as_bytes())
            .err()
            .unwrap_or_else(|| panic!("{text} was read"));
        assert!(expected(&error), "{text}: {error}");
    }
    assert!(matches!(fhir::read(b"\xff\xfe{}"), Err(FhirError::NotJson { .. })));
    assert!(
        fhir::read("\u{feff}{\"resourceType\":\"Basic\"}".as_bytes()).is_ok(),
        "a byte order mark is left out"
    );
}

#[test]
fn an_unknown_resource_type_is_accepted_and_found_by_its_type_and_words() {
    let text = r#"{"resourceType":"Horoscope","subject":{"reference":"Patient/a"},"note":[{"text":"Sunny outlook"}]}"#;
    let resource = Resource::parse(text).unwrap();
    assert_eq!(resource.class(), Class::Other);
    assert_eq!(keywords(&resource), ["type|Horoscope", "text|outlook", "text|sunni"]);
    assert_eq!(resource.text(), text, "the bytes are kept as they were");
}

#[test]
fn malformed_codes_are_counted_and_leave_the_rest_searchable() {
    let text = r#"{"resourceType":"Condition","code":{"coding":[
        {"system":"http://a|b","code":"1"},{"system":"http://a","code":" "},{"system":"http://a","code":"ok"}]},
        "onsetDateTime":"2012-02-30"}"#;
    let extraction = Resource::parse(text).unwrap().keywords();
    let found: Vec<String> = extraction.keywords.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["type|Condition", "code|http://a|ok"]);
    assert_eq!(extraction.report.count(Finding::MalformedCode), 2);
    assert_eq!(extraction.report.count(Finding::MalformedTime), 1);
}

#[test]
fn security_labels_decide_class_and_confidentiality() {
    let act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    let level = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let cases = [
        (vec![], Class::Conditions, Confidentiality::Normal),
        (vec![(act, "PSY")], Class::MentalHealth, Confidentiality::Normal),
        (
            vec![(act, "HIV"), (level, "R")],
            Class::SexualHealth,
            Confidentiality::Restricted,
        ),
        (
            vec![(level, "R"), (level, "V")],
            Class::Conditions,
            Confidentiality::VeryRestricted,
        ),
        (
            vec![(act, "SUD"), (act, "PSYTHPN")],
            Class::SubstanceUseNotes,
            Confidentiality::Normal,
        ),
        (vec![(level, "M")], Class::Conditions, Confidentiality::Normal),
        (
            vec![("http://other", "N")],
            Class::Conditions,
            Confidentiality::VeryRestricted,
        ),
    ];
    for (labels, class, confidentiality) in cases {
        let security: Vec<_> = labels
            .iter()
            .map(|(system, code)| serde_json::json!({ "system": system, "code": code }))
            .collect();
        let text = serde_json::json!({ "resourceType": "Condition", "meta": { "security": security } }).to_string();
        let resource = Resource::parse(&text).unwrap();
        assert_eq!(
            (resource.class(), resource.confidentiality()),
            (class, confidentiality),
            "{labels:?}"
        );
    }
}

/// One case of the golden vectors, which every language reads.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    name: String,
    /// The resource's JSON text.
    fhir: String,
    patient: Option<String>,
    class: Class,
    authored_at: Option<u64>,
    findings: u64,
    keywords: Vec<String>,
}

impl Vector {
    fn of(name: &str, fhir: String) -> Self {
        let resource = Resource::parse(&fhir).unwrap();
        let extraction = resource.keywords();
        Self {
            name: name.into(),
            patient: resource.patient().map(|patient| patient.as_str().into()),
            class: resource.class(),
            authored_at: resource.authored_at(),
            findings: extraction.report.iter().map(|(_, tally)| tally.count).sum(),
            keywords: extraction.keywords.iter().map(ToString::to_string).collect(),
            fhir,
        }
    }
}

/// With `UPDATE_VECTORS=1` the file is written anew: look at what changes, because every keyword that changes is lost to
/// searches of what was labelled before.
#[test]
fn keywords_are_those_of_the_golden_vectors() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/keywords.json");
    let accents = r#"{"resourceType":"Observation","status":"final","code":{"text":"Dyspnœa à l'effort — sévère"},"valueString":"Ｆｕｌｌ width ＡＢＣ, 37.5 °C","issued":"2024-02-29T23:59:60.5-10:00"}"#;
    let edge = r#"{"resourceType":"Observation","status":"not final","code":{"coding":[{"code":"8480-6"},{"system":"http://loinc.org","code":"8480-6"}]},"effectivePeriod":{"start":"2012-05-24","end":"2012-05"}}"#;
    let mut vectors: Vec<Vector> = [
        "Observation-blood-pressure",
        "Condition-example",
        "Immunization-example",
        "Encounter-example",
    ]
    .iter()
    .map(|name| Vector::of(name, example(&format!("{name}.json"))))
    .collect();
    vectors.push(Vector::of("accents and full-width letters", accents.into()));
    vectors.push(Vector::of("codes without systems, dates without days", edge.into()));
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&vectors).unwrap() + "\n").unwrap();
    }
    let golden: Vec<Vector> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(vectors, golden);
}
