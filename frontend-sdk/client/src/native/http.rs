//! HTTP and HTTPS through reqwest, to servers that the caller knows by address and account.

use crate::{
    chain::Contracts,
    indexer::Indexer,
    remote::{Request, Response, Transport, TransportError},
    search::tokens::TokenService,
};
use aegle_rules::{AccountId, Timestamp};
use reqwest::{Certificate, Url, redirect::Policy};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Once,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a request may take: a bundle of the largest batch over a slow line.
const REQUEST_LIMIT: Duration = Duration::from_secs(300);
/// How long a stream may last: longer than servers let it.
const STREAM_LIMIT: Duration = Duration::from_secs(2 * 3_600);
/// How long a connection is kept for the next request: less than servers keep theirs, so that none is closed under it.
const IDLE_LIMIT: Duration = Duration::from_secs(15);
/// Largest answer that is read, in bytes: the ciphertext of a resource of 256 MiB, padded to 320 MiB, with its tags.
const MAX_ANSWER_BYTES: usize = 324 << 20;
/// Most certificates of authorities in a PEM file.
const MAX_AUTHORITIES: usize = 16;

/// A server as its users know it: from their address book or their operator, never from the server's own answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// `https://HOST` or `https://HOST:PORT`; `http://` for this machine's own servers alone.
    pub url: String,
    /// The account that requests are signed for: an indexer's is its proxy's, a token service's its custodian's.
    pub account: AccountId,
    /// Certificates of the authorities that vouch for the server, in PEM form; those of the system without them.
    pub authorities: Option<Vec<u8>>,
}

/// Why a server cannot be asked. Nothing was sent, and nobody was connected to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerAddressError {
    /// It is no address of a server.
    #[error("`{url}` is no address of a server: write https://HOST or https://HOST:PORT")]
    Malformed {
        /// The address as given.
        url: String,
    },
    /// It is plain HTTP to another machine.
    #[error("`{url}` is plain HTTP to another machine, which anybody on the way reads and changes: use https://")]
    PlainHttp {
        /// The address as given.
        url: String,
    },
    /// The file of authorities holds no certificates, or too many.
    #[error("the authorities of {url} are not 1 to {MAX_AUTHORITIES} certificates in PEM form")]
    Authorities {
        /// The server's address.
        url: String,
    },
    /// No HTTP client can be made, such as when the system has no certificates of authorities.
    #[error("{url} cannot be asked: give the certificate of its authority with --ca if the system has none: {source}")]
    Client {
        /// The server's address.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
}

impl ServerAddress {
    /// A server whose certificate, if it has one, the system's authorities vouch for.
    pub fn new(url: impl Into<String>, account: AccountId) -> Self {
        Self {
            url: url.into(),
            account,
            authorities: None,
        }
    }
}

/// HTTP/1.1 with kept connections.
pub struct HttpTransport {
    client: reqwest::Client,
    url: String,
}

/// The indexer through HTTP.
pub type IndexerClient = Indexer<HttpTransport>;

impl IndexerClient {
    /// The indexer at an address, for a deployment. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ServerAddressError`].
    pub fn at(server: &ServerAddress, contracts: &Contracts) -> Result<Self, ServerAddressError> {
        Ok(Self::new(HttpTransport::to(server)?, contracts, server.account))
    }
}

impl IndexerClient {
    /// The proxy at an address, for a deployment. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ServerAddressError`].
    pub fn proxy_at(server: &ServerAddress, contracts: &Contracts) -> Result<Self, ServerAddressError> {
        Ok(Self::proxy(HttpTransport::to(server)?, contracts, server.account))
    }
}

/// A custodian's token service through HTTP.
pub type TokenServiceClient = TokenService<HttpTransport>;

impl TokenServiceClient {
    /// The token service at an address, for a deployment. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ServerAddressError`].
    pub fn at(server: &ServerAddress, contracts: &Contracts) -> Result<Self, ServerAddressError> {
        Ok(Self::new(HttpTransport::to(server)?, contracts, server.account))
    }
}

/// Has rustls use ring's cryptography in this program, unless the program has chosen another before.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    // Whoever was before has chosen, which is as good.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

impl HttpTransport {
    /// The transport to a server. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ServerAddressError`].
    pub fn to(server: &ServerAddress) -> Result<Self, ServerAddressError> {
        let url = server.url.trim_end_matches('/').to_owned();
        let is_encrypted = check(&url)?;
        install_tls();
        let builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(REQUEST_LIMIT)
            .pool_idle_timeout(IDLE_LIMIT)
            // A signed request is for one server; where another one is, that one cannot say.
            .redirect(Policy::none())
            // Whom one asks about is nobody else's business: no proxy from the environment sees it.
            .no_proxy();
        let builder = match (&server.authorities, is_encrypted) {
            (Some(pem), true) => builder.tls_certs_only(authorities(&url, pem)?),
            (None, true) => builder,
            // Nothing is encrypted, so nobody vouches; the system's authorities need not be read.
            (_, false) => builder.tls_certs_only([]),
        };
        let client = builder.build().map_err(|source| ServerAddressError::Client {
            url: url.clone(),
            source,
        })?;
        Ok(Self { client, url })
    }
}

/// Whether the address is one of TLS; plain HTTP is for this machine's own servers.
fn check(url: &str) -> Result<bool, ServerAddressError> {
    let malformed = || ServerAddressError::Malformed { url: url.to_owned() };
    let parsed = Url::parse(url).map_err(|_| malformed())?;
    let host = parsed.host_str().ok_or_else(malformed)?;
    let bare = parsed.path() == "/" && parsed.query().is_none() && parsed.fragment().is_none();
    if !bare || !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(malformed());
    }
    match parsed.scheme() {
        "https" => Ok(true),
        "http" if is_loopback(host) => Ok(false),
        "http" => Err(ServerAddressError::PlainHttp { url: url.to_owned() }),
        _ => Err(malformed()),
    }
}

/// Whether a host, as it stands in a parsed address, is this machine: 127.0.0.0/8, ::1 or `localhost`.
fn is_loopback(host: &str) -> bool {
    let v4 = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let v6 = v6.and_then(|host| host.parse::<Ipv6Addr>().ok());
    v4 || v6.is_some_and(|address| address.is_loopback()) || host == "localhost"
}

fn authorities(url: &str, pem: &[u8]) -> Result<Vec<Certificate>, ServerAddressError> {
    let wrong = || ServerAddressError::Authorities { url: url.to_owned() };
    let authorities = Certificate::from_pem_bundle(pem).map_err(|_| wrong())?;
    match authorities.len() {
        1..=MAX_AUTHORITIES => Ok(authorities),
        _ => Err(wrong()),
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

impl HttpTransport {
    /// The server's address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request, and returns the answer before its body has come: for a stream, which may last as long as it likes.
    pub(super) async fn open(&self, request: Request<'_>) -> Result<reqwest::Response, TransportError> {
        let builder = self.builder(&request)?.timeout(STREAM_LIMIT);
        builder.send().await.map_err(|error| self.error(error))
    }

    /// Reads an answer to its end.
    pub(super) async fn whole(&self, mut response: reqwest::Response) -> Result<Response, TransportError> {
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

    fn builder(&self, request: &Request<'_>) -> Result<reqwest::RequestBuilder, TransportError> {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|error| self.error(error))?;
        let mut builder = self.client.request(method, format!("{}{}", self.url, request.path));
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if !request.body.is_empty() {
            builder = builder
                .header("content-type", request.content_type)
                .body(request.body.to_vec());
        }
        Ok(builder)
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let response = self
            .builder(&request)?
            .send()
            .await
            .map_err(|error| self.error(error))?;
        self.whole(response).await
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> Option<ServerAddressError> {
        HttpTransport::to(&ServerAddress {
            authorities: None,
            ..ServerAddress::new(url, AccountId([1; 32]))
        })
        .err()
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for url in [
            "http://127.0.0.1:8087",
            "http://127.8.9.10",
            "http://[::1]:8087/",
            "http://localhost:1",
            // Browsers and this client read it alike: 127.0.0.1.
            "http://0x7f000001",
        ] {
            assert!(refusal(url).is_none(), "{url}");
        }
        for url in [
            "http://10.0.0.1:8087",
            "http://indexer.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://[::ffff:127.0.0.1]",
            "http://[2001:db8::1]",
            "http://0.0.0.0",
        ] {
            let error = refusal(url).unwrap();
            assert!(matches!(error, ServerAddressError::PlainHttp { .. }), "{url}: {error}");
            assert!(error.to_string().ends_with("use https://"), "{error}");
        }
    }

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        for url in [
            "",
            "indexer.example",
            "ws://127.0.0.1",
            "https://",
            "http://127.0.0.1/path",
            "http://127.0.0.1/?query",
            "http://user@127.0.0.1",
            "https://user:word@indexer.example",
        ] {
            assert!(
                matches!(refusal(url), Some(ServerAddressError::Malformed { .. })),
                "{url}"
            );
        }
        for pem in [
            &b""[..],
            b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n",
        ] {
            let server = ServerAddress {
                authorities: Some(pem.into()),
                ..ServerAddress::new("https://indexer.example", AccountId([1; 32]))
            };
            let refused = HttpTransport::to(&server).err();
            assert!(matches!(
                refused,
                Some(ServerAddressError::Authorities { .. } | ServerAddressError::Client { .. })
            ));
        }
    }
}
