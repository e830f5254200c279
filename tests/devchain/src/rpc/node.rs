//! What every method works with, and how one is registered.

use std::{sync::Arc, time::Duration};

use jsonrpsee::{
    RpcModule,
    core::RegisterMethodError,
    types::{ErrorObjectOwned, Params},
};
use serde_json::Value;
use tokio::sync::watch;

use super::RpcError;
use crate::{
    author::Author,
    faults::{Fault, Faults},
    ledger::{Ledger, SealedBlock, State},
    reader::Readers,
    runtime::{BlockNumber, Hash},
};

/// The state that every method works with.
pub(crate) struct Node {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) author: Author,
    pub(crate) readers: Readers,
    /// The number of the newest block.
    pub(crate) heads: watch::Receiver<BlockNumber>,
    /// The methods that fail.
    pub(crate) faults: Faults,
    /// The time that a watcher waits between "in block" and "finalized".
    pub(crate) finality_notice_delay: Duration,
}

impl Node {
    /// Returns the finalized head.
    pub(super) fn finalized(&self) -> Arc<SealedBlock> {
        self.ledger.finalized()
    }

    /// Returns the block of this hash; the newest one where none is named.
    pub(super) fn block(&self, at: Option<Hash>) -> Result<Arc<SealedBlock>, RpcError> {
        match at {
            None => Ok(self.ledger.best()),
            Some(hash) => self.ledger.by_hash(&hash).ok_or(RpcError::UnknownBlock(hash)),
        }
    }

    /// Runs `read` over the state after a block, on a runtime thread.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        at: Option<Hash>,
        read: impl FnOnce(&State) -> Result<T, RpcError> + Send + 'static,
    ) -> Result<T, RpcError> {
        let block = self.block(at)?;
        let ledger = self.ledger.clone();
        self.readers.run(move || read(&ledger.state(&block))).await?
    }
}

pub(super) type Module = RpcModule<Node>;
/// The answer of a method: JSON, or an error with a code.
pub(super) type Answer = Result<Value, ErrorObjectOwned>;

/// Registers a method under its name and aliases.
pub(super) fn method<Fut>(
    module: &mut Module,
    names: &[&'static str],
    run: impl Fn(Params<'static>, Arc<Node>) -> Fut + Clone + Send + Sync + 'static,
) -> Result<(), RegisterMethodError>
where
    Fut: Future<Output = Answer> + Send,
{
    let Some((&name, aliases)) = names.split_first() else {
        return Ok(());
    };
    module.register_async_method(name, move |params, node, _| {
        let run = run.clone();
        async move {
            match node.faults.of(name) {
                None => run(params, node).await,
                Some(Fault::Error) => Err(RpcError::Injected.into()),
                Some(Fault::Silence) => std::future::pending().await,
            }
        }
    })?;
    for alias in aliases {
        module.register_alias(alias, name)?;
    }
    Ok(())
}
