//! The HTTP layer of every server of Aegle: requests that their accounts signed, problem documents, limits, TLS and CORS.
//!
//! What a server does with a signed request, in this order, which the types hold it to:
//!
//! 1. [`Signed::verify`]: headers, audience, expiry and signature. Not a byte of the body has been asked for.
//! 2. Whatever the server asks of the account: its role, its quota.
//! 3. [`Signed::admit`]: the nonce was not used before.
//! 4. [`Admitted::read`]: the body, within its [`BodyLimit`], and it hashes to what was signed.
//!
//! A request that is refused before its body was read is answered at once, and its connection is closed: what is still
//! coming is not read.
//!
//! ```no_run
//! use aegle_http::{Listen, Listener};
//! use axum::{Router, routing::get};
//!
//! # async fn run() -> Result<(), aegle_http::ListenError> {
//! let listener = Listener::bind(&Listen::plain(([127, 0, 0, 1], 0).into())).await?;
//! let server = listener.serve(Router::new().route("/livez", get(async || "alive\n")));
//! println!("listening on {}", server.url());
//! server.stop().await;
//! # Ok(()) }
//! ```
//!
//! HTTP/1.1 alone is spoken: one request at a time on a connection, so that the limits of a connection are those of a
//! request.

mod arguments;
mod body;
mod connection;
mod cors;
mod pages;
mod places;
mod problem;
mod routes;
mod server;
mod signed;
mod tls;

pub use arguments::TransportArguments;
pub use body::{BodyLimit, json, turn};
pub use connection::{HEADER_TIMEOUT, MAX_HEADER_BYTES, serve_connection};
pub use cors::{Origin, OriginError, Origins};
pub use pages::{Pages, PagesError};
pub use problem::{Problem, REASONS};
pub use routes::{Content, Method, OPENAPI_PATH, Operation, Parameter, Routes};
pub use server::{Listen, ListenError, Listener, MAX_CONNECTIONS, Server};
pub use signed::{Admitted, Nonces, Signed};
pub use tls::{TlsError, TlsFiles};

use aegle_rules::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the wall clock's time, in milliseconds since the Unix epoch.
///
/// A clock before 1970 gives 0: then every signed request expires too far ahead, and is refused.
pub fn wall_clock() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
