//! Whether Postgres, label index, vault and chain agree: nothing is missing, nothing is there twice, and what differs is
//! counted and named.
mod chain;
mod error;
mod findings;
mod index;
mod store;
mod vault;

pub use error::VerifyError;
pub use findings::Findings;

use crate::{store::Store, vault::Vault};
use aegle_chain::node::Node;
use aegle_protocol::Contracts;
use serde::Serialize;
use std::path::Path;

/// The outcome of a comparison of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Blocks and events, among each other.
    pub blocks: Findings,
    /// The projections, compared with what the events make of them.
    pub projections: Findings,
    /// Batches and their records.
    pub batches: Findings,
    /// The label index, compared with the labels that are stored, label by label.
    pub labels: Findings,
    /// The vault, compared with what batches name, byte by byte.
    pub ciphertexts: Findings,
    /// Blocks and events, compared with the chain; `None` where no node was asked.
    pub chain: Option<Findings>,
}

impl Verification {
    /// Returns whether everything agrees.
    pub fn is_whole(&self) -> bool {
        let Self {
            blocks,
            projections,
            batches,
            labels,
            ciphertexts,
            chain,
        } = self;
        let all = [blocks, projections, batches, labels, ciphertexts]
            .into_iter()
            .chain(chain);
        all.into_iter().all(Findings::is_whole)
    }
}

/// Compares everything that is kept in a data folder and its database with each other, and with the chain if there is a
/// node. Nothing is changed. No indexer may run there.
///
/// # Errors
/// [`VerifyError`]: it cannot be told.
pub async fn verify(
    store: &Store,
    data: &Path,
    contracts: &Contracts,
    node: Option<&Node>,
) -> Result<Verification, VerifyError> {
    let vault = Vault::open(data)?;
    Ok(Verification {
        blocks: store::blocks(store).await?,
        projections: store::projections(store, contracts).await?,
        batches: store::batches(store).await?,
        labels: index::labels(store, data).await?,
        ciphertexts: vault::ciphertexts(store, &vault).await?,
        chain: match node {
            Some(node) => Some(chain::blocks(store, contracts, node).await?),
            None => None,
        },
    })
}
