//! Questions: generated at random, asked as text, and answered on the plaintext by the simplest means there are.

use aegle_client::fhir::Resource;
use aegle_population::draws::Draws;
use aegle_sealed::analyse;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// How deep questions nest.
const MAX_DEPTH: usize = 3;
/// Most parts of an AND or OR.
const MAX_PARTS: usize = 3;

/// The keywords of one record, as bytes.
pub(crate) type Keywords = HashSet<Vec<u8>>;

/// The keywords of a record.
pub(crate) fn keywords(resource: &Resource) -> Keywords {
    let found = resource.keywords();
    found
        .keywords
        .iter()
        .map(|keyword| keyword.as_bytes().to_vec())
        .collect()
}

/// A term as somebody writes it, with the keyword that it means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    text: String,
    keyword: Vec<u8>,
}

impl Term {
    /// A term that asks for a keyword of another field than text; `None` for words, which are asked for as written.
    fn of_keyword(keyword: &str) -> Option<Self> {
        let (field, value) = keyword.split_once('|')?;
        let field = match field {
            "date/day" => "day",
            field @ ("type" | "code" | "category" | "status") => field,
            _ => return None,
        };
        Some(Self {
            text: format!("{field}:{}", quoted(value)),
            keyword: keyword.into(),
        })
    }

    /// A term that asks for a word; `None` if the analysis makes anything but one word of it.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        // Words that are searched next to their neighbours have more than one keyword.
        let plain = word.chars().all(char::is_alphanumeric) && word.chars().nth(1).is_some();
        match analyse(word).as_slice() {
            [stem] if plain => Some(Self {
                text: format!("text:{}", quoted(word)),
                keyword: format!("text|{stem}").into(),
            }),
            _ => None,
        }
    }

    /// The field, as somebody writes it.
    pub(crate) fn field(&self) -> &str {
        self.text.split_once(':').map_or("", |(field, _)| field)
    }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What somebody asks.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// For the records that have a keyword.
    Has(Term),
    /// For the records that all of these find.
    All(Vec<Question>),
    /// For the records that any of these finds.
    Any(Vec<Question>),
    /// For the records that this does not find.
    Not(Box<Question>),
}

impl Question {
    /// The question in the query language.
    pub(crate) fn text(&self) -> String {
        let joined = |parts: &[Self], operator| {
            let parts: Vec<String> = parts.iter().map(Self::text).collect();
            format!("({})", parts.join(operator))
        };
        match self {
            Self::Has(term) => term.text.clone(),
            Self::All(parts) => joined(parts, " AND "),
            Self::Any(parts) => joined(parts, " OR "),
            Self::Not(part) => format!("NOT {}", part.text()),
        }
    }

    /// Whether the question finds a record.
    pub(crate) fn finds(&self, record: &Keywords) -> bool {
        match self {
            Self::Has(term) => record.contains(&term.keyword),
            Self::All(parts) => parts.iter().all(|part| part.finds(record)),
            Self::Any(parts) => parts.iter().any(|part| part.finds(record)),
            Self::Not(part) => !part.finds(record),
        }
    }
}

/// What may be asked about the records of one patient: their own terms by field, and terms that other records have.
pub(crate) struct Vocabulary {
    own: BTreeMap<String, Vec<Term>>,
    foreign: Vec<Term>,
}

impl Vocabulary {
    /// The terms of `resources`; those of `others` that they do not have are foreign.
    pub(crate) fn of(resources: &[Resource], others: &[Term]) -> Self {
        let known: HashSet<Vec<u8>> = resources.iter().flat_map(keywords).collect();
        let mut own: BTreeMap<String, Vec<Term>> = BTreeMap::new();
        for term in terms(resources) {
            own.entry(term.field().to_owned()).or_default().push(term);
        }
        let foreign = others
            .iter()
            .filter(|term| !known.contains(&term.keyword))
            .cloned()
            .collect();
        Self { own, foreign }
    }

    /// The fields that can be asked about.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.own.keys().map(String::as_str)
    }

    /// A question about one keyword of `field`, or of any field.
    pub(crate) fn term(&self, field: Option<&str>, draws: &mut Draws) -> Question {
        let fields: Vec<&str> = self.fields().collect();
        let field = field.unwrap_or_else(|| draws.choose::<&str>(&fields));
        // One term in eight is of another patient's records.
        let terms = match draws.below(8) {
            0 if !self.foreign.is_empty() => &self.foreign,
            _ => &self.own[field],
        };
        Question::Has(draws.choose(terms).clone())
    }

    /// A question that nests up to three deep.
    pub(crate) fn question(&self, draws: &mut Draws) -> Question {
        self.nested(MAX_DEPTH, draws)
    }

    fn nested(&self, depth: usize, draws: &mut Draws) -> Question {
        if depth == 0 {
            return self.term(None, draws);
        }
        let parts = |draws: &mut Draws| {
            let count = 2 + draws.below(MAX_PARTS - 1);
            (0..count).map(|_| self.nested(depth - 1, draws)).collect()
        };
        match draws.below(7) {
            0..2 => self.term(None, draws),
            2..4 => Question::All(parts(draws)),
            4..6 => Question::Any(parts(draws)),
            _ => Question::Not(Box::new(self.nested(depth - 1, draws))),
        }
    }
}

/// Every term that finds one of `resources`: keywords as they are, and words as they are written.
pub(crate) fn terms(resources: &[Resource]) -> Vec<Term> {
    let mut terms = Vec::new();
    for resource in resources {
        let known = keywords(resource);
        let texts = known.iter().filter_map(|keyword| std::str::from_utf8(keyword).ok());
        terms.extend(texts.filter_map(Term::of_keyword));
        let words = words(resource).into_iter().filter_map(|word| Term::of_word(&word));
        terms.extend(words.filter(|term| known.contains(&term.keyword)));
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// The words in the strings of a resource.
pub(crate) fn words(resource: &Resource) -> Vec<String> {
    let mut words = Vec::new();
    let fields: Value = serde_json::from_str(resource.text()).expect("it was read as JSON");
    strings(&fields, &mut |text| {
        words.extend(
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned),
        );
    });
    words
}

/// Calls `found` with every string value below `value`.
pub(crate) fn strings(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(list) => list.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}
