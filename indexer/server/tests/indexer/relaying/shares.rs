//! What some may spend of what a relayer pays, so that something is left for others.
use super::{
    HOUR_MS, Relaying, act,
    limits::{deny, held},
    no, reason, relay, restrict,
};
use crate::support::{caller::now, world::LATER};
use aegle_client::{account::AccountKey, chain::Chain, relayer::RelayerError};
use aegle_indexer::{
    RelayLimits,
    store::{NewRelayed, Newcomer, RelayCapacity},
};
use aegle_protocol::wire::Invitation;
use aegle_rules::{
    AccountId, Hash,
    consent::{Call, Grantee, Guardians, SignedAct, messages::GuardianAct},
};

/// A call for a patient that was sent.
pub(super) fn sent(number: u8, patient: AccountId) -> NewRelayed {
    NewRelayed {
        digest: Hash([number; 32]),
        signer: AccountId([number; 32]),
        patient,
        capacity: RelayCapacity::Controller,
        day: now() / (24 * HOUR_MS),
        newcomer: None,
        transaction: vec![number],
        nonce: u64::from(u32::MAX),
        since: 0,
        last: u32::MAX,
        fee: 0,
        reserved: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guardians_of_a_patient_share_what_is_paid_for_and_leave_the_patients_own() {
    let relaying = Relaying::new().await;
    let limits = RelayLimits {
        calls_of_one: 5,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(limits).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    relaying.world.settle(&running).await;
    let patient = relaying.patient.account();
    for number in 0..5 {
        let call = NewRelayed {
            capacity: RelayCapacity::Guardian,
            ..sent(number, patient)
        };
        running.store().take_relayed(&call).await.unwrap();
    }
    let guardian = AccountKey::generate().unwrap();
    let call = Call::RevokeAll;
    let signed = relaying.signed_by(
        &guardian,
        relaying.world.contracts.genesis,
        SignedAct::Guardian { patient, call },
        0,
        now() + HOUR_MS,
    );
    let caller = relaying.world.caller(&running, &guardian);
    let spent = relay(&caller, &signed).await.reason();
    assert_eq!(spent.1, "relay-quota-spent", "a key that has signed nothing yet");
    let own = act(&relaying.patient, restrict(3));
    let own = chain
        .call(&relaying.patient, relaying.world.contracts.consent, &own)
        .await;
    own.expect("the patient has their own");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_patients_key_leaves_room_for_deposits_of_guardians() {
    let relaying = Relaying::new().await;
    let running = relaying.start(RelayLimits::DEFAULT).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    let guardian = AccountKey::generate().unwrap();
    let guardians = Guardians {
        accounts: vec![guardian.account(), relaying.payer.account()],
        threshold: 2,
        until: now() + 24 * HOUR_MS,
        ..Guardians::default()
    };
    let guardians = act(patient, Call::SetGuardians { guardians });
    chain.call(patient, consent, &guardians).await.unwrap();
    let full = held(&relaying, &running).await;
    running.stop().await;

    let running = relaying
        .start(RelayLimits {
            deposit_of_one: full,
            ..RelayLimits::DEFAULT
        })
        .await;
    let chain = relaying.relayed(&running);
    let time = chain.finalized().await.unwrap().timestamp;
    let call = deny(1, Grantee::Account(AccountId([1; 32])), time, LATER);
    let own = chain.call(patient, consent, &act(patient, call.clone())).await;
    assert_eq!(reason(own.unwrap_err()), "relay-too-dear");
    let vote = GuardianAct {
        patient: patient.account(),
        call,
    };
    chain.call(&guardian, consent, &vote).await.unwrap();
    assert!(held(&relaying, &running).await > full, "their vote is stored");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organisation_has_no_more_than_its_share_of_new_patients() {
    let relaying = Relaying::new().await;
    let limits = RelayLimits {
        calls_before_activation: 8,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(limits).await;
    let chain = relaying.relayed(&running);
    let (world, patient) = (&relaying.world, &relaying.patient);
    for number in 0..2 {
        let call = NewRelayed {
            newcomer: Some(Newcomer {
                named: world.organisation,
                invited_by: Some(world.admin.account()),
            }),
            ..sent(number, AccountId([number; 32]))
        };
        running.store().take_relayed(&call).await.unwrap();
    }
    let consortium = world.contracts.consortium;
    let register = relaying.registration(world.organisation).await;
    let spent = chain.call(patient, consortium, &register).await;
    assert_eq!(reason(spent.unwrap_err()), "relay-quota-spent");
    let of_trust = Invitation {
        organisation: world.trust,
        ..relaying.invitation(&running)
    };
    let invitation = relaying.invite(of_trust, &world.trust_admin);
    let chain = relaying.uninvited(&running).invited(invitation);
    let register = relaying.registration(world.trust).await;
    let other = chain.call(patient, consortium, &register).await;
    other.expect("another organisation has a share of its own");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_promised_is_no_balance_to_promise_again() {
    let relaying = Relaying::new().await;
    let limits = RelayLimits {
        spend_a_day: u64::MAX,
        ..RelayLimits::DEFAULT
    };
    let running = relaying.start(limits).await;
    let chain = relaying.relayed(&running);
    relaying.activate(&chain).await;
    let balance = relaying.balance(relaying.payer.account()).await;
    let promised = NewRelayed {
        reserved: balance.try_into().unwrap(),
        ..sent(1, AccountId([1; 32]))
    };
    running.store().take_relayed(&promised).await.unwrap();
    let (patient, consent) = (&relaying.patient, relaying.world.contracts.consent);
    let poor = chain.call(patient, consent, &act(patient, restrict(3))).await;
    let poor = no(poor.unwrap_err());
    assert!(matches!(poor, RelayerError::Funds), "{poor:?}");
    let release = running.store().release_relayed(&promised.digest, &promised.transaction);
    release.await.unwrap();
    let paid = chain.call(patient, consent, &act(patient, restrict(3))).await;
    paid.expect("nothing is promised any more");
    running.stop().await;
}
