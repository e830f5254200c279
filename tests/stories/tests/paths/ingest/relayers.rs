//! Relayers that have done what they say no to, or whose answer is lost, and a node that goes away: what the program says of an
//! act that it has handed over.

use super::{Site, failure, relayed::FUNDS};
use aegle_client::chain::Chain;
use aegle_protocol::wire::{Problem, ProblemCode, RELAY_PATH};
use aegle_rules::consent::messages::RelayNonce;
use aegle_stories::wire::Wire;
use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::{process::Output, sync::Arc, thread, time::Duration};
use tokio::{net::TcpListener, time::sleep};

/// How long the node is away: longer than the program asks for it.
const AWAY: Duration = Duration::from_secs(20);
/// The exit codes of what failed, and of what somebody refuses.
const FAILED: i32 = 1;
const REFUSED: i32 = 3;

/// What becomes of an act on the way to the indexer and back.
#[derive(Clone, Default)]
struct Mischief {
    /// The indexer never gets it.
    kept: bool,
    /// The wire to the program's node, which is cut once the act is done.
    cut: Option<Arc<Wire>>,
    /// What is answered in place of what the indexer does.
    answer: Option<(StatusCode, String)>,
}

impl Mischief {
    /// Says no: that it does not pay.
    fn no() -> Option<(StatusCode, String)> {
        let problem = Problem {
            reason: "relay-quota-spent".into(),
            ..Problem::new(ProblemCode::BudgetSpent, Some("said on the way".into()))
        };
        Some((StatusCode::TOO_MANY_REQUESTS, serde_json::to_string(&problem).unwrap()))
    }

    /// Starts a way to an indexer.
    async fn serve(self, indexer: String) -> String {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let pass = move |request: Request| {
            let (mischief, client, indexer) = (self.clone(), client.clone(), indexer.clone());
            async move { mischief.pass(&client, &indexer, request).await }
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    async fn pass(self, client: &reqwest::Client, indexer: &str, request: Request) -> Response {
        let (asked, body) = request.into_parts();
        let is_relay = asked.uri.path() == RELAY_PATH;
        let answer = self.answer.filter(|_| is_relay);
        if let (true, Some(answer)) = (self.kept, answer.clone()) {
            return answer.into_response();
        }
        let mut forwarded = client.request(asked.method, format!("{indexer}{}", asked.uri));
        for (name, value) in &asked.headers {
            if name.as_str().starts_with("aegle-") || name == "content-type" {
                forwarded = forwarded.header(name, value);
            }
        }
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let found = forwarded.body(body).send().await.unwrap();
        let (status, bytes) = (found.status(), found.bytes().await.unwrap());
        if let Some(wire) = self.cut.filter(|_| is_relay) {
            thread::spawn(move || wire.cut(AWAY));
            sleep(AWAY / 40).await;
        }
        match answer {
            Some(answer) => answer.into_response(),
            None => (status, bytes).into_response(),
        }
    }
}

impl Site {
    /// Lets a patient end all access, which the indexer at `indexer` pays for.
    fn ends_all_access(&self, indexer: &str, chain: &str) -> Output {
        let account = self.world.deployment().server().account;
        let server = format!("{account}={indexer}");
        let arguments = ["--server", &server, "--relayed", "revoke", "--all"];
        let mut command = self.program_at(indexer, chain, &arguments);
        command.env("AEGLE_AS", "p0").output().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_relayer_says_of_an_act_that_it_was_given_is_held_against_the_chain() {
    let site = Site::start(1).await;
    let deployment = site.world.deployment();
    let payer = site.payer().await;
    let chain = deployment.chain();
    chain.fund(deployment.committee(), payer, FUNDS).await.unwrap();
    let account = site.world.people[0].account();
    let organisation = site.world.hospital().organisation().to_string();
    site.done("p0", &["keys", "register", "--organisation", &organisation]);
    site.done("hospital", &["staff", "vouch", &account.to_string()]);
    let acts = async || {
        let head = chain.finalized().await.unwrap();
        let consent = deployment.contracts().consent;
        chain.read(head.hash, consent, &RelayNonce { account }).await.unwrap()
    };
    let wire = Arc::new(Wire::to(deployment.chain_url()));
    let gateway = (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>".to_owned());
    let answer = Mischief::no();
    let look = "look whether it is done before doing it again";
    for (what, mischief, (says, code, is_done)) in [
        ("nothing", Mischief::default(), ("", 0, 1)),
        (
            "a no to what is done",
            Mischief {
                answer: answer.clone(),
                ..Mischief::default()
            },
            (look, FAILED, 1),
        ),
        (
            "a no to what is not done",
            Mischief {
                kept: true,
                answer,
                cut: None,
            },
            (
                "it is not done so far, but whoever has what was signed can do it until",
                REFUSED,
                0,
            ),
        ),
        (
            "an answer by somebody else",
            Mischief {
                answer: Some(gateway),
                ..Mischief::default()
            },
            (look, FAILED, 1),
        ),
        (
            "a node that is away",
            Mischief {
                cut: Some(wire.clone()),
                ..Mischief::default()
            },
            (look, FAILED, 1),
        ),
    ] {
        let before = acts().await;
        let way = mischief.serve(deployment.server().url).await;
        let output = site.ends_all_access(&way, &wire.url());
        let said = failure(&output);
        assert_eq!(output.status.code(), Some(code), "{what}: {said}");
        assert!(said.contains(says), "{what}: {said}");
        assert_eq!(acts().await, before + is_done, "{what}");
    }
}
