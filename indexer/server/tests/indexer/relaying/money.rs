//! What is paid a day, in the chain's own money.
use super::{Relaying, act, limits::deny, reason, restrict};
use crate::support::world::LATER;
use aegle_client::chain::Chain;
use aegle_indexer::{
    Indexer, RelayLimits,
    store::{RelayCapacity, RelaySpent},
};
use aegle_rules::{
    AccountId,
    consent::{Call, Grantee},
    consortium::Action,
};

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
    let revoke = Call::Revoke {
        id: aegle_rules::GrantId(1),
        grantee,
    };
    chain.call(patient, consent, &act(patient, revoke)).await.unwrap();
    let revoked = spent(&relaying, &running).await;
    assert!(revoked.held < granted.held, "some came back");
    assert!(revoked.cost > granted.cost, "the fee was paid");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_access_is_relayed_when_the_rest_is_spent() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    let time = chain.finalized().await.unwrap().timestamp;
    // Until a quarter of what was spent pays for a call.
    for number in 1..=6 {
        let grant = deny(number.into(), Grantee::Account(AccountId([number; 32])), time, LATER);
        chain.call(patient, consent, &act(patient, grant)).await.unwrap();
    }
    let cost = spent(&relaying, &running).await.cost;
    assert_eq!(cost, spent(&relaying, &running).await.cost_of_patient);
    running.stop().await;
    let in_all = RelayLimits {
        spend_a_day: cost + 1,
        ..RelayLimits::DEFAULT
    };
    let of_one = RelayLimits {
        spend_of_one: cost + 1,
        ..RelayLimits::DEFAULT
    };
    let calls = RelayLimits {
        calls_in_all: 1,
        ..RelayLimits::DEFAULT
    };
    for limits in [in_all, of_one] {
        let running = relaying.start(limits).await;
        let chain = relaying.relayed(&running);
        let refused = chain.call(patient, consent, &act(patient, restrict(3))).await;
        assert_eq!(reason(refused.unwrap_err()), "relay-quota-spent", "{limits:?}");
        let ended = chain.call(patient, consent, &act(patient, Call::RevokeAll)).await;
        ended.expect("it has money of its own");
        running.stop().await;
    }
    // A quarter of one call is one call.
    let running = relaying.start(calls).await;
    let chain = relaying.relayed(&running);
    let refused = chain.call(patient, consent, &act(patient, Call::RevokeAll)).await;
    assert_eq!(
        reason(refused.unwrap_err()),
        "relay-quota-spent",
        "that has an end, too"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn for_patients_of_a_suspended_organisation_only_what_ends_access_is_relayed() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    let organisation = relaying.world.organisation;
    relaying.decide(Action::Suspend { organisation }).await;
    relaying.world.settle(&running).await;
    let refused = chain.call(patient, consent, &act(patient, restrict(3))).await;
    assert_eq!(reason(refused.unwrap_err()), "not-activated");
    let ended = chain.call(patient, consent, &act(patient, Call::RevokeAll)).await;
    ended.expect("to end access needs nobody's standing");
    relaying.decide(Action::Reinstate { organisation }).await;
    relaying.world.settle(&running).await;
    let paid = chain.call(patient, consent, &act(patient, restrict(3))).await;
    paid.expect("the organisation is back");
    running.stop().await;
}
