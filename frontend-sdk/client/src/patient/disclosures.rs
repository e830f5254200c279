//! The log of who saw what of a patient's records.

use super::Patient;
use crate::{
    chain::{Chain, ChainError},
    deployment::Aegle,
    indexer::Indexer,
    remote::{RemoteError, Transport},
};
use aegle_protocol::wire::{DisclosureChainError, DisclosureEntry};
use aegle_rules::AccountId;
use futures_util::future::join_all;

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
    /// The entries do not begin with the first one, or some are of another patient's records.
    #[error(
        "the log of disclosures is not whole, or not of this patient's records: its server has left out its beginning, or mixed logs up"
    )]
    Foreign,
    /// The consortium has registered the proxy, and nobody knows where it is.
    #[error("no server of that account is known: ask its operator where it is, then run `aegle servers add`")]
    UnknownServer,
}

/// What one server has written down of a patient's records: each proxy keeps a log of its own.
#[derive(Debug)]
pub struct ServerLog {
    /// The server.
    pub server: AccountId,
    /// Its entries, verified to be one chain; or why they are not shown.
    pub entries: Result<Vec<DisclosureEntry>, DisclosuresError>,
}

impl Patient {
    /// Fetches the whole disclosure log of the indexer and of every registered proxy, each verified to be one chain of hashes.
    /// A server that does not answer, or that is not known, is among them, with the reason.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn disclosures_by_server<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
    ) -> Result<Vec<ServerLog>, ChainError> {
        let head = aegle.chain.finalized().await?;
        let operators = aegle.proxy_operators(&head).await?;
        let indexer = aegle.indexer.account();
        let registered = operators.operators.iter().map(|operator| operator.account);
        let servers = std::iter::once(indexer).chain(registered.filter(|account| *account != indexer));
        let logs = servers.map(async |server| ServerLog {
            server,
            entries: match aegle.server_of(server) {
                Some(known) => self.log_of(known).await,
                None => Err(DisclosuresError::UnknownServer),
            },
        });
        Ok(join_all(logs).await)
    }

    async fn log_of<T: Transport>(&self, server: &Indexer<T>) -> Result<Vec<DisclosureEntry>, DisclosuresError> {
        let log = server.disclosures(self.key(), self.account()).await?;
        log.verify_chain()?;
        let is_whole = log.entries.first().is_none_or(|entry| entry.number == 1);
        let is_own = log
            .entries
            .iter()
            .all(|entry| entry.disclosure.patient == self.account());
        if !is_whole || !is_own {
            return Err(DisclosuresError::Foreign);
        }
        Ok(log.entries)
    }

    /// Fetches the whole disclosure log of the patient's records, who saw what and by which grant, and verifies that it
    /// is one chain of hashes.
    ///
    /// # Errors
    /// See [`DisclosuresError`].
    pub async fn disclosures<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
    ) -> Result<Vec<DisclosureEntry>, DisclosuresError> {
        self.log_of(aegle.indexer).await
    }
}
