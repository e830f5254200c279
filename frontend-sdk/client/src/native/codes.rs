//! Contracts' code on a chain: deploying it, uploading it, and asking for it.

use super::{
    ChainClient, ContractBundle,
    chain::{Block, weight},
    dispatch, dry_run,
    founding::code_hash,
    transaction,
};
use crate::{
    account::AccountKey,
    chain::{ChainError, Head, Receipt},
};
use aegle_rules::{AccountId, Hash};
use scale::{Decode, Encode};
use subxt::{
    dynamic::{self, Value},
    utils::H256,
};

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
        let data = [&bundle.constructor, arguments].concat();
        let block = self.latest().await?;
        let gas = dry_run::instantiate(&block, signer.account(), &bundle.code, &data, salt).await?;
        let call = dynamic::transaction(
            "Contracts",
            "instantiate_with_code",
            vec![
                Value::u128(0),
                weight(gas),
                Value::unnamed_variant("None", []),
                Value::from_bytes(&bundle.code),
                Value::from_bytes(data),
                Value::from_bytes(salt),
            ],
        );
        let included = transaction::submit(self, &self.nonces, signer, &call).await?;
        let address = included.instantiated().await?;
        Ok(Deployed {
            address,
            receipt: included.receipt(signer.account()).await?,
        })
    }

    /// What [`Self::deploy`] would answer the account now: nothing when it would succeed.
    ///
    /// # Errors
    /// As [`Self::deploy`]; also when the account cannot pay for it.
    pub(super) async fn dry_run_deployment(
        &self,
        origin: AccountId,
        bundle: &ContractBundle,
        arguments: &[u8],
        salt: &[u8],
    ) -> Result<(), ChainError> {
        let data = [&bundle.constructor, arguments].concat();
        let block = self.latest().await?;
        dry_run::instantiate(&block, origin, &bundle.code, &data, salt).await?;
        Ok(())
    }

    /// Uploads a contract's code for an upgrade; `None` when the chain has it already.
    ///
    /// # Errors
    /// When the chain refuses.
    pub async fn upload(&self, signer: &AccountKey, bundle: &ContractBundle) -> Result<Option<Receipt>, ChainError> {
        let hash = code_hash(&bundle.code);
        let address = dynamic::storage::<([u8; 32],), Value>("Contracts", "CodeInfoOf");
        let block = self.latest().await?;
        let known = block.storage().try_fetch(address, (hash.0,)).await;
        if known.map_err(dispatch::node)?.is_some() {
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
        let included = transaction::submit(self, &self.nonces, signer, &call).await?;
        included.receipt(signer.account()).await.map(Some)
    }

    /// The hash of a contract's code in the state after a block; `None` where there is no contract.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn code_hash(&self, at: &Head, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        let block = self.api.at_block(H256(at.hash.0)).await.map_err(dispatch::node)?;
        code_hash_in(&block, contract).await
    }

    /// [`Self::code_hash`] in the state after the block of that number.
    ///
    /// # Errors
    /// When the node does not answer, or has dropped that state.
    pub async fn code_hash_at(&self, number: u32, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        let block = self.api.at_block(u64::from(number)).await.map_err(dispatch::node)?;
        code_hash_in(&block, contract).await
    }

    /// The most code, in bytes, that the chain takes of a contract.
    ///
    /// # Errors
    /// When the chain has no pallet-contracts, or the node does not answer.
    pub async fn max_code_bytes(&self) -> Result<usize, ChainError> {
        let address = dynamic::constant::<u32>("Contracts", "MaxCodeLen");
        let most = self
            .latest()
            .await?
            .constants()
            .entry(address)
            .map_err(dispatch::node)?;
        Ok(most as usize)
    }
}

async fn code_hash_in(block: &Block, contract: AccountId) -> Result<Option<Hash>, ChainError> {
    // The head of pallet-contracts' `ContractInfo`: the id of the contract's trie, and the hash.
    type InfoHead = (Vec<u8>, [u8; 32]);
    let address = dynamic::storage::<([u8; 32],), Value>("Contracts", "ContractInfoOf");
    let found = block.storage().try_fetch(address, (contract.0,)).await;
    let Some(info) = found.map_err(dispatch::node)? else {
        return Ok(None);
    };
    let (_, hash) = InfoHead::decode(&mut info.bytes()).map_err(|source| ChainError::Decode {
        what: "Contracts.ContractInfoOf",
        source,
    })?;
    Ok(Some(Hash(hash)))
}
