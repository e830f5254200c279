//! What is compiled for one command is not compiled once more for the next.

use super::cargo;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// What is compiled again, since the tests of others want it with more languages.
const LANGUAGES: [&str; 2] = ["frostem", "tantivy"];

/// Returns what cargo would compile, as `arguments` say: a fingerprint with what it depends on, and the package.
fn units(arguments: &[&str]) -> BTreeMap<u64, String> {
    let output = cargo()
        .args(arguments)
        .args(["-Zunstable-options", "--unit-graph"])
        // Nothing is compiled: cargo shows its plan, which it does for whoever names this.
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let graph: Value = serde_json::from_slice(&output.stdout).unwrap();
    let units = graph["units"].as_array().unwrap();
    let mut known = BTreeMap::new();
    for place in 0..units.len() {
        fingerprint(units, place, &mut known);
    }
    known
        .into_iter()
        .map(|(place, fingerprint)| (fingerprint, units[place]["pkg_id"].as_str().unwrap().to_owned()))
        .collect()
}

fn fingerprint(units: &[Value], place: usize, known: &mut BTreeMap<usize, u64>) -> u64 {
    if let Some(fingerprint) = known.get(&place) {
        return *fingerprint;
    }
    let unit = &units[place];
    let below = unit["dependencies"].as_array().unwrap().iter();
    let below: BTreeSet<u64> = below
        .map(|dependency| fingerprint(units, dependency["index"].as_u64().unwrap() as usize, known))
        .collect();
    let mut hasher = DefaultHasher::new();
    for field in ["pkg_id", "target", "profile", "platform", "mode", "features"] {
        unit[field].to_string().hash(&mut hasher);
    }
    below.hash(&mut hasher);
    let fingerprint = hasher.finish();
    known.insert(place, fingerprint);
    fingerprint
}

#[test]
fn what_the_demo_compiles_of_others_the_tests_have_too() {
    let makefile = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Makefile"));
    let demo = makefile.split_once("\ndemo:").unwrap().1;
    let build = demo
        .lines()
        .find_map(|line| line.trim().strip_prefix("@cargo "))
        .unwrap();
    let demo = units(&build.split(' ').collect::<Vec<_>>());
    let tests = units(&["build", "--locked", "--workspace", "--all-targets"]);
    assert!(
        demo.values().any(|package| package.contains("#frame-support@")),
        "the demo compiles the runtime"
    );
    let again: BTreeSet<&str> = demo
        .iter()
        .filter(|(fingerprint, package)| package.starts_with("registry+") && !tests.contains_key(fingerprint))
        .map(|(_, package)| package.rsplit_once('#').unwrap().1.split_once('@').unwrap().0)
        .collect();
    assert_eq!(again, LANGUAGES.into());
}
