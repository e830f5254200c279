//! Gives whatever libFuzzer comes up with to every decoder and rule of the fuzz test.
#![no_main]

#[allow(dead_code)] // The names are for the test.
#[path = "../../tests/fuzz/inputs.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::run(bytes));
