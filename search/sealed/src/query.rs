//! The query language of the command line: `code:"http://loinc.org|8480-6" AND text:chest NOT status:cancelled`.
//!
//! - A term is `field:value`; fields are `type`, `code`, `category`, `status`, `day` and `text`. A value with white
//!   space, parentheses or quotation marks goes between `"` and `"`, inside which `\"` and `\\` stand for themselves.
//! - `code` and `category` take `system|code`, or `|code` for a coding without a system.
//! - `text` is analysed as the records were; several words mean all of them.
//! - `NOT` binds closest, then `AND`, then `OR`; parentheses group. `a NOT b` means `a AND NOT b`.

use crate::{Expression, ExpressionError, Field, Keyword, KeywordError, analyse, limits::*};
use std::fmt;
use winnow::{
    LocatingSlice, Parser,
    combinator::{alt, opt, preceded, repeat, terminated},
    error::ParserError,
    stream::{Location, Stream},
    token::{literal, none_of, one_of, take_while},
};

/// A query: an expression over numbers into `terms`, each keyword once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedQuery {
    /// The keywords.
    pub terms: Vec<Keyword>,
    /// What is asked about them; it fits [`Expression::verify`] for as many terms.
    pub expression: Expression,
}

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
    /// A field without `:` and a value.
    ExpectedValue,
    /// A field that there is not.
    UnknownField,
    /// A quotation mark that is not closed.
    OpenQuotation,
    /// A backslash before something other than `"` or `\`.
    UnknownEscape,
    /// A parenthesis that is not closed.
    OpenParenthesis,
    /// A closing parenthesis without an opening one.
    LooseParenthesis,
    /// A coding without `|`.
    NoSystem,
    /// A text of nothing but stop words and punctuation.
    NoWords,
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
            Self::ExpectedTerm => f.write_str("expected a term such as status:final, NOT, or '('"),
            Self::ExpectedOperator => f.write_str("expected AND, OR or NOT between two terms"),
            Self::ExpectedValue => f.write_str("expected ':' and a value, in quotation marks if it has white space"),
            Self::UnknownField => {
                f.write_str("unknown field; the fields are type, code, category, status, day and text")
            }
            Self::OpenQuotation => f.write_str("the quotation mark is not closed"),
            Self::UnknownEscape => f.write_str("a backslash may stand before '\"' and '\\' alone"),
            Self::OpenParenthesis => f.write_str("the parenthesis is not closed"),
            Self::LooseParenthesis => f.write_str("this parenthesis closes nothing"),
            Self::NoSystem => f.write_str("expected system|code, or |code for a code without a system"),
            Self::NoWords => f.write_str("the text has no word that can be searched, only stop words or punctuation"),
            Self::Keyword(error) => error.fmt(f),
            Self::Expression(error) => error.fmt(f),
        }
    }
}

/// Reads a query.
///
/// ```
/// let query = aegle_sealed::query::parse("type:Observation AND text:\"chest pains\"")?;
/// let terms: Vec<String> = query.terms.iter().map(ToString::to_string).collect();
/// assert_eq!(terms, ["type|Observation", "text|chest", "text|pain"]);
/// # Ok::<(), aegle_sealed::query::QueryError>(())
/// ```
///
/// # Errors
/// With the column of the first fault.
pub fn parse(text: &str) -> Result<ParsedQuery, QueryError> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(QueryError {
            column: 1,
            fault: QueryFault::TooLong,
        });
    }
    let mut input = LocatingSlice::new(text);
    let tree = whole(&mut input).map_err(|refusal| QueryError {
        column: text[..refusal.offset].chars().count() + 1,
        fault: refusal.fault.unwrap_or(QueryFault::ExpectedTerm),
    })?;
    let mut terms = Vec::new();
    let expression = tree.number(&mut terms);
    match expression.clone().verify(terms.len()) {
        Ok(_) => Ok(ParsedQuery { terms, expression }),
        Err(error) => Err(QueryError {
            column: 1,
            fault: QueryFault::Expression(error),
        }),
    }
}

type Input<'text> = LocatingSlice<&'text str>;

/// An expression whose terms are not numbered yet.
enum Tree {
    Term(Keyword),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

impl Tree {
    fn number(self, terms: &mut Vec<Keyword>) -> Expression {
        match self {
            Self::Term(keyword) => {
                let known = terms.iter().position(|term| *term == keyword);
                Expression::Term(known.unwrap_or_else(|| {
                    terms.push(keyword);
                    terms.len() - 1
                }))
            }
            Self::And(parts) => Expression::And(parts.into_iter().map(|part| part.number(terms)).collect()),
            Self::Or(parts) => Expression::Or(parts.into_iter().map(|part| part.number(terms)).collect()),
            Self::Not(part) => Expression::Not(Box::new(part.number(terms))),
        }
    }

    /// One part stands for itself.
    fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { join(parts) }
    }
}

/// A refusal at a byte offset. Without a fault another alternative may be tried.
#[derive(Debug)]
struct Refusal {
    offset: usize,
    fault: Option<QueryFault>,
}

impl Refusal {
    fn new(offset: usize, fault: QueryFault) -> Self {
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

fn whole(input: &mut Input<'_>) -> Result<Tree, Refusal> {
    let tree = disjunction(input, MAX_EXPRESSION_DEPTH)?;
    let at = input.current_token_start();
    match input.peek_token() {
        None => Ok(tree),
        Some(')') => Err(Refusal::new(at, QueryFault::LooseParenthesis)),
        Some(_) => Err(Refusal::new(at, QueryFault::ExpectedOperator)),
    }
}

fn disjunction(input: &mut Input<'_>, depth: usize) -> Result<Tree, Refusal> {
    let mut parts = vec![conjunction(input, depth)?];
    while opt(operator("OR")).parse_next(input)?.is_some() {
        parts.push(conjunction(input, depth)?);
    }
    Ok(Tree::joined(parts, Tree::Or))
}

fn conjunction(input: &mut Input<'_>, depth: usize) -> Result<Tree, Refusal> {
    let mut parts = vec![negation(input, depth)?];
    loop {
        let before = input.checkpoint();
        if opt(operator("AND")).parse_next(input)?.is_none() {
            if opt(operator("NOT")).parse_next(input)?.is_none() {
                return Ok(Tree::joined(parts, Tree::And));
            }
            input.reset(&before);
        }
        parts.push(negation(input, depth)?);
    }
}

fn negation(input: &mut Input<'_>, depth: usize) -> Result<Tree, Refusal> {
    blank(input)?;
    let at = input.current_token_start();
    let deeper = depth.checked_sub(1).ok_or(Refusal::new(at, QueryFault::TooDeep))?;
    if opt(operator("NOT")).parse_next(input)?.is_some() {
        return Ok(Tree::Not(Box::new(negation(input, deeper)?)));
    }
    if opt(token("(")).parse_next(input)?.is_none() {
        return term(input);
    }
    let inner = disjunction(input, deeper)?;
    if opt(token(")")).parse_next(input)?.is_some() {
        return Ok(inner);
    }
    match input.peek_token() {
        None => Err(Refusal::new(at, QueryFault::OpenParenthesis)),
        Some(_) => Err(Refusal::new(input.current_token_start(), QueryFault::ExpectedOperator)),
    }
}

fn term(input: &mut Input<'_>) -> Result<Tree, Refusal> {
    let at = input.current_token_start();
    let name = opt(take_while(1.., |c: char| c.is_alphanumeric() || c == '_' || c == '-')).parse_next(input)?;
    let name = name
        .filter(|name| !["AND", "OR"].contains(name))
        .ok_or(Refusal::new(at, QueryFault::ExpectedTerm))?;
    if opt(literal(":")).parse_next(input)?.is_none() {
        return Err(Refusal::new(input.current_token_start(), QueryFault::ExpectedValue));
    }
    let field = field_of(name).ok_or(Refusal::new(at, QueryFault::UnknownField))?;
    let value_at = input.current_token_start();
    let value = value(input)?;
    blank(input)?;
    keywords(field, &value).map_err(|fault| Refusal::new(value_at, fault))
}

fn field_of(name: &str) -> Option<Field> {
    Some(match name {
        "type" => Field::Type,
        "code" => Field::Code,
        "category" => Field::Category,
        "status" => Field::Status,
        "day" => Field::Day,
        "text" => Field::Text,
        _ => return None,
    })
}

fn keywords(field: Field, value: &str) -> Result<Tree, QueryFault> {
    let coding = |keyword: fn(&str, &str) -> Result<Keyword, KeywordError>| match value.split_once('|') {
        None => Err(QueryFault::NoSystem),
        Some((system, code)) => keyword(system, code).map(Tree::Term).map_err(QueryFault::Keyword),
    };
    let single = |keyword: Result<Keyword, KeywordError>| keyword.map(Tree::Term).map_err(QueryFault::Keyword);
    match field {
        Field::Type => single(Keyword::resource_type(value)),
        Field::Code => coding(Keyword::code),
        Field::Category => coding(Keyword::category),
        Field::Status => single(Keyword::status(value)),
        Field::Day => single(Keyword::day(value)),
        Field::Text => words(value),
    }
}

fn words(text: &str) -> Result<Tree, QueryFault> {
    let words = analyse(text)
        .iter()
        .map(|word| Keyword::text(word).map(Tree::Term))
        .collect::<Result<Vec<_>, _>>();
    match words.map_err(QueryFault::Keyword)? {
        words if words.is_empty() => Err(QueryFault::NoWords),
        words => Ok(Tree::joined(words, Tree::And)),
    }
}

fn value(input: &mut Input<'_>) -> Result<String, Refusal> {
    let at = input.current_token_start();
    if opt(literal("\"")).parse_next(input)?.is_none() {
        let bare = take_while(1.., |c: char| !c.is_whitespace() && !"()\"".contains(c)).map(str::to_owned);
        return opt(bare)
            .parse_next(input)?
            .ok_or(Refusal::new(at, QueryFault::ExpectedValue));
    }
    let character = alt((none_of(['"', '\\']), preceded(literal("\\"), one_of(['"', '\\']))));
    let mut text = repeat(0.., character).fold(String::new, |mut text, character| {
        text.push(character);
        text
    });
    let text = text.parse_next(input)?;
    match input.next_token() {
        Some('"') => Ok(text),
        Some(_) => Err(Refusal::new(input.previous_token_end() - 1, QueryFault::UnknownEscape)),
        None => Err(Refusal::new(at, QueryFault::OpenQuotation)),
    }
}

/// An operator: a whole word, and the white space after it.
fn operator<'text>(word: &'static str) -> impl Parser<Input<'text>, (), Refusal> {
    let end = |input: &mut Input<'text>| match input.peek_token() {
        Some(c) if !c.is_whitespace() && c != '(' => Err(Refusal::from_input(input)),
        _ => blank(input),
    };
    terminated(literal(word), end).void()
}

/// A parenthesis, and the white space after it.
fn token<'text>(mark: &'static str) -> impl Parser<Input<'text>, (), Refusal> {
    terminated(literal(mark), blank).void()
}

fn blank(input: &mut Input<'_>) -> Result<(), Refusal> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}
