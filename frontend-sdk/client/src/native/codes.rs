//! Contracts' code on a chain: deploying it, uploading it, and asking for it.

use super::{ChainClient, ContractBundle, bundle::code_hash, transaction};
use crate::{
    account::AccountKey,
    chain::{ChainError, Head, Receipt},
};
use aegle_chain::dry_run::{DryRun, Instantiation, Weight};
use aegle_rules::{AccountId, Hash};
use scale::Encode;
use subxt::{
    dynamic::{self, Value},
    transactions::Payload,
};

/// What a deployment costs, in the chain's smallest unit.
pub(super) struct DeploymentCost {
    /// What is kept as deposits.
    pub(super) deposit: u128,
    /// The fee, at most.
    pub(super) fee: u128,
}

/// A contract that has just been deployed.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// Its address.
    pub address: AccountId,
    /// What its deployment cost.
    pub receipt: Receipt,
}

impl ChainClient {
    /// Uploads a contract's code and instantiates it. `arguments` is the SCALE of the arguments of its constructor
    /// `new`; `salt` makes the address differ from other deployments of the same code by the same account.
    ///
    /// # Errors
    /// When the chain refuses the code or the constructor traps or refuses.
    pub async fn deploy(
        &self,
        signer: &AccountKey,
        bundle: &ContractBundle,
        arguments: impl Encode,
        salt: &[u8],
    ) -> Result<Deployed, ChainError> {
        self.deploy_encoded(signer, bundle, &arguments.encode(), salt).await
    }

    /// [`Self::deploy`] with arguments in SCALE.
    pub(super) async fn deploy_encoded(
        &self,
        signer: &AccountKey,
        bundle: &ContractBundle,
        arguments: &[u8],
        salt: &[u8],
    ) -> Result<Deployed, ChainError> {
        let run = self
            .dry_run_deployment(signer.account(), bundle, arguments, salt)
            .await?;
        let call = instantiation(run.gas_limit, bundle, arguments, salt);
        let included = self.submit(signer, &call).await?;
        let receipt = included.receipt(signer.account())?;
        Ok(Deployed {
            address: included.instantiated()?,
            receipt,
        })
    }

    /// Returns what [`Self::deploy`] would cost.
    ///
    /// # Errors
    /// As [`Self::deploy`]; also when the account cannot pay the deposits.
    pub(super) async fn deployment_cost(
        &self,
        signer: &AccountKey,
        bundle: &ContractBundle,
        arguments: &[u8],
        salt: &[u8],
    ) -> Result<DeploymentCost, ChainError> {
        let run = self
            .dry_run_deployment(signer.account(), bundle, arguments, salt)
            .await?;
        let call = instantiation(run.gas_limit, bundle, arguments, salt);
        Ok(DeploymentCost {
            deposit: u128::try_from(run.deposit).unwrap_or_default(),
            fee: self
                .ask(async |node| transaction::fee(node, signer, &call).await)
                .await?,
        })
    }

    /// Runs what [`Self::deploy`] would do, without a transaction.
    async fn dry_run_deployment(
        &self,
        origin: AccountId,
        bundle: &ContractBundle,
        arguments: &[u8],
        salt: &[u8],
    ) -> Result<DryRun<()>, ChainError> {
        let instantiation = Instantiation {
            origin,
            code: &bundle.code,
            data: &[&bundle.constructor, arguments].concat(),
            salt,
        };
        self.ask(async |node| {
            let best = node.best().await?;
            node.dry_run_instantiation(best.hash, &instantiation).await
        })
        .await
    }

    /// Uploads a contract's code for an upgrade; `None` when the chain has it already.
    ///
    /// # Errors
    /// When the chain refuses.
    pub async fn upload(&self, signer: &AccountKey, bundle: &ContractBundle) -> Result<Option<Receipt>, ChainError> {
        if self
            .ask(async |node| node.has_code(code_hash(&bundle.code)).await)
            .await?
        {
            return Ok(None);
        }
        let call = dynamic::transaction(
            "Contracts",
            "upload_code",
            vec![
                Value::from_bytes(&bundle.code),
                Value::unnamed_variant("None", []),
                Value::unnamed_variant("Enforced", []),
            ],
        );
        let included = self.submit(signer, &call).await?;
        included.receipt(signer.account()).map(Some)
    }

    /// Returns the hash of a contract's code in the state after a block; `None` where there is no contract.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn code_hash(&self, at: &Head, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        self.ask(async |node| node.code_hash(at.hash, contract).await).await
    }

    /// Reads [`Self::code_hash`] in the state after the block of that number.
    ///
    /// # Errors
    /// When the node does not answer, or has dropped that state.
    pub async fn code_hash_at(&self, number: u32, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        self.ask(async |node| {
            let block = node.hash_of(number).await?.ok_or(ChainError::NoBlock(number))?;
            node.code_hash(block, contract).await
        })
        .await
    }

    /// Returns the most code, in bytes, that the chain takes of a contract.
    ///
    /// # Errors
    /// When the chain has no pallet-contracts, or the node does not answer.
    pub async fn max_code_bytes(&self) -> Result<usize, ChainError> {
        self.ask(async |node| node.max_code_bytes().await).await
    }
}

/// The transaction that uploads a contract's code and instantiates it.
fn instantiation(gas: Weight, bundle: &ContractBundle, arguments: &[u8], salt: &[u8]) -> impl Payload {
    dynamic::transaction(
        "Contracts",
        "instantiate_with_code",
        vec![
            Value::u128(0),
            gas.to_value(),
            Value::unnamed_variant("None", []),
            Value::from_bytes(&bundle.code),
            Value::from_bytes([&bundle.constructor, arguments].concat()),
            Value::from_bytes(salt),
        ],
    )
}
