//! Terms, and what they find.

use crate::{
    calendar::{first_day, last_day},
    form::Form,
    lexicon::Aspect,
    number::Fraction,
    population::{Level, Population, Record},
    unit,
    words::Words,
};

/// Systems whose codes are numbers or words without a hierarchy: their beginnings mean nothing.
const FLAT: [&str; 4] = [
    "http://loinc.org",
    "http://snomed.info/",
    "http://unitsofmeasure.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
];

/// One term of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `type`, `code`, `category`, `status` or `day` with a value.
    Equal(Aspect, String),
    /// `code:system|I20*`, or `code:I20*` without a system.
    CodePrefix(Option<String>, String),
    /// `text` with any text.
    Text(String),
    /// `text:chest*`, after any text.
    WordPrefix(String, String),
    /// `text:chest~`.
    Fuzzy(String),
    /// `date`.
    Date(Form),
    /// The value of what a coding says, and its unit.
    Value(String, Form, String),
}

/// What a term finds: the records that have one of the strings in each of these lists. A list says of each string of an
/// aspect, by its number, whether it is meant.
pub struct Selection {
    least: Level,
    lists: Vec<(Aspect, Vec<bool>)>,
}

impl Selection {
    /// Returns whether the record is found. One that is not labelled for this kind of question is not.
    pub fn finds(&self, record: &Record) -> bool {
        let meant = |(aspect, meant): &(Aspect, Vec<bool>)| {
            let mut strings = record.facts.about(*aspect).iter();
            strings.any(|string| meant[*string as usize])
        };
        record.level >= self.least && self.lists.iter().all(meant)
    }
}

impl Term {
    /// Writes the term in the query language.
    pub fn text(&self) -> String {
        match self {
            Self::Equal(aspect, value) => format!("{}:{}", field(*aspect), quoted(value)),
            Self::CodePrefix(None, prefix) => format!("code:{}", marked(prefix, '*')),
            Self::CodePrefix(Some(system), prefix) => format!("code:{}", marked(&format!("{system}|{prefix}"), '*')),
            Self::Text(text) => format!("text:{}", quoted(text)),
            Self::WordPrefix(text, prefix) if text.is_empty() => format!("text:{prefix}*"),
            Self::WordPrefix(text, prefix) => format!("text:{}", marked(&format!("{text} {prefix}"), '*')),
            Self::Fuzzy(word) => format!("text:{word}~"),
            Self::Date(form) => format!("date:{form}"),
            Self::Value(coding, form, unit) => {
                let range = form.to_string();
                let sign = if range.starts_with(['<', '>']) { "" } else { "=" };
                format!("code:{}{sign}{range} {unit}", quoted(coding))
            }
        }
    }

    /// Returns the lowest level of labelling at which a record is found by it.
    pub fn least(&self) -> Level {
        match self {
            Self::Equal(..) | Self::Text(_) => Level::Equality,
            Self::CodePrefix(..) | Self::Date(_) | Self::Value(..) => Level::Usual,
            Self::WordPrefix(..) => Level::Beginnings,
            Self::Fuzzy(_) => Level::Everything,
        }
    }

    /// Returns what it finds.
    pub fn select(&self, population: &Population, words: &mut Words) -> Selection {
        let which = |aspect, meant: &dyn Fn(&str) -> bool| {
            let strings = population.lexicon.of(aspect);
            (aspect, strings.iter().map(meant).collect::<Vec<bool>>())
        };
        let mut said = |text: &str| -> Vec<_> {
            let said = words.of(text);
            let each = |aspect, texts: &[String]| -> Vec<_> {
                texts.iter().map(|text| which(aspect, &|known| known == text)).collect()
            };
            [each(Aspect::Stem, &said.asked), each(Aspect::Pair, &said.pairs)].concat()
        };
        let lists = match self {
            Self::Equal(aspect, value) => vec![which(*aspect, &|known| known == value)],
            Self::CodePrefix(system, prefix) => vec![which(Aspect::Code, &|known| {
                let (known_system, code) = known.split_once('|').expect("codes are written with their system");
                let asked = system.as_ref().is_none_or(|system| system == known_system);
                asked && has_hierarchy(known_system) && code.starts_with(prefix)
            })],
            Self::Text(text) => said(text),
            Self::WordPrefix(text, prefix) => {
                let mut lists = said(text);
                lists.push(which(Aspect::Word, &|word| word.starts_with(prefix)));
                lists
            }
            Self::Fuzzy(asked) => vec![which(Aspect::Word, &|word| distance(asked, word) <= 1)],
            Self::Date(form) => vec![which(Aspect::Time, &|time| {
                let (from, to) = time.split_once("..").expect("times are written with both ends");
                let open = |date: &str, day: fn(&str) -> String| (!date.is_empty()).then(|| day(date));
                form.meets((open(from, first_day), open(to, last_day)), |bound| {
                    (first_day(bound), last_day(bound))
                })
            })],
            Self::Value(coding, form, unit) => vec![(Aspect::Value, values(population, coding, form, unit))],
        };
        Selection {
            least: self.least(),
            lists,
        }
    }
}

/// Of each value, whether it may lie in a range.
fn values(population: &Population, coding: &str, form: &Form, unit: &str) -> Vec<bool> {
    let fraction = |text: &str| Fraction::parse(text).expect("the bounds that are drawn are short numbers");
    let compared_in = unit::compared(Fraction::new(0, 1), unit).unit;
    let bound = |text: &str| {
        let bound = unit::compared(fraction(text), unit).value.rounded();
        (bound, bound)
    };
    let values = population.values.iter();
    values
        .map(|value| {
            let number = value.number;
            let possible = match value.comparator.as_str() {
                "=" => (Some(number), Some(number)),
                "<" => (None, Some(number.previous())),
                "<=" => (None, Some(number)),
                ">" => (Some(number.next()), None),
                ">=" => (Some(number), None),
                _ => return false,
            };
            value.of == coding && value.unit == compared_in && form.meets(possible, bound)
        })
        .collect()
}

/// Returns whether the beginnings of a system's codes mean anything.
pub fn has_hierarchy(system: &str) -> bool {
    let hl7 = system.starts_with("http://terminology.hl7.org/") || system.starts_with("http://hl7.org/fhir/");
    let flat = hl7 || FLAT.iter().any(|flat| system.starts_with(flat));
    system.starts_with("http://hl7.org/fhir/sid/") || !flat
}

/// Returns Levenshtein's distance: the fewest letters that are replaced, added or taken away.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    if one.chars().count().abs_diff(other.len()) > 1 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], done + 1);
        for (index, same) in other.iter().map(|known| *known == letter).enumerate() {
            let replaced = diagonal + usize::from(!same);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

fn field(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Type => "type",
        Aspect::Status => "status",
        Aspect::Category => "category",
        Aspect::Code => "code",
        Aspect::Day => "day",
        Aspect::Time => "date",
        Aspect::Value => "value",
        Aspect::Word | Aspect::Stem | Aspect::Pair => "text",
    }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}

fn marked(value: &str, mark: char) -> String {
    format!("\"{}{mark}\"", escaped(value))
}

/// Escapes what would mean something, by a backslash.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for character in value.chars() {
        escaped.extend(r#""\*~"#.contains(character).then_some('\\'));
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_is_the_number_of_edits() {
        let cases = [
            ("chest", "chest", 0),
            ("chest", "chst", 1),
            ("chest", "cheest", 1),
            ("chest", "crest", 1),
            ("chest", "chets", 2),
            ("cold", "olds", 2),
            ("abcd", "abcdef", usize::MAX),
        ];
        for (one, other, expected) in cases {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
