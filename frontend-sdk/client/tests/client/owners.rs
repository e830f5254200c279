//! Whose a record is, and which drug it names.

use crate::cases::read;
use aegle_client::fhir::{self, FhirError, Finding, OwnerError, Reading, Resource};

fn owners(reading: &Reading) -> Vec<(&str, Option<&str>)> {
    let resources = reading.resources.iter();
    resources
        .map(|resource| (resource.resource_type(), resource.patient().map(|own| own.as_str())))
        .collect()
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
