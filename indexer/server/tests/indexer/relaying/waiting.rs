//! Calls that are not final yet: they keep nobody else waiting, are paid once, and end.
use super::{HOUR_MS, Relaying, relay, restrict, shares::sent};
use crate::support::{caller::now, world::PATIENCE};
use aegle_client::account::AccountKey;
use aegle_indexer::{
    RelayLimits,
    store::{NewRelayed, RelayedState},
};
use aegle_protocol::wire::RelayAnswer;
use aegle_rules::{AccountId, Hash, consent::SignedAct};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// More than the calls that a relayer works on at the same time.
const COPIES: usize = 70;

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_call_and_others_of_its_signer_take_nobodys_place() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let world = &relaying.world;
    relaying.activate(&relaying.relayed(&running)).await;
    world.settle(&running).await;
    let devchain = world.devchain.as_ref().unwrap();
    let key = || AccountKey::generate().unwrap();
    // Each with the budget of an account.
    let strangers: Vec<_> = (0..COPIES).map(|_| key()).collect();
    let callers: Vec<_> = strangers.iter().map(|key| world.caller(&running, key)).collect();
    let paid = async || {
        let node = world.chain.node().await.unwrap();
        node.finalized_nonce(relaying.payer.account()).await.unwrap()
    };
    let before = paid().await;

    devchain.hold_finality(true);
    let request = relaying.signed(restrict(3), 0);
    let copies = join_all(callers.iter().map(|caller| relay(caller, &request)));
    let others = timeout(PATIENCE, async {
        while relaying.nonce().await == 0 {
            sleep(Duration::from_millis(50)).await;
        }
        // The copies come in.
        sleep(Duration::from_secs(2)).await;
        let stranger = key();
        let caller = world.caller(&running, &stranger);
        let patient = stranger.account();
        let call = restrict(3);
        let act = SignedAct::Controller { patient, call };
        let other = relaying.signed_by(&stranger, world.contracts.genesis, act, 0, now() + HOUR_MS);
        assert_eq!(
            relay(&caller, &other).await.reason().1,
            "not-activated",
            "it is looked at"
        );
        let next = relaying.signed(restrict(4), 1);
        let twice = relaying.signed_for(world.contracts.genesis, restrict(3), 0, now() + HOUR_MS / 2);
        for (what, request) in [("the next act", next), ("the same act, signed twice", twice)] {
            assert_eq!(relay(&caller, &request).await.reason().1, "relay-pending", "{what}");
        }
        devchain.hold_finality(false);
        devchain.seal_block().await.unwrap();
    });
    let (answers, others) = tokio::join!(copies, others);
    others.expect("nobody waits");
    let (mut places, mut busy) = (Vec::new(), 0);
    for answer in answers {
        match answer.status {
            200 => places.push(answer.json::<RelayAnswer>().place.unwrap()),
            _ => {
                assert_eq!(answer.reason().1, "busy");
                busy += 1;
            }
        }
    }
    assert!(places.len() > 10, "those who wait are answered: {busy} are not");
    places.dedup();
    assert_eq!(places.len(), 1, "all the same: {places:?}");
    assert_eq!(paid().await, before + 1, "paid once");
    let next: RelayAnswer = relay(&callers[0], &relaying.signed(restrict(4), 1)).await.json();
    assert!(next.place.is_some(), "the next act, once the first is final");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_whose_transactions_have_died_are_released_though_others_cannot_be_read() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    for number in [1, 2] {
        let dead = NewRelayed {
            last: 1,
            reserved: 7,
            ..sent(number, AccountId([3; 32]))
        };
        running.store().take_relayed(&dead).await.unwrap();
    }
    let client = relaying.world.database.connect().await;
    let broken = "update relayed_calls set transaction_nonce = -1 where digest = $1";
    let changed = client.execute(broken, &[&&[1_u8; 32][..]]).await.unwrap();
    assert_eq!(changed, 1);
    running.stop().await;

    let running = relaying.start(RelayLimits::DEFAULT).await;
    let released = timeout(PATIENCE, async {
        while running.store().relayed(&Hash([2; 32])).await.unwrap() != Some(RelayedState::Released) {
            sleep(Duration::from_millis(50)).await;
        }
    });
    released.await.expect("the transaction can do nothing any more");
    assert!(running.store().relayed(&Hash([1; 32])).await.is_err());
    running.stop().await;
}
