//! Benchmarks of the whole path. `cargo bench --profile dev -p aegle-stories --bench path -- [prefix]` prints one JSON
//! object a line on standard output, and everything else on standard error.
#![allow(clippy::print_stdout)]

mod decisions;
mod intake;
mod plaintext;
mod policy;
mod private;
mod sizes;

use aegle_client::{custodian::Step, fhir::Resource};
use aegle_stories::{
    examples::{self, Chart},
    world::World,
};
use anyhow::Result;
use plaintext::Plaintext;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often everything is ingested anew, each time under fresh keys and names; the median counts.
const REPETITIONS: usize = 5;
/// The stages of an ingestion, in the order of [`Step`].
const STAGES: [&str; 5] = ["seal", "store", "label", "anchor", "upload"];
/// How often the examples' records are in the batch: with more than a thousand a fixed cost a batch does not count.
const COPIES: usize = 5;
/// How fast the indexer takes in what is anchored, and how much its disk holds.
const INDEXER_RATE: &str = "search/ingest_records_per_s";
const STORAGE_RATIO: &str = "search/storage_vs_plaintext_ratio";
/// The program on NDJSON from disk: its rate, and the most memory that it had.
const INTAKE: [&str; 2] = ["ingest/ndjson_records_per_s", "ingest/peak_rss_mib"];
/// What they are to be.
const NDJSON_GOAL: f64 = 4_000.0;
const PEAK_RSS_GOAL_MIB: f64 = 256.0;
/// Searching a chart whose labels were fetched: the first time, another time, and the bytes of its labels.
const PRIVATE: [&str; 3] = [
    "search/private_p50_ms",
    "search/private_again_p50_ms",
    "search/private_bytes",
];

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo bench` adds `--bench` by itself.
    let prefix = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
        .unwrap_or_default();
    let wanted = |name: &str| name.starts_with(&prefix) || prefix.starts_with(name);
    let ingested = ["ingest/records_per_s", INDEXER_RATE, STORAGE_RATIO];
    if ingested.into_iter().any(&wanted) {
        ingest(&wanted).await?;
    }
    if INTAKE.into_iter().any(&wanted) {
        intake(&wanted).await?;
    }
    if PRIVATE.into_iter().any(&wanted) {
        private_search(&wanted).await?;
    }
    if wanted("policy/checks_per_s") {
        policy().await?;
    }
    if wanted("decision/hapi_page_p50_ms") {
        decision().await?;
    }
    Ok(())
}

/// Pages of a FHIR server through the decision endpoint: request, signature, state of the chain, decisions, answer.
async fn decision() -> Result<()> {
    let mut world = World::start().await?;
    let person = world.admit().await?;
    let decisions::Waits { p50, p99 } = decisions::waits(&world, person).await?;
    let ms = |wait: Duration| wait.as_secs_f64() * 1_000.0;
    print(json!({
        "name": "decision/hapi_page_p50_ms",
        "value": ms(p50),
        "unit": "ms",
        "p99": ms(p99),
    }));
    Ok(())
}

fn print(result: Value) {
    println!("{result}");
}

/// The whole path, beside the same records without any secrecy: from parsed resources to both stores durable.
async fn ingest(wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let charts = examples::charts()?;
    let mut world = World::start().await?;
    for _ in &charts {
        world.admit().await?;
    }
    let folder = tempfile::tempdir()?;
    let mut plaintext = Plaintext::set_up(world.deployment().data(), folder.path()).await?;
    let records = COPIES * charts.iter().map(|chart| chart.resources.len()).sum::<usize>();
    let (mut sealed, mut plain) = (Vec::new(), Vec::new());
    let (mut keywords, mut stages) = (0, Vec::new());
    for repetition in 0..REPETITIONS {
        let batch = batch(&charts).repeat(COPIES);
        let began = Instant::now();
        let mut last = [Duration::ZERO; STAGES.len()];
        let watch = &mut |step: Step| last[step as usize] = began.elapsed();
        keywords = world.ingest_watched(&batch, watch).await?.keywords;
        sealed.push(began.elapsed());
        stages.push(last);
        plain.push(plaintext.ingest(&charts, COPIES).await?);
        eprintln!(
            "repetition {repetition}: sealed {:?}, plaintext {:?}",
            sealed[repetition], plain[repetition]
        );
    }
    // The first time no keyword's key has been evaluated; later the custodian has them at hand, as from batch to batch.
    let first = records as f64 / sealed[0].as_secs_f64();
    let rate = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        records as f64 / times[times.len() / 2].as_secs_f64()
    };
    let (sealed, plain) = (rate(&mut sealed), rate(&mut plain));
    let comparison =
        json!({ "name": "plaintext Postgres JSONB and plaintext tantivy, same run", "value": plain.round() });
    if wanted("ingest/records_per_s") {
        print(json!({
            "name": "ingest/records_per_s",
            "value": sealed.round(),
            "unit": "records/s",
            "first": first.round(),
            "comparison": comparison,
            "ratio": sealed / plain,
            "records": records,
            "keywords": keywords,
            "stages_ms": stages_ms(&stages[REPETITIONS / 2]),
        }));
    }
    if wanted(INDEXER_RATE) {
        // From the last byte that the custodian has, to both stores durable: request, verification, Postgres, tantivy.
        let upload = |ends: &[Duration; STAGES.len()]| ends[Step::Uploaded as usize] - ends[Step::Anchored as usize];
        let rate = rate(&mut stages.iter().map(upload).collect());
        print(json!({
            "name": INDEXER_RATE,
            "value": rate.round(),
            "unit": "records/s",
            "comparison": comparison,
            "ratio": rate / plain,
            "records": records,
            "keywords": keywords,
        }));
    }
    if wanted(STORAGE_RATIO) {
        let (sealed, plain) = (
            sizes::sealed(world.deployment()).await?,
            plaintext.sizes(folder.path()).await?,
        );
        let total = |sizes: &sizes::Sizes| sizes.values().sum::<u64>() as f64;
        print(json!({
            "name": STORAGE_RATIO,
            "value": total(&sealed) / total(&plain),
            "unit": "ratio",
            "comparison": { "name": "plaintext Postgres JSONB and plaintext tantivy, same run", "value": 1 },
            "records": records * REPETITIONS,
            "bytes": sealed,
            "plaintext_bytes": plain,
        }));
    }
    Ok(())
}

/// The program as a hospital runs it: `RECORDS` resources from a file to their receipts.
async fn intake(wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let intake::Ingested {
        records,
        bytes,
        took,
        peak_rss_mib,
    } = intake::ingest().await?;
    let [rate, peak] = INTAKE;
    for (name, value, unit, goal) in [
        (
            rate,
            (records as f64 / took.as_secs_f64()).round(),
            "records/s",
            NDJSON_GOAL,
        ),
        (peak, peak_rss_mib, "MiB", PEAK_RSS_GOAL_MIB),
    ] {
        if wanted(name) {
            print(json!({
                "name": name,
                "value": value,
                "unit": unit,
                "comparison": { "name": "goal", "value": goal },
                "records": records,
                "bytes": bytes,
            }));
        }
    }
    Ok(())
}

/// A chart's labels fetched and searched, beside searches with tokens.
async fn private_search(wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let private::Searched {
        first_ms,
        again_ms,
        tokens_ms,
        bytes,
        records,
    } = private::search().await?;
    let [first, again, size] = PRIVATE;
    for (name, value, unit) in [
        (first, first_ms, "ms"),
        (again, again_ms, "ms"),
        (size, bytes as f64, "bytes"),
    ] {
        if wanted(name) {
            print(json!({
                "name": name,
                "value": value,
                "unit": unit,
                "comparison": { "name": "with tokens at the indexer, ms, same chart and run", "value": tokens_ms },
                "records": records,
            }));
        }
    }
    Ok(())
}

/// How long each stage took, in milliseconds, from the moments at which they ended.
fn stages_ms(ends: &[Duration]) -> Value {
    let begins = std::iter::once(&Duration::ZERO).chain(ends);
    let times = STAGES.iter().zip(begins.zip(ends));
    times
        .map(|(stage, (begin, end))| ((*stage).to_owned(), json!((*end - *begin).as_millis())))
        .collect()
}

/// Every record of every chart, in one batch.
fn batch(charts: &[Chart]) -> Vec<(usize, &Resource)> {
    let of_chart = |(person, chart)| {
        let chart: &Chart = chart;
        chart.resources.iter().map(move |resource| (person, resource))
    };
    charts.iter().enumerate().flat_map(of_chart).collect()
}

/// The consent contract asked in process and at the node, one question after the other each.
async fn policy() -> Result<()> {
    let mut world = World::start().await?;
    let person = world.admit().await?;
    let policy::Rates {
        engine,
        engine_per_cpu_s,
        node,
    } = policy::rates(&world, person).await?;
    print(json!({
        "name": "policy/checks_per_s",
        "value": engine.round(),
        "unit": "checks/s",
        "comparison": { "name": "the node's dry run, same questions, same run", "value": node.round() },
        "ratio": engine / node,
        "per_cpu_s": engine_per_cpu_s.round(),
    }));
    Ok(())
}
