//! Following the chain: through restarts, outages, and chains that are not the one it was.
use crate::support::{
    caller::answer,
    world::{LATER, PATIENCE, World},
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_devchain::{Devchain, Options};
use aegle_indexer::{FollowError, Indexer, StartError};
use aegle_rules::{
    AccountId, Hash, Roles,
    consortium::{Action, Role, messages::Propose},
};

async fn set_role(world: &World, account: AccountId) {
    let role = Role {
        roles: Roles::AUDITOR,
        organisation: world.organisation,
        until: LATER,
    };
    world
        .chain
        .call(
            &world.committee,
            world.contracts.consortium,
            &Propose {
                action: Action::SetRole { account, role },
            },
        )
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_stopped() {
    let world = World::new().await;
    let running = world.start().await;
    world.settle(&running).await;
    let stopped_at = running.indexed_block().unwrap();
    let events = running.store().counters().await.unwrap().events;
    running.stop().await;

    let away = AccountKey::generate().unwrap().account();
    set_role(&world, away).await;
    let running = world.start().await;
    world.settle(&running).await;
    assert!(running.indexed_block().unwrap().number > stopped_at.number);
    assert_eq!(
        running.store().standings(&away, 0).await.unwrap()[0].roles,
        Roles::AUDITOR
    );
    assert_eq!(running.store().counters().await.unwrap().events, events + 1);
    let blocks = world
        .database
        .connect()
        .await
        .query_one("select count(*), min(number), max(number) from blocks", &[])
        .await
        .unwrap();
    let (count, first, last): (i64, i64, i64) = (blocks.get(0), blocks.get(1), blocks.get(2));
    let expected = i64::from(world.first_block);
    assert_eq!((first, count), (expected, last + 1 - expected), "every block, once");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projections_are_what_the_contracts_say() {
    let world = World::new().await;
    let running = world.start().await;
    let bundle = world.publish_keys().await;
    world.settle(&running).await;
    let store = running.store();
    let admin = store.standings(&world.admin.account(), 0).await.unwrap()[0];
    assert_eq!(
        (admin.roles, admin.organisation),
        (Roles::ORGANISATION_ADMIN, world.organisation)
    );
    let domain = store.domain(world.domain).await.unwrap().unwrap();
    assert_eq!(
        (domain.custodian, domain.key, domain.batches),
        (world.organisation, world.domain_key.public_key(), 0)
    );
    let entry = store.directory_entry(&world.patient.account()).await.unwrap().unwrap();
    assert_eq!((entry.version, entry.bundle), (1, bundle.bundle().hash()));
    assert_eq!(store.counters().await.unwrap().unknown_events, 0);
    let before = world.database.projections().await;
    store.rebuild_projections(&world.contracts).await.unwrap();
    assert_eq!(world.database.projections().await, before);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_chain_it_answers_nothing_about_anybody() {
    let mut world = World::on_devchain().await;
    let running = world.start().await;
    world.until_readiness_is(&running.url(), "ready").await;
    drop(world.devchain.take());
    let keyword = aegle_sealed::Keyword::status("final").unwrap();
    let mut search = world.search(&keyword, 1);
    search.limit = 1;
    let patient = world.caller(&running, &world.patient);
    let refused = patient.post("/v1/search", &search).await;
    assert_eq!(refused.reason(), (503, "chain-unavailable".into()));
    for (method, path) in [
        ("GET", "/v1/disclosures"),
        (
            "GET",
            "/v1/keys/0x0000000000000000000000000000000000000000000000000000000000000000",
        ),
    ] {
        assert_eq!(
            patient.send(method, path, Vec::new()).await.reason(),
            (503, "chain-unavailable".into()),
            "{path}"
        );
    }
    world.until_readiness_is(&running.url(), "disconnected").await;
    answer(world.http.get(format!("{}/livez", running.url())))
        .await
        .expect(200);
    running.stop().await;
    // It starts without the chain as well, as it knows the deployment already, and still answers nothing.
    let running = world.start().await;
    let refused = world.caller(&running, &world.patient).post("/v1/search", &search).await;
    assert_eq!(refused.reason(), (503, "chain-unavailable".into()));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_chain_stops_ingestion_and_every_answer() {
    let world = World::new().await;
    let running = world.start().await;
    world.settle(&running).await;
    let indexed = running.indexed_block().unwrap();
    running.stop().await;

    let other = Devchain::start(Options::default()).await.unwrap();
    while other.seal_block().await.unwrap().number <= indexed.number {}
    // The genesis of every such chain is the same, so that only the blocks can tell.
    let mut config = world.config();
    config.chain_url = other.ws_url();
    let running = Indexer::start(config).await.unwrap();
    let stopped = running.wait_for_block(indexed.number + 1, PATIENCE).await;
    assert!(stopped.is_err());
    let halted = running.halted().expect("it stopped for good");
    assert!(
        matches!(
            &*halted,
            FollowError::CheckpointLost { .. } | FollowError::OtherChain { .. }
        ),
        "{halted}"
    );
    assert_eq!(running.indexed_block(), Some(indexed));
    world.until_readiness_is(&running.url(), "ingestion-stopped").await;
    let refused = world.caller(&running, &world.patient).get("/v1/disclosures").await;
    assert_eq!(refused.reason(), (503, "chain-unavailable".into()));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_set_back_gets_no_answer() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    world.settle(&running).await;
    running.stop().await;
    // A fresh chain is shorter than what was indexed: its state is older than what is known.
    let other = Devchain::start(Options::default()).await.unwrap();
    let mut config = world.config();
    config.chain_url = other.ws_url();
    let running = Indexer::start(config).await.unwrap();
    world.until_readiness_is(&running.url(), "node-behind").await;
    let refused = world.caller(&running, &world.patient).get("/v1/disclosures").await;
    assert_eq!(refused.reason(), (503, "chain-unavailable".into()));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_says_what_it_waits_for() {
    let world = World::new().await;
    // Nobody takes the connection, but the system does: such a node never answers.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = silent.local_addr().unwrap();
    let mut config = world.config();
    config.chain_url = format!("ws://{address}");
    let running = Indexer::start(config.clone()).await.unwrap();
    world.until_readiness_is(&running.url(), "connecting").await;
    running.stop().await;
    // Now there is nobody at all.
    drop(silent);
    let running = Indexer::start(config).await.unwrap();
    world.until_readiness_is(&running.url(), "disconnected").await;
    answer(world.http.get(format!("{}/livez", running.url())))
        .await
        .expect(200);
    running.stop().await;
    let running = world.start().await;
    world.until_readiness_is(&running.url(), "ready").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_or_of_another_deployment_is_refused() {
    let world = World::new().await;
    let running = world.start().await;
    assert!(matches!(
        Indexer::start(world.config()).await,
        Err(StartError::InUse { .. })
    ));
    let elsewhere = tempfile::TempDir::new().unwrap();
    let mut config = world.config();
    config.data = elsewhere.path().to_owned();
    assert!(matches!(Indexer::start(config).await, Err(StartError::Store(_))));
    running.stop().await;
    let mut config = world.config();
    config.contracts.genesis = Hash([9; 32]);
    assert!(matches!(Indexer::start(config).await, Err(StartError::Store(_))));
    world.start().await.stop().await;
}
