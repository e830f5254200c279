//! `system_*`, `payment_*` and `chainSpec_v1_*`: what the chain is, nonces and fees.

use jsonrpsee::core::RegisterMethodError;
use parity_scale_codec::{Decode, Encode};
use serde_json::json;
use sp_core::{Bytes, crypto::Ss58Codec};

use super::{Answer, Module, Node, RpcError, method};
use crate::{
    execution,
    runtime::{
        AccountId, Balance, Nonce,
        prices::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL},
    },
};

/// The chain's name, as every development chain is called.
const CHAIN_NAME: &str = "Development";

pub(super) fn register(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["system_name"], async |_, _| Ok(json!(env!("CARGO_PKG_NAME"))))?;
    method(module, &["system_version"], async |_, _| {
        Ok(json!(env!("CARGO_PKG_VERSION")))
    })?;
    method(module, &["system_chain", "chainSpec_v1_chainName"], async |_, _| {
        Ok(json!(CHAIN_NAME))
    })?;
    method(module, &["system_chainType"], async |_, _| Ok(json!(CHAIN_NAME)))?;
    method(
        module,
        &["system_properties", "chainSpec_v1_properties"],
        async |_, _| {
            Ok(json!({
                "ss58Format": SS58_PREFIX,
                "tokenDecimals": TOKEN_DECIMALS,
                "tokenSymbol": TOKEN_SYMBOL,
            }))
        },
    )?;
    method(module, &["chainSpec_v1_genesisHash"], async |_, node| {
        Ok(json!(node.ledger.by_number(0).map(|block| block.hash)))
    })?;
    method(module, &["system_health"], async |_, _| {
        Ok(json!({ "peers": 0, "isSyncing": false, "shouldHavePeers": false }))
    })?;
    method(module, &["system_peers"], async |_, _| Ok(json!([])))?;
    method(module, &["system_localListenAddresses"], async |_, _| Ok(json!([])))?;
    method(module, &["system_nodeRoles"], async |_, _| Ok(json!(["Authority"])))?;
    method(module, &["system_syncState"], async |_, node| {
        let best = node.ledger.best().number();
        Ok(json!({ "startingBlock": 0, "currentBlock": best, "highestBlock": best }))
    })?;
    method(
        module,
        &["system_accountNextIndex", "account_nextIndex"],
        async |params, node| next_nonce(&node, params.sequence().next()?).await,
    )?;
    method(module, &["payment_queryInfo"], async |params, node| {
        let mut params = params.sequence();
        let extrinsic: Bytes = params.next()?;
        let info: pallet_transaction_payment::RuntimeDispatchInfo<Balance> =
            query_payment(&node, "query_info", extrinsic, params.optional_next()?).await?;
        Ok(json!(info))
    })?;
    method(module, &["payment_queryFeeDetails"], async |params, node| {
        let mut params = params.sequence();
        let extrinsic: Bytes = params.next()?;
        let details: pallet_transaction_payment::FeeDetails<Balance> =
            query_payment(&node, "query_fee_details", extrinsic, params.optional_next()?).await?;
        Ok(json!(details))
    })
}

/// Answers the nonce that an account's next transaction needs, those that wait in the pool counted.
async fn next_nonce(node: &Node, address: String) -> Answer {
    let account = AccountId::from_ss58check(&address)
        .map_err(|_| RpcError::Parameter("the account is not a valid SS58 address"))?;
    let argument = account.encode();
    let answer = node
        .read(None, move |state| {
            Ok(execution::call(state, "AccountNonceApi_account_nonce", &argument)?)
        })
        .await?;
    let mut nonce = Nonce::decode(&mut &*answer).map_err(|error| RpcError::State(error.to_string()))?;
    node.author.with_pool(|pool| {
        while pool.provides(&(&account, nonce).encode()) {
            nonce = nonce.saturating_add(1);
        }
    });
    Ok(json!(nonce))
}

async fn query_payment<T: Decode>(
    node: &Node,
    function: &'static str,
    extrinsic: Bytes,
    at: Option<crate::runtime::Hash>,
) -> Result<T, RpcError> {
    let length = u32::try_from(extrinsic.len()).map_err(|_| RpcError::Parameter("the extrinsic is too long"))?;
    let mut arguments = extrinsic.0;
    arguments.extend(length.encode());
    let name = format!("TransactionPaymentApi_{function}");
    let answer = node
        .read(at, move |state| Ok(execution::call(state, &name, &arguments)?))
        .await?;
    T::decode(&mut &*answer).map_err(|error| RpcError::State(error.to_string()))
}
