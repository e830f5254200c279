//! The dearest that a message of the consent contract can be made, by whatever a patient gives and others pass on.

use super::Costs;
use crate::deployment::{CLINICIAN, HOSPITAL, OTHER_HOSPITAL, PATIENT, STRANGER, account, denial, permit, question};
use aegle_client::chain::Chain;
use aegle_rules::{
    GrantId, Purposes, Roles, Timestamp,
    consent::{
        Check, Decision, Grantee, MAX_DELEGATED_PER_ROOT, MAX_GRANTS_PER_GRANTEE, MAX_HOLDERS, Narrowing, Parent,
        Terms, messages as consent,
    },
};

/// Three in a row to whom a grant is passed on, and the last of three others: as many holders as a decision looks up.
const CHAINS: [[&str; 3]; 2] = [["Anna", "Ben", "Cleo"], ["Dora", "Emil", "Fred"]];

fn to(name: &str) -> Grantee {
    Grantee::Account(account(name))
}

/// Terms that take as much room as any.
fn long(terms: Terms) -> Terms {
    let narrowing = Narrowing {
        authored_from: 1,
        author: Some(account(STRANGER)),
        records: Some(aegle_rules::Hash([1; 32])),
        ..Narrowing::NONE
    };
    Terms {
        narrowing: Some(narrowing),
        ..terms
    }
}

/// Everything that a question may have to read is as full as it gets, and nothing of it answers, so that all of it is read.
pub(super) async fn of_delegation(costs: &mut Costs<'_>) {
    assert!(MAX_HOLDERS <= CHAINS.concat().len(), "as many holders as are looked up");
    let deployment = costs.deployment;
    let contract = deployment.consent;
    let now = deployment.now().await;
    for name in CHAINS.concat() {
        deployment
            .set_role(name, Roles::CLINICIAN, OTHER_HOSPITAL, Timestamp::MAX)
            .await;
        deployment.fund(name).await;
    }
    deployment.send(PATIENT, contract, &consent::RevokeAll {}).await;
    let part = |grantee| Terms {
        grantee,
        purposes: Purposes::BTG,
        delegable: true,
        ..permit(now)
    };
    let roots = given(costs, CHAINS.map(|[first, ..]| part(to(first))).to_vec()).await;
    let to_hospital = Grantee::Organisation(HOSPITAL);
    for (chain, root) in CHAINS.iter().zip(&roots) {
        let mut parent = *root;
        for pair in chain.windows(2) {
            parent = passed_on(costs, pair[0], parent, part(to(pair[1]))).await;
        }
        for grantee in [to(CLINICIAN), to_hospital] {
            for _ in 0..MAX_DELEGATED_PER_ROOT {
                passed_on(costs, chain[2], parent, part(grantee)).await;
            }
        }
    }
    // The patient's own beside them: of another author, so that they decide nothing, which their narrowing alone tells.
    let other_hospital = Grantee::Organisation(OTHER_HOSPITAL);
    let holders = CHAINS.concat().into_iter().map(to);
    for grantee in holders.chain([to(CLINICIAN), to_hospital, other_hospital, Grantee::Anyone]) {
        let room = MAX_GRANTS_PER_GRANTEE - usize::from(roots.iter().any(|root| root.grantee == grantee));
        let filling = Terms {
            grantee,
            purposes: Purposes::BTG,
            ..long(denial(now))
        };
        given(costs, vec![filling; room]).await;
    }
    for root in roots {
        let revoke = consent::Revoke {
            id: root.id,
            grantee: root.grantee,
        };
        deployment.send(PATIENT, contract, &revoke).await;
    }
    let head = deployment.now().await;
    let emergency = Check {
        purpose: Purposes::BTG,
        ..question(head)
    };
    let decision = deployment.dry_run(STRANGER, contract, &emergency).await;
    assert_eq!(decision, Decision::Glass, "everything was read, and nothing answers");
    costs
        .of("`consent.check`, at worst", STRANGER, contract, &emergency)
        .await;
    let clear = consent::Clear { grantee: to(CLINICIAN) };
    costs
        .of("`consent.clear`, a full cell", PATIENT, contract, &clear)
        .await;
    let root = given(costs, vec![part(to("Dora"))]).await[0];
    let delegate = consent::Delegate {
        patient: account(PATIENT),
        parent: root,
        terms: part(to(CLINICIAN)),
    };
    costs
        .of("`consent.delegate`, to a full cell", "Dora", contract, &delegate)
        .await;
}

/// The patient gives some grants.
async fn given(costs: &Costs<'_>, terms: Vec<Terms>) -> Vec<Parent> {
    let deployment = costs.deployment;
    let patient = account(PATIENT);
    let next = deployment
        .dry_run(PATIENT, deployment.consent, &consent::NextGrant { patient })
        .await;
    let grants: Vec<(GrantId, Terms)> = (next.0..).map(GrantId).zip(terms).collect();
    let parents = grants.iter().map(|(id, terms)| Parent {
        grantee: terms.grantee,
        id: *id,
    });
    let parents = parents.collect();
    deployment
        .send(PATIENT, deployment.consent, &consent::GrantMany { grants })
        .await;
    parents
}

/// Somebody passes on a part of what they hold.
async fn passed_on(costs: &Costs<'_>, by: &str, parent: Parent, terms: Terms) -> Parent {
    let deployment = costs.deployment;
    let delegate = consent::Delegate {
        patient: account(PATIENT),
        parent,
        terms,
    };
    let key = crate::deployment::key(by);
    let called = deployment.chain.call(&key, deployment.consent, &delegate).await;
    let (id, _) = called.expect("a part of the parent");
    Parent {
        grantee: terms.grantee,
        id,
    }
}
