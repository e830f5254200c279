//! A signed request on its way in: each step gives what the next one needs, and only the last one reads the body.

use crate::{BodyLimit, Problem, body::announced_bytes};
use aegle_protocol::{
    request::{Audience, RequestError, RequestHead, SignedHeaders, VerifiedRequest},
    session::{SESSION_HEADER, Session},
};
use aegle_rules::{AccountId, Timestamp};
use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderMap, request::Parts},
};

/// Where a server remembers the nonces of requests until they expire.
pub trait Nonces {
    /// Takes the nonce of a request; `false` if its account has used it before.
    ///
    /// # Errors
    /// When it cannot be remembered: then the request is refused.
    fn take(&self, request: &VerifiedRequest) -> impl Future<Output = Result<bool, Problem>> + Send;
}

/// A request that its account signed for this server and that has not expired. Its body has not been read.
#[derive(Debug)]
pub struct Signed {
    parts: Parts,
    body: Body,
    verified: VerifiedRequest,
}

impl Signed {
    /// Verifies headers, audience, expiry and signature: the account's own, or that of a session which it opened.
    ///
    /// # Errors
    /// `unsigned`, `wrong-signature` or `expired`.
    pub fn verify(audience: &Audience, request: Request, now: Timestamp) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let headers = signed_headers(&parts.headers)?;
        let session = session(&parts.headers)?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let head = RequestHead::received(*audience, parts.method.as_str(), path, &headers);
        let verified = head.and_then(|head| match &session {
            Some(session) => head.verify_in(session, &headers, now),
            None => head.verify(&headers, now),
        });
        let verified = verified.map_err(|error| match error {
            RequestError::Expired
            | RequestError::TooFarAhead
            | RequestError::SessionEnded
            | RequestError::SessionTooLong => Problem::expired().because(error),
            RequestError::Signature => Problem::wrong_signature(),
            error => Problem::unsigned().because(error),
        })?;
        Ok(Self { parts, body, verified })
    }

    /// Returns the account that signed.
    pub fn account(&self) -> AccountId {
        self.verified.account()
    }

    /// Returns the number of bytes that its body is said to have; without a word, as many as it may have.
    pub fn announced_bytes(&self, limit: &BodyLimit) -> usize {
        let announced = announced_bytes(&self.parts.headers);
        let unannounced = if self.body.is_end_stream() { 0 } else { limit.bytes };
        announced.unwrap_or(unannounced).min(limit.bytes)
    }

    /// Takes the request's nonce.
    ///
    /// # Errors
    /// `replayed`, or why the nonce cannot be remembered.
    pub async fn admit(self, nonces: &impl Nonces) -> Result<Admitted, Problem> {
        match nonces.take(&self.verified).await? {
            true => Ok(Admitted(self)),
            false => Err(Problem::replayed()),
        }
    }
}

/// A signed request that counts, this once. Its body has not been read.
#[derive(Debug)]
pub struct Admitted(Signed);

impl Admitted {
    /// Returns the request that was verified.
    pub fn verified(&self) -> &VerifiedRequest {
        &self.0.verified
    }

    /// Reads the body, and checks that it hashes to what was signed.
    ///
    /// # Errors
    /// `too-large`, `invalid-body` when it does not arrive whole and in time, or `body-mismatch`.
    pub async fn read(self, limit: &BodyLimit) -> Result<(Parts, Bytes), Problem> {
        let Signed { parts, body, verified } = self.0;
        let bytes = limit.read(&parts.headers, body, &verified).await?;
        Ok((parts, bytes))
    }
}

/// A header's value; `None` where it is missing, or comes twice, which says nothing.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok();
    if values.next().is_some() { None } else { value }
}

fn signed_headers(headers: &HeaderMap) -> Result<SignedHeaders, Problem> {
    SignedHeaders::from_headers(|name| only(headers, name)).map_err(|error| Problem::unsigned().because(error))
}

/// The session of a request, if it has one.
fn session(headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    if !headers.contains_key(SESSION_HEADER) {
        return Ok(None);
    }
    let session = only(headers, SESSION_HEADER).ok_or(RequestError::Header(SESSION_HEADER));
    let session = session.and_then(str::parse).map(Some);
    session.map_err(|error| Problem::unsigned().because(error))
}
