//! What relaying needs of a chain, through subxt.

use super::{ChainClient, transaction::Included};
use crate::{
    account::AccountKey,
    chain::{ChainError, MessageBytes},
    relayer::{Outcome, PlacedCall, RelayAdapter},
};
use aegle_chain::dry_run::{Call, DryRun};
use aegle_rules::{AccountId, Hash};
use tokio::sync::OwnedMutexGuard;

impl RelayAdapter for ChainClient {
    type Turn = OwnedMutexGuard<()>;

    async fn turn(&self, account: AccountId) -> Result<Self::Turn, ChainError> {
        Ok(self.relayed_turns().take(account).await)
    }

    async fn best(&self) -> Result<Hash, ChainError> {
        Ok(self.ask(async |node| node.best().await).await?.hash)
    }

    async fn try_out(
        &self,
        at: Hash,
        origin: AccountId,
        message: &MessageBytes,
    ) -> Result<DryRun<Vec<u8>>, ChainError> {
        let call = Call {
            origin,
            contract: message.contract,
            value: 0,
            data: &message.data,
        };
        self.ask(async |node| node.dry_run_message(at, &call, message.name).await)
            .await
    }

    async fn call_at(&self, block: Hash, place: u32, account: AccountId) -> Result<Option<PlacedCall>, ChainError> {
        self.ask(async |node| {
            let Some(placed) = node.call_at(block, place).await? else {
                return Ok(None);
            };
            let id = node.block_id(block).await?;
            let (contract, data) = (placed.contract, placed.data.clone());
            let included = Included::placed(node, id, placed).await?;
            let outcome = match included.failure()? {
                Some(error) => Outcome::Failed(error),
                None => Outcome::Done(included.receipt(account)?),
            };
            Ok(Some(PlacedCall {
                block: id.number,
                contract,
                data,
                outcome,
            }))
        })
        .await
    }

    async fn sign(&self, key: &AccountKey, bytes: &[u8]) -> Result<[u8; 64], ChainError> {
        Ok(key.sign(bytes))
    }
}
