//! The log of who saw what of a patient's records.

use super::Patient;
use crate::{
    chain::Chain,
    deployment::Aegle,
    remote::{RemoteError, Transport},
};
use aegle_protocol::wire::{DisclosureChainError, DisclosureEntry};

/// The reason why the log of disclosures is not shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DisclosuresError {
    /// The indexer refused.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The entries are not one chain: the indexer has changed or dropped some.
    #[error("the log of disclosures was tampered with: {0}")]
    Chain(#[from] DisclosureChainError),
}

impl Patient {
    /// Fetches the whole disclosure log of the patient's records, who saw what and by which grant, and verifies that it
    /// is one chain of hashes.
    ///
    /// # Errors
    /// See [`DisclosuresError`].
    pub async fn disclosures<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
    ) -> Result<Vec<DisclosureEntry>, DisclosuresError> {
        let log = aegle.indexer.disclosures(self.key(), self.account()).await?;
        log.verify_chain()?;
        Ok(log.entries)
    }
}
