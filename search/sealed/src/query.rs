//! The query language: `fever AND code:loinc|8480-6 >140 mmHg AND date:2024`.
//!
//! - Words are searched in the texts of records: `chest pain` finds records that have both. So does `text:"chest pain"`.
//!   A term about something else is `field:value`; fields are `type`, `code`, `category`, `status`, `day`, `date` and
//!   `text`, in upper or lower case, and so are resource types. A value with white space, parentheses or quotation marks
//!   goes between `"` and `"`, inside which `\"`, `\\`, `\*` and `\~` stand for the character alone.
//! - `*` alone finds everything: `* NOT status:cancelled`.
//! - `code` and `category` take `system|code`, or `|code` for a coding without a system. `loinc`, `snomed`, `rxnorm`,
//!   `icd10`, `icd10cm`, `atc`, `cvx` and `ndc` stand for the systems of that name.
//! - `code:system|I20*` finds the codes that begin so, `code:I20*` those of any system, if the system's codes have a
//!   hierarchy at all: not those of LOINC, SNOMED CT, RxNorm and HL7. 3 to 8 characters.
//! - A value is searched together with what it is of: `code:"http://loinc.org|8480-6">140 mm[Hg]` finds records that
//!   measured a systolic pressure above 140, and not those where something else is. `>`, `>=`, `<`, `<=`, `=140`,
//!   `=120..140`, `=120..<140`, `=120..` and `=..140` may have spaces around them. This is FHIR's `combo-code-value-quantity`:
//!   a resource's own value belongs to its own code, a component's to the component's, a dose to the drug. A code that
//!   has `<`, `>` or `=` itself goes between quotation marks.
//! - The unit is UCUM's, or one that people write (`mmHg`, `bpm`, `mcg`); `1` is for numbers without a unit. Units of one
//!   dimension that vital signs and laboratories use are converted into each other; all others are compared as they are
//!   written. Numbers are kept to five significant digits, in the unit's canonical form, values and bounds alike: a range
//!   finds exactly the values that lie in it *after* that rounding. A bound with more digits is refused. Magnitudes from
//!   10^-9, below which they count as 0, to 10^14, above which only open ranges find them. A result that is a bound
//!   itself, as "below 0.01", is found by every range that it may lie in.
//! - `date` takes a year, month or day, `2024-03`; `from..to` with both in it, `from..<to` without the last; `from..`,
//!   `..to`; and `>`, `>=`, `<`, `<=`, where `>2024` begins with 2025. What happened at a time that is known to the month
//!   or year happened in that month or year, and what lasted happened on all days from its first to its last: a record is
//!   found when a time that it names and the range have a day in common. A period without an end lasts. Years 1612 to
//!   2327; a day outside is found by open ranges, and exactly by `day`, which is for a day that the record names.
//! - Words are found by their stem, in whatever case, with or without accents; `=péché` is for the accents. Words that are
//!   too common, and single letters, are found next to their neighbour: `hepatitis a`, `no fever`. Scripts without spaces
//!   are found by every two characters in a row. `chest*` finds words that begin so, before stemming; 3 to 10 characters.
//!   `dyspnoea~` finds words, before stemming, at Levenshtein distance 0 or 1 exactly: a letter replaced, more or less. Two
//!   letters that changed places are two edits and not found; 4 to 16 characters. No word is left out of a query: what
//!   cannot be searched for is refused.
//! - `NOT` binds closest, then `AND`, then `OR`, in upper or lower case; parentheses group. `a NOT b` means `a AND NOT b`.
//!   To search for these words, write them between quotation marks.
//!
//! - `any(fever, chills^2, code:icd10|R50*)` ranks: what finds more of the parts, each by its weight behind `^`, comes first.
//!   `at least 2 of (...)` leaves out what fewer parts find. A condition may follow: `any(...) AND date:2024`. It is a query
//!   of its own, not a part of one: see [`parse_ranked`].
//!
//! Terms speak about the record as a whole: `code:a|b AND text:c` finds a record with such a code and such a word, which
//! may have nothing to do with each other.
//!
//! What is not equality is found only if its custodian indexes it: see [`crate::Indexing`].

mod fault;
mod grammar;
mod letters;
mod names;
mod ranges;
mod ranked;
mod terms;
mod texts;
mod tree;

pub use fault::{QueryError, QueryFault};
pub use ranked::{RankedPart, RankedQuery, Scored, parse_ranked};

use crate::{Expression, ExpressionError, Keyword, limits::*};
use fault::Refusal;
use winnow::LocatingSlice;

/// A query: an expression over numbers into `terms`, each keyword once. A range, a beginning or a fuzzy word stands
/// there as the OR of its keywords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedQuery {
    /// The keywords.
    pub terms: Vec<Keyword>,
    /// What is asked about them; it fits [`Expression::verify`] for as many terms.
    pub expression: Expression,
}

/// A query whose answer is to be counted by keywords, for example by codes: the records of group `g` are those that the
/// expression finds and that have term `groups[g]`. A record may be in several groups, or in none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupedQuery {
    /// The keywords of the query, then those of the groups that are not among them.
    pub terms: Vec<Keyword>,
    /// What is asked about them; it fits [`Expression::verify`] for as many terms.
    pub expression: Expression,
    /// For each group the number of its keyword in `terms`.
    pub groups: Vec<usize>,
}

impl GroupedQuery {
    /// Wraps a query whose answer is counted as a whole.
    pub fn whole(query: ParsedQuery) -> Self {
        let ParsedQuery { terms, expression } = query;
        Self {
            terms,
            expression,
            groups: Vec::new(),
        }
    }
}

/// Why a query cannot be grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// No group, or more than [`MAX_GROUPS`].
    #[error("{0} groups; 1 to {MAX_GROUPS} are possible")]
    Groups(usize),
    /// Query and groups have too many keywords together.
    #[error(transparent)]
    Terms(ExpressionError),
}

impl ParsedQuery {
    /// Returns the query with `keywords`, by each of which its answer is to be counted.
    ///
    /// # Errors
    /// When there are no or too many groups, or more than [`MAX_QUERY_TERMS`] keywords with those of the query.
    pub fn group_by(self, keywords: &[Keyword]) -> Result<GroupedQuery, GroupError> {
        if !(1..=MAX_GROUPS).contains(&keywords.len()) {
            return Err(GroupError::Groups(keywords.len()));
        }
        let Self { mut terms, expression } = self;
        let mut groups = Vec::with_capacity(keywords.len());
        for keyword in keywords {
            let known = terms.iter().position(|term| term == keyword);
            groups.push(known.unwrap_or(terms.len()));
            terms.extend(known.is_none().then(|| keyword.clone()));
        }
        if terms.len() > MAX_QUERY_TERMS {
            return Err(GroupError::Terms(ExpressionError::Terms { terms: terms.len() }));
        }
        Ok(GroupedQuery {
            terms,
            expression,
            groups,
        })
    }
}

/// Reads a query.
///
/// ```
/// let query = aegle_sealed::query::parse("type:Observation AND text:\"chest pains\"")?;
/// let terms: Vec<String> = query.terms.iter().map(ToString::to_string).collect();
/// assert_eq!(terms, ["type|Observation", "text|chest", "text|pain"]);
///
/// let range = aegle_sealed::query::parse("date:2024-03-06..2024-03-10")?;
/// let terms: Vec<String> = range.terms.iter().map(ToString::to_string).collect();
/// assert_eq!(terms[..3], ["date/span|2024-03-06/4", "date/day|2024-03-10", "date/span|2024-03-10/1"]);
/// assert!(terms[3..].iter().all(|around| around.starts_with("date/span|all:")), "what lasted longer");
/// # Ok::<(), aegle_sealed::query::QueryError>(())
/// ```
///
/// # Errors
/// With the column of the first fault.
pub fn parse(text: &str) -> Result<ParsedQuery, QueryError> {
    let refused = |refusal: Refusal| QueryError {
        column: text[..refusal.offset].chars().count() + 1,
        fault: refusal.fault.unwrap_or(QueryFault::ExpectedTerm),
    };
    if text.len() > MAX_QUERY_BYTES {
        return Err(refused(Refusal::new(0, QueryFault::TooLong)));
    }
    let tree = grammar::whole(&mut LocatingSlice::new(text)).map_err(refused)?;
    let (terms, expression) = tree.numbered().map_err(refused)?;
    debug_assert!(expression.clone().verify(terms.len()).is_ok());
    Ok(ParsedQuery { terms, expression })
}
