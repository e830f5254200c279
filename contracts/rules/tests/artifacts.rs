//! The committed bundles are what these sources describe.

use aegle_rules::{consent, consortium, ledger, message::Message};
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Largest code of a contract, in bytes: what the design allows each.
const MAX_CODE_BYTES: usize = 40_000;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

struct Bundle {
    contract: &'static str,
    json: Value,
}

impl Bundle {
    fn read(contract: &'static str) -> Self {
        let path = repository()
            .join("contracts/artifacts")
            .join(format!("{contract}.contract"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self {
            contract,
            json: serde_json::from_str(&text).expect("a bundle is JSON"),
        }
    }

    /// The constructors and messages: name, selector, whether it changes state, names of the arguments.
    fn interface(&self) -> BTreeMap<String, (String, bool, Vec<String>)> {
        let spec = &self.json["spec"];
        let entries = ["constructors", "messages"]
            .into_iter()
            .flat_map(|kind| list(&spec[kind]));
        entries
            .map(|entry| {
                assert_eq!(entry["payable"], false, "{} {}", self.contract, text(&entry["label"]));
                let arguments = list(&entry["args"])
                    .iter()
                    .map(|argument| text(&argument["label"]))
                    .collect();
                let mutates = entry["mutates"].as_bool().unwrap_or(true);
                (text(&entry["label"]), (text(&entry["selector"]), mutates, arguments))
            })
            .collect()
    }

    fn check_interface(&self, expected: &[Expected]) {
        let interface = self.interface();
        for (name, selector, mutates, arguments) in expected {
            let selector = format!("0x{}", hex(selector));
            let arguments = arguments.iter().map(|argument| argument.to_string()).collect();
            assert_eq!(
                interface.get(*name),
                Some(&(selector, *mutates, arguments)),
                "{} {name}",
                self.contract
            );
        }
        assert_eq!(
            interface.len(),
            expected.len(),
            "{} has other messages too",
            self.contract
        );
    }

    fn check_events(&self, events: &[(&str, [u8; 32], &str)]) {
        let found: BTreeMap<String, String> = list(&self.json["spec"]["events"])
            .iter()
            .map(|event| (text(&event["label"]), text(&event["signature_topic"])))
            .collect();
        for (name, topic, _) in events {
            assert_eq!(
                found.get(*name),
                Some(&format!("0x{}", hex(topic))),
                "{} {name}",
                self.contract
            );
        }
    }

    fn check_size(&self) {
        let bytes = text(&self.json["source"]["wasm"]).len() / 2 - 1;
        assert!(bytes <= MAX_CODE_BYTES, "{}: {bytes} bytes", self.contract);
    }
}

/// A message's name, selector, whether it changes state, and the names of its arguments in their order.
type Expected = (&'static str, [u8; 4], bool, &'static [&'static str]);

const fn expected<M: Message>(mutates: bool, arguments: &'static [&'static str]) -> Expected {
    (M::NAME, M::SELECTOR, mutates, arguments)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_consortium_bundle_has_these_messages_and_events() {
    use consortium::messages::{Enact, KeyOf, New, Organisation, RoleOf, SetKey};
    let bundle = Bundle::read("consortium");
    bundle.check_interface(&[
        expected::<New>(true, &["member"]),
        expected::<Enact>(true, &["action"]),
        expected::<RoleOf>(false, &["account", "at"]),
        expected::<Organisation>(false, &["id"]),
        expected::<SetKey>(true, &["key", "bundle"]),
        expected::<KeyOf>(false, &["account"]),
    ]);
    bundle.check_events(consortium::events::Event::ALL);
    bundle.check_size();
}

#[test]
fn the_consent_bundle_has_these_messages_and_events() {
    use consent::messages::{Check, Grant, Grants, New, NextGrant, Restricted, Revoke, SetRestricted};
    let bundle = Bundle::read("consent");
    bundle.check_interface(&[
        expected::<New>(true, &["consortium"]),
        expected::<NextGrant>(false, &["patient"]),
        expected::<Grant>(true, &["id", "terms"]),
        expected::<Revoke>(true, &["id", "grantee"]),
        expected::<SetRestricted>(true, &["slots"]),
        expected::<Restricted>(false, &["patient"]),
        expected::<Grants>(false, &["patient", "grantee"]),
        expected::<Check>(false, &["requester", "patient", "purpose", "facts", "at"]),
    ]);
    bundle.check_events(consent::events::Event::ALL);
    bundle.check_size();
}

#[test]
fn the_ledger_bundle_has_these_messages_and_events() {
    use ledger::messages::{Anchor, Batch, Domain, New, RegisterDomain};
    let bundle = Bundle::read("ledger");
    let anchor = &[
        "domain",
        "expected",
        "record_root",
        "index_commitment",
        "records",
        "manifest",
    ];
    bundle.check_interface(&[
        expected::<New>(true, &["consortium"]),
        expected::<RegisterDomain>(true, &["key"]),
        expected::<Domain>(false, &["id"]),
        expected::<Anchor>(true, anchor),
        expected::<Batch>(false, &["domain", "number"]),
    ]);
    bundle.check_events(ledger::events::Event::ALL);
    bundle.check_size();
}

#[test]
fn the_bundles_were_built_from_these_sources() {
    let check = Command::new("bash")
        .args(["scripts/contracts.sh", "--check"])
        .current_dir(repository())
        .output()
        .expect("bash runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
