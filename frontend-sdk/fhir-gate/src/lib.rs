//! A gate before a hospital's FHIR R4 server: it passes on reads and searches, and shows of what comes back only what the consent
//! contract permits to the person who asks, for the purpose that they name, as an indexer decides in one call (`POST
//! /v1/decisions`). Totals are those of what is shown.
//!
//! The gate is for the hospital's own machine: whoever reaches it says who asks. What authenticates people (a portal, SMART on
//! FHIR, the reverse proxy with single sign-on) sets [`ACTOR_HEADER`] and [`PURPOSE_HEADER`], and lets nobody else set them.
//!
//! # Invariants
//!
//! - Whatever is not decided, by the indexer, at the newest block, is not shown.
//! - Absent and denied answer the same.
//! - A resource without a receipt of ingestion is not shown, and neither is a version that was not filed: nobody knows what its
//!   patient says of it, nor whose it is now.
//! - A total is that of what the person may see of *all* matches. Where the FHIR server does not give all of them, nothing is shown.
//!
//! # Assumptions
//!
//! The FHIR server numbers or dates its versions (`meta.versionId`, `meta.lastUpdated`), and is reached through this gate alone.

mod bundle;
mod capabilities;
mod passing;
mod receipts;
mod refusal;
mod request;
mod upstream;

use aegle_client::{account::AccountKey, native::IndexerClient};
use aegle_http::{Listen, ListenError, Listener, Server};
use passing::Passing;
use receipts::Receipts;
use std::{io, net::SocketAddr, path::PathBuf};
use upstream::Upstream;

/// Most bytes of all pages of one search.
pub const MAX_SEARCH_BYTES: usize = 64 << 20;
/// The header that says who asks: an account, in hexadecimal.
pub const ACTOR_HEADER: &str = "aegle-actor";
/// The header that says for what: the code of a purpose of use, such as TREAT.
pub const PURPOSE_HEADER: &str = "aegle-purpose";

/// What a gate needs.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// Where it listens, on this machine.
    pub listen: SocketAddr,
    /// The base of the FHIR server, such as `http://127.0.0.1:8080/fhir`.
    pub upstream: String,
    /// The file of receipts that ingestion wrote.
    pub receipts: PathBuf,
    /// The system that the resources come from, as it was named at ingestion; empty where it was not.
    pub source: String,
}

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

/// A running gate. Stop it with [`Gate::stop`]; dropping it stops it without waiting for open requests.
pub struct Gate {
    server: Server,
}

impl Gate {
    /// Starts a gate: when this returns, it answers. `key` is of a custodian or an admin of the organisation that keeps the
    /// records.
    ///
    /// # Errors
    /// [`GateError`].
    pub async fn start(key: AccountKey, indexer: IndexerClient, config: GateConfig) -> Result<Self, GateError> {
        if !config.listen.ip().is_loopback() {
            return Err(GateError::Beyond(config.listen));
        }
        let upstream = Upstream::at(&config.upstream)?;
        let mut receipts = Receipts::at(&config.receipts, &config.source);
        receipts.refresh().map_err(|source| GateError::Receipts {
            path: config.receipts.clone(),
            source,
        })?;
        let listener = Listener::bind(&Listen::plain(config.listen)).await?;
        let passing = Passing::new(key, indexer, upstream, receipts);
        Ok(Self {
            server: listener.serve(passing.router()),
        })
    }

    /// Returns where it answers: the base of a FHIR server.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Lets open requests finish, then stops.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
