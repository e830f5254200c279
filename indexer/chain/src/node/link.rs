//! A connection that is made, lost, and made again.

use super::{Node, in_time};
use crate::ChainError;
use subxt::SubstrateConfig;
use tokio::sync::watch;

/// What the link knows of its connection.
#[derive(Clone)]
enum State {
    /// The first attempt has not ended.
    Connecting,
    Connected(Node),
    Down,
}

/// The connection to one node. Whoever asks before the first attempt has ended waits for it; whoever asks while the
/// connection is down gets [`ChainError::Disconnected`] at once. Only [`ChainLink::connect`] makes it again.
pub struct ChainLink {
    url: String,
    /// Kept over connections: it holds the metadata that was read already.
    config: SubstrateConfig,
    state: watch::Sender<State>,
}

impl ChainLink {
    /// Returns a link that is not connected yet.
    pub fn new(url: String) -> Self {
        let (state, _) = watch::channel(State::Connecting);
        Self {
            url,
            config: SubstrateConfig::new(),
            state,
        }
    }

    /// Connects, in place of an earlier connection.
    ///
    /// # Errors
    /// [`ChainError::Connect`] or [`ChainError::Timeout`].
    pub async fn connect(&self) -> Result<Node, ChainError> {
        let connected = Node::connect_with(&self.url, self.config.clone()).await;
        self.state.send_replace(match &connected {
            Ok(node) => State::Connected(node.clone()),
            Err(_) => State::Down,
        });
        connected
    }

    /// Returns whether the first attempt to connect has not ended.
    pub fn is_connecting(&self) -> bool {
        matches!(*self.state.borrow(), State::Connecting)
    }

    /// Drops the connection.
    pub fn disconnect(&self) {
        self.state.send_replace(State::Down);
    }

    /// Returns the connection.
    ///
    /// # Errors
    /// [`ChainError::Disconnected`] while there is none; [`ChainError::Timeout`] if the first attempt takes longer than an
    /// answer may.
    pub async fn node(&self) -> Result<Node, ChainError> {
        let mut state = self.state.subscribe();
        in_time(async {
            let decided = state.wait_for(|state| !matches!(state, State::Connecting)).await;
            match decided.as_deref() {
                Ok(State::Connected(node)) => Ok(node.clone()),
                _ => Err(ChainError::Disconnected),
            }
        })
        .await
    }
}
