//! Operators, parentheses, and terms as they are written.

use super::{
    fault::{QueryFault, Refusal},
    letters::{Letter, Mark, string},
    ranges,
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
    if let Some(asked) = field(input)? {
        return field_term(asked, input);
    }
    let letters = words(input)?;
    let tree = match letters.as_slice() {
        [] => Err(Refusal::new(at, QueryFault::ExpectedTerm)),
        [all] if all.mark() == Some(Mark::Beginning) => terms::everything(all.at),
        words => match words
            .iter()
            .find(|letter| !letter.escaped && "<>".contains(letter.character))
        {
            Some(sign) => Err(Refusal::new(sign.at, QueryFault::UnboundValue)),
            None => terms::tree(Asked::Text, words, at),
        },
    };
    blank(input)?;
    tree
}

/// The field that stands before a `:`, if a name does.
fn field(input: &mut Input<'_>) -> Result<Option<Asked>, Refusal> {
    let (before, at) = (input.checkpoint(), input.current_token_start());
    let name = opt(take_while(1.., |c: char| c.is_alphabetic() || c == '_' || c == '-')).parse_next(input)?;
    if let (Some(name), Some(_)) = (name, opt(literal(":")).parse_next(input)?) {
        return Asked::named(name)
            .map(Some)
            .ok_or(Refusal::new(at, QueryFault::UnknownField));
    }
    input.reset(&before);
    Ok(None)
}

fn field_term(asked: Asked, input: &mut Input<'_>) -> Result<Tree, Refusal> {
    let at = input.current_token_start();
    let quoted_value = opt(literal("\"")).parse_next(input)?.is_some();
    let mut letters = if quoted_value { quoted(input, at)? } else { bare(input)? };
    if letters.is_empty() && !quoted_value {
        return Err(Refusal::new(at, QueryFault::ExpectedValue));
    }
    let tree = if asked == Asked::Code {
        // What follows the code of what is measured: `>140 mm[Hg]`.
        let sign = letters
            .iter()
            .position(|letter| !quoted_value && "<>=".contains(letter.character));
        let compared = sign.map(|sign| letters.split_off(sign)).unwrap_or_default();
        match comparison(compared, input)? {
            Some(range) => {
                let (system, code) = terms::coding(&letters, at)?;
                ranges::value((&system, &code), &range, range.first().map_or(at, |first| first.at))
            }
            None => terms::tree(asked, &letters, at),
        }
    } else {
        terms::tree(asked, &letters, at)
    };
    blank(input)?;
    tree
}

/// The comparison behind a code, with its number and unit: `>140 mm[Hg]`, `= 120..140 mm[Hg]`. `begun` is what of it stood
/// without a space behind the code.
fn comparison(mut begun: Vec<Letter>, input: &mut Input<'_>) -> Result<Option<Vec<Letter>>, Refusal> {
    let before = input.checkpoint();
    if begun.is_empty() {
        blank(input)?;
        if input.peek_token().is_none_or(|next| !"<>=".contains(next)) {
            input.reset(&before);
            return Ok(None);
        }
        begun = bare(input)?;
    }
    // A sign may have a space behind it.
    if begun.iter().all(|letter| "<>=".contains(letter.character)) {
        let behind = begun.last().map_or(0, |last| last.at + 1);
        blank(input)?;
        let number = opt(literal("\"")).parse_next(input)?;
        let number = match number {
            Some(_) => quoted(input, behind)?,
            None => bare(input)?,
        };
        if number.is_empty() {
            return Err(Refusal::new(behind, QueryFault::ExpectedValue));
        }
        begun.extend(number);
    }
    if !begun.iter().any(|letter| letter.character.is_whitespace()) {
        begun.extend(unit(input)?);
    }
    // `=` alone says nothing that the number does not say: `=120..140`.
    let equal = begun.first().is_some_and(|first| first.character == '=');
    Ok(Some(if equal { begun.split_off(1) } else { begun }))
}

/// Words in a row, without a field: up to an operator, a parenthesis, or a term with a field. What is quoted is one with
/// the others.
fn words(input: &mut Input<'_>) -> Result<Vec<Letter>, Refusal> {
    let mut words: Vec<Letter> = Vec::new();
    loop {
        let before = input.checkpoint();
        blank(input)?;
        let at = input.current_token_start();
        let word = match opt(literal("\"")).parse_next(input)? {
            Some(_) => quoted(input, at)?,
            None => {
                let here = input.checkpoint();
                let has_field = field(input).map_or(true, |field| field.is_some());
                input.reset(&here);
                if has_field && !words.is_empty() {
                    input.reset(&before);
                    return Ok(words);
                }
                bare(input)?
            }
        };
        let text = string(&word);
        let operator = ["AND", "OR", "NOT"]
            .iter()
            .any(|operator| operator.eq_ignore_ascii_case(&text));
        let was_quoted = word.first().is_some_and(|first| first.at > at);
        if (word.is_empty() && !was_quoted && input.current_token_start() == at) || (operator && !was_quoted) {
            input.reset(&before);
            return Ok(words);
        }
        if !words.is_empty() {
            words.push(Letter {
                character: ' ',
                at,
                escaped: false,
            });
        }
        words.extend(word);
    }
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
    let word = string(&letters);
    let operator = ["AND", "OR", "NOT"]
        .iter()
        .any(|operator| operator.eq_ignore_ascii_case(&word));
    if word.is_empty() || operator || word.contains(':') {
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
    terminated(Caseless(word), end).void()
}

/// A parenthesis, and the white space after it.
fn token<'text>(mark: &'static str) -> impl Parser<Input<'text>, (), Refusal> {
    terminated(literal(mark), blank).void()
}

fn blank(input: &mut Input<'_>) -> Result<(), Refusal> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

/// A word in upper or lower case.
struct Caseless(&'static str);

impl<'text> Parser<Input<'text>, &'text str, Refusal> for Caseless {
    fn parse_next(&mut self, input: &mut Input<'text>) -> Result<&'text str, Refusal> {
        let before = input.checkpoint();
        let word = take_while(1.., char::is_alphabetic).parse_next(input)?;
        if word.eq_ignore_ascii_case(self.0) {
            return Ok(word);
        }
        input.reset(&before);
        Err(Refusal::from_input(input))
    }
}
