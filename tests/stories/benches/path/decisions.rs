//! How long a hospital's FHIR server waits for the decisions on a page.

use aegle_crypto::classes::Class;
use aegle_protocol::wire::{DecisionQuestion, DecisionRequest, Subject};
use aegle_rules::{AccountId, SLOTS, Slot, consent::Declaration};
use aegle_stories::world::World;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};

/// Resources on a page, as HAPI's default has it.
const PAGE: u64 = 20;
/// Pages that are asked for, one after the other.
const PAGES: u64 = 200;

/// Half of the pages were decided within the first time, 99 of 100 within the second.
pub(crate) struct Waits {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Grants the clinician a class of one person's records, and asks for pages of them, every resource another one.
pub(crate) async fn waits(world: &World, person: usize) -> Result<Waits> {
    let person = &world.people[person];
    let granted = world.grant(person, world.clinician(), &[Class::Laboratory]).await?;
    let terms = granted.terms;
    let slot = (0..SLOTS).map(Slot).find(|slot| terms.slots.contains(*slot));
    let slot = slot.context("a grant covers a slot")?;
    let question = |authored_at| DecisionQuestion {
        about: Subject::Resource {
            patient: person.account(),
            slot,
            confidentiality: terms.confidentiality,
            author: AccountId([7; 32]),
            authored_at,
        },
        actor: world.clinician().key().account(),
        purpose: terms.purposes,
        research: Declaration::default(),
    };
    let (aegle, admin) = (world.deployment().aegle(), world.hospital().admin());
    let mut waits = Vec::new();
    for page in 0..PAGES {
        let questions = (page * PAGE..(page + 1) * PAGE).map(question).collect();
        let began = Instant::now();
        let answer = aegle.indexer.decide(admin, &DecisionRequest { questions }).await?;
        waits.push(began.elapsed());
        ensure!(u64::from(answer.permitted) == PAGE, "the grant permits not everything");
    }
    waits.sort_unstable();
    Ok(Waits {
        p50: waits[waits.len() / 2],
        p99: waits[waits.len() * 99 / 100],
    })
}
