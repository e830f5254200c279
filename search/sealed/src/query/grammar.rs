//! Operators, parentheses, and terms as they are written.

use super::{
    fault::{QueryFault, Refusal},
    letters::Letter,
    terms::{self, Asked},
    tree::Tree,
};
use crate::limits::MAX_EXPRESSION_DEPTH;
use winnow::{
    LocatingSlice, Parser,
    combinator::{opt, terminated},
    error::ParserError,
    stream::{Location, Stream},
    token::{literal, take_while},
};

pub(super) type Input<'text> = LocatingSlice<&'text str>;

pub(super) fn whole(input: &mut Input<'_>) -> Result<Tree, Refusal> {
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
    let asked = Asked::named(name).ok_or(Refusal::new(at, QueryFault::UnknownField))?;
    let value_at = input.current_token_start();
    let letters = match opt(literal("\"")).parse_next(input)? {
        Some(_) => quoted(input, value_at)?,
        None => {
            let mut letters = bare(input)?;
            if letters.is_empty() {
                return Err(Refusal::new(value_at, QueryFault::ExpectedValue));
            }
            if asked == Asked::Value {
                letters.extend(unit(input)?);
            }
            letters
        }
    };
    blank(input)?;
    terms::tree(asked, &letters, value_at)
}

/// What stands up to the next white space, parenthesis or quotation mark.
fn bare(input: &mut Input<'_>) -> Result<Vec<Letter>, Refusal> {
    let start = input.current_token_start();
    let text = take_while(0.., |c: char| !c.is_whitespace() && !"()\"".contains(c)).parse_next(input)?;
    let letter = |(at, character)| Letter {
        character,
        at: start + at,
        escaped: false,
    };
    Ok(text.char_indices().map(letter).collect())
}

/// A unit behind a bare number, with a space before it: the next word, if it is neither an operator nor a term.
fn unit(input: &mut Input<'_>) -> Result<Vec<Letter>, Refusal> {
    let before = input.checkpoint();
    let at = input.current_token_start();
    blank(input)?;
    let letters = bare(input)?;
    let word = super::letters::string(&letters);
    if word.is_empty() || ["AND", "OR", "NOT"].contains(&word.as_str()) || word.contains(':') {
        input.reset(&before);
        return Ok(Vec::new());
    }
    let space = Letter {
        character: ' ',
        at,
        escaped: false,
    };
    Ok([vec![space], letters].concat())
}

/// What stands up to the closing quotation mark; the opening one at `start` is read already.
fn quoted(input: &mut Input<'_>, start: usize) -> Result<Vec<Letter>, Refusal> {
    let mut letters = Vec::new();
    loop {
        let at = input.current_token_start();
        let (character, escaped) = match input.next_token() {
            None => return Err(Refusal::new(start, QueryFault::OpenQuotation)),
            Some('"') => return Ok(letters),
            Some('\\') => match input.next_token() {
                Some(character @ ('"' | '\\' | '*' | '~')) => (character, true),
                _ => return Err(Refusal::new(at, QueryFault::UnknownEscape)),
            },
            Some(character) => (character, false),
        };
        letters.push(Letter { character, at, escaped });
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
