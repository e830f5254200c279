//! What a search is asked, and why it is refused.

use crate::limits::{MAX_LOOKUPS, MAX_SEARCH_BATCHES, MAX_TERM_TOKENS};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{BatchSpan, CountTable, Query, Salt, ScopeContext, VerifiedToken};
use roaring::RoaringBitmap;

/// A batch, or a span of batches that have their labels in common, as a search must know it besides the index.
#[derive(Clone, Copy)]
pub struct SpanView<'a> {
    /// Which batches of the domain: what the labels were [added](crate::LabelIndex::add_span) for.
    pub span: BatchSpan,
    /// The epoch of the key from which its labels follow.
    pub epoch: u16,
    /// The salt of its labels.
    pub salt: Salt,
    /// Its count table.
    pub counts: &'a CountTable,
    /// The numbers of its records that belong to the scope searched and may be found at all: nothing else is.
    pub universe: &'a RoaringBitmap,
}

/// The hits of a search in one batch, or span of batches.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanHits {
    /// Which batches.
    pub span: BatchSpan,
    /// The numbers of the records that the query finds.
    pub hits: RoaringBitmap,
    /// For each group those of them that have its term.
    pub groups: Vec<RoaringBitmap>,
}

/// A search over the records of one scope in one domain.
///
/// The caller sees to it that the asker may search the scope, and that each universe holds records of that scope alone.
#[derive(Clone, Copy)]
pub struct LabelSearch<'a> {
    /// The domain.
    pub domain: DomainId,
    /// The boolean expression over the terms.
    pub query: &'a Query,
    /// For each term of the query its tokens, for any number of segments and epochs, all of `domain` and of one scope.
    pub terms: &'a [Vec<VerifiedToken>],
    /// The batches; those that no token opens are left out of the answer.
    pub batches: &'a [SpanView<'a>],
    /// Numbers of terms by which the hits are given again: see [`SpanHits::groups`].
    pub groups: &'a [usize],
}

impl<'a> LabelSearch<'a> {
    /// Builds a search without groups.
    pub fn new(
        domain: DomainId,
        query: &'a Query,
        terms: &'a [Vec<VerifiedToken>],
        batches: &'a [SpanView<'a>],
    ) -> Self {
        Self {
            domain,
            query,
            terms,
            batches,
            groups: &[],
        }
    }
}

/// A reason why a search is refused or fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// As many lists of tokens are needed as the query has terms.
    #[error("{found} lists of tokens for a query of {expected} terms")]
    Terms {
        /// Lists given.
        found: usize,
        /// Terms of the query.
        expected: usize,
    },
    /// A term without a token, or a group of a term that the query has not.
    #[error("term {term} has no token")]
    NoToken {
        /// The term.
        term: usize,
    },
    /// More than [`MAX_TERM_TOKENS`] for one term.
    #[error("{tokens} tokens for term {term}, more than {MAX_TERM_TOKENS}")]
    TooManyTokens {
        /// The term.
        term: usize,
        /// How many.
        tokens: usize,
    },
    /// A token of another domain.
    #[error("a token of term {term} is for domain {found}, not {expected}")]
    OtherDomain {
        /// The term.
        term: usize,
        /// The token's domain.
        found: DomainId,
        /// The domain searched.
        expected: DomainId,
    },
    /// Tokens of different scopes: each scope has its own consent check.
    #[error("a token of term {term} is for another scope than the first")]
    OtherScope {
        /// The term.
        term: usize,
    },
    /// Two tokens of one term for the same batch in the same epoch.
    #[error("two tokens of term {term} are for the same batch in the same epoch")]
    Overlap {
        /// The term.
        term: usize,
    },
    /// Batches that some terms open and others do not: NOT would find everything in them.
    #[error("the tokens of term {term} do not open {span}, others do")]
    WindowsDiffer {
        /// The term that does not open it.
        term: usize,
        /// The batches.
        span: BatchSpan,
    },
    /// Batches that are in the window of the tokens, and were labelled in an epoch of which there is none: ask with
    /// tokens of that epoch too.
    #[error("{span} was labelled in epoch {epoch}, of which there is no token")]
    NoTokenOfEpoch {
        /// The batches.
        span: BatchSpan,
        /// Their epoch.
        epoch: u16,
    },
    /// Batches that have their labels in common, of which the window has a part: ask for all of them, or none.
    #[error("{span} were compacted, and the window ends among them; search all of them, or none")]
    SpanCut {
        /// The batches.
        span: BatchSpan,
    },
    /// A batch that is given twice.
    #[error("batch {batch} is given twice")]
    DuplicateBatch {
        /// The batch.
        batch: BatchNumber,
    },
    /// More than [`MAX_SEARCH_BATCHES`].
    #[error("{batches} batches in one search, more than {MAX_SEARCH_BATCHES}")]
    TooManyBatches {
        /// How many.
        batches: usize,
    },
    /// More than [`MAX_LOOKUPS`] labels: search a shorter window.
    #[error("the search would look up more than {MAX_LOOKUPS} labels; search a shorter window")]
    TooManyLookups,
    /// A count table that promises more records than a batch can have: its custodian made it wrong.
    #[error("the count table of {span} promises {count} records")]
    FalseCount {
        /// The batches.
        span: BatchSpan,
        /// The promise.
        count: u32,
    },
    /// The index cannot be read.
    #[error("the index cannot be read")]
    Storage(#[from] std::io::Error),
}

/// Refuses tokens that do not fit the query, the domain or each other.
pub(crate) fn check_terms(search: &LabelSearch<'_>) -> Result<(), SearchError> {
    let LabelSearch {
        domain,
        query,
        terms,
        groups,
        ..
    } = *search;
    if terms.len() != query.terms() {
        return Err(SearchError::Terms {
            found: terms.len(),
            expected: query.terms(),
        });
    }
    let mut first: Option<ScopeContext> = None;
    for (term, tokens) in terms.iter().enumerate() {
        if tokens.is_empty() {
            return Err(SearchError::NoToken { term });
        }
        if tokens.len() > MAX_TERM_TOKENS {
            return Err(SearchError::TooManyTokens {
                term,
                tokens: tokens.len(),
            });
        }
        for token in tokens {
            let context = token.context().scope_context();
            if context.domain != domain {
                return Err(SearchError::OtherDomain {
                    term,
                    found: context.domain,
                    expected: domain,
                });
            }
            if first.get_or_insert(context).scope != context.scope {
                return Err(SearchError::OtherScope { term });
            }
        }
        let mut windows: Vec<_> = tokens
            .iter()
            .map(|token| (token.context().epoch, token.window().from, token.window().to))
            .collect();
        windows.sort_unstable();
        if windows
            .windows(2)
            .any(|pair| pair[0].0 == pair[1].0 && pair[0].2 > pair[1].1)
        {
            return Err(SearchError::Overlap { term });
        }
    }
    match groups.iter().find(|term| **term >= terms.len()) {
        Some(term) => Err(SearchError::NoToken { term: *term }),
        None => Ok(()),
    }
}

/// Sorts the batches in the order of the answer, and refuses a batch that is given twice.
pub(crate) fn newest_first<'a>(batches: &[SpanView<'a>]) -> Result<Vec<SpanView<'a>>, SearchError> {
    if batches.len() > MAX_SEARCH_BATCHES {
        return Err(SearchError::TooManyBatches { batches: batches.len() });
    }
    let mut ordered = batches.to_vec();
    ordered.sort_unstable_by_key(|view| std::cmp::Reverse(view.span.first()));
    match ordered
        .windows(2)
        .find(|pair| pair[1].span.contains(pair[0].span.first()))
    {
        Some(pair) => Err(SearchError::DuplicateBatch {
            batch: pair[0].span.first(),
        }),
        None => Ok(ordered),
    }
}
