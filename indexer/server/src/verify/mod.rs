//! Whether Postgres, label index, vault and chain agree: nothing is missing, nothing is there twice, and what differs is
//! counted and named.
mod chain;
mod index;
mod store;
mod vault;

use crate::{
    labels::LabelsError,
    store::{CommitError, Store, StoreError},
    vault::{Vault, VaultError},
};
use aegle_chain::{ChainError, node::Node};
use aegle_protocol::Contracts;
use serde::Serialize;
use std::{fmt::Display, path::Path};

/// Findings of one kind that are named; the others are counted.
const MAX_NAMED: usize = 100;

/// A reason why it cannot be told whether everything agrees.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The database's reason.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault's reason.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The index's reason.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// The node's reason.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The node is of another chain.
    #[error("the node's chain is another one than the database's: ask a node of genesis {expected}")]
    OtherChain {
        /// The genesis hash of the database.
        expected: aegle_rules::Hash,
    },
    /// The indexer is shutting down.
    #[error("it was cut off")]
    Closed,
}

impl From<CommitError> for VerifyError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => Self::Store(error),
            CommitError::Event(error) => Self::Chain(error),
        }
    }
}

/// What was found of one kind of things.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The number of those that were looked at.
    pub checked: u64,
    /// The number of those that should be there and are not.
    pub missing: u64,
    /// The number of those that should not be there, or not twice.
    pub surplus: u64,
    /// The number of those that are others than they should be.
    pub different: u64,
    /// What is wrong, the first hundred of it.
    pub named: Vec<String>,
}

impl Findings {
    fn name(&mut self, what: impl Display) {
        if self.named.len() < MAX_NAMED {
            self.named.push(what.to_string());
        }
    }

    fn missing(&mut self, what: impl Display) {
        self.missing += 1;
        self.name(format_args!("missing: {what}"));
    }

    fn surplus(&mut self, what: impl Display) {
        self.surplus += 1;
        self.name(format_args!("surplus: {what}"));
    }

    fn different(&mut self, what: impl Display) {
        self.different += 1;
        self.name(format_args!("different: {what}"));
    }

    /// Returns whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        (self.missing, self.surplus, self.different) == (0, 0, 0)
    }
}

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
