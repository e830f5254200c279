//! A server with three routes, signers, and requests written by hand.

use aegle_http::{BodyLimit, Nonces, Problem, Signed, TlsFiles, serve_connection, wall_clock};
use aegle_protocol::{
    Deployment,
    random::SystemRandom,
    request::{Audience, Nonce, Outgoing, RequestHead, RequestSignature, VerifiedRequest},
    session::{Session, SessionKey},
};
use aegle_rules::{AccountId, Hash, Timestamp};
use axum::{
    Router,
    extract::{Request, State},
    routing::{get, post},
};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};
use std::{
    collections::HashSet,
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The server of the tests.
pub(crate) const AUDIENCE: Audience = Audience {
    deployment: Deployment {
        genesis: Hash([1; 32]),
        consent: AccountId([2; 32]),
    },
    server: AccountId([3; 32]),
};
/// Most bytes of a body.
pub(crate) const LIMIT_BYTES: usize = 600_000;
const LIMIT: BodyLimit = BodyLimit {
    bytes: LIMIT_BYTES,
    arrival: Duration::from_secs(10),
};

/// The nonces that were used.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<HashSet<(AccountId, Nonce)>>>);

impl Nonces for Memory {
    async fn take(&self, request: &VerifiedRequest) -> Result<bool, Problem> {
        Ok(self.0.lock().unwrap().insert((request.account(), request.nonce())))
    }
}

pub(crate) fn router(memory: Memory) -> Router {
    Router::new()
        .route("/livez", get(async || "alive"))
        .route("/slow", get(slow))
        .route("/echo", post(echo))
        .with_state(memory)
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(400)).await;
    "slow"
}

async fn echo(State(memory): State<Memory>, request: Request) -> Result<Vec<u8>, Problem> {
    let admitted = Signed::verify(&AUDIENCE, request, wall_clock())?.admit(&memory).await?;
    let (_, body) = admitted.read(&LIMIT).await?;
    Ok(body.to_vec())
}

/// An account.
pub(crate) struct Signer(Keypair);

impl Signer {
    pub(crate) fn new(seed: u8) -> Self {
        let key = MiniSecretKey::from_bytes(&[seed; 32]).unwrap();
        Self(key.expand_to_keypair(ExpansionMode::Ed25519))
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId(self.0.public.to_bytes())
    }

    pub(crate) fn headers(
        &self,
        audience: &Audience,
        path: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Vec<(&'static str, String)> {
        let request = Outgoing {
            audience: *audience,
            method: "POST",
            path,
            body,
            now,
            lifetime: 60_000,
        };
        let head = RequestHead::new(request, &mut SystemRandom).unwrap();
        let sign = |payload: &[u8]| Ok::<_, ()>(self.0.sign_simple(b"substrate", payload).to_bytes());
        head.sign(self.account(), sign).unwrap().to_pairs().into()
    }
}

impl Signer {
    fn sign(&self, payload: &str) -> RequestSignature {
        RequestSignature(self.0.sign_simple(b"substrate", payload.as_bytes()).to_bytes())
    }

    /// The header of a session of this account, in which `key` signs.
    pub(crate) fn session(&self, key: &Self, expires: Timestamp) -> String {
        let key = SessionKey(key.0.public.to_bytes());
        let signature = self.sign(&Session::payload(&AUDIENCE.deployment, &key, expires));
        let session = Session {
            key,
            expires,
            signature,
        };
        session.to_string()
    }

    /// The headers of a request that this key signs in a session of `account`.
    pub(crate) fn headers_for(
        &self,
        account: AccountId,
        path: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Vec<(&'static str, String)> {
        let request = Outgoing {
            audience: AUDIENCE,
            method: "POST",
            path,
            body,
            now,
            lifetime: 60_000,
        };
        let head = RequestHead::new(request, &mut SystemRandom).unwrap();
        let signature = self.sign(&head.session_payload(&account));
        head.headers(account, signature).to_pairs().into()
    }
}

fn head(path: &str, headers: &[(&str, String)], framing: &str) -> String {
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: a\r\n{framing}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// Sends a request, and returns the whole answer; the connection is closed after it.
pub(crate) async fn send(mut stream: TcpStream, path: &str, headers: &[(&str, String)], body: &[u8]) -> String {
    let head = head(
        path,
        headers,
        &format!("connection: close\r\ncontent-length: {}", body.len()),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that has refused already takes no more.
    let _ = stream.write_all(body).await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Sends as [`send`], with a body in pieces whose number and length nobody says before.
pub(crate) async fn send_chunked(mut stream: TcpStream, path: &str, headers: &[(&str, String)], body: &[u8]) -> String {
    let head = head(path, headers, "connection: close\r\ntransfer-encoding: chunked");
    stream.write_all(head.as_bytes()).await.unwrap();
    for piece in body.chunks(10_000) {
        let _ = stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await;
        let _ = stream.write_all(piece).await;
        let _ = stream.write_all(b"\r\n").await;
    }
    let _ = stream.write_all(b"0\r\n\r\n").await;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Sends a request whose body comes a hundred bytes at a time, and returns the whole answer.
pub(crate) async fn trickle(stream: TcpStream, path: &str, headers: &[(&str, String)], body: &[u8]) -> String {
    let head = head(
        path,
        headers,
        &format!("connection: close\r\ncontent-length: {}", body.len()),
    );
    let (mut read, mut write) = stream.into_split();
    write.write_all(head.as_bytes()).await.unwrap();
    let body = body.to_vec();
    let writing = tokio::spawn(async move {
        for piece in body.chunks(100) {
            if write.write_all(piece).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let mut answer = String::new();
    read.read_to_string(&mut answer).await.unwrap();
    writing.abort();
    answer
}

/// Sends headers that announce a body of `length` bytes, then the body for as long as somebody takes it. Returns the answer,
/// and how many bytes were taken, headers included.
pub(crate) async fn flood(headers: &[(&str, String)], length: usize) -> (String, usize) {
    // What is written and not read stays in the pipe, and is no more than this.
    const PIPE_BYTES: usize = 1_024;
    let (near, far) = tokio::io::duplex(PIPE_BYTES);
    let serving = tokio::spawn(serve_connection(far, router(Memory::default()), std::future::pending()));
    let (mut read, mut write) = tokio::io::split(near);
    let head = head("/echo", headers, &format!("content-length: {length}"));
    let written = Arc::new(AtomicUsize::new(0));
    let counter = written.clone();
    let writing = tokio::spawn(async move {
        let body = [b'x'; PIPE_BYTES];
        let mut bytes = head.as_bytes();
        // Until nobody is there to take it.
        while let Ok(count) = write.write(bytes).await {
            let written = counter.fetch_add(count, Ordering::Relaxed) + count;
            bytes = &bytes[count..];
            if bytes.is_empty() {
                bytes = &body[..PIPE_BYTES.min(length + head.len() - written)];
            }
            if bytes.is_empty() {
                break;
            }
        }
    });
    let mut answer = String::new();
    read.read_to_string(&mut answer).await.unwrap();
    serving.await.unwrap();
    writing.await.unwrap();
    (answer, written.load(Ordering::Relaxed))
}

pub(crate) fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

pub(crate) fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

/// Makes a certificate for 127.0.0.1 that is signed by itself.
pub(crate) fn certificate(folder: &Path, name: &str) -> TlsFiles {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).unwrap();
    let files = TlsFiles {
        certificate: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    fs::write(&files.certificate, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}
