//! Searching.

use super::{BlockReference, is_one_purpose};
use crate::{bytes, record::RecordId};
use aegle_rules::{AccountId, BatchNumber, Confidentiality, DomainId, Purposes, Slot, Timestamp};
use aegle_sealed::{Expression, ExpressionError, Query, Scope, SearchToken, TokenError, VerifiedToken};
use serde::{Deserialize, Serialize};

/// Most hits in one answer.
pub const MAX_SEARCH_HITS: u32 = 1_000;
/// Most tokens of one term: one for each segment of the widest window.
pub const MAX_TERM_TOKENS: usize = 65;

/// Body of `POST /v1/search`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The search domain.
    pub domain: DomainId,
    /// Whose records.
    pub patient: AccountId,
    /// For what: one purpose.
    pub purpose: Purposes,
    /// For each term its tokens, one a segment.
    pub terms: Vec<Vec<SearchToken>>,
    /// What to combine the terms to.
    pub query: Expression,
    /// Most hits to answer: 1 to [`MAX_SEARCH_HITS`].
    pub limit: u32,
}

/// Why a search is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchRequestError {
    /// Not exactly one known purpose.
    #[error("a search has exactly one purpose")]
    Purpose,
    /// No hit is asked for, or too many.
    #[error("a limit of {0} hits, not 1 to {MAX_SEARCH_HITS}")]
    Limit(u32),
    /// The expression does not fit the terms.
    #[error("the query: {0}")]
    Expression(#[from] ExpressionError),
    /// A term has no token, or too many.
    #[error("term {term} has {tokens} tokens, not 1 to {MAX_TERM_TOKENS}")]
    Tokens {
        /// The term.
        term: usize,
        /// How many tokens it has.
        tokens: usize,
    },
    /// A token is malformed.
    #[error("a token of term {term}: {source}")]
    Token {
        /// The term.
        term: usize,
        /// What is wrong.
        source: TokenError,
    },
    /// A token is of another domain or another scope than the search.
    #[error("a token of term {0} is of another domain or patient")]
    Scope(usize),
}

impl SearchRequest {
    /// Verifies limits, expression and tokens, and that every token is of the search's domain and patient.
    ///
    /// # Errors
    /// See [`SearchRequestError`].
    pub fn verify(self) -> Result<VerifiedSearch, SearchRequestError> {
        if !is_one_purpose(self.purpose) {
            return Err(SearchRequestError::Purpose);
        }
        if !(1..=MAX_SEARCH_HITS).contains(&self.limit) {
            return Err(SearchRequestError::Limit(self.limit));
        }
        // The expression bounds the number of terms, so it comes before them.
        let query = self.query.verify(self.terms.len())?;
        let scope = Scope::Patient(self.patient);
        let mut terms = Vec::with_capacity(self.terms.len());
        for (term, tokens) in self.terms.into_iter().enumerate() {
            if !(1..=MAX_TERM_TOKENS).contains(&tokens.len()) {
                return Err(SearchRequestError::Tokens {
                    term,
                    tokens: tokens.len(),
                });
            }
            if tokens
                .iter()
                .any(|token| token.domain != self.domain || token.scope != scope)
            {
                return Err(SearchRequestError::Scope(term));
            }
            let verify = |token: SearchToken| {
                token
                    .verify()
                    .map_err(|source| SearchRequestError::Token { term, source })
            };
            terms.push(tokens.into_iter().map(verify).collect::<Result<_, _>>()?);
        }
        Ok(VerifiedSearch {
            domain: self.domain,
            patient: self.patient,
            purpose: self.purpose,
            terms,
            query,
            limit: self.limit,
        })
    }
}

/// A search within its limits, whose tokens are what they say.
pub struct VerifiedSearch {
    /// The search domain.
    pub domain: DomainId,
    /// Whose records.
    pub patient: AccountId,
    /// For what.
    pub purpose: Purposes,
    /// For each term its tokens.
    pub terms: Vec<Vec<VerifiedToken>>,
    /// What to combine the terms to.
    pub query: Query,
    /// Most hits to answer.
    pub limit: u32,
}

/// A record that was found and that the contract lets the caller see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The record.
    pub record: RecordId,
    /// Its batch.
    pub batch: BatchNumber,
    /// Its number in the batch, counted from 0.
    pub number: u32,
    /// Its slot.
    pub slot: Slot,
    /// How confidential it is.
    #[serde(with = "bytes::confidentiality")]
    pub confidentiality: Confidentiality,
    /// Who authored it.
    pub author: AccountId,
    /// When it was authored.
    pub authored_at: Timestamp,
}

/// Answer of `POST /v1/search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// The hits, newest batch first.
    pub hits: Vec<Hit>,
    /// The finalized block at which the contract was asked.
    pub block: BlockReference,
}
