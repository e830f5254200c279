//! What an action is done in: contracts, an indexer, and other servers that may run proxies.

use crate::{chain::HostChain, fault::Fault, host::Host, json, transport::HostTransport};
use aegle_client::{
    chain::Contracts,
    deployment::{Aegle, OnChain},
    indexer::Indexer,
    protocol::wire::MAX_INVITATION_BYTES,
    relayer::Relayer,
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

/// The contracts of a deployment, an indexer of them, and the other servers that are known.
#[wasm_bindgen]
pub struct Deployment {
    pub(crate) contracts: Contracts,
    pub(crate) indexer: Server,
    proxies: Vec<Server>,
    /// Whether the indexer submits and pays for what is done.
    relayed: bool,
}

/// A deployment with what an action runs on.
pub(crate) struct Connection<'a> {
    contracts: &'a Contracts,
    chain: HostChain,
    indexer: Indexer<HostTransport>,
    proxies: Vec<Indexer<HostTransport>>,
}

impl Deployment {
    pub(crate) fn connection(&self, host: Host) -> Connection<'_> {
        let transport = |server: &Server| HostTransport {
            host: host.clone(),
            url: server.url.clone(),
        };
        let proxy = |server| Indexer::proxy(transport(server), &self.contracts, server.account);
        let indexer = || Indexer::new(transport(&self.indexer), &self.contracts, self.indexer.account);
        let relayer = self.relayed.then(|| Relayer::new(indexer(), self.contracts));
        Connection {
            contracts: &self.contracts,
            indexer: indexer(),
            proxies: self.proxies.iter().map(proxy).collect(),
            chain: HostChain {
                host,
                genesis: self.contracts.genesis,
                relayer,
                invitation: None,
            },
        }
    }

    /// The same as [`Self::connection`], with the invitation that a relayer may ask for before an organisation vouches.
    pub(crate) fn invited(&self, host: Host, invitation: Option<String>) -> Result<Connection<'_>, Fault> {
        let mut connection = self.connection(host);
        let chain = &mut connection.chain;
        if let Some(invitation) = invitation {
            if chain.relayer.is_none() {
                return Err(Fault::nobody_invites());
            }
            chain.invitation = Some(read_invitation(&invitation)?);
        }
        Ok(connection)
    }
}

/// Reads an invitation that JavaScript gives; what it says is the relayer's to judge.
fn read_invitation(text: &str) -> Result<Vec<u8>, Fault> {
    let bytes = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
    match bytes {
        Some(bytes) if (1..=MAX_INVITATION_BYTES).contains(&bytes.len()) => Ok(bytes),
        _ => Err(Fault::argument(format!(
            "the invitation is not `0x` and the hexadecimal digits of 1 to {MAX_INVITATION_BYTES} bytes: give it as the \
             organisation has made it"
        ))),
    }
}

impl Connection<'_> {
    pub(crate) fn aegle(&self) -> Aegle<'_, HostChain, HostTransport> {
        Aegle::new(&self.chain, self.contracts, &self.indexer).with_proxies(&self.proxies)
    }

    pub(crate) fn on_chain(&self) -> OnChain<'_, HostChain> {
        self.aegle().on_chain
    }
}

#[wasm_bindgen]
impl Deployment {
    /// Reads a deployment from the JSON of its contracts (`genesis`, `consortium`, `consent`, `ledger`), of its indexer (`url`,
    /// `account`), and of the other servers that are known: those of them that run registered proxies are asked for their parts.
    /// Where it is `relayed`, the indexer submits and pays for what is done, and what it does not pay for is refused.
    #[wasm_bindgen(constructor)]
    pub fn new(contracts: &str, indexer: &str, proxies: &str, relayed: Option<bool>) -> Result<Deployment, JsValue> {
        Ok(Self {
            contracts: json::read("the contracts", contracts)?,
            indexer: json::read("the indexer", indexer)?,
            proxies: json::read("the proxies", proxies)?,
            relayed: relayed.unwrap_or(false),
        })
    }

    /// Asks what the indexer says of itself; returns JSON. It must serve these contracts and be of the account that is
    /// known.
    pub async fn status(&self, host: Host) -> Result<String, JsValue> {
        let connection = self.connection(host);
        let status = connection.aegle().indexer.status(&self.contracts).await;
        Ok(json::write(&status.map_err(Fault::from)?))
    }
}
