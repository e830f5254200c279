//! The streams themselves: how many there are, and how they end.
use crate::support::{
    caller::{Answer, answer},
    world::{PATIENCE, World},
};
use axum::http::header;
use std::time::{Duration, Instant};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_few_for_each_and_end_with_the_indexer() {
    let world = World::new().await;
    let running = world.start().await;
    world.publish_keys().await;
    world.settle(&running).await;
    let patient = world.caller(&running, &world.patient);
    let open = async || {
        let headers = patient.headers("GET", "/v1/events", b"");
        let request = world.http.get(format!("{}/v1/events", running.url()));
        let request = headers
            .to_pairs()
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        request.send().await.unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(open().await);
    }
    assert!(streams.iter().all(|stream| stream.status() == 200));
    assert_eq!(streams[0].headers()[header::CONTENT_TYPE], "text/event-stream");
    let refused = open().await;
    let refused = Answer {
        status: refused.status().as_u16(),
        body: refused.bytes().await.unwrap().to_vec(),
    };
    assert_eq!(refused.reason(), (429, "streams-taken".into()));
    // Who goes makes room.
    drop(streams.pop());
    let began = Instant::now();
    let mut found = open().await.status();
    while found != 200 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
        found = open().await.status();
    }
    assert_eq!(found, 200);
    for after in ["x", "1", "1-x", "-1-1", "1-2147483648"] {
        let refused = patient.get(&format!("/v1/events?after={after}")).await;
        assert_eq!(refused.reason(), (400, "invalid-request".into()), "{after}");
    }
    let unsigned = answer(world.http.get(format!("{}/v1/events", running.url()))).await;
    assert_eq!(unsigned.reason(), (401, "unsigned".into()));
    let began = Instant::now();
    running.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "streams hold nothing up: {:?}",
        began.elapsed()
    );
    let rest = timeout(PATIENCE, streams.pop().unwrap().text())
        .await
        .expect("it ends")
        .unwrap();
    assert!(
        rest.contains("event: end") && rest.contains("the server stops"),
        "{rest}"
    );
}
