//! What a client needs of its surroundings: HTTP, a clock, and patience.

use aegle_rules::Timestamp;

/// A request as it goes over the wire.
pub struct Request<'a> {
    /// GET, PUT or POST.
    pub method: &'static str,
    /// Path with query, beginning with `/`.
    pub path: &'a str,
    /// Names and values of the headers that sign it; none when it is not signed.
    pub headers: Vec<(&'static str, String)>,
    /// Media type of the body.
    pub content_type: &'static str,
    /// The body; empty for GET.
    pub body: &'a [u8],
}

/// An answer as it came over the wire.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The request did not get through.
#[derive(Debug, thiserror::Error)]
#[error("the service at {url} does not answer")]
pub struct TransportError {
    /// Where it should be.
    pub url: String,
    /// What went wrong.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What a client needs of its surroundings to talk to a service: HTTP, a clock, and patience.
#[allow(async_fn_in_trait)]
pub trait Transport {
    /// Sends a request and waits for the answer, whatever its status.
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError>;

    /// Returns the time, in milliseconds since the Unix epoch.
    fn now(&self) -> Timestamp;

    /// Waits for a number of milliseconds.
    async fn pause(&self, milliseconds: u32);
}
