//! What relaying needs: the key that pays, its limits, the way to the chain, and the calls that are under way.
use super::{RelayLimits, key::RelayerKey, places::Places};
use crate::store::Store;
use aegle_chain::node::ChainLink;
use aegle_protocol::Contracts;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What relays calls. Clones are the same.
#[derive(Clone)]
pub(crate) struct Relayer(pub(super) Arc<Parts>);

pub(super) struct Parts {
    pub(super) key: RelayerKey,
    pub(super) limits: RelayLimits,
    pub(super) link: Arc<ChainLink>,
    pub(super) contracts: Contracts,
    pub(super) store: Store,
    /// One call is decided and submitted at a time: each dry run and each nonce counts those before.
    pub(super) turn: Mutex<()>,
    /// The calls that are being decided, or waited for.
    pub(super) places: Places,
    /// Held while calls are looked for of which it is not known what became of them.
    pub(super) settling: Mutex<()>,
}
