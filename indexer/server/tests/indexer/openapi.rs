//! The description of the API: every route is in it, nothing else is, and the one in the documentation is up to date.
use crate::support::{caller::answer, world::World};
use aegle_indexer::openapi;
use serde_json::Value;
use std::{fs, path::Path};

const METHODS: [&str; 3] = ["get", "post", "put"];

#[test]
fn the_description_in_the_documentation_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi/indexer.json");
    let served = openapi();
    if std::env::var_os("AEGLE_WRITE_OPENAPI").is_some() {
        fs::write(&path, format!("{served:#}\n")).unwrap();
    }
    let kept: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept, served, "AEGLE_WRITE_OPENAPI=1 writes it anew");
}

/// Returns every `$ref` of a document.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.push(reference);
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_description_leads_somewhere() {
    let document = openapi();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name} says nothing of itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_described_and_nothing_else_is() {
    let world = World::new().await;
    let running = world.start().await;
    let served: Value = answer(world.http.get(format!("{}/openapi.json", running.url())))
        .await
        .json();
    assert_eq!(served, openapi());
    for (path, operations) in served["paths"].as_object().unwrap() {
        let asked = ["account", "patient", "grant", "record", "number", "id"]
            .into_iter()
            .fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "7"));
        assert!(
            !asked.contains('{'),
            "{asked} has a parameter that this test does not know"
        );
        for method in METHODS {
            let request = world.http.request(
                method.to_uppercase().parse().unwrap(),
                format!("{}{asked}", running.url()),
            );
            let found = answer(request).await;
            if path.starts_with("/fhir/") {
                let (status, code) = match operations.get(method) {
                    None => (405, "not-supported"),
                    Some(operation) if operation.get("security").is_some() => (401, "login"),
                    Some(_) => (200, ""),
                };
                let resource: Value = serde_json::from_slice(&found.body).unwrap();
                assert_eq!(found.status, status, "{method} {path}: {resource}");
                assert_eq!(resource["issue"][0]["code"].as_str().unwrap_or_default(), code);
                continue;
            }
            match operations.get(method) {
                None => assert_eq!(found.reason(), (400, "no-such-method".into()), "{method} {path}"),
                Some(operation) if operation.get("security").is_some() => {
                    assert_eq!(found.reason(), (401, "unsigned".into()), "{method} {path}");
                }
                Some(_) => assert!(
                    found.status == 200 || found.status == 503,
                    "{method} {path}: {}",
                    found.status
                ),
            }
        }
    }
    running.stop().await;
}
