//! What a caller hears when a request is refused: an RFC 9457 problem document with a stable code.
use crate::{
    labels::LabelsError,
    policy::{GateError, NotReady, PolicyError},
    store::StoreError,
    vault::VaultError,
};
use aegle_protocol::wire::{self, ProblemCode};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The media type of a problem document.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request is refused. Code and reason are part of the API: clients decide by them, and they never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    status: u16,
    code: ProblemCode,
    reason: &'static str,
    detail: Option<String>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:ident, $reason:literal;)*) => {
        impl Problem {
            $($(#[$doc])* pub(super) const fn $name() -> Self {
                Self { status: ProblemCode::$code.status(), code: ProblemCode::$code, reason: $reason, detail: None }
            })*
        }
    };
}

problems! {
    /// Absent, erased or denied: from outside the same.
    not_found = NotFound, "not-found";
    no_such_path = NotFound, "no-such-path";
    no_such_method = Malformed, "no-such-method";
    invalid_request = Malformed, "invalid-request";
    invalid_body = Malformed, "invalid-body";
    too_large = TooLarge, "too-large";
    busy = TooMany, "busy";
    budget_spent = BudgetSpent, "budget-spent";
    unsigned = Unsigned, "unsigned";
    wrong_signature = Unsigned, "wrong-signature";
    expired = Expired, "expired";
    replayed_nonce = Replayed, "replayed";
    role_required = NotPermitted, "role-required";
    not_custodian = NotPermitted, "not-custodian";
    chain_unavailable = ChainUnavailable, "chain-unavailable";
    connecting = ChainUnavailable, "connecting";
    disconnected = ChainUnavailable, "disconnected";
    node_silent = ChainUnavailable, "node-silent";
    catching_up = ChainUnavailable, "catching-up";
    node_behind = ChainUnavailable, "node-behind";
    ingestion_stopped = ChainUnavailable, "ingestion-stopped";
    internal = Internal, "internal";
    invalid_purpose = Malformed, "invalid-purpose";
    invalid_limit = Malformed, "invalid-limit";
    invalid_query = Malformed, "invalid-query";
    invalid_token = Malformed, "invalid-token";
    token_epoch = Malformed, "token-epoch";
    token_scope = Malformed, "token-scope";
    token_window = Malformed, "token-window";
    too_many_candidates = Malformed, "too-many-candidates";
    unknown_domain = NotAnchored, "unknown-domain";
    not_anchored = NotAnchored, "not-anchored";
    bundle_mismatch = NotAnchored, "bundle-mismatch";
    ciphertext_missing = NotAnchored, "ciphertext-missing";
    ciphertext_mismatch = NotAnchored, "ciphertext-mismatch";
    invalid_upload = Malformed, "invalid-upload";
    scope_not_open = NotPermitted, "scope-not-open";
    no_evidence = NotAnchored, "no-evidence";
    relabelling_mismatch = NotAnchored, "relabelling-mismatch";
    batch_exists = Conflict, "batch-exists";
    record_exists = Conflict, "record-exists";
    key_bundle_mismatch = NotAnchored, "key-bundle-mismatch";
    unknown_grant = NotAnchored, "unknown-grant";
    share_mismatch = NotAnchored, "share-mismatch";
    share_exists = Conflict, "share-exists";
    split_version = NotAnchored, "split-version";
    slot_not_split = NotAnchored, "slot-not-split";
    invalid_capsule = NotAnchored, "invalid-capsule";
}

impl Problem {
    /// A request whose nonce was used before: it counts as not signed.
    pub(super) fn replayed() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED.as_u16(),
            ..Self::replayed_nonce()
        }
    }

    /// Something of ours does not answer now, and may do so later.
    pub(super) fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE.as_u16(),
            reason: "unavailable",
            ..Self::internal()
        }
    }

    /// Adds what exactly was wrong with the caller's own input. Never what a store or a library said about our side.
    pub(super) fn because(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }
}

/// The document, with the reason as an extension member (RFC 9457, section 3.2).
#[derive(serde::Serialize)]
struct Document {
    #[serde(flatten)]
    problem: wire::Problem,
    reason: &'static str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut problem = wire::Problem::new(self.code, self.detail);
        problem.status = self.status;
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (
            status,
            Json(Document {
                problem,
                reason: self.reason,
            }),
        )
            .into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Corrupt { .. } => Self::internal(),
            _ => Self::unavailable(),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "the vault failed");
        Self::unavailable()
    }
}

impl From<GateError> for Problem {
    fn from(error: GateError) -> Self {
        tracing::warn!(%error, "refused: the chain cannot be asked");
        Self::chain_unavailable()
    }
}

impl From<NotReady> for Problem {
    fn from(state: NotReady) -> Self {
        tracing::debug!(%state, "not ready");
        let problem = match state {
            NotReady::Connecting => Self::connecting(),
            NotReady::Disconnected => Self::disconnected(),
            NotReady::NodeSilent => Self::node_silent(),
            NotReady::CatchingUp { .. } => Self::catching_up(),
            NotReady::NodeBehind => Self::node_behind(),
            NotReady::Halted => Self::ingestion_stopped(),
        };
        problem.because(state)
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        tracing::warn!(%error, "refused: the consent contract cannot be asked");
        Self::chain_unavailable()
    }
}

impl From<LabelsError> for Problem {
    fn from(error: LabelsError) -> Self {
        match error {
            LabelsError::OtherEpoch(reason) => Self::token_epoch().because(reason),
            LabelsError::SpanCut(reason) => Self::token_window().because(reason),
            LabelsError::Refused(reason) => Self::invalid_token().because(reason),
            LabelsError::TooManyBatches { .. } => Self::too_many_candidates().because(error),
            error => {
                tracing::error!(%error, "the label index failed");
                Self::unavailable()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_problem_says_its_code_and_nothing_of_the_inside() {
        let response = Problem::from(StoreError::Corrupt {
            column: "secret_column",
        })
        .into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 4_096).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(!text.contains("secret_column"), "{text}");
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["code"], "internal");
        assert_eq!(document["status"], 500);
        assert_eq!(document["reason"], "internal");
        assert_eq!(document["type"], "about:blank");
    }
}
