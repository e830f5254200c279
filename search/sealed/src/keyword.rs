//! Keywords in canonical form: the bytes that the PRF sees.

use crate::limits::{MAX_KEYWORD_BYTES, WORD_BYTES_LIMIT};
use std::fmt;

/// What of a record a keyword speaks about. The field is public information of the PRF: a custodian that evaluates
/// blindly sees it, and authorises by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The day on which it happened.
    Day,
    /// A word of a text.
    Text,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 6] = [
        Self::Type,
        Self::Code,
        Self::Category,
        Self::Status,
        Self::Day,
        Self::Text,
    ];

    /// The canonical name, as it begins a keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Code => "code",
            Self::Category => "category",
            Self::Status => "status",
            Self::Day => "date/day",
            Self::Text => "text",
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
        }
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
    /// Not a day of the Gregorian calendar in the form YYYY-MM-DD.
    #[error("the day is not of the form YYYY-MM-DD, or there is no such day")]
    NoSuchDay,
    /// Not a single analysed word: see [`crate::analyse`].
    #[error("the text is not a single analysed word")]
    NotAWord,
}

impl Keyword {
    /// `code|system|code`. An empty `system` stands for a code without one. Case matters.
    pub fn code(system: &str, code: &str) -> Result<Self, KeywordError> {
        Self::coding(Field::Code, system, code)
    }

    /// `category|system|code`. An empty `system` stands for a code without one. Case matters.
    pub fn category(system: &str, code: &str) -> Result<Self, KeywordError> {
        Self::coding(Field::Category, system, code)
    }

    /// `status|value`: a FHIR status such as `final`.
    pub fn status(value: &str) -> Result<Self, KeywordError> {
        Self::name(Field::Status, value)
    }

    /// `type|value`: a FHIR resource type such as `Observation`.
    pub fn resource_type(value: &str) -> Result<Self, KeywordError> {
        Self::name(Field::Type, value)
    }

    /// `date/day|YYYY-MM-DD`: a day of the Gregorian calendar.
    pub fn day(value: &str) -> Result<Self, KeywordError> {
        if !is_day(value) {
            return Err(KeywordError::NoSuchDay);
        }
        Self::new(Field::Day, value)
    }

    /// `text|word`: one word as [`crate::analyse`] returns it.
    pub fn text(word: &str) -> Result<Self, KeywordError> {
        if word.is_empty() {
            return Err(KeywordError::Empty(Field::Text));
        }
        // Lower case of some letters has combining marks, which are not alphanumeric.
        let analysed = |c: char| !c.is_whitespace() && !c.is_control() && !c.is_ascii_punctuation() && is_lower(c);
        if !word.chars().all(analysed) || word.len() >= 2 * WORD_BYTES_LIMIT {
            return Err(KeywordError::NotAWord);
        }
        Self::new(Field::Text, word)
    }

    /// The field.
    pub fn field(&self) -> Field {
        self.field
    }

    /// The canonical bytes, field and value: 1 to [`MAX_KEYWORD_BYTES`].
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

fn is_lower(c: char) -> bool {
    c.to_lowercase().eq([c])
}

fn is_other_blank(c: char) -> bool {
    c.is_whitespace() && c != ' '
}

fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return false;
    }
    let number = |range: std::ops::Range<usize>| bytes[range].iter().fold(0, |sum, d| sum * 10 + u32::from(d - b'0'));
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}
