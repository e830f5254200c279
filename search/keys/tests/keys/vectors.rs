//! Golden vectors that every implementation of the scheme reads.
//!
//! `sealed-rfc9497.json` is copied from the RFC. `sealed.json` and `sealed-queries.json` were written by this file with
//! `AEGLE_WRITE_VECTORS=1`; a change of what is there is a change of the scheme, and needs a new epoch in every domain.

use crate::golden::{compare, questions, rfc_9497, scheme};
use serde::{Deserialize, Serialize};

const RFC: &str = include_str!("../../../../tests/vectors/sealed-rfc9497.json");
const SCHEME_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/sealed.json");
const QUERIES_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/sealed-queries.json");

#[test]
fn the_prf_is_that_of_rfc_9497() {
    let right = rfc_9497(RFC).unwrap();
    assert!(right.len() > 2 && right.iter().all(|right| *right), "{right:?}");
}

/// Compares with the file, which is written first if that is asked for.
fn check<T: PartialEq + std::fmt::Debug + Serialize + for<'a> Deserialize<'a>>(made: &T, path: &str) {
    if std::env::var_os("AEGLE_WRITE_VECTORS").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(made).unwrap() + "\n").unwrap();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let kept: T = serde_json::from_str(&text).unwrap();
    assert_eq!(*made, kept);
    let right = compare(made, &text).unwrap();
    assert!(right.len() > 10 && right.iter().all(|right| *right), "{right:?}");
}

#[test]
fn the_scheme_is_what_it_was() {
    check(&scheme(), SCHEME_PATH);
}

#[test]
fn records_and_queries_have_the_keywords_that_they_had() {
    check(&questions(), QUERIES_PATH);
}
