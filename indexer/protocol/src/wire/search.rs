//! Searching.

use super::{AnswerEvidence, RecordPlace};
use crate::{BlockId, bytes, record::RecordId};
use aegle_rules::{AccountId, BatchNumber, Confidentiality, DomainId, Purposes, Slot, Timestamp, consent::Declaration};
use aegle_sealed::{
    Expression, ExpressionError, Query, Scope, SearchToken, TokenError, VerifiedToken, limits::MAX_GROUPS,
};
use scale::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Most hits in one answer.
pub const MAX_SEARCH_HITS: u32 = 1_000;
/// Most tokens of one term: one for each segment of the widest window, of each of three epochs.
pub const MAX_TERM_TOKENS: usize = 3 * 65;

/// Body of `POST /v1/search`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The search domain.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::DomainId"))]
    pub domain: DomainId,
    /// The records that are searched: a patient's or the cohort.
    pub scope: Scope,
    /// The purpose: exactly one.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Purposes"))]
    pub purpose: Purposes,
    /// A researcher's declaration; the default for other purposes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Declaration"))]
    pub research: Declaration,
    /// For each term its tokens, one a segment.
    pub terms: Vec<Vec<SearchToken>>,
    /// The expression over the terms.
    pub query: Expression,
    /// Most hits to answer: 1 to [`MAX_SEARCH_HITS`].
    pub limit: u32,
    /// The position of the last hit of the page before; `None` for the first one. Batches are only ever added before
    /// the first page, so that what follows a position stays what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<RecordPlace>,
    /// `true` if the answer shall prove itself: for one patient's scope of which the caller may see every record, and a
    /// query in which each NOT takes away from something.
    #[serde(default)]
    pub evidence: bool,
}

/// The reason why a search is refused.
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
        /// The number of its tokens.
        tokens: usize,
    },
    /// A token is malformed.
    #[error("a token of term {term}: {source}")]
    Token {
        /// The term.
        term: usize,
        /// The fault of the token.
        source: TokenError,
    },
    /// A token is of another domain or another scope than the search.
    #[error("a token of term {0} is of another domain or patient")]
    Scope(usize),
    /// A search of the cohort with a NOT that takes away from nothing.
    #[error("in the cohort a NOT must take away from something: join it to a term with AND")]
    Unbounded,
    /// Evidence of a search in the cohort, or of one that finds what has not a term.
    #[error("there is no evidence of a search in the cohort, nor of a NOT that takes away from nothing")]
    Evidence,
    /// More groups than are counted at once.
    #[error("{0} groups, more than {MAX_GROUPS}")]
    Groups(usize),
    /// A declaration of research for another purpose than research.
    #[error("research is declared for another purpose than HRESCH")]
    Research,
}

impl SearchRequest {
    /// Verifies limits, expression and tokens, and that every token is of the search's domain and scope.
    ///
    /// # Errors
    /// See [`SearchRequestError`].
    pub fn verify(self) -> Result<VerifiedSearch, SearchRequestError> {
        if !(1..=MAX_SEARCH_HITS).contains(&self.limit) {
            return Err(SearchRequestError::Limit(self.limit));
        }
        let asked = Asked {
            domain: self.domain,
            scope: self.scope,
            purpose: self.purpose,
            research: self.research,
        };
        let VerifiedTerms { query, terms } = asked.verify(self.query, self.terms)?;
        if self.evidence && (self.scope == Scope::Cohort || !query.is_bounded()) {
            return Err(SearchRequestError::Evidence);
        }
        Ok(VerifiedSearch {
            asked,
            terms,
            query,
            limit: self.limit,
            after: self.after,
            evidence: self.evidence,
        })
    }
}

/// The domain, the scope and the purpose of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The search domain.
    pub domain: DomainId,
    /// The records that are searched: a patient's or the cohort.
    pub scope: Scope,
    /// The purpose: exactly one.
    pub purpose: Purposes,
    /// A researcher's declaration.
    pub research: Declaration,
}

impl Asked {
    /// Verifies an expression and the tokens of its terms.
    pub(super) fn verify(
        &self,
        query: Expression,
        terms: Vec<Vec<SearchToken>>,
    ) -> Result<VerifiedTerms, SearchRequestError> {
        if !self.purpose.is_single() {
            return Err(SearchRequestError::Purpose);
        }
        if self.purpose != Purposes::HRESCH && self.research != Declaration::default() {
            return Err(SearchRequestError::Research);
        }
        // The expression bounds the number of terms, so it comes before them.
        let query = query.verify(terms.len())?;
        if self.scope == Scope::Cohort && !query.is_bounded() {
            return Err(SearchRequestError::Unbounded);
        }
        let mut verified = Vec::with_capacity(terms.len());
        for (term, tokens) in terms.into_iter().enumerate() {
            if !(1..=MAX_TERM_TOKENS).contains(&tokens.len()) {
                return Err(SearchRequestError::Tokens {
                    term,
                    tokens: tokens.len(),
                });
            }
            if tokens
                .iter()
                .any(|token| token.domain != self.domain || token.scope != self.scope)
            {
                return Err(SearchRequestError::Scope(term));
            }
            let verify = |token: SearchToken| {
                token
                    .verify()
                    .map_err(|source| SearchRequestError::Token { term, source })
            };
            verified.push(tokens.into_iter().map(verify).collect::<Result<_, _>>()?);
        }
        Ok(VerifiedTerms { query, terms: verified })
    }
}

/// An expression over terms, and for each term its tokens, all of one domain and scope.
pub(super) struct VerifiedTerms {
    pub(super) query: Query,
    pub(super) terms: Vec<Vec<VerifiedToken>>,
}

/// A search within its limits, whose tokens are what they say.
pub struct VerifiedSearch {
    /// The domain, the scope and the purpose.
    pub asked: Asked,
    /// For each term its tokens.
    pub terms: Vec<Vec<VerifiedToken>>,
    /// The expression over the terms.
    pub query: Query,
    /// Most hits to answer.
    pub limit: u32,
    /// The position of the last hit of the page before.
    pub after: Option<RecordPlace>,
    /// `true` if the answer shall prove itself.
    pub evidence: bool,
}

/// A record that was found and that the contract lets the caller see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Hit {
    /// The record.
    pub record: RecordId,
    /// Its batch.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::BatchNumber"))]
    pub batch: BatchNumber,
    /// Its number in the batch, counted from 0.
    pub number: u32,
    /// The patient.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub patient: AccountId,
    /// Its slot.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Slot"))]
    pub slot: Slot,
    /// The confidentiality.
    #[serde(with = "bytes::confidentiality")]
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::Confidentiality"))]
    pub confidentiality: Confidentiality,
    /// The author.
    #[cfg_attr(feature = "openapi", schemars(with = "aegle_sealed::schema::AccountId"))]
    pub author: AccountId,
    /// The time of authoring, in milliseconds since the Unix epoch.
    pub authored_at: Timestamp,
}

impl From<&Hit> for RecordPlace {
    fn from(hit: &Hit) -> Self {
        Self {
            batch: hit.batch,
            number: hit.number,
        }
    }
}

/// Answer of `POST /v1/search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SearchAnswer {
    /// The hits, newest batch first, and in a batch by rising numbers.
    pub hits: Vec<Hit>,
    /// The position after which the next page begins, for the next request; `None` when this was the last one. A page
    /// may have fewer hits than were asked for, and none at all, while there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RecordPlace>,
    /// The finalized block at which the contract was asked.
    pub block: BlockId,
    /// The evidence of the answer, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<AnswerEvidence>,
}
