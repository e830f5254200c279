//! What people do about access besides granting it: asking, passing on, acting for somebody, emergencies; by the client, on
//! a chain with an indexer.
#![allow(clippy::unwrap_used)]

mod delegation;
mod glass;
mod guardians;
mod requests;
mod staff;

use aegle_client::{
    chain::{Chain, Head},
    fhir::Resource,
    history::History,
};
use aegle_stories::world::World;

/// A query that finds every record of these stories.
const EVERYTHING: &str = "NOT status:no-such-status";
/// A day in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// An observation of the patient, with security labels.
fn observation(id: &str, display: &str, labels: &[&str]) -> Resource {
    let security = labels
        .iter()
        .map(|label| format!(r#"{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"{label}"}}"#))
        .collect::<Vec<_>>()
        .join(",");
    let text = format!(
        r#"{{"resourceType":"Observation","id":"{id}","meta":{{"security":[{security}]}},"status":"final",
            "code":{{"coding":[{{"system":"http://loinc.org","code":"8480-6","display":"{display}"}}]}},
            "subject":{{"reference":"Patient/story"}},"effectiveDateTime":"2026-11-20T09:30:00Z"}}"#
    );
    Resource::parse(&text).expect("it is a resource")
}

/// A world with one patient, who has a laboratory result and a record about mental health.
async fn world() -> World {
    let mut world = World::start().await.expect("a world");
    world.admit().await.expect("a patient");
    let chart = [
        observation("one", "Haemoglobin", &[]),
        observation("two", "Depression screening", &["PSY"]),
    ];
    let batch: Vec<(usize, &Resource)> = chart.iter().map(|resource| (0, resource)).collect();
    world
        .ingest(&batch)
        .await
        .unwrap_or_else(|error| panic!("a batch: {error}"));
    world
}

/// What the contracts have told by now, and the head up to which it was read.
async fn history(world: &World) -> (History, Head) {
    let deployment = world.deployment();
    let head = deployment.chain().finalized().await.unwrap();
    let (contracts, first) = (deployment.contracts(), deployment.first_block());
    let mut blocks = 0;
    let mut count = |read| blocks += read;
    let told = deployment
        .chain()
        .history(contracts, first, &head, &mut count)
        .await
        .unwrap();
    assert_eq!(blocks, u64::from(head.number - first), "every block was read");
    assert_eq!((told.span.first_block, told.span.last_block), (first + 1, head.number));
    (told, head)
}
