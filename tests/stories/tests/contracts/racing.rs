//! Two programs that send with one key at the same time, at the block times of real chains: both succeed, and what they
//! send is carried out once.

use crate::deployment::{COMMITTEE, Deployment, PATIENT, account, fresh_account, key, set_key};
use aegle_client::{
    account::AccountKey,
    chain::{Chain, ChainError, Receipt},
    native::ChainClient,
};
use aegle_devchain::{Devchain, Options, Sealing};
use aegle_rules::AccountId;
use std::{collections::HashSet, time::Duration};
use subxt::{
    config::DefaultExtrinsicParamsBuilder,
    dynamic::{self, Value},
};

/// What is sent each time, in the chain's smallest unit: enough for an account to exist.
const AMOUNT: u128 = 1_000_000_000_000;
/// The block time of public chains.
const PUBLIC_BLOCK_TIME: Duration = Duration::from_secs(6);
/// The block time of fast ones.
const FAST_BLOCK_TIME: Duration = Duration::from_secs(2);
/// A block time that no test sees the end of: blocks come when the test says so.
const BY_HAND: Duration = Duration::from_secs(3_600);
/// The pause before a test looks again.
const PAUSE: Duration = Duration::from_millis(100);

async fn devchain(sealing: Sealing) -> Devchain {
    let options = Options {
        sealing,
        ..Options::default()
    };
    Devchain::start(options).await.expect("the devchain starts")
}

async fn connect(url: &str) -> ChainClient {
    ChainClient::connect(url).await.expect("the chain is there")
}

/// Sends to `receiver`, one transaction after the other.
async fn send(
    client: &ChainClient,
    sender: &AccountKey,
    receiver: AccountId,
    rounds: usize,
) -> Result<Vec<Receipt>, ChainError> {
    let mut receipts = Vec::new();
    for _ in 0..rounds {
        receipts.push(client.fund(sender, receiver, AMOUNT).await?);
    }
    Ok(receipts)
}

/// Lets two programs send with one key that was not used before, and checks that each transaction was carried out once.
async fn race(url: &str, sender: &AccountKey, rounds: usize) {
    let clients = [connect(url).await, connect(url).await];
    let receivers = [fresh_account(), fresh_account()];
    let (first, second) = tokio::join!(
        send(&clients[0], sender, receivers[0], rounds),
        send(&clients[1], sender, receivers[1], rounds)
    );
    let receipts = [first.expect("the first program"), second.expect("the second program")].concat();
    let transactions: HashSet<_> = receipts.iter().map(|receipt| receipt.transaction.0).collect();
    assert_eq!(transactions.len(), 2 * rounds, "each receipt is of another transaction");
    for receiver in receivers {
        let balance = clients[0].balance(receiver).await.expect("a balance");
        assert_eq!(balance, rounds as u128 * AMOUNT, "each transaction is carried out once");
    }
    let nonce = clients[0]
        .node()
        .await
        .expect("a connection")
        .next_nonce(sender.account())
        .await;
    assert_eq!(nonce.expect("a nonce"), 2 * rounds as u64, "nothing else was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_share_a_key_at_instant_sealing() {
    let deployment = Deployment::empty().await;
    let sender = AccountKey::generate().expect("a key");
    let money = 1_000 * AMOUNT;
    let funded = deployment.chain.fund(&key(COMMITTEE), sender.account(), money).await;
    funded.expect("the committee has money");
    race(&deployment.url, &sender, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_share_a_key_at_fast_blocks() {
    let chain = devchain(Sealing::Every(FAST_BLOCK_TIME)).await;
    race(&chain.ws_url(), &key(COMMITTEE), 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_share_a_key_at_public_block_time() {
    let chain = devchain(Sealing::Every(PUBLIC_BLOCK_TIME)).await;
    race(&chain.ws_url(), &key(COMMITTEE), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_call_a_contract_at_fast_blocks() {
    let deployment = Deployment::at_block_time(FAST_BLOCK_TIME).await;
    let other = connect(&deployment.url).await;
    let (patient, consortium, message) = (key(PATIENT), deployment.consortium, set_key());
    let (first, second) = tokio::join!(
        deployment.chain.call(&patient, consortium, &message),
        other.call(&patient, consortium, &message)
    );
    let (first, second) = (
        first.expect("the first program").1,
        second.expect("the second program").1,
    );
    assert_ne!(first.transaction, second.transaction);
    assert_eq!((first.events.len(), second.events.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_loses_its_nonce_in_the_pool_is_sent_again() {
    let chain = devchain(Sealing::Every(BY_HAND)).await;
    let url = chain.ws_url();
    let (client, receiver) = (connect(&url).await, fresh_account());
    let sending = tokio::spawn(async move { send(&client, &key(COMMITTEE), receiver, 1).await });
    let rival = connect(&url).await;
    while rival
        .node()
        .await
        .expect("a connection")
        .next_nonce(account(COMMITTEE))
        .await
        .expect("a nonce")
        == 0
    {
        tokio::time::sleep(PAUSE).await;
    }
    // The same nonce with a tip: it takes the other one's place.
    let rival_receiver = fresh_account();
    outbid(&rival, &key(COMMITTEE), rival_receiver).await;
    while !sending.is_finished() {
        chain.seal_block().await.expect("a block");
        tokio::time::sleep(PAUSE).await;
    }
    sending.await.expect("no panic").expect("it is sent again");
    for receiver in [receiver, rival_receiver] {
        assert_eq!(rival.balance(receiver).await.expect("a balance"), AMOUNT);
    }
    assert_eq!(
        rival
            .node()
            .await
            .expect("a connection")
            .next_nonce(account(COMMITTEE))
            .await
            .expect("a nonce"),
        2
    );
}

/// Submits a transfer with the account's first nonce that pays more than any without a tip.
async fn outbid(client: &ChainClient, signer: &AccountKey, receiver: AccountId) {
    let fields = vec![
        Value::unnamed_variant("Id", [Value::from_bytes(receiver.0)]),
        Value::u128(AMOUNT),
    ];
    let call = dynamic::transaction("Balances", "transfer_keep_alive", fields);
    let parameters = DefaultExtrinsicParamsBuilder::new()
        .immortal()
        .nonce(0)
        .tip(AMOUNT)
        .build();
    let transactions = client
        .node()
        .await
        .expect("a connection")
        .api()
        .transactions()
        .await
        .expect("an answer");
    let mut signable = transactions
        .create_signable_offline(&call, parameters)
        .expect("a transfer");
    let signed = signable.sign(signer).expect("a signature");
    signed.submit_and_watch().await.expect("the pool takes it");
}
