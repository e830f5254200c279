//! Services that are asked over HTTP: how a request is signed, when it is repeated, and what a refusal is.

mod call;
mod error;
mod transport;

pub(crate) use call::{Answer, BYTES, Call};
pub use error::RemoteError;
pub use transport::{Request, Response, Transport, TransportError};

use crate::account::AccountKey;
use aegle_protocol::{
    Contracts, Deployment,
    random::SystemRandom,
    request::{Audience, Outgoing, RequestHead},
};
use aegle_rules::{AccountId, Hash};
use call::{Patience, json};
use serde::de::DeserializeOwned;

/// How long a signed request counts, in milliseconds: short, because clocks that agree need no more.
const REQUEST_LIFETIME_MS: u64 = 60_000;

/// A service of a deployment, reached by a transport. It is believed in nothing.
pub(crate) struct Remote<T> {
    transport: T,
    audience: Audience,
    /// What errors call it.
    service: &'static str,
}

impl<T: Transport> Remote<T> {
    pub(crate) fn new(service: &'static str, transport: T, contracts: &Contracts, server: AccountId) -> Self {
        let deployment = Deployment {
            genesis: contracts.genesis,
            consent: contracts.consent,
        };
        Self {
            transport,
            audience: Audience { deployment, server },
            service,
        }
    }

    /// The account that requests are signed for.
    pub(crate) fn server(&self) -> AccountId {
        self.audience.server
    }

    pub(crate) fn transport(&self) -> &T {
        &self.transport
    }

    /// Asks without a signature.
    pub(crate) async fn unsigned<A: DeserializeOwned>(&self, call: Call) -> Result<A, RemoteError> {
        let mut patience = Patience::default();
        let body = loop {
            let answer = call.accept(self.service, self.transport.send(call.request(Vec::new())).await?);
            match answer {
                Err(error) if patience.lasts(&error) => self.transport.pause(patience.pause()).await,
                answer => break answer?,
            }
        };
        json(self.service, &call, &body)
    }

    /// Signs and sends, and reads a JSON answer; gives the hash of the signed request besides.
    pub(crate) async fn answer<A: DeserializeOwned>(
        &self,
        key: &AccountKey,
        call: Call,
    ) -> Result<(A, Hash), RemoteError> {
        let Answer { body, request } = self.signed(key, &call).await?;
        Ok((json(self.service, &call, &body)?, request))
    }

    /// Signs and sends; while the service will answer later, signs anew and sends again.
    pub(crate) async fn signed(&self, key: &AccountKey, call: &Call) -> Result<Answer, RemoteError> {
        let mut patience = Patience::default();
        loop {
            let (headers, request) = self.sign(key, call)?;
            let response = self.transport.send(call.request(headers)).await?;
            match call.accept(self.service, response) {
                Err(error) if patience.lasts(&error) => self.transport.pause(patience.pause()).await,
                answer => {
                    return answer.map(|body| Answer { body, request });
                }
            }
        }
    }

    /// Signs a request; gives its headers and its hash.
    pub(crate) fn sign(
        &self,
        key: &AccountKey,
        call: &Call,
    ) -> Result<(Vec<(&'static str, String)>, Hash), RemoteError> {
        let request = Outgoing {
            audience: self.audience,
            method: call.method,
            path: &call.path,
            body: &call.body,
            now: self.transport.now(),
            lifetime: REQUEST_LIFETIME_MS,
        };
        let head = RequestHead::new(request, &mut SystemRandom)?;
        Ok((key.sign_request(&head), head.hash()))
    }
}
