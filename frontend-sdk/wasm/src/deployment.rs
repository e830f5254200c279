//! What an action is done in: contracts, and an indexer.

use crate::{
    host::{Host, HostChain, HostTransport},
    json,
};
use aegle_client::{
    chain::Contracts,
    deployment::{Aegle, OnChain},
    indexer::Indexer,
};
use aegle_rules::AccountId;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// A server as its users know it.
#[derive(Clone, Deserialize)]
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) account: AccountId,
}

/// The contracts of a deployment and an indexer of them.
#[wasm_bindgen]
pub struct Deployment {
    pub(crate) contracts: Contracts,
    indexer: Server,
}

/// A deployment with what an action runs on.
pub(crate) struct Session<'a> {
    contracts: &'a Contracts,
    chain: HostChain,
    indexer: Indexer<HostTransport>,
}

impl Deployment {
    pub(crate) fn session(&self, host: Host) -> Session<'_> {
        Session {
            contracts: &self.contracts,
            indexer: Indexer::new(
                HostTransport {
                    host: host.clone(),
                    url: self.indexer.url.clone(),
                },
                &self.contracts,
                self.indexer.account,
            ),
            chain: HostChain {
                host,
                genesis: self.contracts.genesis,
            },
        }
    }
}

impl Session<'_> {
    pub(crate) fn aegle(&self) -> Aegle<'_, HostChain, HostTransport> {
        Aegle::new(&self.chain, self.contracts, &self.indexer)
    }

    pub(crate) fn on_chain(&self) -> OnChain<'_, HostChain> {
        self.aegle().on_chain
    }
}

#[wasm_bindgen]
impl Deployment {
    /// Reads a deployment from the JSON of its contracts (`genesis`, `consortium`, `consent`, `ledger`) and of its
    /// indexer (`url`, `account`).
    #[wasm_bindgen(constructor)]
    pub fn new(contracts: &str, indexer: &str) -> Result<Deployment, JsValue> {
        Ok(Self {
            contracts: json::read("the contracts", contracts)?,
            indexer: json::read("the indexer", indexer)?,
        })
    }

    /// Asks what the indexer says of itself; returns JSON. It must serve these contracts and be of the account that is
    /// known.
    pub async fn status(&self, host: Host) -> Result<String, JsValue> {
        let session = self.session(host);
        let status = session.aegle().indexer.status(&self.contracts).await;
        Ok(json::write(&status.map_err(crate::fault::Fault::from)?))
    }
}
