//! Inputs as they really come, each standing for a kind, and what is right of each (`tests/cases`): refused, labelled
//! and dated closed, and owned by the compartment.

use crate::ranges::finds;
use aegle_client::{
    crypto::classes::Class,
    fhir::{self, FhirError, Finding, OwnerError, Reading, Resource},
    rules::Confidentiality,
};
use proptest::prelude::*;
use std::{fs, path::PathBuf};

fn case(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    fs::read(path).unwrap()
}

pub(crate) fn read(name: &str) -> Reading {
    fhir::read(&case(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn owners(reading: &Reading) -> Vec<(&str, Option<&str>)> {
    let resources = reading.resources.iter();
    resources
        .map(|resource| (resource.resource_type(), resource.patient().map(|own| own.as_str())))
        .collect()
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
    assert!(fhir::UNKNOWN_TIME > 253_402_300_799_999, "the year 9999");
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

#[test]
fn a_search_is_no_id() {
    for name in ["owner/rfc3986.json", "owner/cond-slash.json"] {
        let resource = &read(name).resources[0];
        assert!(
            matches!(resource.owner(), Err(OwnerError::Conditional { .. })),
            "{name}"
        );
        assert_eq!(resource.patient(), None, "{name}");
    }
    let bundle = |patients: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{patients}{{"resource":{{"resourceType":"Flag",
            "subject":{{"reference":"Patient?identifier=http://h.example/mrn|777"}}}}}}]}}"#
        )
    };
    let patient = |id: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"http://h.example/mrn","value":"777"}}]}}}},"#
        )
    };
    let owner = |text: String| {
        let reading = fhir::read(text.as_bytes()).unwrap();
        let flag = reading.resources.last().unwrap();
        flag.owner()
            .map(|own| own.map(|own| own.as_str().to_owned()))
            .ok()
            .flatten()
    };
    assert_eq!(
        owner(bundle(&patient("pa"))).as_deref(),
        Some("Patient/pa"),
        "it resolves"
    );
    assert_eq!(
        owner(bundle(&[patient("pa"), patient("pb")].concat())),
        None,
        "it finds two"
    );
    assert_eq!(owner(bundle("")), None, "it finds nobody");
}

#[test]
fn the_compartment_says_whose_a_record_is() {
    for name in [
        "compartment/appointment.json",
        "compartment/auditevent.json",
        "compartment/schedule.json",
        "compartment/performer.json",
    ] {
        let reading = read(name);
        assert_eq!(owners(&reading)[0].1, Some("Patient/pa"), "{name}");
    }
    assert_eq!(owners(&read("compartment/group.json"))[0].1, None);

    let resource =
        |kind: &str, fields: &str| Resource::parse(&format!(r#"{{"resourceType":"{kind}",{fields}}}"#)).unwrap();
    let ambiguous = [
        (
            "Appointment",
            r#""participant":[{"actor":{"reference":"Patient/pa"}},{"actor":{"reference":"Patient/pb"}}]"#,
        ),
        (
            "Provenance",
            r#""target":[{"reference":"Patient/pa"},{"reference":"Patient/pb"}]"#,
        ),
        (
            "Account",
            r#""subject":[{"reference":"Patient/pa"},{"reference":"Patient/pb"}]"#,
        ),
        (
            "Observation",
            r#""performer":[{"reference":"Patient/pa"},{"reference":"Patient/pb"}]"#,
        ),
    ];
    for (kind, fields) in ambiguous {
        let resource = resource(kind, fields);
        assert!(
            matches!(resource.owner(), Err(OwnerError::Ambiguous { .. })),
            "{kind} {fields}"
        );
    }
    let about = [
        // Whom it is about decides over who performed, asserted or pays.
        (
            "Observation",
            r#""subject":{"reference":"Patient/pa"},"performer":[{"reference":"Patient/pb"}]"#,
            Some("Patient/pa"),
        ),
        (
            "Coverage",
            r#""beneficiary":{"reference":"Patient/pa"},"subscriber":{"reference":"Patient/pb"}"#,
            Some("Patient/pa"),
        ),
        (
            "Condition",
            r#""asserter":{"reference":"Patient/pa"}"#,
            Some("Patient/pa"),
        ),
        (
            "Claim",
            r#""payee":{"party":{"reference":"Patient/pa"}}"#,
            Some("Patient/pa"),
        ),
        (
            "SupplyRequest",
            r#""deliverTo":{"reference":"Patient/pa"}"#,
            Some("Patient/pa"),
        ),
        // An element that is not in that type's compartment.
        ("Condition", r#""recorder":{"reference":"Patient/pa"}"#, None),
        (
            "Appointment",
            r#""subject":{"reference":"Patient/pa"}"#,
            Some("Patient/pa"),
        ),
        // The compartment does not speak of tasks, nor of types that R4 does not know.
        ("Task", r#""for":{"reference":"Patient/pa"}"#, Some("Patient/pa")),
        (
            "Horoscope",
            r#""subject":{"reference":"Patient/pa"}"#,
            Some("Patient/pa"),
        ),
    ];
    for (kind, fields, expected) in about {
        let resource = resource(kind, fields);
        assert_eq!(resource.patient().map(|own| own.as_str()), expected, "{kind} {fields}");
    }
}

#[test]
fn references_go_by_full_url() {
    let reading = read("compartment/tx.json");
    let urn = Some("urn:uuid:11111111-2222-4333-8444-555555555555");
    assert_eq!(owners(&reading), [("Patient", urn), ("Observation", urn)]);

    let reading = read("compartment/synthea.json");
    assert_eq!(
        owners(&reading),
        [
            ("Patient", Some("Patient/pa")),
            ("Medication", None),
            ("MedicationRequest", Some("Patient/pa")),
            ("Provenance", Some("Patient/pa")),
        ]
    );

    let bundle = |full_url: &str, reference: &str| {
        let text = format!(
            r#"{{"resourceType":"Bundle","entry":[
            {{"fullUrl":"http://one.example/fhir/Patient/x","resource":{{"resourceType":"Patient","id":"x"}}}},
            {{"fullUrl":"{full_url}","resource":{{"resourceType":"Flag","id":"f","subject":{{"reference":"{reference}"}}}}}}]}}"#
        );
        let reading = fhir::read(text.as_bytes())?;
        Ok::<_, FhirError>(reading.resources[1].patient().map(|own| own.as_str().to_owned()))
    };
    let own = "http://one.example/fhir/Flag/f";
    for reference in [
        "http://one.example/fhir/Patient/x",
        "http://one.example/fhir/Patient/x/_history/3",
        "Patient/x",
    ] {
        assert_eq!(
            bundle(own, reference).unwrap().as_deref(),
            Some("Patient/x"),
            "{reference}"
        );
    }
    assert_eq!(bundle(own, "Patient/y").unwrap().as_deref(), Some("Patient/y"));
    assert_eq!(bundle(own, own).unwrap(), None, "an entry that is no patient");
    for (full_url, reference) in [
        (own, "http://two.example/fhir/Patient/x"),
        ("urn:uuid:1", "https://one.example/fhir/Patient/x"),
    ] {
        let error = bundle(full_url, reference).unwrap_err();
        assert!(matches!(error, FhirError::TwoServers { .. }), "{reference}: {error}");
    }
    let twice = r#"{"resourceType":"Bundle","entry":[
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"pa"}},
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"pb"}}]}"#;
    assert!(matches!(
        fhir::read(twice.as_bytes()),
        Err(FhirError::AmbiguousEntry { line: 1, .. })
    ));
}

#[test]
fn equal_ids_of_two_servers_are_refused_between_inputs_too() {
    let of = |server: &str| {
        let text = format!(
            r#"{{"resourceType":"Flag","id":"f-{server}","subject":{{"reference":"https://{server}.example/Patient/pa"}}}}"#
        );
        fhir::read(text.as_bytes()).unwrap()
    };
    assert!(fhir::join([of("one"), of("one")]).is_ok());
    assert!(matches!(
        fhir::join([of("one"), of("two")]),
        Err(FhirError::TwoServers { .. })
    ));
}

#[test]
fn prescriptions_are_found_by_the_drugs_behind_their_references() {
    let warfarin = "code|http://www.nlm.nih.gov/research/umls/rxnorm|855332";
    let has = |reading: &Reading| {
        let request = reading
            .resources
            .iter()
            .find(|own| own.resource_type() == "MedicationRequest")
            .unwrap();
        let found = request.keywords();
        (
            found.keywords.iter().any(|own| own.to_string() == warfarin),
            found.report.count(Finding::UnknownDrug),
        )
    };
    assert_eq!(has(&read("compartment/synthea.json")), (true, 0));
    // In files of their own, as Bulk Data has them.
    let request = br#"{"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/m1"},"subject":{"reference":"Patient/pa"}}"#;
    let drug = br#"{"resourceType":"Medication","id":"m1","code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}]}}"#;
    let (request, drug) = (fhir::read(request).unwrap(), fhir::read(drug).unwrap());
    assert_eq!(has(&request), (false, 1), "it is counted");
    assert_eq!(has(&fhir::join([request.clone(), drug.clone()]).unwrap()), (true, 0));
    assert_eq!(has(&fhir::join([drug, request]).unwrap()), (true, 0));
}

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

/// Those of some inputs that a query finds.
fn found<'a>(query: &str, names: &[&'a str]) -> Vec<&'a str> {
    let names = names.iter().copied();
    names
        .filter(|name| read(name).resources.iter().any(|resource| finds(query, resource)))
        .collect()
}

#[test]
fn a_partial_date_is_its_interval() {
    let all = ["dates/year.json", "dates/month.json", "dates/day.json"];
    for (query, expected) in [
        ("date:2019", &all[..]),
        ("date:2019-07", &all[..]),
        ("date:2019-07-15", &all[..]),
        ("date:2019-07-14", &all[..2]),
        ("date:2019-08", &all[..1]),
        ("date:<2019", &[]),
        ("date:>2019", &[]),
        ("date:>=2019", &all[..]),
        ("date:2018..2020", &all[..]),
        ("day:2019-07-15", &all[2..]),
    ] {
        assert_eq!(found(query, &all), expected, "{query}");
    }
    let stay = |period: &str| Resource::parse(&format!(r#"{{"resourceType":"Encounter","period":{period}}}"#)).unwrap();
    let closed = stay(r#"{"start":"2024-02-10","end":"2024-05-03"}"#);
    let open = stay(r#"{"start":"2024-02-10"}"#);
    for (query, in_closed, in_open) in [
        ("date:2024-03", true, true),
        ("date:2024-03-17", true, true),
        ("date:2024-02-09", false, false),
        ("date:2024-05-03", true, true),
        ("date:2024-05-04", false, true),
        ("date:2030", false, true),
        ("date:>2026", false, true),
        ("date:2023", false, false),
        ("day:2024-03-17", false, false),
        ("day:2024-02-10", true, true),
    ] {
        assert_eq!(
            (finds(query, &closed), finds(query, &open)),
            (in_closed, in_open),
            "{query}"
        );
    }
}

#[test]
fn words_of_all_languages_are_found() {
    let all = [
        "words/zh.json",
        "words/ja.json",
        "words/th.json",
        "words/ru.json",
        "words/el.json",
    ];
    for (query, expected) in [
        ("text:糖尿病", &all[..1]),
        ("糖尿病 和 高血压", &all[..1]),
        ("病", &all[..1]),
        ("text:心筋梗塞", &all[1..2]),
        ("入院した", &all[1..2]),
        ("text:เบาหวาน", &all[2..3]),
        ("эзофагогастродуоденоскопия", &all[3..4]),
        ("\"эзофагогастродуоденоскопия выполнена\"", &all[3..4]),
        ("эзофагогастродуоденоскопия отменена", &[]),
        ("ηλεκτροκαρδιογραφημα", &all[4..]),
        ("ΗΛΕΚΤΡΟΚΑΡΔΙΟΓΡΆΦΗΜΑ", &all[4..]),
        ("=ηλεκτροκαρδιογράφημα", &all[4..]),
    ] {
        assert_eq!(found(query, &all), expected, "{query}");
    }
}

#[test]
fn several_words_mean_all_of_them() {
    let all = ["words/hepA.json", "words/hepB.json", "words/nofever.json"];
    for (query, expected) in [
        ("text:\"hepatitis A\"", &all[..1]),
        ("hepatitis b", &all[1..2]),
        ("hepatitis", &all[..2]),
        ("acute hepatitis a", &all[..1]),
        ("text:\"no fever\"", &all[2..]),
        ("no cough", &[]),
        ("fever", &all[2..]),
    ] {
        assert_eq!(found(query, &all), expected, "{query}");
    }
    let feverish = Resource::parse(r#"{"resourceType":"Condition","code":{"text":"high fever, no cough"}}"#).unwrap();
    assert!(!finds("no fever", &feverish) && finds("no cough", &feverish) && finds("fever", &feverish));
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
