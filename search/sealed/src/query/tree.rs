//! Expressions whose terms are not numbered yet.

use super::fault::{QueryFault, Refusal};
use crate::{Expression, ExpressionError, Keyword, limits::*};
use std::collections::HashMap;

/// An expression over keywords, each with the byte offset of the value that it comes from.
pub(super) enum Tree {
    Term(Keyword, usize),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

impl Tree {
    /// One part stands for itself.
    pub(super) fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { join(parts) }
    }

    /// Any of these keywords, all of them from the value at an offset.
    pub(super) fn any(keywords: impl IntoIterator<Item = Keyword>, at: usize) -> Self {
        Self::joined(
            keywords.into_iter().map(|keyword| Self::Term(keyword, at)).collect(),
            Self::Or,
        )
    }

    /// The keywords, each once, in the order in which they come; and the expression over their numbers.
    pub(super) fn numbered(self) -> Result<(Vec<Keyword>, Expression), Refusal> {
        let mut numbering = Numbering::default();
        let expression = numbering.expression(self, MAX_EXPRESSION_DEPTH)?;
        Ok((numbering.terms, expression))
    }

    /// The offset of the first value in it.
    fn at(&self) -> usize {
        match self {
            Self::Term(_, at) => *at,
            Self::And(parts) | Self::Or(parts) => parts.first().map_or(0, Self::at),
            Self::Not(part) => part.at(),
        }
    }
}

#[derive(Default)]
struct Numbering {
    terms: Vec<Keyword>,
    known: HashMap<Keyword, usize>,
    nodes: usize,
}

impl Numbering {
    /// Numbers a part that may nest `depth` deep. A limit is told where it is passed.
    fn expression(&mut self, tree: Tree, depth: usize) -> Result<Expression, Refusal> {
        let at = tree.at();
        let refuse = |error| Refusal::new(at, QueryFault::Expression(error));
        let deeper = depth.checked_sub(1).ok_or(refuse(ExpressionError::TooDeep))?;
        self.nodes += 1;
        if self.nodes > MAX_EXPRESSION_NODES {
            return Err(refuse(ExpressionError::TooLarge));
        }
        let mut all = |parts: Vec<Tree>| -> Result<Vec<_>, _> {
            parts.into_iter().map(|part| self.expression(part, deeper)).collect()
        };
        Ok(match tree {
            Tree::Term(keyword, _) => {
                let next = self.terms.len();
                let number = *self.known.entry(keyword.clone()).or_insert(next);
                if number == next {
                    self.terms.push(keyword);
                }
                if self.terms.len() > MAX_QUERY_TERMS {
                    return Err(refuse(ExpressionError::Terms {
                        terms: self.terms.len(),
                    }));
                }
                Expression::Term(number)
            }
            Tree::And(parts) => Expression::And(all(parts)?),
            Tree::Or(parts) => Expression::Or(all(parts)?),
            Tree::Not(part) => Expression::Not(Box::new(self.expression(*part, deeper)?)),
        })
    }
}
