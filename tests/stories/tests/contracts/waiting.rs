//! What the committee agrees to and cannot do at once, and what becomes of contracts that others take the place of.

use crate::{
    acts::decides,
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, account,
        deploy, grant, permit, question,
    },
    ledger::{anchor, register},
};
use aegle_client::chain::Chain;
use aegle_rules::{
    BatchNumber, DomainId, GrantId, ProposalId, Roles,
    consent::{Decision, Denial},
    consortium::{
        Action, ConsortiumError, Limits,
        messages::{Accept, Committee, Execute, Proposal, Propose, Publish},
    },
    ledger::{
        ErasureReason, LedgerError, Servers,
        messages::{Domain, RequestErasure, Servers as AskServers, SetServers},
    },
};
use std::time::Duration;

const LOCK: Duration = Duration::from_millis(Limits::DEFAULT.timelock_ms);
const DOMAIN: DomainId = DomainId(1);

fn erase(record: u16) -> RequestErasure {
    RequestErasure {
        domain: DOMAIN,
        batch: BatchNumber(0),
        records: vec![record],
        reason: ErasureReason::Unlawful,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_a_committee_over_waits_and_rotates_in_nobody_who_did_not_accept() {
    let deployment = Deployment::with_time().await;
    let consortium = deployment.consortium;
    let action = Action::Rotate {
        members: vec![account(STRANGER)],
        threshold: 1,
    };
    let propose = Propose { action: action.clone() };
    deployment.send(COMMITTEE, consortium, &propose).await;
    let id = ProposalId(1);
    let execute = Execute {
        id,
        action: action.clone(),
    };
    let early = deployment.refused(COMMITTEE, consortium, &execute).await;
    assert_eq!(early, ConsortiumError::TooEarly);
    let accept = |action| Accept { id, action };
    let nobody = deployment.refused(CLINICIAN, consortium, &accept(action.clone())).await;
    assert_eq!(nobody, ConsortiumError::NotNamed);
    let other = Action::Rotate {
        members: vec![account(CLINICIAN)],
        threshold: 1,
    };
    let changed = deployment.refused(CLINICIAN, consortium, &accept(other)).await;
    assert_eq!(changed, ConsortiumError::ChangedProposal);
    deployment.advance(LOCK).await;
    let unaccepted = deployment.refused(COMMITTEE, consortium, &execute).await;
    assert_eq!(unaccepted, ConsortiumError::NotAccepted);
    let accepted = deployment.send(STRANGER, consortium, &accept(action.clone())).await;
    assert_eq!(accepted.events.len(), 1);
    let again = deployment.send(STRANGER, consortium, &accept(action)).await;
    assert!(again.events.is_empty(), "once is enough");
    deployment.send(COMMITTEE, consortium, &execute).await;
    let committee = deployment.dry_run(STRANGER, consortium, &Committee {}).await;
    assert_eq!((committee.epoch, committee.members), (1, vec![account(STRANGER)]));
    let gone = deployment.dry_run(STRANGER, consortium, &Proposal { id }).await;
    assert_eq!(gone, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_time_lock_waits_for_the_longer_one() {
    let deployment = Deployment::with_time().await;
    let consortium = deployment.consortium;
    let with = |timelock_ms| Action::SetLimits {
        limits: Limits {
            timelock_ms,
            ..Limits::DEFAULT
        },
    };
    deployment.enact(with(Limits::MAX.timelock_ms)).await;
    let action = with(Limits::MIN.timelock_ms);
    let propose = Propose { action: action.clone() };
    deployment.send(COMMITTEE, consortium, &propose).await;
    let id = ProposalId(1);
    let execute = Execute { id, action };
    deployment.advance(LOCK).await;
    let early = deployment.refused(COMMITTEE, consortium, &execute).await;
    assert_eq!(early, ConsortiumError::TooEarly);
    deployment.advance(Duration::from_millis(Limits::MAX.timelock_ms)).await;
    deployment.send(COMMITTEE, consortium, &execute).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_are_replaced_permit_anchor_and_erase_nothing() {
    let deployment = Deployment::with_time().await;
    let (consortium, ledger) = (deployment.consortium, deployment.ledger);
    let now = deployment.now().await;
    deployment.send(ADMIN, ledger, &register()).await;
    deployment.send(ADMIN, ledger, &anchor(0)).await;
    deployment
        .send(PATIENT, deployment.consent, &grant(1, permit(now)))
        .await;
    let asked = question(now);
    assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(GrantId(1)));

    let genesis = deployment.chain.genesis();
    let consent = deploy(&deployment.chain, "consent", (consortium, genesis)).await;
    let other_ledger = deploy(&deployment.chain, "ledger", consortium).await;
    let connect = Action::Connect {
        consent,
        ledger: other_ledger,
    };
    deployment.enact(connect).await;
    assert_eq!(decides(&deployment, &asked).await, Decision::Denied(Denial::Role));
    let refused = deployment.refused(ADMIN, ledger, &anchor(1)).await;
    assert_eq!(refused, LedgerError::NotCustodian);
    let refused = deployment.refused(ADMIN, ledger, &erase(1)).await;
    assert_eq!(refused, LedgerError::NotCustodian);
    // Those in their place go on once they are told of a role.
    let publish = Publish {
        account: Some(account(ADMIN)),
    };
    deployment.send(STRANGER, consortium, &publish).await;
    deployment.send(ADMIN, other_ledger, &register()).await;
    deployment.send(ADMIN, other_ledger, &anchor(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_moves_the_custody_of_domains_and_of_batches_but_no_roles() {
    let deployment = Deployment::with_time().await;
    let ledger = deployment.ledger;
    deployment.send(ADMIN, ledger, &register()).await;
    deployment.send(ADMIN, ledger, &anchor(0)).await;
    let refused = deployment.refused(OTHER_ADMIN, ledger, &anchor(1)).await;
    assert_eq!(refused, LedgerError::NotCustodian);
    deployment
        .enact(Action::Succeed {
            organisation: HOSPITAL,
            successor: OTHER_HOSPITAL,
        })
        .await;
    let domain = deployment.dry_run(STRANGER, ledger, &Domain { id: DOMAIN }).await;
    assert_eq!(domain.map(|domain| domain.custodian), Some(OTHER_HOSPITAL));
    for name in [ADMIN, CLINICIAN] {
        let refused = deployment.refused(name, ledger, &anchor(1)).await;
        assert_eq!(refused, LedgerError::NotCustodian, "{name}");
    }
    let other_key = aegle_rules::ledger::messages::RegisterDomain {
        key: aegle_rules::OprfKey([7; 32]),
    };
    let refused = deployment.refused(ADMIN, ledger, &other_key).await;
    assert_eq!(refused, LedgerError::NotCustodian, "what was merged gets no domains");
    deployment.send(OTHER_ADMIN, ledger, &anchor(1)).await;
    deployment.send(OTHER_ADMIN, ledger, &erase(1)).await;
    // Its people are taken over by the successor's admin, and by no other one.
    let clinician = || vec![account(CLINICIAN)];
    let appoint = crate::appointments::appoint(clinician(), Roles::CLINICIAN);
    let trust = deployment.refused(PATIENT, deployment.consortium, &appoint).await;
    assert_eq!(trust, ConsortiumError::NotAdmin);
    deployment.send(OTHER_ADMIN, deployment.consortium, &appoint).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_names_its_servers() {
    let deployment = Deployment::with_hospitals().await;
    let ledger = deployment.ledger;
    deployment.send(ADMIN, ledger, &register()).await;
    let ask = AskServers { domain: DOMAIN };
    assert_eq!(deployment.dry_run(STRANGER, ledger, &ask).await, None);
    let servers = Servers {
        indexer: Some(account("Indexer")),
        token_service: Some(account(ADMIN)),
        proxies: vec![account("Proxy")],
    };
    let set = SetServers {
        domain: DOMAIN,
        servers: servers.clone(),
    };
    for name in [OTHER_ADMIN, CLINICIAN, STRANGER] {
        let refused = deployment.refused(name, ledger, &set).await;
        assert_eq!(refused, LedgerError::NotCustodian, "{name}");
    }
    deployment.send(ADMIN, ledger, &set).await;
    assert_eq!(deployment.dry_run(STRANGER, ledger, &ask).await, Some(servers));
}
