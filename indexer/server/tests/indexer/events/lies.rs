//! A stream that is not the chain's: whoever listens finds out.
use super::{ALL, ask_for_access, break_glass, client, heard};
use crate::support::world::{PATIENCE, World};
use aegle_client::{
    deployment::Aegle,
    history::Dated,
    native::{Told, Watch, WatchError},
    remote::RemoteError,
};
use aegle_protocol::wire::{Notification, NotificationKind};
use aegle_rules::Hash;
use axum::{Router, http::header, routing::get};
use tokio::{net::TcpListener, time::timeout};

/// Serves a stream of notifications that is not the indexer's.
async fn lie(notifications: &[Notification]) -> String {
    let events = notifications.iter().map(|notification| {
        let data = serde_json::to_string(notification).unwrap();
        format!(
            "id: {}\nevent: {}\ndata: {data}\n\n",
            notification.id,
            notification.kind.name()
        )
    });
    let body: String = events.collect();
    let answer = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "text/event-stream")], body) }
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/events", get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn an_indexer_that_lies_is_caught() {
    let world = World::new().await;
    let running = world.start().await;
    ask_for_access(&world).await;
    break_glass(&world).await;
    world.settle(&running).await;
    let indexer = client(&world, &running.url(), running.account());
    let told = heard(&world, &indexer, &world.patient, ALL).await;
    let notifications = as_told(&world, &told).await;
    let first = async |notifications: Vec<Notification>| {
        let url = lie(&notifications).await;
        let liar = client(&world, &url, running.account());
        let aegle = Aegle::new(&world.chain, &world.contracts, &liar);
        let mut watch = Watch::new(&aegle, &world.patient, world.patient.account(), ALL);
        let mut good = 0;
        loop {
            match timeout(PATIENCE, watch.next()).await.unwrap() {
                Ok(_) => good += 1,
                Err(error) => return (good, error),
            }
        }
    };
    let changed = |change: fn(&mut Notification)| {
        let mut notifications = notifications.clone();
        change(&mut notifications[1]);
        notifications
    };
    let changes: [fn(&mut Notification); 7] = [
        |one| one.data[0] ^= 1,
        |one| one.topic.0[0] ^= 1,
        |one| one.block.0[0] ^= 1,
        |one| one.at += 1,
        |one| one.id.index += 1,
        |one| one.kind = NotificationKind::Grant,
        |one| one.contract.0[0] ^= 1,
    ];
    for (case, change) in changes.into_iter().enumerate() {
        let (good, error) = first(changed(change)).await;
        assert!(
            good == 1 && matches!(error, WatchError::Forged { .. }),
            "case {case}: {error}"
        );
        assert!(error.is_tampering());
    }
    let (good, error) = first(vec![notifications[1].clone(), notifications[0].clone()]).await;
    assert!(good == 1 && matches!(error, WatchError::Order { .. }), "{error}");
    let (_, error) = first(vec![notifications[0].clone(), notifications[0].clone()]).await;
    assert!(matches!(error, WatchError::Order { .. }), "{error}");
    let refused = client(&world, &running.url(), world.admin.account());
    let aegle = Aegle::new(&world.chain, &world.contracts, &refused);
    let mut watch = Watch::new(&aegle, &world.patient, world.patient.account(), ALL);
    let error = watch.next().await.unwrap_err();
    assert!(
        matches!(error, WatchError::Indexer(RemoteError::Refused { status: 401, .. })),
        "{error}"
    );
    running.stop().await;
}

/// The notifications by which something was told, from the chain.
async fn as_told(world: &World, told: &[Told]) -> Vec<Notification> {
    let mut notifications = Vec::new();
    for Told {
        id,
        kind,
        event: Dated { at, .. },
    } in told
    {
        let node = world.chain.node().await.unwrap();
        let block = node.block(id.block, &world.contracts).await.unwrap();
        let emitted = block.events.iter().find(|emitted| emitted.index == id.index).unwrap();
        notifications.push(Notification {
            id: *id,
            kind: *kind,
            block: block.id.hash,
            at: *at,
            contract: emitted.contract,
            topic: Hash(emitted.topic.unwrap()),
            data: emitted.data.clone(),
        });
    }
    notifications
}
