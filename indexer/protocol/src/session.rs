//! Sessions: a wallet signs once, and a key of the client signs the requests of the next hours.
//!
//! A wallet asks its user at every signature, and a record that is opened takes four requests. So an account may say, once,
//! that a fresh key signs its *requests* (never its transactions) at the servers of one deployment for at most 12 hours.
//! What it signs is text that a wallet can show, and that no transaction can be:
//!
//! ```text
//! <Bytes>aegle/session/v1|{genesis}|{consent}|{session key}|{expires}</Bytes>
//! ```
//!
//! A request of a session has the header [`SESSION_HEADER`] besides those of every
//! [signed request](crate::request): the session's key, its end and the account's signature. Its `aegle-signature` is
//! then by the session's key, over the account and the [hash](RequestHead::hash) of the request:
//!
//! ```text
//! <Bytes>aegle/session-request/v1|{account}|{hash of the request}</Bytes>
//! ```
//!
//! The hash binds the request to one server, so that no server can pass on what it got. The account is named because
//! anybody can open a session for a key that is another one's: without it, the other one's requests would count as theirs.
//! A session cannot be ended before its time, which is therefore short; whoever has its key can ask what the account may
//! ask, and needs the account's other keys to open anything.

use crate::{
    Deployment,
    bytes::bytes,
    request::{RequestError, RequestHead, RequestSignature, SignedHeaders, VerifiedRequest, is_signed_by},
    tags,
};
use aegle_rules::{AccountId, Timestamp};
use core::{fmt, str::FromStr};

/// How long a session may last, in milliseconds: 12 hours.
pub const MAX_SESSION_LIFETIME_MS: u64 = 12 * 60 * 60 * 1_000;
/// The header with a session; a request that its account signed itself has none.
pub const SESSION_HEADER: &str = "aegle-session";

bytes! {
    /// The public key of a session: sr25519.
    SessionKey[32]
}

/// An account's word that a key signs its requests until a time. It is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The key.
    pub key: SessionKey,
    /// First millisecond at which the session no longer counts.
    pub expires: Timestamp,
    /// The account's signature of [`Session::payload`].
    pub signature: RequestSignature,
}

impl Session {
    /// Returns the text that the account signs to open a session at the servers of a deployment.
    pub fn payload(deployment: &Deployment, key: &SessionKey, expires: Timestamp) -> String {
        format!(
            "<Bytes>{}|{}|{}|{}|{expires}</Bytes>",
            tags::SESSION,
            hex::encode(deployment.genesis.0),
            hex::encode(deployment.consent.0),
            hex::encode(key.0),
        )
    }

    /// Verifies that `account` has opened the session at the servers of a deployment, and that it has not ended.
    ///
    /// # Errors
    /// [`RequestError::SessionEnded`], [`RequestError::SessionTooLong`], or [`RequestError::Signature`].
    pub fn verify(&self, deployment: &Deployment, account: &AccountId, now: Timestamp) -> Result<(), RequestError> {
        if self.expires <= now {
            return Err(RequestError::SessionEnded);
        }
        if self.expires - now > MAX_SESSION_LIFETIME_MS {
            return Err(RequestError::SessionTooLong);
        }
        let payload = Self::payload(deployment, &self.key, self.expires);
        is_signed_by(&account.0, payload.as_bytes(), &self.signature)
    }
}

/// The value of [`SESSION_HEADER`]: key, end and signature with a `.` between them; bytes as hexadecimal without `0x`.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, signature) = (hex::encode(self.key.0), hex::encode(self.signature.0));
        write!(f, "{key}.{}.{signature}", self.expires)
    }
}

impl FromStr for Session {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        let read = || {
            let (key, rest) = text.split_once('.')?;
            let (expires, signature) = rest.split_once('.')?;
            Some(Self {
                key: key.parse().ok()?,
                expires: expires.parse().ok()?,
                signature: signature.parse().ok()?,
            })
        };
        read().ok_or(RequestError::Header(SESSION_HEADER))
    }
}

impl RequestHead {
    /// Returns the text that a session's key signs for an account.
    pub fn session_payload(&self, account: &AccountId) -> String {
        format!(
            "<Bytes>{}|{}|{}</Bytes>",
            tags::SESSION_REQUEST,
            hex::encode(account.0),
            hex::encode(self.hash().0),
        )
    }

    /// Verifies a request that the key of a session signed, without its body, as [`RequestHead::verify`] does one that the
    /// account signed itself.
    ///
    /// # Errors
    /// The request or the session has ended or lasts too long, or one of both is not signed as it says.
    pub fn verify_in(
        &self,
        session: &Session,
        headers: &SignedHeaders,
        now: Timestamp,
    ) -> Result<VerifiedRequest, RequestError> {
        let verified = self.matches(headers, now)?;
        session.verify(&self.audience.deployment, &headers.account, now)?;
        let payload = self.session_payload(&headers.account);
        is_signed_by(&session.key.0, payload.as_bytes(), &headers.signature)?;
        Ok(verified)
    }
}
