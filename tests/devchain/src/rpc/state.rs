//! `state_*`: storage, runtime calls, and their subscriptions.

use std::sync::Arc;

use jsonrpsee::{
    PendingSubscriptionSink,
    core::RegisterMethodError,
    types::{ErrorObjectOwned, Params},
};
use parity_scale_codec::Decode;
use serde_json::{Value, json};
use sp_core::{Bytes, OpaqueMetadata, storage::ChildInfo};
use sp_runtime::traits::Hash as _;
use sp_state_machine::{Backend, IterArgs, prove_read_on_trie_backend};

use super::{Answer, Module, Node, RpcError, chain::message, method};
use crate::{
    execution,
    ledger::{SealedBlock, State},
    limits::{MAX_LISTED_KEYS, MAX_NAMED_KEYS, MAX_PAGE_KEYS, MAX_QUERIED_BLOCKS},
    runtime::{Hash, Hashing, VERSION},
};

/// Values of some keys: a list of pairs, as `state_queryStorage` reports them.
type Changes = Vec<(Bytes, Option<Bytes>)>;

pub(super) fn register(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["state_call", "state_callAt"], async |params, node| {
        let mut params = params.sequence();
        let (name, arguments): (String, Bytes) = (params.next()?, params.next()?);
        let at = params.optional_next()?;
        let answer = node
            .read(at, move |state| Ok(execution::call(state, &name, &arguments)?))
            .await?;
        Ok(json!(Bytes(answer)))
    })?;
    method(module, &["state_getMetadata"], async |params, node| {
        let at = params.sequence().optional_next()?;
        let answer = node
            .read(at, |state| Ok(execution::call(state, "Metadata_metadata", &[])?))
            .await?;
        let metadata = OpaqueMetadata::decode(&mut &*answer).map_err(|error| RpcError::State(error.to_string()))?;
        Ok(json!(Bytes((*metadata).clone())))
    })?;
    method(
        module,
        &["state_getRuntimeVersion", "chain_getRuntimeVersion"],
        async |params, node| {
            node.block(params.sequence().optional_next()?)?;
            Ok(runtime_version())
        },
    )?;
    register_values(module)?;
    register_keys(module)?;
    register_subscriptions(module)
}

fn register_values(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(
        module,
        &["state_getStorage", "state_getStorageAt"],
        async |params, node| {
            let value = value(&params, &node).await?;
            Ok(json!(value.map(Bytes)))
        },
    )?;
    method(
        module,
        &["state_getStorageHash", "state_getStorageHashAt"],
        async |params, node| {
            let value = value(&params, &node).await?;
            Ok(json!(value.map(|value| Hashing::hash(&value))))
        },
    )?;
    method(
        module,
        &["state_getStorageSize", "state_getStorageSizeAt"],
        async |params, node| {
            let value = value(&params, &node).await?;
            Ok(json!(value.map(|value| value.len())))
        },
    )?;
    method(module, &["state_queryStorageAt"], async |params, node| {
        let mut params = params.sequence();
        let keys = named_keys(params.next()?)?;
        let at = params.optional_next()?;
        let block = node.block(at).map_err(|_| RpcError::BlockRange {
            from: at.unwrap_or_default(),
            to: at,
        })?;
        let changes = values(&node, &block, keys).await?;
        Ok(json!([{ "block": block.hash, "changes": changes }]))
    })?;
    method(module, &["state_queryStorage"], async |params, node| {
        let mut params = params.sequence();
        let keys = named_keys(params.next()?)?;
        query_range(&node, keys, params.next()?, params.optional_next()?).await
    })?;
    method(module, &["state_getReadProof"], async |params, node| {
        let mut params = params.sequence();
        let keys = named_keys(params.next()?)?;
        let block = node.block(params.optional_next()?)?;
        let proof = node
            .read(Some(block.hash), move |state| {
                let keys = keys.iter().map(|key| &key[..]);
                prove_read_on_trie_backend(state, keys).map_err(|error| RpcError::State(error.to_string()))
            })
            .await?;
        let nodes: Vec<Bytes> = proof.into_iter_nodes().map(Bytes).collect();
        Ok(json!({ "at": block.hash, "proof": nodes }))
    })
}

fn register_keys(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["state_getKeys"], async |params, node| {
        let mut params = params.sequence();
        let prefix: Option<Bytes> = params.optional_next()?;
        let at = params.optional_next()?;
        let keys = node
            .read(at, move |state| {
                keys(state, range(None, prefix.as_deref(), None), MAX_LISTED_KEYS)
            })
            .await?;
        Ok(json!(keys))
    })?;
    method(
        module,
        &["state_getKeysPaged", "state_getKeysPagedAt"],
        async |params, node| {
            let mut params = params.sequence();
            let prefix: Option<Bytes> = params.optional_next()?;
            let count = page_size(params.next()?)?;
            let start: Option<Bytes> = params.optional_next()?;
            let at = params.optional_next()?;
            let keys = node
                .read(at, move |state| {
                    keys(state, range(None, prefix.as_deref(), start.as_deref()), count)
                })
                .await?;
            Ok(json!(keys))
        },
    )
}

/// Checks the size of a page of keys.
pub(super) fn page_size(count: u32) -> Result<usize, RpcError> {
    if count > MAX_PAGE_KEYS {
        return Err(RpcError::TooMany {
            what: "count",
            value: count as usize,
            max: MAX_PAGE_KEYS as usize,
        });
    }
    Ok(count as usize)
}

/// Selects the keys of the main trie or a child one, with a prefix, that come after `start`.
pub(super) fn range<'a>(child: Option<ChildInfo>, prefix: Option<&'a [u8]>, start: Option<&'a [u8]>) -> IterArgs<'a> {
    let mut args = IterArgs::default();
    args.child_info = child;
    args.prefix = prefix;
    args.start_at = start;
    args.start_at_exclusive = true;
    args
}

/// Returns at most `limit` keys of a trie, in order.
pub(super) fn keys(state: &State, args: IterArgs<'_>, limit: usize) -> Result<Vec<Bytes>, RpcError> {
    let keys = state.keys(args).map_err(RpcError::State)?;
    keys.take(limit)
        .map(|key| key.map(Bytes).map_err(RpcError::State))
        .collect()
}

pub(super) fn named_keys(keys: Vec<Bytes>) -> Result<Vec<Bytes>, RpcError> {
    if keys.len() > MAX_NAMED_KEYS {
        return Err(RpcError::TooMany {
            what: "keys",
            value: keys.len(),
            max: MAX_NAMED_KEYS,
        });
    }
    Ok(keys)
}

async fn value(params: &Params<'static>, node: &Node) -> Result<Option<Vec<u8>>, ErrorObjectOwned> {
    let mut params = params.sequence();
    let key: Bytes = params.next()?;
    let at = params.optional_next()?;
    Ok(node
        .read(at, move |state| state.storage(&key).map_err(RpcError::State))
        .await?)
}

async fn values(node: &Node, block: &SealedBlock, keys: Vec<Bytes>) -> Result<Changes, RpcError> {
    node.read(Some(block.hash), move |state| {
        keys.into_iter()
            .map(|key| {
                let value = state.storage(&key).map_err(RpcError::State)?;
                Ok((key, value.map(Bytes)))
            })
            .collect()
    })
    .await
}

/// Returns the part of `now` that differs from `before`.
fn changed(before: &Changes, now: &Changes) -> Changes {
    now.iter()
        .zip(before)
        .filter(|(now, before)| now != before)
        .map(|(now, _)| now.clone())
        .collect()
}

async fn query_range(node: &Node, keys: Vec<Bytes>, from: Hash, to: Option<Hash>) -> Answer {
    let range = node.block(Some(from)).and_then(|first| Ok((first, node.block(to)?)));
    let (first, last) = range.map_err(|_| RpcError::BlockRange { from, to })?;
    let span = last.number().checked_sub(first.number());
    if span.is_none_or(|span| span >= MAX_QUERIED_BLOCKS) {
        return Err(RpcError::BlockRange { from, to }.into());
    }
    let mut sets = Vec::new();
    let mut before: Option<Changes> = None;
    for number in first.number()..=last.number() {
        let Some(block) = node.ledger.by_number(number) else {
            break;
        };
        let now = values(node, &block, keys.clone()).await?;
        let changes = before
            .as_ref()
            .map_or_else(|| now.clone(), |before| changed(before, &now));
        if !changes.is_empty() {
            sets.push(json!({ "block": block.hash, "changes": changes }));
        }
        before = Some(now);
    }
    Ok(Value::Array(sets))
}

fn runtime_version() -> Value {
    let mut version = json!(VERSION);
    // Older clients know the system version by its former name.
    version["stateVersion"] = json!(VERSION.system_version);
    version
}

fn register_subscriptions(module: &mut Module) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "state_subscribeRuntimeVersion",
        "state_runtimeVersion",
        "state_unsubscribeRuntimeVersion",
        |_, pending, _, _| async move {
            let Ok(sink) = pending.accept().await else { return };
            let Some(message) = message(&runtime_version()) else {
                return;
            };
            // The version never changes: one notification, then silence until it is dropped.
            if sink.send(message).await.is_ok() {
                sink.closed().await;
            }
        },
    )?;
    module.register_alias("chain_subscribeRuntimeVersion", "state_subscribeRuntimeVersion")?;
    module.register_alias("chain_unsubscribeRuntimeVersion", "state_unsubscribeRuntimeVersion")?;
    module.register_subscription(
        "state_subscribeStorage",
        "state_storage",
        "state_unsubscribeStorage",
        |params, pending, node, _| {
            let keys = params.sequence().next::<Vec<Bytes>>();
            async move {
                match keys.and_then(|keys| Ok(named_keys(keys)?)) {
                    Ok(keys) => send_storage(pending, node, keys).await,
                    Err(error) => pending.reject(error).await,
                }
            }
        },
    )?;
    Ok(())
}

/// Sends the values of all keys, then at every block those that changed.
async fn send_storage(pending: PendingSubscriptionSink, node: Arc<Node>, keys: Vec<Bytes>) {
    let mut heads = node.heads.clone();
    let Ok(sink) = pending.accept().await else { return };
    let mut next = *heads.borrow_and_update();
    let mut before: Option<Changes> = None;
    loop {
        while let Some(block) = node.ledger.by_number(next) {
            let Ok(now) = values(&node, &block, keys.clone()).await else {
                return;
            };
            let changes = before
                .as_ref()
                .map_or_else(|| now.clone(), |before| changed(before, &now));
            before = Some(now);
            next += 1;
            if changes.is_empty() {
                continue;
            }
            let set = json!({ "block": block.hash, "changes": changes });
            let Some(message) = message(&set) else { return };
            if sink.send(message).await.is_err() {
                return;
            }
        }
        tokio::select! {
            changed = heads.changed() => if changed.is_err() { return },
            () = sink.closed() => return,
        }
    }
}
