//! What is written into the index for each thing that a record says.

use crate::{
    Field, Keyword, KeywordError,
    analysis::{Part, alone, parts, together},
    calendar::{self, DAYS},
    keyword::ANY_SYSTEM,
    limits::*,
    number::{Decimal, NUMBERS, NotDecimal},
    spans::{Point, Span},
    unit::Unit,
    words as forms,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A kind of question beyond equality. Each costs keywords in every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Ranges of dates: [`DAY_SPAN_LEVELS`] keywords a day, about thirty a year.
    DateRanges,
    /// Ranges of numbers: one keyword a level for each coding of what was measured.
    NumberRanges,
    /// Beginnings of codes: at most twice six a code of a system that has a hierarchy in its codes.
    CodePrefixes,
    /// Beginnings of words: at most eight a word.
    TextPrefixes,
    /// Words with one edit: at most one more than a word has letters.
    Fuzzy,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::DateRanges,
        Self::NumberRanges,
        Self::CodePrefixes,
        Self::TextPrefixes,
        Self::Fuzzy,
    ];

    /// Returns the kind to which keywords of a field belong; `None` for equality, which is always written.
    pub const fn of(field: Field) -> Option<Self> {
        match field {
            Field::Type | Field::Code | Field::Category | Field::Status | Field::Day | Field::Text => None,
            Field::CodePrefix => Some(Self::CodePrefixes),
            Field::DaySpan => Some(Self::DateRanges),
            Field::ValueSpan => Some(Self::NumberRanges),
            Field::TextPrefix => Some(Self::TextPrefixes),
            Field::TextFuzzy => Some(Self::Fuzzy),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::DateRanges => "ranges of dates",
            Self::NumberRanges => "ranges of numbers",
            Self::CodePrefixes => "beginnings of codes",
            Self::TextPrefixes => "beginnings of words",
            Self::Fuzzy => "words with one edit",
        }
    }
}

/// The kinds of questions for which a custodian writes keywords; equality always is among them. In serialised form, a
/// list of kinds.
///
/// What is not written is not found. So check queries with [`Indexing::check`], and when kinds are added, label the
/// batches before that anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Indexing(BTreeSet<Kind>);

/// A query of a kind that is not written into the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} are not indexed", .0.name())]
pub struct NotIndexed(pub Kind);

/// Ranges of dates and numbers, and beginnings of codes. Beginnings of words and fuzzy words cost more keywords than
/// all the rest, so they have to be asked for.
impl Default for Indexing {
    fn default() -> Self {
        Self::of([Kind::DateRanges, Kind::NumberRanges, Kind::CodePrefixes])
    }
}

impl Indexing {
    /// Returns the indexing of equality and these kinds.
    pub fn of(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// Returns whether questions of a kind are answered.
    pub fn has(&self, kind: Kind) -> bool {
        self.0.contains(&kind)
    }

    /// Checks whether all that `keywords` ask for is written.
    ///
    /// # Errors
    /// With the first kind that is not.
    pub fn check(&self, keywords: &[Keyword]) -> Result<(), NotIndexed> {
        keywords
            .iter()
            .try_for_each(|keyword| self.check_field(keyword.field()))
    }

    /// Checks whether keywords of a field are written.
    ///
    /// # Errors
    /// With the field's kind, when it is not.
    pub fn check_field(&self, field: Field) -> Result<(), NotIndexed> {
        match Kind::of(field) {
            Some(kind) if !self.has(kind) => Err(NotIndexed(kind)),
            _ => Ok(()),
        }
    }

    /// Returns the keywords of a coding: itself, and the beginnings of its code within its system and within any.
    ///
    /// # Errors
    /// As [`Keyword::code`].
    pub fn code(&self, system: &str, code: &str) -> Result<Vec<Keyword>, KeywordError> {
        let mut keywords = vec![Keyword::code(system, code)?];
        if self.has(Kind::CodePrefixes) && has_hierarchy(system) {
            for beginning in forms::beginnings(code, MAX_CODE_PREFIX_CHARS) {
                // What is too long for a keyword cannot be asked for either.
                keywords.extend(Keyword::code_prefix(Some(system), beginning).ok());
                keywords.extend(Keyword::code_prefix(None, beginning).ok());
            }
        }
        Ok(keywords)
    }

    /// Returns the keywords of a time from one date to another, each a year, a month or a day (`YYYY`, `YYYY-MM`,
    /// `YYYY-MM-DD`) and both of them in it; an end that is `None` is open. Without ranges of dates, it returns the
    /// days that the two dates name.
    ///
    /// # Errors
    /// When there is no such date, or the time ends before it begins.
    pub fn dates(&self, from: Option<&str>, to: Option<&str>) -> Result<Vec<Keyword>, KeywordError> {
        let period = |text: Option<&str>| text.map(|text| calendar::period(text).ok_or(KeywordError::NoSuchDate));
        let (begin, end) = (period(from).transpose()?, period(to).transpose()?);
        let (first, last) = (begin.map(|period| period.first), end.map(|period| period.last));
        if first.is_some_and(|first| last.is_some_and(|last| last < first)) {
            return Err(KeywordError::EmptyPeriod);
        }
        let mut keywords = BTreeSet::new();
        for period in [begin, end]
            .into_iter()
            .flatten()
            .filter(|period| period.first == period.last)
        {
            keywords.insert(Keyword::day(&calendar::written(period.first))?);
        }
        if self.has(Kind::DateRanges) && (first.is_some() || last.is_some()) {
            // Beyond the line, days are only known to be beyond it.
            let point = |day: Option<i32>| day.map(|day| DAYS.point(day));
            let (touched, filled) = match (point(first), point(last)) {
                // A day is told by its own keyword.
                (Some(day), Some(_)) if first == last => {
                    let spans = DAYS.spans(day).into_iter();
                    let longer = spans.filter(|span| !matches!(span, Span::On { level: 0, .. }));
                    (longer.collect(), BTreeSet::new())
                }
                (_, Some(Point::Below)) => (BTreeSet::from([Span::Below]), BTreeSet::new()),
                (Some(Point::Above), _) => (BTreeSet::from([Span::Above]), BTreeSet::new()),
                (first, last) => DAYS.interval(on(first), on(last)),
            };
            for span in touched {
                keywords.insert(Keyword::day_span(span)?);
            }
            for span in filled {
                keywords.insert(Keyword::all_days(span)?);
            }
        }
        Ok(keywords.into_iter().collect())
    }

    /// Returns the keywords of a value of what a coding says: a number as JSON writes it, how the value lies to it, and
    /// its unit, in UCUM or as people spell it; `1` for a number without a unit. Returns none when ranges of numbers
    /// are not written.
    ///
    /// # Errors
    /// When number, unit or coding is malformed.
    pub fn quantity(
        &self,
        coding: (&str, &str),
        comparator: Comparator,
        number: &str,
        unit: &str,
    ) -> Result<Vec<Keyword>, KeywordError> {
        let unit = Unit::parse(unit)?;
        let place = unit.place(decimal(number)?);
        Keyword::code(coding.0, coding.1)?;
        if !self.has(Kind::NumberRanges) {
            return Ok(Vec::new());
        }
        let (touched, filled) = match (comparator, place) {
            (Comparator::Is, place) => (NUMBERS.spans(place).into_iter().collect(), BTreeSet::new()),
            (Comparator::Less | Comparator::AtMost, Point::Below) => (BTreeSet::from([Span::Below]), BTreeSet::new()),
            (Comparator::More | Comparator::AtLeast, Point::Above) => (BTreeSet::from([Span::Above]), BTreeSet::new()),
            (Comparator::Less, Point::On(place)) => NUMBERS.interval(None, Some(place - 1)),
            (Comparator::AtMost, place) => NUMBERS.interval(None, on(Some(place))),
            (Comparator::More, Point::On(place)) => NUMBERS.interval(Some(place + 1), None),
            (Comparator::AtLeast, place) => NUMBERS.interval(on(Some(place)), None),
            // All numbers that are told apart, and more.
            (Comparator::Less | Comparator::More, _) => NUMBERS.interval(None, None),
        };
        let unit = unit.canonical();
        let touched = touched.into_iter().map(|span| Keyword::value_span(span, unit, coding));
        let filled = filled.into_iter().map(|span| Keyword::all_values(span, unit, coding));
        touched.chain(filled).collect()
    }

    /// Returns the keywords of a text: its words, pairs of neighbours of which one means nothing alone, beginnings of
    /// its words, and their neighbourhoods. A keyword may come twice.
    pub fn text(&self, text: &str) -> Text {
        let parts = parts(text);
        let mut found = Text::default();
        let mut add = |keyword: Result<Keyword, KeywordError>| match keyword {
            Ok(keyword) => found.keywords.push(keyword),
            Err(_) => found.dropped += 1,
        };
        for (place, part) in parts.iter().enumerate() {
            alone(part).iter().for_each(|own| add(Keyword::searchable(own)));
            let next = parts.get(place + 1).and_then(|next| together(part, next));
            next.iter().for_each(|pair| add(Keyword::searchable(pair)));
        }
        let words = parts.iter().filter_map(|part| match part {
            Part::Word(word) => Some(word.folded.as_str()),
            _ => None,
        });
        for word in words.collect::<BTreeSet<_>>() {
            if self.has(Kind::TextPrefixes) {
                forms::beginnings(word, MAX_TEXT_PREFIX_CHARS)
                    .for_each(|beginning| add(Keyword::text_prefix(beginning)));
            }
            if self.has(Kind::Fuzzy) {
                forms::neighbours(word)
                    .iter()
                    .for_each(|form| add(Keyword::text_fuzzy(form)));
            }
        }
        found.dropped += parts.iter().filter(|part| **part == Part::TooLong).count();
        found
    }
}

/// What a text is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Its keywords.
    pub keywords: Vec<Keyword>,
    /// How many of its words are longer than [`MAX_WORD_CHARS`], so that it is not found by them.
    pub dropped: usize,
}

/// How a value lies to the number that stands for it: FHIR's `comparator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// It is the number.
    Is,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// A point that is an end of an interval; beyond the line the interval is open.
fn on(point: Option<Point>) -> Option<i32> {
    match point {
        Some(Point::On(place)) => Some(place),
        _ => None,
    }
}

/// Returns whether a unit is known, in UCUM or as people spell it. Values in others are compared as they are written.
pub fn is_known_unit(unit: &str) -> bool {
    Unit::parse(unit).is_ok_and(|unit| unit.is_known())
}

/// Reads a number.
pub(crate) fn decimal(text: &str) -> Result<Decimal, KeywordError> {
    Decimal::parse(text).map_err(|NotDecimal| KeywordError::NotANumber)
}

/// Whether the beginning of a code of `system` may mean anything. Those of LOINC, SNOMED CT, RxNorm and of HL7's own
/// code systems do not: they are numbers and words. ICD, ATC, ICPC, OPS and whatever is not known do.
pub(crate) fn has_hierarchy(system: &str) -> bool {
    let flat = [
        "http://loinc.org",
        "http://snomed.info/",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://unitsofmeasure.org",
        "http://terminology.hl7.org/",
        "http://hl7.org/fhir/",
    ];
    // ICD and others have their names below FHIR's.
    let named = system.starts_with("http://hl7.org/fhir/sid/");
    named || system != ANY_SYSTEM && !flat.iter().any(|prefix| system.starts_with(prefix))
}
