//! The command line without a chain: keys, exit codes, and errors that say what to do.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    process::{Command, Output},
};

fn aegle(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aegle"));
    // What the tester's own environment says must not matter.
    for name in [
        "AEGLE_CHAIN_URL",
        "AEGLE_INDEXER_URL",
        "AEGLE_ADDRESSES",
        "AEGLE_AS",
        "AEGLE_SERVERS",
        "AEGLE_CA",
    ] {
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
    assert_eq!(json(&made)["phrase"].as_str().unwrap().split(' ').count(), 24);
    let again = aegle(
        home.path(),
        &["--json", "keys", "new", "--as", "ada", "--role", "patient"],
    );
    assert_eq!(json(&again)["account"], account, "a key is never replaced");
    assert_eq!(json(&again).get("phrase"), None, "the words are shown once");
    let shown = aegle(home.path(), &["--json", "keys", "show"]);
    assert_eq!(json(&shown)[0]["account"], account);
    assert_eq!(json(&shown)[0]["keys"], serde_json::json!(["account", "master"]));
    let seed = std::fs::read_to_string(home.path().join("keys/ada.master")).unwrap();
    assert!(!String::from_utf8_lossy(&shown.stdout).contains(&seed));
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

/// Writes an address book of contracts that are nowhere.
fn address_book(home: &Path) {
    let at = |byte: u8| format!("0x{}", format!("{byte:02x}").repeat(32));
    let book = serde_json::json!({
        "genesis": at(1), "consortium": at(2), "consent": at(3), "ledger": at(4), "first_block": 0,
    });
    std::fs::write(home.join("addresses.json"), book.to_string()).unwrap();
}

#[test]
fn a_server_is_asked_only_if_its_account_is_pinned() {
    let home = tempfile::tempdir().unwrap();
    let account = format!("0x{}", "ab".repeat(32));
    let error = |arguments: &[&str]| {
        let output = aegle(home.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    address_book(home.path());
    let unknown = error(&["disclosures"]);
    assert!(
        unknown.contains("aegle servers add ACCOUNT=http://127.0.0.1:8087"),
        "{unknown}"
    );

    let server = format!("{account}=http://127.0.0.1:8087/");
    assert!(aegle(home.path(), &["servers", "add", &server]).status.success());
    let shown = json(&aegle(home.path(), &["--json", "servers", "list"]));
    assert_eq!(shown["http://127.0.0.1:8087"]["account"], account.as_str());
    // Known now: what is missing is the chain.
    let unreachable = error(&["--chain-url", "ws://127.0.0.1:1", "disclosures"]);
    assert!(unreachable.contains("cannot connect to the chain"), "{unreachable}");

    let other = format!("0x{}=http://127.0.0.1:8087", "cd".repeat(32));
    let differs = error(&["servers", "add", &other]);
    assert!(differs.contains("--replace"), "{differs}");
    let differs = error(&["--server", &other, "disclosures"]);
    assert!(differs.contains("the address book says"), "{differs}");
    assert!(
        aegle(home.path(), &["servers", "add", "--replace", &other])
            .status
            .success()
    );
    assert!(
        aegle(home.path(), &["servers", "remove", "http://127.0.0.1:8087"])
            .status
            .success()
    );
    assert_eq!(
        json(&aegle(home.path(), &["--json", "servers", "list"])),
        serde_json::json!({})
    );
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let home = tempfile::tempdir().unwrap();
    address_book(home.path());
    let url = "http://192.0.2.1:8087";
    let server = format!("0x{}={url}", "ab".repeat(32));
    let output = aegle(home.path(), &["--indexer-url", url, "--server", &server, "disclosures"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("use https://"), "{error}");
}
