//! The consortium, while proposals, roles and keys stand: it puts the other code in force by itself.

use super::{MAX_MOVED, goes_over, has_no_way_back};
use crate::{
    acts::decides,
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, PATIENT, STRANGER, account, grant, permit, question, set_key,
    },
};
use aegle_rules::{
    AccountId, EncryptionKey, GrantId, OrganisationId,
    consent::{Decision, Denial},
    consortium::{
        Action, Committee, ConsortiumError, Contracts, KeyEntry, Limits, Which,
        messages::{self, KeyOf, SetKey},
    },
    message::Message,
};
use scale::Encode;

/// The message by which the other layout moves what is kept in the one before.
#[derive(Clone, Debug, Encode)]
struct Migrate {
    accounts: Vec<AccountId>,
}

impl Message for Migrate {
    const SELECTOR: [u8; 4] = [0x06, 0x0d, 0x3f, 0x52];
    const NAME: &'static str = "migrate";
    type Output = Result<u32, ConsortiumError>;
}

/// What the consortium says of itself, of roles and of keys.
#[derive(Debug, PartialEq)]
struct Said {
    committee: Committee,
    contracts: Option<Contracts>,
    limits: Limits,
    hospital: Option<aegle_rules::consortium::Standing>,
    clinician: bool,
    keys: Vec<Option<KeyEntry>>,
}

async fn said(deployment: &Deployment) -> Said {
    let consortium = deployment.consortium;
    let mut keys = Vec::new();
    for name in [CLINICIAN, PATIENT, ADMIN] {
        let account = account(name);
        keys.push(deployment.dry_run(STRANGER, consortium, &KeyOf { account }).await);
    }
    let (account, at) = (account(CLINICIAN), deployment.now().await);
    let role = deployment
        .dry_run(STRANGER, consortium, &messages::RoleOf { account, at })
        .await;
    let id = HOSPITAL;
    Said {
        committee: deployment.dry_run(STRANGER, consortium, &messages::Committee {}).await,
        contracts: deployment.dry_run(STRANGER, consortium, &messages::Contracts {}).await,
        limits: deployment.dry_run(STRANGER, consortium, &messages::Limits {}).await,
        hospital: deployment
            .dry_run(STRANGER, consortium, &messages::Organisation { id })
            .await,
        clinician: role.is_some(),
        keys,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consortium_takes_itself_to_another_layout_with_its_committee_roles_and_keys() {
    let deployment = Deployment::with_time().await;
    let Deployment {
        consortium, consent, ..
    } = deployment;
    let now = deployment.now().await;
    for name in [CLINICIAN, PATIENT, ADMIN] {
        deployment
            .send(
                name,
                consortium,
                &SetKey {
                    account: account(name),
                    ..set_key()
                },
            )
            .await;
    }
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let asked = question(now);
    let permitted = Decision::Permitted(GrantId(1));
    assert_eq!(decides(&deployment, &asked).await, permitted);
    let before = said(&deployment).await;
    assert!(before.clinician && before.keys.iter().all(Option::is_some));

    let contract = Which::Consortium;
    let old_code = goes_over(&deployment, contract, "consortium").await;

    // Nothing was moved, and everything is as before.
    assert_eq!(said(&deployment).await, before);
    assert_eq!(decides(&deployment, &asked).await, permitted);
    let stranger = messages::Propose {
        action: Action::Suspend { organisation: HOSPITAL },
    };
    let answer = deployment.refused(STRANGER, consortium, &stranger).await;
    assert_eq!(answer, ConsortiumError::NotCommittee);

    // The state moves with the first act of the committee, which reaches the other contracts; the next number goes on.
    let organisation = HOSPITAL;
    deployment.enact(Action::Suspend { organisation }).await;
    assert_eq!(decides(&deployment, &asked).await, Decision::Denied(Denial::Role));
    deployment.enact(Action::Reinstate { organisation }).await;
    assert_eq!(decides(&deployment, &asked).await, permitted);
    assert_eq!(said(&deployment).await, before);
    let admin = account("Newcomer");
    let admitted = deployment.enact(Action::Admit { admin }).await;
    assert_eq!(admitted, Some(OrganisationId(4)));

    // In the middle of it: one key is moved by itself, one by being written, the third is not.
    let migrate = |names: &[&str]| Migrate {
        accounts: names.iter().map(|name| account(name)).collect(),
    };
    for too_many in [migrate(&[]), migrate(&[STRANGER; MAX_MOVED as usize + 1])] {
        let answer = deployment.dry_run(STRANGER, consortium, &too_many).await;
        assert_eq!(answer, Err(ConsortiumError::TooMany));
    }
    let moves = async |names| deployment.dry_run(STRANGER, consortium, &migrate(names)).await;
    assert_eq!(moves(&[CLINICIAN, STRANGER]).await, Ok(1));
    deployment.send(STRANGER, consortium, &migrate(&[CLINICIAN])).await;
    assert_eq!(moves(&[CLINICIAN]).await, Ok(0), "it is moved once");
    assert_eq!(said(&deployment).await, before);
    let other = SetKey {
        account: account(PATIENT),
        key: EncryptionKey([9; 32]),
        ..set_key()
    };
    let answer = deployment.refused(STRANGER, consortium, &other).await;
    assert_eq!(answer, ConsortiumError::NotController);
    deployment.send(PATIENT, consortium, &other).await;
    let all = [CLINICIAN, PATIENT, ADMIN];
    assert_eq!(moves(&all).await, Ok(1), "what was written was moved by that");
    let keys = said(&deployment).await.keys;
    assert_eq!([keys[0], keys[2]], [before.keys[0], before.keys[2]]);
    let version = before.keys[1].expect("set").version + 1;
    let written = keys[1].expect("set");
    assert_eq!((written.key, written.version), (EncryptionKey([9; 32]), version));

    // The rest. The committee votes and waits as before, and may take itself elsewhere; not back to where it cannot read.
    deployment.send(STRANGER, consortium, &migrate(&all)).await;
    assert_eq!(moves(&all).await, Ok(0));
    assert_eq!(said(&deployment).await.keys, keys);
    has_no_way_back(&deployment, contract, old_code).await;
    assert_eq!(decides(&deployment, &asked).await, permitted);
    let members = vec![account(COMMITTEE), account(ADMIN)];
    deployment
        .enact(Action::Rotate {
            members: members.clone(),
            threshold: 1,
        })
        .await;
    assert_eq!(said(&deployment).await.committee.members, members);
}
