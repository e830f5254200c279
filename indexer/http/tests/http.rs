//! The layer itself, over real connections: what is read before a signer is known, limits, TLS, CORS and the end.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use aegle_http::{Listen, Listener, MAX_CONNECTIONS, MAX_HEADER_BYTES, Origins, TlsFiles, wall_clock};
use std::time::{Duration, Instant};
use support::{AUDIENCE, LIMIT_BYTES, Memory, Signer, body_of, certificate, router, send, status_of};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a test waits for at most.
const PATIENCE: Duration = Duration::from_secs(10);

async fn start(listen: Listen) -> aegle_http::Server {
    Listener::bind(&listen).await.unwrap().serve(router(Memory::default()))
}

fn local() -> Listen {
    Listen::plain(([127, 0, 0, 1], 0).into())
}

async fn connect(server: &aegle_http::Server) -> TcpStream {
    let (_, address) = server.url().split_once("://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn a_signed_request_counts_once_with_the_body_that_was_signed() {
    let server = start(local()).await;
    let signer = Signer::new(1);
    let body = b"a question";
    let headers = signer.headers(&AUDIENCE, "/echo", body, wall_clock());
    let ask =
        async |headers: &[(&str, String)], body: &[u8]| send(connect(&server).await, "/echo", headers, body).await;
    let answer = ask(&headers, body).await;
    assert_eq!((status_of(&answer), body_of(&answer)), (200, "a question"));
    assert!(ask(&headers, body).await.contains("\"replayed\""));

    let changed = signer.headers(&AUDIENCE, "/echo", body, wall_clock());
    let answer = ask(&changed, b"a Question").await;
    assert_eq!(status_of(&answer), 401);
    assert!(answer.contains("\"body-mismatch\""), "{answer}");

    let elsewhere = aegle_protocol::request::Audience {
        server: aegle_rules::AccountId([9; 32]),
        ..AUDIENCE
    };
    let answer = ask(&signer.headers(&elsewhere, "/echo", body, wall_clock()), body).await;
    assert!(answer.contains("\"wrong-signature\""), "{answer}");
    for time in [wall_clock() - 600_000, wall_clock() + 600_000] {
        let answer = ask(&signer.headers(&AUDIENCE, "/echo", body, time), body).await;
        assert!(answer.contains("\"expired\""), "{answer}");
    }
    let answer = ask(&[], body).await;
    assert!(
        answer.contains("application/problem+json") && answer.contains("\"unsigned\""),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_session_signs_for_the_account_that_opened_it() {
    let server = start(local()).await;
    let (wallet, key) = (Signer::new(1), Signer::new(2));
    let now = wall_clock();
    let ask = async |headers: &[(&str, String)]| send(connect(&server).await, "/echo", headers, b"").await;
    let session = wallet.session(&key, now + 60_000);
    let headers = key.headers_for(wallet.account(), "/echo", b"", now);
    let with = |session: &str| [headers.clone(), vec![("aegle-session", session.to_owned())]].concat();
    assert_eq!(status_of(&ask(&with(&session)).await), 200);
    assert!(ask(&with(&session)).await.contains("\"replayed\""));
    // Without it, twice, malformed, ended, or opened by another account.
    assert!(ask(&headers).await.contains("\"wrong-signature\""));
    let twice = [with(&session), vec![("aegle-session", session.clone())]].concat();
    for headers in [twice, with(&session[1..])] {
        assert!(ask(&headers).await.contains("\"unsigned\""));
    }
    let ended = ask(&with(&wallet.session(&key, now - 1))).await;
    assert!(
        ended.contains("\"expired\"") && ended.contains("session has ended"),
        "{ended}"
    );
    let other = ask(&with(&Signer::new(3).session(&key, now + 60_000))).await;
    assert!(other.contains("\"wrong-signature\""), "{other}");
    server.stop().await;
}

#[tokio::test]
async fn nothing_more_is_read_of_a_bad_signer() {
    const LENGTH: usize = 64 << 20;
    let signer = Signer::new(1);
    let good = signer.headers(&AUDIENCE, "/echo", b"", wall_clock());
    let mut forged = good.clone();
    forged.iter_mut().find(|(name, _)| *name == "aegle-account").unwrap().1 = Signer::new(2).account().to_string();
    for (case, headers) in [("forged", &forged[..]), ("unsigned", &[])] {
        let (answer, taken) = support::flood(headers, LENGTH).await;
        assert_eq!(status_of(&answer), 401, "{case}");
        assert!(answer.contains("connection: close"), "{case}: {answer}");
        // What came along with the headers, and not one of the thousand pieces after it.
        assert!(taken <= 3 * MAX_HEADER_BYTES, "{case}: {taken} bytes were taken");
    }
}

#[tokio::test]
async fn a_bad_signer_whose_body_never_comes_is_answered_at_once() {
    let server = start(local()).await;
    let began = Instant::now();
    let mut stream = connect(&server).await;
    stream
        .write_all(b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status_of(&answer), 401);
    assert!(began.elapsed() < PATIENCE, "the connection ended by itself");
    server.stop().await;
}

#[tokio::test]
async fn whoever_says_nothing_keeps_nobody_out() {
    let server = start(local()).await;
    let mut silent = Vec::new();
    for number in 0..MAX_CONNECTIONS {
        let mut stream = connect(&server).await;
        // Some say nothing at all, others one byte, others all but the last one.
        let said: &[u8] = [&b""[..], b"G", b"GET /livez HTTP/1.1\r\nhost: a\r\n"][number % 3];
        stream.write_all(said).await.unwrap();
        silent.push(stream);
    }
    let signer = Signer::new(1);
    for number in 0..20 {
        let body = [number; 10];
        let headers = signer.headers(&AUDIENCE, "/echo", &body, wall_clock());
        let answer = tokio::time::timeout(PATIENCE, send(connect(&server).await, "/echo", &headers, &body)).await;
        assert_eq!(status_of(&answer.unwrap()), 200, "request {number}");
    }
    // Those who came first had to go, and no more of them than others came.
    let mut gone = 0;
    for mut stream in silent {
        let read = tokio::time::timeout(Duration::from_millis(1), stream.read(&mut [0; 1])).await;
        gone += usize::from(read.is_ok());
    }
    assert!((1..=20).contains(&gone), "{gone} had to go");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up() {
    let server = start(local()).await;
    let signer = Signer::new(1);
    let body = vec![b'x'; 100_000];
    let headers = signer.headers(&AUDIENCE, "/echo", &body, wall_clock());
    let trickling = support::trickle(connect(&server).await, "/echo", &headers, &body);
    let answer = tokio::time::timeout(2 * PATIENCE, trickling).await.unwrap();
    assert_eq!(status_of(&answer), 400);
    assert!(answer.contains("too slowly"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_alone() {
    let server = start(local()).await;
    let signer = Signer::new(1);
    for (length, status) in [(LIMIT_BYTES, 200), (LIMIT_BYTES + 1, 413)] {
        let body = vec![b'x'; length];
        let headers = signer.headers(&AUDIENCE, "/echo", &body, wall_clock());
        let answer = send(connect(&server).await, "/echo", &headers, &body).await;
        assert_eq!(status_of(&answer), status, "{length} bytes");
        // Without a length before it, the same.
        let headers = signer.headers(&AUDIENCE, "/echo", &body, wall_clock());
        let answer = support::send_chunked(connect(&server).await, "/echo", &headers, &body).await;
        assert_eq!(status_of(&answer), status, "{length} bytes in pieces");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_page_may_ask_if_its_origin_is_named() {
    let origins = Origins::new(vec!["https://portal.example".parse().unwrap()]).unwrap();
    let server = start(Listen { origins, ..local() }).await;
    let nobody = start(local()).await;
    let preflight = async |server: &aegle_http::Server, origin: &str| {
        let request = format!(
            "OPTIONS /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\norigin: {origin}\r\n\
             access-control-request-method: POST\r\naccess-control-request-headers: aegle-account,aegle-body\r\n\r\n"
        );
        let mut stream = connect(server).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.to_lowercase()
    };
    let allowed = preflight(&server, "https://portal.example").await;
    assert_eq!(status_of(&allowed), 200);
    for expected in [
        "access-control-allow-origin: https://portal.example\r\n",
        "access-control-allow-methods: get,post,put\r\n",
        "access-control-max-age: 600\r\n",
    ] {
        assert!(allowed.contains(expected), "{expected}: {allowed}");
    }
    for header in [
        "aegle-account",
        "aegle-body",
        "aegle-nonce",
        "aegle-expires",
        "aegle-signature",
        "aegle-session",
        "content-type",
    ] {
        assert!(allowed.contains(header), "{header}: {allowed}");
    }
    assert!(!allowed.contains("allow-credentials"), "{allowed}");
    for (server, origin) in [(&server, "https://other.example"), (&nobody, "https://portal.example")] {
        let refused = preflight(server, origin).await;
        assert!(!refused.contains("access-control-allow-origin"), "{refused}");
    }
    // The answer itself says so too, or the page does not get to see it.
    let mut stream = connect(&server).await;
    let request = "GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\norigin: https://portal.example\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.contains("access-control-allow-origin: https://portal.example"),
        "{answer}"
    );
    server.stop().await;
    nobody.stop().await;
}

#[tokio::test]
async fn tls_files_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, other) = (certificate(folder.path(), "one"), certificate(folder.path(), "two"));
    let nothing = folder.path().join("nothing");
    std::fs::write(&nothing, "no pem").unwrap();
    for (files, expected) in [
        (
            TlsFiles {
                certificate: folder.path().join("missing"),
                ..certificate.clone()
            },
            "missing holds no certificate",
        ),
        (
            TlsFiles {
                certificate: nothing.clone(),
                ..certificate.clone()
            },
            "nothing holds 0 certificates",
        ),
        (
            TlsFiles {
                key: nothing,
                ..certificate.clone()
            },
            "nothing holds no private key",
        ),
        (
            TlsFiles {
                key: other.key,
                ..certificate.clone()
            },
            "certificate and key cannot be used",
        ),
    ] {
        let listen = Listen {
            tls: Some(files),
            ..local()
        };
        let error = Listener::bind(&listen).await.err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let listen = Listen {
        tls: Some(certificate),
        ..local()
    };
    let server = start(listen).await;
    assert!(server.url().starts_with("https://127.0.0.1:"));
    // Who does not speak TLS gets no answer, and keeps nobody else waiting.
    let mut stream = connect(&server).await;
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"));
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_answers_what_it_has_begun() {
    let server = start(local()).await;
    let mut stream = connect(&server).await;
    stream
        .write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let idle = connect(&server).await;
    // The request is under way when the server is told to stop.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < PATIENCE, "an idle connection does not hold it up");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!((status_of(&answer), body_of(&answer)), (200, "slow"));
    drop(idle);
}
