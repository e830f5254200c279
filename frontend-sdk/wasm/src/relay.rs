//! What relaying needs of a chain, as JavaScript gives it. The order in which an act is relayed is in
//! [`aegle_client::relayer`].

use crate::{
    chain::HostChain,
    host::{Host, node},
    included::{Included, failure},
};
use aegle_chain::dry_run::DryRun;
use aegle_client::{
    account::AccountKey,
    chain::{ChainError, MessageBytes},
    relayer::{Outcome, PlacedCall, Progress, RelayAdapter},
};
use aegle_rules::{AccountId, Hash};
use js_sys::Uint8Array;
use serde::Deserialize;

/// The call of a contract in a block, as an adapter tells it.
#[derive(Deserialize)]
struct Placed {
    contract: AccountId,
    /// Hexadecimal.
    data: String,
    included: Included,
}

impl Placed {
    fn read(self) -> Result<PlacedCall, ChainError> {
        let digits = self.data.strip_prefix("0x").unwrap_or(&self.data);
        let data = hex::decode(digits).map_err(|_| unreadable())?;
        Ok(PlacedCall {
            block: self.included.block,
            contract: self.contract,
            data,
            outcome: match &self.included.failed {
                Some(name) => Outcome::Failed(failure(name)),
                None => Outcome::Done(self.included.receipt()?),
            },
        })
    }
}

fn unreadable() -> ChainError {
    ChainError::Decode {
        what: "a transaction",
        source: "it is not what an adapter answers".into(),
    }
}

/// An account's turn, which JavaScript keeps.
pub(crate) struct Turn {
    host: Host,
    account: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.host.turn_over(&self.account);
    }
}

impl RelayAdapter for HostChain {
    type Turn = Turn;

    async fn turn(&self, account: AccountId) -> Result<Turn, ChainError> {
        let (host, account) = (self.host.clone(), account.to_string());
        host.turn(&account).await.map_err(node)?;
        Ok(Turn { host, account })
    }

    async fn best(&self) -> Result<Hash, ChainError> {
        Self::best(self).await
    }

    async fn try_out(
        &self,
        at: Hash,
        origin: AccountId,
        message: &MessageBytes,
    ) -> Result<DryRun<Vec<u8>>, ChainError> {
        self.dry_run(at, origin, message).await
    }

    /// JavaScript knows by itself for whom it counts what was paid: whoever signs in the action.
    async fn call_at(&self, block: Hash, place: u32, _account: AccountId) -> Result<Option<PlacedCall>, ChainError> {
        let told = self.host.call_at(&block.to_string(), place).await.map_err(node)?;
        match told.as_string() {
            Some(text) => {
                let placed: Placed = serde_json::from_str(&text).map_err(|_| unreadable())?;
                placed.read().map(Some)
            }
            None => Ok(None),
        }
    }

    async fn sign(&self, key: &AccountKey, bytes: &[u8]) -> Result<[u8; 64], ChainError> {
        if key.session().is_none() {
            return Ok(key.sign(bytes));
        }
        let signature = self.host.sign_bytes(&key.account().to_string(), bytes).await;
        let signature = Uint8Array::from(signature.map_err(node)?).to_vec();
        signature.try_into().map_err(|_| ChainError::Decode {
            what: "the wallet's signature",
            source: "it has not 64 bytes".into(),
        })
    }

    fn progress(&self, progress: Progress) {
        match progress {
            Progress::Signing => self.host.relaying("signing", None),
            Progress::Sent { until } => self.host.relaying("sent", Some(until as f64)),
            Progress::Finalized => self.host.relaying("finalized", None),
        }
    }
}
