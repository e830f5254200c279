//! Ranked queries: `any(fever, chills^2, code:icd10|R50*)`, and `at least 2 of (...)`. What finds more of the parts, each by its
//! weight, comes first: weighted coordinate matching.
//!
//! Each part is a query of its own, and is asked as one: whoever searches learns which records each of them finds.

use super::{ParsedQuery, QueryError, QueryFault, parse};
use crate::{Expression, ExpressionError, Keyword, limits::*};
use std::{cmp::Reverse, collections::BTreeMap};

/// A ranked query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedQuery {
    /// The keywords of all parts and of the condition, each once.
    pub terms: Vec<Keyword>,
    /// The parts.
    pub parts: Vec<RankedPart>,
    /// The number of parts that a record must be found by.
    pub at_least: usize,
}

/// A part of a ranked query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedPart {
    /// The keywords that it asks about, by their numbers among those of the query.
    pub terms: Vec<usize>,
    /// What is asked about them, the query's condition included; it fits [`Expression::verify`] for as many terms.
    pub expression: Expression,
    /// By how much it counts: 1 to [`MAX_WEIGHT`].
    pub weight: u32,
}

/// Something that parts of a ranked query found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored<K> {
    /// What was found.
    pub found: K,
    /// The sum of the weights of the parts that found it.
    pub score: u32,
}

/// The outer form of a ranked query: byte offsets into its text.
struct Form<'a> {
    at_least: Option<(usize, &'a str)>,
    parts: Vec<(usize, &'a str)>,
    condition: Option<(usize, &'a str)>,
}

/// Reads a ranked query; `None` when the text does not begin as one does.
///
/// ```
/// let ranked = aegle_sealed::query::parse_ranked("any(fever, chills^2) AND date:2024")?.unwrap();
/// assert_eq!(ranked.parts.iter().map(|part| part.weight).collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), aegle_sealed::query::QueryError>(())
/// ```
///
/// # Errors
/// With the column of the first fault.
pub fn parse_ranked(text: &str) -> Result<Option<RankedQuery>, QueryError> {
    let refused = |at: usize, fault| QueryError {
        column: text[..at].chars().count() + 1,
        fault,
    };
    let Some(form) = form(text).map_err(|(at, fault)| refused(at, fault))? else {
        return Ok(None);
    };
    if text.len() > MAX_QUERY_BYTES {
        return Err(refused(0, QueryFault::TooLong));
    }
    if form.parts.len() > MAX_RANKED_PARTS {
        return Err(refused(form.parts[MAX_RANKED_PARTS].0, QueryFault::TooManyParts));
    }
    let read = |(at, part): (usize, &str)| {
        let before = text[..at].chars().count();
        parse(part).map_err(|error| QueryError {
            column: error.column + before,
            ..error
        })
    };
    let condition = form.condition.map(read).transpose()?;
    let mut query = RankedQuery {
        terms: Vec::new(),
        parts: Vec::new(),
        at_least: 1,
    };
    for (at, part) in &form.parts {
        let (part, weight) = weighted(part).ok_or_else(|| refused(at + part.len(), QueryFault::NoWeight))?;
        let part = read((*at, part))?;
        query
            .add(part, condition.as_ref(), weight)
            .map_err(|error| refused(*at, QueryFault::Expression(error)))?;
    }
    if let Some((at, number)) = form.at_least {
        let number: Option<usize> = number.parse().ok();
        let number = number.filter(|number| (1..=query.parts.len()).contains(number));
        query.at_least = number.ok_or_else(|| refused(at, QueryFault::NoSuchNumber))?;
    }
    Ok(Some(query))
}

impl RankedQuery {
    fn add(&mut self, part: ParsedQuery, condition: Option<&ParsedQuery>, weight: u32) -> Result<(), ExpressionError> {
        let mut terms = Vec::new();
        let expression = self.numbered(&part, &mut terms);
        let expression = match condition {
            Some(condition) => Expression::And(vec![expression, self.numbered(condition, &mut terms)]),
            None => expression,
        };
        if self.terms.len() > MAX_QUERY_TERMS {
            return Err(ExpressionError::Terms {
                terms: self.terms.len(),
            });
        }
        let expression = expression.verify(terms.len())?.expression().clone();
        self.parts.push(RankedPart {
            terms,
            expression,
            weight,
        });
        Ok(())
    }

    /// A query over the numbers of the keywords in `terms`, which gets those that it does not have.
    fn numbered(&mut self, query: &ParsedQuery, terms: &mut Vec<usize>) -> Expression {
        let place = |all: &mut Vec<Keyword>, keyword: &Keyword| {
            let known = all.iter().position(|known| known == keyword);
            known.unwrap_or_else(|| {
                all.push(keyword.clone());
                all.len() - 1
            })
        };
        let mut numbers = Vec::with_capacity(query.terms.len());
        for keyword in &query.terms {
            let among_all = place(&mut self.terms, keyword);
            let known = terms.iter().position(|known| *known == among_all);
            numbers.push(known.unwrap_or(terms.len()));
            terms.extend(known.is_none().then_some(among_all));
        }
        renumbered(&query.expression, &numbers)
    }

    /// Ranks what the parts found, each part's in one list: the highest scores first, and what has the same in its order.
    /// What fewer parts found than are asked for is left out.
    pub fn rank<K: Ord + Copy>(&self, found: &[Vec<K>]) -> Vec<Scored<K>> {
        let mut scores: BTreeMap<K, (u32, usize)> = BTreeMap::new();
        for (part, found) in self.parts.iter().zip(found) {
            for key in found {
                let (score, parts) = scores.entry(*key).or_default();
                (*score, *parts) = (*score + part.weight, *parts + 1);
            }
        }
        let enough = scores.into_iter().filter(|(_, (_, parts))| *parts >= self.at_least);
        let mut ranked: Vec<Scored<K>> = enough.map(|(found, (score, _))| Scored { found, score }).collect();
        ranked.sort_by_key(|scored| Reverse(scored.score));
        ranked
    }
}

fn renumbered(expression: &Expression, numbers: &[usize]) -> Expression {
    let all = |parts: &[Expression]| parts.iter().map(|part| renumbered(part, numbers)).collect();
    match expression {
        // A parsed query names no other term.
        Expression::Term(term) => Expression::Term(numbers.get(*term).copied().unwrap_or(usize::MAX)),
        Expression::And(parts) => Expression::And(all(parts)),
        Expression::Or(parts) => Expression::Or(all(parts)),
        Expression::Not(part) => Expression::Not(Box::new(renumbered(part, numbers))),
    }
}

/// A part without its weight, and the weight: 1 where none is written. `None` when what is written is none.
fn weighted(part: &str) -> Option<(&str, u32)> {
    let mut last = None;
    each_outside_quotes(part, |at, character| {
        if character == '^' {
            last = Some(at);
        }
        true
    });
    let Some(at) = last else { return Some((part, 1)) };
    let weight: u32 = part[at + 1..].trim().parse().ok()?;
    (1..=MAX_WEIGHT).contains(&weight).then_some((&part[..at], weight))
}

/// Calls `each` with every character that is not between quotation marks, until it returns `false`. Returns whether a
/// quotation mark is open at the end.
fn each_outside_quotes(text: &str, mut each: impl FnMut(usize, char) -> bool) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted && !each(at, character) => return false,
            _ => {}
        }
    }
    quoted
}

/// Cuts a text at the commas and the parenthesis of its outer form.
fn form(text: &str) -> Result<Option<Form<'_>>, (usize, QueryFault)> {
    let Some((begin, at_least)) = opening(text) else {
        return Ok(None);
    };
    let (mut depth, mut cuts, mut end) = (0_usize, vec![begin], None);
    let open_quotation = each_outside_quotes(&text[begin..], |at, character| {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => end = Some(begin + at),
            ')' => depth -= 1,
            ',' if depth == 0 => cuts.push(begin + at + 1),
            _ => {}
        }
        end.is_none()
    });
    let end = end.ok_or(match open_quotation {
        true => (begin, QueryFault::OpenQuotation),
        false => (begin - 1, QueryFault::OpenParenthesis),
    })?;
    let ends = cuts[1..].iter().map(|cut| cut - 1).chain([end]);
    let parts = cuts
        .iter()
        .zip(ends)
        .map(|(from, to)| (*from, &text[*from..to]))
        .collect();
    let rest = &text[end + 1..];
    let trimmed = rest.trim_start();
    let at = end + 1 + (rest.len() - trimmed.len());
    let condition = match trimmed {
        "" => None,
        condition if is_word(condition, "and") => Some((at + 3, &condition[3..])),
        condition if is_word(condition, "not") => Some((at, condition)),
        _ => return Err((at, QueryFault::ExpectedOperator)),
    };
    Ok(Some(Form {
        at_least,
        parts,
        condition,
    }))
}

/// Whether a text begins with a word, in any case.
fn is_word(text: &str, word: &str) -> bool {
    let begins = text
        .get(..word.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    begins && text[word.len()..].starts_with(|c: char| c.is_whitespace() || c == '(')
}

/// Where the parts begin, behind `any(` or `at least N of (`, and that number.
fn opening(text: &str) -> Option<(usize, Option<(usize, &str)>)> {
    let at = |rest: &str| text.len() - rest.len();
    let word = |rest: &'_ str, word: &str| -> Option<usize> {
        let rest = rest.trim_start();
        let begins = rest.get(..word.len())?.eq_ignore_ascii_case(word);
        begins.then(|| at(rest) + word.len())
    };
    let parenthesis = |from: usize| {
        let rest = text[from..].trim_start();
        rest.starts_with('(').then(|| at(rest) + 1)
    };
    if let Some(begin) = word(text, "any").and_then(parenthesis) {
        return Some((begin, None));
    }
    let rest = &text[word(text, "at")?..];
    let rest = text[word(rest.strip_prefix(char::is_whitespace)?, "least")?..].trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = (digits > 0).then(|| (at(rest), &rest[..digits]))?;
    let begin = parenthesis(word(&rest[digits..], "of")?)?;
    Some((begin, Some(number)))
}
