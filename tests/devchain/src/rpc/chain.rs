//! `chain_*`: blocks, headers and their subscriptions.

use std::sync::Arc;

use jsonrpsee::{PendingSubscriptionSink, SubscriptionMessage, core::RegisterMethodError, types::ErrorObjectOwned};
use serde_json::{Value, json};
use sp_core::Bytes;

use super::{Answer, Module, Node, RpcError, method};
use crate::{
    ledger::SealedBlock,
    limits::MAX_NAMED_KEYS,
    runtime::{BlockNumber, Hash},
};

pub(super) fn register(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["chain_getHeader"], async |params, node| {
        let block = named_block(&node, params.sequence().optional_next()?);
        Ok(block.map_or(Value::Null, |block| json!(block.header)))
    })?;
    method(module, &["chain_getBlock"], async |params, node| {
        let block = named_block(&node, params.sequence().optional_next()?);
        Ok(block.map_or(Value::Null, |block| signed_block(&block)))
    })?;
    method(
        module,
        &["chain_getBlockHash", "chain_getHead"],
        async |params, node| block_hash(&node, params.sequence().optional_next()?),
    )?;
    method(
        module,
        &["chain_getFinalizedHead", "chain_getFinalisedHead"],
        async |_, node| Ok(json!(node.finalized().hash)),
    )?;
    subscribe_heads(
        module,
        "chain_newHead",
        ["chain_subscribeNewHeads", "chain_subscribeNewHead", "subscribe_newHead"],
        [
            "chain_unsubscribeNewHeads",
            "chain_unsubscribeNewHead",
            "unsubscribe_newHead",
        ],
    )?;
    subscribe_heads(
        module,
        "chain_allHead",
        ["chain_subscribeAllHeads"],
        ["chain_unsubscribeAllHeads"],
    )?;
    subscribe_heads(
        module,
        "chain_finalizedHead",
        ["chain_subscribeFinalizedHeads", "chain_subscribeFinalisedHeads"],
        ["chain_unsubscribeFinalizedHeads", "chain_unsubscribeFinalisedHeads"],
    )
}

fn named_block(node: &Node, hash: Option<Hash>) -> Option<Arc<SealedBlock>> {
    match hash {
        Some(hash) => node.ledger.by_hash(&hash),
        None => Some(node.ledger.best()),
    }
}

fn signed_block(block: &SealedBlock) -> Value {
    let extrinsics: Vec<Bytes> = block.extrinsics.iter().cloned().map(Bytes).collect();
    json!({
        "block": { "header": block.header, "extrinsics": extrinsics },
        "justifications": null,
    })
}

/// Answers a number, a hexadecimal number, or a list of either; the newest block for none.
fn block_hash(node: &Node, asked: Option<Value>) -> Answer {
    match asked {
        None | Some(Value::Null) => Ok(json!(node.ledger.best().hash)),
        Some(Value::Array(list)) if list.len() > MAX_NAMED_KEYS => Err(RpcError::TooMany {
            what: "block numbers",
            value: list.len(),
            max: MAX_NAMED_KEYS,
        }
        .into()),
        Some(Value::Array(list)) => {
            let hashes: Result<Vec<Value>, ErrorObjectOwned> =
                list.iter().map(|number| numbered_hash(node, number)).collect();
            Ok(json!(hashes?))
        }
        Some(number) => numbered_hash(node, &number),
    }
}

fn numbered_hash(node: &Node, number: &Value) -> Answer {
    let parsed = match number {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok()),
        _ => None,
    };
    let number = parsed.ok_or(RpcError::Parameter("a block number or a list of them is needed"))?;
    let block = BlockNumber::try_from(number)
        .ok()
        .and_then(|number| node.ledger.by_number(number));
    Ok(block.map_or(Value::Null, |block| json!(block.hash)))
}

fn subscribe_heads<const N: usize>(
    module: &mut Module,
    notification: &'static str,
    subscribe: [&'static str; N],
    unsubscribe: [&'static str; N],
) -> Result<(), RegisterMethodError> {
    module.register_subscription(subscribe[0], notification, unsubscribe[0], |_, pending, node, _| {
        send_heads(pending, node)
    })?;
    for index in 1..N {
        module.register_alias(subscribe[index], subscribe[0])?;
        module.register_alias(unsubscribe[index], unsubscribe[0])?;
    }
    Ok(())
}

/// Sends the newest header, then every one that follows, none left out.
async fn send_heads(pending: PendingSubscriptionSink, node: Arc<Node>) {
    let mut heads = node.heads.clone();
    let Ok(sink) = pending.accept().await else { return };
    let mut next = *heads.borrow_and_update();
    loop {
        while let Some(block) = node.ledger.by_number(next) {
            let Some(message) = message(&block.header) else { return };
            if sink.send(message).await.is_err() {
                return;
            }
            next += 1;
        }
        tokio::select! {
            changed = heads.changed() => {
                if changed.is_err() {
                    return;
                }
                // Blocks that were given up are not waited for: others come in their place.
                next = next.min(heads.borrow_and_update().saturating_add(1));
            }
            () = sink.closed() => return,
        }
    }
}

/// Encodes a notification's payload; `None` if it cannot be said in JSON.
pub(super) fn message(payload: &impl serde::Serialize) -> Option<SubscriptionMessage> {
    match serde_json::value::to_raw_value(payload) {
        Ok(raw) => Some(raw.into()),
        Err(error) => {
            tracing::error!(%error, "cannot serialise a notification");
            None
        }
    }
}
