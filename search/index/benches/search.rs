//! Measures sealed search beside plaintext tantivy, on the same corpus, in the same run.
//!
//! Prints one JSON object a figure on standard output and everything else on standard error. An argument keeps the
//! figures whose names begin with it. The corpus is deterministic: 100,000 records of 10 patients in 100 batches, 30
//! keywords drawn for each from a Zipf distribution over 10,000.
#![allow(missing_docs, clippy::print_stdout)]

#[path = "support/corpus.rs"]
mod corpus;
#[path = "support/plaintext.rs"]
mod plaintext;

use aegle_index::{BatchView, IndexOptions, LabelIndex, Payload};
use aegle_rules::{BatchNumber, DomainId};
use aegle_sealed::{
    DomainKey, Expression, KeyCache, LabelSet, Query, Salt, Scope, ScopeContext, SearchToken, VerifiedToken, Window,
    label_batch_with,
};
use corpus::{BATCH_RECORDS, BATCHES, Corpus, PATIENTS};
use plaintext::Plaintext;
use roaring::RoaringBitmap;
use serde::Serialize;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

const DOMAIN: DomainId = DomainId(1);
/// Different queries behind each median.
const QUERIES: usize = 1_000;

#[derive(Serialize)]
struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_value: Option<f64>,
}

const PLAINTEXT: &str = "plaintext tantivy, same corpus, same run";

/// Names of figures, and the prefix that chooses among them.
struct Report {
    prefix: String,
}

impl Report {
    fn print(&self, name: &'static str, unit: &'static str, value: f64, comparison: Option<f64>) {
        if name.starts_with(&self.prefix) {
            let comparison_name = comparison.map(|_| PLAINTEXT);
            let figure = Figure {
                name,
                value,
                unit,
                comparison: comparison_name,
                comparison_value: comparison,
            };
            println!("{}", serde_json::to_string(&figure).expect("plain numbers and texts"));
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds `--bench` of its own.
    let prefix = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'))
        .unwrap_or_default();
    let report = Report { prefix };
    if !"search/".starts_with(&report.prefix) && !report.prefix.starts_with("search/") {
        return Ok(());
    }
    let corpus = Corpus::new();
    let key = DomainKey::from_seed(&[0x42; 32]);
    let label_sets = label(&report, &corpus, &key)?;

    let folder = tempfile::tempdir()?;
    let (sealed_folder, plain_folder) = (folder.path().join("sealed"), folder.path().join("plain"));
    let index = ingest(&report, &sealed_folder, &plain_folder, &corpus, &label_sets)?;
    let plain = Plaintext::open(&plain_folder)?;

    let bench = Bench {
        key,
        index,
        plain,
        label_sets,
        universes: corpus.universes(),
    };
    // By rank: how often a keyword comes falls with it.
    bench.compare(
        &report,
        &ONE,
        5_000..10_000,
        ["search/exact_p50_ms", "search/exact_p99_ms"],
    )?;
    bench.compare(
        &report,
        &ONE,
        0..20,
        ["search/frequent_p50_ms", "search/frequent_p99_ms"],
    )?;
    bench.compare(
        &report,
        &AND_NOT,
        100..1_000,
        ["search/and_not_p50_ms", "search/and_not_p99_ms"],
    )?;
    Ok(())
}

fn label(report: &Report, corpus: &Corpus, key: &DomainKey) -> Result<Vec<LabelSet>, Box<dyn std::error::Error>> {
    let mut cache = KeyCache::default();
    let evaluations = corpus.evaluate_keys(key, &mut cache, DOMAIN);
    report.print("search/poprf_per_s", "evaluations/s", evaluations, None);
    eprintln!("labelling {BATCHES} batches");
    let (mut label_sets, begin) = (Vec::new(), Instant::now());
    for (number, records) in (0_u32..).zip(corpus.batches()) {
        let salt = Salt([number as u8; 16]);
        label_sets.push(label_batch_with(
            &mut cache,
            key,
            DOMAIN,
            0,
            BatchNumber(number),
            &records,
            salt,
        )?);
    }
    report.print(
        "search/label_records_per_s",
        "records/s",
        per_second(begin.elapsed()),
        None,
    );
    Ok(label_sets)
}

fn per_second(elapsed: Duration) -> f64 {
    (BATCHES * BATCH_RECORDS) as f64 / elapsed.as_secs_f64()
}

/// Writes both indexes durably, a commit every ten batches, and compares rates and sizes.
fn ingest(
    report: &Report,
    sealed_folder: &Path,
    plain_folder: &Path,
    corpus: &Corpus,
    label_sets: &[LabelSet],
) -> Result<LabelIndex, Box<dyn std::error::Error>> {
    eprintln!("writing the plaintext index");
    let begin = Instant::now();
    plaintext::write(plain_folder, corpus)?;
    let plain_rate = per_second(begin.elapsed());

    eprintln!("writing the sealed index");
    let begin = Instant::now();
    let mut index = LabelIndex::open(sealed_folder, IndexOptions::default())?;
    for (number, labels) in (0_u32..).zip(label_sets) {
        index.add_batch(DOMAIN, BatchNumber(number), labels)?;
        if number % 10 == 9 {
            index.commit(Payload {
                block: number,
                hash: [0; 32],
            })?;
        }
    }
    report.print(
        "search/ingest_records_per_s",
        "records/s",
        per_second(begin.elapsed()),
        Some(plain_rate),
    );
    // Merges end, and files that nobody needs are gone: what is measured is the same on both sides.
    index.purge()?;
    let labels: usize = label_sets.iter().flat_map(LabelSet::records).map(Vec::len).sum();
    let occurrences = corpus.occurrences();
    eprintln!("{labels} labels for {occurrences} keyword occurrences");
    let bytes = |folder| size(folder).map(|bytes| bytes as f64);
    report.print(
        "search/index_bytes_per_label",
        "bytes",
        bytes(sealed_folder)? / labels as f64,
        None,
    );
    let per_occurrence = |bytes: f64| bytes / occurrences as f64;
    let plain_size = per_occurrence(bytes(plain_folder)?);
    let name = "search/index_bytes_per_keyword";
    report.print(name, "bytes", per_occurrence(bytes(sealed_folder)?), Some(plain_size));
    Ok(index)
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// A form of query: how many keywords it takes, and what it asks about them.
struct Form {
    terms: usize,
    expression: fn() -> Expression,
}

const ONE: Form = Form {
    terms: 1,
    expression: || Expression::Term(0),
};
const AND_NOT: Form = Form {
    terms: 3,
    expression: || {
        let [first, second, third] = [0, 1, 2].map(Expression::Term);
        Expression::And(vec![first, second, Expression::Not(Box::new(third))])
    },
};

struct Bench {
    key: DomainKey,
    index: LabelIndex,
    plain: Plaintext,
    label_sets: Vec<LabelSet>,
    /// For each patient, for each batch, the numbers of its records.
    universes: Vec<Vec<RoaringBitmap>>,
}

impl Bench {
    /// Runs queries of one form over keywords of some ranks, each on both sides, and checks that both find the same.
    fn compare(
        &self,
        report: &Report,
        form: &Form,
        ranks: std::ops::Range<usize>,
        names: [&'static str; 2],
    ) -> Result<(), Box<dyn std::error::Error>> {
        if !names.iter().any(|name| name.starts_with(&report.prefix)) {
            return Ok(());
        }
        let query = (form.expression)().verify(form.terms)?;
        let (mut sealed, mut plain, mut hits) = (Vec::new(), Vec::new(), 0);
        for number in 0..QUERIES {
            let patient = number % PATIENTS;
            // Far apart, so that no keyword is asked for twice while there are others.
            let rank = |term| ranks.start + (number * 7_919 + term * 104_729) % ranks.len();
            let keywords: Vec<usize> = (0..form.terms).map(rank).collect();
            let tokens = self.tokens(patient, &keywords)?;
            let views = self.views(patient);
            let begin = Instant::now();
            let found = self.search(&query, tokens, &views)?;
            sealed.push(begin.elapsed());
            let begin = Instant::now();
            let expected = self.plain.search(&query, patient, &keywords)?;
            plain.push(begin.elapsed());
            assert_eq!(found, expected, "patient {patient}, keywords {keywords:?}");
            hits += found.len();
        }
        eprintln!("{}: {:.1} hits a query", names[0], hits as f64 / QUERIES as f64);
        for (name, per_mille) in names.into_iter().zip([500, 990]) {
            report.print(
                name,
                "ms",
                percentile(&mut sealed, per_mille),
                Some(percentile(&mut plain, per_mille)),
            );
        }
        Ok(())
    }

    /// What a client sends: made outside the measurement, as is the evaluation of the PRF.
    fn tokens(&self, patient: usize, keywords: &[usize]) -> Result<Vec<Vec<SearchToken>>, Box<dyn std::error::Error>> {
        let context = ScopeContext {
            domain: DOMAIN,
            epoch: 0,
            scope: Scope::Patient(corpus::patient(patient)),
        };
        let window = Window::new(0, BATCHES as u32)?;
        let token = |rank: &usize| self.key.token(&context, &corpus::keyword(*rank), window);
        Ok(keywords.iter().map(token).collect::<Result<_, _>>()?)
    }

    fn views(&self, patient: usize) -> Vec<BatchView<'_>> {
        let sets = (0_u32..).zip(&self.label_sets).zip(&self.universes[patient]);
        sets.map(|((number, labels), universe)| BatchView {
            batch: BatchNumber(number),
            salt: *labels.salt(),
            counts: labels.counts(),
            universe,
        })
        .collect()
    }

    /// What the indexer does: verify the tokens, search, list the hits.
    fn search(
        &self,
        query: &Query,
        tokens: Vec<Vec<SearchToken>>,
        views: &[BatchView<'_>],
    ) -> Result<Vec<(u32, u32)>, Box<dyn std::error::Error>> {
        let verify = |tokens: Vec<SearchToken>| tokens.into_iter().map(SearchToken::verify).collect();
        let terms: Vec<Vec<VerifiedToken>> = tokens.into_iter().map(verify).collect::<Result<_, _>>()?;
        let found = self.index.search(DOMAIN, query, &terms, views)?;
        let mut hits = Vec::new();
        for (batch, numbers) in found.iter().rev() {
            hits.extend(numbers.iter().map(|number| (batch.0, number)));
        }
        Ok(hits)
    }
}

fn percentile(times: &mut [Duration], per_mille: usize) -> f64 {
    times.sort_unstable();
    times[times.len() * per_mille / 1_000].as_secs_f64() * 1_000.0
}
