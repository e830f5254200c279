//! `aegle demo`: the program that a newcomer runs first.

use serde_json::Value;
use std::{
    path::PathBuf,
    process::{Command, Output},
};

/// A port on which nothing listens: it is reserved.
const DEAD_CHAIN: &str = "ws://127.0.0.1:1";

/// Fewest expectations that the story checks by itself.
const FEWEST_CHECKS: usize = 20;

/// A program as it was built beside this test.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    // target/debug/deps/paths-0123 -> target/debug/aegle
    let folder = test.ancestors().nth(2).expect("a test lies in target/debug/deps");
    let program = folder.join(name);
    assert!(
        program.exists(),
        "{} is missing: run `cargo build -p aegle-cli -p aegle-indexer -p aegle-devchain` first",
        program.display()
    );
    program
}

fn aegle() -> Command {
    // The demo starts the other two.
    for other in ["aegle-indexer", "aegle-devchain"] {
        program(other);
    }
    let mut command = Command::new(program("aegle"));
    command.env_remove("CHAIN_URL").env_remove("DATABASE_URL");
    command
}

fn said(output: &Output) -> String {
    let (result, progress) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{result}\n{progress}")
}

#[test]
fn the_demo_tells_its_story_and_everything_in_it_holds() {
    let output = aegle().args(["demo", "--json"]).output().expect("the program starts");
    assert!(output.status.success(), "{}\n{}", output.status, said(&output));
    let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON document on standard output");
    assert_eq!(told["holds"], Value::Bool(true));
    assert_eq!(told["failures"], Value::Array(Vec::new()));
    let steps = told["steps"].as_array().expect("a list of steps");
    let checks: Vec<&Value> = steps
        .iter()
        .filter_map(|step| step["checks"].as_array())
        .flatten()
        .collect();
    assert!(checks.len() >= FEWEST_CHECKS, "only {} checks", checks.len());
    assert!(checks.iter().all(|check| check["holds"] == Value::Bool(true)));
    let titles: Vec<&str> = steps.iter().filter_map(|step| step["title"].as_str()).collect();
    for word in [
        "seals",
        "searches",
        "opens",
        "without a grant",
        "nothing is kept from them",
        "researcher counts",
        "changes their mind",
        "thief",
    ] {
        assert!(
            titles.iter().any(|title| title.contains(word)),
            "no step about {word:?} in {titles:?}"
        );
    }
}

#[test]
fn the_demo_fails_where_no_chain_answers() {
    let output = aegle()
        .args(["demo", "--chain-url", DEAD_CHAIN])
        .output()
        .expect("the program starts");
    assert!(!output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("cannot connect to the chain"),
        "{}",
        said(&output)
    );
}
