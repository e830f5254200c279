//! Who may ask at all: signatures, nonces, expiry, keys, and what everybody may know.
use crate::support::{
    caller::{Caller, answer, now},
    database::TestDatabase,
    world::{PATIENCE, World},
};
use aegle_client::account::AccountKey;
use aegle_indexer::{Indexer, config::Config};
use aegle_protocol::{
    Deployment,
    keys::{KeyAnswer, PublishedKeys},
    request::{Audience, BodyHash, MAX_REQUEST_LIFETIME_MS, Nonce},
};
use aegle_rules::{AccountId, Hash};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PATH: &str = "/v1/disclosures";

#[tokio::test(flavor = "multi_thread")]
async fn only_a_request_that_its_account_signed_counts_and_counts_once() {
    let world = World::new().await;
    let running = world.start().await;
    let patient = world.caller(&running, &world.patient);
    let refused = |status: u16, reason: &str| (status, reason.to_owned());

    let unsigned = answer(world.http.get(format!("{}{PATH}", running.url()))).await;
    assert_eq!(unsigned.reason(), refused(401, "unsigned"));
    let headers = patient.headers("GET", PATH, b"");
    let twice = world.http.get(format!("{}{PATH}", running.url()));
    let twice = headers
        .to_pairs()
        .iter()
        .chain(&headers.to_pairs()[..1])
        .fold(twice, |request, (name, value)| request.header(*name, value));
    assert_eq!(answer(twice).await.reason(), refused(401, "unsigned"));

    // Signed for another path, method, deployment, server or body, or by another account.
    let good = patient.headers("GET", PATH, b"");
    let audience = world.audience(&running);
    let signed_for = |audience| {
        let caller = Caller {
            audience,
            ..world.caller(&running, &world.patient)
        };
        caller.headers("GET", PATH, b"")
    };
    let forged = [
        patient.headers("GET", "/v1/disclosures?after=1", b""),
        patient.headers("POST", PATH, b""),
        signed_for(Audience {
            deployment: Deployment {
                genesis: Hash([0; 32]),
                ..audience.deployment
            },
            ..audience
        }),
        signed_for(Audience {
            deployment: Deployment {
                consent: world.contracts.ledger,
                ..audience.deployment
            },
            ..audience
        }),
        signed_for(Audience {
            server: world.admin.account(),
            ..audience
        }),
        aegle_protocol::request::SignedHeaders {
            body: BodyHash::of(b"body"),
            ..good
        },
        aegle_protocol::request::SignedHeaders {
            account: world.clinician.account(),
            ..good
        },
        aegle_protocol::request::SignedHeaders {
            nonce: Nonce([1; 16]),
            ..good
        },
        aegle_protocol::request::SignedHeaders {
            expires: good.expires + 1,
            ..good
        },
        aegle_protocol::request::SignedHeaders {
            account: AccountId([0xff; 32]),
            ..good
        },
    ];
    for (case, headers) in forged.iter().enumerate() {
        assert_eq!(
            patient.send_with(headers, "GET", PATH, Vec::new()).await.reason(),
            refused(401, "wrong-signature"),
            "case {case}"
        );
    }
    // A body that is another one than was signed is refused when it has arrived, and the request counts no second time.
    let other = patient.headers("GET", PATH, b"body");
    for reason in ["body-mismatch", "replayed"] {
        let found = patient.send_with(&other, "GET", PATH, b"bodies".to_vec()).await;
        assert_eq!(found.reason(), refused(401, reason));
    }
    for time in [now() - MAX_REQUEST_LIFETIME_MS, now() + MAX_REQUEST_LIFETIME_MS] {
        let headers = patient.headers_at("GET", PATH, b"", time);
        assert_eq!(
            patient.send_with(&headers, "GET", PATH, Vec::new()).await.reason(),
            refused(401, "expired")
        );
    }
    // None of these used up the nonce of the good one.
    patient.send_with(&good, "GET", PATH, Vec::new()).await.expect(200);
    assert_eq!(
        patient.send_with(&good, "GET", PATH, Vec::new()).await.reason(),
        refused(401, "replayed")
    );
    running.stop().await;
    // Nor does a restart make it forget.
    let running = world.start().await;
    let patient = world.caller(&running, &world.patient);
    assert_eq!(
        patient.send_with(&good, "GET", PATH, Vec::new()).await.reason(),
        refused(401, "replayed")
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn key_bundles_are_those_of_the_directory() {
    let world = World::new().await;
    let running = world.start().await;
    let patient = world.caller(&running, &world.patient);
    let path = format!("/v1/keys/{}", world.patient.account());
    let path = format!("{path}?epochs={}", vec!["0"; 32].join(","));
    let put = async |published: &PublishedKeys| patient.send("PUT", "/v1/keys", published.to_bytes()).await;

    assert_eq!(patient.get(&path).await.reason(), (404, "not-found".into()));
    let bundle = world.publish_keys().await;
    let issued_at = bundle.bundle().issued_at + 1;
    let other = world
        .master
        .published_keys(&world.deployment, world.patient.account(), issued_at, [0; 32]);
    assert_eq!(put(&other).await.reason(), (422, "key-bundle-mismatch".into()));
    put(&bundle).await.expect(204);
    put(&bundle).await.expect(204);
    let clinician = world.caller(&running, &world.clinician);
    let answer = bundle.answer(&[0; 32]);
    assert_eq!(clinician.get(&path).await.json::<KeyAnswer>(), answer);
    assert_eq!(patient.get(&path).await.json::<KeyAnswer>(), answer);
    for epochs in ["", "?epochs=", "?epochs=0,0", "?epochs=65536"] {
        let asked = clinician
            .get(&format!("/v1/keys/{}{epochs}", world.patient.account()))
            .await;
        assert_eq!(asked.reason(), (400, "invalid-request".into()), "{epochs}");
    }
    let stranger = AccountKey::generate().unwrap();
    let stranger = world.caller(&running, &stranger);
    assert_eq!(stranger.get(&path).await.reason(), (403, "role-required".into()));
    let none = stranger.send("PUT", "/v1/keys", bundle.to_bytes()).await;
    assert_eq!(none.reason(), (422, "key-bundle-mismatch".into()));
    assert_eq!(
        clinician
            .get(&path.replace(&world.patient.account().to_string(), "nobody"))
            .await
            .reason(),
        (400, "invalid-request".into())
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_know_which_deployment_this_is() {
    let world = World::new().await;
    let running = world.start().await;
    let status = world.status(&running).await;
    assert_eq!(
        (status.genesis, status.consent),
        (world.deployment.genesis, world.deployment.consent)
    );
    assert_eq!(
        (status.consortium, status.ledger),
        (world.contracts.consortium, world.contracts.ledger)
    );
    assert_eq!(Some(status.indexed), running.indexed_block().map(|block| block.number));
    running.stop().await;
    let running = world.start().await;
    assert_eq!(world.status(&running).await.proxy, status.proxy);
    for (path, status, reason) in [
        ("/v1/nothing", 404, "no-such-path"),
        ("/v1/search", 400, "no-such-method"),
    ] {
        let refused = answer(world.http.get(format!("{}{path}", running.url()))).await;
        assert_eq!(refused.reason(), (status, reason.into()));
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_one_indexer_is_refused_by_another() {
    let world = World::new().await;
    let first = world.start().await;
    let (folder, database) = (tempfile::TempDir::new().unwrap(), TestDatabase::new().await);
    let config = Config {
        data: folder.path().to_owned(),
        database: database.database(),
        ..world.config()
    };
    let second = Indexer::start(config).await.unwrap();
    assert_ne!(first.account(), second.account());
    let headers = world.caller(&first, &world.patient).headers("GET", PATH, b"");
    let elsewhere = world.caller(&second, &world.patient);
    let refused = elsewhere.send_with(&headers, "GET", PATH, Vec::new()).await;
    assert_eq!(refused.reason(), (401, "wrong-signature".into()));
    // The one that it was signed for takes it.
    let caller = world.caller(&first, &world.patient);
    caller.send_with(&headers, "GET", PATH, Vec::new()).await.expect(200);
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_not_waited_for_before_its_signer_is_known() {
    let world = World::new().await;
    let running = world.start().await;
    let address = running.url().trim_start_matches("http://").to_owned();
    let good = world.caller(&running, &world.admin).headers("POST", "/v1/batches", b"");
    let forged = aegle_protocol::request::SignedHeaders {
        account: world.clinician.account(),
        ..good
    };
    let stranger = world
        .caller(&running, &world.clinician)
        .headers("POST", "/v1/batches", b"");
    for (case, headers, status) in [
        ("forged", Some(forged), "401"),
        ("without a role", Some(stranger), "403"),
        ("unsigned", None, "401"),
    ] {
        let mut request = String::from("POST /v1/batches HTTP/1.1\r\nhost: indexer\r\ncontent-length: 100000000\r\n");
        for (name, value) in headers.iter().flat_map(|headers| headers.to_pairs()) {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        // Not a byte of the body is sent, and the answer comes all the same, with the end of the connection.
        let mut answer = String::new();
        let heard = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
        heard.expect(case).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{case}: {answer}");
        assert!(answer.contains("connection: close"), "{case}: {answer}");
    }
    running.stop().await;
}
