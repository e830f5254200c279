//! The command line without a chain: keys, exit codes, and errors that say what to do.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    process::{Command, Output},
};

fn aegle(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aegle"));
    // What the tester's own environment says must not matter.
    for name in ["AEGLE_CHAIN_URL", "AEGLE_INDEXER_URL", "AEGLE_ADDRESSES", "AEGLE_AS"] {
        command.env_remove(name);
    }
    command.arg("--home").arg(home).args(arguments).output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn keys_are_made_once_and_shown_without_their_secrets() {
    let home = tempfile::tempdir().unwrap();
    let made = aegle(
        home.path(),
        &["--json", "keys", "new", "--as", "ada", "--role", "patient"],
    );
    assert!(made.status.success());
    let account = json(&made)["account"].clone();
    let again = aegle(
        home.path(),
        &["--json", "keys", "new", "--as", "ada", "--role", "patient"],
    );
    assert_eq!(json(&again)["account"], account, "a key is never replaced");
    let shown = aegle(home.path(), &["--json", "keys", "show"]);
    assert_eq!(json(&shown)[0]["account"], account);
    assert_eq!(json(&shown)[0]["keys"], serde_json::json!(["account", "master"]));
    let seed = std::fs::read_to_string(home.path().join("keys/ada.master")).unwrap();
    assert!(!String::from_utf8_lossy(&shown.stdout).contains(&seed));
}

#[test]
fn a_master_secret_comes_back_from_its_words() {
    let home = tempfile::tempdir().unwrap();
    aegle(home.path(), &["keys", "new", "--as", "ada", "--role", "patient"]);
    let phrase = aegle(home.path(), &["--as", "ada", "keys", "phrase"]).stdout;
    assert_eq!(String::from_utf8_lossy(&phrase).split_whitespace().count(), 24);
    let words = home.path().join("words");
    std::fs::write(&words, &phrase).unwrap();
    let other = home.path().join("other");
    let restored = aegle(
        &other,
        &[
            "keys",
            "new",
            "--as",
            "ada",
            "--role",
            "patient",
            "--phrase",
            words.to_str().unwrap(),
        ],
    );
    assert!(
        restored.status.success(),
        "{}",
        String::from_utf8_lossy(&restored.stderr)
    );
    let again = aegle(&other, &["--as", "ada", "keys", "phrase"]).stdout;
    assert_eq!(again, phrase);
}

#[test]
fn exit_codes_tell_wrong_use_from_failure() {
    let home = tempfile::tempdir().unwrap();
    let cases: [(&[&str], i32); 6] = [
        (&["--version"], 0),
        (&["no-such-command"], 2),
        (&["search", "--domain", "1"], 2),
        (&["--as", "../root", "keys", "show"], 2),
        (&["--as", "nobody", "disclosures"], 1),
        (
            &["--chain-url", "ws://127.0.0.1:1", "--development", "Alice", "deploy"],
            1,
        ),
    ];
    for (arguments, code) in cases {
        let output = aegle(home.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn errors_say_what_to_do_and_are_json_for_programs() {
    let home = tempfile::tempdir().unwrap();
    let person = aegle(home.path(), &["disclosures"]);
    assert!(String::from_utf8_lossy(&person.stderr).contains("aegle deploy"));
    let program = aegle(home.path(), &["--json", "disclosures"]);
    let error: serde_json::Value = serde_json::from_slice(&program.stderr).unwrap();
    assert_eq!(error["exit_code"], 1);
    assert!(program.stdout.is_empty());
}
