//! Questions: terms joined by AND, OR and NOT.

use crate::{
    population::{Population, Record},
    term::{Selection, Term},
    words::Words,
};

/// What somebody asks.
#[derive(Clone, Debug)]
pub enum Question {
    /// For the records that a term finds.
    Is(Term),
    /// For those that all of these find: two or more.
    All(Vec<Question>),
    /// For those that any of these finds: two or more.
    Any(Vec<Question>),
    /// For those that this does not find.
    Not(Box<Question>),
}

/// The same with what each term finds.
pub enum Answer {
    /// See [`Question::Is`].
    Is(Selection),
    /// See [`Question::All`].
    All(Vec<Answer>),
    /// See [`Question::Any`].
    Any(Vec<Answer>),
    /// See [`Question::Not`].
    Not(Box<Answer>),
}

impl Question {
    /// Writes the question in the query language, with no parenthesis more than it needs.
    pub fn text(&self) -> String {
        let joined = |parts: &[Self], operator| parts.iter().map(Self::text).collect::<Vec<_>>().join(operator);
        match self {
            Self::Is(term) => term.text(),
            Self::Any(parts) => joined(parts, " OR "),
            Self::All(parts) => {
                let mut text = String::new();
                for (index, part) in parts.iter().enumerate() {
                    text.push_str(match part {
                        _ if index == 0 => "",
                        // NOT may follow without AND.
                        Self::Not(_) => " ",
                        _ => " AND ",
                    });
                    match part {
                        Self::Any(_) | Self::All(_) => text.extend(["(", &part.text(), ")"]),
                        _ => text.push_str(&part.text()),
                    }
                }
                text
            }
            Self::Not(part) => match **part {
                Self::Is(_) => format!("NOT {}", part.text()),
                _ => format!("NOT ({})", part.text()),
            },
        }
    }

    /// Returns the terms, from left to right.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Is(term) => vec![term],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::terms).collect(),
            Self::Not(part) => part.terms(),
        }
    }

    /// Returns the records that it finds.
    pub fn answer(&self, population: &Population, words: &mut Words) -> Answer {
        let mut all = |parts: &[Self]| parts.iter().map(|part| part.answer(population, words)).collect();
        match self {
            Self::Is(term) => Answer::Is(term.select(population, words)),
            Self::All(parts) => Answer::All(all(parts)),
            Self::Any(parts) => Answer::Any(all(parts)),
            Self::Not(part) => Answer::Not(Box::new(part.answer(population, words))),
        }
    }
}

impl Answer {
    /// Returns whether the record is found.
    pub fn finds(&self, record: &Record) -> bool {
        match self {
            Self::Is(selection) => selection.finds(record),
            Self::All(parts) => parts.iter().all(|part| part.finds(record)),
            Self::Any(parts) => parts.iter().any(|part| part.finds(record)),
            Self::Not(part) => !part.finds(record),
        }
    }
}
