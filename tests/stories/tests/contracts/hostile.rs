//! Calls that mean harm: state stays as it was, and what they cost is the attacker's own.

use crate::{
    acts::{NO_GRANT, decides},
    deployment::{
        ADMIN, CLINICIAN, COMMITTEE, Deployment, HOSPITAL, OTHER_ADMIN, OTHER_HOSPITAL, PATIENT, STRANGER, TRUST,
        account, denial, grant, key, permit, question,
    },
};
use aegle_client::native::{ContractBundle, Weight};
use aegle_rules::{
    AccountId, Confidentiality, DomainId, GrantId, Hash, OprfKey, ProposalId, Roles, Slots, Timestamp,
    consent::{Ask, Check, ConsentError, Decision, Denial, Grantee, Parent, Proxies, Terms, messages as consent},
    consortium::{
        Action, ConsortiumError, Limits, ProxyOperator, Standing, Which,
        events::{DeliveryRefused, Event},
        messages as consortium,
    },
    ledger::{LedgerError, messages as ledger},
    message::Message,
};
use std::time::Duration;

/// A contract in the consent contract's place, which answers every notice as if it had taken it; `{attack}` comes before.
const IMPOSTOR: &str = r#"(module
  (import "seal0" "seal_caller" (func $caller (param i32 i32)))
  (import "seal0" "seal_input" (func $input (param i32 i32)))
  (import "seal1" "seal_call" (func $call (param i32 i32 i64 i32 i32 i32 i32 i32) (result i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "env" "memory" (memory 1 1))
  ;; At 0 the length of an address, which is put at 4; at 40 a value of nothing, at 60 the answer `Ok(Ok(()))`, at 64
  ;; the selector of `register_patient`, and no organisation after it; at 192 the length of the room for the input, which is at 200.
  (data (i32.const 0) "\20\00\00\00")
  (data (i32.const 64) "\19\cd\f2\d0\00")
  (data (i32.const 192) "\00\04\00\00")
  (func (export "deploy"))
  (func (export "call")
    {attack}
    (call $return (i32.const 0) (i32.const 60) (i32.const 2))))"#;

/// Calls the consortium back, which is in the middle of telling.
const CALL_BACK: &str = "
    (call $caller (i32.const 4) (i32.const 0))
    (drop (call $call (i32.const 0) (i32.const 4) (i64.const 0) (i32.const 40) (i32.const 64) (i32.const 5)
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
    let deployment = Deployment::with_time().await;
    let Deployment { consortium, ledger, .. } = deployment;
    let connected = async || {
        deployment
            .dry_run(STRANGER, consortium, &consortium::Contracts {})
            .await
    };
    let before = connected().await;
    let hostile = impostor(&deployment, CALL_BACK).await;
    let connect = |consent| Action::Connect { consent, ledger };
    let action = connect(hostile);
    let propose = consortium::Propose { action: action.clone() };
    deployment.send(COMMITTEE, consortium, &propose).await;
    let lock = Duration::from_millis(Limits::DEFAULT.timelock_ms);
    deployment.advance(lock).await;
    let id = ProposalId(1);
    let answer = deployment
        .refused(COMMITTEE, consortium, &consortium::Execute { id, action })
        .await;
    assert_eq!(answer, ConsortiumError::NotDelivered);
    assert_eq!(connected().await, before, "nothing has changed");
    let registered = consortium::Patient { account: hostile };
    assert_eq!(deployment.dry_run(STRANGER, consortium, &registered).await, None);
    // One that only answers is believed: the committee chose it.
    let quiet = impostor(&deployment, "").await;
    deployment.enact(connect(quiet)).await;
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
    let deployment = Deployment::with_time().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_numbers_of_anothers_accounts_of_disclosures() {
    let deployment = Deployment::with_hospitals().await;
    let ledger = deployment.ledger;
    deployment.send(ADMIN, ledger, &crate::ledger::register()).await;
    deployment
        .set_role(STRANGER, Roles::PROXY_OPERATOR, OTHER_HOSPITAL, Timestamp::MAX)
        .await;
    let account_for = |expected| ledger::AnchorDisclosures {
        domain: DomainId(1),
        expected,
        root: Hash([5; 32]),
        count: 1,
    };
    for expected in 0..3 {
        deployment.send(STRANGER, ledger, &account_for(expected)).await;
    }
    deployment.send(ADMIN, ledger, &account_for(0)).await;
    for (name, next) in [(STRANGER, 3), (ADMIN, 1)] {
        let taken = deployment.refused(name, ledger, &account_for(0)).await;
        assert_eq!(taken, LedgerError::DisclosuresTaken { next }, "{name}");
    }
}

/// Traps on what takes something away, so that it has no answer to a suspension, nor to a role that is taken. In what it is
/// told, after the selector: the kind of notice; for the role of one account, their number, 32 bytes of account, and whether there is one; for the
/// organisations, how many there are in 4 bytes, and then how many are suspended.
const REFUSE_WHAT_TAKES_AWAY: &str = "
    (call $input (i32.const 200) (i32.const 192))
    (if (i32.and (i32.eq (i32.load8_u (i32.const 204)) (i32.const 0)) (i32.eq (i32.load8_u (i32.const 238)) (i32.const 0)))
      (then unreachable))
    (if (i32.and (i32.eq (i32.load8_u (i32.const 204)) (i32.const 1)) (i32.ne (i32.load8_u (i32.const 209)) (i32.const 0)))
      (then unreachable))";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_contract_keeps_no_suspension_from_the_other_and_catches_up_later() {
    let deployment = Deployment::with_time().await;
    let Deployment {
        consortium,
        consent,
        ledger,
        ..
    } = deployment;
    deployment.send(ADMIN, ledger, &crate::ledger::register()).await;
    let broken = impostor(&deployment, REFUSE_WHAT_TAKES_AWAY).await;
    let connect = |consent| Action::Connect { consent, ledger };
    deployment.enact(connect(broken)).await;
    let refused = async |action, account| {
        let message = consortium::Propose { action };
        let receipt = deployment.send(COMMITTEE, consortium, &message).await;
        let told: Vec<Event> = receipt.events.iter().map(told).collect();
        let contract = Which::Consent;
        let expected = Event::DeliveryRefused(DeliveryRefused { contract, account });
        assert_eq!(told.last(), Some(&expected), "{told:?}");
    };
    let publish = |account| consortium::Publish { account };
    refused(Action::Suspend { organisation: HOSPITAL }, None).await;
    let owed = deployment.refused(STRANGER, consortium, &publish(None)).await;
    assert_eq!(owed, ConsortiumError::NotDelivered, "it refuses to hear of it yet");
    let answer = deployment.refused(ADMIN, ledger, &crate::ledger::anchor(0)).await;
    assert_eq!(answer, LedgerError::NotCustodian, "the ledger has heard of it");
    deployment.enact(Action::Reinstate { organisation: HOSPITAL }).await;
    let taken = account(CLINICIAN);
    refused(Action::RevokeRole { account: taken }, Some(taken)).await;
    // What is not in an emergency waits for everybody.
    let answer = deployment.refused(STRANGER, consortium, &publish(Some(taken))).await;
    assert_eq!(answer, ConsortiumError::NotDelivered);
    // The contract in its place is told by anybody.
    deployment.enact(connect(consent)).await;
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let decision = decides(&deployment, &question(now)).await;
    assert_eq!(
        decision,
        Decision::Permitted(GrantId(1)),
        "it has not heard of the role that was taken"
    );
    deployment.send(STRANGER, consortium, &publish(Some(taken))).await;
    assert_eq!(
        decides(&deployment, &question(now)).await,
        Decision::Denied(Denial::Role)
    );
    deployment.send(STRANGER, consortium, &publish(None)).await;
}

/// An event of the consortium contract.
fn told(event: &aegle_client::chain::Emitted) -> Event {
    let topic = event.topic.expect("every event is signed");
    let known = Event::decode(&topic, &event.data).expect("it decodes");
    known.expect("known")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_that_is_starved_of_gas_did_not_happen() {
    let deployment = Deployment::with_hospitals().await;
    let Deployment { consortium, .. } = deployment;
    let suspend = consortium::Propose {
        action: Action::Suspend { organisation: HOSPITAL },
    };
    let whole = deployment
        .raw(COMMITTEE, consortium, &suspend.call_data(), 0)
        .await
        .consumed;
    let standing = async || {
        let message = consortium::Organisation { id: HOSPITAL };
        deployment.dry_run(STRANGER, consortium, &message).await
    };
    // Both kinds of gas run out at every stage; whatever happens, it happens in both contracts or in none.
    let parts = (0..30).map(|step| 30 + step * 4);
    let starved = parts.flat_map(|percent| [(percent, 1_000), (1_000, percent)]);
    let mut suspended = 0;
    for (time_percent, proof_percent) in starved {
        let gas = Weight {
            time: whole.time * time_percent / 100,
            proof: whole.proof * proof_percent / 100,
        };
        let receipt = deployment.send_with_gas(COMMITTEE, consortium, &suspend, gas).await;
        let counts = standing().await == Some(Standing::Suspended);
        assert_eq!(receipt.is_some(), counts, "{time_percent} {proof_percent}");
        let refusals = receipt.iter().flat_map(|events| events.iter().map(told));
        let refusals = refusals.filter(|event| matches!(event, Event::DeliveryRefused(_)));
        assert_eq!(
            refusals.count(),
            0,
            "{time_percent} % of the time, {proof_percent} % of the proof"
        );
        if counts {
            suspended += 1;
            deployment.enact(Action::Reinstate { organisation: HOSPITAL }).await;
        }
    }
    assert!(suspended > 0, "with enough gas it happens");
}
