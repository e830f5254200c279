//! `childstate_*`: the tries beside the main one, where contracts keep their storage.

use jsonrpsee::{
    core::RegisterMethodError,
    types::{ErrorObjectOwned, Params},
};
use serde_json::json;
use sp_core::{
    Bytes,
    storage::{ChildInfo, ChildType, PrefixedStorageKey},
};
use sp_runtime::traits::Hash as _;
use sp_state_machine::{Backend, prove_child_read_on_trie_backend};

use super::{
    Module, Node, RpcError, method,
    state::{keys, named_keys, page_size, range},
};
use crate::{limits::MAX_LISTED_KEYS, runtime::Hashing};

pub(super) fn register(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["childstate_getStorage"], async |params, node| {
        Ok(json!(value(&params, &node).await?.map(Bytes)))
    })?;
    method(module, &["childstate_getStorageHash"], async |params, node| {
        Ok(json!(value(&params, &node).await?.map(|value| Hashing::hash(&value))))
    })?;
    method(module, &["childstate_getStorageSize"], async |params, node| {
        Ok(json!(value(&params, &node).await?.map(|value| value.len())))
    })?;
    method(module, &["childstate_getStorageEntries"], async |params, node| {
        let mut params = params.sequence();
        let child = child_info(params.next()?)?;
        let keys = named_keys(params.next()?)?;
        let at = params.optional_next()?;
        let values = node
            .read(at, move |state| {
                keys.iter()
                    .map(|key| state.child_storage(&child, key).map_err(RpcError::State))
                    .map(|value| Ok(value?.map(Bytes)))
                    .collect::<Result<Vec<_>, RpcError>>()
            })
            .await?;
        Ok(json!(values))
    })?;
    register_keys(module)?;
    method(module, &["state_getChildReadProof"], async |params, node| {
        let mut params = params.sequence();
        let child = child_info(params.next()?)?;
        let keys = named_keys(params.next()?)?;
        let block = node.block(params.optional_next()?)?;
        let proof = node
            .read(Some(block.hash), move |state| {
                let keys = keys.iter().map(|key| &key[..]);
                prove_child_read_on_trie_backend(state, &child, keys)
                    .map_err(|error| RpcError::State(error.to_string()))
            })
            .await?;
        let nodes: Vec<Bytes> = proof.into_iter_nodes().map(Bytes).collect();
        Ok(json!({ "at": block.hash, "proof": nodes }))
    })
}

fn register_keys(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["childstate_getKeys"], async |params, node| {
        let mut params = params.sequence();
        let child = child_info(params.next()?)?;
        let prefix: Option<Bytes> = params.optional_next()?;
        let at = params.optional_next()?;
        let keys = node
            .read(at, move |state| {
                keys(state, range(Some(child), prefix.as_deref(), None), MAX_LISTED_KEYS)
            })
            .await?;
        Ok(json!(keys))
    })?;
    method(
        module,
        &["childstate_getKeysPaged", "childstate_getKeysPagedAt"],
        async |params, node| {
            let mut params = params.sequence();
            let child = child_info(params.next()?)?;
            let prefix: Option<Bytes> = params.optional_next()?;
            let count = page_size(params.next()?)?;
            let start: Option<Bytes> = params.optional_next()?;
            let at = params.optional_next()?;
            let keys = node
                .read(at, move |state| {
                    keys(state, range(Some(child), prefix.as_deref(), start.as_deref()), count)
                })
                .await?;
            Ok(json!(keys))
        },
    )
}

/// Decodes a child trie's full key, `:child_storage:default:` and the trie's own id.
fn child_info(key: Bytes) -> Result<ChildInfo, RpcError> {
    match ChildType::from_prefixed_key(&PrefixedStorageKey::new(key.0)) {
        Some((ChildType::ParentKeyId, id)) => Ok(ChildInfo::new_default(id)),
        None => Err(RpcError::State("Invalid child storage key".to_owned())),
    }
}

async fn value(params: &Params<'static>, node: &Node) -> Result<Option<Vec<u8>>, ErrorObjectOwned> {
    let mut params = params.sequence();
    let child = child_info(params.next()?)?;
    let key: Bytes = params.next()?;
    let at = params.optional_next()?;
    Ok(node
        .read(at, move |state| {
            state.child_storage(&child, &key).map_err(RpcError::State)
        })
        .await?)
}
