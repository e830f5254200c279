use crate::corpus::{Corpus, DOMAIN, FIRST_BATCH, keyword, patient, record};
use aegle_index::{
    LabelSearch, SearchError, SpanView,
    limits::{MAX_LOOKUPS, MAX_SEARCH_BATCHES, MAX_TERM_TOKENS},
};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, CountEntry, CountTable, Expression, Scope, ScopeContext, VerifiedToken, Window,
    limits::MAX_BATCH_RECORDS,
};
use roaring::RoaringBitmap;

const SCOPE: Scope = Scope::Patient(aegle_rules::AccountId([1; 32]));

fn corpus() -> Corpus {
    Corpus::new(DOMAIN, vec![vec![record(1, &[0, 1])], vec![record(1, &[0])]])
}

fn window(from: u32, to: u32) -> Window {
    Window::new(FIRST_BATCH + from, FIRST_BATCH + to).unwrap()
}

#[test]
fn tokens_that_do_not_fit_the_query_are_refused() {
    let corpus = corpus();
    let index = corpus.index();
    let tokens = |terms: &[usize], window| corpus.tokens(SCOPE, terms, window);
    let both = || tokens(&[0, 1], window(0, 2));
    let joined = |mut left: Vec<Vec<VerifiedToken>>, right: Vec<Vec<VerifiedToken>>| {
        left.extend(right);
        left
    };
    let overlapping = || {
        let (whole, part) = (
            tokens(&[0], window(0, 2)).remove(0),
            tokens(&[0], window(1, 2)).remove(0),
        );
        vec![
            whole.into_iter().chain(part).collect(),
            tokens(&[1], window(0, 2)).remove(0),
        ]
    };
    let other_domain = Corpus::new(DomainId(2), vec![vec![record(1, &[0])], vec![record(1, &[0])]]);
    type Case = (&'static str, Vec<Vec<VerifiedToken>>, fn(&SearchError) -> bool);
    let cases: Vec<Case> = vec![
        ("a list too few", tokens(&[0], window(0, 2)), |e| {
            matches!(e, SearchError::Terms { found: 1, expected: 2 })
        }),
        ("a list too many", joined(both(), tokens(&[0], window(0, 2))), |e| {
            matches!(e, SearchError::Terms { found: 3, expected: 2 })
        }),
        ("no token", joined(tokens(&[0], window(0, 2)), vec![vec![]]), |e| {
            matches!(e, SearchError::NoToken { term: 1 })
        }),
        (
            "another domain",
            joined(
                tokens(&[0], window(0, 2)),
                other_domain.tokens(SCOPE, &[1], window(0, 2)),
            ),
            |e| {
                matches!(
                    e,
                    SearchError::OtherDomain {
                        term: 1,
                        found: DomainId(2),
                        expected: DOMAIN
                    }
                )
            },
        ),
        (
            "another patient",
            joined(
                tokens(&[0], window(0, 2)),
                corpus.tokens(Scope::Patient(patient(2)), &[1], window(0, 2)),
            ),
            |e| matches!(e, SearchError::OtherScope { term: 1 }),
        ),
        (
            "cohort beside a patient",
            joined(
                tokens(&[0], window(0, 2)),
                corpus.tokens(Scope::Cohort, &[1], window(0, 2)),
            ),
            |e| matches!(e, SearchError::OtherScope { term: 1 }),
        ),
        ("one batch twice", overlapping(), |e| {
            matches!(e, SearchError::Overlap { term: 0 })
        }),
        (
            "windows that differ",
            joined(tokens(&[0], window(0, 2)), tokens(&[1], window(1, 2))),
            |e| {
                matches!(
                    e,
                    SearchError::WindowsDiffer { term: 1, span } if *span == BatchSpan::one(BatchNumber(FIRST_BATCH))
                )
            },
        ),
    ];
    let query = Expression::And(vec![Expression::Term(0), Expression::Term(1)])
        .verify(2)
        .unwrap();
    let universes = corpus.universes(SCOPE);
    assert!(
        index
            .search(&LabelSearch::new(DOMAIN, &query, &both(), &corpus.views(&universes)))
            .is_ok()
    );
    for (name, tokens, expected) in cases {
        let error = index
            .search(&LabelSearch::new(DOMAIN, &query, &tokens, &corpus.views(&universes)))
            .unwrap_err();
        assert!(expected(&error), "{name}: {error}");
    }
}

#[test]
fn a_batch_given_twice_is_refused() {
    let corpus = corpus();
    let universes = corpus.universes(SCOPE);
    let mut views = corpus.views(&universes);
    views.push(views[0]);
    let query = Expression::Term(0).verify(1).unwrap();
    let error = corpus
        .index()
        .search(&LabelSearch::new(
            DOMAIN,
            &query,
            &corpus.tokens(SCOPE, &[0], window(0, 2)),
            &views,
        ))
        .unwrap_err();
    assert!(
        matches!(
            error,
            SearchError::DuplicateBatch {
                batch: BatchNumber(FIRST_BATCH)
            }
        ),
        "{error}"
    );
}

#[test]
fn a_search_goes_through_at_most_so_many_batches() {
    let corpus = corpus();
    let index = corpus.index();
    let universe = RoaringBitmap::new();
    let universes = [universe.clone(), universe];
    let sample = corpus.views(&universes)[0];
    let query = Expression::Term(0).verify(1).unwrap();
    let tokens = corpus.tokens(SCOPE, &[0], window(0, 2));
    for (count, fits) in [
        (MAX_SEARCH_BATCHES - 1, true),
        (MAX_SEARCH_BATCHES, true),
        (MAX_SEARCH_BATCHES + 1, false),
    ] {
        let views: Vec<_> = (0..count as u32)
            .map(|batch| SpanView {
                span: BatchSpan::one(BatchNumber(batch)),
                epoch: crate::corpus::EPOCH,
                ..sample
            })
            .collect();
        match index.search(&LabelSearch::new(DOMAIN, &query, &tokens, &views)) {
            Ok(hits) => assert!(fits && hits.is_empty()),
            Err(error) => {
                assert!(!fits && matches!(error, SearchError::TooManyBatches { batches } if batches == count))
            }
        }
    }
}

#[test]
fn a_table_that_promises_too_much_is_refused() {
    let corpus = corpus();
    let (batch, _, labels) = &corpus.batches[0];
    let context = ScopeContext {
        domain: DOMAIN,
        epoch: crate::corpus::EPOCH,
        scope: SCOPE,
    };
    let single = Window::new(batch.0, batch.0 + 1).unwrap();
    let leaf = corpus
        .key
        .token(&context, &keyword(0), single)
        .unwrap()
        .remove(0)
        .verify()
        .unwrap()
        .leaf(*batch)
        .unwrap();
    for (count, fits) in [
        (MAX_BATCH_RECORDS - 1, true),
        (MAX_BATCH_RECORDS, true),
        (MAX_BATCH_RECORDS + 1, false),
    ] {
        let false_entry = leaf.entry(labels.salt(), count);
        let replaced = |entry: &CountEntry| {
            if entry.fingerprint == false_entry.fingerprint {
                false_entry
            } else {
                *entry
            }
        };
        let counts = CountTable::new(labels.counts().entries().iter().map(replaced).collect()).unwrap();
        let universes = corpus.universes(SCOPE);
        let mut views = corpus.views(&universes);
        views[0].counts = &counts;
        let query = Expression::Term(0).verify(1).unwrap();
        match corpus.index().search(&LabelSearch::new(
            DOMAIN,
            &query,
            &corpus.tokens(SCOPE, &[0], window(0, 2)),
            &views,
        )) {
            Ok(hits) => assert!(fits && hits.len() == 2),
            Err(error) => assert!(!fits && matches!(error, SearchError::FalseCount { count: c, .. } if c == count)),
        }
    }
}

#[test]
fn a_search_looks_up_at_most_so_many_labels() {
    let corpus = corpus();
    let index = corpus.index();
    let (salt, universe) = (*corpus.batches[0].2.salt(), RoaringBitmap::new());
    let full = MAX_LOOKUPS / MAX_BATCH_RECORDS as usize;
    assert_eq!(full * MAX_BATCH_RECORDS as usize, MAX_LOOKUPS);
    let whole = Window::new(0, full as u32 + 1).unwrap();
    let promise = |batch: u32, count: u32| {
        let token = corpus.tokens(SCOPE, &[0], whole).remove(0).remove(0);
        let padding = (1..14).map(|byte| CountEntry {
            fingerprint: [byte; 10],
            masked: 0,
        });
        let mut entries = vec![CountEntry::FIRST, CountEntry::LAST];
        entries.push(token.leaf(BatchNumber(batch)).unwrap().entry(&salt, count));
        entries.extend(padding);
        entries.sort_unstable();
        CountTable::new(entries).unwrap()
    };
    let query = Expression::Term(0).verify(1).unwrap();
    for (last, one_more, fits) in [
        (MAX_BATCH_RECORDS - 1, 0, true),
        (MAX_BATCH_RECORDS, 0, true),
        (MAX_BATCH_RECORDS, 1, false),
    ] {
        let count = |batch: u32| match batch as usize {
            batch if batch == full => one_more,
            batch if batch == full - 1 => last,
            _ => MAX_BATCH_RECORDS,
        };
        let tables: Vec<_> = (0..=full as u32).map(|batch| promise(batch, count(batch))).collect();
        let view = |(batch, counts)| SpanView {
            span: BatchSpan::one(BatchNumber(batch)),
            epoch: crate::corpus::EPOCH,
            salt,
            counts,
            universe: &universe,
        };
        let views: Vec<_> = (0..).zip(&tables).map(view).collect();
        let found = index.search(&LabelSearch::new(
            DOMAIN,
            &query,
            &corpus.tokens(SCOPE, &[0], whole),
            &views,
        ));
        match found {
            Ok(hits) => assert!(fits && hits.is_empty()),
            Err(error) => assert!(!fits && matches!(error, SearchError::TooManyLookups), "{error}"),
        }
    }
}

#[test]
fn a_term_has_at_most_so_many_tokens() {
    let corpus = corpus();
    let index = corpus.index();
    let universes = corpus.universes(SCOPE);
    let query = Expression::Term(0).verify(1).unwrap();
    for (count, fits) in [
        (MAX_TERM_TOKENS - 1, true),
        (MAX_TERM_TOKENS, true),
        (MAX_TERM_TOKENS + 1, false),
    ] {
        let single = |batch: u32| corpus.tokens(SCOPE, &[0], window(batch, batch + 1)).remove(0).remove(0);
        let tokens: Vec<VerifiedToken> = (0..count as u32).map(single).collect();
        match index.search(&LabelSearch::new(DOMAIN, &query, &[tokens], &corpus.views(&universes))) {
            Ok(hits) => assert!(fits && hits.len() == 2),
            Err(error) => {
                assert!(!fits && matches!(error, SearchError::TooManyTokens { term: 0, tokens } if tokens == count))
            }
        }
    }
}
