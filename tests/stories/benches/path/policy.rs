//! How many questions the consent contract answers in process, beside the node's dry runs of the same ones.

use aegle_chain::node::ChainLink;
use aegle_crypto::classes::Class;
use aegle_indexer::config::MAX_BLOCK_AGE;
use aegle_policy::{Policy, Question, RecordQuestion, View};
use aegle_rules::{
    AccountId, SLOTS, Slot,
    consent::{Declaration, Extent, Facts},
};
use aegle_stories::world::World;
use anyhow::{Context, Result, ensure};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Different questions that the engine is asked, one after the other on one processor.
const QUESTIONS: u64 = 50_000;
/// Of these, those that the node is asked.
const DRY_RUNS: u64 = 1_000;

/// Questions a second.
pub(crate) struct Rates {
    /// Answered in process, each in an instance of its own.
    pub(crate) engine: f64,
    /// The same in a second of processor time, whoever else the machine works for.
    pub(crate) engine_per_cpu_s: f64,
    /// Answered by the node.
    pub(crate) node: f64,
}

/// Grants the clinician a class of one person's records, and asks about as many different records as there are questions.
pub(crate) async fn rates(world: &World, person: usize) -> Result<Rates> {
    let person = &world.people[person];
    let granted = world.grant(person, world.clinician(), &[Class::Laboratory]).await?;
    let terms = granted.terms;
    let slot = (0..SLOTS).map(Slot).find(|slot| terms.slots.contains(*slot));
    let slot = slot.context("a grant covers a slot")?;
    let asked: Vec<RecordQuestion> = (0..QUESTIONS)
        .map(|number| RecordQuestion {
            question: Question {
                requester: world.clinician().key().account(),
                patient: person.account(),
                purpose: terms.purposes,
                research: Declaration::default(),
                extent: Extent::Open,
            },
            facts: Facts {
                slot,
                confidentiality: terms.confidentiality,
                author: AccountId([7; 32]),
                authored_at: number,
            },
        })
        .collect();
    let deployment = world.deployment();
    let link = Arc::new(ChainLink::new(deployment.chain_url().to_owned()));
    let node = link.connect().await?;
    let policy = Policy::new(link, *deployment.contracts(), MAX_BLOCK_AGE)?;
    let wall = node.finalized().await?.timestamp;
    let view: View = policy.view(wall).await?;
    // At the block's own time in its own state each record is one question. The first one reads the contract's storage.
    let at = view.finalized().timestamp;
    ensure!(
        policy.ruling(&view, at, asked[0]).await?.allows(),
        "the grant permits nothing"
    );
    let (began, cpu_before) = (Instant::now(), cpu_time()?);
    let rulings = policy.rulings(&view, at, &asked[1..]).await?;
    let engine = rate(QUESTIONS - 1, began.elapsed());
    let engine_per_cpu_s = rate(QUESTIONS - 1, cpu_time()? - cpu_before);
    ensure!(
        rulings.iter().all(|ruling| ruling.allows()),
        "the grant permits not everything"
    );

    let began = Instant::now();
    for asked in asked.iter().take(DRY_RUNS as usize) {
        node.read(view.finalized().hash, deployment.contracts().consent, &asked.check(at))
            .await?;
    }
    Ok(Rates {
        engine,
        engine_per_cpu_s,
        node: rate(DRY_RUNS, began.elapsed()),
    })
}

/// The processor time that this process has had, as Linux counts it, in hundredths of a second.
fn cpu_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in brackets, may have spaces; the 12th and 13th fields after it are the times.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has a name")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<std::result::Result<u64, _>>()?;
    Ok(Duration::from_millis(10 * ticks))
}

fn rate(questions: u64, took: Duration) -> f64 {
    questions as f64 / took.as_secs_f64()
}
