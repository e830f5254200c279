//! Transactions that end: the chain takes them for so many blocks, and the call is signed anew after that, once.
use super::{HOUR_MS, Relaying, relay, restrict};
use crate::support::{
    caller::now,
    world::{PATIENCE, World},
};
use aegle_chain::{
    dry_run::Weight,
    node::{ContractCall, Node, SignedTransaction, SubmitError},
};
use aegle_indexer::{
    RelayLimits,
    store::{NewRelayed, RelayCapacity, RelayedState},
};
use aegle_protocol::wire::RelayAnswer;
use aegle_rules::AccountId;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A transaction of the committee's that does nothing: there is no such contract.
async fn sign(world: &World, node: &Node) -> SignedTransaction {
    let call = ContractCall {
        contract: AccountId([7; 32]),
        gas_limit: Weight {
            time: 1_000_000_000,
            proof: 10_000,
        },
        deposit_limit: 0,
        data: &[],
    };
    let account = world.committee.account();
    let signed = node.sign_call(account, &call, |payload| world.committee.sign(payload));
    signed.await.unwrap()
}

/// Seals blocks until the best one has a number.
async fn seal_until(world: &World, number: u32) {
    let devchain = world.devchain.as_ref().unwrap();
    while devchain.seal_block().await.unwrap().number < number {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_block_of_a_transaction_has_it_and_no_later_one() {
    let world = World::on_devchain().await;
    let node = world.chain.node().await.unwrap();
    let late = sign(&world, &node).await;
    seal_until(&world, late.last).await;
    let refused = node.submit(&late.encoded).await;
    assert!(matches!(refused, Err(SubmitError::Refused(_))), "{refused:?}");

    let just = sign(&world, &node).await;
    assert!(just.last > late.last, "the head is later");
    assert!(
        node.fee(node.finalized().await.unwrap().hash, &just.encoded)
            .await
            .unwrap()
            > 0
    );
    seal_until(&world, just.last - 1).await;
    node.submit(&just.encoded).await.unwrap();
    let placed = timeout(PATIENCE, async {
        loop {
            if let Some(hash) = node.hash_of(just.last).await.unwrap() {
                break node.transaction_events(hash, &just.encoded).await.unwrap();
            }
            sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(
        placed.await.expect("the block is sealed").is_some(),
        "in its last block"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_transaction_died_is_signed_anew_and_paid_once() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let world = &relaying.world;
    relaying.activate(&relaying.relayed(&running)).await;
    world.settle(&running).await;
    let node = world.chain.node().await.unwrap();
    let payer = relaying.payer.account();
    let request = relaying.signed(restrict(3), 0);
    let digest = request.verify(&world.contracts, now()).unwrap().digest();
    let head = node.finalized().await.unwrap();
    // What was noted, and no node has: it was lost on the way.
    let transaction = sign(world, &node).await;
    let nonce = node.finalized_nonce(payer).await.unwrap();
    let lost = NewRelayed {
        digest,
        signer: relaying.patient.account(),
        patient: relaying.patient.account(),
        capacity: RelayCapacity::Controller,
        day: now() / (24 * HOUR_MS),
        newcomer: None,
        // Not as it is: the node cannot take it.
        transaction: transaction.encoded[..transaction.encoded.len() - 1].to_vec(),
        nonce,
        since: head.number,
        last: transaction.last,
        fee: 5,
        reserved: 7,
    };
    let (account, day) = (lost.patient, lost.day);
    let spent = async || {
        let store = running.store();
        let spent = store.relay_spent(&account, &account, RelayCapacity::Controller, None, day);
        spent.await.unwrap()
    };
    let before = spent().await;
    running.store().take_relayed(&lost).await.unwrap();
    let promised = spent().await;
    assert_eq!(
        (promised.promised, promised.cost - before.cost),
        (12, 12),
        "it may cost so much"
    );
    assert_eq!(promised.held - before.held, 7);
    let caller = world.caller(&running, &relaying.patient);

    seal_until(world, transaction.last - 1).await;
    let early = timeout(Duration::from_secs(3), relay(&caller, &request)).await;
    assert!(early.is_err(), "it can come still: {early:?}");
    assert_eq!(relaying.nonce().await, 0);
    seal_until(world, transaction.last).await;
    let released = timeout(PATIENCE, async {
        while running.store().relayed(&digest).await.unwrap() != Some(RelayedState::Released) {
            sleep(Duration::from_millis(50)).await;
        }
    });
    released.await.expect("no later block has it");
    let after = spent().await;
    assert_eq!(
        (after.cost, after.held, after.promised),
        (before.cost, before.held, 0),
        "it cost nothing"
    );
    let answered = timeout(PATIENCE, async {
        loop {
            // As long as the first request is not answered, it is its answer that is waited for.
            match relay(&caller, &request).await {
                answer if answer.status == 200 => break answer.json::<RelayAnswer>(),
                answer => assert_eq!(answer.reason().1, "relay-pending"),
            }
        }
    });
    let place = answered.await.unwrap().place.expect("it is carried out");
    assert_eq!(relaying.nonce().await, 1);
    assert_eq!(node.finalized_nonce(payer).await.unwrap(), nonce + 1, "paid once");
    let again: RelayAnswer = relay(&caller, &request).await.json();
    assert_eq!(again.place, Some(place));
    assert_eq!(node.finalized_nonce(payer).await.unwrap(), nonce + 1);
    running.stop().await;
}
