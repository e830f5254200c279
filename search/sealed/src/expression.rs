//! Boolean expressions over the terms of a query.

use crate::limits::{MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_NODES, MAX_QUERY_TERMS};
use serde::{Deserialize, Serialize};

/// An expression as it travels: terms are numbers into a list that goes beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// The records that have the term of this number, counted from 0.
    Term(usize),
    /// The records that are in all of these.
    And(Vec<Expression>),
    /// The records that are in any of these.
    Or(Vec<Expression>),
    /// The records of the scope that are not in this.
    Not(Box<Expression>),
}

/// Why an expression is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// No term, or more than [`MAX_QUERY_TERMS`].
    #[error("a query of {terms} terms; 1 to {MAX_QUERY_TERMS} are possible")]
    Terms {
        /// How many.
        terms: usize,
    },
    /// A term that is not in the list.
    #[error("the expression names term {term}, and there are {terms}")]
    UnknownTerm {
        /// The number in the expression.
        term: usize,
        /// How many terms there are.
        terms: usize,
    },
    /// AND or OR of nothing.
    #[error("an AND or OR of nothing")]
    Empty,
    /// Nested deeper than [`MAX_EXPRESSION_DEPTH`].
    #[error("the expression is nested deeper than {MAX_EXPRESSION_DEPTH}")]
    TooDeep,
    /// More than [`MAX_EXPRESSION_NODES`].
    #[error("the expression has more than {MAX_EXPRESSION_NODES} nodes")]
    TooLarge,
}

impl Expression {
    /// Checks the expression against its limits and against a list of `terms` terms.
    ///
    /// # Errors
    /// [`ExpressionError`]: the number of terms, the depth or the number of nodes is outside its limit, a term is not
    /// in the list, or an AND or OR is empty.
    pub fn verify(self, terms: usize) -> Result<Query, ExpressionError> {
        if !(1..=MAX_QUERY_TERMS).contains(&terms) {
            return Err(ExpressionError::Terms { terms });
        }
        let mut budget = MAX_EXPRESSION_NODES;
        self.check(terms, MAX_EXPRESSION_DEPTH, &mut budget)?;
        Ok(Query {
            expression: self,
            terms,
        })
    }

    fn check(&self, terms: usize, depth: usize, budget: &mut usize) -> Result<(), ExpressionError> {
        let depth = depth.checked_sub(1).ok_or(ExpressionError::TooDeep)?;
        *budget = budget.checked_sub(1).ok_or(ExpressionError::TooLarge)?;
        match self {
            Self::Term(term) if *term >= terms => Err(ExpressionError::UnknownTerm { term: *term, terms }),
            Self::Term(_) => Ok(()),
            Self::And(parts) | Self::Or(parts) if parts.is_empty() => Err(ExpressionError::Empty),
            Self::And(parts) | Self::Or(parts) => parts.iter().try_for_each(|part| part.check(terms, depth, budget)),
            Self::Not(part) => part.check(terms, depth, budget),
        }
    }
}

/// An expression inside its limits. It comes from [`Expression::verify`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    expression: Expression,
    terms: usize,
}

impl Query {
    /// Returns the expression.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// Returns the number of terms in the list beside the expression.
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// Returns whether the expression has a NOT: then the answer depends on which records there are, not on labels
    /// alone.
    pub fn has_negation(&self) -> bool {
        fn negates(expression: &Expression) -> bool {
            match expression {
                Expression::Term(_) => false,
                Expression::And(parts) | Expression::Or(parts) => parts.iter().any(negates),
                Expression::Not(_) => true,
            }
        }
        negates(&self.expression)
    }

    /// Returns whether every record that the expression finds has one of its terms: each NOT takes away from something.
    /// In the cohort scope nothing else is answered, because who searches does not know which records are labelled there
    /// at all.
    pub fn is_bounded(&self) -> bool {
        fn bounded(expression: &Expression) -> bool {
            match expression {
                Expression::Term(_) => true,
                Expression::And(parts) => parts.iter().any(bounded),
                Expression::Or(parts) => parts.iter().all(bounded),
                Expression::Not(_) => false,
            }
        }
        bounded(&self.expression)
    }
}
