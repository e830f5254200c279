//! The standard JSON-RPC of a node: the legacy methods, over WebSocket and HTTP on one port.

mod author;
mod chain;
mod childstate;
mod error;
mod state;
mod system;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use jsonrpsee::{
    RpcModule,
    core::RegisterMethodError,
    server::{BatchRequestConfig, RandomStringIdProvider, Server, ServerConfig, ServerHandle},
    types::{ErrorObjectOwned, Params},
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    author::Author,
    faults::{Fault, Faults},
    ledger::{Ledger, SealedBlock, State},
    limits,
    reader::Readers,
    runtime::{BlockNumber, Hash},
};

pub(crate) use error::RpcError;

/// Characters of a subscription's id.
const SUBSCRIPTION_ID_LENGTH: usize = 16;

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
    fn finalized(&self) -> Arc<SealedBlock> {
        self.ledger.finalized()
    }

    /// Returns the block of this hash; the newest one where none is named.
    fn block(&self, at: Option<Hash>) -> Result<Arc<SealedBlock>, RpcError> {
        match at {
            None => Ok(self.ledger.best()),
            Some(hash) => self.ledger.by_hash(&hash).ok_or(RpcError::UnknownBlock(hash)),
        }
    }

    /// Runs `read` over the state after a block, on a runtime thread.
    async fn read<T: Send + 'static>(
        &self,
        at: Option<Hash>,
        read: impl FnOnce(&State) -> Result<T, RpcError> + Send + 'static,
    ) -> Result<T, RpcError> {
        let block = self.block(at)?;
        let ledger = self.ledger.clone();
        self.readers.run(move || read(&ledger.state(&block))).await?
    }
}

type Module = RpcModule<Node>;
/// The answer of a method: JSON, or an error with a code.
type Answer = Result<Value, ErrorObjectOwned>;

/// Serves the methods until the handle is told to stop or is dropped.
///
/// # Errors
/// The port cannot be bound.
pub(crate) async fn serve(node: Node, address: SocketAddr) -> Result<(ServerHandle, SocketAddr), ServeError> {
    let config = ServerConfig::builder()
        .max_connections(limits::MAX_CONNECTIONS)
        .max_request_body_size(limits::MAX_REQUEST_BYTES)
        .max_response_body_size(limits::MAX_RESPONSE_BYTES)
        .max_subscriptions_per_connection(limits::MAX_SUBSCRIPTIONS)
        .set_message_buffer_capacity(limits::MAX_WAITING_MESSAGES)
        .set_batch_request_config(BatchRequestConfig::Limit(limits::MAX_BATCH_REQUESTS))
        .set_id_provider(RandomStringIdProvider::new(SUBSCRIPTION_ID_LENGTH))
        .set_tcp_no_delay(true)
        .build();
    let server = Server::builder().set_config(config).build(address).await?;
    let bound = server.local_addr()?;
    Ok((server.start(methods(node)?), bound))
}

/// The reason why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ServeError {
    #[error(transparent)]
    Bind(#[from] std::io::Error),
    #[error(transparent)]
    Register(#[from] RegisterMethodError),
}

fn methods(node: Node) -> Result<Module, RegisterMethodError> {
    let mut module = RpcModule::new(node);
    chain::register(&mut module)?;
    state::register(&mut module)?;
    childstate::register(&mut module)?;
    author::register(&mut module)?;
    system::register(&mut module)?;
    let mut names: Vec<&'static str> = module.method_names().collect();
    names.push("rpc_methods");
    names.sort_unstable();
    module.register_method("rpc_methods", move |_, _, _| json!({ "methods": names }))?;
    Ok(module)
}

/// Registers a method under its name and aliases.
fn method<Fut>(
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
