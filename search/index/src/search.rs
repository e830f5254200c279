//! Running a query: which labels, looked up where, combined how.

use crate::{
    block::Entry,
    limits::{BATCHES_PER_THREAD, MAX_LOOKUPS, MAX_SEARCH_THREADS},
    request::{LabelSearch, SearchError, SpanHits, SpanView, check_terms, newest_first},
    schema::BatchKey,
    snapshot::{Snapshot, StoredBlock},
    token_cache::{CachedBatch, CachedToken},
};
use aegle_rules::DomainId;
use aegle_sealed::{Expression, LeafKey, LeafWalk, Query, VerifiedToken, limits};
use roaring::RoaringBitmap;
use std::{
    panic::resume_unwind,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// A token of a term, and what was learnt about it before.
#[derive(Clone)]
pub(crate) struct TermToken<'a> {
    pub(crate) token: &'a VerifiedToken,
    pub(crate) cached: Option<Arc<CachedToken>>,
}

/// The answer of a search, and what it learnt on the way: for each token of each term, batches newest first.
pub(crate) struct Outcome {
    pub(crate) answer: Vec<SpanHits>,
    pub(crate) learnt: Vec<Vec<Vec<CachedBatch>>>,
}

/// A search in the batches of one thread.
struct Search<'a> {
    snapshot: &'a Snapshot,
    domain: DomainId,
    query: &'a Query,
    /// The terms by which the hits are given again.
    groups: &'a [usize],
    terms: &'a [Vec<TermToken<'a>>],
    /// Labels looked up so far, by all threads.
    total: &'a AtomicUsize,
}

/// The records that one term finds in one batch.
struct Found {
    /// Which of the term's tokens opens the batch.
    token: usize,
    /// The keyword's key, unless what the token finds is cached.
    leaf: Option<LeafKey>,
    /// The number of records that have the keyword, as the count table says.
    count: u32,
    /// Which of them are in the index; `None` until they are looked up.
    numbers: Option<Arc<RoaringBitmap>>,
}

impl Snapshot {
    /// Searches as [`crate::LabelSearcher::search`] says. What `cached` gives must have been learnt of the same token.
    pub(crate) fn search(
        &self,
        search: &LabelSearch<'_>,
        cached: impl Fn(&VerifiedToken) -> Option<Arc<CachedToken>>,
    ) -> Result<Outcome, SearchError> {
        check_terms(search)?;
        let batches = newest_first(search.batches)?;
        let term_token = |token| TermToken {
            token,
            cached: cached(token),
        };
        let terms: Vec<Vec<TermToken<'_>>> = search
            .terms
            .iter()
            .map(|tokens| tokens.iter().map(term_token).collect())
            .collect();
        let search = Search {
            snapshot: self,
            domain: search.domain,
            query: search.query,
            groups: search.groups,
            terms: &terms,
            total: &AtomicUsize::new(0),
        };
        search.in_parallel(&batches)
    }
}

impl Search<'_> {
    /// Searches many batches in several threads, few in this one.
    fn in_parallel(&self, batches: &[SpanView<'_>]) -> Result<Outcome, SearchError> {
        let threads = (batches.len() / BATCHES_PER_THREAD).min(search_threads());
        if threads <= 1 {
            return self.run(batches);
        }
        let parts = thread::scope(|scope| {
            let parts = batches.chunks(batches.len().div_ceil(threads));
            let threads: Vec<_> = parts.map(|part| scope.spawn(move || self.run(part))).collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined
                .map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let mut outcome = self.nothing();
        for part in parts {
            outcome.answer.extend(part.answer);
            for (all, more) in outcome
                .learnt
                .iter_mut()
                .flatten()
                .zip(part.learnt.into_iter().flatten())
            {
                all.extend(more);
            }
        }
        Ok(outcome)
    }

    fn nothing(&self) -> Outcome {
        Outcome {
            answer: Vec::new(),
            learnt: self.terms.iter().map(|tokens| vec![Vec::new(); tokens.len()]).collect(),
        }
    }

    fn run(&self, batches: &[SpanView<'_>]) -> Result<Outcome, SearchError> {
        let mut outcome = self.nothing();
        let mut walks: Vec<Vec<LeafWalk<'_>>> = self
            .terms
            .iter()
            .map(|tokens| tokens.iter().map(|term| term.token.walk()).collect())
            .collect();
        for view in batches {
            let Some(tokens) = self.openers(view)? else {
                continue;
            };
            let block = self.snapshot.block(BatchKey::new(self.domain, view.span.first()))?;
            let mut terms = Vec::with_capacity(tokens.len());
            for ((term, token), walks) in (0_usize..).zip(tokens).zip(&mut walks) {
                terms.push(self.count(term, token, &mut walks[token], view, block.as_ref())?);
            }
            let is_possible = is_possible(self.query.expression(), &|term| terms[term].count > 0);
            if is_possible {
                self.charge(&terms)?;
            }
            let Some(block) = block else {
                continue;
            };
            if is_possible {
                look_up(&mut terms, view, &block);
                let hits = self.evaluate(&terms, view, &block);
                if !hits.is_empty() {
                    let having = |term: &usize| match terms[*term].numbers.as_deref() {
                        Some(numbers) => numbers & &hits,
                        None => RoaringBitmap::new(),
                    };
                    outcome.answer.push(SpanHits {
                        span: view.span,
                        groups: self.groups.iter().map(having).collect(),
                        hits,
                    });
                }
            }
            for (term, found) in terms.into_iter().enumerate() {
                if found.leaf.is_some() {
                    outcome.learnt[term][found.token].push(CachedBatch {
                        first: view.span.first(),
                        salt: view.salt,
                        stamp: block.stamp(),
                        count: found.count,
                        numbers: found.numbers,
                    });
                }
            }
        }
        Ok(outcome)
    }

    /// Finds for each term which of its tokens opens the batch; `None` when no term does.
    fn openers(&self, view: &SpanView<'_>) -> Result<Option<Vec<usize>>, SearchError> {
        let (span, epoch) = (view.span, view.epoch);
        let opener = |tokens: &Vec<TermToken<'_>>| {
            tokens
                .iter()
                .position(|term| term.token.context().epoch == epoch && term.token.window().contains_span(&span))
        };
        let openers: Vec<Option<usize>> = self.terms.iter().map(opener).collect();
        if openers.iter().all(Option::is_none) {
            // Left out without a word, its hits would be missing from the answer.
            let tokens = || self.terms.iter().flatten().map(|term| term.token);
            return match tokens().find(|token| token.window().touches(&span)) {
                None => Ok(None),
                Some(_) if tokens().any(|token| token.window().contains_span(&span)) => {
                    Err(SearchError::NoTokenOfEpoch { span, epoch })
                }
                Some(_) => Err(SearchError::SpanCut { span }),
            };
        }
        let required = |(term, token): (usize, Option<usize>)| token.ok_or(SearchError::WindowsDiffer { term, span });
        openers
            .into_iter()
            .enumerate()
            .map(required)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Counts the records that have a term's keyword: as the cache has it, or else as the count table says.
    fn count(
        &self,
        term: usize,
        token: usize,
        walk: &mut LeafWalk<'_>,
        view: &SpanView<'_>,
        block: Option<&StoredBlock<'_>>,
    ) -> Result<Found, SearchError> {
        let span = view.span;
        let cached_token = self.terms[term][token].cached.as_ref();
        let known = cached_token
            .zip(block)
            .and_then(|(cached, block)| cached.batch(span.first(), &view.salt, block.stamp()))
            // What is known without its numbers cannot be looked up without the key.
            .filter(|known| known.count == 0 || known.numbers.is_some());
        if let Some(known) = known {
            return Ok(Found {
                token,
                leaf: None,
                count: known.count,
                numbers: known.numbers.clone(),
            });
        }
        let leaf = walk.span(&span).ok_or(SearchError::WindowsDiffer { term, span })?;
        let count = leaf.probe(&view.salt, view.counts);
        if count > limits::MAX_BATCH_RECORDS {
            return Err(SearchError::FalseCount { span, count });
        }
        Ok(Found {
            token,
            leaf: Some(leaf),
            count,
            numbers: None,
        })
    }

    /// Counts the labels of a batch before they are looked up.
    fn charge(&self, terms: &[Found]) -> Result<(), SearchError> {
        let labels: usize = terms.iter().map(|found| found.count as usize).sum();
        if self.total.fetch_add(labels, Ordering::Relaxed) + labels > MAX_LOOKUPS {
            return Err(SearchError::TooManyLookups);
        }
        Ok(())
    }

    fn evaluate(&self, terms: &[Found], view: &SpanView<'_>, block: &StoredBlock<'_>) -> RoaringBitmap {
        if !self.query.has_negation() {
            return evaluate(self.query.expression(), terms, view.universe);
        }
        // What is not in the index, erased or not indexed yet, is not found by NOT either.
        evaluate(self.query.expression(), terms, &(block.alive() & view.universe))
    }
}

/// Returns the number of threads that a search may have. Asking the system takes as long as a small search, so it is
/// asked once.
fn search_threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| {
        let available = thread::available_parallelism().map_or(1, usize::from);
        available.min(MAX_SEARCH_THREADS)
    })
}

/// Finds the records of every term of which it is not known what it finds.
fn look_up(terms: &mut [Found], view: &SpanView<'_>, block: &StoredBlock<'_>) {
    for found in terms {
        if let Some(leaf) = &found.leaf {
            let sought = |c| Entry::first_of(&leaf.label(&view.salt, c));
            let mut sought: Vec<Entry> = (0..found.count).map(sought).collect();
            // In their order memory is read in its order.
            sought.sort_unstable();
            let mut numbers = block.holders(&sought);
            numbers.sort_unstable();
            numbers.dedup();
            let numbers = RoaringBitmap::from_sorted_iter(numbers).expect("sorted, and each once");
            found.numbers = Some(Arc::new(numbers));
        }
    }
}

/// Returns whether anything can be found, given which terms the batch has at all.
fn is_possible(expression: &Expression, has: &impl Fn(usize) -> bool) -> bool {
    match expression {
        Expression::Term(term) => has(*term),
        Expression::And(parts) => parts.iter().all(|part| is_possible(part, has)),
        Expression::Or(parts) => parts.iter().any(|part| is_possible(part, has)),
        Expression::Not(_) => true,
    }
}

/// Evaluates an expression inside the universe: a label in a foreign record, put there by mistake or malice, finds
/// nothing.
fn evaluate(expression: &Expression, terms: &[Found], universe: &RoaringBitmap) -> RoaringBitmap {
    match expression {
        Expression::Term(term) => {
            let numbers = terms[*term].numbers.as_deref();
            numbers.map_or_else(RoaringBitmap::new, |numbers| numbers & universe)
        }
        Expression::And(parts) => {
            let mut hits = universe.clone();
            for part in parts {
                hits &= evaluate(part, terms, universe);
            }
            hits
        }
        Expression::Or(parts) => {
            let mut hits = RoaringBitmap::new();
            for part in parts {
                hits |= evaluate(part, terms, universe);
            }
            hits
        }
        Expression::Not(part) => universe - evaluate(part, terms, universe),
    }
}
