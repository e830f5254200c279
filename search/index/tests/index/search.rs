use crate::corpus::{Corpus, DOMAIN, EPOCH, FIRST_BATCH, PAYLOAD, by_batch, keyword, patient, record, small};
use aegle_index::{LabelIndex, LabelSearch, SearchError, SpanView};
use aegle_keys::{RecordKeywords, label_batch};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{BatchSpan, Expression, LabelSet, Salt, Scope, VerifiedToken, Window};
use proptest::prelude::*;

fn term(number: usize) -> Expression {
    Expression::Term(number)
}

fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}

fn batches() -> impl Strategy<Value = Vec<Vec<RecordKeywords>>> {
    let one = (1..4_u8, proptest::collection::vec(0..6_usize, 0..8), any::<bool>());
    let one = one.prop_map(|(patient, keywords, cohort)| RecordKeywords {
        cohort,
        ..record(patient, &keywords)
    });
    proptest::collection::vec(proptest::collection::vec(one, 1..12), 1..5)
}

fn expression() -> impl Strategy<Value = Expression> {
    (0..4_usize)
        .prop_map(Expression::Term)
        .prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Expression::And),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Expression::Or),
                inner.prop_map(not),
            ]
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn answers_are_those_of_the_plaintext(
        batches in batches(),
        expressions in proptest::collection::vec(expression(), 8),
        terms in Just(vec![0_usize, 2, 5, 9]),
    ) {
        let corpus = Corpus::new(DOMAIN, batches);
        let index = corpus.index();
        for expression in &expressions {
            for scope in [Scope::Patient(patient(1)), Scope::Patient(patient(2)), Scope::Cohort] {
                let expected = corpus.oracle(scope, &terms, expression);
                prop_assert_eq!(corpus.search(&index, scope, &terms, expression), expected);
            }
        }
    }
}

fn two_batches() -> Corpus {
    let first = vec![record(1, &[0, 1]), record(2, &[0]), record(1, &[1])];
    let second = vec![record(1, &[0]), record(1, &[2])];
    Corpus::new(DOMAIN, vec![first, second])
}

fn hits(pairs: &[(u32, &[u32])]) -> Vec<(BatchNumber, roaring::RoaringBitmap)> {
    pairs
        .iter()
        .map(|(batch, numbers)| (BatchNumber(FIRST_BATCH + batch), numbers.iter().copied().collect()))
        .collect()
}

#[test]
fn the_newest_batch_comes_first() {
    let corpus = two_batches();
    let (index, scope) = (corpus.index(), Scope::Patient(patient(1)));
    assert_eq!(
        corpus.search(&index, scope, &[0], &term(0)),
        hits(&[(1, &[0]), (0, &[0])])
    );
    assert_eq!(corpus.search(&index, scope, &[1], &not(term(0))), hits(&[(1, &[0, 1])]));
    assert_eq!(corpus.search(&index, scope, &[9], &term(0)), []);
}

#[test]
fn a_shorter_window_finds_nothing_outside_it() {
    let corpus = two_batches();
    let (index, scope) = (corpus.index(), Scope::Patient(patient(1)));
    let universes = corpus.universes(scope);
    let window = Window::new(FIRST_BATCH, FIRST_BATCH + 1).unwrap();
    for expression in [term(0), not(term(0))] {
        let query = expression.verify(1).unwrap();
        let (tokens, views) = (corpus.tokens(scope, &[0], window), corpus.views(&universes));
        let found = index.search(&LabelSearch::new(DOMAIN, &query, &tokens, &views));
        let batches: Vec<_> = found.unwrap().iter().map(|found| found.span.first().0).collect();
        assert_eq!(batches, [FIRST_BATCH], "batches in the window");
    }
}

#[test]
fn two_domains_do_not_mix() {
    let records = || vec![vec![record(1, &[0, 1]), record(1, &[1])]];
    let (one, two) = (Corpus::new(DOMAIN, records()), Corpus::new(DomainId(2), records()));
    let mut index = LabelIndex::open_in_memory(small()).unwrap();
    one.add_to(&mut index);
    two.add_to(&mut index);
    index.commit(PAYLOAD).unwrap();

    let scope = Scope::Patient(patient(1));
    for corpus in [&one, &two] {
        assert_eq!(corpus.search(&index, scope, &[0], &term(0)), hits(&[(0, &[0])]));
        assert_eq!(corpus.search(&index, scope, &[0], &not(term(0))), hits(&[(0, &[1])]));
    }
    // Tables and salts of one domain, tokens of the other: the labels are nobody's.
    let universes = one.universes(scope);
    let query = term(0).verify(1).unwrap();
    let (tokens, views) = (two.tokens(scope, &[0], two.window()), one.views(&universes));
    let crossed = index.search(&LabelSearch::new(two.domain, &query, &tokens, &views));
    assert_eq!(crossed.unwrap(), []);
}

#[test]
fn the_labels_of_another_batch_find_nothing() {
    // The same label set under another batch number: as if a custodian copied a batch.
    let corpus = Corpus::new(DOMAIN, vec![vec![record(1, &[0])]]);
    let (batch, _, labels) = &corpus.batches[0];
    let mut index = LabelIndex::open_in_memory(small()).unwrap();
    index.add_batch(DOMAIN, BatchNumber(batch.0 - 1), labels).unwrap();
    index.add_batch(DomainId(2), *batch, labels).unwrap();
    index.commit(PAYLOAD).unwrap();
    assert_eq!(corpus.search(&index, Scope::Patient(patient(1)), &[0], &term(0)), []);
    assert_eq!(
        corpus.search(&index, Scope::Patient(patient(1)), &[1], &not(term(0))),
        []
    );
}

#[test]
fn hits_outside_the_universe_are_dropped() {
    // A custodian labels a record of patient 2 in the scope of patient 1; the indexer knows whose record it is.
    let corpus = Corpus::new(DOMAIN, vec![vec![record(1, &[0]), record(1, &[0])]]);
    let index = corpus.index();
    let only_first = [[0].into_iter().collect()];
    let scope = Scope::Patient(patient(1));
    for (expression, expected) in [(term(0), hits(&[(0, &[0])])), (not(term(0)), vec![])] {
        let query = expression.verify(1).unwrap();
        let tokens = corpus.tokens(scope, &[0], corpus.window());
        let views = corpus.views(&only_first);
        let found = index.search(&LabelSearch::new(DOMAIN, &query, &tokens, &views));
        assert_eq!(found.map(by_batch).unwrap(), expected, "hits inside the universe");
    }
}

#[test]
fn a_batch_that_is_not_indexed_yet_is_not_found_by_not() {
    let corpus = two_batches();
    let index = LabelIndex::open_in_memory(small()).unwrap();
    assert_eq!(
        corpus.search(&index, Scope::Patient(patient(1)), &[0], &not(term(0))),
        []
    );
}

#[test]
fn tokens_of_two_epochs_search_one_segment_together() {
    let corpus = Corpus::new(DOMAIN, vec![vec![record(1, &[0])]]);
    let old = corpus.batches[0].0;
    // The next segment's first batch, labelled in the next epoch.
    let new = BatchNumber(old.0 + 1);
    let records = [record(1, &[1]), record(1, &[0])];
    let salt = Salt::generate().unwrap();
    let labels: LabelSet = label_batch(&corpus.key, DOMAIN, EPOCH + 1, new, &records, salt).unwrap();
    let mut index = corpus.index();
    index.add_batch(DOMAIN, new, &labels).unwrap();
    index.commit(PAYLOAD).unwrap();

    let scope = Scope::Patient(patient(1));
    let context = |epoch| aegle_sealed::ScopeContext {
        domain: DOMAIN,
        epoch,
        scope,
    };
    let tokens = |epoch, from: BatchNumber, to: BatchNumber| -> Vec<VerifiedToken> {
        let window = Window::new(from.0, to.0 + 1).unwrap();
        let tokens = corpus.key.token(&context(epoch), &keyword(0), window).unwrap();
        tokens.into_iter().map(|token| token.verify().unwrap()).collect()
    };
    let universe: roaring::RoaringBitmap = [0, 1].into_iter().collect();
    let mut views = corpus.views(std::slice::from_ref(&universe));
    views.push(SpanView {
        span: BatchSpan::one(new),
        epoch: EPOCH + 1,
        salt: *labels.salt(),
        counts: labels.counts(),
        universe: &universe,
    });
    let query = term(0).verify(1).unwrap();
    let search = |tokens| {
        let found = index.search(&LabelSearch::new(DOMAIN, &query, &[tokens], &views));
        found.map(by_batch)
    };
    let expected = hits(&[(1, &[1]), (0, &[0])]);
    let apart = [tokens(EPOCH + 1, new, new), tokens(EPOCH, old, old)]
        .into_iter()
        .flatten();
    assert_eq!(search(apart.collect()).unwrap(), expected);
    // Each batch is opened by the token of its own epoch, though both reach it.
    let beside = [tokens(EPOCH + 1, old, new), tokens(EPOCH, old, new)]
        .into_iter()
        .flatten();
    assert_eq!(search(beside.collect()).unwrap(), expected);
    // A batch that no token of its epoch opens is not left out without a word.
    let refused = search(tokens(EPOCH, old, new));
    assert!(
        matches!(refused, Err(SearchError::NoTokenOfEpoch { span, epoch }) if (span, epoch) == (BatchSpan::one(new), EPOCH + 1))
    );
}
