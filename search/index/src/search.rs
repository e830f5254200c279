//! Running a query: which labels, looked up where, combined how.

use crate::{
    limits::{MAX_LOOKUPS, MAX_SEARCH_BATCHES, MAX_TERM_TOKENS},
    schema::{Fields, Place},
    snapshot::Snapshot,
};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{
    CountTable, Expression, Label, LeafKey, LeafWalk, Query, Salt, ScopeContext, VerifiedToken, limits,
};
use roaring::RoaringBitmap;
use tantivy::postings::BlockSegmentPostings;

/// What a search must know of a batch besides the index.
#[derive(Clone, Copy)]
pub struct BatchView<'a> {
    /// Its number in the domain.
    pub batch: BatchNumber,
    /// The salt of its labels.
    pub salt: Salt,
    /// Its count table.
    pub counts: &'a CountTable,
    /// The numbers of its records that belong to the scope searched and may be found at all: nothing else is.
    pub universe: &'a RoaringBitmap,
}

/// What a search finds in one batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchHits {
    /// The batch.
    pub batch: BatchNumber,
    /// The numbers of the records that the query finds.
    pub hits: RoaringBitmap,
    /// For each group those of them that have its term.
    pub groups: Vec<RoaringBitmap>,
}

/// Why a search is refused or fails.
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
    /// A term without a token.
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
    /// Two tokens of one term for the same batch.
    #[error("two tokens of term {term} are for the same batch")]
    Overlap {
        /// The term.
        term: usize,
    },
    /// A batch that some terms open and others do not: NOT would find everything in it.
    #[error("the tokens of term {term} do not open batch {batch}, others do")]
    WindowsDiffer {
        /// The term that does not open it.
        term: usize,
        /// The batch.
        batch: BatchNumber,
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
    #[error("the count table of batch {batch} promises {count} records")]
    FalseCount {
        /// The batch.
        batch: BatchNumber,
        /// The promise.
        count: u32,
    },
    /// The index cannot be read.
    #[error("the index cannot be read")]
    Storage(#[from] std::io::Error),
}

/// One label to look up, for a term in a batch, by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LookUp {
    label: Label,
    batch: u32,
    term: u32,
}

/// A batch in which something may be found, and what was found for each term.
struct Candidate<'a> {
    view: BatchView<'a>,
    place: Place,
    found: Vec<RoaringBitmap>,
}

impl Snapshot {
    /// See [`crate::LabelSearcher::search`].
    pub(crate) fn search(
        &self,
        fields: Fields,
        domain: DomainId,
        (query, groups): (&Query, &[usize]),
        terms: &[Vec<VerifiedToken>],
        batches: &[BatchView<'_>],
    ) -> Result<Vec<BatchHits>, SearchError> {
        check_terms(domain, query, terms)?;
        if let Some(term) = groups.iter().find(|term| **term >= terms.len()) {
            return Err(SearchError::NoToken { term: *term });
        }
        let batches = newest_first(batches)?;
        let (mut candidates, look_ups) = self.plan(domain, query, terms, &batches)?;
        self.look_up(look_ups, &mut candidates)?;

        let mut answer = Vec::new();
        for candidate in candidates {
            let mut universe = candidate.view.universe.clone();
            if query.has_negation() {
                // What is not in the index, erased or not indexed yet, is not found by NOT either.
                universe &= self.alive(candidate.place, fields)?;
            }
            let mut hits = evaluate(query.expression(), &candidate.found, &universe);
            hits &= universe;
            if !hits.is_empty() {
                answer.push(BatchHits {
                    batch: candidate.view.batch,
                    groups: groups.iter().map(|term| &candidate.found[*term] & &hits).collect(),
                    hits,
                });
            }
        }
        Ok(answer)
    }

    /// Expands the tokens into labels, for each segment those of the batches that it holds.
    fn plan<'a>(
        &self,
        domain: DomainId,
        query: &Query,
        terms: &[Vec<VerifiedToken>],
        batches: &[BatchView<'a>],
    ) -> Result<(Vec<Candidate<'a>>, Vec<Vec<LookUp>>), SearchError> {
        let mut walks: Vec<Vec<LeafWalk<'_>>> = terms
            .iter()
            .map(|tokens| tokens.iter().map(VerifiedToken::walk).collect())
            .collect();
        let mut candidates = Vec::new();
        let mut look_ups: Vec<Vec<LookUp>> = self.segments.iter().map(|_| Vec::new()).collect();
        let mut total = 0;
        for view in batches {
            let Some(counted) = count(&mut walks, view)? else {
                continue;
            };
            if !is_possible(query.expression(), &|term| counted[term].1 > 0) {
                continue;
            }
            let place = Place::new(domain, view.batch);
            let batch = candidates.len() as u32;
            for (term, (leaf, count)) in (0_u32..).zip(&counted) {
                total += *count as usize;
                if total > MAX_LOOKUPS {
                    return Err(SearchError::TooManyLookups);
                }
                for c in 0..*count {
                    let label = leaf.label(&view.salt, c);
                    for at in self.holders(place) {
                        look_ups[*at as usize].push(LookUp { label, batch, term });
                    }
                }
            }
            candidates.push(Candidate {
                view: *view,
                place,
                found: vec![RoaringBitmap::new(); terms.len()],
            });
        }
        Ok((candidates, look_ups))
    }

    /// Looks up every label in the segments chosen for it. Sorted, neighbours share a path of the dictionary.
    fn look_up(&self, look_ups: Vec<Vec<LookUp>>, candidates: &mut [Candidate<'_>]) -> Result<(), SearchError> {
        let mut cursor = BlockSegmentPostings::empty();
        for (segment, mut look_ups) in self.segments.iter().zip(look_ups) {
            look_ups.sort_unstable();
            for LookUp { label, batch, term } in look_ups {
                let candidate = &mut candidates[batch as usize];
                let (universe, found) = (candidate.view.universe, &mut candidate.found[term as usize]);
                segment.look_up(&label, candidate.place, &mut cursor, |number| {
                    // A label in a foreign record, put there by mistake or malice, finds nothing.
                    if universe.contains(number) {
                        found.insert(number);
                    }
                })?;
            }
        }
        Ok(())
    }
}

fn check_terms(domain: DomainId, query: &Query, terms: &[Vec<VerifiedToken>]) -> Result<(), SearchError> {
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
            .map(|token| (token.window().from, token.window().to))
            .collect();
        windows.sort_unstable();
        if windows.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(SearchError::Overlap { term });
        }
    }
    Ok(())
}

/// For each term its key in the batch and how many records have it; `None` when no term opens the batch.
fn count(walks: &mut [Vec<LeafWalk<'_>>], view: &BatchView<'_>) -> Result<Option<Vec<(LeafKey, u32)>>, SearchError> {
    let batch = view.batch;
    let open = |walks: &mut Vec<LeafWalk<'_>>| walks.iter_mut().find_map(|walk| walk.leaf(batch));
    let leaves: Vec<Option<LeafKey>> = walks.iter_mut().map(open).collect();
    if leaves.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut counted = Vec::with_capacity(leaves.len());
    for (term, leaf) in leaves.into_iter().enumerate() {
        let leaf = leaf.ok_or(SearchError::WindowsDiffer { term, batch })?;
        let count = leaf.probe(&view.salt, view.counts);
        if count > limits::MAX_BATCH_RECORDS {
            return Err(SearchError::FalseCount { batch, count });
        }
        counted.push((leaf, count));
    }
    Ok(Some(counted))
}

fn newest_first<'a>(batches: &[BatchView<'a>]) -> Result<Vec<BatchView<'a>>, SearchError> {
    if batches.len() > MAX_SEARCH_BATCHES {
        return Err(SearchError::TooManyBatches { batches: batches.len() });
    }
    let mut batches = batches.to_vec();
    batches.sort_unstable_by_key(|view| std::cmp::Reverse(view.batch));
    match batches.windows(2).find(|pair| pair[0].batch == pair[1].batch) {
        Some(pair) => Err(SearchError::DuplicateBatch { batch: pair[0].batch }),
        None => Ok(batches),
    }
}

/// Whether anything can be found, given which terms the batch has at all.
fn is_possible(expression: &Expression, has: &impl Fn(usize) -> bool) -> bool {
    match expression {
        Expression::Term(term) => has(*term),
        Expression::And(parts) => parts.iter().all(|part| is_possible(part, has)),
        Expression::Or(parts) => parts.iter().any(|part| is_possible(part, has)),
        Expression::Not(_) => true,
    }
}

fn evaluate(expression: &Expression, found: &[RoaringBitmap], universe: &RoaringBitmap) -> RoaringBitmap {
    match expression {
        Expression::Term(term) => found[*term].clone(),
        Expression::And(parts) => {
            let mut hits = universe.clone();
            for part in parts {
                hits &= evaluate(part, found, universe);
            }
            hits
        }
        Expression::Or(parts) => {
            let mut hits = RoaringBitmap::new();
            for part in parts {
                hits |= evaluate(part, found, universe);
            }
            hits
        }
        Expression::Not(part) => universe - evaluate(part, found, universe),
    }
}
