//! The committed bundles are what these sources describe.

use aegle_rules::{consent, consortium, ledger, message::Message};
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Largest code of each contract, in bytes. The design allows 40,000; some 30 to 40 messages each take more, most of it for
/// reading and writing what they and the state hold. Chains of today allow 123 KiB and more.
const MAX_CODE_BYTES: [(&str, usize); 3] = [("consortium", 79_000), ("consent", 76_000), ("ledger", 51_000)];

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

    /// The contract's WebAssembly.
    fn code(&self) -> Vec<u8> {
        let digits = text(&self.json["source"]["wasm"]);
        let digits = digits.strip_prefix("0x").expect("hexadecimal");
        let byte = |place| u8::from_str_radix(&digits[place..place + 2], 16).expect("hexadecimal");
        (0..digits.len()).step_by(2).map(byte).collect()
    }

    fn check_size(&self) {
        let bytes = self.code().len();
        let most = MAX_CODE_BYTES.iter().find(|(contract, _)| *contract == self.contract);
        let (_, most) = most.expect("every contract has a limit");
        assert!(bytes <= *most, "{}: {bytes} bytes", self.contract);
    }
}

/// The one message that only the consortium contract sends: what it costs is in the rows of what tells it.
const TOLD: &str = "notify";

#[test]
fn every_message_has_a_row_in_the_table_of_costs() {
    let table =
        std::fs::read_to_string(repository().join("contracts/COSTS.md")).expect("contracts/COSTS.md can be read");
    for contract in ["consortium", "consent", "ledger"] {
        let bundle = Bundle::read(contract);
        for message in list(&bundle.json["spec"]["messages"]) {
            let name = text(&message["label"]);
            let row = format!("| `{contract}.{name}`");
            assert!(name == TOLD || table.contains(&row), "{row} is missing");
        }
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
    use consortium::messages::{
        Accept, AcceptRole, ActivatePatient, Appoint, Committee, Contracts, Dismiss, EffectiveRoles, Execute,
        JurisdictionOf, Jurisdictions, KeyOf, Limits, NameOrganisation, New, Organisation, Patient, Pause, PausedUntil,
        Proposal, Proposals, Propose, Proxies, Publish, RegisterPatient, RelayNonce, Relayed, Renounce, RoleOf,
        RolesOf, Scheduled, SetKey, Upgrade, Vote, Withdraw,
    };
    let bundle = Bundle::read("consortium");
    bundle.check_interface(&[
        expected::<consortium::AskLayout>(false, &[]),
        expected::<New>(true, &["members", "threshold", "genesis"]),
        expected::<Propose>(true, &["action"]),
        expected::<Vote>(true, &["id", "hash"]),
        expected::<Execute>(true, &["id", "action"]),
        expected::<Accept>(true, &["id", "action"]),
        expected::<Withdraw>(true, &["id"]),
        expected::<Publish>(true, &["account"]),
        expected::<Upgrade>(true, &["contract"]),
        expected::<Appoint>(true, &["accounts", "roles", "until"]),
        expected::<Dismiss>(true, &["accounts"]),
        expected::<AcceptRole>(true, &["organisation"]),
        expected::<Renounce>(true, &["organisation"]),
        expected::<Pause>(true, &[]),
        expected::<PausedUntil>(false, &[]),
        expected::<RegisterPatient>(true, &["named"]),
        expected::<NameOrganisation>(true, &["account", "named"]),
        expected::<ActivatePatient>(true, &["patient"]),
        expected::<Patient>(false, &["account"]),
        expected::<Relayed>(true, &["call"]),
        expected::<RelayNonce>(false, &["account"]),
        expected::<Committee>(false, &[]),
        expected::<Proposal>(false, &["id"]),
        expected::<Proposals>(false, &[]),
        expected::<Limits>(false, &[]),
        expected::<Contracts>(false, &[]),
        expected::<Scheduled>(false, &["contract"]),
        expected::<Proxies>(false, &[]),
        expected::<RoleOf>(false, &["account", "at"]),
        expected::<EffectiveRoles>(false, &["account", "at"]),
        expected::<RolesOf>(false, &["account"]),
        expected::<Jurisdictions>(false, &[]),
        expected::<JurisdictionOf>(false, &["organisation"]),
        expected::<Organisation>(false, &["id"]),
        expected::<SetKey>(true, &["account", "key", "bundle"]),
        expected::<KeyOf>(false, &["account"]),
    ]);
    bundle.check_events(consortium::events::Event::ALL);
    bundle.check_size();
}

#[test]
fn the_consent_bundle_has_these_messages_and_events() {
    use consent::messages as c;
    let bundle = Bundle::read("consent");
    let check = &[
        "requester",
        "patient",
        "purpose",
        "facts",
        "research",
        "extent",
        "membership",
        "at",
    ];
    bundle.check_interface(&[
        expected::<consortium::AskLayout>(false, &[]),
        expected::<c::New>(true, &["consortium", "genesis"]),
        expected::<c::Notify>(true, &["notice"]),
        expected::<c::NextGrant>(false, &["patient"]),
        expected::<c::Grant>(true, &["id", "terms"]),
        expected::<c::GrantMany>(true, &["grants"]),
        expected::<c::Revoke>(true, &["id", "grantee"]),
        expected::<c::RevokeAll>(true, &[]),
        expected::<c::Clear>(true, &["grantee"]),
        expected::<c::Delegate>(true, &["patient", "parent", "terms"]),
        expected::<c::Undelegate>(true, &["patient", "id", "grantee"]),
        expected::<c::SetRestricted>(true, &["slots"]),
        expected::<c::AdvanceEpochs>(true, &["slots"]),
        expected::<c::Restricted>(false, &["patient"]),
        expected::<c::Epochs>(false, &["patient"]),
        expected::<c::Grants>(false, &["patient", "grantee"]),
        expected::<c::Check>(false, check),
        expected::<c::Explain>(false, check),
        expected::<c::Residence>(false, &["patient"]),
        expected::<c::RequestAccess>(true, &["patient", "ask"]),
        expected::<c::Approve>(true, &["requester", "id", "terms"]),
        expected::<c::Decline>(true, &["requester"]),
        expected::<c::WithdrawRequest>(true, &["patient"]),
        expected::<c::RequestOf>(false, &["patient", "requester"]),
        expected::<c::SetGuardians>(true, &["guardians"]),
        expected::<c::GuardianAct>(true, &["patient", "call"]),
        expected::<c::GuardiansOf>(false, &["patient"]),
        expected::<c::GuardianChange>(false, &["patient"]),
        expected::<c::Act>(true, &["patient", "call"]),
        expected::<c::Recover>(true, &["patient", "act"]),
        expected::<c::ControlOf>(false, &["patient"]),
        expected::<c::HistoryOf>(false, &["patient"]),
        expected::<c::BreakGlass>(true, &["patient", "reason", "note"]),
        expected::<c::Review>(true, &["patient", "clinician", "opened_at", "verdict", "note"]),
        expected::<c::CloseGlass>(true, &["clinician"]),
        expected::<c::GlassOf>(false, &["patient", "clinician"]),
        expected::<c::BreakerOf>(false, &["clinician"]),
        expected::<c::GlassDayOf>(false, &["organisation"]),
        expected::<c::RelayedCall>(true, &["relayed"]),
        expected::<c::RelayNonce>(false, &["account"]),
        expected::<c::GuardianNonce>(false, &["account"]),
    ]);
    bundle.check_events(consent::events::Event::ALL);
    bundle.check_size();
}

#[test]
fn the_ledger_bundle_has_these_messages_and_events() {
    use ledger::messages::{
        Anchor, AnchorDisclosures, Batch, CancelErasure, Compact, Compaction, Disclosures, Domain, DomainKey, Erasure,
        Erasures, Fate, New, Notify, RegisterDomain, Relabel, RequestErasure, RotateKey, SecondErasure, Servers,
        SetServers, Supersede, Verify, VerifyRecord,
    };
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
        expected::<consortium::AskLayout>(false, &[]),
        expected::<New>(true, &["consortium"]),
        expected::<Notify>(true, &["notice"]),
        expected::<RegisterDomain>(true, &["key"]),
        expected::<RotateKey>(true, &["domain", "key"]),
        expected::<Domain>(false, &["id"]),
        expected::<DomainKey>(false, &["domain", "epoch"]),
        expected::<Anchor>(true, anchor),
        expected::<Batch>(false, &["domain", "number"]),
        expected::<Relabel>(true, &["domain", "batch", "version", "index_commitment"]),
        expected::<Compact>(true, &["domain", "first", "span_log2", "version", "index_commitment"]),
        expected::<Compaction>(false, &["domain", "first", "span_log2"]),
        expected::<RequestErasure>(true, &["domain", "batch", "records", "reason"]),
        expected::<SecondErasure>(true, &["domain", "erasure"]),
        expected::<CancelErasure>(true, &["domain", "erasure"]),
        expected::<Erasure>(false, &["domain", "erasure"]),
        expected::<Erasures>(false, &["domain"]),
        expected::<SetServers>(true, &["domain", "servers"]),
        expected::<Servers>(false, &["domain"]),
        expected::<Supersede>(true, &["domain", "batch", "corrections"]),
        expected::<Fate>(false, &["domain", "batch", "index"]),
        expected::<AnchorDisclosures>(true, &["domain", "expected", "root", "count"]),
        expected::<Disclosures>(false, &["domain", "by", "sequence"]),
        expected::<VerifyRecord>(false, &["domain", "batch", "index", "leaf", "path"]),
        expected::<Verify>(false, &["root", "count", "index", "leaf", "path"]),
    ]);
    bundle.check_events(ledger::events::Event::ALL);
    bundle.check_size();
}

#[test]
fn no_bundle_embeds_a_path_of_the_machine_that_built_it() {
    // What a path of a machine begins with or goes through. Paths of the code itself are spelled from places of no machine.
    let foreign: [&[u8]; 7] = [
        b"/root/.", b"/home/", b"/Users/", b"/tmp/", b"/usr/", b".cargo", b".rustup",
    ];
    let has = |code: &[u8], part: &[u8]| code.windows(part.len()).any(|window| window == part);
    for (contract, _) in MAX_CODE_BYTES {
        let code = Bundle::read(contract).code();
        for part in foreign {
            let name = String::from_utf8_lossy(part);
            assert!(
                !has(&code, part),
                "{contract} embeds a path with {name}: another folder gives another code hash"
            );
        }
        assert!(has(&code, b"seal_return"), "{contract}: the look finds what is there");
    }
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
