//! What is asked of the state: balances, nonces, and contracts' code and storage.

use super::{AtBlock, Node, decode, in_time, node_error};
use crate::ChainError;
use aegle_rules::{AccountId, Hash};
use scale::{Decode, Encode};
use std::collections::BTreeMap;
use subxt::{
    backend::Backend,
    config::substrate::H256,
    dynamic::{self, Value},
    rpcs::rpc_params,
    utils::AccountId32,
};

/// `frame_system::AccountInfo` with `pallet_balances::AccountData`: nonce, consumers, providers and sufficients; free,
/// reserved and frozen balance, and flags.
type AccountInfo = ((u32, u32, u32, u32), (u128, u128, u128, u128));
/// pallet-contracts' `ContractInfo`: id of the contract's trie, hash of its code, bytes and items of storage; deposits for
/// bytes, items and itself; deposits for code that it depends on.
type ContractInfo = (Vec<u8>, Hash, (u32, u32), (u128, u128, u128), BTreeMap<[u8; 32], u128>);

/// The runtime API that reads a contract's storage.
const GET_STORAGE: &str = "ContractsApi_get_storage";
/// What the root of a child trie lies under in the main one, before the trie's own id.
const CHILD_TRIE: &[u8] = b":child_storage:default:";

/// pallet-contracts' `ContractAccessError`.
#[derive(Decode)]
enum AccessError {
    NoContract,
    Key,
    Migrating,
}

/// What the chain keeps of a contract, in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractState {
    /// Hash of the code that it runs.
    pub code: Hash,
    /// Root of the trie of its storage: two states with the same one have the same storage.
    pub storage: Hash,
}

impl Node {
    /// Returns the code and the storage root of a contract in the state after a block; `None` where there is no contract.
    ///
    /// # Errors
    /// [`ChainError::NoStorageRoot`] where the node gives none: the contract keeps nothing, or the node does not tell roots;
    /// [`ChainError`].
    pub async fn contract_state(&self, at: Hash, contract: AccountId) -> Result<Option<ContractState>, ChainError> {
        let block = self.at(at).await?;
        let Some(value) = stored(&block, "Contracts", "ContractInfoOf", contract.0).await? else {
            return Ok(None);
        };
        let (trie, code, ..): ContractInfo = decode("Contracts.ContractInfoOf", &value)?;
        let key = [CHILD_TRIE, &trie].concat();
        let root = in_time(async {
            let values = self.backend.storage_fetch_values(vec![key], H256(at.0)).await;
            let found = values.map_err(node_error)?.next().await;
            found.transpose().map_err(node_error)
        });
        let found = root.await?.ok_or(ChainError::NoStorageRoot(contract))?;
        let storage = decode("a contract's storage root", &found.value)?;
        Ok(Some(ContractState { code, storage }))
    }

    /// Returns what a contract keeps under a key, in the state after a block; `None` where it keeps nothing.
    ///
    /// # Errors
    /// [`ChainError::NoContract`] where there is no contract; [`ChainError`].
    pub async fn contract_storage(
        &self,
        at: Hash,
        contract: AccountId,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, ChainError> {
        let arguments = (contract, key).encode();
        let call = self.backend.call(GET_STORAGE, Some(&arguments), H256(at.0));
        let bytes = in_time(async { call.await.map_err(node_error) }).await?;
        let refused = |reason: &str| ChainError::Dispatch { reason: reason.into() };
        match decode::<Result<Option<Vec<u8>>, AccessError>>(GET_STORAGE, &bytes)? {
            Ok(value) => Ok(value),
            Err(AccessError::NoContract) => Err(ChainError::NoContract(contract)),
            Err(AccessError::Key) => Err(refused("a key of a contract's storage is none")),
            Err(AccessError::Migrating) => Err(refused("the contracts' storage is being migrated")),
        }
    }

    /// Returns the code with a hash, in the state after a block, as it was uploaded; `None` where the chain has none.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn code(&self, at: Hash, code: Hash) -> Result<Option<Vec<u8>>, ChainError> {
        let at = self.at(at).await?;
        let value = stored(&at, "Contracts", "PristineCode", code.0).await?;
        value.map(|bytes| decode("Contracts.PristineCode", &bytes)).transpose()
    }

    /// Returns what `account` may spend in the finalized state, in the chain's smallest unit.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn balance(&self, account: AccountId) -> Result<u128, ChainError> {
        let at = self.at(self.finalized().await?.hash).await?;
        let value = stored(&at, "System", "Account", account.0).await?;
        let Some(value) = value else { return Ok(0) };
        let (_, (free, ..)): AccountInfo = decode("System.Account", &value)?;
        Ok(free)
    }

    /// Returns the nonce that the account's next transaction needs, those that wait in the node's pool counted.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn next_nonce(&self, account: AccountId) -> Result<u64, ChainError> {
        let parameters = rpc_params![AccountId32(account.0)];
        let answer = self.rpc.request("system_accountNextIndex", parameters);
        in_time(async { answer.await.map_err(node_error) }).await
    }

    /// Returns how many transactions of the account are in the chain up to the finalized head.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn finalized_nonce(&self, account: AccountId) -> Result<u64, ChainError> {
        self.nonce_at(self.finalized().await?.hash, account).await
    }

    /// Returns how many transactions of the account are in the chain up to a block.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn nonce_at(&self, at: Hash, account: AccountId) -> Result<u64, ChainError> {
        let transactions = self.at(at).await?.transactions();
        let account = AccountId32(account.0);
        in_time(async { transactions.account_nonce(&account).await.map_err(node_error) }).await
    }

    /// Returns the hash of a contract's code in the state after a block; `None` where there is no contract.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn code_hash(&self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        let at = self.at(at).await?;
        let value = stored(&at, "Contracts", "ContractInfoOf", contract.0).await?;
        let Some(value) = value else { return Ok(None) };
        let (_, hash, ..): ContractInfo = decode("Contracts.ContractInfoOf", &value)?;
        Ok(Some(hash))
    }

    /// Returns whether the chain has the code of that hash, in the finalized state.
    ///
    /// # Errors
    /// [`ChainError`].
    pub async fn has_code(&self, code: Hash) -> Result<bool, ChainError> {
        let at = self.at(self.finalized().await?.hash).await?;
        Ok(stored(&at, "Contracts", "CodeInfoOf", code.0).await?.is_some())
    }

    /// Returns the most code, in bytes, that the chain takes of a contract.
    ///
    /// # Errors
    /// [`ChainError`]; also when the chain has no pallet-contracts.
    pub async fn max_code_bytes(&self) -> Result<usize, ChainError> {
        let at = self.at(self.finalized().await?.hash).await?;
        let address = dynamic::constant::<u32>("Contracts", "MaxCodeLen");
        let bytes = at.constants().entry_bytes(address).map_err(node_error)?;
        Ok(decode::<u32>("Contracts.MaxCodeLen", &bytes)? as usize)
    }

    /// Returns the deposit that the chain keeps for each byte that contracts store, in its smallest unit.
    ///
    /// # Errors
    /// [`ChainError`]; also when the chain has no pallet-contracts.
    pub async fn deposit_per_byte(&self) -> Result<u128, ChainError> {
        let at = self.at(self.finalized().await?.hash).await?;
        let address = dynamic::constant::<u128>("Contracts", "DepositPerByte");
        let bytes = at.constants().entry_bytes(address).map_err(node_error)?;
        decode("Contracts.DepositPerByte", &bytes)
    }
}

/// Reads a value of a map whose keys have 32 bytes.
async fn stored(
    at: &AtBlock,
    pallet: &'static str,
    map: &'static str,
    key: [u8; 32],
) -> Result<Option<Vec<u8>>, ChainError> {
    let address = dynamic::storage::<([u8; 32],), Value>(pallet, map);
    let found = async { at.storage().try_fetch(address, (key,)).await.map_err(node_error) };
    Ok(in_time(found).await?.map(|value| value.into_bytes()))
}
