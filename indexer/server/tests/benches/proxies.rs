//! Benchmarks of opening through several proxies, each a program of its own. `cargo bench --workspace --bench proxies --
//! [prefix]` prints one JSON object a line on standard output, and everything else on standard error.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

#[path = "../indexer/support/mod.rs"]
#[allow(dead_code)]
mod support;

use aegle_client::{
    chain::Chain,
    clinician::partials::{Asked, gather},
    proxies::Quorum,
};
use aegle_crypto::delegation::{DelegateeSecrets, open_delegated};
use aegle_protocol::{delegation::SplitAnchor, wire::TransformRequest};
use aegle_rules::{Purposes, consent::Control};
use serde_json::json;
use std::time::{Duration, Instant};
use support::quorum::Site;

/// What is measured.
const NAME: &str = "pre/open_3of5_p50_ms";
/// How often a capsule is opened.
const OPENINGS: usize = 200;
/// How often a whole record is opened beside that.
const RECORDS: usize = 40;
/// What it may take, in milliseconds.
const GOAL_MS: f64 = 50.0;
/// What TACo publishes for its threshold decryption, in milliseconds.
const TACO_MS: f64 = 3_500.0;

#[tokio::main]
async fn main() {
    // `cargo bench` adds `--bench` by itself.
    let prefix = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let prefix = prefix.unwrap_or_default();
    if NAME.starts_with(&prefix) || prefix.starts_with(NAME) {
        three_of_five().await;
    }
}

/// Five proxies in five processes, of which two are killed: the parts of the other three, verified and combined.
async fn three_of_five() {
    let mut site = Site::with_proxies(4).await;
    let quorum = Quorum::Of {
        threshold: 3,
        proxies: 5,
    };
    let granted = site.grant(quorum).await.unwrap();
    let question = site.question(&granted).await;
    let clients = site.clients(None);
    for proxy in &mut site.proxies[..2] {
        proxy.kill();
    }
    let aegle = site.aegle(&clients);
    let patient = site.patient.account();
    let deposited = aegle
        .indexer
        .grant(site.reader.key(), &patient, granted.id)
        .await
        .unwrap();
    let anchor = SplitAnchor {
        deployment: &aegle.bound_to(),
        patient: &patient,
        grant: granted.id,
        on_chain: &granted.terms.split,
        control: &Control::default(),
    };
    let split = deposited.verify(&anchor).unwrap();
    let part = deposited.delegatee.as_ref().unwrap();
    let parts = DelegateeSecrets::open(part, site.reader.encryption(), &split).unwrap();
    let header = question.shown.row.header;
    let capsule = question.shown.row.verify_capsule(&aegle.bound_to()).unwrap();
    let slot = split.slot(header.slot, header.epoch).unwrap();
    let asked = Asked {
        account: site.reader.key(),
        request: TransformRequest {
            record: site.record,
            purpose: Purposes::TREAT,
            grant: granted.id,
            version: split.document().version,
        },
        shown: &question.shown,
        capsule: &capsule,
        slot,
    };
    let mut openings = Vec::new();
    for _ in 0..OPENINGS {
        let began = Instant::now();
        let found = gather(&aegle, &asked, &split.document().proxies).await;
        open_delegated(&capsule, slot, parts.part(header.slot, header.epoch), &found.partials).unwrap();
        openings.push(began.elapsed());
        assert_eq!(found.faults.len(), 2, "both that were killed are named");
    }
    let mut records = Vec::new();
    for _ in 0..RECORDS {
        let began = Instant::now();
        site.open(&clients).await.unwrap();
        records.push(began.elapsed());
    }
    let head = aegle.chain.finalized().await.unwrap();
    eprintln!("{OPENINGS} openings until block {}", head.number);
    println!(
        "{}",
        json!({
            "name": NAME,
            "value": median_ms(&mut openings),
            "unit": "ms",
            "comparison": { "name": "TACo, published", "value": TACO_MS },
            "goal": GOAL_MS,
            "openings": OPENINGS,
            "record_p50_ms": median_ms(&mut records),
        })
    );
    site.indexer.stop().await;
}

fn median_ms(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}
