//! Inputs of every form: too deep, too many words, one resource a line, and several versions of a resource.

use crate::cases::{case, read};
use aegle_client::{
    crypto::classes::Class,
    fhir::{self, FhirError, Finding},
    rules::Confidentiality,
};
use proptest::prelude::*;

#[test]
fn what_nests_too_deep_is_json_all_the_same() {
    match fhir::read(&case("limits/q80.json")) {
        Err(error @ FhirError::NestedTooDeep { .. }) => {
            let said = error.to_string();
            assert!(
                said.contains("QuestionnaireResponse/q") && said.contains("127"),
                "{said}"
            );
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was read"),
    }
}

#[test]
fn what_has_too_many_keywords_is_found_by_what_it_is() {
    let reading = read("limits/long-note.json");
    let found = reading.resources[0].keywords();
    assert_eq!(found.keywords.len(), fhir::MAX_RESOURCE_KEYWORDS);
    let all: Vec<String> = found.keywords.iter().map(ToString::to_string).collect();
    assert!(all.iter().any(|own| own == "type|Composition") && all.iter().any(|own| own == "status|final"));
    assert!(found.report.count(Finding::TooManyKeywords) > 100);

    let reading = read("limits/qr400.json");
    let found = reading.resources[0].keywords();
    assert!(found.keywords.len() <= fhir::MAX_RESOURCE_KEYWORDS);
    assert!(
        found
            .keywords
            .iter()
            .any(|own| own.to_string() == "date/day|2024-01-01")
    );
}

#[test]
fn exports_of_one_resource_a_line_are_read() {
    for name in ["ndjson/two.ndjson", "ndjson/crlf-blank.ndjson"] {
        let reading = read(name);
        let ids: Vec<_> = reading.resources.iter().map(|own| own.id().unwrap()).collect();
        assert_eq!(ids, ["n1", "n2"], "{name}");
    }
    let lines: String = (1..=9)
        .map(|id| format!("{{\"resourceType\":\"Basic\",\"id\":\"{id}\"}}\r\n\r\n"))
        .collect();
    assert_eq!(fhir::read(lines.as_bytes()).unwrap().resources.len(), 9);
    let fault = lines.replace("\"id\":\"5\"", "\"id\":5\"");
    assert!(matches!(
        fhir::read(fault.as_bytes()),
        Err(FhirError::NotJson { line: 9, .. })
    ));
    let third = fhir::read(lines.as_bytes()).unwrap().resources[2].line();
    assert_eq!(third, 5);
}

#[test]
fn of_a_history_the_newest_version_counts_and_a_deletion_ends_it() {
    let reading = read("versions/history.json");
    assert_eq!(reading.resources.len(), 1);
    assert!(reading.resources[0].text().contains("numbatresult negative"));
    assert_eq!(reading.report.count(Finding::Superseded), 1);
    assert!(reading.report.count(Finding::Deleted) > 0);
}

#[test]
fn versions_are_told_by_their_time_or_number_wherever_they_stand() {
    let version = |meta: &str, value: &str| {
        format!(
            r#"{{"resourceType":"Basic","id":"b",{meta}"subject":{{"reference":"Patient/pa"}},"code":{{"text":"{value}"}}}}"#
        )
    };
    let kept = |lines: &[String]| {
        let reading = fhir::read(lines.join("\n").as_bytes()).unwrap();
        let values = reading
            .resources
            .iter()
            .map(|own| own.title().to_owned())
            .collect::<Vec<_>>();
        (values, reading.report)
    };
    let (one, two) = (
        version(r#""meta":{"versionId":"9"},"#, "old"),
        version(r#""meta":{"versionId":"10"},"#, "new"),
    );
    for lines in [[one.clone(), two.clone()], [two.clone(), one.clone()]] {
        let (values, report) = kept(&lines);
        assert_eq!(
            (values.as_slice(), report.count(Finding::Superseded)),
            (["new".to_owned()].as_slice(), 1)
        );
    }
    let (values, report) = kept(&[one.clone(), one.clone()]);
    assert_eq!((values.len(), report.count(Finding::Repeated)), (1, 1));
    let untold = [version("", "one"), version("", "other")];
    let (values, report) = kept(&untold);
    assert_eq!(
        (values.len(), report.count(Finding::UnorderedVersions)),
        (2, 1),
        "both are kept, and that is said"
    );
    let error = version(r#""meta":{"versionId":"11"},"status":"entered-in-error","#, "wrong");
    let (values, report) = kept(&[two, error]);
    assert_eq!((values.len(), report.count(Finding::EnteredInError)), (0, 1));
}

proptest! {
    #[test]
    fn a_history_in_any_order_of_entries_keeps_its_newest_numbered_version(order in Just((1..=6_u32).collect::<Vec<_>>()).prop_shuffle(), deleted in 0..=7_u32) {
        let entries: Vec<String> = order.iter().map(|number| {
            if *number == deleted {
                format!(r#"{{"request":{{"method":"DELETE","url":"Basic/b"}},"response":{{"etag":"W/\"{number}\""}}}}"#)
            } else {
                format!(r#"{{"resource":{{"resourceType":"Basic","id":"b","meta":{{"versionId":"{number}"}}}}}}"#)
            }
        }).collect();
        let text = format!(r#"{{"resourceType":"Bundle","type":"history","entry":[{}]}}"#, entries.join(","));
        let reading = fhir::read(text.as_bytes()).unwrap();
        if deleted == 6 {
            prop_assert!(reading.resources.is_empty());
        } else {
            prop_assert_eq!(reading.resources.len(), 1);
            prop_assert!(reading.resources[0].text().contains(r#""versionId":"6""#));
        }
    }

    #[test]
    fn of_a_name_that_comes_twice_nothing_is_read(at in 0..5_usize, again in 0..5_usize) {
        let mut members: Vec<String> = ["id", "status", "subject", "code", "meta"].iter().map(|name| format!(r#""{name}":{{}}"#)).collect();
        let twice = members[at].clone();
        members.insert(again, twice);
        let text = format!(r#"{{"resourceType":"Basic",{}}}"#, members.join(","));
        let refused = matches!(fhir::read(text.as_bytes()), Err(FhirError::DuplicateName { .. }));
        prop_assert!(refused);
    }
}

/// A label of a bundle around a copy is not in its text: the copy that is kept has it all the same.
#[test]
fn what_is_repeated_has_the_labels_of_all_its_copies() {
    let code = |system: &str, code: &str| {
        format!(
            r#""meta":{{"security":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-{system}","code":"{code}"}}]}},"#
        )
    };
    let around = |label: &str, status: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Bundle",{label}"type":"collection","entry":[{{"resource":{{"resourceType":"Condition","id":"c","status":"{status}","subject":{{"reference":"Patient/a"}}}}}}]}}}}"#
        )
    };
    let labels = [String::new(), code("ActCode", "SUD"), code("Confidentiality", "R")];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        // The same text three times, and three versions in an order that nothing tells.
        for (statuses, kept) in [(["one", "one", "one"], 1), (["one", "two", "three"], 3)] {
            let entries = order
                .iter()
                .zip(statuses)
                .map(|(own, status)| around(&labels[*own], status));
            let entries = entries.collect::<Vec<_>>().join(",");
            let bundle = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#);
            let reading = fhir::read(bundle.as_bytes()).unwrap();
            assert_eq!(reading.resources.len(), kept);
            for resource in &reading.resources {
                assert_eq!(resource.class(), Class::SubstanceUse, "{order:?}");
                assert_eq!(resource.confidentiality(), Confidentiality::Restricted, "{order:?}");
            }
        }
    }
}
