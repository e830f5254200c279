//! Signed transactions: nonces, submission, and what a finalized one did.

use super::{
    chain::{Block, ChainClient},
    dispatch,
};
use crate::{
    account::AccountKey,
    chain::{ChainError, ContractEvent, Receipt},
};
use aegle_rules::{AccountId, Hash};
use scale::Decode;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use subxt::{
    SubstrateConfig,
    client::OnlineClientAtBlockImpl,
    config::DefaultExtrinsicParamsBuilder,
    error::ExtrinsicError,
    events::Event,
    transactions::{Payload, Signer, TransactionInBlock},
    utils::{AccountId32, MultiSignature},
};

/// How long a transaction is waited for until it is finalized.
const FINALIZATION_LIMIT: Duration = Duration::from_secs(90);
/// How often a transaction is signed when its nonce turns out to be taken by another process with the same key.
const MAX_SUBMISSIONS: u32 = 7;
/// The pause before a transaction is signed anew, which doubles each time: the node must include the other one first.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The next nonce of each account, so that transactions can follow each other without waiting for blocks.
#[derive(Clone, Default)]
pub(super) struct Nonces(Arc<Mutex<HashMap<AccountId, NextNonce>>>);

type NextNonce = Arc<tokio::sync::Mutex<u64>>;

impl Nonces {
    fn of(&self, account: AccountId) -> NextNonce {
        // Nobody panics while holding the lock.
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(account)
            .or_default()
            .clone()
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

/// A transaction in a finalized block. It may have failed there.
pub(super) struct Included {
    transaction: TransactionInBlock<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>,
    bytes: u32,
}

/// Signs `call`, submits it, and waits until a block with it is finalized.
pub(super) async fn submit(
    chain: &ChainClient,
    nonces: &Nonces,
    signer: &AccountKey,
    call: &impl Payload,
) -> Result<Included, ChainError> {
    let next = nonces.of(signer.account());
    let mut submissions = 0;
    let (progress, bytes) = loop {
        // The lock is held until the node has the transaction, so that nonces arrive in order.
        let mut next = next.lock().await;
        let transactions = chain.latest().await?.transactions();
        let on_chain = transactions
            .account_nonce(&signer.account_id())
            .await
            .map_err(dispatch::node)?;
        let nonce = on_chain.max(*next);
        // Immortal: a mortal one names a recent block, which a burst on a fast chain may outlive.
        let parameters = DefaultExtrinsicParamsBuilder::new().immortal().nonce(nonce).build();
        let mut signable = transactions
            .create_signable_offline(call, parameters)
            .map_err(dispatch::node)?;
        let signed = signable.sign(signer).map_err(dispatch::node)?;
        submissions += 1;
        match signed.submit_and_watch().await {
            Ok(progress) => {
                *next = nonce + 1;
                break (progress, signed.encoded().len());
            }
            Err(ExtrinsicError::ErrorSubmittingTransaction(error)) => {
                *next = 0;
                if submissions == MAX_SUBMISSIONS {
                    return Err(ChainError::NotIncluded {
                        reason: error.to_string(),
                    });
                }
            }
            Err(error) => return Err(dispatch::node(error)),
        }
        drop(next);
        tokio::time::sleep(FIRST_PAUSE * (1 << (submissions - 1))).await;
    };
    let finalized = tokio::time::timeout(FINALIZATION_LIMIT, progress.wait_for_finalized()).await;
    let failure = match finalized {
        Ok(Ok(transaction)) => {
            return Ok(Included {
                transaction,
                bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            });
        }
        Ok(Err(error)) => dispatch::from_progress(error),
        Err(_) => ChainError::NotFinalized {
            seconds: FINALIZATION_LIMIT.as_secs(),
        },
    };
    *next.lock().await = 0;
    Err(failure)
}

impl Included {
    /// The state after the block.
    pub(super) async fn block(&self) -> Result<Block, ChainError> {
        self.transaction.at().await.map_err(dispatch::node)
    }

    /// What the transaction did and cost `account`.
    ///
    /// # Errors
    /// When it failed in the block.
    pub(super) async fn receipt(&self, account: AccountId) -> Result<Receipt, ChainError> {
        let events = self
            .transaction
            .wait_for_success()
            .await
            .map_err(dispatch::from_events)?;
        let block = self.block().await?;
        let mut receipt = Receipt {
            // Block numbers of Substrate's contracts chains have 32 bits.
            block: u32::try_from(block.block_number()).unwrap_or(u32::MAX),
            block_hash: Hash(self.transaction.block_hash().0),
            transaction: Hash(self.transaction.extrinsic_hash().0),
            bytes: self.bytes,
            fee: 0,
            deposit: 0,
            events: Vec::new(),
        };
        for event in events.iter() {
            read_event(&mut receipt, account, &event.map_err(dispatch::node)?)?;
        }
        Ok(receipt)
    }

    /// The address of the contract that the transaction instantiated.
    pub(super) async fn instantiated(&self) -> Result<AccountId, ChainError> {
        const NAME: &str = "Contracts.Instantiated";
        let events = self
            .transaction
            .wait_for_success()
            .await
            .map_err(dispatch::from_events)?;
        for event in events.iter() {
            let event = event.map_err(dispatch::node)?;
            if (event.pallet_name(), event.event_name()) == ("Contracts", "Instantiated") {
                let (_deployer, contract): (AccountId, AccountId) = fields(&event, NAME)?;
                return Ok(contract);
            }
        }
        Err(ChainError::MissingEvent(NAME))
    }
}

fn read_event(receipt: &mut Receipt, account: AccountId, event: &Event<'_, SubstrateConfig>) -> Result<(), ChainError> {
    match (event.pallet_name(), event.event_name()) {
        ("TransactionPayment", "TransactionFeePaid") => {
            let (who, fee, _tip): (AccountId, u128, u128) = fields(event, "TransactionPayment.TransactionFeePaid")?;
            if who == account {
                receipt.fee += fee;
            }
        }
        ("Contracts", "StorageDepositTransferredAndHeld") => {
            let (from, _to, amount) = deposit(event)?;
            receipt.deposit += if from == account { amount } else { 0 };
        }
        ("Contracts", "StorageDepositTransferredAndReleased") => {
            let (_from, to, amount) = deposit(event)?;
            receipt.deposit -= if to == account { amount } else { 0 };
        }
        ("Contracts", "ContractEmitted") => {
            let (contract, data) = fields(event, "Contracts.ContractEmitted")?;
            receipt.events.push(ContractEvent {
                contract,
                topic: event.topics().first().map(|topic| topic.0),
                data,
            });
        }
        _ => {}
    }
    Ok(())
}

fn deposit(event: &Event<'_, SubstrateConfig>) -> Result<(AccountId, AccountId, i128), ChainError> {
    let (from, to, amount): (AccountId, AccountId, u128) = fields(event, "Contracts.StorageDeposit")?;
    // No chain has 2^127 of anything.
    Ok((from, to, i128::try_from(amount).unwrap_or(i128::MAX)))
}

fn fields<T: Decode>(event: &Event<'_, SubstrateConfig>, what: &'static str) -> Result<T, ChainError> {
    T::decode(&mut event.field_bytes()).map_err(|source| ChainError::Decode { what, source })
}
