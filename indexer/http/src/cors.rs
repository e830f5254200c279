//! Which web pages may ask: none, unless their origins are named.

use aegle_protocol::{request, session::SESSION_HEADER};
use axum::http::{HeaderName, HeaderValue, Method, header};
use std::{str::FromStr, time::Duration};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember that it may ask.
const MAX_AGE: Duration = Duration::from_secs(600);
/// Most origins that are named.
const MAX_ORIGINS: usize = 64;

/// The origin of a web page, as browsers send it: scheme, host, and port if it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why a text is no origin, or too many are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// It is not `https://HOST` or `http://HOST`, with a port or without.
    #[error("an origin is https://HOST or https://HOST:PORT, in lower case and without a path")]
    Malformed,
    /// There are more than 64.
    #[error("{0} origins, more than {MAX_ORIGINS}")]
    TooMany(usize),
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = host.filter(|host| !host.is_empty()).ok_or(OriginError::Malformed)?;
        // Anything else, such as `*`, is the origin of no page.
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
        if !host.bytes().all(allowed) {
            return Err(OriginError::Malformed);
        }
        HeaderValue::from_str(text)
            .map(Self)
            .map_err(|_| OriginError::Malformed)
    }
}

/// The origins whose pages may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

impl Origins {
    /// Allows these and no others.
    ///
    /// # Errors
    /// [`OriginError::TooMany`].
    pub fn new(origins: Vec<Origin>) -> Result<Self, OriginError> {
        match origins.len() {
            0..=MAX_ORIGINS => Ok(Self(origins)),
            count => Err(OriginError::TooMany(count)),
        }
    }

    /// Builds the layer that answers preflights and marks answers; `None` if no page may ask.
    pub(crate) fn layer(&self) -> Option<CorsLayer> {
        if self.0.is_empty() {
            return None;
        }
        let signed = request::HEADERS.into_iter().chain([SESSION_HEADER]);
        let headers = signed.map(HeaderName::from_static).chain([header::CONTENT_TYPE]);
        Some(
            CorsLayer::new()
                .allow_origin(AllowOrigin::list(self.0.iter().map(|origin| origin.0.clone())))
                .allow_methods([Method::GET, Method::POST, Method::PUT])
                .allow_headers(headers.collect::<Vec<_>>())
                .max_age(MAX_AGE),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for text in [
            "https://portal.example",
            "http://localhost:5173",
            "https://[::1]:8443",
            "http://127.0.0.1:1",
        ] {
            assert!(text.parse::<Origin>().is_ok(), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "https://",
            "portal.example",
            "https://Portal.example",
            "https://a/",
            "https://a b",
            "ftp://a",
            "https://*.example",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::Malformed), "{text}");
        }
        let origin: Origin = "https://a".parse().unwrap_or_else(|_| unreachable!("it is an origin"));
        assert!(Origins::new(vec![origin.clone(); MAX_ORIGINS]).is_ok());
        assert_eq!(
            Origins::new(vec![origin; MAX_ORIGINS + 1]),
            Err(OriginError::TooMany(MAX_ORIGINS + 1))
        );
    }
}
