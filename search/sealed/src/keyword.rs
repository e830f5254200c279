//! Keywords in canonical form: the bytes that the PRF sees.

use crate::{
    analysis::Searchable,
    calendar,
    limits::{MAX_KEYWORD_BYTES, MAX_WORD_CHARS},
    spans::Span,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What stands in a prefix keyword for a code of any system. No system is called so: systems are URIs.
pub(crate) const ANY_SYSTEM: &str = "*";

/// What of a record a keyword speaks about. The field is public information of the PRF: a custodian that evaluates
/// blindly sees it, and authorises by it. In JSON its [name](Field::name).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum Field {
    /// The FHIR resource type.
    Type,
    /// A coding of what was measured, found or done.
    Code,
    /// A coding of the category.
    Category,
    /// The FHIR status.
    Status,
    /// A day that it names.
    Day,
    /// A word of a text, or two of them next to each other.
    Text,
    /// The beginning of a code.
    CodePrefix,
    /// Some days in a row, on one or all of which it happened.
    DaySpan,
    /// Some numbers in a row, one or all of which may have been measured: of a code, and in a unit.
    ValueSpan,
    /// The beginning of a word.
    TextPrefix,
    /// A word, or one with a letter left open.
    TextFuzzy,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 11] = [
        Self::Type,
        Self::Code,
        Self::Category,
        Self::Status,
        Self::Day,
        Self::Text,
        Self::CodePrefix,
        Self::DaySpan,
        Self::ValueSpan,
        Self::TextPrefix,
        Self::TextFuzzy,
    ];

    /// Returns the canonical name, as it begins a keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Code => "code",
            Self::Category => "category",
            Self::Status => "status",
            Self::Day => "date/day",
            Self::Text => "text",
            Self::CodePrefix => "code/prefix",
            Self::DaySpan => "date/span",
            Self::ValueSpan => "value/span",
            Self::TextPrefix => "text/prefix",
            Self::TextFuzzy => "text/fuzzy",
        }
    }

    /// The byte that stands for the field in the PRF's public information.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Type => 0,
            Self::Code => 1,
            Self::Category => 2,
            Self::Status => 3,
            Self::Day => 4,
            Self::Text => 5,
            Self::CodePrefix => 6,
            Self::DaySpan => 7,
            Self::ValueSpan => 8,
            Self::TextPrefix => 9,
            Self::TextFuzzy => 10,
        }
    }
}

/// There is no field of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such field")]
pub struct UnknownField;

impl TryFrom<String> for Field {
    type Error = UnknownField;

    fn try_from(name: String) -> Result<Self, UnknownField> {
        let named = Self::ALL.into_iter().find(|field| field.name() == name);
        named.ok_or(UnknownField)
    }
}

impl From<Field> for &'static str {
    fn from(field: Field) -> Self {
        field.name()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A keyword in canonical form, `field|value`: `code|http://loinc.org|8480-6`, `date/day|2026-11-20`.
///
/// A keyword is plaintext about a patient. Its `Debug` shows the field alone, so that it does not end up in logs;
/// `Display` shows all of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keyword {
    field: Field,
    canonical: Box<str>,
}

/// Why something is no keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeywordError {
    /// No field has that name.
    #[error("there is no such field")]
    NoSuchField,
    /// There is no value, or the code of a coding is empty.
    #[error("the {0} has no value")]
    Empty(Field),
    /// The canonical form has more than [`MAX_KEYWORD_BYTES`].
    #[error("the {0} is longer than {MAX_KEYWORD_BYTES} bytes")]
    TooLong(Field),
    /// A control character, or white space at an end or (outside codes) in between.
    #[error("the {0} has a control character or white space where none may be")]
    Blank(Field),
    /// A `|` in a code system: it would make two codings look alike.
    #[error("the system of the {0} has a '|'")]
    AmbiguousSystem(Field),
    /// Not a day, month or year of the Gregorian calendar.
    #[error("expected a year, month or day of the calendar: YYYY, YYYY-MM or YYYY-MM-DD")]
    NoSuchDate,
    /// A period that ends before it begins.
    #[error("the period ends before it begins")]
    EmptyPeriod,
    /// Not a day of the Gregorian calendar in the form YYYY-MM-DD.
    #[error("the day is not of the form YYYY-MM-DD, or there is no such day")]
    NoSuchDay,
    /// Not a single analysed word: see [`crate::analyse`].
    #[error("the text is not a single analysed word")]
    NotAWord,
    /// Not a decimal number such as `140`, `-0.5` or `1.2e-3`.
    #[error("not a decimal number such as 140, -0.5 or 1.2e-3")]
    NotANumber,
    /// Not a unit in UCUM's characters.
    #[error("not a UCUM unit: 1 to 64 visible ASCII characters, no '|', annotations closed")]
    NotAUnit,
}

impl Keyword {
    /// Builds `code|system|code`. An empty `system` stands for a code without one. Case matters.
    ///
    /// # Errors
    /// [`KeywordError`]: the system has a `|` or white space, the code is empty or has loose white space or a control
    /// character, or the whole is too long.
    pub fn code(system: &str, code: &str) -> Result<Self, KeywordError> {
        Self::coding(Field::Code, system, code)
    }

    /// Builds `category|system|code`. An empty `system` stands for a code without one. Case matters.
    ///
    /// # Errors
    /// As [`Keyword::code`].
    pub fn category(system: &str, code: &str) -> Result<Self, KeywordError> {
        Self::coding(Field::Category, system, code)
    }

    /// Builds `status|value` of a FHIR status such as `final`.
    ///
    /// # Errors
    /// [`KeywordError`]: the value is empty, has white space or a control character, or is too long.
    pub fn status(value: &str) -> Result<Self, KeywordError> {
        Self::name(Field::Status, value)
    }

    /// Builds `type|value` of a FHIR resource type such as `Observation`.
    ///
    /// # Errors
    /// As [`Keyword::status`].
    pub fn resource_type(value: &str) -> Result<Self, KeywordError> {
        Self::name(Field::Type, value)
    }

    /// Builds `date/day|YYYY-MM-DD` of a day of the Gregorian calendar.
    ///
    /// # Errors
    /// [`KeywordError::NoSuchDay`].
    pub fn day(value: &str) -> Result<Self, KeywordError> {
        calendar::day(value).ok_or(KeywordError::NoSuchDay)?;
        Self::new(Field::Day, value)
    }

    /// `date/span|first/days`: days in a row, on one of which something happened. Days before
    /// [`crate::limits::FIRST_SPAN_YEAR`] are `date/span|before`, and those after [`crate::limits::LAST_SPAN_YEAR`]
    /// `date/span|after`.
    pub(crate) fn day_span(span: Span) -> Result<Self, KeywordError> {
        Self::new(Field::DaySpan, &days(span))
    }

    /// `date/span|all:first/days`: days in a row, on all of which something happened.
    pub(crate) fn all_days(span: Span) -> Result<Self, KeywordError> {
        Self::new(Field::DaySpan, &format!("all:{}", days(span)))
    }

    /// `value/span|level:index|unit|system|code`, or `below` or `above` in place of level and index: a value of what the
    /// coding says lies there, or may.
    pub(crate) fn value_span(span: Span, unit: &str, (system, code): (&str, &str)) -> Result<Self, KeywordError> {
        Self::coding(Field::ValueSpan, system, code)?;
        Self::new(Field::ValueSpan, &format!("{}|{unit}|{system}|{code}", numbers(span)))
    }

    /// `value/span|all:level:index|unit|system|code`: all numbers there are possible values.
    pub(crate) fn all_values(span: Span, unit: &str, (system, code): (&str, &str)) -> Result<Self, KeywordError> {
        Self::coding(Field::ValueSpan, system, code)?;
        Self::new(
            Field::ValueSpan,
            &format!("all:{}|{unit}|{system}|{code}", numbers(span)),
        )
    }

    /// `code/prefix|system|prefix`; `*` in place of the system stands for any.
    pub(crate) fn code_prefix(system: Option<&str>, prefix: &str) -> Result<Self, KeywordError> {
        let system = system.unwrap_or(ANY_SYSTEM);
        // A beginning may end with the space between two parts of its code.
        Self::coding(Field::CodePrefix, system, prefix.strip_suffix(' ').unwrap_or(prefix))?;
        Self::new(Field::CodePrefix, &format!("{system}|{prefix}"))
    }

    /// `text/prefix|beginning` of an analysed word before its stemming.
    pub(crate) fn text_prefix(beginning: &str) -> Result<Self, KeywordError> {
        Self::new(Field::TextPrefix, beginning)
    }

    /// `text/fuzzy|form`: see [`crate::words`].
    pub(crate) fn text_fuzzy(form: &str) -> Result<Self, KeywordError> {
        Self::new(Field::TextFuzzy, form)
    }

    /// Builds `text|word` of one word as [`crate::analyse`] returns it.
    ///
    /// # Errors
    /// [`KeywordError`]: the word is empty or too long, or has a letter that analysis does not leave.
    pub fn text(word: &str) -> Result<Self, KeywordError> {
        if word.is_empty() {
            return Err(KeywordError::Empty(Field::Text));
        }
        // Lower case of some letters has combining marks, which are not alphanumeric.
        let analysed = |c: char| !c.is_whitespace() && !c.is_control() && !c.is_ascii_punctuation() && is_lower(c);
        // A stem may be a letter longer than its word.
        if !word.chars().all(analysed) || word.chars().nth(MAX_WORD_CHARS + 1).is_some() {
            return Err(KeywordError::NotAWord);
        }
        Self::new(Field::Text, word)
    }

    /// `text|word`; `text|=word` for a word with its accents; `text|word word` for two that stand next to each other.
    pub(crate) fn searchable(searchable: &Searchable) -> Result<Self, KeywordError> {
        match searchable {
            Searchable::Word(word) => Self::text(word),
            Searchable::Accented(word) => {
                Self::text(word)?;
                Self::new(Field::Text, &format!("={word}"))
            }
            Searchable::Pair(one, other) => {
                Self::text(one)?;
                Self::text(other)?;
                Self::new(Field::Text, &format!("{one} {other}"))
            }
        }
    }

    /// Reads a keyword from its canonical form, as [`Keyword::as_bytes`] has it: for whoever has kept one.
    ///
    /// # Errors
    /// There is no such field, no value, or the text is too long. Whether the value is one of the field is not checked.
    pub fn from_canonical(canonical: &str) -> Result<Self, KeywordError> {
        let (name, value) = canonical.split_once('|').unwrap_or((canonical, ""));
        let field = Field::try_from(name.to_owned()).map_err(|_| KeywordError::NoSuchField)?;
        if value.is_empty() {
            return Err(KeywordError::Empty(field));
        }
        Self::new(field, value)
    }

    /// Returns the field.
    pub fn field(&self) -> Field {
        self.field
    }

    /// Returns the canonical bytes, field and value: 1 to [`MAX_KEYWORD_BYTES`].
    pub fn as_bytes(&self) -> &[u8] {
        self.canonical.as_bytes()
    }

    fn coding(field: Field, system: &str, code: &str) -> Result<Self, KeywordError> {
        if system.contains('|') {
            return Err(KeywordError::AmbiguousSystem(field));
        }
        if code.is_empty() {
            return Err(KeywordError::Empty(field));
        }
        if system.contains(char::is_whitespace) || system.contains(char::is_control) || has_loose_blank(code) {
            return Err(KeywordError::Blank(field));
        }
        Self::new(field, &format!("{system}|{code}"))
    }

    fn name(field: Field, value: &str) -> Result<Self, KeywordError> {
        if value.is_empty() {
            return Err(KeywordError::Empty(field));
        }
        if value.contains(char::is_whitespace) || value.contains(char::is_control) {
            return Err(KeywordError::Blank(field));
        }
        Self::new(field, value)
    }

    fn new(field: Field, value: &str) -> Result<Self, KeywordError> {
        let canonical = format!("{}|{value}", field.name());
        if canonical.len() > MAX_KEYWORD_BYTES {
            return Err(KeywordError::TooLong(field));
        }
        Ok(Self {
            field,
            canonical: canonical.into(),
        })
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyword({}|..)", self.field)
    }
}

/// Whether a FHIR `code` has what its pattern forbids: control characters, or white space other than single spaces
/// between its parts.
fn has_loose_blank(code: &str) -> bool {
    code.contains(char::is_control) || code.trim() != code || code.contains("  ") || code.contains(is_other_blank)
}

/// The days of a span, as keywords have them.
fn days(span: Span) -> String {
    match span {
        Span::Below => "before".into(),
        Span::Above => "after".into(),
        Span::On { level, index } => format!("{}/{}", calendar::written(index << (2 * level)), 1 << (2 * level)),
    }
}

/// The numbers of a span, as keywords have them.
fn numbers(span: Span) -> String {
    match span {
        Span::Below => "below".into(),
        Span::Above => "above".into(),
        Span::On { level, index } => format!("{level}:{index}"),
    }
}

fn is_lower(c: char) -> bool {
    c.to_lowercase().eq([c])
}

fn is_other_blank(c: char) -> bool {
    c.is_whitespace() && c != ' '
}
