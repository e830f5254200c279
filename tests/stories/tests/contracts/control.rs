//! Who acts for a patient: a lost phone, a thief, an infant.

use crate::{
    acts::{NO_GRANT, after, decides},
    deployment::{
        ADMIN, CLINICIAN, Deployment, OTHER_ADMIN, PATIENT, STRANGER, account, denial, grant, key, permit, question,
        set_key,
    },
    relayed::relayed,
};
use aegle_client::{
    account::AccountKey,
    chain::{Chain, Contracts},
    crypto::seed::Seed,
    deployment::OnChain,
    protocol::random::SystemRandom,
    recovery::{self, RecoveryError, RecoveryKey},
};
use aegle_rules::{
    AccountId, GrantId, Purposes, Slots, Timestamp,
    consent::{
        Acted, Authority, CONTROL_DELAY_MS, Call, Check, ConsentError, Decision, Denial, Guardians, RecoveryAct,
        SignedAct, Terms, messages,
    },
    consortium::{self, ConsortiumError},
};

pub(crate) const DAY_MS: u64 = 86_400_000;
/// The key on the patient's new phone.
pub(crate) const PHONE: &str = "Phone";
/// The key of somebody who wants the account.
pub(crate) const THIEF: &str = "Thief";

/// Draws the recovery key of a fresh phrase, which a patient has on paper.
fn paper() -> RecoveryKey {
    RecoveryKey::of(&Seed::generate(&mut SystemRandom))
}

fn contracts(deployment: &Deployment) -> Contracts {
    Contracts {
        genesis: deployment.chain.genesis(),
        consortium: deployment.consortium,
        consent: deployment.consent,
        ledger: deployment.ledger,
    }
}

pub(crate) fn guardians(names: &[&str], threshold: u8, until: Timestamp, authority: Authority) -> Guardians {
    Guardians {
        accounts: names.iter().map(|name| account(name)).collect(),
        threshold,
        until,
        authority,
    }
}

/// What the controller of the patient's account does.
fn act(call: Call) -> messages::Act {
    let patient = account(PATIENT);
    messages::Act { patient, call }
}

/// What guardians of the patient want.
pub(crate) fn want(call: Call) -> messages::GuardianAct {
    let patient = account(PATIENT);
    messages::GuardianAct { patient, call }
}

pub(crate) fn replace(name: &str) -> Call {
    Call::ReplaceController {
        controller: account(name),
    }
}

/// A question about the patient's own record.
fn own(name: &str, at: Timestamp) -> Check {
    Check {
        requester: account(name),
        purpose: Purposes::PATRQT,
        ..question(at)
    }
}

async fn controller(deployment: &Deployment) -> AccountId {
    let patient = account(PATIENT);
    let control = deployment
        .dry_run(STRANGER, deployment.consent, &messages::ControlOf { patient })
        .await;
    control.controller(patient, deployment.now().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn guardians_restore_who_lost_the_phone_and_the_thief_fails_against_the_recovery_key() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    let contracts = contracts(&deployment);
    let aegle = OnChain {
        chain: &deployment.chain,
        contracts: &contracts,
    };
    for name in [PHONE, THIEF] {
        deployment.fund(name).await;
    }
    let now = deployment.now().await;
    let patient = account(PATIENT);
    // The patient writes the recovery key down, and names guardians after that.
    let on_paper = paper();
    let named = Call::SetRecoveryKey {
        key: on_paper.account(),
    };
    deployment.send(PATIENT, consent, &act(named.clone())).await;
    let family = guardians(
        &[STRANGER, OTHER_ADMIN, ADMIN],
        2,
        now + 3_650 * DAY_MS,
        Authority::Acting,
    );
    let set = |guardians| messages::SetGuardians { guardians };
    deployment.send(PATIENT, consent, &set(family.clone())).await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;

    // Whoever has the phone has its key: a thief names accomplices and another recovery key.
    let accomplices = guardians(&[THIEF], 1, now + 3_650 * DAY_MS, Authority::Representing);
    let answer = deployment.refused(PATIENT, consent, &act(named)).await;
    assert_eq!(answer, ConsentError::RecoveryKeyFixed);
    deployment.send(PATIENT, consent, &set(accomplices.clone())).await;
    let answer = deployment.refused(THIEF, consent, &want(replace(THIEF))).await;
    assert_eq!(answer, ConsentError::NotGuardian, "not for three days");
    // The recovery key takes that back; another one does nothing.
    let other = recovery::recover(&aegle, &key(STRANGER), &paper(), patient, RecoveryAct::Veto).await;
    assert!(matches!(other, Err(RecoveryError::OtherKey { .. })), "{other:?}");
    recovery::recover(&aegle, &key(STRANGER), &on_paper, patient, RecoveryAct::Veto)
        .await
        .expect("it may");
    assert_eq!(
        recovery::guardian_change(&aegle, patient).await.expect("an answer"),
        None
    );

    // The guardians let the new phone control the account. The thief ends everything, and vetoes, once.
    deployment.send(STRANGER, consent, &want(replace(PHONE))).await;
    deployment.send(PATIENT, consent, &messages::RevokeAll {}).await;
    deployment.send(ADMIN, consent, &want(replace(PHONE))).await;
    deployment.send(PATIENT, consent, &act(Call::Veto)).await;
    let answer = deployment.refused(PATIENT, consent, &act(Call::Veto)).await;
    assert_eq!(answer, ConsentError::NothingToVeto);
    for name in [STRANGER, ADMIN] {
        deployment.send(name, consent, &want(replace(PHONE))).await;
    }
    let answer = deployment.refused(PATIENT, consent, &act(Call::Veto)).await;
    assert_eq!(answer, ConsentError::VetoUsed);
    // Until then, the thief takes access away at most.
    let now = deployment.now().await;
    let answer = deployment.refused(PATIENT, consent, &grant(2, permit(now))).await;
    assert_eq!(answer, ConsentError::ReplacementPending);
    let answer = deployment.refused(PATIENT, consent, &set(accomplices)).await;
    assert_eq!(answer, ConsentError::ReplacementPending);
    let answer = deployment.refused(PATIENT, deployment.consortium, &set_key()).await;
    assert_eq!(answer, ConsortiumError::ReplacementPending);
    deployment.send(PATIENT, consent, &grant(2, denial(now))).await;
    assert_eq!(
        decides(&deployment, &own(PATIENT, now)).await,
        Decision::Own,
        "it controls yet"
    );
    let answer = deployment.refused(PHONE, consent, &act(Call::RevokeAll)).await;
    assert_eq!(answer, ConsentError::NotController, "the new phone does not yet");

    deployment.advance(after(CONTROL_DELAY_MS)).await;
    assert_eq!(controller(&deployment).await, account(PHONE));
    let now = deployment.now().await;
    assert_eq!(decides(&deployment, &own(PHONE, now)).await, Decision::Own);
    let lost = Decision::Denied(Denial::NotController);
    assert_eq!(decides(&deployment, &own(PATIENT, now)).await, lost);
    for message in [grant(3, permit(now)), grant(3, denial(now))] {
        let answer = deployment.refused(PATIENT, consent, &message).await;
        assert_eq!(answer, ConsentError::NotController);
    }
    let here = (contracts.genesis, consent);
    let call = SignedAct::Controller {
        patient,
        call: Call::RevokeAll,
    };
    let signed = relayed(&key(PATIENT), here, call.clone(), 0, now + DAY_MS / 24);
    let answer = deployment
        .refused(STRANGER, consent, &messages::RelayedCall { relayed: signed })
        .await;
    assert_eq!(answer, ConsentError::NotController, "a replaced key signs nothing");
    // Its keys are what others seal to from now on, and only those of the new phone are.
    let keys = set_key();
    let answer = deployment.refused(PATIENT, deployment.consortium, &keys).await;
    assert_eq!(answer, ConsortiumError::NotController);
    let set = |signer: &AccountKey| {
        let call = consortium::Call::SetKey {
            account: patient,
            key: keys.key,
            bundle: keys.bundle,
        };
        let to = (contracts.genesis, deployment.consortium);
        let call = relayed(signer, to, call, 0, now + DAY_MS / 24);
        consortium::messages::Relayed { call }
    };
    let signed = set(&key(PATIENT));
    let answer = deployment.refused(STRANGER, deployment.consortium, &signed).await;
    assert_eq!(answer, ConsortiumError::NotController, "a replaced key signs nothing");
    deployment
        .send(STRANGER, deployment.consortium, &set(&key(PHONE)))
        .await;
    deployment.send(PHONE, deployment.consortium, &keys).await;
    // The new phone does all of it, relayed too.
    deployment.send(PHONE, consent, &act(Call::RevokeAll)).await;
    let again = Call::Grant {
        id: GrantId(3),
        terms: permit(now),
    };
    let call = SignedAct::Controller { patient, call: again };
    let signed = relayed(&key(PHONE), here, call, 0, now + DAY_MS / 24);
    deployment
        .send(STRANGER, consent, &messages::RelayedCall { relayed: signed })
        .await;
    let permitted = Decision::Permitted(GrantId(3));
    assert_eq!(decides(&deployment, &question(now)).await, permitted);
}

#[tokio::test(flavor = "multi_thread")]
async fn guardians_take_back_together_that_others_are_to_follow_them() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    deployment.fund(THIEF).await;
    let until = deployment.now().await + 3_650 * DAY_MS;
    let set = |names: &[&str], threshold| messages::SetGuardians {
        guardians: guardians(names, threshold, until, Authority::Acting),
    };
    deployment
        .send(PATIENT, consent, &set(&[STRANGER, OTHER_ADMIN, ADMIN], 2))
        .await;
    deployment.send(PATIENT, consent, &set(&[THIEF], 1)).await;
    let patient = account(PATIENT);
    let change = async || {
        let message = messages::GuardianChange { patient };
        deployment.dry_run(STRANGER, consent, &message).await
    };
    assert!(change().await.is_some());
    let answer = deployment.refused(THIEF, consent, &want(Call::Veto)).await;
    assert_eq!(answer, ConsentError::NotGuardian);
    deployment.send(STRANGER, consent, &want(Call::Veto)).await;
    assert!(change().await.is_some(), "one of them is not enough");
    deployment.send(ADMIN, consent, &want(Call::Veto)).await;
    assert_eq!(change().await, None);

    deployment.advance(after(CONTROL_DELAY_MS)).await;
    let answer = deployment.refused(THIEF, consent, &want(replace(THIEF))).await;
    assert_eq!(answer, ConsentError::NotGuardian);
    deployment.send(OTHER_ADMIN, consent, &want(Call::RevokeAll)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_reads_and_acts_for_an_infant_and_the_child_takes_over_at_the_cut_off() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    let cut_off = now + 20 * DAY_MS;
    let (mother, father, grandmother, child) = (STRANGER, OTHER_ADMIN, ADMIN, PHONE);
    deployment.fund(child).await;
    let parents = guardians(&[mother, father], 1, cut_off, Authority::Exclusive);
    let set = messages::SetGuardians {
        guardians: parents.clone(),
    };
    deployment.send(PATIENT, consent, &set).await;
    // For three days the infant's own key, which the mother has, goes on.
    let early = deployment.refused(mother, consent, &want(Call::RevokeAll)).await;
    assert_eq!(early, ConsentError::NotGuardian);
    assert_eq!(decides(&deployment, &own(PATIENT, now)).await, Decision::Own);
    deployment.send(PATIENT, deployment.consortium, &set_key()).await;
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    let now = deployment.now().await;
    let answer = deployment.refused(PATIENT, deployment.consortium, &set_key()).await;
    assert_eq!(answer, ConsortiumError::ExclusiveGuardians);
    // They read what a patient reads, and nobody does with the infant's own key.
    for (name, expected) in [
        (mother, Decision::Representative),
        (father, Decision::Representative),
        (grandmother, Decision::Denied(Denial::Role)),
        (PATIENT, Decision::Denied(Denial::NotController)),
    ] {
        assert_eq!(decides(&deployment, &own(name, now)).await, expected, "{name}");
    }
    for message in [grant(1, permit(now)), grant(1, denial(now))] {
        let answer = deployment.refused(PATIENT, consent, &message).await;
        assert_eq!(answer, ConsentError::ExclusiveGuardians);
    }
    let terms = permit(now);
    let id = GrantId(1);
    deployment.send(mother, consent, &want(Call::Grant { id, terms })).await;
    let permitted = Decision::Permitted(id);
    assert_eq!(decides(&deployment, &question(now)).await, permitted);
    // The infant is handed to others until the same day, and for no longer.
    for (until, accepted) in [(cut_off + DAY_MS, false), (cut_off, true)] {
        let others = guardians(&[grandmother], 1, until, Authority::Exclusive);
        let call = Call::SetGuardians { guardians: others };
        let answer = deployment.dry_run(mother, consent, &want(call.clone())).await;
        let expected = if accepted {
            Ok(Acted::Done)
        } else {
            Err(ConsentError::WrongGuardians)
        };
        assert_eq!(answer, expected);
        if accepted {
            deployment.send(mother, consent, &want(call)).await;
        }
    }
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    let now = deployment.now().await;
    assert_eq!(
        decides(&deployment, &own(mother, now)).await,
        Decision::Denied(Denial::Role)
    );
    let theirs = decides(&deployment, &own(grandmother, now)).await;
    assert_eq!(theirs, Decision::Representative);
    // What the mother's key had named is not hers to end; the grandmother gives the child a key of their own.
    let answer = deployment.refused(mother, consent, &want(Call::RevokeAll)).await;
    assert_eq!(answer, ConsentError::NotGuardian);
    deployment.send(grandmother, consent, &want(replace(child))).await;
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    let answer = deployment.refused(child, consent, &act(Call::RevokeAll)).await;
    assert_eq!(answer, ConsentError::ExclusiveGuardians, "not of age");

    deployment.advance(after(20 * DAY_MS)).await;
    let now = deployment.now().await;
    let answer = deployment.refused(grandmother, consent, &want(Call::RevokeAll)).await;
    assert_eq!(answer, ConsentError::GuardiansEnded);
    assert_eq!(
        decides(&deployment, &own(grandmother, now)).await,
        Decision::Denied(Denial::Role)
    );
    assert_eq!(decides(&deployment, &own(child, now)).await, Decision::Own);
    deployment.send(child, consent, &act(Call::RevokeAll)).await;
    assert_eq!(decides(&deployment, &question(now)).await, NO_GRANT);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_stolen_signature_does_not_end_the_owner_s_acting() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    let contracts = contracts(&deployment);
    let aegle = OnChain {
        chain: &deployment.chain,
        contracts: &contracts,
    };
    deployment.fund(THIEF).await;
    let patient = account(PATIENT);
    let on_paper = paper();
    let named = Call::SetRecoveryKey {
        key: on_paper.account(),
    };
    deployment.send(PATIENT, consent, &act(named)).await;
    let until = deployment.now().await + 3_650 * DAY_MS;
    let alone = messages::SetGuardians {
        guardians: guardians(&[THIEF], 1, until, Authority::Exclusive),
    };
    let payer = key(STRANGER);
    let recover = |act| recovery::recover(&aegle, &payer, &on_paper, patient, act);

    // The thief has signed once. The owner goes on, and the recovery key takes it back.
    deployment.send(PATIENT, consent, &alone).await;
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    assert_eq!(decides(&deployment, &own(PATIENT, now)).await, Decision::Own);
    let not_yet = deployment.refused(THIEF, consent, &want(replace(THIEF))).await;
    assert_eq!(not_yet, ConsentError::NotGuardian);
    recover(RecoveryAct::Veto).await.expect("it waits");
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    let now = deployment.now().await;
    assert_eq!(decides(&deployment, &own(PATIENT, now)).await, Decision::Own);
    let nothing = recover(RecoveryAct::EndExclusive).await;
    assert!(matches!(nothing, Err(RecoveryError::Contract(_))), "{nothing:?}");

    // Nobody has noticed the next time: they act alone, and let a key of theirs follow. The recovery key ends both.
    deployment.send(PATIENT, consent, &alone).await;
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    let now = deployment.now().await;
    let answer = deployment.refused(PATIENT, consent, &grant(2, permit(now))).await;
    assert_eq!(answer, ConsentError::ExclusiveGuardians);
    deployment.send(THIEF, consent, &want(replace(THIEF))).await;
    recover(RecoveryAct::EndExclusive).await.expect("they act alone");
    let answer = deployment.refused(THIEF, consent, &want(replace(THIEF))).await;
    assert_eq!(answer, ConsentError::NotGuardian);
    deployment.advance(after(CONTROL_DELAY_MS)).await;
    assert_eq!(controller(&deployment).await, account(PATIENT));
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(2, permit(now))).await;
    assert_eq!(decides(&deployment, &own(PATIENT, now)).await, Decision::Own);
    let theirs = decides(&deployment, &own(THIEF, now)).await;
    assert_eq!(theirs, Decision::Denied(Denial::Role));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_without_tokens_votes_by_a_signature() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    let contracts = contracts(&deployment);
    let aegle = OnChain {
        chain: &deployment.chain,
        contracts: &contracts,
    };
    let now = deployment.now().await;
    let poor = AccountKey::generate().expect("a key");
    let patient = account(PATIENT);
    let named = Guardians {
        accounts: vec![poor.account(), account(ADMIN)],
        threshold: 2,
        until: now + 10 * DAY_MS,
        authority: Authority::Acting,
    };
    deployment
        .send(PATIENT, consent, &messages::SetGuardians { guardians: named })
        .await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let call = Call::RevokeAll;
    let vote = SignedAct::Guardian { patient, call };
    let signed = recovery::sign(&aegle, &poor, vote).await.expect("a signature");
    let message = messages::RelayedCall { relayed: signed };
    deployment.send(STRANGER, consent, &message).await;
    let answer = deployment.refused(STRANGER, consent, &message).await;
    assert!(matches!(answer, ConsentError::Relay(_)), "once: {answer:?}");
    let permitted = Decision::Permitted(GrantId(1));
    assert_eq!(
        decides(&deployment, &question(now)).await,
        permitted,
        "one is not enough"
    );
    deployment.send(ADMIN, consent, &want(Call::RevokeAll)).await;
    assert_eq!(decides(&deployment, &question(now)).await, NO_GRANT);
    // For whom they are no guardian, they do nothing.
    let elsewhere = SignedAct::Guardian {
        patient: account(CLINICIAN),
        call: Call::RevokeAll,
    };
    let signed = recovery::sign(&aegle, &poor, elsewhere).await.expect("a signature");
    let answer = deployment
        .refused(STRANGER, consent, &messages::RelayedCall { relayed: signed })
        .await;
    assert_eq!(answer, ConsentError::NotGuardian);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_patient_s_consent_is_in_the_hash() {
    let deployment = Deployment::with_hospitals().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    let patient = account(PATIENT);
    let slots = Slots::default().with(aegle_rules::Slot(9));
    let own = |call| act(call);
    let to = permit(now).grantee;
    let until = now + DAY_MS;
    let changes = [
        Call::SetRestricted { slots },
        Call::AdvanceEpochs { slots },
        Call::Grant {
            id: GrantId(1),
            terms: permit(now),
        },
        Call::GrantMany {
            grants: vec![(GrantId(2), denial(now)), (GrantId(3), Terms { until, ..denial(now) })],
        },
        Call::Revoke {
            id: GrantId(1),
            grantee: to,
        },
        Call::RevokeAll,
        Call::Clear { grantee: to },
        Call::SetRecoveryKey { key: patient },
        Call::SetGuardians {
            guardians: guardians(&[STRANGER], 1, until, Authority::Acting),
        },
    ];
    let mut events = Vec::new();
    for call in changes {
        let receipt = deployment.send(PATIENT, consent, &own(call)).await;
        events.extend(receipt.events.iter().filter_map(|emitted| {
            aegle_rules::consent::events::Event::decode(emitted.topic.as_ref()?, &emitted.data)
                .ok()
                .flatten()
        }));
        let told = deployment
            .dry_run(STRANGER, consent, &messages::HistoryOf { patient })
            .await;
        let found = aegle_rules::consent::HistoryHash::of(patient, &events, crate::relayed::blake2);
        assert_eq!(found, told, "after {:?}", events.last());
    }
    assert_eq!(events.len(), 10);
}
