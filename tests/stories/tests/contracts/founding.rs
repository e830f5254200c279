//! `aegle deploy` as a library: founding, doing what a failure left undone, and upgrading behind the time lock.

use crate::deployment::{account, key};
use aegle_client::{
    account::AccountKey,
    chain::{Chain, ChainError},
    native::{
        ChainClient, ContractBundle,
        founding::{
            Bundles, CommitteePlan, Founded, Founding, FoundingError, OrganisationPlan, Plan, ProxyPlan, Waiting,
        },
    },
};
use aegle_devchain::{Devchain, Options};
use aegle_rules::{
    AccountId,
    consortium::{Limits, UPGRADE_WINDOW_MS, Which, messages},
};
use std::{path::Path, time::Duration};

const ALICE: &str = "Alice";
const BOB: &str = "Bob";

pub(crate) struct Place {
    devchain: Devchain,
    pub(crate) chain: ChainClient,
}

impl Place {
    async fn new() -> Self {
        let devchain = Devchain::start(Options::default()).await.expect("the devchain starts");
        let chain = ChainClient::connect(&devchain.ws_url())
            .await
            .expect("the chain is there");
        Self { devchain, chain }
    }

    /// A consortium of a committee of two, Alice and Bob, who both have to agree; and the number of its hospital.
    pub(crate) async fn with_two_members() -> (Self, Founded) {
        let (place, plan) = (Self::new().await, of_two());
        let first = place.found(ALICE, &plan).await.expect("deployed");
        let founded = place.ended(&plan, &first).await;
        (place, founded)
    }

    async fn found(&self, signer: &str, plan: &Plan) -> Result<Founded, FoundingError> {
        let (key, bundles) = (key(signer), bundles(&[]));
        Founding::new(&self.chain, &key, &bundles, plan)?.run(&mut |_| ()).await
    }

    /// Has both members of a committee do in turn what is left after the first run.
    async fn ended(&self, plan: &Plan, first: &Founded) -> Founded {
        let bundles = bundles(&[]);
        let mut runs = 0;
        loop {
            let signer = key(if runs % 2 == 0 { BOB } else { ALICE });
            let founding = Founding::new(&self.chain, &signer, &bundles, plan).expect("a plan");
            let founding = founding.at(first.contracts, first.first_block);
            let run = founding.run(&mut |_| ()).await.expect("a run");
            runs += 1;
            if run.waiting.is_empty() && run.organisations.len() == 2 {
                return run;
            }
            assert!(runs < 8, "it does not end: {:?}", run.waiting);
        }
    }
}

/// The three contracts; those that are named get other code that does the same.
fn bundles(changed: &[&str]) -> Bundles {
    let read = |contract: &str| {
        let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts");
        let json = std::fs::read(artifacts.join(format!("{contract}.contract"))).expect("the bundle is committed");
        match changed.contains(&contract) {
            true => rebuilt(&json, b"another build"),
            false => ContractBundle::parse(&json).expect("a bundle that cargo-contract wrote"),
        }
    };
    Bundles {
        consortium: read("consortium"),
        consent: read("consent"),
        ledger: read("ledger"),
    }
}

/// A bundle with one more custom section in its code, which changes the code's hash and nothing else.
fn rebuilt(json: &[u8], content: &[u8]) -> ContractBundle {
    let mut bundle: serde_json::Value = serde_json::from_slice(json).expect("JSON");
    let wasm = bundle["source"]["wasm"].as_str().expect("code");
    let mut code = hex::decode(wasm.trim_start_matches("0x")).expect("hexadecimal");
    let name = b"note";
    let length = 1 + name.len() + content.len();
    code.push(0);
    leb128(&mut code, length);
    leb128(&mut code, name.len());
    code.extend_from_slice(name);
    code.extend_from_slice(content);
    bundle["source"]["wasm"] = format!("0x{}", hex::encode(code)).into();
    ContractBundle::parse(&serde_json::to_vec(&bundle).expect("JSON")).expect("a bundle")
}

fn leb128(code: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        code.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    code.push(number as u8);
}

fn organisation(name: &str, admin: AccountId) -> OrganisationPlan {
    OrganisationPlan {
        name: name.into(),
        admin,
    }
}

fn north() -> Plan {
    Plan {
        limits: Some(Limits {
            glasses_per_day: 2,
            ..Limits::default()
        }),
        organisations: vec![
            organisation("hospital", account("Charlie")),
            organisation("trust", account("Dave")),
        ],
        proxies: vec![ProxyPlan {
            account: account("Eve"),
            organisation: "trust".into(),
        }],
        ..Plan::alone("north")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consortium_is_what_its_description_says_and_a_second_run_has_nothing_to_do() {
    let place = Place::new().await;
    let plan = north();
    let founded = place.found(ALICE, &plan).await.expect("founded");
    assert!(founded.waiting.is_empty(), "{:?}", founded.waiting);
    assert_eq!(founded.organisations.len(), 2);
    let head = place.chain.finalized().await.expect("a head");
    let consortium = founded.contracts.consortium;
    let limits = place.chain.read(head.hash, consortium, &messages::Limits {}).await;
    assert_eq!(Some(limits.expect("limits")), plan.limits);
    let proxies = place.chain.read(head.hash, consortium, &messages::Proxies {}).await;
    let proxies = proxies.expect("proxies").operators;
    assert_eq!(proxies.len(), 1);
    assert_eq!(proxies[0].organisation, founded.organisations["trust"]);

    let again = place.found(ALICE, &plan).await.expect("still founded");
    assert_eq!(again.contracts, founded.contracts);
    assert_eq!(again.organisations, founded.organisations);
    assert!(
        again.receipts.is_empty() && again.waiting.is_empty(),
        "nothing was missing"
    );
    assert_eq!(again.first_block, founded.first_block, "found by bisection");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failure_left_undone_is_done_by_the_next_run() {
    let place = Place::new().await;
    let plan = north();
    // A run that was cut off after the first contract.
    let (alice, three) = (key(ALICE), bundles(&[]));
    let planned = *Founding::new(&place.chain, &alice, &three, &plan)
        .expect("a plan")
        .contracts();
    let arguments = (vec![alice.account()], 1_u8, place.chain.genesis());
    let first = place
        .chain
        .deploy(&alice, &three.consortium, arguments, plan.name.as_bytes())
        .await
        .expect("deployed");
    assert_eq!(first.address, planned.consortium, "the address is known before");

    let founded = place.found(ALICE, &plan).await.expect("founded");
    assert_eq!(founded.contracts, planned);
    assert!(founded.waiting.is_empty() && founded.organisations.len() == 2);
    assert!(founded.first_block < first.receipt.block);
}

fn of_two() -> Plan {
    Plan {
        committee: Some(CommitteePlan {
            members: vec![account(ALICE), account(BOB)],
            threshold: 2,
            seats: vec!["hospital".into(), "trust".into()],
        }),
        ..north()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committee_of_two_founds_by_running_the_same_each() {
    let place = Place::new().await;
    let plan = of_two();
    let first = place.found(ALICE, &plan).await.expect("deployed");
    assert!(
        matches!(
            first.waiting[..],
            [Waiting::Votes {
                votes: 1,
                threshold: 2,
                ..
            }]
        ),
        "nothing can be done before the contracts are connected: {:?}",
        first.waiting
    );
    let done = place.ended(&plan, &first).await;
    let bundles = bundles(&[]);
    assert_eq!(done.contracts, first.contracts);
    let head = place.chain.finalized().await.expect("a head");
    let committee = place
        .chain
        .read(head.hash, done.contracts.consortium, &messages::Committee {})
        .await;
    let seats = ["hospital", "trust"].map(|name| Some(done.organisations[name]));
    assert_eq!(committee.expect("a committee").organisations, seats);
    let stranger = AccountKey::generate().expect("a key");
    let founding = Founding::new(&place.chain, &stranger, &bundles, &plan).expect("a plan");
    let settled = founding.at(first.contracts, first.first_block).run(&mut |_| ()).await;
    assert!(settled.expect("nothing is missing").receipts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_chain_would_not_take_is_refused_before_anything_is_paid() {
    let place = Place::new().await;
    let plan = north();
    let poor = AccountKey::generate().expect("a key");
    let three = bundles(&[]);
    let founding = Founding::new(&place.chain, &poor, &three, &plan).expect("a plan");
    assert!(matches!(
        founding.run(&mut |_| ()).await,
        Err(FoundingError::Chain(
            ChainError::Module { .. } | ChainError::Dispatch { .. }
        ))
    ));
    let json = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts/ledger.contract"));
    let most = place.chain.max_code_bytes().await.expect("the limit");
    let large = Bundles {
        ledger: rebuilt(&json.expect("the bundle"), &vec![b'x'; most]),
        ..bundles(&[])
    };
    let alice = key(ALICE);
    let before = place.chain.balance(alice.account()).await.expect("a balance");
    let refused = Founding::new(&place.chain, &alice, &large, &plan)
        .expect("a plan")
        .run(&mut |_| ())
        .await;
    assert!(
        matches!(refused, Err(FoundingError::CodeTooLarge { contract: "ledger", .. })),
        "{refused:?}"
    );
    assert_eq!(place.chain.balance(alice.account()).await.expect("a balance"), before);

    // An address book of a chain that was begun anew.
    let founding = Founding::new(&place.chain, &alice, &three, &plan).expect("a plan");
    let elsewhere = aegle_client::chain::Contracts {
        consent: account("Ferdie"),
        ..*founding.contracts()
    };
    assert!(matches!(
        founding.at(elsewhere, 0).run(&mut |_| ()).await,
        Err(FoundingError::Gone(gone)) if gone == account("Ferdie")
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_code_waits_for_the_time_lock_and_reads_the_old_state() {
    let place = Place::new().await;
    let plan = north();
    let founded = place.found(ALICE, &plan).await.expect("founded");
    let (alice, newer) = (key(ALICE), bundles(&["consortium", "consent", "ledger"]));
    let run = async || {
        let founding = Founding::new(&place.chain, &alice, &newer, &plan).expect("a plan");
        let founding = founding.at(founded.contracts, founded.first_block);
        founding.run(&mut |_| ()).await.expect("a run")
    };
    let older = bundles(&[]);
    let as_built = async |bundles| {
        let founding = Founding::new(&place.chain, &alice, bundles, &plan).expect("a plan");
        let founding = founding.at(founded.contracts, founded.first_block);
        let verified = founding.verify().await.expect("the chain answers");
        let scheduled = verified.iter().filter(|own| own.scheduled.is_some()).count();
        (verified.map(|own| own.is_as_built()), scheduled)
    };
    assert_eq!(as_built(&older).await, ([true; 3], 0));
    assert_eq!(as_built(&newer).await, ([false; 3], 0));
    let scheduled = run().await;
    assert_eq!(scheduled.waiting.len(), 3, "{:?}", scheduled.waiting);
    assert_eq!(as_built(&older).await, ([true; 3], 3), "other code waits");
    let early = messages::Upgrade {
        contract: Which::Consent,
    };
    let refused = place.chain.call(&alice, founded.contracts.consortium, &early).await;
    assert!(refused.is_err(), "not before its time");
    let waiting = run().await;
    assert!(
        waiting.receipts.is_empty() && waiting.waiting.len() == 3,
        "once is enough"
    );

    let lock = Duration::from_millis(plan.limits.expect("limits").timelock_ms);
    place.devchain.advance(lock * 3).await.expect("time goes on");
    place.devchain.seal_block().await.expect("a block");
    let upgraded = run().await;
    assert!(upgraded.waiting.is_empty(), "{:?}", upgraded.waiting);
    assert_eq!(as_built(&newer).await, ([true; 3], 0));
    assert_eq!(as_built(&older).await, ([false; 3], 0));
    assert_eq!(upgraded.receipts.len(), 3);
    assert_eq!(
        upgraded.organisations, founded.organisations,
        "the new code reads the old state"
    );
    assert!(run().await.receipts.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn new_code_that_nobody_put_in_force_in_time_is_scheduled_anew() {
    let place = Place::new().await;
    let plan = north();
    let founded = place.found(ALICE, &plan).await.expect("founded");
    let (alice, newer) = (key(ALICE), bundles(&["ledger"]));
    let lock = Duration::from_millis(plan.limits.expect("limits").timelock_ms);
    let run = async || {
        let founding = Founding::new(&place.chain, &alice, &newer, &plan).expect("a plan");
        let founding = founding.at(founded.contracts, founded.first_block);
        founding.run(&mut |_| ()).await.expect("a run")
    };
    assert_eq!(run().await.waiting.len(), 1);
    let away = lock * 3 + Duration::from_millis(UPGRADE_WINDOW_MS);
    for (pause, waits) in [(away, true), (lock * 3, false)] {
        place.devchain.advance(pause).await.expect("time goes on");
        place.devchain.seal_block().await.expect("a block");
        let run = run().await;
        assert_eq!(!run.waiting.is_empty(), waits, "after {pause:?}: {:?}", run.waiting);
    }
}
