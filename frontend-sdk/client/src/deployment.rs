//! A deployment as a client sees it: what stands on chain, and an indexer.

use crate::{
    chain::{Chain, ChainError, Contracts, Head},
    indexer::Indexer,
    remote::Transport,
};
use aegle_protocol::Deployment;
use aegle_rules::{
    AccountId, BatchNumber, DomainId, ErasureId, GrantId, JurisdictionId, OrganisationId,
    consent::{self, Grantee, Terms},
    consortium::{self, AccountRoles, KeyEntry, Role},
    ledger,
};
use aegle_sealed::BatchSpan;
use std::ops::Deref;

/// The contracts of a deployment, through a chain: all that who never asks an indexer needs.
pub struct OnChain<'a, C> {
    /// The chain, through a node that the client trusts.
    pub chain: &'a C,
    /// The contracts.
    pub contracts: &'a Contracts,
}

/// Everything that a client talks to. What the indexer says is checked against what the chain says.
pub struct Aegle<'a, C, T> {
    /// The contracts, which say what counts.
    pub on_chain: OnChain<'a, C>,
    /// The indexer, which is not trusted.
    pub indexer: &'a Indexer<T>,
    /// Other servers that may run proxies, as the caller knows them; no more trusted.
    pub proxies: &'a [Indexer<T>],
}

// Derived, these would ask for `C: Clone`.
impl<C> Clone for OnChain<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for OnChain<'_, C> {}

impl<C, T> Clone for Aegle<'_, C, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C, T> Copy for Aegle<'_, C, T> {}

impl<'a, C, T> Aegle<'a, C, T> {
    /// Creates a session of a chain, the contracts on it, and an indexer of them, whose proxy is the only one.
    pub fn new(chain: &'a C, contracts: &'a Contracts, indexer: &'a Indexer<T>) -> Self {
        let on_chain = OnChain { chain, contracts };
        Self {
            on_chain,
            indexer,
            proxies: &[],
        }
    }

    /// Returns the session with other servers that may run proxies. The account of each is the caller's to know.
    pub fn with_proxies(self, proxies: &'a [Indexer<T>]) -> Self {
        Self { proxies, ..self }
    }

    /// Returns every server that may run a proxy, the indexer first.
    pub(crate) fn proxy_servers(&self) -> impl Iterator<Item = &'a Indexer<T>> + use<'a, C, T> {
        std::iter::once(self.indexer).chain(self.proxies)
    }
}

impl<'a, C, T: Transport> Aegle<'a, C, T> {
    /// Returns the server of an account among those that are known.
    pub(crate) fn server_of(&self, account: AccountId) -> Option<&'a Indexer<T>> {
        self.proxy_servers().find(|server| server.account() == account)
    }
}

/// Whoever has all of it has what stands on chain.
impl<'a, C, T> Deref for Aegle<'a, C, T> {
    type Target = OnChain<'a, C>;

    fn deref(&self) -> &Self::Target {
        &self.on_chain
    }
}

impl<C: Chain> OnChain<'_, C> {
    /// Returns the deployment that sealed records, splits and requests are bound to.
    pub fn bound_to(&self) -> Deployment {
        self.contracts.deployment()
    }

    /// Reads the entry of `account` in the key directory; `None` without one.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn directory(&self, head: &Head, account: AccountId) -> Result<Option<KeyEntry>, ChainError> {
        self.chain
            .read(
                head.hash,
                self.contracts.consortium,
                &consortium::messages::KeyOf { account },
            )
            .await
    }

    /// Reads the epochs of a patient's slots, under which records are sealed from now on.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn epochs(&self, head: &Head, patient: AccountId) -> Result<consent::SlotEpochs, ChainError> {
        let message = consent::messages::Epochs { patient };
        self.chain.read(head.hash, self.contracts.consent, &message).await
    }

    /// Reads who acts for a patient.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn control(&self, head: &Head, patient: AccountId) -> Result<consent::Control, ChainError> {
        let message = consent::messages::ControlOf { patient };
        self.chain.read(head.hash, self.contracts.consent, &message).await
    }

    /// Reads the role of `account` in the first of its organisations, and that one; `None` without a role.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn role(&self, head: &Head, account: AccountId) -> Result<Option<Role>, ChainError> {
        let message = consortium::messages::RoleOf {
            account,
            at: head.timestamp,
        };
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Reads the roles of `account` that count now, in each of its organisations.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn effective_roles(&self, head: &Head, account: AccountId) -> Result<Vec<Role>, ChainError> {
        let message = consortium::messages::EffectiveRoles {
            account,
            at: head.timestamp,
        };
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Asks the consent contract whether a record may be shown, and through which of the requester's organisations.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn explain(&self, head: &Head, question: consent::Check) -> Result<consent::Explained, ChainError> {
        let message = consent::messages::Explain(question);
        self.chain.read(head.hash, self.contracts.consent, &message).await
    }

    /// Reads who runs the proxies.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn proxy_operators(&self, head: &Head) -> Result<consortium::ProxyOperators, ChainError> {
        let message = consortium::messages::Proxies {};
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Reads what counts in each jurisdiction where a patient has said nothing.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn jurisdictions(&self, head: &Head) -> Result<consortium::Jurisdictions, ChainError> {
        let message = consortium::messages::Jurisdictions {};
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Reads in which jurisdiction an organisation is.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn jurisdiction_of(
        &self,
        head: &Head,
        organisation: OrganisationId,
    ) -> Result<Option<JurisdictionId>, ChainError> {
        let message = consortium::messages::JurisdictionOf { organisation };
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Reads a patient's registration: who may vouch for them, who does, and of which jurisdiction they are; `None` for an account
    /// that is not registered.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn registration(
        &self,
        head: &Head,
        account: AccountId,
    ) -> Result<Option<consortium::Registration>, ChainError> {
        let message = consortium::messages::Patient { account };
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Reads of which jurisdiction a patient is, as the consent contract decides by it.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn residence(&self, head: &Head, patient: AccountId) -> Result<Option<JurisdictionId>, ChainError> {
        let message = consent::messages::Residence { patient };
        self.chain.read(head.hash, self.contracts.consent, &message).await
    }

    /// Reads every role that `account` has or is offered, whether or not it counts.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn roles(&self, head: &Head, account: AccountId) -> Result<AccountRoles, ChainError> {
        let message = consortium::messages::RolesOf { account };
        self.chain.read(head.hash, self.contracts.consortium, &message).await
    }

    /// Reads the patient's grants by which `account` may be permitted something now: those to the account, those to the
    /// organisations that it acts for, and the base decisions. Some may have ended.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn grants_to(
        &self,
        head: &Head,
        patient: AccountId,
        account: AccountId,
    ) -> Result<Vec<(GrantId, Terms)>, ChainError> {
        let roles = self.effective_roles(head, account).await?;
        let organisations = roles.iter().map(|role| Grantee::Organisation(role.organisation));
        let mut grantees = vec![Grantee::Account(account)];
        grantees.extend(organisations);
        grantees.push(Grantee::Anyone);
        let mut grants = Vec::new();
        for grantee in grantees {
            let message = consent::messages::Grants { patient, grantee };
            grants.extend(self.chain.read(head.hash, self.contracts.consent, &message).await?);
        }
        Ok(grants)
    }

    /// Reads a search domain; `None` if there is no such domain.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn domain(&self, head: &Head, id: DomainId) -> Result<Option<ledger::Domain>, ChainError> {
        self.chain
            .read(head.hash, self.contracts.ledger, &ledger::messages::Domain { id })
            .await
    }

    /// Reads an anchored batch; `None` if there is no such batch.
    ///
    /// # Errors
    /// The chain does not answer.
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

    /// Reads what became of a record; `None` when nothing did.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn fate(
        &self,
        head: &Head,
        domain: DomainId,
        record: ledger::RecordPosition,
    ) -> Result<Option<ledger::Fate>, ChainError> {
        let message = ledger::messages::Fate {
            domain,
            batch: record.batch,
            index: record.index,
        };
        self.chain.read(head.hash, self.contracts.ledger, &message).await
    }

    /// Reads a request for erasure; `None` if it was never made, or called off.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn erasure(
        &self,
        head: &Head,
        domain: DomainId,
        erasure: ErasureId,
    ) -> Result<Option<ledger::Erasure>, ChainError> {
        let message = ledger::messages::Erasure { domain, erasure };
        self.chain.read(head.hash, self.contracts.ledger, &message).await
    }

    /// Reads the servers of a search domain; `None` while its custodian has named none.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn servers(&self, head: &Head, domain: DomainId) -> Result<Option<ledger::Servers>, ChainError> {
        let message = ledger::messages::Servers { domain };
        self.chain.read(head.hash, self.contracts.ledger, &message).await
    }

    /// Reads the labels that the batches of a span have in common; `None` when exactly those were never compacted.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn compaction(
        &self,
        head: &Head,
        domain: DomainId,
        span: &BatchSpan,
    ) -> Result<Option<ledger::Compaction>, ChainError> {
        let message = ledger::messages::Compaction {
            domain,
            first: span.first(),
            span_log2: span.log2(),
        };
        self.chain.read(head.hash, self.contracts.ledger, &message).await
    }
}
