//! Signed requests, and requests that are signed wrongly on purpose.
use aegle_client::account::AccountKey;
use aegle_protocol::{
    random::SystemRandom,
    request::{Audience, Outgoing, RequestHead, SignedHeaders},
};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// How long the requests of the tests count.
const LIFETIME_MS: u64 = 60_000;

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

/// An account in front of an indexer.
pub(crate) struct Caller<'a> {
    pub(crate) http: &'a Client,
    pub(crate) url: String,
    pub(crate) audience: Audience,
    pub(crate) key: &'a AccountKey,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Caller<'_> {
    /// Builds the headers of a request that counts.
    pub(crate) fn headers(&self, method: &str, path: &str, body: &[u8]) -> SignedHeaders {
        self.headers_at(method, path, body, now())
    }

    pub(crate) fn headers_at(&self, method: &str, path: &str, body: &[u8], now: u64) -> SignedHeaders {
        let request = Outgoing {
            audience: self.audience,
            method,
            path,
            body,
            now,
            lifetime: LIFETIME_MS,
        };
        let head = RequestHead::new(request, &mut SystemRandom).unwrap();
        head.sign(self.key.account(), |payload| Ok::<_, ()>(self.key.sign(payload)))
            .unwrap()
    }

    pub(crate) async fn send_with(&self, headers: &SignedHeaders, method: &str, path: &str, body: Vec<u8>) -> Answer {
        let request = self
            .http
            .request(method.parse::<Method>().unwrap(), format!("{}{path}", self.url));
        let request = headers
            .to_pairs()
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        answer(request.body(body)).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        let headers = self.headers(method, path, &body);
        self.send_with(&headers, method, path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send("POST", path, serde_json::to_vec(body).unwrap()).await
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response: Response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        body: response.bytes().await.unwrap().to_vec(),
    }
}

impl Answer {
    /// Parses the answer of a request that succeeded.
    #[track_caller]
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert!(
            self.status < 300,
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: u16) {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
    }

    /// Returns the status and the reason of a refused request, and checks that it is a problem document.
    #[track_caller]
    pub(crate) fn reason(&self) -> (u16, String) {
        let document: Value =
            serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)));
        assert_eq!(document["status"], self.status, "{document}");
        assert!(
            document["title"].is_string() && document["code"].is_string(),
            "{document}"
        );
        (self.status, document["reason"].as_str().unwrap().to_owned())
    }
}
