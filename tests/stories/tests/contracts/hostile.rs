//! Calls that mean harm: state stays as it was, and what they cost is the attacker's own.

use crate::{
    acts::{NO_GRANT, decides},
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, TRUST,
        account, denial, grant, key, permit, question,
    },
};
use aegle_client::native::ContractBundle;
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, OprfKey, Roles, Slots, Timestamp,
    consent::{Ask, Check, ConsentError, Decision, Denial, Grantee, Parent, Proxies, Terms, messages as consent},
    consortium::{Action, ConsortiumError, ProxyOperator, messages as consortium},
    ledger::{LedgerError, messages as ledger},
};

/// A contract in the consent contract's place, which answers every notice as if it had taken it; `{attack}` comes before.
const IMPOSTOR: &str = r#"(module
  (import "seal0" "seal_caller" (func $caller (param i32 i32)))
  (import "seal1" "seal_call" (func $call (param i32 i32 i64 i32 i32 i32 i32 i32) (result i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "env" "memory" (memory 1 1))
  ;; At 0 the length of an address, which is put at 4; at 40 a value of nothing, at 60 the answer `Ok(Ok(()))`, at 64
  ;; the selector of `register_patient`.
  (data (i32.const 0) "\20\00\00\00")
  (data (i32.const 64) "\19\cd\f2\d0")
  (func (export "deploy"))
  (func (export "call")
    {attack}
    (call $return (i32.const 0) (i32.const 60) (i32.const 2))))"#;

/// Calls the consortium back, which is in the middle of telling.
const CALL_BACK: &str = "
    (call $caller (i32.const 4) (i32.const 0))
    (drop (call $call (i32.const 0) (i32.const 4) (i64.const 0) (i32.const 40) (i32.const 64) (i32.const 4)
      (i32.const -1) (i32.const 0)))";

async fn impostor(deployment: &Deployment, attack: &str) -> AccountId {
    let code = wat::parse_str(IMPOSTOR.replace("{attack}", attack)).expect("it is WebAssembly");
    let bundle = serde_json::json!({
        "source": { "wasm": format!("0x{}", hex::encode(code)) },
        "spec": { "constructors": [{ "label": "new", "selector": "0x9bae9d5e" }] },
    });
    let bundle = ContractBundle::parse(&serde_json::to_vec(&bundle).expect("JSON")).expect("a bundle");
    let salt = account(attack.get(..8).unwrap_or_default()).0;
    let deployed = deployment.chain.deploy(&key(COMMITTEE), &bundle, (), &salt).await;
    deployed.expect("the chain takes it").address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_calls_back_while_it_is_told_undoes_everything() {
    let deployment = Deployment::with_hospitals().await;
    let Deployment { consortium, ledger, .. } = deployment;
    let connected = async || {
        deployment
            .dry_run(STRANGER, consortium, &consortium::Contracts {})
            .await
    };
    let before = connected().await;
    let hostile = impostor(&deployment, CALL_BACK).await;
    let connect = |consent| consortium::Propose {
        action: Action::Connect { consent, ledger },
    };
    let answer = deployment.refused(COMMITTEE, consortium, &connect(hostile)).await;
    assert_eq!(answer, ConsortiumError::NotDelivered);
    assert_eq!(connected().await, before, "nothing has changed");
    let registered = consortium::Patient { account: hostile };
    assert_eq!(deployment.dry_run(STRANGER, consortium, &registered).await, None);
    // One that only answers is believed: the committee chose it.
    let quiet = impostor(&deployment, "").await;
    deployment.send(COMMITTEE, consortium, &connect(quiet)).await;
    assert_eq!(connected().await.map(|contracts| contracts.consent), Some(quiet));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_can_fill_no_state_but_their_own_and_pay_for_that() {
    let deployment = Deployment::with_hospitals().await;
    let Deployment { consent, ledger, .. } = deployment;
    let now = deployment.now().await;
    let patient = account(PATIENT);
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    // What a stranger grants is theirs: the patient's numbers and grants stay as they are.
    let stranger = deployment.send(STRANGER, consent, &grant(1, permit(now))).await;
    assert!(stranger.deposit > 0, "their own deposit");
    let next = consent::NextGrant { patient };
    assert_eq!(deployment.dry_run(STRANGER, consent, &next).await, GrantId(2));
    let decision = decides(&deployment, &question(now)).await;
    assert_eq!(decision, Decision::Permitted(GrantId(1)));
    // A request costs its sender a deposit, takes one cell however often it is sent, and changes nothing for the patient.
    let ask = Ask {
        purposes: permit(now).purposes,
        slots: Slots::ALL,
        confidentiality: Confidentiality::VeryRestricted,
        until: Timestamp::MAX,
        why: Hash([1; 32]),
    };
    let request = consent::RequestAccess { patient, ask };
    let sent = deployment.send(CLINICIAN, consent, &request).await;
    assert!(sent.deposit > 0, "the requester's own deposit");
    let withdrawn = deployment
        .send(CLINICIAN, consent, &consent::WithdrawRequest { patient })
        .await;
    // The pallet rounds a refund down to what it can tell.
    assert!(
        (sent.deposit + withdrawn.deposit).abs() <= 1,
        "and back it comes: {withdrawn:?}"
    );
    // Domains and batches are for admins.
    let register = ledger::RegisterDomain { key: OprfKey([1; 32]) };
    for name in [STRANGER, PATIENT, CLINICIAN] {
        let answer = deployment.refused(name, ledger, &register).await;
        assert_eq!(answer, LedgerError::NotCustodian, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_first_with_a_number_leaves_the_other_an_error_and_no_batch() {
    let deployment = Deployment::with_hospitals().await;
    let ledger = deployment.ledger;
    deployment.send(ADMIN, ledger, &crate::ledger::register()).await;
    // Another organisation cannot take a number of this domain, whatever it pays.
    let answer = deployment.refused(OTHER_ADMIN, ledger, &crate::ledger::anchor(0)).await;
    assert_eq!(answer, LedgerError::NotCustodian);
    deployment.send(ADMIN, ledger, &crate::ledger::anchor(0)).await;
    let late = deployment.refused(ADMIN, ledger, &crate::ledger::anchor(0)).await;
    assert_eq!(late, LedgerError::BatchTaken { next: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_consents_for_the_past_or_is_answered_about_it() {
    let deployment = Deployment::with_hospitals().await;
    let consent = deployment.consent;
    let before = deployment.now().await;
    let early = Terms {
        from: 0,
        ..permit(before)
    };
    deployment.send(PATIENT, consent, &grant(1, early)).await;
    assert_eq!(
        decides(&deployment, &question(before)).await,
        Decision::Permitted(GrantId(1))
    );
    let past = deployment.dry_run(STRANGER, consent, &question(before)).await;
    assert_eq!(past, Decision::Denied(Denial::Past), "it was not consented to then");
    let given = consent::Grants {
        patient: account(PATIENT),
        grantee: early.grantee,
    };
    let given = deployment.dry_run(STRANGER, consent, &given).await;
    assert!(given.iter().all(|(_, terms)| terms.from > before), "{given:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_denied_by_name_passes_nothing_on_and_nobody_takes_other_proxies_than_the_patient() {
    let deployment = Deployment::with_hospitals().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    let hospital = Terms {
        grantee: Grantee::Organisation(HOSPITAL),
        delegable: true,
        ..permit(now)
    };
    deployment.send(PATIENT, consent, &grant(1, hospital)).await;
    deployment
        .set_role("Anna", Roles::CLINICIAN, OTHER_HOSPITAL, Timestamp::MAX)
        .await;
    let terms = Terms {
        grantee: Grantee::Account(account("Anna")),
        ..permit(now)
    };
    let delegate = |terms| consent::Delegate {
        patient: account(PATIENT),
        parent: Parent {
            grantee: hospital.grantee,
            id: GrantId(1),
        },
        terms,
    };
    let operators = [TRUST, OTHER_HOSPITAL].map(|organisation| ProxyOperator {
        account: account(if organisation == TRUST { "Proxy" } else { "Proxy2" }),
        organisation,
    });
    deployment
        .enact(Action::SetProxies {
            operators: operators.to_vec(),
        })
        .await;
    let other = Terms {
        proxies: Proxies(2),
        ..terms
    };
    let answer = deployment.refused(ADMIN, consent, &delegate(other)).await;
    assert_eq!(
        answer,
        ConsentError::WiderThanParent,
        "a proxy that the patient did not name"
    );
    deployment.send(ADMIN, consent, &delegate(terms)).await;
    let asked = Check {
        requester: account("Anna"),
        ..question(now)
    };
    let passed = Decision::Permitted(GrantId(GrantId::DELEGATED | 1));
    assert_eq!(decides(&deployment, &asked).await, passed);
    let no = Terms {
        grantee: Grantee::Account(account(ADMIN)),
        ..denial(now)
    };
    deployment.send(PATIENT, consent, &grant(2, no)).await;
    assert_eq!(
        decides(&deployment, &asked).await,
        NO_GRANT,
        "it was by the denied admin"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_organisations_are_neither_granted_to_nor_counted_as_proxies() {
    let deployment = Deployment::with_hospitals().await;
    let consent = deployment.consent;
    let now = deployment.now().await;
    deployment.enact(Action::Suspend { organisation: TRUST }).await;
    let answer = deployment.refused(PATIENT, consent, &grant(1, permit(now))).await;
    assert_eq!(answer, ConsentError::WrongProxies, "the only proxy is suspended");
    deployment.enact(Action::Reinstate { organisation: TRUST }).await;
    deployment.enact(Action::Suspend { organisation: HOSPITAL }).await;
    let answer = deployment.refused(PATIENT, consent, &grant(1, permit(now))).await;
    assert_eq!(
        answer,
        ConsentError::GranteeOrganisation,
        "the clinician's hospital is suspended"
    );
    deployment.send(PATIENT, consent, &grant(1, denial(now))).await;
}
