//! From a field and its value to keywords.

use super::{
    fault::{QueryFault, Refusal},
    letters::{Letter, Mark, marked, string},
    names, ranges, texts,
    tree::Tree,
};
use crate::{Keyword, KeywordError, indexing::has_hierarchy, limits::*};

/// What a term asks about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Type,
    Code,
    Category,
    Status,
    Day,
    Date,
    Value,
    Text,
}

/// The fields by name.
const FIELDS: [(&str, Asked); 8] = [
    ("type", Asked::Type),
    ("code", Asked::Code),
    ("category", Asked::Category),
    ("status", Asked::Status),
    ("day", Asked::Day),
    ("date", Asked::Date),
    ("value", Asked::Value),
    ("text", Asked::Text),
];

impl Asked {
    pub(super) fn named(name: &str) -> Option<Self> {
        let field = FIELDS.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        field.map(|(_, asked)| *asked)
    }
}

/// The term whose value stands at a byte offset.
pub(super) fn tree(asked: Asked, letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let single = |keyword: Result<Keyword, KeywordError>| {
        let keyword = keyword.map_err(|error| Refusal::new(at, QueryFault::Keyword(error)))?;
        Ok(Tree::Term(keyword, at))
    };
    match asked {
        Asked::Type => single(Keyword::resource_type(names::resource_type(&unmarked(letters)?))),
        Asked::Status => single(Keyword::status(&unmarked(letters)?)),
        Asked::Day => single(Keyword::day(&unmarked(letters)?)),
        Asked::Category => {
            let (system, code) = coding(letters, at)?;
            single(Keyword::category(&system, &code))
        }
        Asked::Code => match marked(letters) {
            Some((beginning, star, Mark::Beginning)) => single(Ok(code_prefix(beginning, star, at)?)),
            _ => {
                let (system, code) = coding(letters, at)?;
                single(Keyword::code(&system, &code))
            }
        },
        Asked::Date => ranges::date(letters, at),
        Asked::Value => Err(Refusal::new(at, QueryFault::UnboundValue)),
        Asked::Text => texts::text(letters, at),
    }
}

/// Everything: what has a keyword, and what does not have it.
pub(super) fn everything(at: usize) -> Result<Tree, Refusal> {
    let any = Keyword::resource_type("Patient").map_err(|error| Refusal::new(at, QueryFault::Keyword(error)))?;
    let other = Tree::Not(Box::new(Tree::Term(any.clone(), at)));
    Ok(Tree::Or(vec![Tree::Term(any, at), other]))
}

/// A value that is not marked.
fn unmarked(letters: &[Letter]) -> Result<String, Refusal> {
    match marked(letters) {
        Some((_, mark, _)) => Err(Refusal::new(mark.at, QueryFault::UnsupportedMark)),
        None => Ok(string(letters)),
    }
}

/// System and code.
pub(super) fn coding(letters: &[Letter], at: usize) -> Result<(String, String), Refusal> {
    let value = unmarked(letters)?;
    let likely = names::likely_system(&value);
    let (system, code) = value
        .split_once('|')
        .ok_or(Refusal::new(at, QueryFault::NoSystem { likely }))?;
    Ok((names::system(system).to_owned(), code.to_owned()))
}

/// The beginning of a code, of a system or of any, up to the star.
fn code_prefix(letters: &[Letter], star: Letter, at: usize) -> Result<Keyword, Refusal> {
    let bar = letters.iter().position(|letter| letter.character == '|');
    let system = bar.map(|bar| names::system(&string(&letters[..bar])).to_owned());
    let beginning = bar.map_or(letters, |bar| &letters[bar + 1..]);
    if let Some(system) = &system {
        if !has_hierarchy(system) {
            return Err(Refusal::new(at, QueryFault::NoHierarchy));
        }
    }
    needle(
        beginning.first().unwrap_or(&star),
        beginning.len(),
        MIN_PREFIX_CHARS,
        MAX_CODE_PREFIX_CHARS,
    )?;
    Keyword::code_prefix(system.as_deref(), &string(beginning))
        .map_err(|error| Refusal::new(at, QueryFault::Keyword(error)))
}

/// Refuses what is too short or too long to be searched for.
pub(super) fn needle(first: &Letter, characters: usize, fewest: usize, most: usize) -> Result<(), Refusal> {
    if (fewest..=most).contains(&characters) {
        return Ok(());
    }
    let fault = QueryFault::Needle {
        characters,
        fewest,
        most,
    };
    Err(Refusal::new(first.at, fault))
}
