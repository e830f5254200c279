//! Why nothing is shown, as FHIR says it: an OperationOutcome.

use crate::{ACTOR_HEADER, MAX_SEARCH_BYTES, PURPOSE_HEADER, bundle::Unexpected, request::Refused};
use aegle_client::remote::RemoteError;
use aegle_protocol::wire::MAX_DECISIONS;
use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::io;

/// The media type of what is answered.
pub(crate) const FHIR_JSON: &str = "application/fhir+json";

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotShown {
    #[error("there is no such resource, or it may not be shown")]
    Absent,
    #[error("say who asks: {ACTOR_HEADER} is an account, and {PURPOSE_HEADER} one purpose of use, such as TREAT")]
    Nobody,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("more than {MAX_DECISIONS} resources match, or more than {MAX_SEARCH_BYTES} bytes: narrow the search")]
    TooMany,
    #[error("too many searches at the same time: try again")]
    Busy,
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    #[error("the FHIR server does not answer: {0}")]
    Upstream(#[from] reqwest::Error),
    #[error("which resource is which record cannot be read: {0}")]
    Receipts(#[from] io::Error),
    #[error("nothing can be decided now, so nothing is shown: {0}")]
    Undecided(#[from] RemoteError),
}

impl IntoResponse for NotShown {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Absent => (StatusCode::NOT_FOUND, "not-found"),
            Self::Nobody => (StatusCode::UNAUTHORIZED, "login"),
            Self::Refused(_) => (StatusCode::BAD_REQUEST, "not-supported"),
            Self::TooMany => (StatusCode::FORBIDDEN, "too-costly"),
            Self::Unexpected(_) | Self::Upstream(_) => (StatusCode::BAD_GATEWAY, "exception"),
            Self::Busy | Self::Receipts(_) | Self::Undecided(_) => (StatusCode::SERVICE_UNAVAILABLE, "transient"),
        };
        let outcome = json!({
            "resourceType": "OperationOutcome",
            "issue": [{ "severity": "error", "code": code, "diagnostics": self.to_string() }],
        });
        answer(status, outcome.to_string())
    }
}

/// Builds an answer that nobody keeps: what may be shown changes from block to block.
pub(crate) fn answer(status: StatusCode, resource: String) -> Response {
    let headers = [(header::CONTENT_TYPE, FHIR_JSON), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Body::from(resource)).into_response()
}
