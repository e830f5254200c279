//! From a field and its value to keywords.

use super::{
    fault::{QueryFault, Refusal},
    letters::{Letter, Mark, marked, string},
    ranges,
    tree::Tree,
};
use crate::{
    Keyword, KeywordError, analyse,
    analysis::{lower_case, split},
    indexing::has_hierarchy,
    limits::*,
    words,
};

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

impl Asked {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "type" => Self::Type,
            "code" => Self::Code,
            "category" => Self::Category,
            "status" => Self::Status,
            "day" => Self::Day,
            "date" => Self::Date,
            "value" => Self::Value,
            "text" => Self::Text,
            _ => return None,
        })
    }
}

/// The term whose value stands at a byte offset.
pub(super) fn tree(asked: Asked, letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let single = |keyword: Result<Keyword, KeywordError>| {
        let keyword = keyword.map_err(|error| Refusal::new(at, QueryFault::Keyword(error)))?;
        Ok(Tree::Term(keyword, at))
    };
    match asked {
        Asked::Type => single(Keyword::resource_type(&unmarked(letters)?)),
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
        Asked::Value => ranges::value(letters, at),
        Asked::Text => text(letters, at),
    }
}

/// A value that is not marked.
fn unmarked(letters: &[Letter]) -> Result<String, Refusal> {
    match marked(letters) {
        Some((_, mark, _)) => Err(Refusal::new(mark.at, QueryFault::UnsupportedMark)),
        None => Ok(string(letters)),
    }
}

/// System and code.
fn coding(letters: &[Letter], at: usize) -> Result<(String, String), Refusal> {
    let value = unmarked(letters)?;
    let (system, code) = value.split_once('|').ok_or(Refusal::new(at, QueryFault::NoSystem))?;
    Ok((system.to_owned(), code.to_owned()))
}

/// The beginning of a code, of a system or of any, up to the star.
fn code_prefix(letters: &[Letter], star: Letter, at: usize) -> Result<Keyword, Refusal> {
    let bar = letters.iter().position(|letter| letter.character == '|');
    let system = bar.map(|bar| string(&letters[..bar]));
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
fn needle(first: &Letter, characters: usize, fewest: usize, most: usize) -> Result<(), Refusal> {
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

/// All words of a text, some of which may be marked.
fn text(letters: &[Letter], at: usize) -> Result<Tree, Refusal> {
    let refuse = |error| Refusal::new(at, QueryFault::Keyword(error));
    let mut parts = Vec::new();
    let plain = |text: &str, parts: &mut Vec<Tree>| {
        for word in analyse(text) {
            parts.push(Tree::Term(Keyword::text(&word).map_err(refuse)?, at));
        }
        Ok(())
    };
    for word in letters.split(|letter| letter.character.is_whitespace()) {
        let marked = marked(word);
        let written = marked.map_or(word, |(written, ..)| written);
        if let Some(misplaced) = written.iter().find(|letter| letter.mark().is_some()) {
            return Err(Refusal::new(misplaced.at, QueryFault::MisplacedMark));
        }
        let Some((written, last, mark)) = marked else {
            plain(&string(word), &mut parts)?;
            continue;
        };
        // The analysis may make several words of it: the mark is the last one's.
        let mut runs = split(&string(written));
        let asked = lower_case(&runs.pop().unwrap_or_default());
        plain(&runs.join(" "), &mut parts)?;
        let first = written.first().filter(|_| !asked.is_empty()).unwrap_or(&last);
        let length = asked.chars().count();
        let keywords = match mark {
            Mark::Beginning => {
                needle(first, length, MIN_PREFIX_CHARS, MAX_TEXT_PREFIX_CHARS)?;
                vec![Keyword::text_prefix(&asked).map_err(refuse)?]
            }
            Mark::Fuzzy => {
                needle(first, length, MIN_FUZZY_CHARS, MAX_FUZZY_CHARS)?;
                let forms = words::asked(&asked);
                forms
                    .iter()
                    .map(|form| Keyword::text_fuzzy(form))
                    .collect::<Result<_, _>>()
                    .map_err(refuse)?
            }
        };
        parts.push(Tree::any(keywords, first.at));
    }
    if parts.is_empty() {
        return Err(Refusal::new(at, QueryFault::NoWords));
    }
    Ok(Tree::joined(parts, Tree::And))
}
