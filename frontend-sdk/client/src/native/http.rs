//! HTTP through reqwest.

use crate::{
    chain::Contracts,
    indexer::Indexer,
    remote::{Request, Response, Transport, TransportError},
    search::tokens::TokenService,
};
use aegle_rules::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a request may take: a bundle of the largest batch over a slow line.
const REQUEST_LIMIT: Duration = Duration::from_secs(300);
/// Largest answer that is read, in bytes: a ciphertext has at most 64 MiB.
const MAX_ANSWER_BYTES: usize = 128 << 20;

/// HTTP/1.1 with kept connections.
pub struct HttpTransport {
    client: reqwest::Client,
    url: String,
}

/// The indexer through HTTP.
pub type IndexerClient = Indexer<HttpTransport>;

impl IndexerClient {
    /// The indexer at `url` (`http://` or `https://`), for a deployment. Nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn at(url: &str, contracts: &Contracts) -> Result<Self, TransportError> {
        Ok(Self::new(HttpTransport::to(url)?, contracts))
    }
}

/// A custodian's token service through HTTP.
pub type TokenServiceClient = TokenService<HttpTransport>;

impl TokenServiceClient {
    /// The token service at `url` (`http://` or `https://`), for a deployment. Nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn at(url: &str, contracts: &Contracts) -> Result<Self, TransportError> {
        Ok(Self::new(HttpTransport::to(url)?, contracts))
    }
}

impl HttpTransport {
    fn to(url: &str) -> Result<Self, TransportError> {
        let url = url.trim_end_matches('/').to_owned();
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(REQUEST_LIMIT);
        // Whom one asks about is nobody else's business: no proxy from the environment sees it.
        let client = builder.no_proxy().build();
        let client = client.map_err(|source| TransportError {
            url: url.clone(),
            source: Box::new(source),
        })?;
        Ok(Self { client, url })
    }
}

/// The answer is larger than [`MAX_ANSWER_BYTES`].
#[derive(Debug, thiserror::Error)]
#[error("the answer is larger than {MAX_ANSWER_BYTES} bytes")]
struct TooLarge;

impl HttpTransport {
    fn error(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TransportError {
        TransportError {
            url: self.url.clone(),
            source: source.into(),
        }
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|error| self.error(error))?;
        let mut builder = self.client.request(method, format!("{}{}", self.url, request.path));
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if !request.body.is_empty() {
            builder = builder
                .header("content-type", request.content_type)
                .body(request.body.to_vec());
        }
        let mut response = builder.send().await.map_err(|error| self.error(error))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.error(error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(self.error(TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, body })
    }

    fn now(&self) -> Timestamp {
        // A clock before 1970 makes every request expired, which is the right answer to it.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }

    async fn pause(&self, milliseconds: u32) {
        tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
    }
}
