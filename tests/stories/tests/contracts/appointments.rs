//! The roles that an organisation gives and takes by itself.

use crate::{
    acts::decides,
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account,
        denial, grant, permit, question,
    },
    ledger::{anchor, register},
    relayed::relayed,
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_rules::{
    AccountId, BatchNumber, DomainId, GrantId, Hash, OprfKey, Roles, Timestamp,
    consent::{
        Check, Decision, Denial, Explained, Grantee, Terms,
        messages::{Explain, Revoke},
    },
    consortium::{
        Action, Call, ConsortiumError, MAX_APPOINTED, Role,
        messages::{AcceptRole, Appoint, Dismiss, Propose, Relayed, Renounce, RoleOf, RolesOf},
    },
    ledger::{Correction, ErasureReason, LedgerError, RecordPosition, messages as ledger},
};

/// The people of a hospital, none of whom has money.
fn people(count: usize) -> Vec<AccountId> {
    (0..count).map(|number| account(&format!("Person {number}"))).collect()
}

pub(crate) fn appoint(accounts: Vec<AccountId>, roles: Roles) -> Appoint {
    Appoint {
        accounts,
        roles,
        until: Timestamp::MAX,
    }
}

async fn role(deployment: &Deployment, account: AccountId) -> Option<Role> {
    let at = deployment.now().await;
    deployment
        .dry_run(STRANGER, deployment.consortium, &RoleOf { account, at })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_brings_its_clinicians_without_the_committee() {
    let deployment = Deployment::with_hospitals().await;
    let (consortium, consent) = (deployment.consortium, deployment.consent);
    let clinicians = people(100);
    for part in clinicians.chunks(MAX_APPOINTED) {
        let message = appoint(part.to_vec(), Roles::CLINICIAN);
        let receipt = deployment.send(ADMIN, consortium, &message).await;
        assert_eq!(receipt.events.len(), part.len(), "one event a person");
    }
    let clinician = Role {
        roles: Roles::CLINICIAN,
        organisation: HOSPITAL,
        until: Timestamp::MAX,
    };
    for account in [clinicians[0], clinicians[63], clinicians[64], clinicians[99]] {
        assert_eq!(role(&deployment, account).await, Some(clinician));
    }

    // The consent contract was told, of the last as of the first.
    let now = deployment.now().await;
    let to_hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(1, to_hospital)).await;
    let asks = |requester| Check {
        requester,
        ..question(now)
    };
    let last = clinicians[99];
    assert_eq!(decides(&deployment, &asks(last)).await, Decision::Permitted(GrantId(1)));
    let dismiss = Dismiss { accounts: vec![last] };
    deployment.send(ADMIN, consortium, &dismiss).await;
    assert_eq!(role(&deployment, last).await, None);
    assert_eq!(decides(&deployment, &asks(last)).await, Decision::Denied(Denial::Role));

    // A role can be given back, and then another hospital can give one without asking.
    let renounce = Renounce { organisation: None };
    let renounced = deployment.send(CLINICIAN, consortium, &renounce).await;
    assert_eq!(renounced.deposit, 0, "what others deposited is not theirs");
    let again = deployment.refused(CLINICIAN, consortium, &renounce).await;
    assert_eq!(again, ConsortiumError::NoRole);
    let hire = appoint(vec![account(CLINICIAN)], Roles::CLINICIAN);
    deployment.send(OTHER_ADMIN, consortium, &hire).await;
    let moved = role(&deployment, account(CLINICIAN))
        .await
        .map(|role| role.organisation);
    assert_eq!(moved, Some(OTHER_HOSPITAL));
}

/// What is decided about a question, and through which organisation.
async fn explained(deployment: &Deployment, question: &Check) -> Explained {
    let question = Check {
        at: deployment.now().await,
        ..question.clone()
    };
    deployment
        .dry_run(STRANGER, deployment.consent, &Explain(question))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_works_for_two_hospitals_once_it_accepts_and_each_answers_for_itself() {
    let deployment = Deployment::with_hospitals().await;
    let (consortium, consent) = (deployment.consortium, deployment.consent);
    let now = deployment.now().await;
    let to = |organisation| Terms {
        grantee: Grantee::Organisation(organisation),
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(1, to(OTHER_HOSPITAL))).await;
    let asked = question(now);
    let decides = async || {
        let explained = explained(&deployment, &asked).await;
        (explained.decision, explained.organisation)
    };
    let no_grant = Decision::Denied(Denial::NoGrant);
    assert_eq!(decides().await, (no_grant, Some(HOSPITAL)));

    // The other hospital offers a role, which changes nothing before it is accepted: it cannot blind anybody's people.
    let hire = appoint(vec![account(CLINICIAN)], Roles::CLINICIAN);
    let receipt = deployment.send(OTHER_ADMIN, consortium, &hire).await;
    assert_eq!(receipt.events.len(), 1);
    assert_eq!(decides().await, (no_grant, Some(HOSPITAL)));
    let accept = AcceptRole {
        organisation: OTHER_HOSPITAL,
    };
    let answer = deployment.refused(STRANGER, consortium, &accept).await;
    assert_eq!(answer, ConsortiumError::NoRole, "nobody accepts for another");
    deployment.send(CLINICIAN, consortium, &accept).await;
    let permitted = Decision::Permitted(GrantId(1));
    assert_eq!(decides().await, (permitted, Some(OTHER_HOSPITAL)));

    // The suspension of one leaves the other, and each admin takes what they gave.
    deployment.send(PATIENT, consent, &grant(2, to(HOSPITAL))).await;
    let of_first = (Decision::Permitted(GrantId(2)), Some(HOSPITAL));
    assert_eq!(decides().await, of_first);
    let (organisation, dismiss) = (HOSPITAL, || Dismiss {
        accounts: vec![account(CLINICIAN)],
    });
    deployment.enact(Action::Suspend { organisation }).await;
    assert_eq!(decides().await, (permitted, Some(OTHER_HOSPITAL)));
    deployment.enact(Action::Reinstate { organisation }).await;
    deployment.send(OTHER_ADMIN, consortium, &dismiss()).await;
    assert_eq!(decides().await, of_first);
    let answer = deployment.refused(OTHER_ADMIN, consortium, &dismiss()).await;
    assert_eq!(answer, ConsortiumError::NotYours);

    // What is denied to one of them is denied to whoever works for it, and they may leave it.
    deployment.send(OTHER_ADMIN, consortium, &hire).await;
    deployment.send(CLINICIAN, consortium, &accept).await;
    let revoke = Revoke {
        id: GrantId(1),
        grantee: Grantee::Organisation(OTHER_HOSPITAL),
    };
    deployment.send(PATIENT, consent, &revoke).await;
    let denial = Terms {
        grantee: Grantee::Organisation(OTHER_HOSPITAL),
        ..denial(now)
    };
    deployment.send(PATIENT, consent, &grant(3, denial)).await;
    let denied = Decision::Denied(Denial::DeniedBy(GrantId(3)));
    assert_eq!(decides().await, (denied, Some(OTHER_HOSPITAL)));
    let leave = Renounce {
        organisation: Some(OTHER_HOSPITAL),
    };
    deployment.send(CLINICIAN, consortium, &leave).await;
    assert_eq!(decides().await, of_first);

    // The committee takes the role in one organisation alone.
    let taken = Action::TakeRole {
        account: account(CLINICIAN),
        organisation: HOSPITAL,
    };
    deployment.enact(taken).await;
    assert_eq!(decides().await, (Decision::Denied(Denial::Role), None));
    deployment
        .send(ADMIN, consortium, &appoint(vec![account(CLINICIAN)], Roles::CLINICIAN))
        .await;
    assert_eq!(decides().await, of_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_an_admin_of_two_hospitals() {
    let deployment = Deployment::with_hospitals().await;
    let twice = Action::SetRole {
        account: account(ADMIN),
        role: Role {
            roles: Roles::ORGANISATION_ADMIN,
            organisation: OTHER_HOSPITAL,
            until: Timestamp::MAX,
        },
    };
    for action in [twice, Action::Admit { admin: account(ADMIN) }] {
        let message = Propose { action };
        let answer = deployment.refused(COMMITTEE, deployment.consortium, &message).await;
        assert_eq!(answer, ConsortiumError::AdminElsewhere, "{message:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_has_no_power_beyond_the_own_people() {
    let deployment = Deployment::with_hospitals().await;
    let consortium = deployment.consortium;
    let one = || people(1);
    for name in [COMMITTEE, CLINICIAN, PATIENT, STRANGER] {
        let message = appoint(one(), Roles::CLINICIAN);
        let answer = deployment.dry_run(name, consortium, &message).await;
        assert_eq!(answer, Err(ConsortiumError::NotAdmin), "{name}");
    }
    for (what, message, error) in [
        (
            "an admin",
            appoint(one(), Roles::ORGANISATION_ADMIN),
            ConsortiumError::InvalidRole,
        ),
        (
            "an auditor of what the hospital does",
            appoint(one(), Roles::AUDITOR.union(Roles::CLINICIAN)),
            ConsortiumError::InvalidRole,
        ),
        (
            "nobody",
            appoint(Vec::new(), Roles::CLINICIAN),
            ConsortiumError::TooMany,
        ),
        (
            "a whole city",
            appoint(people(MAX_APPOINTED + 1), Roles::CLINICIAN),
            ConsortiumError::TooMany,
        ),
        (
            "its own admin",
            appoint(vec![account(ADMIN)], Roles::CLINICIAN),
            ConsortiumError::NotYours,
        ),
    ] {
        let answer = deployment.refused(ADMIN, consortium, &message).await;
        assert_eq!(answer, error, "{what}");
    }
    // All or none: the clinician is another hospital's to dismiss.
    deployment
        .send(OTHER_ADMIN, consortium, &appoint(one(), Roles::CLINICIAN))
        .await;
    let both = Dismiss {
        accounts: vec![one()[0], account(CLINICIAN)],
    };
    let answer = deployment.refused(OTHER_ADMIN, consortium, &both).await;
    assert_eq!(answer, ConsortiumError::NotYours);
    assert!(role(&deployment, one()[0]).await.is_some(), "nobody was dismissed");

    // Whom the committee took a role from, no admin gives another one; the committee does.
    let taken = account(CLINICIAN);
    deployment.enact(Action::RevokeRole { account: taken }).await;
    for name in [ADMIN, OTHER_ADMIN] {
        let message = appoint(vec![taken], Roles::CLINICIAN);
        let answer = deployment.refused(name, consortium, &message).await;
        assert_eq!(answer, ConsortiumError::NotYours, "{name}");
    }
    let answer = deployment
        .refused(CLINICIAN, consortium, &Renounce { organisation: None })
        .await;
    assert_eq!(answer, ConsortiumError::NoRole, "a bar is not given back");
    assert_eq!(role(&deployment, taken).await, None);
    deployment
        .set_role(CLINICIAN, Roles::CLINICIAN, HOSPITAL, Timestamp::MAX)
        .await;
    assert!(role(&deployment, taken).await.is_some());

    deployment
        .enact(Action::Suspend {
            organisation: OTHER_HOSPITAL,
        })
        .await;
    let message = Dismiss { accounts: one() };
    let answer = deployment.refused(OTHER_ADMIN, consortium, &message).await;
    assert_eq!(answer, ConsortiumError::NotAdmin, "its hospital is suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_the_records_cannot_erase_them_or_change_the_key() {
    let deployment = Deployment::with_hospitals().await;
    let contract = deployment.ledger;
    let custodian = "Custodian";
    deployment.fund(custodian).await;
    let message = appoint(vec![account(custodian)], Roles::CUSTODIAN);
    deployment.send(ADMIN, deployment.consortium, &message).await;

    let answer = deployment.refused(custodian, contract, &register()).await;
    assert_eq!(
        answer,
        LedgerError::NotCustodian,
        "a domain is for an admin to register"
    );
    deployment.send(ADMIN, contract, &register()).await;
    let (domain, batch) = (DomainId(1), BatchNumber(0));
    deployment.send(custodian, contract, &anchor(0)).await;
    let relabel = ledger::Relabel {
        domain,
        batch,
        version: 1,
        index_commitment: Hash([4; 32]),
    };
    deployment.send(custodian, contract, &relabel).await;
    let supersede = ledger::Supersede {
        domain,
        batch,
        corrections: vec![Correction {
            index: 1,
            by: RecordPosition { batch, index: 2 },
        }],
    };
    deployment.send(custodian, contract, &supersede).await;

    let key = OprfKey([9; 32]);
    let rotate = ledger::RotateKey { domain, key };
    let answer = deployment.refused(custodian, contract, &rotate).await;
    assert_eq!(answer, LedgerError::NotCustodian);
    let erase = ledger::RequestErasure {
        domain,
        batch,
        records: vec![3],
        reason: ErasureReason::RetentionEnded,
    };
    let answer = deployment.refused(custodian, contract, &erase).await;
    assert_eq!(answer, LedgerError::NotCustodian);
    deployment.send(ADMIN, contract, &erase).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_tokens_gives_a_role_back_through_somebody_else() {
    let deployment = Deployment::with_hospitals().await;
    let consortium = deployment.consortium;
    let clinician = AccountKey::generate().expect("a key");
    let one = || vec![clinician.account()];
    deployment
        .send(ADMIN, consortium, &appoint(one(), Roles::CLINICIAN))
        .await;
    let expires = deployment.now().await + 3_600_000;
    let place = (deployment.chain.genesis(), consortium);
    let call = relayed(&clinician, place, Call::Renounce { organisation: None }, 0, expires);
    deployment.send(STRANGER, consortium, &Relayed { call }).await;
    assert_eq!(role(&deployment, clinician.account()).await, None);
    deployment
        .send(OTHER_ADMIN, consortium, &appoint(one(), Roles::CLINICIAN))
        .await;
    assert!(role(&deployment, clinician.account()).await.is_some());

    // And accepts what another hospital offers.
    deployment
        .send(ADMIN, consortium, &appoint(one(), Roles::RESEARCHER))
        .await;
    let organisation = HOSPITAL;
    let call = relayed(&clinician, place, Call::AcceptRole { organisation }, 1, expires);
    deployment.send(STRANGER, consortium, &Relayed { call }).await;
    let roles = RolesOf {
        account: clinician.account(),
    };
    let roles = deployment.dry_run(STRANGER, consortium, &roles).await;
    let of_hospital = roles.in_organisation(HOSPITAL).map(|role| role.roles);
    assert_eq!((roles.offered.len(), of_hospital), (0, Some(Roles::RESEARCHER)));
}
