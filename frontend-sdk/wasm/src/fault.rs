//! Errors, as JavaScript gets them: a code that never changes, a sentence, and what lies under it.

mod acts;
mod aggregate;
mod relay;

use crate::proxies::proxy_faults;
use aegle_client::{
    chain::{CallError, ChainError},
    clinician::reader::OpeningError,
    crypto::seed::PhraseError,
    patient::{DisclosuresError, EnrolError, GrantError},
    protocol::request::RequestError,
    proxies::ProxyFault,
    refusal,
    remote::RemoteError,
    search::{tokens::TokensError, verify::VerifiedSearchError},
};
use aegle_rules::{GrantId, consent::ConsentError, consortium::ConsortiumError, ledger::LedgerError};
use aegle_sealed::query::QueryError;
use serde::Serialize;
use serde_json::{Value, json};
use std::{convert::Infallible, error::Error, fmt::Debug};
use wasm_bindgen::JsValue;

/// An error with a code. Its JSON is what is thrown.
#[derive(Serialize)]
pub(crate) struct Fault {
    code: &'static str,
    message: String,
    /// What lies under it, the nearest first.
    causes: Vec<String>,
    /// What a program may want to know of it.
    #[serde(skip_serializing_if = "Value::is_null")]
    details: Value,
    /// Whether what was received is not what it should be: somebody or something changed it.
    tampering: bool,
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        Self::from_str(&serde_json::to_string(&fault).expect("a fault has string keys and serializes without fail"))
    }
}

impl Fault {
    fn new(code: &'static str, error: &dyn Error) -> Self {
        let (mut causes, mut under) = (Vec::new(), error.source());
        while let Some(cause) = under {
            causes.push(cause.to_string());
            under = cause.source();
        }
        Self {
            code,
            message: error.to_string(),
            causes,
            details: Value::Null,
            tampering: false,
        }
    }

    fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }

    fn tampered(self, tampering: bool) -> Self {
        Self { tampering, ..self }
    }

    /// Proxies did not do their part; their answers may be false.
    fn proxies(code: &'static str, error: &dyn Error, faults: &[ProxyFault]) -> Self {
        let tampering = faults.iter().any(|fault| fault.failure.is_tampering());
        let proxies = proxy_faults(faults);
        Self::new(code, error)
            .with(json!({ "proxies": proxies }))
            .tampered(tampering)
    }

    /// Says which grant it is about, and how many proxies must take part, were wanted, and were found.
    fn among(mut self, grant: Option<GrantId>, threshold: usize, wanted: Option<u8>, found: usize) -> Self {
        self.details["grant"] = json!(grant);
        self.details["threshold"] = json!(threshold);
        self.details["wanted"] = json!(wanted);
        self.details["found"] = json!(found);
        self
    }

    /// One that nothing lies under.
    fn plain(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            causes: Vec::new(),
            details: Value::Null,
            tampering: false,
        }
    }

    /// What happened, in one sentence.
    pub(crate) fn sentence(self) -> String {
        self.message
    }

    /// An argument that is none.
    pub(crate) fn argument(message: String) -> Self {
        Self::plain("argument", message)
    }

    /// There is no randomness.
    pub(crate) fn randomness() -> Self {
        let message = "the system gives no randomness, so that no key can be made";
        Self::plain("randomness", message.into())
    }

    /// A wallet has not opened a session as it should.
    pub(crate) fn session(error: RequestError) -> Self {
        let message = match error {
            RequestError::Signature => {
                "the wallet has signed something else, or with the key of another account".into()
            }
            error => error.to_string(),
        };
        Self::plain("signature-wrong", message)
    }
}

/// What a contract says when it refuses, in a sentence.
trait Refusal: Debug {
    fn sentence(&self) -> String;
}

impl Refusal for ConsentError {
    fn sentence(&self) -> String {
        refusal::consent(self)
    }
}

impl Refusal for ConsortiumError {
    fn sentence(&self) -> String {
        refusal::consortium(self)
    }
}

impl Refusal for LedgerError {
    fn sentence(&self) -> String {
        refusal::ledger(self)
    }
}

impl Refusal for Infallible {
    fn sentence(&self) -> String {
        match *self {}
    }
}

impl From<ChainError> for Fault {
    fn from(error: ChainError) -> Self {
        let code = match &error {
            ChainError::NoContract(_) => "no-contract",
            ChainError::UnknownMessage { .. } | ChainError::Decode { .. } => "other-contract",
            ChainError::Module { .. } | ChainError::Dispatch { .. } | ChainError::Trapped { .. } => "chain-refused",
            ChainError::NotIncluded { .. } | ChainError::NonceTaken { .. } => "not-included",
            ChainError::Unwatched { .. } | ChainError::NotFinalized { .. } => "outcome-unknown",
            _ => "chain-unavailable",
        };
        let details = match &error {
            ChainError::Unwatched { transaction, .. } | ChainError::NotFinalized { transaction, .. } => {
                json!({ "transaction": transaction })
            }
            ChainError::Module { pallet, error } => json!({ "reason": format!("{pallet}::{error}") }),
            _ => Value::Null,
        };
        Self::new(code, &error).with(details)
    }
}

impl<E: Refusal> From<CallError<E>> for Fault {
    fn from(error: CallError<E>) -> Self {
        match error {
            CallError::Chain(error) => error.into(),
            CallError::Relayer(error) => error.into(),
            CallError::Refused(reason) => {
                let details = json!({ "reason": format!("{reason:?}") });
                Self::plain("contract-refused", reason.sentence()).with(details)
            }
        }
    }
}

impl From<RemoteError> for Fault {
    fn from(error: RemoteError) -> Self {
        let code = match &error {
            RemoteError::Transport(_) => "service-unreachable",
            RemoteError::NotFound => "nothing-to-show",
            RemoteError::Refused { reason, .. } => match reason.as_str() {
                "ingestion-stopped" | "needs-upgrade" | "part-stopped" => "indexer-stopped",
                "catching-up" | "index-behind" | "node-behind" | "chain-stale" => "indexer-behind",
                "fenced" => "indexer-fenced",
                _ => "service-refused",
            },
            RemoteError::OtherDeployment => "other-deployment",
            RemoteError::OtherServer { .. } => "other-server",
            RemoteError::LogTooLong => "limit",
            _ => "protocol",
        };
        let details = match &error {
            RemoteError::Refused {
                service,
                status,
                code,
                reason,
                ..
            } => json!({ "service": service, "status": status, "reason": code, "because": reason }),
            RemoteError::Transport(error) => json!({ "url": error.url }),
            _ => Value::Null,
        };
        Self::new(code, &error).with(details)
    }
}

impl From<EnrolError> for Fault {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::Directory(error) => error.into(),
            EnrolError::Restricted(error) => error.into(),
            EnrolError::Chain(error) => error.into(),
            EnrolError::Indexer(error) => error.into(),
            EnrolError::NoKey(account) => Self::new("no-directory-key", &error).with(json!({ "account": account })),
            _ => Self::new("keys", &error),
        }
    }
}

impl From<GrantError> for Fault {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Contract(error) => error.into(),
            GrantError::Chain(error) => error.into(),
            GrantError::Indexer(error) => error.into(),
            GrantError::NoKey(account) => Self::new("no-directory-key", &error).with(json!({ "account": account })),
            GrantError::ProxyKey => Self::new("proxy-key", &error).tampered(true),
            GrantError::NotDeposited { grant, .. } => {
                Self::new("not-deposited", &error).with(json!({ "grant": grant }))
            }
            GrantError::NotDelivered {
                grant,
                threshold,
                found,
                ref faults,
            } => Self::proxies("not-deposited", &error, faults).among(Some(grant), threshold, None, found),
            GrantError::TooFewProxies {
                threshold,
                wanted,
                found,
                ref faults,
            } => Self::proxies("too-few-proxies", &error, faults).among(None, threshold.into(), Some(wanted), found),
            GrantError::UnregisteredProxy(account) => {
                Self::new("proxy-unregistered", &error).with(json!({ "account": account }))
            }
            _ => Self::new("keys", &error),
        }
    }
}

impl From<OpeningError> for Fault {
    fn from(error: OpeningError) -> Self {
        let tampering = error.is_tampering();
        match error {
            OpeningError::Chain(error) => error.into(),
            OpeningError::Indexer(error) => error.into(),
            OpeningError::Denied(reason) => {
                let details = json!({ "reason": format!("{reason:?}") });
                Self::plain("denied", refusal::denial(&reason)).with(details)
            }
            OpeningError::NoKeys | OpeningError::NoGrant(_) | OpeningError::NoPart(_) | OpeningError::NoSlot(_) => {
                Self::new("no-keys", &error)
            }
            OpeningError::NotFinalized(_) => Self::new("not-finalized", &error),
            OpeningError::TooFewProxies {
                grant,
                threshold,
                found,
                ref faults,
            } => Self::proxies("too-few-proxies", &error, faults).among(Some(grant), threshold, None, found),
            _ if tampering => Self::new("false-answer", &error).tampered(true),
            _ => Self::new("content", &error),
        }
    }
}

impl From<TokensError> for Fault {
    fn from(error: TokensError) -> Self {
        let tampering = error.is_tampering();
        match error {
            TokensError::Service(error) => error.into(),
            TokensError::Chain(error) => error.into(),
            TokensError::NoDomain(_) => Self::new("no-domain", &error),
            TokensError::NoBatch(_) => Self::new("no-batch", &error),
            _ if tampering => Self::new("false-answer", &error).tampered(true),
            _ => Self::new("query", &error),
        }
    }
}

impl From<VerifiedSearchError> for Fault {
    fn from(error: VerifiedSearchError) -> Self {
        let tampering = error.is_tampering();
        match error {
            VerifiedSearchError::Chain(error) => error.into(),
            VerifiedSearchError::Indexer(error) => error.into(),
            VerifiedSearchError::TooManyBatches(_) | VerifiedSearchError::TooManyRecords(_) => {
                Self::new("limit", &error)
            }
            VerifiedSearchError::NotAnchored { .. } => Self::new("false-answer", &error).tampered(true),
            _ if tampering => Self::new("false-answer", &error).tampered(true),
            _ => Self::new("query", &error),
        }
    }
}

impl From<DisclosuresError> for Fault {
    fn from(error: DisclosuresError) -> Self {
        match error {
            DisclosuresError::Indexer(error) => error.into(),
            DisclosuresError::UnknownServer => Self::new("unknown-server", &error),
            _ => Self::new("false-answer", &error).tampered(true),
        }
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        let column = error.column;
        Self::new("query", &error).with(json!({ "column": column }))
    }
}

impl From<PhraseError> for Fault {
    fn from(error: PhraseError) -> Self {
        Self::new("phrase", &error)
    }
}
