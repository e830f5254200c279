//! What the house promises of its walls: no secret that opens a record, and no key of a search domain, is linked into a
//! server that stores or searches records. Held against cargo's own graph of crates, and against the program itself as
//! a build of the whole workspace makes it. And nothing is built twice, and no file stands on one that stands on it.
#![allow(missing_docs, clippy::unwrap_used)]

mod builds;
mod circles;

use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// The server.
const SERVER: &str = "aegle-indexer";
/// Crates whose types open records, search a whole domain, or act for a person, and what only they use.
const SECRETS: [&str; 6] = [
    "aegle-crypto",
    "aegle-keys",
    "aegle-client",
    "aegle-token-service",
    "aegle-fhir-gate",
    "aegle-cli",
];
/// Every secret type that a server may hold: a proxy's shares, one of which opens nothing, and the key that they are sealed
/// to; the erasure keys under which it stores what may have to be forgotten; the seed of its noise; the key of
/// the account that pays for relayed calls; and what the search tokens open that it was sent.
const ALLOWED: [&str; 11] = [
    "EncryptionSecret",
    "ErasureKey",
    "LeafKey",
    "NodeKey",
    "Noise",
    "ProxyShare",
    "ProxyShares",
    "RelayerKey",
    "StoredKey",
    "TokenCache",
    "TokenNode",
];
/// Where the types of a server are.
const SERVER_SOURCES: [&str; 3] = ["indexer", "search/index/src", "search/sealed/src"];

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    // What cargo tells a test of its package: to a build script that asks (that of ring) a change, and so to all above.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

fn metadata() -> Value {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns the names of the crates that `package` links, however features unify: every normal dependency counts,
/// optional ones included as far as cargo resolved them.
fn linked(metadata: &Value, package: &str) -> BTreeSet<String> {
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let first = *names.iter().find(|(_, name)| **name == package).unwrap().0;
    let mut waiting = vec![first];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                waiting.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    seen.into_iter().map(|id| names[id].to_owned()).collect()
}

fn secrets_among(crates: &BTreeSet<String>) -> Vec<&'static str> {
    SECRETS.into_iter().filter(|secret| crates.contains(*secret)).collect()
}

/// Builds all of the workspace in one call, as `make test` does, and returns where a program of it is.
fn program(name: &str) -> PathBuf {
    let output = cargo()
        .args([
            "build",
            "--workspace",
            "--all-targets",
            "--locked",
            "--message-format",
            "json",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        // Not the harness of the program's own tests, which has its name and links only what they reach.
        .filter(|message| message["target"]["name"] == name && message["profile"]["test"] == false)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .unwrap()
}

/// Returns those of `crates` whose code is in a program: a symbol names the crate that it is of.
fn symbols_of(program: &PathBuf, crates: &[&'static str]) -> Vec<&'static str> {
    let bytes = std::fs::read(program).unwrap();
    let is_in = |name: &&&str| {
        // Both manglings of Rust put the length of the crate's name before it.
        let name = name.replace('-', "_");
        let symbol = format!("{}{name}", name.len());
        memchr::memmem::find(&bytes, symbol.as_bytes()).is_some()
    };
    crates.iter().filter(is_in).copied().collect()
}

#[test]
fn no_secret_is_reachable_from_the_server() {
    let metadata = metadata();
    let crates = linked(&metadata, SERVER);
    assert!(
        crates.contains("aegle-protocol"),
        "the walk finds what the server does link"
    );
    assert_eq!(secrets_among(&crates), Vec::<&str>::new());
}

#[test]
fn the_reader_of_the_chain_holds_no_secret() {
    let crates = linked(&metadata(), "aegle-chain");
    assert!(crates.contains("subxt"), "the walk finds how it reads");
    assert_eq!(secrets_among(&crates), Vec::<&str>::new());
}

#[test]
fn a_planted_dependency_is_found() {
    let mut metadata = metadata();
    let id = |metadata: &Value, name: &str| {
        let packages = metadata["packages"].as_array().unwrap();
        packages.iter().find(|package| package["name"] == name).unwrap()["id"].clone()
    };
    // Behind another crate, so that the walk has to go further than one step.
    let (between, planted) = (id(&metadata, "aegle-index"), id(&metadata, "aegle-keys"));
    let nodes = metadata["resolve"]["nodes"].as_array_mut().unwrap();
    let node = nodes.iter_mut().find(|node| node["id"] == between).unwrap();
    node["deps"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "aegle_keys", "pkg": planted, "dep_kinds": [{ "kind": null, "target": null }] }));
    assert_eq!(secrets_among(&linked(&metadata, SERVER)), ["aegle-keys"]);
}

#[test]
fn no_secret_is_in_the_program_that_the_workspace_builds() {
    assert_eq!(symbols_of(&program(SERVER), &SECRETS), Vec::<&str>::new());
    // The same look at the patients' and custodians' program finds them.
    let found = symbols_of(&program("aegle"), &SECRETS);
    for secret in ["aegle-crypto", "aegle-keys", "aegle-client"] {
        assert!(found.contains(&secret), "{secret} is not seen in a program that has it");
    }
}

/// Returns the indentation and the name of the type that a line begins.
fn type_of(line: &str) -> Option<(&str, &str)> {
    let item = line.trim_start();
    let indentation = &line[..line.len() - item.len()];
    let item = match item.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.strip_prefix(' ')?,
        None => item,
    };
    let rest = ["struct ", "enum ", "union "]
        .iter()
        .find_map(|kind| item.strip_prefix(kind))?;
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    Some((indentation, &rest[..end]))
}

#[test]
fn types_are_seen_wherever_they_are() {
    for (line, expected) in [
        ("struct Key(", Some(("", "Key"))),
        ("pub struct Key<'a> {", Some(("", "Key"))),
        ("    pub(super) enum Secret {", Some(("    ", "Secret"))),
        ("        enum Secret {}", Some(("        ", "Secret"))),
        ("pub(in crate::keys) union Bits {", Some(("", "Bits"))),
        ("// struct Key", None),
        ("public struct Key", None),
        ("    let structure = 1;", None),
    ] {
        assert_eq!(type_of(line), expected, "{line}");
    }
}

#[test]
fn every_crate_of_a_party_is_a_secret() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let of_parties: BTreeSet<&str> = packages
        .filter(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            package["source"].is_null() && manifest.components().any(|part| part.as_os_str() == "frontend-sdk")
        })
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert!(
        of_parties.contains("aegle-crypto"),
        "the look finds those that there are"
    );
    let missing: Vec<&&str> = of_parties.iter().filter(|name| !SECRETS.contains(name)).collect();
    assert_eq!(missing, Vec::<&&str>::new(), "in `SECRETS`");
}

#[test]
fn the_list_of_what_a_server_may_hold_is_whole() {
    // A secret wipes itself, and every type that does so is in the list.
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut found = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = SERVER_SOURCES.iter().map(|folder| root.join(folder)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
            // Tests and benchmarks hold everybody's keys.
            waiting.extend(entries.filter(|entry| !entry.ends_with("tests") && !entry.ends_with("benches")));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let Some((indentation, name)) = type_of(line) else {
                continue;
            };
            // What is above it up to the item before, and what is in it.
            let derives = lines[..number].iter().rev().take_while(|line| {
                let line = line.strip_prefix(indentation).unwrap_or_default();
                line.starts_with(['#', '/', ' ', ')', ']'])
            });
            let body = lines[number..].iter().take_while(|line| {
                let line = line.strip_prefix(indentation).unwrap_or_default();
                !line.starts_with('}') && !line.is_empty()
            });
            // A variant that is a name holds nothing.
            let is_name = |line: &str| line.trim().trim_end_matches(',').chars().all(char::is_alphanumeric);
            let is_secret = |line: &str| line.contains("Zeroiz") || line.contains("ProxyShare");
            if derives
                .chain(body)
                .filter(|line| !is_name(line))
                .any(|line| is_secret(line))
            {
                found.insert(name.to_owned());
            }
        }
    }
    // Without its shred secret a record does not open; with it alone neither.
    assert!(found.remove("Shred"), "the look finds what wipes itself");
    assert_eq!(found, ALLOWED.map(String::from).into());
}
