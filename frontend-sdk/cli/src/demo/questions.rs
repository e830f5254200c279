//! What the clinician asks. The questions are chosen from the patient's own records, so that they find something.

use super::{examples::Chart, oracle};
use aegle_client::sealed::{
    Field, Keyword,
    query::{self, ParsedQuery},
};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Words that clinicians ask for, the most telling first; those that a chart has are asked.
const WORDS: [&str; 12] = [
    "penicillin",
    "asthma",
    "influenza",
    "stroke",
    "gentamicin",
    "culture",
    "pressure",
    "glucose",
    "fracture",
    "hepatitis",
    "pain",
    "blood",
];
/// Resource types of which clinicians want some and not others, with a status to leave out.
const EXCEPTIONS: [(&str, &str); 5] = [
    ("Immunization", "completed"),
    ("Condition", "resolved"),
    ("MedicationRequest", "active"),
    ("Encounter", "finished"),
    ("Observation", "final"),
];
const LOINC: &str = "http://loinc.org";

/// A question, in words and as a query.
pub(crate) struct Question {
    /// As a person says it.
    pub(crate) words: String,
    /// As it is typed.
    pub(crate) text: String,
    /// As it is searched for.
    pub(crate) query: ParsedQuery,
}

impl Question {
    fn new(words: String, text: String) -> Result<Self> {
        let query = query::parse(&text).with_context(|| format!("the query {text} is malformed"))?;
        Ok(Self { words, text, query })
    }
}

/// A chart's records by their keywords, and which of them the clinician may see.
pub(crate) struct Searchable<'a> {
    /// The chart.
    pub(crate) chart: &'a Chart,
    /// The keywords of each record.
    pub(crate) keywords: &'a [HashSet<Keyword>],
    /// For each record whether the grant covers it.
    pub(crate) visible: &'a [bool],
}

impl Searchable<'_> {
    /// Returns the numbers of the visible records that a query finds.
    pub(crate) fn answer(&self, query: &ParsedQuery) -> Vec<usize> {
        let mut found = oracle::answer(query, self.keywords);
        found.retain(|number| self.visible[*number]);
        found
    }

    /// Picks the first candidate that finds some visible records, but not all of them.
    fn pick(&self, candidates: impl IntoIterator<Item = Result<Question>>) -> Result<Option<Question>> {
        let all = self.visible.iter().filter(|visible| **visible).count();
        for candidate in candidates {
            let candidate = candidate?;
            let found = self.answer(&candidate.query).len();
            if found > 0 && found < all {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// Returns the values of a field that visible records have, the most frequent first.
    fn frequent(&self, field: Field) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let visible = self.keywords.iter().zip(self.visible).filter(|(_, visible)| **visible);
        for keyword in visible
            .flat_map(|(keywords, _)| keywords)
            .filter(|keyword| keyword.field() == field)
        {
            let text = keyword.to_string();
            let value = text.strip_prefix(field.name()).and_then(|text| text.strip_prefix('|'));
            *counts.entry(value.unwrap_or_default().to_owned()).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
        counts.into_iter().map(|(value, _)| value).collect()
    }

    /// Returns words that the chart has: those that clinicians ask for, then the frequent ones.
    fn words(&self) -> Vec<String> {
        let frequent = self.frequent(Field::Text);
        let readable = frequent
            .iter()
            .filter(|word| word.len() > 4 && word.bytes().all(|b| b.is_ascii_lowercase()));
        let has =
            |word: &&&str| query::parse(&format!("text:{word}")).is_ok_and(|query| !self.answer(&query).is_empty());
        let asked = WORDS.iter().filter(has).map(|word| (*word).to_owned());
        asked.chain(readable.cloned()).collect()
    }

    /// Returns the title of a record whose own code this is.
    fn name_of(&self, system_and_code: &str) -> Option<String> {
        let (system, code) = system_and_code.split_once('|')?;
        self.chart.resources.iter().find_map(|resource| {
            let fields: serde_json::Value = serde_json::from_str(resource.text()).ok()?;
            let codings = fields.get("code")?.get("coding")?.as_array()?;
            let same = |coding: &&serde_json::Value| {
                coding.get("system").and_then(|s| s.as_str()) == Some(system)
                    && coding.get("code").and_then(|c| c.as_str()) == Some(code)
            };
            codings
                .iter()
                .any(|coding| same(&coding))
                .then(|| resource.title().to_owned())
        })
    }
}

/// Chooses eight questions: a code, a word, two terms joined by AND, by OR and by NOT, a day, a range of years, and all
/// of it together.
pub(crate) fn choose(records: &Searchable<'_>) -> Result<Vec<Question>> {
    let words = records.words();
    let types = records.frequent(Field::Type);
    let statuses = records.frequent(Field::Status);
    let days = records.frequent(Field::Day);
    let codes = records.frequent(Field::Code);
    let loinc = codes.iter().filter(|code| code.starts_with(LOINC)).chain(&codes);
    let by_code = loinc
        .filter_map(|code| records.name_of(code).map(|name| (code, name)))
        .map(|(code, name)| Question::new(format!("coded as \u{201c}{name}\u{201d}"), format!("code:\"{code}\"")));
    let by_word = words
        .iter()
        .map(|word| Question::new(format!("the word \u{201c}{word}\u{201d}"), format!("text:{word}")));
    let both = words
        .iter()
        .flat_map(|word| types.iter().map(move |kind| (word, kind)))
        .map(|(word, kind)| {
            Question::new(
                format!("every {kind} with \u{201c}{word}\u{201d}"),
                format!("type:{kind} AND text:{word}"),
            )
        });
    let either = words.windows(2).map(|pair| {
        let (a, b) = (&pair[0], &pair[1]);
        Question::new(
            format!("\u{201c}{a}\u{201d} or \u{201c}{b}\u{201d}"),
            format!("text:{a} OR text:{b}"),
        )
    });
    let generic = types
        .iter()
        .flat_map(|kind| statuses.iter().map(move |status| (kind.as_str(), status.as_str())));
    let except = EXCEPTIONS.into_iter().chain(generic).map(|(kind, status)| {
        Question::new(
            format!("every {kind} that is not {status}"),
            format!("type:{kind} NOT status:{status}"),
        )
    });
    let by_day = days
        .iter()
        .map(|day| Question::new(format!("the day {day}"), format!("day:{day}")));
    let years: BTreeSet<&str> = days.iter().filter_map(|day| day.split('-').next()).collect();
    let by_year = years
        .iter()
        .map(|year| Question::new(format!("the years up to {year}"), format!("date:..{year}")));
    let all = words
        .windows(2)
        .flat_map(|pair| types.iter().map(move |kind| (pair, kind)))
        .map(|(pair, kind)| {
            let (a, b) = (&pair[0], &pair[1]);
            let text = format!("type:{kind} AND (text:{a} OR text:{b}) NOT status:cancelled");
            Question::new(
                format!("every {kind} with \u{201c}{a}\u{201d} or \u{201c}{b}\u{201d}, unless cancelled"),
                text,
            )
        });
    let picked = [
        records.pick(by_code)?,
        records.pick(by_word)?,
        records.pick(both)?,
        records.pick(either)?,
        records.pick(except)?,
        records.pick(by_day)?,
        records.pick(by_year)?,
        records.pick(all)?,
    ];
    picked
        .into_iter()
        .map(|question| question.context("the patient's records are too few to ask about"))
        .collect()
}
