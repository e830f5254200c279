use super::{
    Labels,
    tables::{HANDLING, SENSITIVITY},
};
use crate::fhir::json::Object;
use aegle_crypto::classes::Class;
use aegle_rules::Confidentiality::{self, Normal, Restricted, VeryRestricted};
use std::collections::HashSet;

const V3: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

fn read(resource_type: &str, text: &str) -> (Option<Class>, Confidentiality) {
    let raw = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let fields = Object::parse(raw).unwrap_or_else(|(fault, _)| panic!("{text}: {fault:?}"));
    let labels = Labels::of(resource_type, &fields);
    (labels.class(), labels.confidentiality())
}

fn coding(system: &str, code: &str) -> String {
    format!(r#"{{"system":"{system}","code":"{code}"}}"#)
}

#[test]
fn every_spelling_of_a_level_is_read_and_what_is_not_understood_is_the_highest() {
    let cases = [
        (V3, "U", Normal),
        (V3, "L", Normal),
        (V3, "M", Normal),
        (V3, "N", Normal),
        (V3, "R", Restricted),
        (V3, "V", VeryRestricted),
        (
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|2.0.0",
            "R",
            Restricted,
        ),
        ("http://hl7.org/fhir/v3/Confidentiality", "R", Restricted),
        ("urn:oid:2.16.840.1.113883.5.25", "R", Restricted),
        ("http://terminology.hl7.org/CodeSystem/v2-0177", "R", Restricted),
        ("http://terminology.hl7.org/CodeSystem/v2-0177", "U", Normal),
        ("http://terminology.hl7.org/CodeSystem/v2-0177", "VIP", Restricted),
        (V3, "X", VeryRestricted),
        (V3, "n", VeryRestricted),
        (V3, "", VeryRestricted),
        ("", "N", VeryRestricted),
        ("http://other.example", "N", VeryRestricted),
        (ACT, "NOT-A-CODE", VeryRestricted),
        (ACT, "N", VeryRestricted),
        (ACT, "CEL", Restricted),
        (ACT, "PROCESSINLINELABEL", Normal),
        ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST", Normal),
        (
            "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "HPAYMT",
            VeryRestricted,
        ),
        (
            "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
            "SUBSETTED",
            Normal,
        ),
    ];
    for (system, code, level) in cases {
        let label = coding(system, code);
        let meta = read("Basic", &format!(r#"{{"meta":{{"security":[{label}]}}}}"#));
        assert_eq!(meta.1, level, "{system}|{code}");
        let concept = read(
            "DocumentReference",
            &format!(r#"{{"securityLabel":[{{"coding":[{label}]}}]}}"#),
        );
        assert_eq!(concept.1, level, "{system}|{code}");
    }
}

#[test]
fn labels_are_found_wherever_r4_puts_them() {
    let restricted = coding(V3, "R");
    let cases = [
        (
            "Basic",
            format!(r#"{{"meta":{{"security":[{restricted}]}}}}"#),
            Restricted,
        ),
        // An object where a list belongs is a list of one.
        (
            "Basic",
            format!(r#"{{"meta":{{"security":{restricted}}}}}"#),
            Restricted,
        ),
        ("Basic", r#"{"meta":{"security":["R"]}}"#.into(), VeryRestricted),
        (
            "Bundle",
            format!(r#"{{"meta":{{"security":[{restricted}]}}}}"#),
            Restricted,
        ),
        ("Composition", r#"{"confidentiality":"R"}"#.into(), Restricted),
        ("Composition", r#"{"confidentiality":"secret"}"#.into(), VeryRestricted),
        ("Composition", r#"{"confidentiality":7}"#.into(), VeryRestricted),
        // Only a composition has that element.
        ("Basic", r#"{"confidentiality":"R"}"#.into(), Normal),
        (
            "DocumentReference",
            format!(r#"{{"securityLabel":[{{"coding":[{restricted}]}}]}}"#),
            Restricted,
        ),
        (
            "DocumentReference",
            r#"{"securityLabel":[{"text":"for the doctor only"}]}"#.into(),
            VeryRestricted,
        ),
        (
            "AuditEvent",
            format!(r#"{{"entity":[{{"securityLabel":[{restricted}]}}]}}"#),
            Restricted,
        ),
        (
            "Observation",
            format!(r#"{{"contained":[{{"resourceType":"Basic","meta":{{"security":[{restricted}]}}}}]}}"#),
            Restricted,
        ),
        (
            "Observation",
            r#"{"contained":[{"resourceType":"Composition","confidentiality":"V"}]}"#.into(),
            VeryRestricted,
        ),
        (
            "Condition",
            format!(
                r#"{{"note":[{{"text":"x","extension":[{{"url":"{}","valueCoding":{restricted}}}]}}]}}"#,
                super::INLINE
            ),
            Restricted,
        ),
        // What a consent is about is no label of the consent.
        (
            "Consent",
            format!(r#"{{"provision":{{"securityLabel":[{restricted}]}}}}"#),
            Normal,
        ),
        // Labels of entries are theirs.
        (
            "Bundle",
            format!(r#"{{"entry":[{{"resource":{{"meta":{{"security":[{restricted}]}}}}}}]}}"#),
            Normal,
        ),
        ("Basic", r#"{"meta":{"versionId":"1"}}"#.into(), Normal),
    ];
    for (resource_type, text, level) in cases {
        assert_eq!(read(resource_type, &text).1, level, "{text}");
    }
}

#[test]
fn sensitivities_have_classes_or_a_level() {
    for (code, class) in SENSITIVITY {
        let text = format!(r#"{{"meta":{{"security":[{}]}}}}"#, coding(ACT, code));
        let level = if class.is_some() { Normal } else { Restricted };
        assert_eq!(read("Basic", &text), (class, level), "{code}");
    }
    let mut codes = HashSet::new();
    let all = SENSITIVITY.iter().map(|(code, _)| *code).chain(HANDLING);
    for code in all {
        assert!(codes.insert(code), "{code} twice");
    }
}

#[test]
fn a_sensitivity_of_no_known_system_is_withheld_by_class_and_level() {
    for system in ["", "http://other.example"] {
        let text = format!(r#"{{"meta":{{"security":[{}]}}}}"#, coding(system, "PSY"));
        assert_eq!(
            read("Observation", &text),
            (Some(Class::MentalHealth), VeryRestricted),
            "system {system:?}"
        );
    }
}
