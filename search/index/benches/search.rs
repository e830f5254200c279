//! Measures sealed search beside plaintext tantivy, on the same corpus, in the same run.
//!
//! Prints one JSON object a figure on standard output and everything else on standard error. An argument keeps the
//! figures whose names begin with it. `SCALE` is 100k (default), 1m or 10m records; the built indexes stay in
//! `${AEGLE_CACHE:-~/.cache/aegle}` for the next run.
#![allow(missing_docs, clippy::print_stdout)]

#[path = "support/compaction.rs"]
mod compaction;
#[path = "support/corpus.rs"]
mod corpus;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/patients.rs"]
mod patients;
#[path = "support/plaintext.rs"]
mod plaintext;
#[path = "support/store.rs"]
mod store;

use aegle_index::{LabelSearch, SpanView, TokenCache};
use aegle_keys::DomainKey;
use aegle_rules::{AccountId, BatchNumber, DomainId};
use aegle_sealed::{
    BatchSpan, Expression, KeyContext, Keyword, Query, Scope, ScopeContext, SearchToken, VerifiedToken, Window, query,
};
use corpus::{Corpus, account};
use figures::Report;
use plaintext::Whose;
use roaring::RoaringBitmap;
use std::{
    env,
    hint::black_box,
    time::{Duration, Instant},
};
use store::{AnyError, Store};

const DOMAIN: DomainId = DomainId(1);
/// The figures for which the built indexes are needed.
const OF_THE_STORE: [&str; 10] = [
    "index/storage_vs_plaintext_ratio",
    "search/bytes_per_label",
    "search/exact_p50_ms",
    "search/exact_p99_ms",
    "search/range100_p50_ms",
    "search/match_p50_ms",
    "search/cold_100k_hits_ms",
    "search/repeat_vs_plaintext_ratio",
    "search/patients_500_p50_ms",
    "search/patients_500_without_keys_p50_ms",
];
/// Who asks what was asked before.
const ASKER: AccountId = AccountId([0xaa; 32]);
/// Different queries behind each percentile.
const QUERIES: usize = 1_000;
/// How often a query that takes long is repeated.
const ROUNDS: usize = 11;
/// PRF evaluations behind their rate.
const EVALUATIONS: usize = 5_000;
/// Keywords of each patient among them.
const KEYWORDS_OF_PATIENT: usize = 100;

fn main() -> Result<(), AnyError> {
    // Cargo adds `--bench` of its own.
    let prefix = env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let scale = env::var("SCALE").unwrap_or_else(|_| "100k".to_owned());
    let records = match scale.as_str() {
        "100k" => 100_000,
        "1m" => 1_000_000,
        "10m" => 10_000_000,
        _ => return Err("SCALE is 100k, 1m or 10m".into()),
    };
    let (corpus, key) = (Corpus::new(records), DomainKey::from_seed(&[0x42; 32]));
    let mut report = Report {
        prefix: prefix.unwrap_or_default(),
        records: EVALUATIONS,
    };
    evaluations(&report, &key)?;
    report.records = corpus::UNIT_RECORDS;
    ingest(&report, &corpus, &key)?;
    compaction::compaction(&mut report, &key)?;
    report.records = records;
    if !report.wants(&OF_THE_STORE) {
        return Ok(());
    }
    let store = Store::open(&scale, &corpus, &key)?;
    let bench = Bench { corpus, key, store };
    bench.sizes(&report);
    bench.exact(&report)?;
    bench.ranges(&report)?;
    bench.words(&report)?;
    bench.cohort(&report)?;
    bench.many_patients(&report)
}

/// Measures how fast one core evaluates the PRF: on many keywords of some patients, as in labelling, and on one keyword of
/// many patients.
fn evaluations(report: &Report, key: &DomainKey) -> Result<(), AnyError> {
    let names = ["oprf/evaluations_per_s", "oprf/one_keyword_many_per_s"];
    if !report.wants(&names) {
        return Ok(());
    }
    let of_patient = |patient| context(Scope::Patient(account(patient))).in_segment(0);
    let keywords = (0..KEYWORDS_OF_PATIENT).map(|number| Keyword::code("http://loinc.org", &number.to_string()));
    let keywords = keywords.collect::<Result<Vec<_>, _>>()?;
    let asked: Vec<(KeyContext, &Keyword)> = (0..EVALUATIONS / KEYWORDS_OF_PATIENT)
        .flat_map(|patient| keywords.iter().map(move |keyword| (of_patient(patient), keyword)))
        .collect();
    let begin = Instant::now();
    black_box(key.keyword_keys(&asked));
    report.print(
        names[0],
        "evaluations/s/core",
        asked.len() as f64 / begin.elapsed().as_secs_f64(),
        None,
    );
    let contexts: Vec<KeyContext> = (0..EVALUATIONS).map(of_patient).collect();
    let begin = Instant::now();
    black_box(key.keyword_keys_in(&contexts, &keywords[0]));
    report.print(
        names[1],
        "evaluations/s/core",
        contexts.len() as f64 / begin.elapsed().as_secs_f64(),
        None,
    );
    Ok(())
}

fn ingest(report: &Report, corpus: &Corpus, key: &DomainKey) -> Result<(), AnyError> {
    let name = "index/ingest_records_per_s";
    if report.wants(&[name]) {
        let [sealed, plain] = store::ingest_rates(corpus, key)?;
        report.print(name, "records/s", sealed, Some(plain));
    }
    Ok(())
}

fn context(scope: Scope) -> ScopeContext {
    ScopeContext {
        domain: DOMAIN,
        epoch: 0,
        scope,
    }
}

struct Bench {
    corpus: Corpus,
    key: DomainKey,
    store: Store,
}

/// Returns the batches that a question is about.
fn window(question: &Question) -> Result<Window, AnyError> {
    let (first, last) = (question.batches.first(), question.batches.last());
    let (first, last) = first.zip(last).ok_or("nobody has no records")?;
    Ok(Window::new(first.0.0, last.0.0 + 1)?)
}

/// One question: in whose records, for which keywords, how combined.
struct Question {
    scope: Scope,
    whose: Whose,
    keywords: Vec<Keyword>,
    query: Query,
    batches: Vec<(BatchNumber, RoaringBitmap)>,
}

impl Bench {
    fn sizes(&self, report: &Report) {
        let built = self.store.built;
        let (labels, records) = (built.labels as f64, self.corpus.records() as f64);
        eprintln!(
            "{:.1} labels a record of {} keywords; bytes a record: {:.0} index, {:.0} count tables, {:.0} plaintext index",
            labels / records,
            corpus::RECORD_KEYWORDS,
            built.sealed_bytes as f64 / records,
            built.table_bytes as f64 / records,
            built.plain_bytes as f64 / records,
        );
        let sealed = (built.sealed_bytes + built.table_bytes) as f64;
        let beside = "index and count tables alone, over the plaintext index alone: no records, no database";
        report.print_beside(
            "index/storage_vs_plaintext_ratio",
            "ratio",
            sealed / built.plain_bytes as f64,
            Some((beside, None)),
        );
        report.print(
            "search/bytes_per_label",
            "bytes",
            built.sealed_bytes as f64 / labels,
            None,
        );
    }

    /// Searches for one keyword that few records of a patient have.
    fn exact(&self, report: &Report) -> Result<(), AnyError> {
        let names = ["search/exact_p50_ms", "search/exact_p99_ms"];
        let question = |number, patient| {
            let keywords = vec![self.corpus.rare(patient, number)];
            Ok(self.of_patient(patient, keywords, Expression::Term(0).verify(1)?))
        };
        let Some([mut sealed, mut plain]) = self.compare(report, &names, question)? else {
            return Ok(());
        };
        report.print_percentile(names[0], 500, &mut sealed, &mut plain);
        report.print_percentile(names[1], 990, &mut sealed, &mut plain);
        Ok(())
    }

    /// Searches for a range of dates: the OR of the spans that cover it.
    fn ranges(&self, report: &Report) -> Result<(), AnyError> {
        let name = "search/range100_p50_ms";
        let question = |number, patient| {
            let parsed = query::parse(&self.corpus.range(number))?;
            let query = parsed.expression.verify(parsed.terms.len())?;
            Ok(self.of_patient(patient, parsed.terms, query))
        };
        if let Some([mut sealed, mut plain]) = self.compare(report, &[name], question)? {
            report.print_median(name, &mut sealed, &mut plain);
        }
        Ok(())
    }

    /// Searches for two words, both of them.
    fn words(&self, report: &Report) -> Result<(), AnyError> {
        let name = "search/match_p50_ms";
        let question = |_, patient| {
            let both = Expression::And(vec![Expression::Term(0), Expression::Term(1)]);
            Ok(self.of_patient(patient, self.corpus.words(patient).to_vec(), both.verify(2)?))
        };
        if let Some([mut sealed, mut plain]) = self.compare(report, &[name], question)? {
            report.print_median(name, &mut sealed, &mut plain);
        }
        Ok(())
    }

    /// Searches for one keyword with 100,000 hits, for the first time and again.
    fn cohort(&self, report: &Report) -> Result<(), AnyError> {
        let names = ["search/cold_100k_hits_ms", "search/repeat_vs_plaintext_ratio"];
        if !report.wants(&names) {
            return Ok(());
        }
        let question = Question {
            scope: Scope::Cohort,
            whose: Whose::Cohort,
            keywords: vec![self.corpus.status().clone()],
            query: Expression::Term(0).verify(1)?,
            batches: self.corpus.of_cohort(),
        };
        let (mut sealed, mut plain) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let [found, expected] = self.ask(&question, None)?;
            if round == 0 {
                eprintln!("{}: {:?} for the first time", names[0], found);
            }
            sealed.push(found);
            plain.push(expected);
        }
        let [_, plaintext] = report.print_median(names[0], &mut sealed, &mut plain);
        let again = self.again(&question)?;
        let beside = "one more answer from the token cache over plaintext tantivy, same corpus, same run";
        report.print_beside(names[1], "ratio", again / plaintext, Some((beside, None)));
        Ok(())
    }

    /// Measures the milliseconds of the same question again.
    fn again(&self, question: &Question) -> Result<f64, AnyError> {
        let mut times = Vec::new();
        let cache = TokenCache::new()?;
        self.ask(question, Some(&cache))?;
        for _ in 0..ROUNDS {
            times.push(self.ask(question, Some(&cache))?[0]);
        }
        times.sort_unstable();
        Ok(times[ROUNDS / 2].as_secs_f64() * 1_000.0)
    }

    fn of_patient(&self, patient: usize, keywords: Vec<Keyword>, query: Query) -> Question {
        Question {
            scope: Scope::Patient(account(patient)),
            whose: Whose::Patients(vec![patient]),
            keywords,
            query,
            batches: self.corpus.of_patient(patient),
        }
    }

    /// Asks many questions on both sides; `None` when nobody wants to know.
    fn compare(
        &self,
        report: &Report,
        names: &[&str],
        question: impl Fn(usize, usize) -> Result<Question, AnyError>,
    ) -> Result<Option<[Vec<Duration>; 2]>, AnyError> {
        if !report.wants(names) {
            return Ok(None);
        }
        let (mut sealed, mut plain) = (Vec::new(), Vec::new());
        for number in 0..QUERIES {
            // Far apart: no patient comes twice while there are others.
            let question = question(number, number * 7_919 % self.corpus.patients())?;
            let [found, expected] = self.ask(&question, None)?;
            sealed.push(found);
            plain.push(expected);
        }
        Ok(Some([sealed, plain]))
    }

    /// Asks one question on both sides, and checks that both find the same: how long each took.
    fn ask(&self, question: &Question, cache: Option<&TokenCache>) -> Result<[Duration; 2], AnyError> {
        let tokens = self.tokens(question)?;
        let begin = Instant::now();
        let found = self.search(question, tokens, cache)?;
        let sealed = begin.elapsed();
        let begin = Instant::now();
        let expected = self
            .store
            .plain
            .search(&question.query, &question.whose, &question.keywords)?;
        let plain = begin.elapsed();
        assert_eq!(found, expected, "{:?} of {:?}", question.keywords, question.scope);
        Ok([sealed, plain])
    }

    /// Makes what a client sends: outside the measurement, as is the evaluation of the PRF.
    fn tokens(&self, question: &Question) -> Result<Vec<Vec<SearchToken>>, AnyError> {
        let window = window(question)?;
        let context = context(question.scope);
        let token = |keyword: &Keyword| self.key.token(&context, keyword, window);
        Ok(question.keywords.iter().map(token).collect::<Result<_, _>>()?)
    }

    /// Does what the indexer does: verifies the tokens, searches, lists the hits.
    fn search(
        &self,
        question: &Question,
        tokens: Vec<Vec<SearchToken>>,
        cache: Option<&TokenCache>,
    ) -> Result<Vec<(u32, u32)>, AnyError> {
        let verify = |tokens: Vec<SearchToken>| tokens.into_iter().map(SearchToken::verify).collect();
        let terms: Vec<Vec<VerifiedToken>> = tokens.into_iter().map(verify).collect::<Result<_, _>>()?;
        let views: Vec<SpanView<'_>> = question
            .batches
            .iter()
            .map(|(batch, universe)| {
                let (salt, counts) = &self.store.tables[batch.0 as usize];
                SpanView {
                    span: BatchSpan::one(*batch),
                    epoch: 0,
                    salt: *salt,
                    counts,
                    universe,
                }
            })
            .collect();
        let search = LabelSearch::new(DOMAIN, &question.query, &terms, &views);
        let found = match cache {
            Some(cache) => self.store.searcher.search_cached(cache, ASKER, &search)?,
            None => self.store.searcher.search(&search)?,
        };
        let mut hits = Vec::new();
        for found in found.iter().rev() {
            let batch = found.span.first().0;
            hits.extend(found.hits.iter().map(|number| (batch, number)));
        }
        Ok(hits)
    }
}
