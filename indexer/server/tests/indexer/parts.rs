//! Parts that die or hang are named, started again, and nothing is answered without them.
use crate::{
    batches::two,
    faults::{found, send},
    support::{
        program::signal,
        wire::Wire,
        world::{PATIENCE, World},
    },
};
use aegle_chain::node::Node;
use aegle_devchain::{Devchain, Options};
use aegle_indexer::{FollowError, Indexer, config::Database};
use aegle_sealed::Keyword;
use std::{fs, path::Path};

/// Returns the number of the server's process; none while there is none.
fn postmaster(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("postgres").join("postmaster.pid")).ok()?;
    Some(text.lines().next()?.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_database_that_dies_or_hangs_is_started_again() {
    let world = World::new().await;
    let mut config = world.config();
    config.database = Database::Private;
    let running = Indexer::start(config).await.unwrap();
    let (url, admin) = (running.url(), world.caller(&running, &world.admin));
    let patient = world.caller(&running, &world.patient);
    send(&admin, &world, &two(&world, 0)).await.expect(201);

    for (batch, blow) in [(1, "KILL"), (2, "STOP")] {
        let before = postmaster(world.data.path()).unwrap();
        signal(blow, &before);
        let asked = tokio::time::Instant::now();
        while postmaster(world.data.path()).is_none_or(|now| now == before) {
            assert!(asked.elapsed() < 2 * PATIENCE, "{blow}: never started again");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        world.until_readiness_is(&url, "ready").await;
        send(&admin, &world, &two(&world, batch)).await.expect(201);
        let expected: Vec<u32> = (0..=batch).rev().flat_map(|batch| [batch, batch]).collect();
        assert_eq!(found(&patient, &world, batch + 1).await, expected, "{blow}");
    }
    running.stop().await;
    assert!(
        aegle_indexer::postgres::Cluster::running(world.data.path())
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_wire_to_the_node_is_noticed_and_made_again() {
    let world = World::new().await;
    let wire = Wire::to(&world.chain_url).await;
    let mut config = world.config();
    config.chain_url = wire.url();
    let running = Indexer::start(config).await.unwrap();
    world.until_readiness_is(&running.url(), "ready").await;
    let patient = world.caller(&running, &world.patient);
    let search = world.search(&Keyword::status("final").unwrap(), 1);

    wire.freeze();
    world.until_readiness_is(&running.url(), "node-silent").await;
    let refused = patient.post("/v1/search", &search).await;
    assert_eq!(refused.reason(), (503, "chain-unavailable".into()));
    // The connection is given up by itself; a new one takes the way that is open now.
    world.until_readiness_is(&running.url(), "disconnected").await;
    wire.lay_to(&world.chain_url);
    world.until_readiness_is(&running.url(), "ready").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_node_stops_every_answer_until_it_is_the_right_one_again() {
    let world = World::on_devchain().await;
    let wire = Wire::to(&world.chain_url).await;
    let mut config = world.config();
    config.chain_url = wire.url();
    let running = Indexer::start(config).await.unwrap();
    world.settle(&running).await;
    let indexed = running.indexed_block().unwrap();

    let other = Devchain::start(Options::default()).await.unwrap();
    while other.seal_block().await.unwrap().number <= indexed.number {}
    wire.lay_to(&other.ws_url());
    world.until_readiness_is(&running.url(), "ingestion-stopped").await;
    let halted = running.halted().expect("it says why");
    assert!(matches!(&*halted, FollowError::CheckpointLost { .. }), "{halted}");
    let patient = world.caller(&running, &world.patient);
    let refused = patient.get("/v1/disclosures").await;
    assert_eq!(refused.reason(), (503, "chain-unavailable".into()));
    let indexed = running.indexed_block().unwrap();
    let node = Node::connect(&world.chain_url).await.unwrap();
    let ours = node.hash_of(indexed.number).await.unwrap();
    assert_eq!(ours, Some(indexed.hash), "nothing of the other chain is stored");

    wire.lay_to(&world.chain_url);
    world.until_readiness_is(&running.url(), "ready").await;
    assert!(running.halted().is_none());
    send(&world.caller(&running, &world.admin), &world, &two(&world, 0))
        .await
        .expect(201);
    assert_eq!(found(&patient, &world, 1).await, [0, 0]);
    running.stop().await;
}
