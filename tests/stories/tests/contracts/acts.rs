//! Requests, delegation, guardians and restricted slots, as they happen.

use crate::deployment::{
    ADMIN, CLINICIAN, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account, grant, permit,
    question,
};
use aegle_rules::{
    Confidentiality, GrantId, Hash, Purposes, Roles, Slot, Slots, Timestamp,
    consent::{
        Acted, Ask, Authority, Call, Check, ConsentError, Decision, Denial, Facts, Grantee, Guardians, Parent, Terms,
        messages,
    },
    consortium::Limits,
};
use std::time::Duration;

pub(crate) const NO_GRANT: Decision = Decision::Denied(Denial::NoGrant);

/// What is decided in the last block, about that time or the one asked about, whichever is later.
pub(crate) async fn decides(deployment: &Deployment, question: &Check) -> Decision {
    let asked = Check {
        at: question.at.max(deployment.now().await),
        ..question.clone()
    };
    deployment.dry_run(STRANGER, deployment.consent, &asked).await
}

pub(crate) fn after(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
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
    // Nobody but who paid for it, and the patient, frees it.
    let withdraw = messages::WithdrawRequest { patient };
    for name in [ADMIN, STRANGER] {
        let answer = deployment.dry_run(name, consent, &withdraw).await;
        assert_eq!(answer, Err(ConsentError::UnknownRequest), "{name}");
    }
    let freed = deployment.send(CLINICIAN, consent, &withdraw).await;
    assert!(freed.deposit < 0, "the deposit goes back to the requester");
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
        authority: Authority::Acting,
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

    // What one guardian began is void once the patient has ended everything, however late the others agree.
    let again = messages::GuardianAct {
        patient,
        call: Call::Grant {
            id: GrantId(2),
            terms: permit(now),
        },
    };
    deployment.send(STRANGER, consent, &again).await;
    deployment.send(PATIENT, consent, &messages::RevokeAll {}).await;
    let answer = deployment.dry_run(ADMIN, consent, &again).await;
    assert_eq!(
        answer,
        Ok(Acted::Pending { votes: 1 }),
        "the vote before does not count"
    );

    deployment.advance(Duration::from_secs(86_400)).await;
    let revoke = messages::GuardianAct {
        patient,
        call: Call::RevokeAll,
    };
    let answer = deployment.refused(STRANGER, consent, &revoke).await;
    assert_eq!(answer, ConsentError::GuardiansEnded);
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
        grantee: everything_else.grantee,
    };
    for name in [CLINICIAN, STRANGER] {
        let answer = deployment.dry_run(name, consent, &clear).await;
        assert_eq!(
            answer,
            Err(ConsentError::NothingToClear),
            "{name} gets no deposit of the patient's"
        );
    }
    let freed = deployment.send(PATIENT, consent, &clear).await;
    assert!(freed.deposit < 0, "the patient clears what is void");
    let next = Terms {
        slots: Slots::default().with(Slot(4)),
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(3, next)).await;
}
