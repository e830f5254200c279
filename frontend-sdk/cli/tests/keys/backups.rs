//! Backups of keys.

use crate::Machine;

const PASSPHRASE: &str = "seven tall geese in a row";

#[test]
fn a_backup_brings_back_the_keys_of_anybody_and_only_with_its_passphrase() {
    let (old, new) = (Machine::new(), Machine::new());
    old.done("--as hospital keys new --role custodian", "");
    let patient = old.done("--as ana keys new --role patient", "");
    let passphrase = old.file("passphrase", &format!("{PASSPHRASE}\n"));
    for holder in ["hospital", "ana"] {
        let file = old.home().join(format!("{holder}.backup")).display().to_string();
        old.done(
            &format!("--as {holder} keys backup {file} --passphrase {passphrase}"),
            "",
        );
        let again = format!("--as {holder} keys backup {file} --passphrase {passphrase}");
        old.refused(&again, "", "is there already");
        let sealed = std::fs::read_to_string(&file).unwrap();
        assert!(!sealed.contains(&old.secret(&format!("{holder}.account"))));

        let restore = format!("--as {holder} keys restore --backup {file}");
        new.refused(&restore, "seven tall geese in a raw\n", "does not open this backup");
        new.done(&restore, &format!("{PASSPHRASE}\n"));
        new.refused(&restore, PASSPHRASE, "no key is ever replaced");
    }
    let files = [
        "hospital.account",
        "hospital.encryption",
        "hospital.domain",
        "ana.account",
        "ana.master",
        "ana.recovery",
    ];
    for file in files {
        assert_eq!(new.secret(file), old.secret(file), "{file}");
    }
    assert_eq!(new.key_files().len(), files.len());
    new.done("--as ana keys phrase --check -", patient["phrase"].as_str().unwrap());
}

#[test]
fn what_is_no_backup_is_refused_in_a_sentence() {
    let machine = Machine::new();
    let file = machine.home().join("backup").display().to_string();
    machine.refused(
        &format!("--as ana keys backup {file}"),
        PASSPHRASE,
        "ana has no keys here",
    );
    machine.done("--as ana keys new", "");
    machine.refused(&format!("--as ana keys backup {file}"), "short", "12 or more");
    let other = machine.file("other", "{\"format\": \"aegle/key-backup/v2\"}");
    machine.refused(
        &format!("--as ben keys restore --backup {other}"),
        PASSPHRASE,
        "no backup of keys",
    );
    machine.refused(
        &format!("--as ben keys restore --backup {file}"),
        PASSPHRASE,
        "cannot be read",
    );
}
