//! Every kind of question finds exactly what the plaintext says.

mod drawing;

use crate::{DOMAIN, EPOCH, PATIENT, domain_key, patient_scope};
use aegle_keys::{RecordKeywords, label_batch};
use aegle_rules::BatchNumber;
use aegle_sealed::{
    Comparator, Expression, Indexing, Keyword, Kind, Salt, Window,
    query::{ParsedQuery, parse},
};
use drawing::{questions, records, terms};
use proptest::{prelude::*, strategy::ValueTree};
use std::collections::HashSet;

const ICD: &str = "http://hl7.org/fhir/sid/icd-10";
const LOINC: &str = "http://loinc.org";
/// Systems with a hierarchy in their codes, and one without.
const SYSTEMS: [&str; 4] = [ICD, "urn:oid:1.2.3", "", LOINC];
/// Units and how many powers of ten they are of the first of their group; the last two have no group.
const UNITS: [(&str, u8, i32); 6] = [
    ("mg/dL", 0, 0),
    ("g/L", 0, 2),
    ("ng/mL", 0, -4),
    ("mmol/L", 1, 0),
    ("kg/m2", 2, 0),
    ("%", 3, 0),
];

/// What a record says, in plaintext.
#[derive(Clone, Debug)]
struct Record {
    codes: Vec<(&'static str, String)>,
    /// From a date to another, each a day or a part of one; an end may be open.
    times: Vec<(Option<String>, Option<String>)>,
    /// Values of what a code says, and how they lie to their number.
    quantities: Vec<(usize, Comparator, Quantity)>,
    text: Vec<String>,
}

/// A decimal number, `digits * 10^shift`, and the number of its unit.
#[derive(Clone, Copy, Debug)]
struct Quantity {
    digits: i64,
    shift: i32,
    unit: usize,
}

impl Quantity {
    fn number(self) -> String {
        format!("{}e{}", self.digits, self.shift)
    }

    fn unit(self) -> &'static str {
        UNITS[self.unit].0
    }

    /// The value in units of 10^-16, converted to the first unit of its group.
    fn scaled(self) -> i128 {
        i128::from(self.digits) * 10_i128.pow((self.shift + UNITS[self.unit].2 + 16) as u32)
    }
}

/// How a range is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Alone,
    Closed,
    HalfOpen,
    From,
    To,
    More,
    MoreOrSame,
    Less,
    LessOrSame,
}

const FORMS: [Form; 9] = [
    Form::Alone,
    Form::Closed,
    Form::HalfOpen,
    Form::From,
    Form::To,
    Form::More,
    Form::MoreOrSame,
    Form::Less,
    Form::LessOrSame,
];

impl Form {
    fn write(self, low: &str, high: &str) -> String {
        match self {
            Self::Alone => low.to_owned(),
            Self::Closed => format!("{low}..{high}"),
            Self::HalfOpen => format!("{low}..<{high}"),
            Self::From => format!("{low}.."),
            Self::To => format!("..{high}"),
            Self::More => format!(">{low}"),
            Self::MoreOrSame => format!(">={low}"),
            Self::Less => format!("<{high}"),
            Self::LessOrSame => format!("<={high}"),
        }
    }

    /// The range from the first to the last that lies in it, given the first and the last of each bound.
    fn range<T>(
        self,
        low: (T, T),
        high: (T, T),
        before: impl Fn(T) -> T,
        after: impl Fn(T) -> T,
    ) -> (Option<T>, Option<T>) {
        match self {
            Self::Alone => (Some(low.0), Some(low.1)),
            Self::Closed => (Some(low.0), Some(high.1)),
            Self::HalfOpen => (Some(low.0), Some(before(high.0))),
            Self::From | Self::MoreOrSame => (Some(low.0), None),
            Self::To | Self::LessOrSame => (None, Some(high.1)),
            Self::More => (Some(after(low.1)), None),
            Self::Less => (None, Some(before(high.0))),
        }
    }
}

/// Whether two ranges have a point in common; an end that is `None` is open.
fn meet<T: Ord + Copy>(one: (Option<T>, Option<T>), other: (Option<T>, Option<T>)) -> bool {
    let ends_before =
        |end: Option<T>, begin: Option<T>| matches!((end, begin), (Some(end), Some(begin)) if end < begin);
    !ends_before(one.1, other.0) && !ends_before(other.1, one.0)
}

/// The next greater number of five digits, in units of 10^-16; none but 0 lies between 10^-9 and its opposite.
fn after(value: i128) -> i128 {
    const LEAST: i128 = 10_000_000;
    let magnitude = value.abs();
    let unit = |magnitude: i128| 10_i128.pow(magnitude.ilog10() - 4);
    match value {
        0 => LEAST,
        value if value == -LEAST => 0,
        value if value > 0 => value + unit(value),
        _ => -(magnitude - unit(magnitude - 1)),
    }
}

fn before(value: i128) -> i128 {
    -after(-value)
}

/// The first and the last day of a date, by counting them as if every month had 31 days.
fn days_of(date: &str) -> (i64, i64) {
    let part = |range: std::ops::Range<usize>| date.get(range).map(|part| part.parse::<i64>().unwrap());
    let year = part(0..4).unwrap();
    let day = |month: i64, day: i64| (year * 12 + month) * 31 + day;
    match (part(5..7), part(8..10)) {
        (Some(month), Some(own)) => (day(month, own), day(month, own)),
        (Some(month), None) => (day(month, 1), day(month, 31)),
        _ => (day(1, 1), day(12, 31)),
    }
}

/// A question, and what finds it in plaintext.
#[derive(Clone, Debug)]
enum Question {
    Code(&'static str, String),
    CodePrefix(Option<&'static str>, String),
    Dates(Form, String, String),
    Values(usize, Form, Quantity, Quantity),
    Prefix(String),
    Fuzzy(String),
    And(Box<Question>, Box<Question>),
    Or(Box<Question>, Box<Question>),
    Not(Box<Question>),
}

impl Question {
    fn text(&self) -> String {
        match self {
            Self::Code(system, code) => format!("code:\"{system}|{code}\""),
            Self::CodePrefix(Some(system), prefix) => format!("code:\"{system}|{prefix}*\""),
            Self::CodePrefix(None, prefix) => format!("code:{prefix}*"),
            Self::Dates(form, low, high) => format!("date:{}", form.write(low, high)),
            Self::Values(code, form, low, high) => {
                let range = form.write(&low.number(), &high.number());
                let sign = if range.starts_with(['<', '>']) { "" } else { "=" };
                format!("code:urn:x|{code}{sign}{range} {}", low.unit())
            }
            Self::Prefix(beginning) => format!("text:{beginning}*"),
            Self::Fuzzy(word) => format!("text:{word}~"),
            Self::And(one, other) => format!("({}) AND ({})", one.text(), other.text()),
            Self::Or(one, other) => format!("({}) OR ({})", one.text(), other.text()),
            Self::Not(part) => format!("NOT ({})", part.text()),
        }
    }

    fn finds(&self, record: &Record) -> bool {
        match self {
            Self::Code(system, code) => record.codes.iter().any(|known| known.0 == *system && known.1 == *code),
            Self::CodePrefix(system, prefix) => record.codes.iter().any(|(known, code)| {
                *known != LOINC && system.is_none_or(|system| system == *known) && code.starts_with(prefix.as_str())
            }),
            Self::Dates(form, low, high) => {
                let asked = form.range(days_of(low), days_of(high), |day| day - 1, |day| day + 1);
                let day = |date: &Option<String>| date.as_deref().map(days_of);
                let times = record.times.iter();
                times
                    .map(|(from, to)| (day(from).map(|own| own.0), day(to).map(|own| own.1)))
                    .any(|time| meet(time, asked))
            }
            Self::Values(code, form, low, high) => {
                let one = |quantity: &Quantity| (quantity.scaled(), quantity.scaled());
                let asked = form.range(one(low), one(high), before, after);
                record.quantities.iter().any(|(own, comparator, quantity)| {
                    let value = quantity.scaled();
                    let possible = match comparator {
                        Comparator::Is => (Some(value), Some(value)),
                        Comparator::Less => (None, Some(before(value))),
                        Comparator::AtMost => (None, Some(value)),
                        Comparator::More => (Some(after(value)), None),
                        Comparator::AtLeast => (Some(value), None),
                    };
                    let group = |quantity: &Quantity| UNITS[quantity.unit].1;
                    own == code && group(quantity) == group(low) && meet(possible, asked)
                })
            }
            Self::Prefix(beginning) => record.text.iter().any(|word| word.starts_with(beginning.as_str())),
            Self::Fuzzy(needle) => record.text.iter().any(|word| is_an_edit_apart(needle, word)),
            Self::And(one, other) => one.finds(record) && other.finds(record),
            Self::Or(one, other) => one.finds(record) || other.finds(record),
            Self::Not(part) => !part.finds(record),
        }
    }
}

/// By trying every edit.
fn is_an_edit_apart(one: &str, other: &str) -> bool {
    let shorter = |word: &str, at: usize| format!("{}{}", &word[..at], &word[at + 1..]);
    let replaced = one.len() == other.len()
        && (0..one.len()).any(|at| {
            shorter(one, at) == shorter(other, at) && {
                let rest = |word: &str| (word[..at].to_owned(), word[at + 1..].to_owned());
                rest(one) == rest(other)
            }
        });
    let lost = |long: &str, short: &str| (0..long.len()).any(|at| shorter(long, at) == short);
    one == other || replaced || lost(one, other) || lost(other, one)
}

fn keywords(record: &Record) -> HashSet<Keyword> {
    let indexing = Indexing::of(Kind::ALL);
    let mut keywords = HashSet::new();
    for (system, code) in &record.codes {
        keywords.extend(indexing.code(system, code).unwrap());
    }
    for (from, to) in &record.times {
        keywords.extend(indexing.dates(from.as_deref(), to.as_deref()).unwrap());
    }
    for (code, comparator, quantity) in &record.quantities {
        let code = code.to_string();
        let found = indexing.quantity(("urn:x", &code), *comparator, &quantity.number(), quantity.unit());
        keywords.extend(found.unwrap());
    }
    keywords.extend(indexing.text(&record.text.join(" ")).keywords);
    keywords
}

fn holds(expression: &Expression, has: &impl Fn(usize) -> bool) -> bool {
    match expression {
        Expression::Term(term) => has(*term),
        Expression::And(parts) => parts.iter().all(|part| holds(part, has)),
        Expression::Or(parts) => parts.iter().any(|part| holds(part, has)),
        Expression::Not(part) => !holds(part, has),
    }
}

fn read(question: &Question) -> ParsedQuery {
    let text = question.text();
    parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn keywords_find_what_the_plaintext_says(records in records(), questions in prop::collection::vec(questions(), 8)) {
        let written: Vec<_> = records.iter().map(keywords).collect();
        for question in &questions {
            let query = read(question);
            for (record, keywords) in records.iter().zip(&written) {
                let found = holds(&query.expression, &|term| keywords.contains(&query.terms[term]));
                prop_assert_eq!(found, question.finds(record), "{} of {:?}", question.text(), record);
            }
        }
    }
}

proptest! {
    // Each keyword costs an evaluation of the PRF.
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn tokens_and_labels_find_what_the_plaintext_says(records in records(), questions in prop::collection::vec(terms(), 6)) {
        let (key, batch) = (domain_key(), BatchNumber(2));
        let rows: Vec<_> = records
            .iter()
            .map(|record| RecordKeywords { patient: PATIENT, keywords: keywords(record).into_iter().collect(), cohort: false })
            .collect();
        let set = label_batch(&key, DOMAIN, EPOCH, batch, &rows, Salt::generate().unwrap()).unwrap();
        for question in &questions {
            let query = read(question);
            let window = Window::new(0, 3).unwrap();
            let labels: Vec<HashSet<_>> = query.terms.iter().map(|keyword| {
                let token = key.token(&patient_scope(), keyword, window).unwrap().remove(0).verify().unwrap();
                let leaf = token.leaf(batch).unwrap();
                (0..leaf.probe(set.salt(), set.counts())).map(|c| leaf.label(set.salt(), c)).collect()
            }).collect();
            for (record, row) in records.iter().zip(set.records()) {
                let found = holds(&query.expression, &|term| row.iter().any(|label| labels[term].contains(label)));
                prop_assert_eq!(found, question.finds(record), "{} of {:?}", question.text(), record);
            }
        }
    }
}

#[test]
fn the_questions_asked_find_some_records_and_not_all() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut tally: std::collections::BTreeMap<&str, [usize; 2]> = Default::default();
    for _ in 0..2_000 {
        let (records, question) = (records(), terms()).new_tree(&mut runner).unwrap().current();
        let kind = match question {
            Question::Code(..) => "code",
            Question::CodePrefix(..) => "beginnings of codes",
            Question::Dates(..) => "dates",
            Question::Values(..) => "values",
            Question::Prefix(_) => "beginnings of words",
            Question::Fuzzy(_) => "fuzzy words",
            Question::And(..) | Question::Or(..) | Question::Not(_) => continue,
        };
        for record in &records {
            tally.entry(kind).or_default()[usize::from(question.finds(record))] += 1;
        }
    }
    assert_eq!(tally.len(), 6);
    assert!(tally.values().all(|[not, found]| *not > 10 && *found > 5), "{tally:?}");
}
