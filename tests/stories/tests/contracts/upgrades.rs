//! New code that does not fit: whoever puts it in force, the old code goes on.

use crate::{
    acts::decides,
    deployment::{
        CLINICIAN, COMMITTEE, Deployment, HOSPITAL, PATIENT, STRANGER, account, grant, key, permit, question,
    },
    relayed::blake2,
};
use aegle_client::{chain::Chain, native::ContractBundle};
use aegle_rules::{
    GrantId, Hash,
    consent::{Decision, Denial},
    consortium::{
        Action, AskLayout, ConsortiumError, Layout, Limits, Which,
        messages::{self, Scheduled},
    },
};
use scale::Encode;
use std::time::Duration;

/// Code that traps whenever it is called.
const TRAP: &str = r#"(module
  (import "env" "memory" (memory 1 1))
  (func (export "deploy"))
  (func (export "call") unreachable))"#;

/// Code that gives the same answer to every call: `{length}` bytes, `{answer}`.
const PARROT: &str = r#"(module
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "env" "memory" (memory 1 1))
  (data (i32.const 0) "{answer}")
  (func (export "deploy"))
  (func (export "call") (call $return (i32.const 0) (i32.const 0) (i32.const {length}))))"#;

/// Code that says of itself what is given, whatever it is asked or told.
fn saying(layout: Layout) -> String {
    // ink! understood the call, and then the answer.
    let answer = (0_u8, layout).encode();
    let escaped: String = answer.iter().map(|byte| format!("\\{byte:02x}")).collect();
    PARROT
        .replace("{answer}", &escaped)
        .replace("{length}", &answer.len().to_string())
}

/// Puts code on the chain, without any contract that runs it.
async fn upload(deployment: &Deployment, text: &str) -> Hash {
    let code = wat::parse_str(text).expect("it is WebAssembly");
    let hash = blake2(&code);
    let bundle = serde_json::json!({
        "source": { "wasm": format!("0x{}", hex::encode(code)) },
        "spec": { "constructors": [{ "label": "new", "selector": "0x9bae9d5e" }] },
    });
    let bundle = ContractBundle::parse(&serde_json::to_vec(&bundle).expect("JSON")).expect("a bundle");
    let uploaded = deployment.chain.upload(&key(COMMITTEE), &bundle).await;
    uploaded.expect("the chain takes it");
    hash
}

/// The hash of the code that a contract runs.
pub(crate) async fn running(deployment: &Deployment, contract: Which) -> Hash {
    let head = deployment.chain.finalized().await.expect("a head");
    let hash = deployment.chain.code_hash(&head, deployment.address(contract)).await;
    hash.expect("an answer").expect("a contract")
}

/// Schedules code for a contract and waits until it can be put in force.
pub(crate) async fn scheduled(deployment: &Deployment, contract: Which, code_hash: Hash, layout: u32) {
    let lock = Limits::DEFAULT.timelock_ms;
    let not_before = deployment.now().await + lock + 3_600_000;
    deployment
        .enact(Action::ScheduleUpgrade {
            contract,
            code_hash,
            layout,
            not_before,
        })
        .await;
    deployment.advance(Duration::from_millis(lock + 7_200_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_does_not_fit_is_taken_back_and_everything_goes_on() {
    let deployment = Deployment::with_time().await;
    let Deployment {
        consortium, consent, ..
    } = deployment;
    let now = deployment.now().await;
    deployment.send(PATIENT, consent, &grant(1, permit(now))).await;
    let unknown = Hash([9; 32]);
    let of = Layout::of;
    let (consent_code, ledger_code) = (
        running(&deployment, Which::Consent).await,
        running(&deployment, Which::Ledger).await,
    );
    let consortium_code = running(&deployment, Which::Consortium).await;
    let trap = upload(&deployment, TRAP).await;
    let newer = Layout {
        version: 2,
        ..of(Which::Consent)
    };
    let (other_layout, deaf) = (
        upload(&deployment, &saying(newer)).await,
        upload(&deployment, &saying(of(Which::Consent))).await,
    );
    let no_committee = upload(&deployment, &saying(of(Which::Consortium))).await;
    use ConsortiumError::{NotDelivered, UnknownCode, WrongLayout};
    for (contract, code_hash, layout, expected, what) in [
        (Which::Consent, unknown, 1, NotDelivered, "code that is not there"),
        (Which::Consent, trap, 1, WrongLayout, "code that traps"),
        (Which::Consent, ledger_code, 1, WrongLayout, "another contract's"),
        (Which::Consent, other_layout, 1, WrongLayout, "another layout"),
        (Which::Consent, consent_code, 2, WrongLayout, "not the layout voted for"),
        (Which::Consent, deaf, 1, NotDelivered, "deaf to notices"),
        (Which::Ledger, trap, 1, WrongLayout, "code that traps"),
        (Which::Ledger, consent_code, 1, WrongLayout, "another contract's"),
        (Which::Consortium, unknown, 1, UnknownCode, "code that is not there"),
        (Which::Consortium, trap, 1, WrongLayout, "code that traps"),
        (Which::Consortium, ledger_code, 1, WrongLayout, "another contract's"),
        (Which::Consortium, no_committee, 1, WrongLayout, "without the committee"),
        (
            Which::Consortium,
            consortium_code,
            2,
            WrongLayout,
            "not the layout voted for",
        ),
    ] {
        scheduled(&deployment, contract, code_hash, layout).await;
        let before = running(&deployment, contract).await;
        let upgrade = messages::Upgrade { contract };
        let answer = deployment.refused(STRANGER, consortium, &upgrade).await;
        assert_eq!(answer, expected, "{contract:?}: {what}");
        assert_eq!(running(&deployment, contract).await, before, "{contract:?}: {what}");
        let waits = deployment.dry_run(STRANGER, consortium, &Scheduled { contract }).await;
        assert_eq!(
            waits.map(|upgrade| upgrade.code_hash),
            Some(code_hash),
            "it can be cancelled"
        );
        deployment.enact(Action::CancelUpgrade { contract }).await;
    }
    // Nothing is the worse for it: grants are read, and the committee's acts are delivered.
    let asked = question(now);
    assert_eq!(decides(&deployment, &asked).await, Decision::Permitted(GrantId(1)));
    deployment.enact(Action::Suspend { organisation: HOSPITAL }).await;
    assert_eq!(decides(&deployment, &asked).await, Decision::Denied(Denial::Role));
    deployment.enact(Action::Reinstate { organisation: HOSPITAL }).await;
    let gone = Action::RevokeRole {
        account: account(CLINICIAN),
    };
    deployment.enact(gone).await;
    assert_eq!(decides(&deployment, &asked).await, Decision::Denied(Denial::Role));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_contract_says_what_it_is_and_code_that_fits_is_put_in_force() {
    let deployment = Deployment::with_time().await;
    let Deployment {
        consortium,
        consent,
        ledger,
        ..
    } = deployment;
    for (contract, address) in [
        (Which::Consortium, consortium),
        (Which::Consent, consent),
        (Which::Ledger, ledger),
    ] {
        let says = deployment.dry_run(STRANGER, address, &AskLayout {}).await;
        assert_eq!(says, Layout::of(contract));
        let code_hash = running(&deployment, contract).await;
        scheduled(&deployment, contract, code_hash, says.version).await;
        deployment
            .send(STRANGER, consortium, &messages::Upgrade { contract })
            .await;
        let waits = deployment.dry_run(STRANGER, consortium, &Scheduled { contract }).await;
        assert_eq!(waits, None, "{contract:?}");
    }
    // The consortium is still itself.
    let committee = deployment.dry_run(STRANGER, consortium, &messages::Committee {}).await;
    assert_eq!(committee.members, [account(COMMITTEE)]);
}
