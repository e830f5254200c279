use crate::corpus::{Corpus, DOMAIN, EPOCH, FIRST_BATCH, Hits, PAYLOAD, patient, record};
use aegle_index::{LabelIndex, SeenTokens, SpanView, limits};
use aegle_keys::{RecordKeywords, label_batch};
use aegle_rules::{AccountId, BatchNumber};
use aegle_sealed::{CountTable, Expression, LabelSet, Salt, Scope, VerifiedToken, Window};
use proptest::prelude::*;
use roaring::RoaringBitmap;

const SCOPE: Scope = Scope::Patient(AccountId([1; 32]));
const ONE: AccountId = AccountId([0xa1; 32]);
const OTHER: AccountId = AccountId([0xa2; 32]);
const BATCHES: u32 = 3;
/// Keywords that are asked for; no record has the last.
const TERMS: [usize; 3] = [0, 1, 7];

/// One step in the life of an index.
#[derive(Clone, Debug)]
enum Step {
    /// A batch is labelled anew, with other records.
    Replace(u32, Vec<Vec<usize>>),
    /// The labels of a batch come again.
    AddAgain(u32),
    Delete(u32, u32),
    Commit,
    Search(AccountId, Scope, Expression),
}

fn step() -> impl Strategy<Value = Step> {
    let records = proptest::collection::vec(proptest::collection::vec(0..3_usize, 0..3), 1..5);
    let term = || (0..TERMS.len()).prop_map(Expression::Term);
    let expression = prop_oneof![
        term(),
        (term(), term()).prop_map(|(one, other)| Expression::And(vec![one, other])),
        (term(), term()).prop_map(|(one, other)| Expression::Or(vec![one, other])),
        (term(), term()).prop_map(|(one, other)| Expression::And(vec![one, Expression::Not(Box::new(other))])),
    ];
    let owner = prop_oneof![Just(ONE), Just(OTHER)];
    let scope = prop_oneof![Just(SCOPE), Just(Scope::Cohort)];
    prop_oneof![
        2 => (0..BATCHES, records).prop_map(|(batch, records)| Step::Replace(batch, records)),
        1 => (0..BATCHES).prop_map(Step::AddAgain),
        2 => (0..BATCHES, 0..5_u32).prop_map(|(batch, number)| Step::Delete(batch, number)),
        3 => Just(Step::Commit),
        8 => (owner, scope, expression).prop_map(|(owner, scope, asked)| Step::Search(owner, scope, asked)),
    ]
}

fn records(keywords: &[Vec<usize>]) -> Vec<RecordKeywords> {
    keywords.iter().map(|keywords| record(1, keywords)).collect()
}

fn seal(corpus: &Corpus, batch: BatchNumber, records: &[RecordKeywords]) -> LabelSet {
    label_batch(&corpus.key, DOMAIN, EPOCH, batch, records, Salt::generate().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn answers_from_seen_tokens_are_those_of_a_search(steps in proptest::collection::vec(step(), 1..40)) {
        let first = || vec![record(1, &[0, 1]), record(1, &[1]), record(1, &[0])];
        let mut corpus = Corpus::new(DOMAIN, vec![first(), first(), first()]);
        let mut index = corpus.index();
        // Small enough that tokens are evicted on the way.
        let seen = SeenTokens::bounded(4_096, 2_048).unwrap();
        for step in steps {
            match step {
                Step::Replace(batch, keywords) => {
                    let number = BatchNumber(FIRST_BATCH + batch);
                    let records = records(&keywords);
                    let labels = seal(&corpus, number, &records);
                    index.add_batch(DOMAIN, number, &labels).unwrap();
                    corpus.batches[batch as usize] = (number, records, labels);
                }
                Step::AddAgain(batch) => {
                    let (number, _, labels) = &corpus.batches[batch as usize];
                    index.add_batch(DOMAIN, *number, labels).unwrap();
                }
                Step::Delete(batch, number) => {
                    index.delete_record(DOMAIN, BatchNumber(FIRST_BATCH + batch), number).unwrap();
                }
                Step::Commit => index.commit(PAYLOAD).unwrap(),
                Step::Search(owner, scope, expression) => {
                    let expected = corpus.search(&index, scope, &TERMS, &expression);
                    prop_assert_eq!(ask(&corpus, &index, &seen, owner, scope, &TERMS, &expression), expected);
                    prop_assert!(seen.bytes() <= 4_096);
                }
            }
        }
    }
}

fn ask(
    corpus: &Corpus,
    index: &LabelIndex,
    seen: &SeenTokens,
    owner: AccountId,
    scope: Scope,
    terms: &[usize],
    expression: &Expression,
) -> Hits {
    let universes = corpus.universes(scope);
    let query = expression.clone().verify(terms.len()).unwrap();
    let tokens = corpus.tokens(scope, terms, corpus.window());
    index
        .searcher()
        .search_seen(seen, owner, DOMAIN, (&query, &[]), &tokens, &corpus.views(&universes))
        .unwrap()
        .into_iter()
        .map(Into::into)
        .collect()
}

fn corpus() -> Corpus {
    Corpus::new(DOMAIN, vec![vec![record(1, &[0]), record(1, &[0, 1])]])
}

fn tokens(corpus: &Corpus) -> Vec<Vec<VerifiedToken>> {
    corpus.tokens(SCOPE, &[0], corpus.window())
}

/// Whether an answer comes from what was seen: it is asked with a count table that promises nothing, so that a search
/// of its own would find nothing. Then that is what is seen: ask once.
fn is_seen(
    corpus: &Corpus,
    index: &LabelIndex,
    seen: &SeenTokens,
    owner: AccountId,
    tokens: &[Vec<VerifiedToken>],
) -> bool {
    let universes = corpus.universes(SCOPE);
    let other = label_batch(
        &corpus.key,
        DOMAIN,
        EPOCH,
        BatchNumber(0),
        &[record(9, &[5])],
        Salt([0; 16]),
    )
    .unwrap();
    let nothing: &CountTable = other.counts();
    let query = Expression::Term(0).verify(1).unwrap();
    let views: Vec<SpanView<'_>> = corpus
        .views(&universes)
        .into_iter()
        .map(|view| SpanView {
            counts: nothing,
            ..view
        })
        .collect();
    let found = index
        .searcher()
        .search_seen(seen, owner, DOMAIN, (&query, &[]), tokens, &views)
        .unwrap();
    !found.is_empty()
}

fn search(
    corpus: &Corpus,
    index: &LabelIndex,
    seen: &SeenTokens,
    owner: AccountId,
    tokens: &[Vec<VerifiedToken>],
) -> usize {
    let universes = corpus.universes(SCOPE);
    let query = Expression::Term(0).verify(1).unwrap();
    let found = index
        .searcher()
        .search_seen(seen, owner, DOMAIN, (&query, &[]), tokens, &corpus.views(&universes));
    found.unwrap().iter().map(|found| found.hits.len() as usize).sum()
}

#[test]
fn a_token_is_seen_by_whoever_searched_with_it_and_by_nobody_else() {
    let corpus = corpus();
    let (index, seen, tokens) = (corpus.index(), SeenTokens::new().unwrap(), tokens(&corpus));
    assert_eq!(search(&corpus, &index, &seen, ONE, &tokens), 2);
    assert!(is_seen(&corpus, &index, &seen, ONE, &tokens));
    assert!(!is_seen(&corpus, &index, &seen, OTHER, &tokens));
    // The same keyword over another window is another token.
    let shorter = Window::new(FIRST_BATCH, FIRST_BATCH + 1).unwrap();
    let longer = Window::new(FIRST_BATCH - 1, FIRST_BATCH + 1).unwrap();
    for (window, expected) in [(shorter, true), (longer, false)] {
        let tokens = corpus.tokens(SCOPE, &[0], window);
        assert_eq!(is_seen(&corpus, &index, &seen, ONE, &tokens), expected);
    }
}

#[test]
fn an_erased_record_is_in_no_answer_from_seen_tokens() {
    let corpus = corpus();
    let (mut index, seen, tokens) = (corpus.index(), SeenTokens::new().unwrap(), tokens(&corpus));
    assert_eq!(search(&corpus, &index, &seen, ONE, &tokens), 2);
    index.delete_record(DOMAIN, BatchNumber(FIRST_BATCH), 0).unwrap();
    index.commit(PAYLOAD).unwrap();
    let rest = ask(&corpus, &index, &seen, ONE, SCOPE, &[0], &Expression::Term(0));
    assert_eq!(rest, [(BatchNumber(FIRST_BATCH), RoaringBitmap::from([1]))]);
    index.purge().unwrap();
    assert_eq!(search(&corpus, &index, &seen, ONE, &tokens), 1);
}

#[test]
fn what_was_found_in_an_older_version_of_a_batch_is_not_believed() {
    let again = |corpus: &mut Corpus, index: &mut LabelIndex| {
        index
            .add_batch(DOMAIN, corpus.batches[0].0, &corpus.batches[0].2)
            .unwrap();
    };
    let relabelled = |corpus: &mut Corpus, index: &mut LabelIndex| {
        let (batch, records, _) = &corpus.batches[0];
        corpus.batches[0].2 = seal(corpus, *batch, records);
        index
            .add_batch(DOMAIN, corpus.batches[0].0, &corpus.batches[0].2)
            .unwrap();
    };
    let salt_alone = |corpus: &mut Corpus, _: &mut LabelIndex| {
        let (batch, records, _) = &corpus.batches[0];
        corpus.batches[0].2 = seal(corpus, *batch, records);
    };
    let nothing = |_: &mut Corpus, index: &mut LabelIndex| {
        // Merges and commits change no batch.
        index.purge().unwrap();
    };
    let changes: [(&dyn Fn(&mut Corpus, &mut LabelIndex), bool); 4] = [
        (&again, false),
        (&relabelled, false),
        (&salt_alone, false),
        (&nothing, true),
    ];
    for (case, (change, expected)) in changes.into_iter().enumerate() {
        let mut corpus = corpus();
        let (mut index, seen, tokens) = (corpus.index(), SeenTokens::new().unwrap(), tokens(&corpus));
        assert_eq!(search(&corpus, &index, &seen, ONE, &tokens), 2);
        change(&mut corpus, &mut index);
        index.commit(PAYLOAD).unwrap();
        assert_eq!(is_seen(&corpus, &index, &seen, ONE, &tokens), expected, "case {case}");
    }
}

#[test]
fn seen_tokens_keep_to_their_bounds_and_an_account_evicts_its_own() {
    let corpus = corpus();
    let index = corpus.index();
    let (bytes, owner_bytes) = (8_192, 2_048);
    let seen = SeenTokens::bounded(bytes, owner_bytes).unwrap();
    let tokens = tokens(&corpus);
    search(&corpus, &index, &seen, ONE, &tokens);
    let one_token = seen.bytes();
    assert!((1..owner_bytes).contains(&one_token));
    let token_of = |number: u32| {
        let window = Window::new(FIRST_BATCH - number, FIRST_BATCH + 1).unwrap();
        corpus.tokens(SCOPE, &[0], window)
    };
    for number in 1..40 {
        search(&corpus, &index, &seen, OTHER, &token_of(number));
        assert!(seen.bytes() <= one_token + owner_bytes);
    }
    assert!(seen.bytes() > owner_bytes, "the other account has used its share");
    assert!(is_seen(&corpus, &index, &seen, ONE, &tokens));
    assert!(is_seen(&corpus, &index, &seen, OTHER, &token_of(39)));
    assert!(!is_seen(&corpus, &index, &seen, OTHER, &token_of(1)));
    // Many accounts together keep to the bound too, and the one that has been away longest goes first.
    for account in 1..40 {
        search(&corpus, &index, &seen, patient(account), &tokens);
        search(&corpus, &index, &seen, patient(account), &token_of(1));
        assert!(seen.bytes() <= bytes);
    }
    assert!(is_seen(&corpus, &index, &seen, patient(39), &tokens));
    assert!(!is_seen(&corpus, &index, &seen, ONE, &tokens));
    // What does not fit at all is not kept.
    let none = SeenTokens::bounded(bytes, one_token - 1).unwrap();
    search(&corpus, &index, &none, ONE, &tokens);
    assert_eq!(none.bytes(), 0);
    const { assert!(limits::SEEN_OWNER_BYTES < limits::SEEN_BYTES) };
}

#[test]
fn nothing_of_seen_tokens_is_printed() {
    let corpus = corpus();
    let (index, seen) = (corpus.index(), SeenTokens::new().unwrap());
    search(&corpus, &index, &seen, ONE, &tokens(&corpus));
    assert_eq!(format!("{seen:?}"), "SeenTokens { .. }");
}
