//! Why a service did not do what was asked.

use super::TransportError;
use aegle_protocol::{request::RequestError, wire::ProblemCode};
use aegle_rules::AccountId;

/// Why a service did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// It cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// There is nothing that may be shown: it is absent, erased or not permitted, and which of them is not said.
    #[error("there is nothing to show: no such record, or no permission")]
    NotFound,
    /// It refused.
    #[error("the {service} refused: {title}{}", detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
    Refused {
        /// Who refused: `indexer` or `custodian`.
        service: &'static str,
        /// The HTTP status.
        status: u16,
        /// The stable code.
        code: ProblemCode,
        /// What went wrong, finer than the code and as stable; empty where the service does not say.
        reason: String,
        /// What the code means.
        title: String,
        /// What is particular to this case.
        detail: Option<String>,
    },
    /// It answered something that is not of the protocol.
    #[error("the {service}'s answer to {method} {path} is not of the protocol (status {status})")]
    Protocol {
        /// Who answered.
        service: &'static str,
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// The answer's status.
        status: u16,
    },
    /// It serves another chain or other contracts.
    #[error("the indexer serves another deployment: check the addresses")]
    OtherDeployment,
    /// It is another server than the address book says.
    #[error(
        "the indexer says that its account is {found}, and the address book says {pinned}: ask its operator for the \
         account, and pin that"
    )]
    OtherServer {
        /// The account of the address book.
        pinned: AccountId,
        /// What it says.
        found: AccountId,
    },
    /// It has not seen a block that is finalized.
    #[error("the indexer has not seen block {block} yet, which is finalized: its node is behind; try again later")]
    Behind {
        /// The block.
        block: u32,
    },
    /// The request cannot be signed.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The log has more entries than are fetched at once.
    #[error("the disclosure log is longer than can be fetched")]
    LogTooLong,
}
