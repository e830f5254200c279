//! `author_*`: submitting transactions; `engine_createBlock`: sealing by hand; `devchain_advance`: moving time.

use std::{sync::Arc, time::Duration};

use jsonrpsee::{PendingSubscriptionSink, core::RegisterMethodError, types::ErrorObjectOwned};
use serde_json::json;
use sp_core::Bytes;
use tokio::sync::mpsc;

use super::{Module, Node, RpcError, chain::message, method};
use crate::{limits::MAX_WAITING_STATUSES, pool::Status};

pub(super) fn register(module: &mut Module) -> Result<(), RegisterMethodError> {
    method(module, &["author_submitExtrinsic"], async |params, node| {
        let bytes: Bytes = params.sequence().next()?;
        let hash = node.author.submit(bytes.0, None).await.map_err(RpcError::from)?;
        Ok(json!(hash))
    })?;
    method(module, &["author_pendingExtrinsics"], async |_, node| {
        let pending = node.author.with_pool(|pool| pool.all_bytes());
        Ok(json!(pending.into_iter().map(Bytes).collect::<Vec<_>>()))
    })?;
    method(module, &["engine_createBlock"], async |_, node| {
        let block = node.author.seal().await.map_err(RpcError::from)?;
        Ok(json!({ "hash": block.hash, "aux": {
            "header_only": false,
            "clear_justification_requests": false,
            "needs_justification": false,
            "bad_justification": false,
            "is_new_best": true,
        }}))
    })?;
    method(module, &["devchain_advance"], async |params, node| {
        let by = Duration::from_millis(params.sequence().next()?);
        let ahead = node.author.advance(by).await.map_err(RpcError::from)?;
        Ok(json!(u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX)))
    })?;
    module.register_subscription(
        "author_submitAndWatchExtrinsic",
        "author_extrinsicUpdate",
        "author_unwatchExtrinsic",
        |params, pending, node, _| {
            let bytes = params.sequence().next::<Bytes>();
            async move {
                match bytes {
                    Ok(bytes) => watch(pending, node, bytes.0).await,
                    Err(error) => pending.reject(error).await,
                }
            }
        },
    )?;
    Ok(())
}

/// Submits a transaction and sends every status of it, the last one included.
async fn watch(pending: PendingSubscriptionSink, node: Arc<Node>, bytes: Vec<u8>) {
    let (watcher, mut statuses) = mpsc::channel::<Status>(MAX_WAITING_STATUSES);
    if let Err(error) = node.author.submit(bytes, Some(watcher)).await {
        pending.reject(ErrorObjectOwned::from(RpcError::from(error))).await;
        return;
    }
    let Ok(sink) = pending.accept().await else { return };
    while let Some(status) = statuses.recv().await {
        if matches!(status, Status::Finalized(_)) {
            tokio::time::sleep(node.finality_notice_delay).await;
        }
        let Some(message) = message(&status) else { return };
        if sink.send(message).await.is_err() || status.is_last() {
            return;
        }
    }
}
