//! A patient loses the machine, and 24 words bring back everything on another one: account, records, grants, and the recovery
//! key, against which whoever has the old machine fails. By the program.

use super::{Site, failure, result, revocations::granted};
use aegle_client::{
    account::AccountKey,
    crypto::{master::MasterSecret, seed::Seed},
    keystore::{KeyStore, SecretKind},
    native::KeyFiles,
    recovery::control_of,
};
use aegle_protocol::random::SystemRandom;
use aegle_rules::consent::{CONTROL_DELAY_MS, Call};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

/// A machine of a patient's that had no keys.
struct NewMachine<'a> {
    site: &'a Site,
    home: &'a Path,
}

impl NewMachine<'_> {
    /// Runs the program as `ana`, with an input.
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.site.program(arguments);
        command
            .env("AEGLE_HOME", self.home)
            .env("AEGLE_AS", "ana")
            .env("AEGLE_ADDRESSES", self.site.file("addresses.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever refuses before it reads closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn done(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", failure(&output));
        result(&output)
    }

    fn refused(&self, arguments: &[&str], input: &str, why: &str) {
        let output = self.run(arguments, input);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(failure(&output).contains(why), "{arguments:?}: {}", failure(&output));
    }
}

/// Everything that whoever has the old machine does with what is on it, and the recovery key that stands on chain.
async fn thief_fails(site: &Site, machine: &NewMachine<'_>, words: &str) {
    let aegle = site.world.deployment().aegle();
    let person = &site.world.people[0];
    let patient = person.account().to_string();
    let keys = KeyFiles::open(&site.file("keys")).unwrap();
    let stolen = |kind| keys.get(&"p0".parse().unwrap(), kind).unwrap();
    let thief = site.world.deployment().account().await.unwrap();
    let own = thief.account().to_string();
    keys.add(&"thief".parse().unwrap(), SecretKind::Account, thief.seed())
        .unwrap();

    // The key that is named is not replaced by the account's.
    let call = Call::SetRecoveryKey { key: thief.account() };
    let refused = person.patient.act(&aegle, call).await.unwrap_err();
    assert!(refused.to_string().contains("RecoveryKeyFixed"), "{refused}");
    // No key on the machine is the recovery key, nor do words made of one give it.
    for kind in [SecretKind::Account, SecretKind::Master] {
        let bytes = stolen(kind);
        assert_ne!(
            Some(AccountKey::from_seed(&bytes).account()),
            control(site).await.recovery
        );
        let phrase = bip39::Mnemonic::from_entropy(&*bytes).unwrap().to_string();
        let file = site.file("thief.words");
        fs::write(&file, phrase).unwrap();
        let file = file.display().to_string();
        let recover = ["guardian", "recover", "--patient", &patient, "--phrase", &file, "veto"];
        let output = site.as_holder("thief", &recover);
        let said = failure(&output);
        assert!(
            !output.status.success() && said.contains("are not the recovery key"),
            "{said}"
        );
    }

    // They name themselves guardian and want another key to control the account; the words take it back, as often as it takes.
    site.done(
        "p0",
        &[
            "guardian",
            "set",
            "--guardian",
            &own,
            "--threshold",
            "1",
            "--days",
            "365",
        ],
    );
    for _ in 0..2 {
        site.done("thief", &["guardian", "act", "--patient", &patient, "replace", &own]);
        assert!(control(site).await.replacement.is_some());
        machine.done(&["guardian", "recover", "--patient", &patient, "veto"], words);
        assert!(control(site).await.replacement.is_none(), "the words have vetoed");
    }
    let waited = Duration::from_millis(CONTROL_DELAY_MS);
    site.world.deployment().advance(waited).await.unwrap();
    let control = control(site).await;
    assert_eq!(control.controller, None, "the account's own key controls it");
    let named = Seed::from_phrase(words).unwrap();
    let recovery = aegle_client::recovery::RecoveryKey::of(&named).account();
    assert_eq!(control.recovery, Some(recovery));
}

async fn control(site: &Site) -> aegle_rules::consent::Control {
    let aegle = site.world.deployment().aegle();
    control_of(&aegle, site.world.people[0].account()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_restores_everything_from_24_words_and_a_thief_fails_against_them() {
    let site = Site::start(1).await;
    let mia = site.world.clinician();
    site.keep_reader("mia", mia);
    let before = site.file_record("before");
    let to = mia.key().account().to_string();
    let grant = granted(&site.done("p0", &["grant", "--to", &to, "--days", "30"]));
    assert!(control(&site).await.recovery.is_none());
    site.done("p0", &["keys", "set"]);
    let words = site.world.people[0].seed.to_phrase();
    let recovery = control(&site).await.recovery.expect("`keys set` has named it");
    site.done("p0", &["keys", "set"]);
    assert_eq!(control(&site).await.recovery, Some(recovery), "once");

    // Another machine, which has the address book and a paper.
    let home = tempfile::tempdir().unwrap();
    let machine = NewMachine {
        site: &site,
        home: home.path(),
    };
    let account = site.world.people[0].account();
    machine.refused(&["record", "get", &before.to_string()], "", "keys new");
    let slip = words.replacen(' ', " zoo ", 1);
    machine.refused(&["keys", "restore"], &slip, "these are 25 words");
    // Words of another paper give an account too: nobody's on this chain.
    let others = Seed::generate(&mut SystemRandom).to_phrase();
    machine.refused(&["keys", "restore"], &others, "of which this chain knows nothing");
    let back = machine.done(&["keys", "restore"], &words);
    assert_eq!(back["account"], json!(account), "the same account");
    assert_eq!(back["recovery_key"], json!(recovery));
    machine.refused(&["keys", "restore"], &words, "no key is ever replaced");
    let keys = KeyFiles::open(&home.path().join("keys")).unwrap();
    let master = keys.get(&"ana".parse().unwrap(), SecretKind::Master).unwrap();
    let restored = MasterSecret::from_bytes(master);
    assert_eq!(
        restored.expose_bytes(),
        site.world.people[0].patient.master().expose_bytes()
    );

    // It opens what was sealed before, knows what was granted, and is who grants and revokes.
    let output = home.path().join("opened").display().to_string();
    machine.done(&["record", "get", &before.to_string(), "--output", &output], "");
    let listed = machine.done(&["grant", "list"], "");
    assert!(listed.to_string().contains(&to), "{listed}");
    machine.done(
        &[
            "keys",
            "card",
            "--custodian",
            &site.world.hospital().admin().account().to_string(),
        ],
        "",
    );
    assert!(site.opens("mia", before));
    machine.done(&["revoke", &grant.to_string()], "");
    let after = site.file_record("after");
    assert!(!site.opens("mia", before) && !site.opens("mia", after));
    machine.done(&["record", "get", &after.to_string(), "--output", &output], "");
    machine.done(&["grant", "--to", &to, "--days", "30"], "");
    assert!(site.opens("mia", after));
    let log = machine.done(&["disclosures"], "");
    assert!(log.to_string().contains(&to), "the same log");

    thief_fails(&site, &machine, &words).await;
}
