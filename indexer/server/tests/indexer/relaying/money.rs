//! What is paid a day, in the chain's own money.
use super::{Relaying, act, limits::deny, reason, restrict};
use crate::support::world::LATER;
use aegle_client::chain::Chain;
use aegle_indexer::{
    Indexer, RelayLimits,
    store::{RelayCapacity, RelaySpent},
};
use aegle_rules::{AccountId, consent::Grantee};

/// What was spent today.
async fn spent(relaying: &Relaying, running: &Indexer) -> RelaySpent {
    let (account, day) = (relaying.patient.account(), crate::support::caller::now() / 86_400_000);
    let store = running.store();
    let spent = store.relay_spent(&account, &account, RelayCapacity::Controller, None, day);
    spent.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_a_day_is_counted_as_it_was_charged_and_outlasts_a_restart() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let before = relaying.balance(relaying.payer.account()).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    let time = chain.finalized().await.unwrap().timestamp;
    let grant = deny(1, Grantee::Account(AccountId([1; 32])), time, LATER);
    chain.call(patient, consent, &act(patient, grant)).await.unwrap();
    let charged = before - relaying.balance(relaying.payer.account()).await;
    let found = spent(&relaying, &running).await;
    assert_eq!(u128::from(found.cost), charged, "fees and deposits, to the last unit");
    assert_eq!(found.promised, 0);
    running.stop().await;

    let limits = RelayLimits {
        spend_a_day: found.cost + 1,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(limits).await;
    let chain = relaying.relayed(&running);
    let refused = chain.call(patient, consent, &act(patient, restrict(3))).await;
    assert_eq!(
        reason(refused.unwrap_err()),
        "relay-quota-spent",
        "its fee is more than 1"
    );
    assert_eq!(spent(&relaying, &running).await.cost, found.cost, "nothing was paid");
    running.stop().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let chain = relaying.relayed(&running);
    let paid = chain.call(patient, consent, &act(patient, restrict(3))).await;
    paid.expect("there is more");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_makes_no_room_in_a_day() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    let grantee = Grantee::Account(AccountId([1; 32]));
    let time = chain.finalized().await.unwrap().timestamp;
    let grant = act(patient, deny(1, grantee, time, LATER));
    chain.call(patient, consent, &grant).await.unwrap();
    let granted = spent(&relaying, &running).await;
    let revoke = aegle_rules::consent::Call::Revoke {
        id: aegle_rules::GrantId(1),
        grantee,
    };
    chain.call(patient, consent, &act(patient, revoke)).await.unwrap();
    let revoked = spent(&relaying, &running).await;
    assert!(revoked.held < granted.held, "some came back");
    assert!(revoked.cost > granted.cost, "the fee was paid");
    running.stop().await;
}
