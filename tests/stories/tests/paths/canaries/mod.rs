//! Nothing of a record's plaintext is anywhere outside the clients: not in the database, the index, the vault, on the
//! chain or in the logs.

mod logs;
mod places;
mod planting;
mod words;

use aegle_client::fhir::Resource;
use aegle_stories::{
    deployment::Deployment,
    examples::{self, Chart},
    world::World,
};
use anyhow::{Context, Result};
use logs::Logs;
use places::Search;
use std::collections::BTreeSet;
use words::{Canaries, Finder, Found, names};

/// So few canaries would prove too little.
const FEWEST_CANARIES: usize = 500;
/// A record of made-up words.
const STRANGE_RECORD: &str = r#"{"resourceType":"Qqvzbrecord","id":"qqvzb","subject":{"reference":"Patient/qqvzb"},
    "code":{"text":"zzyxqwvk wvkqzzyx"}}"#;

#[test]
fn no_plaintext_of_a_record_is_anywhere_outside_the_clients() {
    let charts = examples::charts().expect("the examples can be read");
    let all = Canaries::of(charts.iter().flat_map(|chart| &chart.resources));

    let logs = Logs::default();
    let canaries = logs
        .keep(without_records(&all, &logs))
        .expect("a world without these records runs");
    let finder = canaries.finder();
    let logs = Logs::default();
    let (found, bytes) = logs
        .keep(with_records(&charts, &finder, &logs))
        .expect("a world with them runs");
    println!("{} canaries were looked for in {bytes} bytes", canaries.count());
    assert!(found.is_empty(), "plaintext was found: {found:#?}");
}

/// The canaries that a world without these records does not have: what it has are words of Postgres's catalog, of our
/// schema, of file names and log messages. Then plants some of them in every kind of place, and makes sure that they
/// are found there.
async fn without_records(all: &Canaries, logs: &Logs) -> Result<Canaries> {
    // The path is walked here as well, with a record that shares no word with the others.
    let strange = Resource::parse(STRANGE_RECORD)?;
    let charts = [Chart {
        patient: strange.patient().context("it names a patient")?.clone(),
        resources: vec![strange],
    }];
    let world = World::with_charts(&charts).await?;
    world.use_everything(&charts).await?;
    let finder = all.finder();
    let (found, _) = look_everywhere(world.deployment(), &finder, logs).await?;
    let seen: BTreeSet<String> = names(&found);
    let canaries = all.clone().without(&seen);
    println!(
        "{} canaries, {} more that a world without these records has too",
        canaries.count(),
        seen.len()
    );
    assert!(
        canaries.count() > FEWEST_CANARIES,
        "only {} canaries are left",
        canaries.count()
    );

    let plants = planting::plant(world.deployment(), canaries.words()).await?;
    let finder = canaries.finder();
    let (mut found, _) = look_everywhere(world.deployment(), &finder, logs).await?;
    let mut copy = Search::new(&finder);
    let planted_term = planting::plant_in_index(world.deployment(), canaries.words(), &mut copy)?;
    found.extend(copy.found);
    let mut planted = BTreeSet::new();
    for plant in plants.into_iter().chain([planted_term]) {
        let places = found.get(&plant.word).cloned().unwrap_or_default();
        let there = places.iter().any(|place| place.contains(plant.place));
        assert!(there, "a word planted in {} was found in {places:?} only", plant.place);
        planted.insert(plant.word);
    }
    // On a chain that both worlds share they are still there.
    Ok(canaries.without(&planted))
}

/// A world with the records of all charts, of which a clinician has searched and opened some.
async fn with_records(charts: &[Chart], finder: &Finder, logs: &Logs) -> Result<(Found, u64)> {
    let world = World::with_charts(charts).await?;
    world.use_everything(charts).await?;
    look_everywhere(world.deployment(), finder, logs).await
}

async fn look_everywhere(deployment: &Deployment, finder: &Finder, logs: &Logs) -> Result<(Found, u64)> {
    let mut search = Search::new(finder);
    search.rows(deployment.data()).await?;
    search.files(deployment.data())?;
    search.index(&deployment.data().join("index"))?;
    search.chain(deployment.chain_url(), deployment.first_block()).await?;
    search.logs(logs);
    Ok((search.found, search.bytes))
}
