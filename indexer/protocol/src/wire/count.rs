//! Counting patients in the cohort: floored and noised, never exact.

use super::{Asked, SearchRequestError, search::VerifiedTerms};
use crate::BlockId;
use aegle_rules::{DomainId, Purposes, consent::Declaration};
use aegle_sealed::{Expression, ExpressionError, Query, Scope, SearchToken, VerifiedToken, limits::MAX_GROUPS};
use serde::{Deserialize, Serialize};

/// Fewest patients that are ever counted; what is below is answered as [`Count::Fewer`].
pub const COUNT_FLOOR: u32 = 11;

/// Body of `POST /v1/counts`: how many patients of the cohort have a record that a query finds, and for each group how
/// many have one that has the group's term besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// The search domain.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
    /// The purpose: exactly one.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// A researcher's declaration; the default for other purposes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Declaration"))]
    pub research: Declaration,
    /// For each term its tokens, one a segment, of the cohort.
    pub terms: Vec<Vec<SearchToken>>,
    /// The expression over the terms.
    pub query: Expression,
    /// For each group the number of its term: at most [`MAX_GROUPS`], none to count the whole.
    #[serde(default)]
    pub groups: Vec<usize>,
}

impl CountRequest {
    /// Verifies limits, expression, groups and tokens.
    ///
    /// # Errors
    /// See [`SearchRequestError`].
    pub fn verify(self) -> Result<VerifiedCount, SearchRequestError> {
        let asked = Asked {
            domain: self.domain,
            scope: Scope::Cohort,
            purpose: self.purpose,
            research: self.research,
        };
        if self.groups.len() > MAX_GROUPS {
            return Err(SearchRequestError::Groups(self.groups.len()));
        }
        let terms = self.terms.len();
        if let Some(group) = self.groups.iter().find(|group| **group >= terms) {
            return Err(ExpressionError::UnknownTerm { term: *group, terms }.into());
        }
        let VerifiedTerms { query, terms } = asked.verify(self.query, self.terms)?;
        Ok(VerifiedCount {
            asked,
            terms,
            query,
            groups: self.groups,
        })
    }
}

/// A question for counts within its limits, whose tokens are what they say.
pub struct VerifiedCount {
    /// The domain, the scope and the purpose.
    pub asked: Asked,
    /// For each term its tokens.
    pub terms: Vec<Vec<VerifiedToken>>,
    /// The expression over the terms.
    pub query: Query,
    /// For each group the number of its term.
    pub groups: Vec<usize>,
}

/// A number of patients, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Fewer than [`COUNT_FLOOR`]; none at all is among them.
    Fewer,
    /// About so many: the true number with noise, which is the same each time for the same patients.
    About(u32),
}

impl core::fmt::Display for Count {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::About(number) => write!(f, "about {number}"),
            Self::Fewer => write!(f, "fewer than {COUNT_FLOOR}"),
        }
    }
}

/// Answer of `POST /v1/counts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CountAnswer {
    /// The number of patients whom the query finds.
    pub total: Count,
    /// For each group how many of them have its term in the same record. A patient may be in several.
    pub groups: Vec<Count>,
    /// The amount that this answer took from the caller's budget of today, in thousandths of epsilon.
    pub spent: u32,
    /// The rest of that budget, in thousandths of epsilon.
    pub left: u32,
    /// The finalized block at which the contract was asked.
    pub block: BlockId,
}
