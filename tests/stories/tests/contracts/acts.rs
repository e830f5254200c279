//! Requests, delegation, guardians, emergencies and relayed calls, as they happen.

use crate::deployment::{
    ADMIN, CLINICIAN, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account, grant, permit,
    question,
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, Purposes, Roles, Slot, Slots, Timestamp,
    consent::{
        Acted, Ask, Call, Check, ConsentError, Decision, Denial, Facts, Grantee, Guardians, Parent, Terms, Verdict,
        messages,
    },
    consortium::{self, Limits},
    relay::{MAX_RELAY_MS, RelayError, Relayed, signed_bytes},
};
use blake2::{Blake2b, Digest, digest::consts::U32};
use scale::Encode;
use std::time::Duration;

const NO_GRANT: Decision = Decision::Denied(Denial::NoGrant);

async fn decides(deployment: &Deployment, question: &Check) -> Decision {
    deployment.dry_run(STRANGER, deployment.consent, question).await
}

fn emergency(at: Timestamp) -> Check {
    Check {
        purpose: Purposes::BTG,
        ..question(at)
    }
}

fn break_glass() -> messages::BreakGlass {
    messages::BreakGlass {
        patient: account(PATIENT),
        reason: 3,
        note: Hash([9; 32]),
    }
}

fn after(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_glass_opens_for_hours_and_an_overdue_review_locks_its_clinician_out() {
    let deployment = Deployment::with_time().await;
    let Deployment { consent, .. } = deployment;
    let limits = Limits::DEFAULT;
    let now = deployment.now().await;
    assert_eq!(
        decides(&deployment, &emergency(now)).await,
        Decision::Denied(Denial::GlassClosed)
    );
    for name in [ADMIN, PATIENT, STRANGER] {
        let answer = deployment.dry_run(name, consent, &break_glass()).await;
        assert_eq!(answer, Err(ConsentError::WrongRole), "{name} treats nobody");
    }
    deployment.send(CLINICIAN, consent, &break_glass()).await;
    let opened_at = deployment.now().await;
    assert_eq!(decides(&deployment, &emergency(opened_at)).await, Decision::Glass);
    assert_eq!(
        decides(&deployment, &question(opened_at)).await,
        NO_GRANT,
        "treatment is another purpose"
    );
    let answer = deployment.refused(CLINICIAN, consent, &break_glass()).await;
    assert_eq!(answer, ConsentError::GlassOpen);
    for (at, expected) in [
        (opened_at + limits.glass_ms - 1, Decision::Glass),
        (opened_at + limits.glass_ms, Decision::Denied(Denial::GlassClosed)),
    ] {
        assert_eq!(decides(&deployment, &emergency(at)).await, expected);
    }

    // Not reviewed in time: no glass of anybody's opens to this clinician any more.
    deployment.advance(after(limits.review_ms)).await;
    let other = messages::BreakGlass {
        patient: account(STRANGER),
        ..break_glass()
    };
    let answer = deployment.refused(CLINICIAN, consent, &other).await;
    assert_eq!(answer, ConsentError::ReviewOverdue);
    let review = messages::Review {
        patient: account(PATIENT),
        clinician: account(CLINICIAN),
        opened_at,
        verdict: Verdict::Justified,
        note: Hash([8; 32]),
    };
    for name in [CLINICIAN, OTHER_ADMIN, PATIENT, STRANGER] {
        let answer = deployment.dry_run(name, consent, &review).await;
        assert_eq!(answer, Err(ConsentError::NotReviewer), "{name}");
    }
    deployment.send(ADMIN, consent, &review).await;
    assert_eq!(
        deployment.refused(ADMIN, consent, &review).await,
        ConsentError::UnknownGlass
    );
    deployment.send(CLINICIAN, consent, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn glasses_are_broken_so_often_a_day_and_a_patient_closes_one() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    for number in 0..Limits::DEFAULT.glasses_per_day {
        let message = messages::BreakGlass {
            patient: AccountId([number + 1; 32]),
            ..break_glass()
        };
        deployment.send(CLINICIAN, consent, &message).await;
    }
    let answer = deployment.refused(CLINICIAN, consent, &break_glass()).await;
    assert_eq!(answer, ConsentError::TooManyGlasses);
    deployment.advance(Duration::from_secs(24 * 3_600)).await;
    deployment.send(CLINICIAN, consent, &break_glass()).await;
    let now = deployment.now().await;
    assert_eq!(decides(&deployment, &emergency(now)).await, Decision::Glass);
    let close = messages::CloseGlass {
        clinician: account(CLINICIAN),
    };
    deployment.send(PATIENT, consent, &close).await;
    assert_eq!(
        decides(&deployment, &emergency(now)).await,
        Decision::Denied(Denial::GlassClosed)
    );
    assert_eq!(
        deployment.refused(PATIENT, consent, &close).await,
        ConsentError::UnknownGlass
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_granted_as_asked_or_less_declined_or_left_to_expire() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    let ask = Ask {
        purposes: Purposes::TREAT,
        slots: Slots::default().with(Slot(3)).with(Slot(4)),
        confidentiality: Confidentiality::Normal,
        until: now + 90 * 86_400_000,
        why: Hash([7; 32]),
    };
    let patient = account(PATIENT);
    let request = messages::RequestAccess { patient, ask };
    for name in [ADMIN, STRANGER] {
        let answer = deployment.dry_run(name, consent, &request).await;
        assert_eq!(
            answer,
            Err(ConsentError::WrongRole),
            "{name}: spam needs a role that fits"
        );
    }
    deployment.send(CLINICIAN, consent, &request).await;
    let answer = deployment.refused(CLINICIAN, consent, &request).await;
    assert_eq!(answer, ConsentError::RequestOpen, "one at a time");

    let requester = account(CLINICIAN);
    let approve = |terms| messages::Approve {
        requester,
        id: GrantId(1),
        terms,
    };
    let narrower = Terms {
        slots: Slots::default().with(Slot(3)),
        until: ask.until - 1,
        ..permit(now)
    };
    let wider = Terms {
        until: ask.until + 1,
        ..narrower
    };
    let answer = deployment.refused(PATIENT, consent, &approve(wider)).await;
    assert_eq!(answer, ConsentError::WiderThanAsked);
    deployment.send(PATIENT, consent, &approve(narrower)).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Permitted(GrantId(1))
    );

    deployment.send(CLINICIAN, consent, &request).await;
    deployment
        .send(PATIENT, consent, &messages::Decline { requester })
        .await;
    deployment.send(CLINICIAN, consent, &request).await;
    let clear = messages::ClearRequest { patient, requester };
    assert_eq!(
        deployment.refused(STRANGER, consent, &clear).await,
        ConsentError::RequestOpen
    );
    deployment.advance(after(Limits::DEFAULT.request_ms)).await;
    let late = messages::Approve {
        requester,
        id: GrantId(2),
        terms: narrower,
    };
    assert_eq!(
        deployment.refused(PATIENT, consent, &late).await,
        ConsentError::RequestExpired
    );
    let freed = deployment.send(STRANGER, consent, &clear).await;
    assert!(freed.deposit < 0, "the deposit goes to who clears up");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_passed_on_falls_with_its_parent() {
    let deployment = Deployment::with_hospitals().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    let chain_of = ["Anna", "Ben", "Cleo", "Dora"];
    for (name, organisation) in chain_of
        .iter()
        .zip([OTHER_HOSPITAL, HOSPITAL, OTHER_HOSPITAL, HOSPITAL])
    {
        deployment
            .set_role(name, Roles::CLINICIAN, organisation, Timestamp::MAX)
            .await;
        deployment.fund(name).await;
    }
    let patient = account(PATIENT);
    let delegable = Terms {
        delegable: true,
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(1, delegable)).await;
    let mut parent = Parent {
        grantee: delegable.grantee,
        id: GrantId(1),
    };
    let mut from = CLINICIAN;
    for (number, to) in (1..).zip(chain_of) {
        let terms = Terms {
            grantee: Grantee::Account(account(to)),
            from: delegable.from,
            ..delegable
        };
        let message = messages::Delegate { patient, parent, terms };
        let stranger = deployment.dry_run(STRANGER, consent, &message).await;
        assert_eq!(stranger, Err(ConsentError::NotDelegator));
        if number == 4 {
            let answer = deployment.refused(from, consent, &message).await;
            assert_eq!(answer, ConsentError::ChainTooLong);
            break;
        }
        let wider = messages::Delegate {
            terms: Terms {
                slots: Slots::ALL,
                ..terms
            },
            ..message.clone()
        };
        let answer = deployment.dry_run(from, consent, &wider).await;
        assert_eq!(answer, Err(ConsentError::WiderThanParent));
        deployment.send(from, consent, &message).await;
        let id = GrantId(GrantId::DELEGATED | number);
        let asked = Check {
            requester: account(to),
            ..question(now)
        };
        assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(id), "{to}");
        parent = Parent {
            grantee: terms.grantee,
            id,
        };
        from = to;
    }
    let revoke = messages::Revoke {
        id: GrantId(1),
        grantee: delegable.grantee,
    };
    deployment.send(PATIENT, consent, &revoke).await;
    for name in [CLINICIAN, "Anna", "Ben", "Cleo"] {
        let asked = Check {
            requester: account(name),
            ..question(now)
        };
        assert_eq!(decides(&deployment, &asked).await, NO_GRANT, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_guardians_of_three_grant_for_an_infant_until_it_is_of_age() {
    let deployment = Deployment::with_time().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    let patient = account(PATIENT);
    let guardians = Guardians {
        accounts: vec![account(STRANGER), account(OTHER_ADMIN), account(ADMIN)],
        threshold: 2,
        until: now + 86_400_000,
    };
    let set = messages::SetGuardians {
        guardians: guardians.clone(),
    };
    deployment.send(PATIENT, consent, &set).await;
    let act = messages::GuardianAct {
        patient,
        call: Call::Grant {
            id: GrantId(1),
            terms: permit(now),
        },
    };
    let answer = deployment.dry_run(CLINICIAN, consent, &act).await;
    assert_eq!(answer, Err(ConsentError::NotGuardian));
    let seizing = messages::GuardianAct {
        patient,
        call: Call::SetGuardians { guardians },
    };
    let answer = deployment.dry_run(STRANGER, consent, &seizing).await;
    assert_eq!(answer, Err(ConsentError::NotForGuardians));

    deployment.send(STRANGER, consent, &act).await;
    deployment.send(STRANGER, consent, &act).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        NO_GRANT,
        "one vote, however often"
    );
    let other = messages::GuardianAct {
        patient,
        call: Call::Grant {
            id: GrantId(1),
            terms: Terms {
                slots: Slots::ALL,
                ..permit(now)
            },
        },
    };
    let answer = deployment.dry_run(ADMIN, consent, &other).await;
    assert_eq!(answer, Ok(Acted::Pending { votes: 1 }), "a vote is for one call alone");
    deployment.send(ADMIN, consent, &act).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Permitted(GrantId(1))
    );

    deployment.advance(Duration::from_secs(86_400)).await;
    let revoke = messages::GuardianAct {
        patient,
        call: Call::RevokeAll,
    };
    let answer = deployment.refused(STRANGER, consent, &revoke).await;
    assert_eq!(answer, ConsentError::GuardiansEnded);
}

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
    let message = signed_bytes(&genesis, &contract, &blake2(&call.encode()), nonce, expires);
    Relayed {
        signer: signer.account(),
        call,
        nonce,
        expires,
        signature: signer.sign(&message),
    }
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
    let call = Call::Grant {
        id: GrantId(1),
        terms: permit(now),
    };
    let here = (genesis, consent);
    let send = |relayed| messages::RelayedCall { relayed };
    let good = relayed(&patient, here, call.clone(), 0, expires);
    let wider = Call::Grant {
        id: GrantId(1),
        terms: Terms {
            slots: Slots::ALL,
            ..permit(now)
        },
    };
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

    let revoke = relayed(&patient, here, Call::RevokeAll, 1, expires);
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
async fn treatment_never_opens_a_restricted_slot_and_revoking_all_costs_the_same_for_any_number() {
    let deployment = Deployment::with_hospitals().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    // 42 CFR Part 2: counselling notes are in slot 3; who sees the chain sees a number.
    let notes = Slots::default().with(Slot(3));
    deployment
        .send(PATIENT, consent, &messages::SetRestricted { slots: notes })
        .await;
    let everything_else = Terms {
        slots: Slots(!notes.0),
        confidentiality: Confidentiality::VeryRestricted,
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(1, everything_else)).await;
    assert_eq!(decides(&deployment, &question(now)).await, NO_GRANT);
    let answer = deployment
        .refused(
            PATIENT,
            consent,
            &grant(
                2,
                Terms {
                    slots: Slots::ALL,
                    ..everything_else
                },
            ),
        )
        .await;
    assert_eq!(answer, ConsentError::RestrictedTogether);
    deployment
        .send(
            PATIENT,
            consent,
            &grant(
                2,
                Terms {
                    slots: notes,
                    ..permit(now)
                },
            ),
        )
        .await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Permitted(GrantId(2))
    );

    deployment.send(PATIENT, consent, &messages::RevokeAll {}).await;
    for slot in [3, 4] {
        let asked = Check {
            facts: Facts {
                slot: Slot(slot),
                ..question(now).facts
            },
            ..question(now)
        };
        assert_eq!(decides(&deployment, &asked).await, NO_GRANT, "slot {slot}");
    }
    let epochs = deployment
        .dry_run(
            STRANGER,
            consent,
            &messages::Epochs {
                patient: account(PATIENT),
            },
        )
        .await;
    assert!(
        epochs.epochs.iter().all(|epoch| *epoch == 1),
        "every slot moved on: {epochs:?}"
    );
    let clear = messages::Clear {
        patient: account(PATIENT),
        grantee: everything_else.grantee,
    };
    let freed = deployment.send(STRANGER, consent, &clear).await;
    assert!(freed.deposit < 0, "what is void can be cleared by anybody");
    let next = Terms {
        slots: Slots::default().with(Slot(4)),
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(3, next)).await;
}
