//! Grants, their revocation, and the decision.

use crate::{
    acts::{NO_GRANT, decides},
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, PATIENT, STRANGER, account, denial, deploy,
        grant, permit, question,
    },
};
use aegle_rules::{
    GrantId, Hash, OrganisationId, Purposes, Roles, Slot, Slots, Timestamp,
    consent::{
        Check, ConsentError, Decision, Denial, Facts, Grantee, MAX_GRANTS_PER_GRANTEE, Terms,
        events::{Event, Granted, RestrictedSet, Revoked},
        messages::{Grants, NextGrant, Restricted, Revoke, SetRestricted},
    },
    consortium::{
        AccountRoles, Action, Role,
        notices::{Notice, Notify},
    },
    message::Message,
};

fn events(receipt: &aegle_client::chain::Receipt) -> Vec<Event> {
    let decode = |event: &aegle_client::chain::Emitted| {
        Event::decode(&event.topic.expect("every event is signed"), &event.data)
            .expect("it decodes")
            .expect("known")
    };
    receipt.events.iter().map(decode).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_permits_until_it_is_revoked_and_the_events_tell_both() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let (patient, terms) = (account(PATIENT), permit(now));
    let asked = question(now);
    assert_eq!(decides(&deployment, &asked).await, NO_GRANT);

    let receipt = deployment.send(PATIENT, deployment.consent, &grant(1, terms)).await;
    // The block came after what the patient knew: nothing is granted for the time before it.
    let from = deployment.now().await;
    assert!(from > now, "{from} after {now}");
    let terms = Terms { from, ..terms };
    assert_eq!(
        events(&receipt),
        [Event::Granted(Granted {
            patient,
            id: GrantId(1),
            version: 0,
            terms
        })]
    );
    assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(GrantId(1)));
    let stored = Grants {
        patient,
        grantee: terms.grantee,
    };
    assert_eq!(
        deployment.dry_run(STRANGER, deployment.consent, &stored).await,
        [(GrantId(1), terms)]
    );
    assert_eq!(
        deployment
            .dry_run(STRANGER, deployment.consent, &NextGrant { patient })
            .await,
        GrantId(2)
    );

    let revoke = Revoke {
        id: GrantId(1),
        grantee: terms.grantee,
    };
    for name in [CLINICIAN, ADMIN, STRANGER] {
        let answer = deployment.dry_run(name, deployment.consent, &revoke).await;
        assert_eq!(
            answer,
            Err(ConsentError::UnknownGrant),
            "{name} has given no such grant"
        );
    }
    let receipt = deployment.send(PATIENT, deployment.consent, &revoke).await;
    assert_eq!(
        events(&receipt),
        [Event::Revoked(Revoked {
            patient,
            id: GrantId(1),
            grantee: terms.grantee,
            version: 1,
        })]
    );
    assert!(receipt.deposit < 0, "the deposit comes back: {}", receipt.deposit);
    assert_eq!(decides(&deployment, &asked).await, NO_GRANT);
    assert_eq!(deployment.dry_run(STRANGER, deployment.consent, &stored).await, []);
    assert_eq!(
        deployment.refused(PATIENT, deployment.consent, &revoke).await,
        ConsentError::UnknownGrant
    );
    assert_eq!(
        deployment.refused(PATIENT, deployment.consent, &grant(1, terms)).await,
        ConsentError::GrantIdTaken
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_level_wins_and_a_denial_overrides_on_its_level() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let to_hospital = Grantee::Organisation(HOSPITAL);
    let asked = question(now);
    for (id, terms, expected) in [
        (
            1,
            Terms {
                grantee: to_hospital,
                ..permit(now)
            },
            Decision::Permitted(GrantId(1)),
        ),
        (
            2,
            Terms {
                grantee: to_hospital,
                ..denial(now)
            },
            Decision::Denied(Denial::DeniedBy(GrantId(2))),
        ),
        (3, permit(now), Decision::Permitted(GrantId(3))),
        (4, denial(now), Decision::Denied(Denial::DeniedBy(GrantId(4)))),
    ] {
        deployment.send(PATIENT, deployment.consent, &grant(id, terms)).await;
        assert_eq!(decides(&deployment, &asked).await, expected, "after grant {id}");
    }
    let elsewhere = Check {
        requester: account(OTHER_ADMIN),
        purpose: Purposes::HOPERAT,
        ..question(now)
    };
    assert_eq!(decides(&deployment, &elsewhere).await, NO_GRANT);
    let own = Check {
        requester: account(PATIENT),
        ..question(now)
    };
    assert_eq!(decides(&deployment, &own).await, Decision::Own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restricted_slot_needs_a_grant_of_its_own() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let (patient, slots) = (account(PATIENT), Slots::default().with(Slot(3)));
    let asked = question(now);
    deployment
        .send(PATIENT, deployment.consent, &grant(1, permit(now)))
        .await;
    assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(GrantId(1)));

    let receipt = deployment
        .send(PATIENT, deployment.consent, &SetRestricted { slots })
        .await;
    assert_eq!(
        events(&receipt),
        [Event::RestrictedSet(RestrictedSet { patient, slots })]
    );
    assert_eq!(
        deployment
            .dry_run(STRANGER, deployment.consent, &Restricted { patient })
            .await,
        slots
    );
    assert_eq!(
        decides(&deployment, &asked).await,
        NO_GRANT,
        "the wide grant does not count any more"
    );
    let other_slot = Check {
        facts: Facts {
            slot: Slot(4),
            ..asked.facts
        },
        ..asked.clone()
    };
    assert_eq!(decides(&deployment, &other_slot).await, Decision::Permitted(GrantId(1)));
    let answer = deployment
        .refused(PATIENT, deployment.consent, &grant(2, permit(now)))
        .await;
    assert_eq!(answer, ConsentError::RestrictedTogether);

    deployment
        .send(PATIENT, deployment.consent, &grant(2, Terms { slots, ..permit(now) }))
        .await;
    assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(GrantId(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_organisation_is_not_granted_to_and_its_grants_do_not_permit() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let to_hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..permit(now)
    };
    deployment
        .send(PATIENT, deployment.consent, &grant(1, to_hospital))
        .await;
    deployment.enact(Action::Suspend { organisation: HOSPITAL }).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Denied(Denial::Role)
    );
    let answer = deployment
        .refused(PATIENT, deployment.consent, &grant(2, to_hospital))
        .await;
    assert_eq!(answer, ConsentError::GranteeOrganisation);
    let unknown = Terms {
        grantee: Grantee::Organisation(OrganisationId(9)),
        ..permit(now)
    };
    let answer = deployment
        .refused(PATIENT, deployment.consent, &grant(2, unknown))
        .await;
    assert_eq!(answer, ConsentError::GranteeOrganisation);

    deployment.enact(Action::Reinstate { organisation: HOSPITAL }).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Permitted(GrantId(1))
    );
    deployment
        .enact(Action::RevokeRole {
            account: account(CLINICIAN),
        })
        .await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Denied(Denial::Role)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_grants_stand_at_once_as_the_limit_says() {
    let deployment = Deployment::with_hospitals().await;
    let terms = permit(deployment.now().await);
    let limit = u32::try_from(MAX_GRANTS_PER_GRANTEE).expect("a small number");
    for id in 1..=limit {
        deployment.send(PATIENT, deployment.consent, &grant(id, terms)).await;
    }
    let one_more = grant(limit + 1, terms);
    assert_eq!(
        deployment.refused(PATIENT, deployment.consent, &one_more).await,
        ConsentError::TooManyGrants
    );
    let revoke = Revoke {
        id: GrantId(7),
        grantee: terms.grantee,
    };
    deployment.send(PATIENT, deployment.consent, &revoke).await;
    deployment.send(PATIENT, deployment.consent, &one_more).await;
    let stored = Grants {
        patient: account(PATIENT),
        grantee: terms.grantee,
    };
    let ids: Vec<u32> = deployment
        .dry_run(STRANGER, deployment.consent, &stored)
        .await
        .iter()
        .map(|(id, _)| id.0)
        .collect();
    let expected: Vec<u32> = (1..=limit + 1).filter(|id| *id != 7).collect();
    assert_eq!(ids, expected, "oldest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_consortium_tells_of_roles_and_without_it_nobody_has_one() {
    let deployment = Deployment::with_hospitals().await;
    let now = deployment.now().await;
    let role = Role {
        roles: Roles::CLINICIAN,
        organisation: HOSPITAL,
        until: Timestamp::MAX,
    };
    let roles = AccountRoles::default().with(role, 0).expect("the first one");
    let notice = Notice::roles(account(STRANGER), &roles);
    let notify = Notify { notice };
    for name in [COMMITTEE, ADMIN, CLINICIAN, PATIENT, STRANGER] {
        for contract in [deployment.consent, deployment.ledger] {
            let answer = deployment.raw(name, contract, &notify.call_data(), 0).await;
            assert!(answer.reverted, "{name} is not the consortium: {answer:?}");
        }
    }
    let alone = deploy(&deployment.chain, "consent", (deployment.ledger, Hash([0; 32]))).await;
    let decision = deployment
        .dry_run(STRANGER, alone, &question(deployment.now().await))
        .await;
    assert_eq!(decision, Decision::Denied(Denial::Role));
    let terms = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..denial(now)
    };
    let answer = deployment.dry_run(PATIENT, alone, &grant(1, terms)).await;
    assert_eq!(answer, Err(ConsentError::GranteeOrganisation));
}
