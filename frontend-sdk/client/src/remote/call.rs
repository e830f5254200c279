//! One request and its answer: bodies, refusals, and when to ask again.

use super::{RemoteError, Request, Response};
use aegle_protocol::wire::{Problem, ProblemCode};
use aegle_rules::Hash;
use serde::{Serialize, de::DeserializeOwned};

/// How often a request is made while the service says that it is busy.
const MAX_BUSY_ATTEMPTS: u32 = 40;
/// How often a request is made while the service says that its node does not answer: about four seconds.
const MAX_CHAIN_ATTEMPTS: u32 = 12;
/// Half the pause before the first repetition, in milliseconds; it doubles up to [`MAX_PAUSE_MS`].
const FIRST_PAUSE_MS: u32 = 10;
/// The longest pause between two repetitions, in milliseconds.
const MAX_PAUSE_MS: u32 = 500;
const JSON: &str = "application/json";
pub(crate) const BYTES: &str = "application/octet-stream";

/// How often a request was made that will be answered later.
#[derive(Default)]
pub(super) struct Patience {
    attempts: u32,
}

impl Patience {
    /// Whether to ask again after this answer.
    pub(super) fn lasts(&mut self, error: &RemoteError) -> bool {
        self.attempts += 1;
        match error {
            RemoteError::Refused {
                code: ProblemCode::TooMany,
                ..
            } => self.attempts < MAX_BUSY_ATTEMPTS,
            RemoteError::Refused {
                code: ProblemCode::ChainUnavailable,
                ..
            } => self.attempts < MAX_CHAIN_ATTEMPTS,
            _ => false,
        }
    }

    /// How long to wait before, in milliseconds.
    pub(super) fn pause(&self) -> u32 {
        MAX_PAUSE_MS.min(FIRST_PAUSE_MS << self.attempts.min(8))
    }
}

/// A request that is not signed yet.
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// The body of an answer, and the hash of the request that got it.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    pub(crate) request: Hash,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        Self {
            method: "GET",
            path,
            content_type: JSON,
            body: Vec::new(),
        }
    }

    pub(crate) fn json(method: &'static str, path: String, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("the protocol's types have string keys and serialize without fail");
        Self {
            method,
            path,
            content_type: JSON,
            body,
        }
    }

    pub(crate) fn request(&self, headers: Vec<(&'static str, String)>) -> Request<'_> {
        Request {
            method: self.method,
            path: &self.path,
            headers,
            content_type: self.content_type,
            body: &self.body,
        }
    }

    /// The body of a response that is a success.
    pub(crate) fn accept(&self, service: &'static str, response: Response) -> Result<Vec<u8>, RemoteError> {
        let Response { status, body } = response;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        match serde_json::from_slice(&body) {
            Ok(Problem {
                code: ProblemCode::NotFound,
                ..
            }) => Err(RemoteError::NotFound),
            Ok(Problem {
                code,
                reason,
                title,
                detail,
                ..
            }) => Err(RemoteError::Refused {
                service,
                status,
                code,
                reason,
                title,
                detail,
            }),
            Err(_) => Err(RemoteError::Protocol {
                service,
                method: self.method,
                path: self.path.clone(),
                status,
            }),
        }
    }
}

pub(super) fn json<A: DeserializeOwned>(service: &'static str, call: &Call, body: &[u8]) -> Result<A, RemoteError> {
    serde_json::from_slice(body).map_err(|_| RemoteError::Protocol {
        service,
        method: call.method,
        path: call.path.clone(),
        status: 200,
    })
}
