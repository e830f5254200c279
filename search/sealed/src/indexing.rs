//! What is written into the index for each thing that a record says.

use crate::{
    Field, Keyword, KeywordError, analyse,
    analysis::words,
    calendar,
    keyword::ANY_SYSTEM,
    limits::*,
    number::{Decimal, NotDecimal},
    spans::{DAYS, NUMBERS, Span},
    unit::{AS_WRITTEN, Unit},
    words as forms,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A kind of question beyond equality. Each costs keywords in every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// Ranges of dates: [`DAY_SPAN_LEVELS`] keywords a day.
    DateRanges,
    /// Ranges of numbers: one keyword a level for a number as it is written, and as many for one with a unit.
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

    /// The kind to which keywords of a field belong; `None` for equality, which is always written.
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
    /// Equality and these kinds.
    pub fn of(kinds: impl IntoIterator<Item = Kind>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// Whether questions of a kind are answered.
    pub fn has(&self, kind: Kind) -> bool {
        self.0.contains(&kind)
    }

    /// Whether all that `keywords` ask for is written.
    ///
    /// # Errors
    /// With the first kind that is not.
    pub fn check(&self, keywords: &[Keyword]) -> Result<(), NotIndexed> {
        keywords
            .iter()
            .try_for_each(|keyword| self.check_field(keyword.field()))
    }

    /// Whether keywords of a field are written.
    ///
    /// # Errors
    /// With the field's kind, when it is not.
    pub fn check_field(&self, field: Field) -> Result<(), NotIndexed> {
        match Kind::of(field) {
            Some(kind) if !self.has(kind) => Err(NotIndexed(kind)),
            _ => Ok(()),
        }
    }

    /// The keywords of a coding: itself, and the beginnings of its code within its system and within any.
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

    /// The keywords of a day, `YYYY-MM-DD`.
    ///
    /// # Errors
    /// As [`Keyword::day`].
    pub fn day(&self, day: &str) -> Result<Vec<Keyword>, KeywordError> {
        let number = calendar::day(day).ok_or(KeywordError::NoSuchDay)?;
        let mut keywords = vec![Keyword::day(day)?];
        if self.has(Kind::DateRanges) {
            // The span of a single day is the day itself, which is there already.
            let spans = DAYS.spans(DAYS.point(number)).into_iter();
            for span in spans.filter(|span| !matches!(span, Span::On { level: 0, .. })) {
                keywords.push(Keyword::day_span(span)?);
            }
        }
        Ok(keywords)
    }

    /// The keywords of a number, as JSON writes it, and its unit in UCUM: those of the number as it is written, and
    /// those of the number in the unit's canonical form. None when ranges of numbers are not written.
    ///
    /// # Errors
    /// When number or unit is malformed, or the number has more digits than 18.
    pub fn quantity(&self, number: &str, unit: Option<&str>) -> Result<Vec<Keyword>, KeywordError> {
        let number = decimal(number)?;
        let unit = unit.map(Unit::parse).transpose()?;
        let converted = unit.map(|unit| Ok((unit.place(number)?, unit))).transpose()?;
        if !self.has(Kind::NumberRanges) {
            return Ok(Vec::new());
        }
        let mut keywords = Vec::new();
        for span in NUMBERS.spans(number.rounded(AS_WRITTEN)) {
            keywords.push(Keyword::value_span(span, None)?);
        }
        if let Some((place, unit)) = converted {
            for span in NUMBERS.spans(place) {
                keywords.push(Keyword::value_span(span, Some(unit.canonical()))?);
            }
        }
        Ok(keywords)
    }

    /// The keywords of a text: its analysed words, their beginnings and their neighbours. A keyword may come twice.
    ///
    /// # Errors
    /// When the analysis makes a word of it that is no keyword, which it does not.
    pub fn text(&self, text: &str) -> Result<Vec<Keyword>, KeywordError> {
        let mut keywords: Vec<Keyword> = analyse(text)
            .iter()
            .map(|word| Keyword::text(word))
            .collect::<Result<_, _>>()?;
        let (beginnings, fuzzy) = (self.has(Kind::TextPrefixes), self.has(Kind::Fuzzy));
        if !beginnings && !fuzzy {
            return Ok(keywords);
        }
        for word in words(text).into_iter().collect::<BTreeSet<_>>() {
            if beginnings {
                for beginning in forms::beginnings(&word, MAX_TEXT_PREFIX_CHARS) {
                    keywords.push(Keyword::text_prefix(beginning)?);
                }
            }
            if fuzzy {
                for form in forms::neighbours(&word) {
                    keywords.push(Keyword::text_fuzzy(&form)?);
                }
            }
        }
        Ok(keywords)
    }
}

/// Reads a number.
pub(crate) fn decimal(text: &str) -> Result<Decimal, KeywordError> {
    Decimal::parse(text).map_err(|error| match error {
        NotDecimal::Malformed => KeywordError::NotANumber,
        NotDecimal::TooManyDigits => KeywordError::TooManyDigits,
    })
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
