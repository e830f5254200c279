//! Searching a chart whose labels were fetched, beside the same searches with tokens at the indexer.

use aegle_client::{
    chain::Chain,
    native::{ServerAddress, TokenServiceClient},
    search::{asking::Asking, private::PrivateChart, tokens::SearchedDomain},
};
use aegle_http::Listen;
use aegle_rules::Purposes;
use aegle_sealed::query::{self, ParsedQuery};
use aegle_stories::{examples, world::World};
use aegle_token_service::{Quota, ServiceConfig, Serving};
use anyhow::{Context, Result};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Records of the chart, and of each of its batches.
const RECORDS: usize = 200;
const BATCH_RECORDS: usize = 50;
/// How often a chart is fetched and searched; the median counts.
const REPETITIONS: usize = 41;
/// What is asked, in turn.
const QUERIES: [&str; 8] = [
    "text:pressure",
    "type:Observation AND status:final",
    "text:blood OR text:glucose",
    "type:Condition",
    "status:final AND NOT text:pressure",
    "code:\"http://loinc.org|8480-6\"",
    "type:MedicationRequest AND status:active",
    "text:patient",
];

/// What was measured.
pub(crate) struct Searched {
    /// The first search of a chart: its labels fetched, keywords evaluated blindly.
    pub(crate) first_ms: f64,
    /// Another one on the same chart.
    pub(crate) again_ms: f64,
    /// The same with tokens at the indexer.
    pub(crate) tokens_ms: f64,
    /// Bytes of the chart's labels.
    pub(crate) bytes: usize,
    /// Records of the chart.
    pub(crate) records: usize,
}

/// Searches a patient's own chart, again and again.
pub(crate) async fn search() -> Result<Searched> {
    let charts = examples::charts()?;
    let resources = charts.iter().flat_map(|chart| &chart.resources).cycle().take(RECORDS);
    let resources: Vec<_> = resources.collect();
    let mut world = World::start().await?;
    let person = world.admit().await?;
    for batch in resources.chunks(BATCH_RECORDS) {
        let records: Vec<_> = batch.iter().map(|resource| (person, *resource)).collect();
        world.ingest(&records).await?;
    }
    let (aegle, domain) = (world.deployment().aegle(), world.hospital().domain());
    let folder = tempfile::tempdir()?;
    let config = ServiceConfig {
        listen: Listen::plain(([127, 0, 0, 1], 0).into()),
        audit: folder.path().join("audit.jsonl"),
        quota: Quota {
            requests_a_minute: u32::MAX,
            elements_an_hour: u32::MAX,
        },
    };
    let (chain, contracts) = (world.deployment().chain().clone(), *world.deployment().contracts());
    let service = Serving::start(Arc::new(world.hospital().again()), chain, contracts, config).await?;
    let address = ServerAddress::new(service.url(), service.account());
    let client = TokenServiceClient::at(&address, world.deployment().contracts())?;
    let person = world.people.get(person).context("a person was admitted")?;
    let key = person.patient.key();
    let asking = Asking::patient(person.account(), person.account(), Purposes::PATRQT);
    let queries: Vec<ParsedQuery> = QUERIES
        .iter()
        .map(|text| query::parse(text))
        .collect::<Result<_, _>>()?;
    let mut queries = queries.iter().cycle();
    let mut next = || queries.next().context("there are queries");

    let (mut first, mut again, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bytes, mut records) = (0, 0);
    for _ in 0..REPETITIONS {
        let began = Instant::now();
        let head = aegle.chain.finalized().await?;
        let searched = SearchedDomain::read(&aegle, &head, domain).await?;
        let chart = PrivateChart::fetch(&aegle, key, searched, asking).await?;
        chart.search(&client, key, next()?).await?;
        first.push(began.elapsed());
        (bytes, records) = (chart.bytes(), chart.hits().count());

        let began = Instant::now();
        chart.search(&client, key, next()?).await?;
        again.push(began.elapsed());

        let (query, began) = (next()?, Instant::now());
        let terms = client.tokens(&aegle, key, domain, &asking, &query.terms).await?;
        let request = asking.search(domain, terms, query.expression.clone());
        aegle.indexer.search(key, &request).await?;
        tokens.push(began.elapsed());
    }
    service.stop().await;
    Ok(Searched {
        first_ms: median_ms(&mut first),
        again_ms: median_ms(&mut again),
        tokens_ms: median_ms(&mut tokens),
        bytes,
        records,
    })
}

fn median_ms(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1_000.0
}
