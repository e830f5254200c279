//! The standard JSON-RPC of a node: the legacy methods, over WebSocket and HTTP on one port.

mod author;
mod chain;
mod childstate;
mod error;
mod node;
mod state;
mod system;

use std::net::SocketAddr;

use jsonrpsee::{
    RpcModule,
    core::RegisterMethodError,
    server::{BatchRequestConfig, RandomStringIdProvider, Server, ServerConfig, ServerHandle},
};
use serde_json::json;

use crate::limits;
use node::{Answer, Module, method};

pub(crate) use error::RpcError;
pub(crate) use node::Node;

/// Characters of a subscription's id.
const SUBSCRIPTION_ID_LENGTH: usize = 16;

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
