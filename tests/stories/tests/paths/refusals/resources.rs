//! FHIR that is none, and FHIR that nobody has seen before.

use super::own_records;
use crate::story::world_with;
use aegle_client::{
    custodian::IngestError,
    fhir::{self, FhirError, Resource},
};
use std::collections::BTreeSet;

#[test]
fn what_is_no_fhir_is_refused_with_its_reason() {
    let deep = |depth| {
        let begin = r#"{"resourceType":"Bundle","entry":[{"resource":"#.repeat(depth);
        format!(r#"{begin}{{"resourceType":"Patient","id":"a"}}{}"#, "}]}".repeat(depth))
    };
    let too_deep = deep(fhir::MAX_BUNDLE_DEPTH + 1);
    let cases: [(&str, fn(&FhirError) -> bool); 12] = [
        ("", |error| matches!(error, FhirError::Empty)),
        (" \n\t", |error| matches!(error, FhirError::Empty)),
        ("\u{feff}", |error| matches!(error, FhirError::Empty)),
        ("{", |error| matches!(error, FhirError::NotJson { .. })),
        (r#"{"resourceType":"Patient"} {}"#, |error| {
            matches!(error, FhirError::NotJson { line: 1, .. })
        }),
        ("<Patient xmlns=\"http://hl7.org/fhir\"/>", |error| {
            matches!(error, FhirError::NotJson { line: 1, .. })
        }),
        ("[]", |error| matches!(error, FhirError::NotAResource { .. })),
        ("null", |error| matches!(error, FhirError::NotAResource { .. })),
        (r#"{"id":"a"}"#, |error| matches!(error, FhirError::NotAResource { .. })),
        (r#"{"resourceType":"No type"}"#, |error| {
            matches!(error, FhirError::NotAResource { .. })
        }),
        (r#"{"resourceType":"Bundle","entry":7}"#, |error| {
            matches!(error, FhirError::MalformedBundle { .. })
        }),
        (&too_deep, |error| matches!(error, FhirError::TooDeep)),
    ];
    for (text, expected) in cases {
        match fhir::read(text.as_bytes()) {
            Ok(reading) => panic!("{text}: read as {} resources", reading.resources.len()),
            Err(error) => assert!(expected(&error), "{text}: {error:?}"),
        }
    }
    assert!(
        matches!(fhir::read(b"\"\xff\""), Err(FhirError::NotJson { .. })),
        "not UTF-8"
    );
    assert_eq!(
        fhir::read(deep(fhir::MAX_BUNDLE_DEPTH).as_bytes())
            .map(|reading| reading.resources.len())
            .ok(),
        Some(1)
    );
    // One malformed entry fails the whole bundle: nothing is left out silently.
    let half =
        r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a"}},{"resource":{}}]}"#;
    assert!(matches!(
        fhir::read(half.as_bytes()),
        Err(FhirError::NotAResource { .. })
    ));
    assert!(
        fhir::read(br#"{"resourceType":"Bundle"}"#).is_ok_and(|reading| reading.resources.is_empty()),
        "an empty bundle is FHIR"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_of_an_unknown_type_is_kept_and_found() {
    let text = r#"{"resourceType":"SpaceshipLog","id":"s","subject":{"reference":"Patient/story"},
        "note":[{"text":"Weightlessness observed"}],"mass":1.10,"unknownElement":{"nested":["é","\u00e9"]}}"#;
    let strange = Resource::parse(text).expect("FHIR may have new types");
    let mut world = world_with(std::slice::from_ref(&strange)).await;
    let record = world.people[0].records[0];
    for query in [
        "type:SpaceshipLog",
        "text:weightlessness",
        "type:SpaceshipLog NOT type:Observation",
    ] {
        let hits = world.search_own(&world.people[0], query).await.unwrap();
        assert_eq!(
            hits.iter().map(|hit| hit.record).collect::<Vec<_>>(),
            [record],
            "{query}"
        );
    }
    let opened = world.people[0]
        .patient
        .open(&world.deployment().aegle(), record)
        .await
        .unwrap();
    assert_eq!(
        opened.content.bytes,
        text.as_bytes(),
        "it comes back to the last byte, its decimals as they were"
    );

    // An empty batch is refused before anything is sealed.
    assert!(matches!(world.ingest(&[]).await, Err(IngestError::Records(0))));
    assert_eq!(
        own_records(&world).await,
        BTreeSet::from([record]),
        "nothing else was stored"
    );
}
