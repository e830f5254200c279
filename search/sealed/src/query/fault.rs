//! What can be wrong with a query, and where.

use super::grammar::Input;
use crate::{ExpressionError, KeywordError, limits::*};
use std::fmt;
use winnow::{error::ParserError, stream::Location};

/// Why a query is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {fault}")]
pub struct QueryError {
    /// The character at which the fault is, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub fault: QueryFault,
}

/// What can be wrong with a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryFault {
    /// More than [`MAX_QUERY_BYTES`].
    TooLong,
    /// Nested deeper than [`MAX_EXPRESSION_DEPTH`].
    TooDeep,
    /// Neither a term, nor NOT, nor an opening parenthesis.
    ExpectedTerm,
    /// Two terms without an operator between them.
    ExpectedOperator,
    /// A field without `:` and a value, or a comparison without a bound.
    ExpectedValue,
    /// A field that there is not.
    UnknownField,
    /// A quotation mark that is not closed.
    OpenQuotation,
    /// A backslash before something other than `"`, `\`, `*` or `~`.
    UnknownEscape,
    /// A parenthesis that is not closed.
    OpenParenthesis,
    /// A closing parenthesis without an opening one.
    LooseParenthesis,
    /// A coding without `|`.
    NoSystem {
        /// The name of the system whose codes look so, as a guess.
        likely: Option<&'static str>,
    },
    /// A text of nothing but punctuation.
    NoWords,
    /// A word that is too common to find anything by itself.
    CommonWord,
    /// A word of more than [`MAX_WORD_CHARS`].
    LongWord,
    /// A single character of kana or of a South-East Asian script.
    ShortRun,
    /// `*` or `~` behind a script that is found by any two characters.
    NoMark,
    /// `=` before what is not a single word with accents.
    NoAccent,
    /// A value without what it is of.
    UnboundValue,
    /// A value without a unit.
    NoUnit,
    /// A `*` or `~` at the end of a value that cannot be asked for in that way.
    UnsupportedMark,
    /// A `*` or `~` that is not the last character of its word.
    MisplacedMark,
    /// What stands before `*` or `~` is too short or too long.
    Needle {
        /// How many characters it has.
        characters: usize,
        /// The fewest that it may have.
        fewest: usize,
        /// The most that it may have.
        most: usize,
    },
    /// The beginning of a code of a system whose codes have no hierarchy.
    NoHierarchy,
    /// A range without a beginning and without an end.
    NoBound,
    /// A range that ends before it begins.
    EmptyRange,
    /// Neither a year, nor a month, nor a day of the calendar.
    NoSuchDate,
    /// A date before [`FIRST_SPAN_YEAR`] or after [`LAST_SPAN_YEAR`].
    DateOutOfRange,
    /// A bound with more than [`NUMBER_DIGITS`] significant digits.
    TooPrecise,
    /// A bound of a magnitude of 10^14 or more.
    NumberOutOfRange,
    /// More parts than [`MAX_RANKED_PARTS`].
    TooManyParts,
    /// A weight that is none.
    NoWeight,
    /// `at least` more parts than there are, or none.
    NoSuchNumber,
    /// No keyword.
    Keyword(KeywordError),
    /// Beyond a limit of expressions.
    Expression(ExpressionError),
}

impl fmt::Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the query is longer than {MAX_QUERY_BYTES} bytes"),
            Self::TooDeep => write!(f, "the query is nested deeper than {MAX_EXPRESSION_DEPTH}"),
            Self::ExpectedTerm => f.write_str("expected a word, a term such as status:final, NOT, or '('"),
            Self::ExpectedOperator => f.write_str("expected AND, OR or NOT between two terms; a value with a space in it goes between quotation marks"),
            Self::ExpectedValue => f.write_str("expected ':' and a value, in quotation marks if it has white space"),
            Self::UnknownField => f.write_str(
                "unknown field; the fields are type, code, category, status, day, date and text; a text with ':' goes between quotation marks",
            ),
            Self::OpenQuotation => f.write_str("the quotation mark is not closed"),
            Self::UnknownEscape => f.write_str("a backslash may stand before '\"', '\\', '*' and '~' alone"),
            Self::OpenParenthesis => f.write_str("the parenthesis is not closed"),
            Self::LooseParenthesis => f.write_str("this parenthesis closes nothing"),
            Self::NoSystem { likely: Some(system) } => {
                write!(f, "which system? write {system}| before the code, or |code for a code without a system")
            }
            Self::NoSystem { likely: None } => f.write_str(
                "which system? write it before the code: http://loinc.org|8480-6 or loinc|8480-6, or |code for a code without a system",
            ),
            Self::NoWords => f.write_str("the text has no word that can be searched, only punctuation"),
            Self::CommonWord => f.write_str(
                "the word is too common to be searched for by itself; write it with the word before or after it: \"no fever\"",
            ),
            Self::LongWord => write!(f, "a word has more than {MAX_WORD_CHARS} characters, more than words are indexed with; write a part of it"),
            Self::ShortRun => f.write_str("write at least two characters of this script"),
            Self::NoMark => f.write_str("words of this script are found by any two of their characters; leave '*' and '~' out"),
            Self::NoAccent => f.write_str("'=' is for one word with its accents, as =péché; leave it out"),
            Self::UnboundValue => f.write_str(
                "a value is searched together with what it is of: code:\"http://loinc.org|8480-6\">140 mm[Hg]",
            ),
            Self::NoUnit => f.write_str("write the unit behind the number, as 140 mm[Hg]; 1 is for numbers without a unit"),
            Self::UnsupportedMark => f.write_str(
                "'*' is for beginnings in code and text, '~' for one edit in text; as a character it is \"\\*\" or \"\\~\"",
            ),
            Self::MisplacedMark => f.write_str("'*' and '~' stand at the end of a word; as characters, \"\\*\" and \"\\~\""),
            Self::Needle {
                characters,
                fewest,
                most,
            } => write!(
                f,
                "{characters} characters before '*' or '~' are not enough or too many to search for; {fewest} to {most} are possible"
            ),
            Self::NoHierarchy => f.write_str("the codes of this system have no hierarchy, so their beginnings are not indexed"),
            Self::NoBound => f.write_str("the range has neither a beginning nor an end"),
            Self::EmptyRange => f.write_str("the range ends before it begins"),
            Self::NoSuchDate => f.write_str("expected a year, month or day of the calendar: YYYY, YYYY-MM or YYYY-MM-DD"),
            Self::DateOutOfRange => {
                write!(f, "ranges of dates can begin and end in the years {FIRST_SPAN_YEAR} to {LAST_SPAN_YEAR}")
            }
            Self::TooPrecise => write!(f, "numbers are searched to {NUMBER_DIGITS} significant digits; this one has more"),
            Self::NumberOutOfRange => f.write_str("numbers are searched up to a magnitude of 10^14, units converted"),
            Self::TooManyParts => write!(f, "more than {MAX_RANKED_PARTS} parts are ranked"),
            Self::NoWeight => write!(f, "a weight is a whole number from 1 to {MAX_WEIGHT} behind '^'"),
            Self::NoSuchNumber => f.write_str("'at least' takes a number from 1 to the number of parts"),
            Self::Keyword(error) => error.fmt(f),
            Self::Expression(error) => error.fmt(f),
        }
    }
}

/// A refusal at a byte offset. Without a fault another alternative may be tried.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) offset: usize,
    pub(super) fault: Option<QueryFault>,
}

impl Refusal {
    pub(super) fn new(offset: usize, fault: QueryFault) -> Self {
        Self {
            offset,
            fault: Some(fault),
        }
    }
}

impl<'text> ParserError<Input<'text>> for Refusal {
    type Inner = Self;

    fn from_input(input: &Input<'text>) -> Self {
        Self {
            offset: input.current_token_start(),
            fault: None,
        }
    }

    fn is_backtrack(&self) -> bool {
        self.fault.is_none()
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}
