//! Bad input through the public surfaces: a clear refusal each time, nothing stored, nothing lost.

mod batches;
mod late;
mod requests;
mod resources;
mod shares;

use aegle_client::{deployment::Aegle, indexer::Indexer, native::ChainClient, remote::RemoteError, remote::Transport};
use aegle_protocol::{record::RecordId, wire::ProblemCode};
use aegle_stories::world::World;
use std::collections::BTreeSet;

/// A query that finds every record.
const EVERYTHING: &str = "NOT status:no-such-status";

/// The records of the first patient, as the patient finds them.
async fn own_records(world: &World) -> BTreeSet<RecordId> {
    let hits = world
        .search_own(&world.people[0], EVERYTHING)
        .await
        .expect("patients may search their own records");
    hits.iter().map(|hit| hit.record).collect()
}

/// What the client sees through another way to the same indexer.
fn through<'a, T: Transport>(world: &'a World, indexer: &'a Indexer<T>) -> Aegle<'a, ChainClient, T> {
    Aegle::new(world.deployment().chain(), world.deployment().contracts(), indexer)
}

/// The code and the status of a refusal.
pub(crate) fn code<T>(answer: Result<T, RemoteError>) -> (ProblemCode, u16) {
    match answer {
        Err(RemoteError::Refused { code, status, .. }) => (code, status),
        Err(RemoteError::NotFound) => (ProblemCode::NotFound, 404),
        Err(error) => panic!("not a refusal: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}
