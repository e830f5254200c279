//! Why a gate does not start.

use aegle_http::ListenError;
use std::{io, net::SocketAddr, path::PathBuf};

/// Why a gate does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// It would be reached from other machines, where anybody could say that they are somebody else.
    #[error("a gate listens on its own machine alone, and {0} is beyond: put what authenticates people before it")]
    Beyond(SocketAddr),
    /// The address of the FHIR server is none.
    #[error("`{0}` is no address of a FHIR server: write http://HOST:PORT/PATH or https://HOST/PATH")]
    Upstream(String),
    /// The receipts cannot be read.
    #[error("cannot read the receipts {}: {source}", path.display())]
    Receipts {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// No HTTP client can be made.
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}
