//! Sealed search, compiled to WebAssembly, against its golden vectors. `scripts/wasm.sh` builds the module and says in
//! `AEGLE_SEALED_WASM` where it is.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::path::PathBuf;
use wasmtime::{Engine, Instance, Module, Store, TypedFunc};

/// A file of vectors, the number under which the module knows it, and how many vectors it has at least.
struct File {
    name: &'static str,
    kind: u32,
    at_least: usize,
}

const FILES: [File; 3] = [
    File {
        name: "sealed.json",
        kind: 0,
        at_least: 15,
    },
    File {
        name: "sealed-queries.json",
        kind: 1,
        at_least: 21,
    },
    File {
        name: "sealed-rfc9497.json",
        kind: 2,
        at_least: 3,
    },
];

/// What came out of a check.
#[derive(Debug, PartialEq)]
enum Outcome {
    Right { checked: u32 },
    Wrong { checked: u32, first: u32 },
    NoVectors,
}

struct Sealed {
    store: Store<()>,
    instance: Instance,
}

impl Sealed {
    fn load() -> Self {
        let path = std::env::var_os("AEGLE_SEALED_WASM").expect("scripts/wasm.sh builds the module and names it");
        let engine = Engine::default();
        let module = Module::from_file(&engine, PathBuf::from(path)).unwrap();
        assert_eq!(module.imports().len(), 0, "the module asks nothing of its host");
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        Self { store, instance }
    }

    fn number(&mut self, name: &str) -> u32 {
        let function: TypedFunc<(), u32> = self.instance.get_typed_func(&mut self.store, name).unwrap();
        function.call(&mut self.store, ()).unwrap()
    }

    fn call(&mut self, name: &str, argument: u32) -> u32 {
        let function: TypedFunc<u32, u32> = self.instance.get_typed_func(&mut self.store, name).unwrap();
        function.call(&mut self.store, argument).unwrap()
    }

    fn check(&mut self, kind: u32, bytes: &[u8]) -> Outcome {
        let place = self.call("allocate", bytes.len() as u32);
        let memory = self.instance.get_memory(&mut self.store, "memory").unwrap();
        memory.write(&mut self.store, place as usize, bytes).unwrap();
        let result = self.call("check", kind);
        let (checked, first) = (self.number("checked"), self.number("first_wrong"));
        match result {
            0 => Outcome::Right { checked },
            1 => Outcome::Wrong { checked, first },
            _ => Outcome::NoVectors,
        }
    }
}

fn read(file: &File) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../vectors")
        .join(file.name);
    std::fs::read(path).unwrap()
}

/// What the RFC says of the blind evaluation, which draws randomness and is not run here.
const BLIND: [&str; 3] = ["blind", "blinded_element", "evaluation_element"];

/// The places of the texts in a vector, as JSON pointers.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => found.push(path.to_owned()),
        Value::Array(elements) => {
            for (at, element) in elements.iter().enumerate() {
                texts(element, &format!("{path}/{at}"), found);
            }
        }
        Value::Object(parts) => {
            for (name, part) in parts.iter().filter(|(name, _)| !BLIND.contains(&name.as_str())) {
                texts(part, &format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_vector_is_right() {
    let mut sealed = Sealed::load();
    for file in &FILES {
        let outcome = sealed.check(file.kind, &read(file));
        let Outcome::Right { checked } = outcome else {
            panic!("{}: {outcome:?}", file.name);
        };
        assert!(checked as usize >= file.at_least, "{}: {checked} vectors", file.name);
    }
}

#[test]
fn a_vector_with_one_character_changed_is_wrong() {
    let mut sealed = Sealed::load();
    for file in &FILES {
        let kept: Value = serde_json::from_slice(&read(file)).unwrap();
        let mut places = Vec::new();
        for name in ["vectors", "analysis", "keywords", "indexed", "queries"] {
            if let Some(part) = kept.get(name) {
                texts(part, &format!("/{name}"), &mut places);
            }
        }
        assert!(places.len() >= file.at_least, "{}: {} texts", file.name, places.len());
        // Twenty places, spread over the file.
        for place in places.iter().step_by(places.len().div_ceil(20)) {
            let mut changed = kept.clone();
            let text = changed.pointer_mut(place).unwrap();
            let letters = text.as_str().unwrap();
            // Hexadecimal stays hexadecimal, so that it is the value that is wrong.
            let last = if letters.ends_with('0') { '1' } else { '0' };
            let mut letters: Vec<char> = letters.chars().collect();
            *letters.last_mut().unwrap() = last;
            *text = json!(String::from_iter(letters));
            let outcome = sealed.check(file.kind, &serde_json::to_vec(&changed).unwrap());
            assert!(
                matches!(outcome, Outcome::Wrong { .. }),
                "{} {place}: {outcome:?}",
                file.name
            );
        }
    }
}

#[test]
fn a_missing_vector_a_file_of_another_kind_and_no_file_are_no_success() {
    let mut sealed = Sealed::load();
    let mut shorter: Value = serde_json::from_slice(&read(&FILES[0])).unwrap();
    shorter["keywords"].as_array_mut().unwrap().pop();
    let outcome = sealed.check(0, &serde_json::to_vec(&shorter).unwrap());
    assert!(matches!(outcome, Outcome::Wrong { .. }), "{outcome:?}");
    assert!(matches!(sealed.check(0, b"{}"), Outcome::Wrong { first: 0, .. }));
    assert!(matches!(
        sealed.check(1, &read(&FILES[0])),
        Outcome::Wrong { first: 0, .. }
    ));
    for (kind, bytes) in [(0, &b""[..]), (1, b"[1,"), (2, b"{}"), (0, &[0xff]), (3, b"{}")] {
        assert_eq!(sealed.check(kind, bytes), Outcome::NoVectors, "{kind}: {bytes:?}");
    }
}
