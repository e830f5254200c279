//! The files of a crate stand one upon the other: none uses what is in a file that, however far round, uses it. What is
//! allowed otherwise is named here, with its reason, and is no more than that.

mod sources;

use super::cargo;
use serde_json::Value;
use sources::Uses;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Files that use each other.
struct Allowed {
    reason: &'static str,
    folder: &'static str,
    files: &'static [&'static str],
}

/// The circles that there are, and why.
const ALLOWED: &[Allowed] = &[
    Allowed {
        reason: "Messages, events and what is kept are one vocabulary of the contract. Its bundle is built from these sources.",
        folder: "contracts/rules/src/consent",
        files: &["calls.rs", "control.rs", "guardians.rs"],
    },
    Allowed {
        reason: "Messages, events and what is kept are one vocabulary of the contract. Its bundle is built from these sources.",
        folder: "contracts/rules/src",
        files: &[
            "consent/cell.rs",
            "consent/decide.rs",
            "consent/delegation.rs",
            "consent/events.rs",
            "consent/glass.rs",
            "consent/grants.rs",
            "consent/history.rs",
            "consent/lineage.rs",
            "consent/lookup.rs",
            "consent/messages.rs",
            "consent/messages/acts.rs",
            "consent/party.rs",
            "consent/requests.rs",
            "consent/state.rs",
            "consent/terms.rs",
            "consortium.rs",
            "consortium/appointments.rs",
            "consortium/held.rs",
            "consortium/jurisdictions.rs",
            "consortium/limits.rs",
            "consortium/organisations.rs",
            "consortium/proxies.rs",
            "consortium/registrations.rs",
            "consortium/upgrades.rs",
        ],
    },
    Allowed {
        reason: "Messages, events and what is kept are one vocabulary of the contract. Its bundle is built from these sources.",
        folder: "contracts/rules/src",
        files: &["consent.rs", "consent/narrowing.rs"],
    },
    Allowed {
        reason: "Messages, events and what is kept are one vocabulary of the contract. Its bundle is built from these sources.",
        folder: "contracts/rules/src/ledger",
        files: &[
            "batches.rs",
            "disclosures.rs",
            "domains.rs",
            "erasures.rs",
            "events.rs",
            "fates.rs",
            "messages.rs",
            "relabelling.rs",
            "servers.rs",
        ],
    },
    Allowed {
        reason: "A grammar is recursive: a term may hold a query, and a query holds terms; a refusal says where in the input it is.",
        folder: "search/sealed/src/query",
        files: &["fault.rs", "grammar.rs", "ranges.rs", "terms.rs", "texts.rs", "tree.rs"],
    },
];

/// Folders without sources of ours.
const PASSED_OVER: [&str; 3] = ["target", "node_modules", ".git"];

fn root() -> PathBuf {
    fs::canonicalize(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).unwrap()
}

/// Returns the first files of all crates of the repository, whichever workspace they are of: of their libraries and programs,
/// which are not there for tests.
fn first_files() -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![root()];
    while let Some(folder) = waiting.pop() {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
        let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
        waiting.extend(
            folders
                .filter(|entry| !PASSED_OVER.iter().any(|name| entry.file_name() == *name))
                .map(|entry| entry.path()),
        );
        let manifest = folder.join("Cargo.toml");
        if !fs::read_to_string(&manifest).is_ok_and(|text| text.contains("[workspace]")) {
            continue;
        }
        let output = cargo()
            .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
            .arg(&manifest)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        for package in metadata["packages"].as_array().unwrap() {
            if package["metadata"]["cargo-fuzz"] == true {
                continue;
            }
            for target in package["targets"].as_array().unwrap() {
                let kinds = target["kind"].as_array().unwrap();
                if !kinds
                    .iter()
                    .any(|kind| ["test", "bench", "example", "custom-build"].contains(&kind.as_str().unwrap()))
                {
                    found.insert(PathBuf::from(target["src_path"].as_str().unwrap()));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// Returns the circles: files of which each is used, however far round, by all the others.
fn circles(uses: &Uses) -> BTreeSet<BTreeSet<PathBuf>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = uses.of.keys().map(|file| (&**file, reach(uses, file))).collect();
    let circle = |(file, others): (&&Path, &BTreeSet<&Path>)| {
        let others = others.iter().filter(|other| reached[*other].contains(file));
        others.map(|other| other.to_path_buf()).collect::<BTreeSet<_>>()
    };
    reached.iter().map(circle).filter(|circle| circle.len() > 1).collect()
}

/// Returns the files that `from` uses, and that those use, and so on.
fn reach<'a>(uses: &'a Uses, from: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&Path> = uses.of[from].keys().map(PathBuf::as_path).collect();
    while let Some(file) = waiting.pop() {
        if reached.insert(file) {
            waiting.extend(uses.of[file].keys().map(PathBuf::as_path));
        }
    }
    reached
}

/// Returns what a circle is made of: who uses whom, and by which path.
fn told(uses: &Uses, circle: &BTreeSet<PathBuf>) -> String {
    let arrows = circle.iter().flat_map(|file| {
        let within = uses.of[file].iter().filter(|(to, _)| circle.contains(*to));
        within.map(move |(to, path)| format!("  {} -> {} by {path}\n", file.display(), to.display()))
    });
    arrows.collect()
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let root = root();
    let (mut faults, mut all) = (String::new(), Uses::default());
    let files = |circle: &Allowed| {
        circle
            .files
            .iter()
            .map(|file| root.join(circle.folder).join(file))
            .collect()
    };
    let mut allowed: BTreeMap<BTreeSet<PathBuf>, &str> =
        ALLOWED.iter().map(|circle| (files(circle), circle.reason)).collect();
    for first in first_files() {
        let uses = Uses::read(&first);
        for circle in circles(&uses) {
            if allowed.remove(&circle).is_none() {
                faults += &format!("a circle that is not allowed:\n{}", told(&uses, &circle));
            }
        }
        all.unknown.extend(uses.unknown);
        all.of.extend(uses.of);
    }
    for (circle, reason) in allowed {
        faults += &format!("a circle that is allowed ({reason}), and is no more: {circle:#?}\n");
    }
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(
        all.unknown,
        BTreeSet::new(),
        "the look knows where everything is defined"
    );
    // Through a re-export in `mod.rs`, and in a workspace of its own.
    for (file, used) in [
        ("indexer/server/src/api/search.rs", "indexer/server/src/api/state.rs"),
        ("frontend-sdk/wasm/src/search.rs", "frontend-sdk/wasm/src/host.rs"),
    ] {
        assert!(
            all.of[&root.join(file)].contains_key(&root.join(used)),
            "{file} uses {used}"
        );
    }
}

/// Looks for circles in a crate of these files, and compares them, each as its files' names with blanks between.
fn check(what: &str, files: &[(&str, &str)], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let uses = Uses::read(&folder.path().join("lib.rs"));
    let name = |file: &PathBuf| file.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
    let found = circles(&uses);
    let found: Vec<String> = found
        .iter()
        .map(|circle| circle.iter().map(name).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(found, expected, "{what}");
}

#[test]
fn a_planted_circle_is_found() {
    const LIB: &str = "mod a; mod b; pub use a::A; pub use b::{B, made}; pub(crate) use b::made as renamed;";
    const B: &str = "use crate::a::A; pub struct B(A); pub fn made() {} pub(super) fn serialize() {}";
    for a in [
        "use crate::b::B; pub struct A(B);",
        "use super::b::B; pub struct A(B);",
        "use super::{b::{self}}; pub struct A(b::B);",
        "pub struct A(crate::b::B);",
        "use super::B; pub struct A(B);",
        "use crate::renamed as other; pub struct A; fn a() { other(); }",
        "use super::*; pub struct A(B);",
        "pub struct A; impl A { fn a() { let _ = vec![crate::b::made()]; } }",
        "pub struct A(#[serde(with = \"crate::b\")] u8);",
        "pub struct A; fn a() { use super::b::made; made() }",
        "pub struct A; mod within { fn a() { super::super::b::made() } }",
    ] {
        check(a, &[("lib.rs", LIB), ("a.rs", a), ("b.rs", B)], &["a.rs b.rs"]);
    }
    for a in [
        "pub struct A;",
        "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        "pub struct A; fn a() { ::b::made(); other::b::made() }",
    ] {
        check(a, &[("lib.rs", LIB), ("a.rs", a), ("b.rs", B)], &[]);
    }
    let child = ("a/child.rs", "use super::A; pub fn run(_: A) {}");
    let declared = "mod child; pub use child::run; pub struct A;";
    let called = "mod child; pub struct A; fn a() { child::run(A) }";
    check(
        "it re-exports",
        &[("lib.rs", "mod a;"), ("a/mod.rs", declared), child],
        &[],
    );
    check(
        "it calls",
        &[("lib.rs", "mod a;"), ("a/mod.rs", called), child],
        &["a/child.rs a/mod.rs"],
    );
    check(
        "it calls",
        &[("lib.rs", "mod a;"), ("a.rs", called), child],
        &["a/child.rs a.rs"],
    );
    let round = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "use crate::c::C; pub struct B(C);"),
        ("c.rs", "pub struct C(Box<super::a::A>);"),
        ("d.rs", "use crate::a::A; pub struct D(A);"),
    ];
    check("it goes round", &round, &["a.rs b.rs c.rs"]);
}
