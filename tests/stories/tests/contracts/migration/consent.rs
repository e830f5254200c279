//! The consent contract, while grants stand.

use super::{MAX_MOVED, goes_over, has_no_way_back};
use crate::{
    acts::decides,
    deployment::{ADMIN, CLINICIAN, Deployment, HOSPITAL, PATIENT, STRANGER, account, denial, grant, permit, question},
};
use aegle_rules::{
    AccountId, GrantId,
    consent::{
        Check, ConsentError, Decision, Denial, Grantee, Parent, Terms,
        messages::{Delegate, Grants, Revoke},
    },
    consortium::{Action, Which, messages::Appoint},
    message::Message,
};
use scale::Encode;

/// The message by which the other layout moves what is kept in the one before.
#[derive(Clone, Debug, Encode)]
struct Migrate {
    patient: AccountId,
    grantees: Vec<Grantee>,
}

impl Message for Migrate {
    const SELECTOR: [u8; 4] = [0x06, 0x0d, 0x3f, 0x50];
    const NAME: &'static str = "migrate";
    type Output = Result<u32, ConsentError>;
}

const TO_HOSPITAL: Grantee = Grantee::Organisation(HOSPITAL);

fn colleague() -> AccountId {
    account("Colleague")
}

/// What everybody is told who asks: the clinician, and a colleague to whom they passed it on.
async fn answers(deployment: &Deployment, asked: &Check) -> [Decision; 2] {
    let of = async |requester| {
        let asked = Check {
            requester,
            ..asked.clone()
        };
        decides(deployment, &asked).await
    };
    [of(account(CLINICIAN)).await, of(colleague()).await]
}

async fn held(deployment: &Deployment, grantee: Grantee) -> Vec<GrantId> {
    let patient = account(PATIENT);
    let message = Grants { patient, grantee };
    let grants = deployment.dry_run(STRANGER, deployment.consent, &message).await;
    grants.iter().map(|(id, _)| *id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn live_grants_survive_an_upgrade_to_another_layout_that_moves_them_bit_by_bit() {
    let deployment = Deployment::with_time().await;
    let Deployment {
        consortium, consent, ..
    } = deployment;
    let now = deployment.now().await;
    let appoint = Appoint {
        accounts: vec![colleague()],
        roles: aegle_rules::Roles::CLINICIAN,
        until: u64::MAX,
    };
    deployment.send(ADMIN, consortium, &appoint).await;
    let delegable = Terms {
        delegable: true,
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(1, delegable)).await;
    let passed_on = Terms {
        grantee: Grantee::Account(colleague()),
        ..permit(now)
    };
    let delegate = Delegate {
        patient: account(PATIENT),
        parent: Parent {
            grantee: Grantee::Account(account(CLINICIAN)),
            id: GrantId(1),
        },
        terms: Terms {
            from: deployment.now().await,
            ..passed_on
        },
    };
    deployment.send(CLINICIAN, consent, &delegate).await;
    let to_hospital = Terms {
        grantee: TO_HOSPITAL,
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(2, to_hospital)).await;
    let asked = question(now);
    let shared = GrantId(GrantId::DELEGATED | 1);
    let before = answers(&deployment, &asked).await;
    // What is to the hospital decides before what was passed on.
    assert_eq!(
        before,
        [Decision::Permitted(GrantId(1)), Decision::Permitted(GrantId(2))]
    );

    let contract = Which::Consent;
    let old_code = goes_over(&deployment, contract, "consent").await;

    // Nothing was moved, and everything is decided as before; the committee's acts reach it.
    assert_eq!(answers(&deployment, &asked).await, before);
    let organisation = HOSPITAL;
    deployment.enact(Action::Suspend { organisation }).await;
    assert_eq!(answers(&deployment, &asked).await, [Decision::Denied(Denial::Role); 2]);
    deployment.enact(Action::Reinstate { organisation }).await;

    // In the middle of it: the hospital's grants are moved, the others are not.
    let migrate = |grantees: Vec<Grantee>| Migrate {
        patient: account(PATIENT),
        grantees,
    };
    let to_clinician = Grantee::Account(account(CLINICIAN));
    let to_colleague = Grantee::Account(colleague());
    for too_many in [vec![], vec![TO_HOSPITAL; MAX_MOVED as usize + 1]] {
        let answer = deployment.dry_run(STRANGER, consent, &migrate(too_many)).await;
        assert_eq!(answer, Err(ConsentError::TooManyAtOnce));
    }
    let moves = async |grantees| deployment.dry_run(STRANGER, consent, &migrate(grantees)).await;
    assert_eq!(moves(vec![TO_HOSPITAL, Grantee::Anyone]).await, Ok(1));
    deployment.send(STRANGER, consent, &migrate(vec![TO_HOSPITAL])).await;
    assert_eq!(moves(vec![TO_HOSPITAL]).await, Ok(0), "it is moved once");
    assert_eq!(answers(&deployment, &asked).await, before);

    // Acts on what was moved, and on what was not.
    let revoke = |id, grantee| Revoke { id, grantee };
    deployment
        .send(PATIENT, consent, &revoke(GrantId(2), TO_HOSPITAL))
        .await;
    let shared_now = [Decision::Permitted(GrantId(1)), Decision::Permitted(shared)];
    assert_eq!(answers(&deployment, &asked).await, shared_now);
    deployment.send(PATIENT, consent, &grant(3, denial(now))).await;
    let denied = Decision::Denied(Denial::DeniedBy(GrantId(3)));
    let nothing = Decision::Denied(Denial::NoGrant);
    assert_eq!(answers(&deployment, &asked).await, [denied, nothing]);
    assert_eq!(held(&deployment, to_clinician).await, [GrantId(1), GrantId(3)]);
    deployment
        .send(PATIENT, consent, &revoke(GrantId(3), to_clinician))
        .await;
    assert_eq!(answers(&deployment, &asked).await, shared_now);

    // The rest, and what nobody has to move any more.
    let all = vec![TO_HOSPITAL, to_clinician, to_colleague];
    assert_eq!(moves(all.clone()).await, Ok(1), "what was written was moved by that");
    deployment.send(STRANGER, consent, &migrate(all.clone())).await;
    assert_eq!(moves(all).await, Ok(0));
    assert_eq!(answers(&deployment, &asked).await, shared_now);
    assert_eq!(held(&deployment, to_colleague).await, [shared]);

    has_no_way_back(&deployment, contract, old_code).await;
    assert_eq!(answers(&deployment, &asked).await, shared_now);
}
