//! Bytes that nobody meant to send: every decoder and every rule takes them without a panic.
//!
//! The inputs are the committed corpus, one file for each decoder, and a bounded number of its mutations, which are the
//! same in every run. `AEGLE_FUZZ_ITERATIONS` asks for more of them, and `AEGLE_FUZZ_SEED` for others.
//! `AEGLE_WRITE_CORPUS=1` writes the corpus again after a type has changed. The folder `fuzz` of this crate runs the same
//! inputs under libFuzzer.

#[path = "fuzz/inputs.rs"]
mod inputs;

use aegle_rules::{consent, consortium, ledger};
use inputs::{decoders, Decoder};
use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// How many mutations a test tries, unless it is told otherwise.
const ITERATIONS: u64 = 10_000;
/// Most bytes of an input.
const MAX_INPUT_BYTES: usize = 2_048;
/// Most bytes of an input of the corpus.
const MAX_SAMPLE_BYTES: usize = 1_024;
/// How many random inputs are tried to find some that a decoder takes, and how many are enough.
const MAX_ATTEMPTS: u64 = 20_000;
const MAX_SAMPLES: usize = 50;

/// A contract's events: see `Event::ALL`.
type Events = &'static [(&'static str, [u8; 32], &'static str)];

/// The events of every contract.
const EVENTS: &[(&str, Events)] = &[
    ("consent", consent::events::Event::ALL),
    ("consortium", consortium::events::Event::ALL),
    ("ledger", ledger::events::Event::ALL),
];

/// SplitMix64: a generator of numbers that are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Bytes of which most are 0 or 1, so that the numbers of variants are likely, and some small multiples of 4, so that
    /// the lengths of lists are.
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let wild = 2 << self.below(5);
        (0..length)
            .map(|_| match self.below(wild) {
                0 => self.next() as u8,
                1 => self.below(4) as u8 * 4,
                _ => self.below(2) as u8,
            })
            .collect()
    }
}

fn number_from(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{variable}: {error}")),
        Err(_) => default,
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn file_of(decoder: &Decoder) -> PathBuf {
    corpus().join(decoder.name.replace("::", "-"))
}

/// An input that the decoder takes as a whole: the longest of those found, which says most.
fn sample(decoder: &Decoder) -> Vec<u8> {
    let mut numbers = Numbers(decoder.name.bytes().map(u64::from).sum());
    let inputs = (0..MAX_ATTEMPTS).filter_map(|_| {
        let bytes = numbers.bytes(MAX_SAMPLE_BYTES);
        let taken = (decoder.takes)(&bytes)?;
        bytes.get(..taken).map(<[u8]>::to_vec)
    });
    inputs
        .take(MAX_SAMPLES)
        .max_by_key(Vec::len)
        .unwrap_or_else(|| panic!("nothing found that {} takes", decoder.name))
}

/// One to four small changes: a bit, a byte, an end, a piece of another input.
fn mutate(numbers: &mut Numbers, inputs: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = inputs[numbers.below(inputs.len())].clone();
    for _ in 0..=numbers.below(4) {
        let position = numbers.below(bytes.len());
        let other = &inputs[numbers.below(inputs.len())];
        match numbers.below(6) {
            0 if !bytes.is_empty() => bytes[position] ^= 1 << numbers.below(8),
            1 if !bytes.is_empty() => bytes[position] = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xfe, 0xff][numbers.below(9)],
            2 => bytes.truncate(position),
            3 => {
                bytes.splice(position..position, other.iter().copied());
            }
            4 => bytes = [&bytes[..position], &other[numbers.below(other.len())..]].concat(),
            _ => {
                let length = numbers.below(16);
                let more = numbers.bytes(length);
                bytes.splice(position..position, more);
            }
        }
        bytes.truncate(MAX_INPUT_BYTES);
    }
    bytes
}

fn check(bytes: &[u8]) {
    if catch_unwind(|| inputs::run(bytes)).is_err() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("this input is not handled: {hex}");
    }
}

/// What the corpus holds for each decoder; nothing where a file is missing.
static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    if number_from("AEGLE_WRITE_CORPUS", 0) == 1 {
        let _ = fs::remove_dir_all(corpus());
        fs::create_dir_all(corpus()).expect("a writable source folder");
        for decoder in decoders() {
            fs::write(file_of(&decoder), sample(&decoder)).expect("a writable source folder");
        }
    }
    let decoders = decoders();
    decoders
        .iter()
        .map(|decoder| fs::read(file_of(decoder)).unwrap_or_default())
        .collect()
});

#[test]
fn the_corpus_has_an_input_for_every_decoder_and_nothing_else() {
    for (decoder, bytes) in decoders().iter().zip(CORPUS.iter()) {
        let taken = (decoder.takes)(bytes);
        assert_eq!(
            taken,
            Some(bytes.len()),
            "{} has no input that fits: run with AEGLE_WRITE_CORPUS=1",
            decoder.name
        );
    }
    let expected: BTreeSet<_> = decoders().iter().map(file_of).collect();
    let entries = fs::read_dir(corpus()).expect("a folder of the sources");
    let found: BTreeSet<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_event_of_the_contracts_is_among_the_decoders() {
    let decoders = decoders();
    for (contract, events) in EVENTS {
        for (name, _, _) in *events {
            let name = format!("{contract}::events::{name}");
            assert!(decoders.iter().any(|decoder| decoder.name == name), "{name} is missing");
        }
    }
}

#[test]
fn no_bytes_make_a_decoder_or_a_rule_panic() {
    for bytes in CORPUS.iter() {
        check(bytes);
    }
    let mut numbers = Numbers(number_from("AEGLE_FUZZ_SEED", 1));
    for _ in 0..number_from("AEGLE_FUZZ_ITERATIONS", ITERATIONS) {
        check(&mutate(&mut numbers, &CORPUS));
    }
}
