//! A deployment as a client sees it: chain, indexer and contracts.

use crate::{
    chain::{Chain, ChainError, Contracts, Head},
    indexer::{Indexer, Transport},
};
use aegle_crypto::Deployment;
use aegle_rules::{
    AccountId, BatchNumber, DomainId,
    consortium::{self, KeyEntry},
    ledger,
};

/// Everything that a client talks to. What the indexer says is checked against what the chain says.
pub struct Aegle<'a, C, T> {
    /// The chain, through a node that the client trusts.
    pub chain: &'a C,
    /// The indexer, which is not trusted.
    pub indexer: &'a Indexer<T>,
    /// The contracts.
    pub contracts: &'a Contracts,
}

// Derived, these would ask for `C: Clone`.
impl<C, T> Clone for Aegle<'_, C, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, T> Copy for Aegle<'_, C, T> {}

impl<C: Chain, T: Transport> Aegle<'_, C, T> {
    /// What sealed records, splits and requests are bound to.
    pub fn bound_to(&self) -> Deployment {
        Deployment {
            genesis: self.contracts.genesis,
            consent: self.contracts.consent,
        }
    }

    /// The entry of `account` in the key directory.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn directory(&self, head: &Head, account: AccountId) -> Result<Option<KeyEntry>, ChainError> {
        self.chain
            .read(
                head.hash,
                self.contracts.consortium,
                &consortium::messages::KeyOf { account },
            )
            .await
    }

    /// A search domain.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn domain(&self, head: &Head, id: DomainId) -> Result<Option<ledger::Domain>, ChainError> {
        self.chain
            .read(head.hash, self.contracts.ledger, &ledger::messages::Domain { id })
            .await
    }

    /// An anchored batch.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub async fn batch(
        &self,
        head: &Head,
        domain: DomainId,
        number: BatchNumber,
    ) -> Result<Option<ledger::Batch>, ChainError> {
        self.chain
            .read(
                head.hash,
                self.contracts.ledger,
                &ledger::messages::Batch { domain, number },
            )
            .await
    }
}
