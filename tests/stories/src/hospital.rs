//! A hospital: an organisation of the consortium, and the custodian of its patients' records.

use crate::deployment::Deployment;
use aegle_client::{
    account::AccountKey,
    chain::{CallError, Chain},
    custodian::Custodian,
};
use aegle_keys::DomainKey;
use aegle_protocol::{keys::EncryptionSecret, random::SystemRandom};
use aegle_rules::{
    BatchNumber, DomainId, Hash, OrganisationId,
    consortium::{Action, ConsortiumError, messages::Propose},
    ledger,
};
use anyhow::{Context, Result};
use zeroize::Zeroizing;

/// An organisation that treats patients and is the custodian of their records.
pub struct Hospital {
    custodian: Custodian,
    domain_seed: Zeroizing<[u8; 32]>,
    organisation: OrganisationId,
    domain: DomainId,
}

impl Hospital {
    /// Founds a hospital of the consortium with a search domain.
    ///
    /// # Errors
    /// The chain refuses.
    pub async fn found(deployment: &Deployment) -> Result<Self> {
        let account = deployment.account().await?;
        let admitted = enact(
            deployment,
            Action::Admit {
                admin: account.account(),
            },
        )
        .await?;
        let organisation = admitted.context("an admission gives a number")?;
        let (domain_key, domain_seed) = DomainKey::generate()?;
        let custodian = Custodian::new(account, EncryptionSecret::generate(&mut SystemRandom), domain_key);
        let aegle = deployment.aegle();
        aegle_client::clinician::reader::publish(&aegle, custodian.key(), custodian.encryption()).await?;
        let (domain, _) = custodian.register_domain(&aegle).await?;
        Ok(Self {
            custodian,
            domain_seed,
            organisation,
            domain,
        })
    }

    /// Returns the custodian.
    pub fn custodian(&self) -> &Custodian {
        &self.custodian
    }

    /// Creates the same custodian once more, as a second process of the hospital has it.
    pub fn again(&self) -> Custodian {
        let account = AccountKey::from_seed(self.custodian.key().seed());
        let encryption = EncryptionSecret::from_seed(Zeroizing::new(*self.custodian.encryption().expose_seed()));
        Custodian::new(account, encryption, DomainKey::from_seed(&self.domain_seed))
    }

    /// Returns what the key of its search domain is made from.
    pub fn domain_seed(&self) -> &[u8; 32] {
        &self.domain_seed
    }

    /// Returns the account key that acts for the hospital.
    pub fn admin(&self) -> &AccountKey {
        self.custodian.key()
    }

    /// Returns the organisation in the consortium.
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// Returns the hospital's search domain.
    pub fn domain(&self) -> DomainId {
        self.domain
    }

    /// Reads the number that its next batch gets, in the state after the block `at`.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn next_batch(&self, deployment: &Deployment, at: Hash) -> Result<BatchNumber> {
        let message = ledger::messages::Domain { id: self.domain };
        let state = deployment
            .chain()
            .read(at, deployment.contracts().ledger, &message)
            .await?;
        Ok(BatchNumber(state.context("the domain is registered")?.next_batch))
    }
}

/// Enacts a decision of the committee.
///
/// # Errors
/// The contract refuses, or the chain does not answer.
pub async fn enact(
    deployment: &Deployment,
    action: Action,
) -> Result<Option<OrganisationId>, CallError<ConsortiumError>> {
    let consortium = deployment.contracts().consortium;
    let (outcome, _) = deployment
        .chain()
        .call(deployment.committee(), consortium, &Propose { action })
        .await?;
    Ok(outcome.admitted())
}
