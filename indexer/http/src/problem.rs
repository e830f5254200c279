//! What a caller hears when a request is refused: an RFC 9457 problem document with a stable code. All of them are here.

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
pub struct Problem {
    status: u16,
    code: ProblemCode,
    reason: &'static str,
    detail: Option<String>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:ident, $reason:literal;)*) => {
        impl Problem {
            $($(#[$doc])* pub const fn $name() -> Self {
                Self { status: ProblemCode::$code.status(), code: ProblemCode::$code, reason: $reason, detail: None }
            })*
        }

        /// Every reason, and the code that it makes finer.
        pub const REASONS: &[(&str, ProblemCode)] = &[$(($reason, ProblemCode::$code),)*];
    };
}

problems! {
    /// Absent, erased or denied: from outside the same.
    not_found = NotFound, "not-found";
    /// There is nothing at that path, for anybody.
    no_such_path = NotFound, "no-such-path";
    /// The path does not take that method.
    no_such_method = Malformed, "no-such-method";
    /// Path or query cannot be read.
    invalid_request = Malformed, "invalid-request";
    /// The body did not arrive whole, or cannot be read.
    invalid_body = Malformed, "invalid-body";
    /// The body is larger than its kind of request may be.
    too_large = TooLarge, "too-large";
    /// Too many such requests are being answered; ask again.
    busy = TooMany, "busy";
    /// The account has asked too often lately.
    quota_spent = TooMany, "quota-spent";
    /// The account has as many streams of notifications open as it may have, or there are as many as there may be.
    streams_taken = TooMany, "streams-taken";
    /// The account has asked for too much lately.
    budget_spent = BudgetSpent, "budget-spent";
    /// The headers that sign a request are missing or malformed.
    unsigned = Unsigned, "unsigned";
    /// The signature is not the account's, of this request, for this server.
    wrong_signature = Unsigned, "wrong-signature";
    /// The body does not hash to what was signed.
    body_mismatch = Unsigned, "body-mismatch";
    /// The request has expired, or expires too far ahead.
    expired = Expired, "expired";
    /// The nonce was used before: the request counts as not signed.
    replayed = Replayed, "replayed";
    /// The account has not the role that this takes.
    role_required = NotPermitted, "role-required";
    /// The account does not administer the custodian.
    not_custodian = NotPermitted, "not-custodian";
    /// The patient's consent, or the rules for research, do not permit it.
    not_permitted = NotPermitted, "not-permitted";
    /// Nothing of the patient's that was asked about is permitted, and consent is narrowed too finely, or was passed on, to ask about
    /// all of it.
    consent_too_narrow = NotPermitted, "consent-too-narrow";
    /// The consortium has paused what is permitted.
    paused = NotPermitted, "paused";
    /// The chain cannot be asked.
    chain_unavailable = ChainUnavailable, "chain-unavailable";
    /// The first connection to the chain is being made.
    connecting = ChainUnavailable, "connecting";
    /// The chain is not connected.
    disconnected = ChainUnavailable, "disconnected";
    /// The chain's node does not answer.
    node_silent = ChainUnavailable, "node-silent";
    /// Blocks up to the head are being stored.
    catching_up = ChainUnavailable, "catching-up";
    /// The chain's node is behind what was indexed.
    node_behind = ChainUnavailable, "node-behind";
    /// The chain's newest block is too old to decide on.
    chain_stale = ChainUnavailable, "chain-stale";
    /// Ingestion has stopped for good.
    ingestion_stopped = ChainUnavailable, "ingestion-stopped";
    /// A fault of the server.
    internal = Internal, "internal";
    /// The server pays for nobody's calls.
    relayer_off = NotPermitted, "relayer-off";
    /// It is no call that a server pays for.
    not_relayed = NotPermitted, "not-relayed";
    /// No organisation vouches for the patient.
    not_activated = NotPermitted, "not-activated";
    /// Nobody vouches for the patient, and there is no invitation that counts of the organisation that they name.
    not_invited = NotPermitted, "not-invited";
    /// The contract refuses the call.
    relay_refused = NotPermitted, "relay-refused";
    /// The call takes more than the server pays.
    relay_too_dear = NotPermitted, "relay-too-dear";
    /// As many calls were relayed today as the server pays.
    relay_quota_spent = BudgetSpent, "relay-quota-spent";
    /// The signed call cannot be read, or ends too far ahead.
    invalid_relayed_call = Malformed, "invalid-relayed-call";
    /// The ciphertext was lost, or has rotted: its custodian must send it again.
    ciphertext_lost = Internal, "ciphertext-lost";
    /// The audit log cannot be written, so nothing is answered.
    audit_unavailable = Internal, "audit-unavailable";
    /// Not exactly one known purpose.
    invalid_purpose = Malformed, "invalid-purpose";
    /// The questions for decisions are none or too many, or one names not exactly one purpose.
    invalid_questions = Malformed, "invalid-questions";
    /// No hit is asked for, or too many.
    invalid_limit = Malformed, "invalid-limit";
    /// The query does not hold.
    invalid_query = Malformed, "invalid-query";
    /// A token does not hold.
    invalid_token = Malformed, "invalid-token";
    /// A token is of an epoch that the domain has not, or not for these batches.
    token_epoch = Malformed, "token-epoch";
    /// A token is of another domain or patient.
    token_scope = Malformed, "token-scope";
    /// A token reaches batches that do not exist, or cuts a span.
    token_window = Malformed, "token-window";
    /// More records than one request asks the contract about.
    too_many_candidates = Malformed, "too-many-candidates";
    /// The evaluation that is asked for does not hold.
    invalid_evaluation = Malformed, "invalid-evaluation";
    /// The custodian has another key than the domain.
    other_key = NotAnchored, "other-key";
    /// There is no such search domain.
    unknown_domain = NotAnchored, "unknown-domain";
    /// There is no such batch on chain, as far as is known.
    not_anchored = NotAnchored, "not-anchored";
    /// The bundle is not what was anchored.
    bundle_mismatch = NotAnchored, "bundle-mismatch";
    /// A record was sealed to a key of an epoch that had ended, or had not begun, when its batch was anchored.
    epoch_ended = NotAnchored, "epoch-ended";
    /// A ciphertext was not sent.
    ciphertext_missing = NotAnchored, "ciphertext-missing";
    /// A ciphertext is not the one that its row names.
    ciphertext_mismatch = NotAnchored, "ciphertext-mismatch";
    /// The upload breaks its own rules.
    invalid_upload = Malformed, "invalid-upload";
    /// Evidence is for who may see every record.
    scope_not_open = NotPermitted, "scope-not-open";
    /// There is no evidence of such an answer.
    no_evidence = NotAnchored, "no-evidence";
    /// The labels are not what was anchored.
    relabelling_mismatch = NotAnchored, "relabelling-mismatch";
    /// The batch is there already.
    batch_exists = Conflict, "batch-exists";
    /// A record of that name is there already, and different.
    record_exists = Conflict, "record-exists";
    /// The bundle of keys is not the one in the directory.
    key_bundle_mismatch = NotAnchored, "key-bundle-mismatch";
    /// There is no such grant, or it was revoked.
    unknown_grant = NotAnchored, "unknown-grant";
    /// The deposit is not what the grant commits to.
    share_mismatch = NotAnchored, "share-mismatch";
    /// The grant has another deposit already.
    share_exists = Conflict, "share-exists";
    /// The grant's split is of another version.
    split_version = NotAnchored, "split-version";
    /// The grant has no share for the record's slot and epoch.
    slot_not_split = NotAnchored, "slot-not-split";
    /// The record's capsule does not hold.
    invalid_capsule = NotAnchored, "invalid-capsule";
}

impl Problem {
    /// Returns the problem that something of the server's does not answer now, and may do so later.
    pub fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE.as_u16(),
            reason: "unavailable",
            ..Self::internal()
        }
    }

    /// Returns the problem that a part of the server does not work now.
    pub fn part_stopped() -> Self {
        Self {
            reason: "part-stopped",
            ..Self::unavailable()
        }
    }

    /// Returns the problem that the account that pays for relayed calls has too little.
    pub fn relayer_without_funds() -> Self {
        Self {
            reason: "relayer-without-funds",
            ..Self::unavailable()
        }
    }

    /// Returns the problem that a relayed call is not final yet: the same call may be sent again.
    pub fn relay_pending() -> Self {
        Self {
            reason: "relay-pending",
            ..Self::unavailable()
        }
    }

    /// Returns the problem that the label index lacks something that is stored, so that nothing is searched.
    pub fn index_behind() -> Self {
        Self {
            reason: "index-behind",
            ..Self::unavailable()
        }
    }

    /// Returns the problem that this release does not know what the contracts do now.
    pub fn needs_upgrade() -> Self {
        Self {
            reason: "needs-upgrade",
            ..Self::unavailable()
        }
    }

    /// Returns the problem that another server has taken the database.
    pub fn fenced() -> Self {
        Self {
            reason: "fenced",
            ..Self::unavailable()
        }
    }

    /// Adds what exactly was wrong with the caller's own input. Never what a store or a library said about the server.
    pub fn because(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// Returns the document, as it is answered.
    pub fn document(&self) -> wire::Problem {
        wire::Problem {
            status: self.status,
            reason: self.reason.into(),
            ..wire::Problem::new(self.code, self.detail.clone())
        }
    }

    /// Returns what went wrong, finer than the code; as stable.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Returns what exactly was wrong with the caller's input, if that is said.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = self.document();
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(document)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        // For a layer that says it in another form.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_is_one_problem_s_alone() {
        let reasons: BTreeSet<&str> = REASONS.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(reasons.len(), REASONS.len());
        let others = [
            Problem::unavailable(),
            Problem::part_stopped(),
            Problem::index_behind(),
            Problem::relayer_without_funds(),
            Problem::relay_pending(),
            Problem::needs_upgrade(),
            Problem::fenced(),
        ];
        for other in &others {
            assert!(!reasons.contains(other.reason()), "{}", other.reason());
        }
    }
}
