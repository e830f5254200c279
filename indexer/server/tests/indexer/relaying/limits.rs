//! What a relayer pays at most, and whose deposits it has.
use super::{HOUR_MS, Relaying, act, no, reason, restrict};
use crate::support::{
    caller::now,
    world::{FUNDS, LATER},
};
use aegle_client::{chain::Chain, relayer::RelayerError};
use aegle_indexer::{Indexer, RelayLimits, store::RelayCapacity};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, Purposes, Slots,
    consent::{Call, Effect, Grantee, Guardians, Proxies, Research, Terms},
};
use scale::{Compact, Encode};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_has_limits_that_outlast_a_restart() {
    let relaying = Relaying::new().await;
    let limits = RelayLimits {
        calls_of_one: 3,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(limits).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    for slot in [3, 4] {
        chain
            .call(patient, consent, &act(patient, restrict(slot)))
            .await
            .unwrap();
    }
    let spent = chain.call(patient, consent, &act(patient, restrict(5))).await;
    assert_eq!(reason(spent.unwrap_err()), "relay-quota-spent");
    running.stop().await;
    let running = relaying.start(limits).await;
    let chain = relaying.relayed(&running);
    let spent = chain.call(patient, consent, &act(patient, restrict(5))).await;
    assert_eq!(reason(spent.unwrap_err()), "relay-quota-spent", "after a restart");
    running.stop().await;

    let weight = aegle_chain::dry_run::Weight { time: 1, proof: 1 };
    let deposit = act(
        patient,
        Call::SetGuardians {
            guardians: Guardians {
                accounts: vec![relaying.payer.account()],
                threshold: 1,
                until: now() + 24 * HOUR_MS,
                ..Default::default()
            },
        },
    );
    let default = RelayLimits::DEFAULT;
    for (what, limits, message) in [
        (
            "computation",
            RelayLimits { weight, ..default },
            &act(patient, restrict(5)),
        ),
        ("a deposit", RelayLimits { deposit: 1, ..default }, &deposit),
        (
            "what is held for one",
            RelayLimits {
                deposit_of_one: 1,
                ..default
            },
            &deposit,
        ),
    ] {
        let running = relaying.start(limits).await;
        let dear = relaying.relayed(&running).call(patient, consent, message).await;
        assert_eq!(reason(dear.unwrap_err()), "relay-too-dear", "{what}");
        running.stop().await;
    }
    let poor = RelayLimits {
        least_balance: u64::MAX,
        ..default
    };
    let running = relaying.start(poor).await;
    let poor = relaying
        .relayed(&running)
        .call(patient, consent, &act(patient, restrict(5)))
        .await;
    let poor = no(poor.unwrap_err());
    assert!(matches!(poor, RelayerError::Funds), "{poor:?}");
    running.stop().await;
}

/// A denial to somebody, which needs no keys.
pub(super) fn deny(id: u32, grantee: Grantee, from: u64, until: u64) -> Call {
    let terms = Terms {
        effect: Effect::Deny,
        grantee,
        purposes: Purposes::TREAT,
        slots: Slots::ALL,
        confidentiality: Confidentiality::VeryRestricted,
        from,
        until,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies::NONE,
        threshold: 0,
        document: Hash([8; 32]),
        split: Hash([0; 32]),
    };
    Call::Grant { id: GrantId(id), terms }
}

/// What the relayer has on deposit for the patient.
pub(super) async fn held(relaying: &Relaying, running: &Indexer) -> u64 {
    let account = relaying.patient.account();
    let spent = running.store();
    let spent = spent.relay_spent(&account, &account, RelayCapacity::Controller, None, 0);
    spent.await.unwrap().held
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_deposit_for_a_patient_is_counted_whoever_gets_it_back() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let (world, relayed) = (&relaying.world, relaying.relayed(&running));
    relaying.activate(&relayed).await;
    let (patient, consent) = (&relaying.patient, world.contracts.consent);
    let first = Grantee::Account(AccountId([1; 32]));
    let revoke = |id, grantee| {
        act(
            patient,
            Call::Revoke {
                id: GrantId(id),
                grantee,
            },
        )
    };
    let time = async || world.chain.finalized().await.unwrap().timestamp;
    let registered = held(&relaying, &running).await;
    assert!(registered > 0, "registering stores something");

    let granted = act(patient, deny(1, first, time().await, LATER));
    relayed.call(patient, consent, &granted).await.unwrap();
    let after = held(&relaying, &running).await;
    assert!(after > registered);
    relayed.call(patient, consent, &revoke(1, first)).await.unwrap();
    let back = held(&relaying, &running).await;
    assert!(back < after, "what came back to the relayer is held no more");

    // Who has tokens revokes by themselves, and has the relayer's deposit: it stays counted.
    world
        .chain
        .fund(&world.committee, patient.account(), FUNDS)
        .await
        .unwrap();
    let granted = act(patient, deny(2, first, time().await, LATER));
    relayed.call(patient, consent, &granted).await.unwrap();
    let after = held(&relaying, &running).await;
    world.chain.call(patient, consent, &revoke(2, first)).await.unwrap();
    assert_eq!(held(&relaying, &running).await, after);
    running.stop().await;
    let spent = RelayLimits {
        deposit_of_one: after,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(spent).await;
    let relayed = relaying.relayed(&running);
    let granted = act(patient, deny(3, first, time().await, LATER));
    let refused = relayed.call(patient, consent, &granted).await;
    assert_eq!(
        reason(refused.unwrap_err()),
        "relay-too-dear",
        "no more is lost to them"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_patients_have_paid_for_is_not_freed_for_the_relayer() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let (world, relayed) = (&relaying.world, relaying.relayed(&running));
    relaying.activate(&relayed).await;
    let (patient, consent) = (&relaying.patient, world.contracts.consent);
    world
        .chain
        .fund(&world.committee, patient.account(), FUNDS)
        .await
        .unwrap();
    let grantee = Grantee::Account(AccountId([1; 32]));
    let now = world.chain.finalized().await.unwrap().timestamp;
    let granted = act(patient, deny(1, grantee, now, now + HOUR_MS));
    world.chain.call(patient, consent, &granted).await.unwrap();
    let devchain = world.devchain.as_ref().unwrap();
    devchain.advance(Duration::from_millis(2 * HOUR_MS)).await.unwrap();
    devchain.seal_block().await.unwrap();
    world.settle(&running).await;
    let clear = act(patient, Call::Clear { grantee });
    let harvested = relayed.call(patient, consent, &clear).await;
    assert_eq!(reason(harvested.unwrap_err()), "not-relayed");
    let (_, receipt) = world.chain.call(patient, consent, &clear).await.unwrap();
    assert!(receipt.deposit < 0, "who paid has it back");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_takes_no_more_deposit_than_was_counted() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let (world, relayed) = (&relaying.world, relaying.relayed(&running));
    relaying.activate(&relayed).await;
    let (patient, consent) = (&relaying.patient, world.contracts.consent);
    let grantee = Grantee::Account(AccountId([1; 32]));
    let time = world.chain.finalized().await.unwrap().timestamp;
    let before = held(&relaying, &running).await;
    let granted = act(patient, deny(1, grantee, time, LATER));
    let (_, granted) = relayed.call(patient, consent, &granted).await.unwrap();
    let counted = held(&relaying, &running).await - before;
    assert!(counted > 0);
    let revoked = act(
        patient,
        Call::Revoke {
            id: GrantId(1),
            grantee,
        },
    );
    let (_, revoked) = relayed.call(patient, consent, &revoked).await.unwrap();
    let node = world.chain.node().await.unwrap();
    for (what, receipt, limit) in [("what stores", granted, counted), ("what frees", revoked, 0)] {
        let mut placed = None;
        for place in 0..4 {
            let call = node.call_at(receipt.block_hash, place).await.unwrap();
            placed = placed.or(call.filter(|call| call.contract == consent));
        }
        let placed = placed.expect("the relayed call");
        // The last arguments of `Contracts.call`.
        let end = (Some(Compact(u128::from(limit))), &placed.data).encode();
        assert!(placed.encoded.ends_with(&end), "{what}");
    }
    running.stop().await;
}
