//! Signed requests: every request to a server that is not public is signed by the account that makes it, for that
//! server alone.
//!
//! What is signed (sr25519, signing context `substrate`) is text, so that a wallet can show it, between `<Bytes>` and
//! `</Bytes>`, so that it can never be an extrinsic:
//!
//! ```text
//! <Bytes>aegle/request/v2|{genesis}|{consent}|{server}|{METHOD} {path?query}|{SHA-256 of body}|{nonce}|{expires}</Bytes>
//! ```
//!
//! Hashes, accounts and nonce are lower-case hexadecimal without `0x`; the expiry is in milliseconds since the Unix
//! epoch. Genesis hash and consent contract name the deployment, and `server` is the account of the server that shall
//! answer: a client takes it from its own address book, never from an answer of the server.
//!
//! The hash of the body travels in a header, so that signature, expiry and nonce are verified before a byte of the body
//! is read ([`RequestHead::verify`]); the body that then arrives must hash to it ([`VerifiedRequest::check_body`]).
//! Whoever verifies remembers the nonce until the request has expired. A wallet need not sign each request: see
//! [sessions](crate::session).

use crate::{CryptoRng, Deployment, bytes, digest::hash, random::draw, tags};
use aegle_rules::{AccountId, Hash, Timestamp};
use schnorrkel::{PublicKey, Signature, signing_context};
use sha2::{Digest, Sha256};

/// How far ahead an expiry may be, in milliseconds: 5 minutes.
pub const MAX_REQUEST_LIFETIME_MS: u64 = 5 * 60 * 1_000;
/// Most bytes of a path with its query.
pub const MAX_PATH_BYTES: usize = 1_024;
/// The header with the account.
pub const ACCOUNT_HEADER: &str = "aegle-account";
/// The header with the SHA-256 of the body.
pub const BODY_HEADER: &str = "aegle-body";
/// The header with the nonce.
pub const NONCE_HEADER: &str = "aegle-nonce";
/// The header with the expiry.
pub const EXPIRES_HEADER: &str = "aegle-expires";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "aegle-signature";
/// Every header of a signed request.
pub const HEADERS: [&str; 5] = [
    ACCOUNT_HEADER,
    BODY_HEADER,
    NONCE_HEADER,
    EXPIRES_HEADER,
    SIGNATURE_HEADER,
];

pub(crate) const SIGNING_CONTEXT: &[u8] = b"substrate";
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];

bytes::bytes! {
    /// 16 random bytes of a request.
    Nonce[16]
}
bytes::bytes! {
    /// SHA-256 of a request's body.
    BodyHash[32]
}
bytes::bytes! {
    /// An sr25519 signature.
    RequestSignature[64]
}

impl BodyHash {
    /// Hashes a body; an absent body counts as an empty one.
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }
}

/// Whom a request is for: no other server takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The deployment.
    pub deployment: Deployment,
    /// The account of the server: an indexer's is its proxy's, a token service's is its custodian's.
    pub server: AccountId,
}

/// A request that is about to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Whom it is for.
    pub audience: Audience,
    /// GET, POST, PUT, DELETE or PATCH.
    pub method: &'a str,
    /// Path with query.
    pub path: &'a str,
    /// The body; empty where there is none.
    pub body: &'a [u8],
    /// The wall clock.
    pub now: Timestamp,
    /// How many milliseconds it counts, from `now`: at most 5 minutes.
    pub lifetime: u64,
}

/// What is signed of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// Whom the request is for.
    pub audience: Audience,
    /// GET, POST, PUT, DELETE or PATCH.
    pub method: String,
    /// Path with query, beginning with `/`: visible ASCII without `|`, `<` and `>`, at most [`MAX_PATH_BYTES`].
    pub path: String,
    /// Hash of the body.
    pub body: BodyHash,
    /// Random bytes.
    pub nonce: Nonce,
    /// First millisecond at which the request no longer counts.
    pub expires: Timestamp,
}

/// The headers of a signed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// Who signs.
    pub account: AccountId,
    /// The hash of the body.
    pub body: BodyHash,
    /// The nonce.
    pub nonce: Nonce,
    /// The expiry.
    pub expires: Timestamp,
    /// The signature.
    pub signature: RequestSignature,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A header is missing, twice there, or malformed.
    #[error("the header {0} is missing or malformed")]
    Header(&'static str),
    /// The method is unknown.
    #[error("the method is none that requests are signed for")]
    Method,
    /// The path is malformed or too long.
    #[error("the path is malformed, or longer than {MAX_PATH_BYTES} bytes")]
    Path,
    /// The request has expired.
    #[error("the request has expired")]
    Expired,
    /// The expiry is too far ahead.
    #[error("the expiry is more than 5 minutes ahead")]
    TooFarAhead,
    /// The signature is not the account's signature of this request.
    #[error("the signature does not hold")]
    Signature,
    /// The body is not the one whose hash was signed.
    #[error("the body does not hash to {BODY_HEADER}, which was signed")]
    Body,
    /// The session has ended.
    #[error("the session has ended: the account must open a new one")]
    SessionEnded,
    /// The session lasts too long.
    #[error("the session ends more than 12 hours ahead, and the account must open a shorter one")]
    SessionTooLong,
}

impl RequestHead {
    /// Returns the head of a request, with a fresh nonce.
    ///
    /// # Errors
    /// An unknown method or a malformed path; a lifetime of more than 5 minutes.
    pub fn new(request: Outgoing<'_>, random: &mut impl CryptoRng) -> Result<Self, RequestError> {
        if request.lifetime > MAX_REQUEST_LIFETIME_MS {
            return Err(RequestError::TooFarAhead);
        }
        let head = Self {
            audience: request.audience,
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            body: BodyHash::of(request.body),
            nonce: Nonce(draw(random)),
            expires: request.now.saturating_add(request.lifetime),
        };
        head.check().map(|()| head)
    }

    /// Returns the head of a request that came in with these headers, at the server that is `audience`.
    ///
    /// # Errors
    /// An unknown method or a malformed path.
    pub fn received(
        audience: Audience,
        method: &str,
        path: &str,
        headers: &SignedHeaders,
    ) -> Result<Self, RequestError> {
        let head = Self {
            audience,
            method: method.to_owned(),
            path: path.to_owned(),
            body: headers.body,
            nonce: headers.nonce,
            expires: headers.expires,
        };
        head.check().map(|()| head)
    }

    /// Returns the text to sign.
    pub fn payload(&self) -> String {
        let Audience { deployment, server } = &self.audience;
        format!(
            "<Bytes>{}|{}|{}|{}|{} {}|{}|{}|{}</Bytes>",
            tags::REQUEST,
            hex::encode(deployment.genesis.0),
            hex::encode(deployment.consent.0),
            hex::encode(server.0),
            self.method,
            self.path,
            hex::encode(self.body.0),
            hex::encode(self.nonce.0),
            self.expires,
        )
    }

    /// Computes the request's hash, which transforms and disclosures name.
    pub fn hash(&self) -> Hash {
        hash(tags::REQUEST_HASH, &[self.payload().as_bytes()])
    }

    /// Signs: `sign` gets the payload's bytes and gives the account's sr25519 signature in the context `substrate`, as
    /// every wallet does. A wallet that answers later signs [`RequestHead::payload`] and calls
    /// [`RequestHead::headers`].
    ///
    /// # Errors
    /// What `sign` answers.
    pub fn sign<E>(
        &self,
        account: AccountId,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<SignedHeaders, E> {
        Ok(self.headers(account, RequestSignature(sign(self.payload().as_bytes())?)))
    }

    /// Builds the headers of the request, with a signature of its payload.
    pub fn headers(&self, account: AccountId, signature: RequestSignature) -> SignedHeaders {
        SignedHeaders {
            account,
            body: self.body,
            nonce: self.nonce,
            expires: self.expires,
            signature,
        }
    }

    fn check(&self) -> Result<(), RequestError> {
        if !METHODS.contains(&self.method.as_str()) {
            return Err(RequestError::Method);
        }
        let path = self.path.as_bytes();
        let allowed = |byte: &u8| byte.is_ascii_graphic() && !b"|<>".contains(byte);
        if path.len() > MAX_PATH_BYTES || path.first() != Some(&b'/') || !path.iter().all(allowed) {
            return Err(RequestError::Path);
        }
        Ok(())
    }

    /// Verifies expiry and signature, without the body. The caller refuses a nonce that the account has used before, and
    /// then reads the body and [checks](VerifiedRequest::check_body) it. A request of a [session](crate::session) is
    /// verified by [`RequestHead::verify_in`].
    ///
    /// # Errors
    /// The request has expired, expires too far ahead, or is not signed by that account.
    pub fn verify(&self, headers: &SignedHeaders, now: Timestamp) -> Result<VerifiedRequest, RequestError> {
        let verified = self.matches(headers, now)?;
        is_signed_by(&headers.account.0, self.payload().as_bytes(), &headers.signature)?;
        Ok(verified)
    }

    /// Checks everything of a request but who signed it.
    pub(crate) fn matches(&self, headers: &SignedHeaders, now: Timestamp) -> Result<VerifiedRequest, RequestError> {
        self.check()?;
        if self.expires <= now {
            return Err(RequestError::Expired);
        }
        if self.expires - now > MAX_REQUEST_LIFETIME_MS {
            return Err(RequestError::TooFarAhead);
        }
        if (headers.body, headers.nonce, headers.expires) != (self.body, self.nonce, self.expires) {
            return Err(RequestError::Signature);
        }
        Ok(VerifiedRequest {
            account: headers.account,
            body: self.body,
            nonce: self.nonce,
            expires: self.expires,
            hash: self.hash(),
        })
    }
}

/// Verifies an sr25519 signature in the context that wallets use.
pub(crate) fn is_signed_by(key: &[u8; 32], payload: &[u8], signature: &RequestSignature) -> Result<(), RequestError> {
    let key = PublicKey::from_bytes(key).map_err(|_| RequestError::Signature)?;
    let signature = Signature::from_bytes(&signature.0).map_err(|_| RequestError::Signature)?;
    key.verify(signing_context(SIGNING_CONTEXT).bytes(payload), &signature)
        .map_err(|_| RequestError::Signature)
}

/// A request that its account signed for this server and that has not expired. Its body may not have been read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    account: AccountId,
    body: BodyHash,
    nonce: Nonce,
    expires: Timestamp,
    hash: Hash,
}

impl VerifiedRequest {
    /// Returns the account that signed.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Checks that this is the body whose hash was signed.
    ///
    /// # Errors
    /// [`RequestError::Body`].
    pub fn check_body(&self, body: &[u8]) -> Result<(), RequestError> {
        if BodyHash::of(body) == self.body {
            Ok(())
        } else {
            Err(RequestError::Body)
        }
    }

    /// Returns the nonce to remember.
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// Returns the time until which to remember the nonce.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Returns the request's hash.
    pub fn hash(&self) -> Hash {
        self.hash
    }
}

impl SignedHeaders {
    /// Returns the headers as names and values.
    pub fn to_pairs(&self) -> [(&'static str, String); 5] {
        [
            (ACCOUNT_HEADER, self.account.to_string()),
            (BODY_HEADER, hex::encode(self.body.0)),
            (NONCE_HEADER, hex::encode(self.nonce.0)),
            (EXPIRES_HEADER, self.expires.to_string()),
            (SIGNATURE_HEADER, hex::encode(self.signature.0)),
        ]
    }

    /// Reads the headers; `get` gives the value of a header, `None` if it is missing or there twice.
    ///
    /// # Errors
    /// The first header that is missing or malformed.
    pub fn from_headers<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, RequestError> {
        fn read<'a, T: core::str::FromStr>(
            get: &impl Fn(&str) -> Option<&'a str>,
            name: &'static str,
        ) -> Result<T, RequestError> {
            get(name)
                .and_then(|value| value.parse().ok())
                .ok_or(RequestError::Header(name))
        }
        Ok(Self {
            account: read(&get, ACCOUNT_HEADER)?,
            body: read(&get, BODY_HEADER)?,
            nonce: read(&get, NONCE_HEADER)?,
            expires: read(&get, EXPIRES_HEADER)?,
            signature: read(&get, SIGNATURE_HEADER)?,
        })
    }
}
