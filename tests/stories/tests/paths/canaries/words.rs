//! Which plaintext is looked for, and how.

use crate::questions::strings;
use aegle_client::{
    coding,
    fhir::{self, Resource},
};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Fewest letters of a word that is looked for in any mixture of cases: chance makes one such word among 2^56 places.
const WORD_LETTERS: usize = 8;
/// Fewest letters of a family name, which is looked for in its own case: chance needs 2^48 places.
const NAME_LETTERS: usize = 6;
/// Fewest characters of a code.
const CODE_CHARACTERS: usize = 8;
/// From this many characters on, a code may consist of hexadecimal digits alone: shorter ones are in any hexadecimal.
const DIGITS_CHARACTERS: usize = 14;

/// Bytes of gzip's head, which are alike for all contents.
const GZIP_HEAD_BYTES: usize = 10;
/// Bytes of coded content that are looked for.
const CODED_BYTES: usize = 24;

/// Plaintext of the records that must be nowhere.
#[derive(Clone, Default)]
pub(super) struct Canaries {
    /// Words, in lower case; looked for in any case.
    words: BTreeSet<String>,
    /// Names, codes and keywords; looked for as they are.
    exact: BTreeSet<String>,
    /// The beginnings of coded contents, by the names under which they are reported.
    coded: BTreeMap<String, Vec<u8>>,
}

impl Canaries {
    /// Everything telling in `resources`.
    pub(super) fn of<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> Self {
        let mut canaries = Self::default();
        for resource in resources {
            let fields: Value = serde_json::from_str(resource.text()).expect("it was read as JSON");
            strings(&fields, &mut |text| canaries.add_words(text));
            canaries.add_names_and_codes(&fields);
            let coded = coding::encode(fhir::MEDIA_TYPE, resource.text().as_bytes());
            let beginning = coded.bytes.iter().skip(GZIP_HEAD_BYTES).take(CODED_BYTES).copied();
            let name = format!("coded {}", canaries.coded.len());
            canaries.coded.insert(name, beginning.collect());
            let found = resource.keywords();
            let long = found
                .keywords
                .iter()
                .map(ToString::to_string)
                .filter(|text| text.len() >= CODE_CHARACTERS);
            canaries.exact.extend(long);
        }
        canaries
    }

    fn add_words(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_alphabetic());
        let long = words.filter(|word| word.chars().count() >= WORD_LETTERS);
        self.words.extend(long.map(str::to_lowercase));
    }

    fn add_names_and_codes(&mut self, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|item| self.add_names_and_codes(item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("family", Value::String(family)) if is_name(family) => {
                            self.exact.insert(family.clone());
                        }
                        ("code" | "value", Value::String(code)) if is_code(code) => {
                            self.exact.insert(code.clone());
                        }
                        _ => self.add_names_and_codes(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Leaves out what `seen` names: words that are there without any record, and so say nothing about one.
    pub(super) fn without(mut self, seen: &BTreeSet<String>) -> Self {
        self.words.retain(|word| !seen.contains(word));
        self.exact.retain(|text| !seen.contains(text));
        self.coded.retain(|name, _| !seen.contains(name));
        self
    }

    /// The words, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        // A word of plain letters of at most 32 bytes fits every place.
        self.words
            .iter()
            .map(String::as_str)
            .filter(|word| word.len() <= 32 && word.is_ascii())
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.words.len() + self.exact.len() + self.coded.len()
    }

    /// What finds them: each as it is, and as hexadecimal digits, as which databases and logs write bytes.
    pub(super) fn finder(&self) -> Finder {
        let digits = |text: &String| (hex::encode(text).into_bytes(), text.clone());
        let plain = |text: &String| (text.clone().into_bytes(), text.clone());
        let any_case = self.words.iter().map(plain).chain(self.words.iter().map(digits));
        let exact = self
            .exact
            .iter()
            .map(plain)
            .chain(self.exact.iter().map(digits))
            .chain(self.coded.iter().map(|(name, bytes)| (bytes.clone(), name.clone())))
            .chain(
                self.coded
                    .iter()
                    .map(|(name, bytes)| (hex::encode(bytes).into_bytes(), name.clone())),
            );
        Finder {
            any_case: Patterns::new(any_case, true),
            exact: Patterns::new(exact, false),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.chars().count() >= NAME_LETTERS && text.chars().all(char::is_alphabetic)
}

fn is_code(text: &str) -> bool {
    let length = text.chars().count();
    let telling = |c: char| !c.is_ascii_hexdigit();
    length >= DIGITS_CHARACTERS || (length >= CODE_CHARACTERS && text.chars().filter(|c| telling(*c)).count() >= 2)
}

/// Finds canaries in bytes.
pub(super) struct Finder {
    any_case: Patterns,
    exact: Patterns,
}

struct Patterns {
    automaton: AhoCorasick,
    /// The canary of each pattern.
    canaries: Vec<String>,
}

impl Patterns {
    fn new(patterns: impl Iterator<Item = (Vec<u8>, String)>, any_case: bool) -> Self {
        let (patterns, canaries): (Vec<Vec<u8>>, Vec<String>) = patterns.unzip();
        let mut builder = AhoCorasickBuilder::new();
        builder.ascii_case_insensitive(any_case).match_kind(MatchKind::Standard);
        let automaton = builder
            .build(&patterns)
            .expect("a few thousand short patterns make an automaton");
        Self { automaton, canaries }
    }
}

impl Finder {
    /// Every canary in `bytes`.
    pub(super) fn find<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = &'a str> {
        [&self.any_case, &self.exact].into_iter().flat_map(move |patterns| {
            let found = patterns.automaton.find_overlapping_iter(bytes);
            found.map(|found| patterns.canaries[found.pattern().as_usize()].as_str())
        })
    }
}

/// Canaries that were found, and in which places.
pub(super) type Found = BTreeMap<String, BTreeSet<String>>;

/// The names of what was found.
pub(super) fn names(found: &Found) -> BTreeSet<String> {
    found.keys().cloned().collect()
}
