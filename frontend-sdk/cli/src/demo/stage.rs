//! What the story is told on, and what all of its parts know.

use super::examples::Chart;
use aegle_client::{
    chain::Contracts,
    deployment::Aegle,
    native::{ChainClient, HttpTransport, ServerAddress},
    protocol::record::RecordId,
    rules::{DomainId, Purposes},
};
use std::path::PathBuf;

/// The purpose for which everybody in the story asks.
pub(crate) const PURPOSE: Purposes = Purposes::TREAT;
/// Accounts that do something at the same time.
pub(crate) const PARALLEL_ACCOUNTS: usize = 16;
/// The lifetime of roles and grants: a year, in milliseconds.
pub(crate) const YEAR_MS: u64 = 365 * 86_400_000;

/// The surroundings of the story.
pub(crate) struct Stage {
    /// The chain.
    pub(crate) chain: ChainClient,
    /// The contracts.
    pub(crate) contracts: Contracts,
    /// The indexer, as everybody knows it.
    pub(crate) indexer: ServerAddress,
    /// The proxies besides the indexer's, each of which another organisation runs.
    pub(crate) proxies: Vec<ServerAddress>,
    /// The indexer's data folder.
    pub(crate) data: PathBuf,
    /// The folder of everything that the story makes.
    pub(crate) home: PathBuf,
    /// The patients' records.
    pub(crate) charts: Vec<Chart>,
}

/// The chain, the contracts and the indexer of the story, as clients see them.
pub(crate) type DemoSession<'a> = Aegle<'a, ChainClient, HttpTransport>;

/// The records that the hospital ingested.
#[derive(Default)]
pub(crate) struct IngestedRecords {
    /// The search domain.
    pub(crate) domain: Option<DomainId>,
    /// The records' names, by chart and in the chart's order.
    pub(crate) names: Vec<Vec<RecordId>>,
    /// Batches, each one transaction.
    pub(crate) batches: u64,
    /// Bytes of FHIR.
    pub(crate) plain_bytes: u64,
    /// Bytes of ciphertext.
    pub(crate) ciphertext_bytes: u64,
    /// Bytes of rows, labels and count tables.
    pub(crate) bundle_bytes: u64,
    /// Keywords of all records.
    pub(crate) keywords: u64,
    /// Labels, padding included.
    pub(crate) labels: u64,
    /// Codings and days that are malformed in the source.
    pub(crate) findings: u64,
}
