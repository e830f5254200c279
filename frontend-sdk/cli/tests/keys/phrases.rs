//! A patient's 24 words.

use crate::{Machine, text};
use aegle_client::{account::AccountKey, crypto::seed::Seed, recovery::RecoveryKey};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use std::{fs, path::Path};

/// 32 bytes of 0x7f, in the reference vectors of BIP-39.
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful \
                      legal winner thank year wave sausage worth title";

/// The forms in which 32 bytes may stand in a file: as they are, in hexadecimal, and in base64 at each of three places.
fn forms(secret: &[u8; 32]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        secret.to_vec(),
        hex::encode(secret).into(),
        hex::encode_upper(secret).into(),
    ];
    for before in 0..3 {
        let shifted = [&[0; 2][..before], secret].concat();
        let encoded = STANDARD_NO_PAD.encode(shifted);
        // Without its ends, which depend on what stands around it.
        forms.push(encoded[4..encoded.len() - 4].into());
    }
    forms
}

/// Whether a file has a secret in any form.
fn has(file: &Path, secret: &[u8; 32]) -> bool {
    let bytes = fs::read(file).unwrap();
    let is_in = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == form);
    forms(secret).iter().any(is_in)
}

#[test]
fn a_device_keeps_neither_the_seed_nor_the_recovery_key() {
    let machine = Machine::new();
    let made = machine.done("--as ana keys new --role patient", "");
    let seed = Seed::from_phrase(text(&made, "phrase")).unwrap();
    let entropy = bip39_entropy(text(&made, "phrase"));
    let recovery = *seed.recovery_key();
    let files = machine.key_files();
    let names: Vec<_> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["ana.account", "ana.master", "ana.recovery"]);
    for file in &files {
        assert!(!has(file, &entropy) && !has(file, &recovery), "{}", file.display());
        let written = fs::read_to_string(file).unwrap();
        let words = text(&made, "phrase").split(' ').filter(|word| written.contains(word));
        assert_eq!(words.count(), 0, "{}", file.display());
    }
    // What is looked for is found: the master secret, which is kept, and each form of a seed that is planted.
    assert!(has(&files[1], seed.master_secret().expose_bytes()));
    let planted = machine.home().join("keys/planted");
    for secret in [entropy, recovery] {
        for form in forms(&secret) {
            fs::write(&planted, [b"before ", &form[..], b" after"].concat()).unwrap();
            assert!(has(&planted, &secret));
        }
        let mid_word = [&b"?"[..], &secret, b"!"].concat();
        fs::write(&planted, STANDARD_NO_PAD.encode(mid_word)).unwrap();
        assert!(has(&planted, &secret), "in the middle of what is encoded");
    }
    assert_eq!(
        text(&made, "recovery_key"),
        RecoveryKey::of(&seed).account().to_string()
    );
}

/// The bits that the words encode.
fn bip39_entropy(phrase: &str) -> [u8; 32] {
    bip39::Mnemonic::parse(phrase).unwrap().to_entropy().try_into().unwrap()
}

#[test]
fn the_words_bring_back_account_records_and_recovery_key_on_another_machine() {
    let (old, new) = (Machine::new(), Machine::new());
    let made = old.done("--as ana keys new --role patient", "");
    let words = text(&made, "phrase").to_owned();
    let account = text(&made, "account");
    let back = new.done(&format!("--as ana keys restore --account {account}"), &words);
    for name in ["account", "ss58", "recovery_key"] {
        assert_eq!(back[name], made[name], "{name}");
    }
    for file in ["ana.account", "ana.master", "ana.recovery"] {
        assert_eq!(new.secret(file), old.secret(file), "{file}");
    }
    let typed = new.file("typed", &words.to_uppercase().replace(' ', "\n"));
    new.done(
        &format!("--as again keys restore --phrase {typed} --account {account}"),
        "",
    );
    new.done("--as ana keys phrase --check -", &words);
    new.refused("--as ana keys phrase --check -", PHRASE, "other keys than those of ana");

    // A fresh account, for somebody whose guardians replace a stolen key.
    let fresh = format!("--as phone keys restore --phrase {typed} --new-account --account {account}");
    let phone = new.done(&fresh, "");
    assert_ne!(phone["account"], made["account"]);
    assert_eq!(new.secret("phone.master"), old.secret("ana.master"));
    assert_ne!(new.secret("phone.account"), old.secret("ana.account"));
}

#[test]
fn nothing_is_overwritten_and_wrong_words_make_nothing() {
    let machine = Machine::new();
    let made = machine.done("--as ana keys new --role patient", "");
    let before = machine.secret("ana.account");
    machine.refused("--as ana keys restore", PHRASE, "no key is ever replaced");
    machine.refused("--as ana keys restore --new-account", PHRASE, "no key is ever replaced");
    assert_eq!(machine.secret("ana.account"), before);
    // Nor does a patient's key come beside a clinician's, so that one name is two people.
    machine.done("--as mia keys new", "");
    for fresh in ["", " --new-account"] {
        machine.refused(&format!("--as mia keys restore{fresh}"), PHRASE, "under another name");
    }

    // The account that the words of PHRASE give; another is asked for, so that words without a chain are read.
    let seed = Seed::from_phrase(PHRASE).unwrap();
    let given = AccountKey::from_seed(&seed.account_key()).account();
    let cases = [
        (PHRASE.replace("title", "useful"), "do not belong together"),
        (
            PHRASE.replacen("winner", "winer", 1),
            "word 2 is not in BIP-39's English list",
        ),
        (
            PHRASE.split(' ').take(12).collect::<Vec<_>>().join(" "),
            "these are 12 words, and a phrase has 24",
        ),
        (String::new(), "these are 0 words"),
    ];
    for (words, why) in &cases {
        machine.refused(&format!("--as ben keys restore --account {given}"), words, why);
    }
    machine.refused(
        "--as ben keys restore",
        PHRASE,
        "is asked of the chain, unless --account says",
    );
    let other = format!("--as ben keys restore --account {}", text(&made, "account"));
    machine.refused(&other, PHRASE, "look for another paper");
    let unread = format!("--as ben keys restore --account {given} --phrase no-such-file");
    machine.refused(&unread, "", "cannot be read");
    assert_eq!(machine.key_files().len(), 5, "ben has nothing");
    machine.done(&format!("--as ben keys restore --account {given}"), PHRASE);
}

#[test]
fn what_is_said_of_words_is_true_of_the_keys() {
    let machine = Machine::new();
    machine.done("--as ana keys new --role patient", "");
    machine.refused("--as ana keys phrase", "", "no device keeps the 24 words of ana");

    // A key store of before: an account's key and a master secret that were drawn.
    let keys = machine.home().join("keys");
    for kind in ["account", "master"] {
        fs::copy(keys.join(format!("ana.{kind}")), keys.join(format!("old.{kind}"))).unwrap();
    }
    machine.refused("--as old keys phrase", "", "made without 24 words");
    machine.refused("--as old keys phrase --check -", PHRASE, "aegle keys backup FILE");
    let opened = machine.done("--as old keys new --role patient", "");
    let seed = machine.secret("old.account");
    let seed: [u8; 32] = hex::decode(seed).unwrap().try_into().unwrap();
    assert_eq!(
        text(&opened, "account"),
        AccountKey::from_seed(&seed).account().to_string()
    );
    assert_eq!(opened["recovery_key"], serde_json::Value::Null);

    machine.done("--as mia keys new", "");
    machine.refused("--as mia keys phrase", "", "only a patient has 24 words");
    machine.refused("--as mia keys new --role patient", "", "under another name");
}
