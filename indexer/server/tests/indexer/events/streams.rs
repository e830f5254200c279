//! The streams themselves: how many there are, what they cost, and how they end.
use crate::support::{
    caller::{Answer, answer},
    world::{PATIENCE, World},
};
use aegle_client::account::AccountKey;
use aegle_indexer::Indexer;
use axum::http::header;
use reqwest::Response;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Blocks between two questions.
const BLOCKS_A_ROUND: usize = 20;
/// How long strangers' streams may take to spend what strangers have.
const SPENT_WITHIN: Duration = Duration::from_secs(120);

/// Asks for a stream.
async fn open(world: &World, running: &Indexer, key: &AccountKey) -> Response {
    let headers = world.caller(running, key).headers("GET", "/v1/events", b"");
    let request = world.http.get(format!("{}/v1/events", running.url()));
    let request = headers
        .to_pairs()
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.unwrap()
}

async fn refusal(response: Response) -> Answer {
    Answer {
        status: response.status().as_u16(),
        body: response.bytes().await.unwrap().to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_few_for_each_and_end_with_the_indexer() {
    let world = World::new().await;
    let running = world.start().await;
    world.publish_keys().await;
    world.settle(&running).await;
    let patient = world.caller(&running, &world.patient);
    let open = async || open(&world, &running, &world.patient).await;
    let mut streams = Vec::new();
    for _ in 0..4 {
        streams.push(open().await);
    }
    assert!(streams.iter().all(|stream| stream.status() == 200));
    assert_eq!(streams[0].headers()[header::CONTENT_TYPE], "text/event-stream");
    let refused = refusal(open().await).await;
    assert_eq!(refused.reason(), (429, "streams-taken".into()));
    let said = String::from_utf8(refused.body).unwrap();
    assert!(said.contains("the account has 4 streams"), "{said}");
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

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_are_paid_for_at_every_block() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    world.settle(&running).await;
    let mut streams = Vec::new();
    loop {
        let stranger = AccountKey::generate().unwrap();
        let opened = open(&world, &running, &stranger).await;
        if opened.status() != 200 {
            let refused = refusal(opened).await;
            assert_eq!(refused.reason(), (429, "streams-taken".into()));
            let said = String::from_utf8(refused.body).unwrap();
            assert!(said.contains("does not know"), "{said}");
            break;
        }
        streams.push(opened);
    }
    assert_eq!(streams.len(), 16);
    // Nothing concerns them, and every block is looked at for each of them: what all strangers have together is spent.
    let devchain = world.devchain.as_ref().expect("a chain of its own");
    let asker = AccountKey::generate().unwrap();
    let mut asked = 0;
    let spent = async {
        loop {
            for _ in 0..BLOCKS_A_ROUND {
                devchain.seal_block().await.unwrap();
                world.settle(&running).await;
            }
            asked += 1;
            let answer = world.caller(&running, &asker).get("/v1/waiting").await;
            if answer.status != 200 {
                return answer;
            }
        }
    };
    let refused = timeout(SPENT_WITHIN, spent).await.expect("the streams cost something");
    assert_eq!(refused.reason(), (429, "quota-spent".into()));
    // The questions themselves would have taken a hundred times as many.
    assert!(asked < 100, "{asked}");
    // Whoever the chain knows has a budget of their own.
    world
        .caller(&running, &world.clinician)
        .get("/v1/waiting")
        .await
        .expect(200);
    running.stop().await;
}
