use crate::corpus::{Corpus, DOMAIN, EPOCH, FIRST_BATCH, Hits, PAYLOAD, by_batch, patient, record};
use aegle_index::{LabelIndex, LabelSearch, SpanView, TokenCache, limits};
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
    fn answers_from_the_cache_are_those_of_a_search(steps in proptest::collection::vec(step(), 1..40)) {
        let first = || vec![record(1, &[0, 1]), record(1, &[1]), record(1, &[0])];
        let mut corpus = Corpus::new(DOMAIN, vec![first(), first(), first()]);
        let mut index = corpus.index();
        // Small enough that tokens are evicted on the way.
        let cache = TokenCache::bounded(4_096, 2_048).unwrap();
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
                    prop_assert_eq!(ask(&corpus, &index, &cache, owner, scope, &TERMS, &expression), expected);
                    prop_assert!(cache.bytes() <= 4_096);
                }
            }
        }
    }
}

fn ask(
    corpus: &Corpus,
    index: &LabelIndex,
    cache: &TokenCache,
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
        .search_cached(
            cache,
            owner,
            &LabelSearch::new(DOMAIN, &query, &tokens, &corpus.views(&universes)),
        )
        .map(by_batch)
        .unwrap()
}

fn corpus() -> Corpus {
    Corpus::new(DOMAIN, vec![vec![record(1, &[0]), record(1, &[0, 1])]])
}

fn tokens(corpus: &Corpus) -> Vec<Vec<VerifiedToken>> {
    corpus.tokens(SCOPE, &[0], corpus.window())
}

/// Returns whether an answer comes from the cache: it is asked with a count table that promises nothing, so that a search
/// of its own would find nothing. That answer is then cached itself: ask once.
fn is_cached(
    corpus: &Corpus,
    index: &LabelIndex,
    cache: &TokenCache,
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
        .search_cached(cache, owner, &LabelSearch::new(DOMAIN, &query, tokens, &views))
        .unwrap();
    !found.is_empty()
}

fn search(
    corpus: &Corpus,
    index: &LabelIndex,
    cache: &TokenCache,
    owner: AccountId,
    tokens: &[Vec<VerifiedToken>],
) -> usize {
    let universes = corpus.universes(SCOPE);
    let query = Expression::Term(0).verify(1).unwrap();
    let found = index.searcher().search_cached(
        cache,
        owner,
        &LabelSearch::new(DOMAIN, &query, tokens, &corpus.views(&universes)),
    );
    found.unwrap().iter().map(|found| found.hits.len() as usize).sum()
}

#[test]
fn an_account_finds_its_own_tokens_in_the_cache_alone() {
    let corpus = corpus();
    let (index, cache, tokens) = (corpus.index(), TokenCache::new().unwrap(), tokens(&corpus));
    assert_eq!(search(&corpus, &index, &cache, ONE, &tokens), 2);
    assert!(is_cached(&corpus, &index, &cache, ONE, &tokens));
    assert!(!is_cached(&corpus, &index, &cache, OTHER, &tokens));
    // The same keyword over another window is another token.
    let shorter = Window::new(FIRST_BATCH, FIRST_BATCH + 1).unwrap();
    let longer = Window::new(FIRST_BATCH - 1, FIRST_BATCH + 1).unwrap();
    for (window, expected) in [(shorter, true), (longer, false)] {
        let tokens = corpus.tokens(SCOPE, &[0], window);
        assert_eq!(is_cached(&corpus, &index, &cache, ONE, &tokens), expected);
    }
}

#[test]
fn an_erased_record_is_in_no_answer_from_the_cache() {
    let corpus = corpus();
    let (mut index, cache, tokens) = (corpus.index(), TokenCache::new().unwrap(), tokens(&corpus));
    assert_eq!(search(&corpus, &index, &cache, ONE, &tokens), 2);
    index.delete_record(DOMAIN, BatchNumber(FIRST_BATCH), 0).unwrap();
    index.commit(PAYLOAD).unwrap();
    let rest = ask(&corpus, &index, &cache, ONE, SCOPE, &[0], &Expression::Term(0));
    assert_eq!(rest, [(BatchNumber(FIRST_BATCH), RoaringBitmap::from([1]))]);
    index.purge().unwrap();
    assert_eq!(search(&corpus, &index, &cache, ONE, &tokens), 1);
}

#[test]
fn what_an_older_version_of_a_batch_gave_is_not_used() {
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
        let (mut index, cache, tokens) = (corpus.index(), TokenCache::new().unwrap(), tokens(&corpus));
        assert_eq!(search(&corpus, &index, &cache, ONE, &tokens), 2);
        change(&mut corpus, &mut index);
        index.commit(PAYLOAD).unwrap();
        assert_eq!(
            is_cached(&corpus, &index, &cache, ONE, &tokens),
            expected,
            "case {case}"
        );
    }
}

#[test]
fn an_account_evicts_its_own_tokens_within_the_bounds() {
    let corpus = corpus();
    let index = corpus.index();
    let (bytes, owner_bytes) = (8_192, 2_048);
    let cache = TokenCache::bounded(bytes, owner_bytes).unwrap();
    let tokens = tokens(&corpus);
    search(&corpus, &index, &cache, ONE, &tokens);
    let one_token = cache.bytes();
    assert!((1..owner_bytes).contains(&one_token));
    let token_of = |number: u32| {
        let window = Window::new(FIRST_BATCH - number, FIRST_BATCH + 1).unwrap();
        corpus.tokens(SCOPE, &[0], window)
    };
    for number in 1..40 {
        search(&corpus, &index, &cache, OTHER, &token_of(number));
        assert!(cache.bytes() <= one_token + owner_bytes, "bytes of two accounts");
    }
    assert!(cache.bytes() > owner_bytes, "the other account has used its share");
    assert!(is_cached(&corpus, &index, &cache, ONE, &tokens));
    assert!(is_cached(&corpus, &index, &cache, OTHER, &token_of(39)));
    assert!(!is_cached(&corpus, &index, &cache, OTHER, &token_of(1)));
    // Many accounts together keep to the bound too, and the one that has been away longest goes first.
    for account in 1..40 {
        search(&corpus, &index, &cache, patient(account), &tokens);
        search(&corpus, &index, &cache, patient(account), &token_of(1));
        assert!(cache.bytes() <= bytes, "bytes of all accounts");
    }
    assert!(is_cached(&corpus, &index, &cache, patient(39), &tokens));
    assert!(!is_cached(&corpus, &index, &cache, ONE, &tokens));
    // What does not fit at all is not kept.
    let none = TokenCache::bounded(bytes, one_token - 1).unwrap();
    search(&corpus, &index, &none, ONE, &tokens);
    assert_eq!(none.bytes(), 0);
    const { assert!(limits::TOKEN_CACHE_OWNER_BYTES < limits::TOKEN_CACHE_BYTES) };
}

#[test]
fn debug_output_tells_nothing_of_cached_tokens() {
    let corpus = corpus();
    let (index, cache) = (corpus.index(), TokenCache::new().unwrap());
    search(&corpus, &index, &cache, ONE, &tokens(&corpus));
    assert_eq!(format!("{cache:?}"), "TokenCache { .. }");
}
