#![allow(clippy::unwrap_used)]
use super::*;
use crate::{cells::Cells, host::Stop};
use aegle_rules::{AccountId, consortium::AskLayout};
use std::sync::Arc;

/// The functions that pallet-contracts knows and that change something, or reach beyond the contract.
const CHANGING: [(&str, &str, &str); 8] = [
    ("seal2", "set_storage", "(param i32 i32 i32 i32) (result i32)"),
    ("seal1", "clear_storage", "(param i32 i32) (result i32)"),
    ("seal0", "take_storage", "(param i32 i32 i32 i32) (result i32)"),
    ("seal0", "deposit_event", "(param i32 i32 i32 i32)"),
    ("seal0", "set_code_hash", "(param i32) (result i32)"),
    ("seal0", "transfer", "(param i32 i32 i32 i32) (result i32)"),
    ("seal1", "terminate", "(param i32)"),
    (
        "seal2",
        "call",
        "(param i32 i32 i64 i64 i32 i32 i32 i32 i32 i32 i32) (result i32)",
    ),
];

fn setting(cells: Cells) -> Setting {
    Setting {
        contract: AccountId([7; 32]),
        now: 1_000,
        cells: Arc::new(cells),
    }
}

fn compile(engine: &Engine, text: &str) -> Result<Code, EngineError> {
    let code = wat::parse_str(text).unwrap();
    engine.compile(Hash(blake2(&code)), &code)
}

/// Runs the body of `call` in a module with some imports.
fn run(imports: &str, body: &str, cells: Cells) -> Result<Outcome<(u32, Vec<u8>)>, EngineError> {
    let engine = Engine::new().unwrap();
    let text = format!(
        r#"(module
            (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
            {imports}
            (import "env" "memory" (memory 1 2))
            (func (export "deploy"))
            (func (export "call") {body}))"#
    );
    compile(&engine, &text)?.run(&setting(cells), b"asked".to_vec())
}

fn answer(outcome: Result<Outcome<(u32, Vec<u8>)>, EngineError>) -> (u32, Vec<u8>) {
    match outcome.unwrap() {
        Outcome::Answer(answer) => answer,
        Outcome::Missing(key) => panic!("{key:?} is missing"),
    }
}

#[test]
fn whatever_changes_something_ends_the_question_by_its_name() {
    for (module, name, signature) in CHANGING {
        let parameters = signature.split(')').next().unwrap();
        let arguments: String = parameters
            .split_whitespace()
            .skip(1)
            .map(|kind| format!("({kind}.const 0) "))
            .collect();
        let drop = if signature.contains("result") { "drop" } else { "" };
        let import = format!(r#"(import "{module}" "{name}" (func $change {signature}))"#);
        let body = format!("(call $change {arguments}) {drop}");
        let found = run(&import, &body, Cells::default());
        let expected = format!("{module}.{name}");
        assert!(
            matches!(&found, Err(EngineError::Forbidden(forbidden)) if *forbidden == expected),
            "{expected}: {:?}",
            found.err()
        );
    }
}

#[test]
fn a_question_without_an_end_is_refused() {
    let found = run("", "(loop $again (br $again))", Cells::default());
    assert!(matches!(found, Err(EngineError::OutOfFuel)), "{:?}", found.err());
}

#[test]
fn memory_has_an_end() {
    // Growing beyond the limit fails, and what is beyond the memory cannot be read, by the code or for it.
    let grown = "(if (i32.ne (memory.grow (i32.const 2)) (i32.const -1)) (then unreachable))";
    assert_eq!(answer(run("", grown, Cells::default())), (0, Vec::new()));
    for body in [
        "(drop (i32.load (i32.const 65536)))",
        "(call $return (i32.const 0) (i32.const 65530) (i32.const 7))",
        "(call $return (i32.const 0) (i32.const -1) (i32.const 2))",
        "unreachable",
    ] {
        let found = run("", body, Cells::default());
        assert!(
            matches!(found, Err(EngineError::Trapped(_))),
            "{body}: {:?}",
            found.err()
        );
    }
}

#[test]
fn too_little_room_for_an_output_ends_the_question() {
    let input = r#"(import "seal0" "input" (func $input (param i32 i32)))"#;
    let with_room = |room: u32| {
        format!(
            "(i32.store (i32.const 0) (i32.const {room}))
             (call $input (i32.const 4) (i32.const 0))
             (call $return (i32.const 0) (i32.const 4) (i32.load (i32.const 0)))"
        )
    };
    assert_eq!(
        answer(run(input, &with_room(5), Cells::default())),
        (0, b"asked".to_vec())
    );
    assert!(matches!(
        run(input, &with_room(4), Cells::default()),
        Err(EngineError::Trapped(_))
    ));
}

#[test]
fn storage_is_what_was_read_and_what_was_not_is_asked_for() {
    let get = r#"(import "seal1" "get_storage" (func $get (param i32 i32 i32 i32) (result i32)))"#;
    // The key is four zeros; the answer is the code, and the value behind it.
    let body = "(i32.store (i32.const 8) (i32.const 100))
        (i32.store8 (i32.const 12) (call $get (i32.const 0) (i32.const 4) (i32.const 13) (i32.const 8)))
        (call $return (i32.const 0) (i32.const 12) (i32.const 4))";
    let key: crate::cells::Key = Arc::from(&[0; 4][..]);
    match run(get, body, Cells::default()).unwrap() {
        Outcome::Missing(missing) => assert_eq!(missing, key),
        Outcome::Answer(answer) => panic!("{answer:?} without a look"),
    }
    let with = |value: Option<&[u8]>| {
        let cells = Cells::default();
        cells.insert(vec![(key.clone(), value.map(Arc::from))]);
        answer(run(get, body, cells))
    };
    assert_eq!(with(Some(b"abc")), (0, b"\0abc".to_vec()));
    assert_eq!(with(None), (0, b"\x03\0\0\0".to_vec()));
}

#[test]
fn an_instance_knows_nothing_of_the_one_before_it() {
    let engine = Engine::new().unwrap();
    // Answers what is in its memory and its global, and changes both.
    let code = compile(
        &engine,
        r#"(module
            (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
            (import "env" "memory" (memory 2 16))
            (global $count (mut i32) (i32.const 5))
            (data (i32.const 0) "data")
            (func (export "deploy"))
            (func (export "call")
                (i32.store (i32.const 100000) (global.get $count))
                (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 90000))))
                (i32.store (i32.const 90000) (i32.const 1))
                (global.set $count (i32.const 6))
                (i32.store (i32.const 8) (i32.load (i32.const 100000)))
                (call $return (i32.const 0) (i32.const 0) (i32.const 12))))"#,
    )
    .unwrap();
    for round in 0..200 {
        let found = answer(code.run(&setting(Cells::default()), Vec::new()));
        assert_eq!(found, (0, b"data\0\0\0\0\x05\0\0\0".to_vec()), "round {round}");
    }
}

#[test]
fn code_is_run_only_under_its_hash() {
    let engine = Engine::new().unwrap();
    let code = wat::parse_str(r#"(module (import "env" "memory" (memory 1 2)) (func (export "call")))"#).unwrap();
    let other = Hash([1; 32]);
    let found = engine.compile(other, &code).err();
    assert!(matches!(found, Some(EngineError::OtherCode { expected, .. }) if expected == other));
    assert!(engine.compile(Hash(blake2(&code)), &code).is_ok());
    let found = compile(&engine, r#"(module (import "env" "memory" (memory 1 2)))"#).err();
    assert!(
        matches!(found, Some(EngineError::Module(_))),
        "there is nothing to call: {found:?}"
    );
}

#[test]
fn an_answer_that_was_taken_back_or_makes_no_sense_is_none() {
    let engine = Engine::new().unwrap();
    let saying = |flags: u32, bytes: &str, length: usize| {
        let text = format!(
            r#"(module
                (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
                (import "env" "memory" (memory 1 2))
                (data (i32.const 0) "{bytes}")
                (func (export "call") (call $return (i32.const {flags}) (i32.const 0) (i32.const {length}))))"#
        );
        let code = compile(&engine, &text).unwrap();
        code.ask(&setting(Cells::default()), &AskLayout {})
    };
    assert!(matches!(saying(0, r"\00\01\02\00\00\00", 6), Ok(Outcome::Answer(layout)) if layout.version == 2));
    assert!(matches!(
        saying(1, r"\00\01\02\00\00\00", 6),
        Err(EngineError::Reverted)
    ));
    for (bytes, length) in [
        ("", 0),
        (r"\00\01\02\00\00\00\00", 7),
        (r"\00\01\02\00\00", 5),
        (r"\01\01", 2),
        (r"\00\09\02\00\00\00", 6),
    ] {
        assert!(
            matches!(saying(0, bytes, length), Err(EngineError::Answer(_))),
            "{bytes} of {length} bytes"
        );
    }
}

#[test]
fn every_function_that_is_offered_has_its_name_in_the_list() {
    let engine = Engine::new().unwrap();
    for (module, name) in OFFERED {
        let mut store = Store::new(
            &engine.wasm,
            Run {
                setting: setting(Cells::default()),
                input: Vec::new(),
                memory: None,
            },
        );
        assert!(engine.linker.get(&mut store, module, name).is_ok(), "{module}.{name}");
    }
    let stop = Stop::Forbidden("seal9.unknown".into());
    assert!(stop.to_string().contains("seal9.unknown"));
}
