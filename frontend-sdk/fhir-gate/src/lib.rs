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
mod error;
mod headers;
mod limits;
mod passing;
mod receipts;
mod refusal;
mod request;
mod upstream;

pub use error::GateError;
pub use headers::{ACTOR_HEADER, PURPOSE_HEADER};
pub use limits::MAX_SEARCH_BYTES;

use aegle_client::{account::AccountKey, native::IndexerClient};
use aegle_http::{Listen, Listener, Server};
use passing::Passing;
use receipts::Receipts;
use std::{net::SocketAddr, path::PathBuf};
use upstream::Upstream;

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
