//! Organisations, roles and keys.

use crate::deployment::{
    ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account, set_key,
};
use aegle_rules::{
    EncryptionKey, OrganisationId, Roles, Timestamp,
    consortium::{
        Action, ConsortiumError, KeyEntry, Outcome, Role, Standing,
        events::{Event, OrganisationAdmitted, RoleSet},
        messages::{KeyOf, Organisation, Propose, RoleOf, SetKey},
    },
};

const EVERYBODY_ELSE: [&str; 5] = [ADMIN, CLINICIAN, PATIENT, OTHER_ADMIN, STRANGER];

#[tokio::test(flavor = "multi_thread")]
async fn only_the_committee_acts() {
    let deployment = Deployment::with_hospitals().await;
    let role = Role {
        roles: Roles::CLINICIAN,
        organisation: HOSPITAL,
        until: Timestamp::MAX,
    };
    for (action, answer) in [
        (
            Action::Admit {
                admin: account(STRANGER),
            },
            Ok(Some(OrganisationId(4))),
        ),
        (Action::Suspend { organisation: HOSPITAL }, Ok(None)),
        (
            Action::Reinstate { organisation: HOSPITAL },
            Err(ConsortiumError::WrongStanding),
        ),
        (
            Action::Suspend {
                organisation: OrganisationId(9),
            },
            Err(ConsortiumError::UnknownOrganisation),
        ),
        (
            Action::SetRole {
                account: account(STRANGER),
                role,
            },
            Ok(None),
        ),
        (
            Action::SetRole {
                account: account(STRANGER),
                role: Role {
                    roles: Roles::NONE,
                    ..role
                },
            },
            Err(ConsortiumError::InvalidRole),
        ),
        (
            Action::SetRole {
                account: account(STRANGER),
                role: Role { until: 1, ..role },
            },
            Err(ConsortiumError::RoleEndsInThePast),
        ),
        (
            Action::SetRole {
                account: account(STRANGER),
                role: Role {
                    organisation: OrganisationId(9),
                    ..role
                },
            },
            Err(ConsortiumError::UnknownOrganisation),
        ),
        (
            Action::RevokeRole {
                account: account(CLINICIAN),
            },
            Ok(None),
        ),
        (
            Action::RevokeRole {
                account: account(STRANGER),
            },
            Err(ConsortiumError::NoRole),
        ),
    ] {
        let message = Propose { action };
        assert_eq!(
            deployment.dry_run(COMMITTEE, deployment.consortium, &message).await,
            answer.map(Outcome::Done),
            "{message:?}"
        );
        for name in EVERYBODY_ELSE {
            let answer = deployment.dry_run(name, deployment.consortium, &message).await;
            assert_eq!(answer, Err(ConsortiumError::NotCommittee), "{name}: {message:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admitting_tells_the_organisation_and_the_role_of_its_admin() {
    let deployment = Deployment::empty().await;
    let admin = account(ADMIN);
    let message = Propose {
        action: Action::Admit { admin },
    };
    let receipt = deployment.send(COMMITTEE, deployment.consortium, &message).await;
    let role = Role {
        roles: Roles::ORGANISATION_ADMIN,
        organisation: HOSPITAL,
        until: Timestamp::MAX,
    };
    let events: Vec<Event> = receipt
        .events
        .iter()
        .map(|event| {
            assert_eq!(event.contract, deployment.consortium);
            let topic = event.topic.expect("every event is signed");
            Event::decode(&topic, &event.data)
                .expect("it decodes")
                .expect("it is one of the consortium's")
        })
        .collect();
    assert_eq!(
        events,
        [
            Event::OrganisationAdmitted(OrganisationAdmitted {
                organisation: HOSPITAL,
                admin
            }),
            Event::RoleSet(RoleSet { account: admin, role }),
        ]
    );
    let at = deployment.now().await;
    let role_of = RoleOf { account: admin, at };
    assert_eq!(
        deployment.dry_run(STRANGER, deployment.consortium, &role_of).await,
        Some(role)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_ends_by_time_by_revocation_and_with_the_standing_of_its_organisation() {
    let deployment = Deployment::with_hospitals().await;
    let has_role = async |name: &str, at: Timestamp| {
        let message = RoleOf {
            account: account(name),
            at,
        };
        deployment
            .dry_run(STRANGER, deployment.consortium, &message)
            .await
            .is_some()
    };
    let standing = async |id| {
        deployment
            .dry_run(STRANGER, deployment.consortium, &Organisation { id })
            .await
    };
    let end = deployment.now().await + 3_600_000;
    deployment.set_role(STRANGER, Roles::AUDITOR, HOSPITAL, end).await;
    assert!(has_role(STRANGER, end - 1).await);
    assert!(!has_role(STRANGER, end).await, "the end is not in it");

    deployment.enact(Action::Suspend { organisation: HOSPITAL }).await;
    assert_eq!(standing(HOSPITAL).await, Some(Standing::Suspended));
    assert!(!has_role(CLINICIAN, 0).await);
    assert!(has_role(OTHER_ADMIN, 0).await, "the other hospital stands");
    deployment.enact(Action::Reinstate { organisation: HOSPITAL }).await;
    assert!(has_role(CLINICIAN, 0).await);

    deployment
        .enact(Action::RevokeRole {
            account: account(CLINICIAN),
        })
        .await;
    assert!(!has_role(CLINICIAN, 0).await);
    assert_eq!(standing(OTHER_HOSPITAL).await, Some(Standing::Member));
    assert_eq!(standing(OrganisationId(4)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sets_their_own_key_and_versions_count_up() {
    let deployment = Deployment::empty().await;
    let message = SetKey {
        account: account(STRANGER),
        ..set_key()
    };
    for version in 1..=2 {
        deployment.send(STRANGER, deployment.consortium, &message).await;
        let found = deployment
            .dry_run(
                PATIENT,
                deployment.consortium,
                &KeyOf {
                    account: account(STRANGER),
                },
            )
            .await;
        assert_eq!(
            found,
            Some(KeyEntry {
                version,
                key: message.key,
                bundle: message.bundle
            })
        );
    }
    assert_eq!(
        deployment
            .dry_run(
                PATIENT,
                deployment.consortium,
                &KeyOf {
                    account: account(PATIENT)
                }
            )
            .await,
        None
    );
    let zero = SetKey {
        key: EncryptionKey([0; 32]),
        ..message
    };
    let answer = deployment.refused(STRANGER, deployment.consortium, &zero).await;
    assert_eq!(answer, ConsortiumError::InvalidKey);
    let of_another = deployment.refused(PATIENT, deployment.consortium, &message).await;
    assert_eq!(of_another, ConsortiumError::NotController);
}
