//! Calls that a patient signs and somebody else submits.

use crate::{
    acts::{NO_GRANT, decides},
    deployment::{Deployment, HOSPITAL, OTHER_HOSPITAL, PATIENT, STRANGER, account, permit, question},
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_rules::{
    AccountId, GrantId, Hash, Slots, Timestamp,
    consent::{Call, Check, ConsentError, Decision, SignedAct, Terms, messages},
    consortium::{self, ConsortiumError},
    relay::{MAX_RELAY_MS, RelayError, Relayed, call_hash, signed_bytes},
};
use blake2::{Blake2b, Digest, digest::consts::U32};
use scale::Encode;

pub(crate) fn blake2(bytes: &[u8]) -> Hash {
    Hash(Blake2b::<U32>::digest(bytes).into())
}

/// A call as its signer signed it for a contract on a chain.
pub(crate) fn relayed<C: Encode>(
    signer: &AccountKey,
    to: (Hash, AccountId),
    call: C,
    nonce: u64,
    expires: Timestamp,
) -> Relayed<C> {
    let (genesis, contract) = to;
    let message = signed_bytes(&genesis, &contract, &call_hash(&call, blake2), nonce, expires);
    Relayed {
        signer: signer.account(),
        call,
        nonce,
        expires,
        signature: signer.sign(&message),
    }
}

/// What a patient does with their own key.
fn own(patient: &AccountKey, call: Call) -> SignedAct {
    let patient = patient.account();
    SignedAct::Controller { patient, call }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_tokens_grants_through_somebody_else_once_and_as_signed() {
    let deployment = Deployment::with_time().await;
    let Deployment {
        consent, consortium, ..
    } = deployment;
    let genesis = deployment.chain.genesis();
    let patient = AccountKey::generate().expect("a key");
    let now = deployment.now().await;
    let expires = now + 3_600_000;
    let call = own(
        &patient,
        Call::Grant {
            id: GrantId(1),
            terms: permit(now),
        },
    );
    let here = (genesis, consent);
    let send = |relayed| messages::RelayedCall { relayed };
    let good = relayed(&patient, here, call.clone(), 0, expires);
    let wider = own(
        &patient,
        Call::Grant {
            id: GrantId(1),
            terms: Terms {
                slots: Slots::ALL,
                ..permit(now)
            },
        },
    );
    let refusals = [
        (
            relayed(&patient, (Hash([1; 32]), consent), call.clone(), 0, expires),
            RelayError::BadSignature,
            "of another chain",
        ),
        (
            relayed(&patient, (genesis, consortium), call.clone(), 0, expires),
            RelayError::BadSignature,
            "of another contract",
        ),
        (
            Relayed {
                call: wider,
                ..good.clone()
            },
            RelayError::BadSignature,
            "with another argument",
        ),
        (
            Relayed {
                signer: account(PATIENT),
                ..good.clone()
            },
            RelayError::BadSignature,
            "of somebody else",
        ),
        (
            Relayed {
                expires: expires + 1,
                ..good.clone()
            },
            RelayError::BadSignature,
            "with another end",
        ),
        (
            relayed(&patient, here, call.clone(), 1, expires),
            RelayError::WrongNonce { next: 0 },
            "with a later number",
        ),
        (
            relayed(&patient, here, call.clone(), 0, now),
            RelayError::Expired,
            "too late",
        ),
        (
            relayed(&patient, here, call.clone(), 0, now + MAX_RELAY_MS + 3_600_000),
            RelayError::TooFarAhead,
            "that counts for too long",
        ),
    ];
    for (call, expected, what) in refusals {
        let answer = deployment.refused(STRANGER, consent, &send(call)).await;
        assert_eq!(answer, ConsentError::Relay(expected), "a call {what}");
    }
    deployment.send(STRANGER, consent, &send(good.clone())).await;
    let asked = Check {
        patient: patient.account(),
        ..question(now)
    };
    assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(GrantId(1)));
    let answer = deployment.refused(STRANGER, consent, &send(good)).await;
    assert_eq!(
        answer,
        ConsentError::Relay(RelayError::WrongNonce { next: 1 }),
        "a replay"
    );

    let revoke = relayed(&patient, here, own(&patient, Call::RevokeAll), 1, expires);
    deployment.send(STRANGER, consent, &send(revoke)).await;
    assert_eq!(decides(&deployment, &asked).await, NO_GRANT);
    assert_eq!(
        deployment.chain.balance(patient.account()).await.expect("a balance"),
        0,
        "they never had a token"
    );

    // The key directory takes relayed calls, too.
    let key = crate::deployment::set_key();
    let set = consortium::Call::SetKey {
        account: patient.account(),
        key: key.key,
        bundle: key.bundle,
    };
    let call = relayed(&patient, (genesis, consortium), set, 0, expires);
    let message = consortium::messages::Relayed { call };
    deployment.send(STRANGER, consortium, &message).await;
    let found = consortium::messages::KeyOf {
        account: patient.account(),
    };
    let entry = deployment.dry_run(STRANGER, consortium, &found).await;
    assert_eq!(entry.map(|entry| entry.key), Some(key.key));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_without_tokens_registers_and_names_who_may_vouch_through_somebody_else() {
    let deployment = Deployment::with_time().await;
    let Deployment { consortium, .. } = deployment;
    let genesis = deployment.chain.genesis();
    let key = || AccountKey::generate().expect("randomness");
    let (patient, thief) = (key(), key());
    let expires = deployment.now().await + MAX_RELAY_MS / 2;
    let send = |signer: &AccountKey, call, nonce| consortium::messages::Relayed {
        call: relayed(signer, (genesis, consortium), call, nonce, expires),
    };
    let hospital = Some(deployment.named(HOSPITAL).await);
    let other_hospital = Some(deployment.named(OTHER_HOSPITAL).await);
    let name = |named| consortium::Call::NameOrganisation {
        account: patient.account(),
        named,
    };
    let register = consortium::Call::RegisterPatient { named: hospital };
    let named = async || {
        let account = patient.account();
        let message = consortium::messages::Patient { account };
        let kept = deployment.dry_run(STRANGER, consortium, &message).await;
        kept.expect("they are registered").named
    };
    deployment
        .send(STRANGER, consortium, &send(&patient, register, 0))
        .await;
    assert_eq!(named().await, hospital);
    for other in [other_hospital, None] {
        let theirs = send(&thief, name(other), 0);
        let answer = deployment.refused(STRANGER, consortium, &theirs).await;
        assert_eq!(answer, ConsortiumError::NotController);
        assert_eq!(named().await, hospital);
    }
    for (nonce, other) in (1..).zip([other_hospital, None]) {
        let own = send(&patient, name(other), nonce);
        deployment.send(STRANGER, consortium, &own).await;
        assert_eq!(named().await, other);
    }
}
