//! Signed transactions: nonces, submission, and what a finalized one did.
//!
//! Nonces come from the node's pool, so that what waits there counts, whichever program sent it. Two programs that sign
//! with one key may still be told the same nonce; the one whose transaction comes second signs anew.

use crate::{
    account::AccountKey,
    chain::{ChainError, Receipt},
};
use aegle_chain::{
    ANSWER_TIMEOUT, DispatchError,
    dry_run::Weight,
    node::{AtBlock, Node, PalletEvent, PlacedCall, in_time, named, node_error},
};
use aegle_protocol::{BlockId, BlockNumber};
use aegle_rules::{AccountId, Hash};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use subxt::{
    ArcMetadata, SubstrateConfig,
    client::OnlineClientAtBlockImpl,
    config::DefaultExtrinsicParamsBuilder,
    error::{BackendError, ExtrinsicError, RpcError, TransactionProgressError, TransactionStatusError},
    rpcs::UserError,
    transactions::{Payload, Signer, TransactionProgress},
    utils::{AccountId32, MultiSignature},
};
use tokio::sync::OwnedMutexGuard;

/// How long a transaction is waited for until it is finalized: a public chain makes a block every 6 seconds and may
/// finalize it ten blocks later.
const FINALIZATION_LIMIT: Duration = Duration::from_secs(180);
/// How often a transaction is signed when its nonce turns out to be taken by another program with the same key. With the
/// pauses between, that spans two blocks of a public chain.
const MAX_SUBMISSIONS: u32 = 20;
/// The pause before a transaction is signed anew, which doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often the finalized state is looked at while another transaction with the same nonce waits for finality.
const SETTLING_PAUSE: Duration = Duration::from_millis(500);
/// How often a node is asked whether another transaction has the nonce: while it makes a block, the one that does may be
/// in the pool no longer and in no block yet.
const MAX_NONCE_LOOKS: u32 = 6;

/// A node's codes for a transaction that it does not take: the runtime says that it is invalid; another one with the same
/// nonce waits in the pool and pays as much.
const INVALID_TRANSACTION: i32 = 1010;
const PRIORITY_TOO_LOW: i32 = 1014;
/// What a node says of an invalid transaction whose nonce is in a block already.
const OUTDATED: &str = "Transaction is outdated";

/// Whose turn it is to do something with a key, so that tasks of one program are not told the same nonce.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<AccountId, Turn>>>);

type Turn = Arc<tokio::sync::Mutex<()>>;

impl Turns {
    /// Waits until it is an account's turn.
    pub(super) async fn take(&self, account: AccountId) -> OwnedMutexGuard<()> {
        self.of(account).lock_owned().await
    }

    fn of(&self, account: AccountId) -> Turn {
        // Nobody panics while holding the lock.
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(account).or_default().clone()
    }
}

impl Signer<SubstrateConfig> for AccountKey {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.account().0)
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Sr25519(AccountKey::sign(self, payload))
    }
}

/// A transaction that the node has taken.
struct Sent {
    account: AccountId,
    nonce: u64,
    hash: Hash,
    encoded: Vec<u8>,
    /// The finalized head before.
    since: BlockNumber,
}

type Watched = TransactionProgress<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>;

/// A transaction in a finalized block. It may have failed there.
pub(super) struct Included {
    block: BlockId,
    hash: Hash,
    bytes: u32,
    events: Vec<PalletEvent>,
    metadata: ArcMetadata,
}

/// Signs `call`, submits it, and waits until a block with it is finalized.
///
/// # Errors
/// [`ChainError::NotIncluded`] and [`ChainError::NonceTaken`] when it was not and will not be carried out;
/// [`ChainError::NotFinalized`] and [`ChainError::Unwatched`] when nobody can tell.
pub(super) async fn submit(
    node: &Node,
    turns: &Turns,
    signer: &AccountKey,
    call: &impl Payload,
) -> Result<Included, ChainError> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..MAX_SUBMISSIONS {
        if let Some((sent, watched)) = send(node, turns, signer, call).await?
            && let Some(included) = watch(node, &sent, watched).await?
        {
            return Ok(included);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Err(ChainError::NonceTaken {
        attempts: MAX_SUBMISSIONS,
    })
}

/// Returns the fee of `call` as the runtime estimates it, at most; it is signed and not sent.
pub(super) async fn fee(node: &Node, signer: &AccountKey, call: &impl Payload) -> Result<u128, ChainError> {
    let at = node.at(node.finalized().await?.hash).await?;
    let signed = sign(&at, signer, call, node.next_nonce(signer.account()).await?)?;
    in_time(async { signed.partial_fee_estimate().await.map_err(node_error) }).await
}

/// Signs and submits; `None` if another transaction has the nonce.
async fn send(
    node: &Node,
    turns: &Turns,
    signer: &AccountKey,
    call: &impl Payload,
) -> Result<Option<(Sent, Watched)>, ChainError> {
    let account = signer.account();
    // Held until the node has the transaction, and counts it.
    let _turn = turns.take(account).await;
    let head = node.finalized().await?;
    let at = node.at(head.hash).await?;
    let nonce = node.next_nonce(account).await?;
    let signed = sign(&at, signer, call, nonce)?;
    let sent = Sent {
        account,
        nonce,
        hash: Hash(signed.hash().0),
        encoded: signed.encoded().to_vec(),
        since: head.number,
    };
    match tokio::time::timeout(ANSWER_TIMEOUT, signed.submit_and_watch()).await {
        Ok(Ok(watched)) => Ok(Some((sent, watched))),
        Ok(Err(error)) => match refusal(&error) {
            Some(refusal) if is_taken(refusal) => Ok(None),
            Some(refusal) => Err(ChainError::NotIncluded {
                reason: reason(refusal),
            }),
            None => Err(sent.unwatched(error)),
        },
        Err(_) => Err(sent.unwatched("the node did not answer in time")),
    }
}

type Signed = subxt::transactions::SubmittableTransaction<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>;

fn sign(at: &AtBlock, signer: &AccountKey, call: &impl Payload, nonce: u64) -> Result<Signed, ChainError> {
    // Immortal: a mortal one names a recent block, which a burst on a fast chain may outlive.
    let parameters = DefaultExtrinsicParamsBuilder::new().immortal().nonce(nonce).build();
    let transactions = at.transactions();
    let signable = transactions.create_signable_offline(call, parameters);
    signable.map_err(node_error)?.sign(signer).map_err(node_error)
}

/// What the node said when it did not take the transaction; `None` if it may have taken it.
fn refusal(error: &ExtrinsicError) -> Option<&UserError> {
    match error {
        ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
            subxt::rpcs::Error::User(refusal),
        ))) => Some(refusal),
        _ => None,
    }
}

/// Whether another transaction has the nonce, in the pool or in a block.
fn is_taken(refusal: &UserError) -> bool {
    match refusal.code {
        PRIORITY_TOO_LOW => true,
        INVALID_TRANSACTION => reason(refusal).contains(OUTDATED),
        _ => false,
    }
}

fn reason(refusal: &UserError) -> String {
    match &refusal.data {
        Some(data) => format!("{}: {}", refusal.message, data.get().trim_matches('"')),
        None => refusal.message.clone(),
    }
}

impl Sent {
    fn unwatched(&self, reason: impl ToString) -> ChainError {
        ChainError::Unwatched {
            transaction: self.hash,
            reason: reason.to_string(),
        }
    }
}

/// Waits until the transaction is finalized; `None` if another one has its nonce for ever.
async fn watch(node: &Node, sent: &Sent, watched: Watched) -> Result<Option<Included>, ChainError> {
    match tokio::time::timeout(FINALIZATION_LIMIT, watched.wait_for_finalized()).await {
        Ok(Ok(found)) => {
            let included = included(node, sent, Hash(found.block_hash().0)).await?;
            let missing = || sent.unwatched("the block that the node names does not have it");
            Ok(Some(included.ok_or_else(missing)?))
        }
        // Another one with the same nonce pays more, or came into a block by another way.
        Ok(Err(TransactionProgressError::TransactionStatusError(TransactionStatusError::Invalid(reason)))) => {
            let settled = tokio::time::timeout(FINALIZATION_LIMIT, settle(node, sent, &reason)).await;
            settled.map_err(|_| sent.unwatched(reason))?
        }
        Ok(Err(error)) => Err(sent.unwatched(error)),
        Err(_) => Err(ChainError::NotFinalized {
            transaction: sent.hash,
            seconds: FINALIZATION_LIMIT.as_secs(),
        }),
    }
}

/// Finds out what became of a transaction that the pool gave up. It can still be included until another one with its
/// nonce is final; sent again before, it might be carried out twice.
async fn settle(node: &Node, sent: &Sent, reason: &str) -> Result<Option<Included>, ChainError> {
    let mut looks = 1;
    while node.next_nonce(sent.account).await? <= sent.nonce {
        if looks == MAX_NONCE_LOOKS {
            return Err(sent.unwatched(reason));
        }
        looks += 1;
        tokio::time::sleep(SETTLING_PAUSE).await;
    }
    while node.finalized_nonce(sent.account).await? <= sent.nonce {
        tokio::time::sleep(SETTLING_PAUSE).await;
    }
    let head = node.finalized().await?;
    for number in sent.since + 1..=head.number {
        let block = node.hash_of(number).await?.ok_or(ChainError::NoBlock(number))?;
        if let Some(included) = included(node, sent, block).await? {
            return Ok(Some(included));
        }
    }
    Ok(None)
}

/// What the transaction did in a block; `None` if the block does not have it.
async fn included(node: &Node, sent: &Sent, block: Hash) -> Result<Option<Included>, ChainError> {
    let Some(events) = node.transaction_events(block, &sent.encoded).await? else {
        return Ok(None);
    };
    Ok(Some(Included {
        block: node.block_id(block).await?,
        hash: sent.hash,
        bytes: u32::try_from(sent.encoded.len()).unwrap_or(u32::MAX),
        events,
        metadata: node.at(block).await?.metadata(),
    }))
}

impl Included {
    /// A transaction that calls a contract, where it was found.
    pub(super) async fn placed(node: &Node, block: BlockId, placed: PlacedCall) -> Result<Self, ChainError> {
        Ok(Self {
            block,
            hash: placed.hash,
            bytes: u32::try_from(placed.encoded.len()).unwrap_or(u32::MAX),
            events: placed.events,
            metadata: node.at(block.hash).await?.metadata(),
        })
    }

    /// The block.
    pub(super) fn block(&self) -> BlockId {
        self.block
    }

    /// Why the transaction failed in the block, if it did.
    pub(super) fn failure(&self) -> Result<Option<ChainError>, ChainError> {
        let Some(event) = self.events.iter().find(|event| event.is("System", "ExtrinsicFailed")) else {
            return Ok(None);
        };
        // After the error: weight, class, and whether a fee was paid.
        let (error, ..): (DispatchError, Weight, u8, u8) = event.fields("System.ExtrinsicFailed")?;
        Ok(Some(named(&error, &self.metadata)))
    }

    /// What the transaction did and cost `account`.
    ///
    /// # Errors
    /// When it failed in the block.
    pub(super) fn receipt(&self, account: AccountId) -> Result<Receipt, ChainError> {
        if let Some(error) = self.failure()? {
            return Err(error);
        }
        let mut receipt = Receipt {
            block: self.block.number,
            block_hash: self.block.hash,
            transaction: self.hash,
            bytes: self.bytes,
            fee: 0,
            deposit: 0,
            events: Vec::new(),
        };
        for event in &self.events {
            add(&mut receipt, account, event)?;
        }
        Ok(receipt)
    }

    /// The address of the contract that the transaction instantiated.
    pub(super) fn instantiated(&self) -> Result<AccountId, ChainError> {
        const NAME: &str = "Contracts.Instantiated";
        let event = self.events.iter().find(|event| event.is("Contracts", "Instantiated"));
        let event = event.ok_or(ChainError::MissingEvent(NAME))?;
        let (_deployer, contract): (AccountId, AccountId) = event.fields(NAME)?;
        Ok(contract)
    }
}

fn add(receipt: &mut Receipt, account: AccountId, event: &PalletEvent) -> Result<(), ChainError> {
    match (event.pallet.as_str(), event.name.as_str()) {
        ("TransactionPayment", "TransactionFeePaid") => {
            receipt.fee = receipt.fee.saturating_add(event.fee_paid(account)?);
        }
        ("Contracts", "StorageDepositTransferredAndHeld" | "StorageDepositTransferredAndReleased") => {
            receipt.deposit = receipt.deposit.saturating_add(event.deposit_change(account)?);
        }
        _ => {
            let emitted = event.emitted().map_err(|source| ChainError::Event {
                block: receipt.block,
                index: event.index,
                source,
            })?;
            receipt.events.extend(emitted);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_taken_nonce_is_signed_anew() {
        for (answer, taken) in [
            (r#"{"code":1014,"message":"Priority is too low: (4 vs 4)"}"#, true),
            (
                r#"{"code":1010,"message":"Invalid Transaction","data":"Transaction is outdated"}"#,
                true,
            ),
            (
                r#"{"code":1010,"message":"Invalid Transaction","data":"Inability to pay some fees (e.g. account balance too low)"}"#,
                false,
            ),
            (r#"{"code":1016,"message":"Immediately Dropped"}"#, false),
            (r#"{"code":1013,"message":"Transaction Already Imported"}"#, false),
        ] {
            let refusal: UserError = serde_json::from_str(answer).unwrap();
            assert_eq!(is_taken(&refusal), taken, "{answer}");
        }
    }
}
