//! The engine against the chain: every answer of the contract's code in this process is the chain's own, whatever was
//! granted, revoked or upgraded; and what is too old, or revoked in the newest block, shows nothing.
mod by_law;
mod pages;
mod passed_on;
mod people;

use crate::{
    search::{StoredWorld, stored, stored_in},
    support::{
        caller::now,
        draws::{Draws, number},
        world::{PATIENCE, World},
    },
};
use aegle_chain::{
    ChainError,
    node::{ChainLink, Node},
};
use aegle_client::{account::AccountKey, chain::Chain, native::ContractBundle};
use aegle_indexer::{Indexer, config::MAX_BLOCK_AGE};
use aegle_policy::{Policy, PolicyError, RecordQuestion, View};
use aegle_protocol::{
    Contracts,
    wire::{SearchAnswer, SearchRequest},
};
use aegle_rules::{
    AccountId, GrantId,
    consent::{self, Decision, Denial, Effect, Grantee, Terms},
    message::Message,
};
use aegle_sealed::{Scope, ScopeContext, Window};
use blake2::{Blake2b, Digest, digest::consts::U32};
use people::People;
use scale::Encode;
use std::{sync::Arc, time::Duration};

/// Questions that are asked; `AEGLE_POLICY_QUESTIONS` says how many others.
const QUESTIONS: usize = 2_000;
/// Questions between two acts.
const QUESTIONS_A_STATE: usize = 80;

/// A policy on a connection of its own, and the node that it is compared with.
struct Compared {
    policy: Policy,
    node: Node,
    consent: AccountId,
    /// The answers so far: permitted, denied.
    counts: [usize; 2],
}

impl Compared {
    async fn new(world: &World) -> Self {
        let link = Arc::new(ChainLink::new(world.chain_url.clone()));
        let node = link.connect().await.unwrap();
        Self {
            policy: Policy::new(link, world.contracts, MAX_BLOCK_AGE).unwrap(),
            node,
            consent: world.contracts.consent,
            counts: [0; 2],
        }
    }

    async fn view(&self) -> View {
        self.policy.view(now()).await.unwrap()
    }

    /// Compares the answers about some records with what the chain answers, in the same states at the same times.
    async fn compare(&mut self, asked: &[RecordQuestion], seed: u64) {
        let (view, wall) = (self.view().await, now());
        let rulings = self.policy.rulings(&view, wall, asked).await.unwrap();
        for (asked, ruling) in asked.iter().zip(rulings) {
            let mut permitted = true;
            for head in [view.finalized(), view.best()] {
                for at in [head.timestamp, wall.max(head.timestamp)] {
                    let decision = self.node.read(head.hash, self.consent, &asked.check(at)).await.unwrap();
                    permitted &= !matches!(decision, Decision::Denied(_));
                    if view.finalized().hash == view.best().hash && at == head.timestamp.max(wall) {
                        let grant = match decision {
                            Decision::Permitted(grant) => Some(grant),
                            _ => None,
                        };
                        assert_eq!(ruling.permitted_by(), grant, "seed {seed}: {asked:?}");
                    }
                }
            }
            assert_eq!(ruling.allows(), permitted, "seed {seed}: {asked:?}");
            self.counts[usize::from(!permitted)] += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_the_chain_s_own() {
    let seed = number("AEGLE_SEED").unwrap_or(20_260_630);
    let questions = number("AEGLE_POLICY_QUESTIONS").map_or(QUESTIONS, |questions| questions as usize);
    let world = World::on_devchain().await;
    let people = People::new(&world).await;
    let mut compared = Compared::new(&world).await;
    let mut draws = Draws(seed);
    let mut given = Vec::new();
    let mut asked = 0;
    while asked < questions {
        for _ in 0..1 + draws.below(3) {
            people.act(&world, &mut draws, &mut given).await;
        }
        let some: Vec<RecordQuestion> = (0..QUESTIONS_A_STATE).map(|_| people.question(&mut draws)).collect();
        compared.compare(&some, seed).await;
        asked += some.len();
    }
    let [permitted, denied] = compared.counts;
    eprintln!("AEGLE_SEED={seed}: {asked} questions, {permitted} permitted, {denied} denied");
    assert!(
        permitted > asked / 50 && denied > asked / 50,
        "both answers came: {permitted}, {denied}"
    );
}

/// Tells a contract of the tests to run its next code.
#[derive(Encode)]
struct Become {}

impl Message for Become {
    const SELECTOR: [u8; 4] = *b"next";
    const NAME: &'static str = "become";
    type Output = ();
}

/// Code that keeps one cell, or none, and gives one answer to every call; to [`Become`] it runs the code of that hash from
/// now on.
fn always(answer: &impl Encode, next: [u8; 32], keeps: bool) -> Vec<u8> {
    let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let answer = (0_u8, answer).encode();
    let text = format!(
        r#"(module
            (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
            (import "seal0" "input" (func $input (param i32 i32)))
            (import "seal0" "set_code_hash" (func $become (param i32) (result i32)))
            (import "seal2" "set_storage" (func $keep (param i32 i32 i32 i32) (result i32)))
            (import "env" "memory" (memory 1 1))
            (data (i32.const 0) "{}")
            (data (i32.const 100) "{}")
            (data (i32.const 200) "next")
            (func (export "deploy") {})
            (func (export "call")
                (i32.store (i32.const 300) (i32.const 4096))
                (call $input (i32.const 304) (i32.const 300))
                (if (i32.eq (i32.load (i32.const 304)) (i32.load (i32.const 200)))
                    (then
                        (drop (call $become (i32.const 100)))
                        (call $return (i32.const 0) (i32.const 400) (i32.const 1))))
                (call $return (i32.const 0) (i32.const 0) (i32.const {}))))"#,
        escaped(&answer),
        escaped(&next),
        if keeps {
            "(drop (call $keep (i32.const 200) (i32.const 4) (i32.const 200) (i32.const 4)))"
        } else {
            ""
        },
        answer.len()
    );
    wat::parse_str(text).unwrap()
}

fn bundle(code: &[u8]) -> ContractBundle {
    let bundle = serde_json::json!({
        "source": { "wasm": format!("0x{}", hex::encode(code)) },
        "spec": { "constructors": [{ "label": "new", "selector": "0x9bae9d5e" }] },
    });
    ContractBundle::parse(&serde_json::to_vec(&bundle).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_code_decides_from_its_block_on() {
    let world = World::on_devchain().await;
    let people = People::new(&world).await;
    let mut draws = Draws(7);
    let questions: Vec<RecordQuestion> = (0..40).map(|_| people.question(&mut draws)).collect();
    let after = always(&Decision::Denied(Denial::NoGrant), [0; 32], true);
    let hash: [u8; 32] = Blake2b::<U32>::digest(&after).into();
    let before = always(&Decision::Permitted(GrantId(77)), hash, true);
    world.chain.upload(&world.committee, &bundle(&after)).await.unwrap();
    let new = (world.contracts.consortium, world.contracts.genesis);
    let deployed = world
        .chain
        .deploy(&world.committee, &bundle(&before), new, b"policy")
        .await
        .unwrap();
    let contracts = Contracts {
        consent: deployed.address,
        ..world.contracts
    };
    let link = Arc::new(ChainLink::new(world.chain_url.clone()));
    let mut compared = Compared {
        node: link.connect().await.unwrap(),
        policy: Policy::new(link, contracts, MAX_BLOCK_AGE).unwrap(),
        consent: deployed.address,
        counts: [0; 2],
    };
    compared.compare(&questions, 7).await;
    assert_eq!(compared.counts, [questions.len(), 0]);
    world
        .chain
        .call(&world.committee, deployed.address, &Become {})
        .await
        .unwrap();
    compared.compare(&questions, 7).await;
    assert_eq!(
        compared.counts,
        [questions.len(); 2],
        "the same questions, by the next code"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_storage_root_nothing_is_decided() {
    let world = World::on_devchain().await;
    let code = bundle(&always(&Decision::Permitted(GrantId(77)), [0; 32], false));
    let new = (world.contracts.consortium, world.contracts.genesis);
    let deployed = world
        .chain
        .deploy(&world.committee, &code, new, b"rootless")
        .await
        .unwrap();
    let contracts = Contracts {
        consent: deployed.address,
        ..world.contracts
    };
    let link = Arc::new(ChainLink::new(world.chain_url.clone()));
    link.connect().await.unwrap();
    let policy = Policy::new(link, contracts, MAX_BLOCK_AGE).unwrap();
    let view = policy.view(now()).await.unwrap();
    let people = People::new(&world).await;
    let asked = people.question(&mut Draws(7));
    // Were a missing root a root like others, every later state would be this one.
    let refused = policy.ruling(&view, now(), asked).await;
    assert!(
        matches!(&refused, Err(PolicyError::Chain(ChainError::NoStorageRoot(contract))) if *contract == deployed.address),
        "{refused:?}"
    );
}

async fn answer_of(world: &World, running: &Indexer, key: &AccountKey, search: &SearchRequest) -> SearchAnswer {
    world.caller(running, key).post("/v1/search", search).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_see_nothing_gets_the_same_bytes_for_every_pseudonym() {
    let StoredWorld {
        world, running, done, ..
    } = stored().await;
    world.settle(&running).await;
    let stranger = AccountKey::generate().unwrap();
    let nobody = AccountId([0x5a; 32]);
    let window = Window::new(0, 2).unwrap();
    let of = |patient: AccountId, evidence: bool| {
        let context = ScopeContext {
            scope: Scope::Patient(patient),
            ..world.scope(patient)
        };
        SearchRequest {
            scope: Scope::Patient(patient),
            terms: vec![world.domain_key.token(&context, &done, window).unwrap()],
            evidence,
            ..world.search(&done, 2)
        }
    };
    for key in [&stranger, &world.clinician, &world.admin] {
        for evidence in [false, true] {
            // Both at one block: a block in between changes what both would say.
            let mut found = None;
            for _ in 0..20 {
                let caller = world.caller(&running, key);
                let before = world.chain.finalized().await.unwrap();
                let with = caller.post("/v1/search", &of(world.patient.account(), evidence)).await;
                let without = caller.post("/v1/search", &of(nobody, evidence)).await;
                if world.chain.finalized().await.unwrap() == before {
                    found = Some((with, without));
                    break;
                }
            }
            let (with, without) = found.expect("a moment without a block");
            assert_eq!((with.status, &with.body), (without.status, &without.body), "{evidence}");
            assert_eq!(with.status, if evidence { 403 } else { 200 });
        }
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_knows_nothing_of_what_is_withheld() {
    let StoredWorld {
        world,
        running,
        pressure,
        ..
    } = stored().await;
    world.grant(&running).await;
    let search = world.search(&pressure, 2);
    let whole = answer_of(&world, &running, &world.clinician, &search).await;
    assert_eq!(whole.hits.len(), 3);
    // Three hits in pages of one: the last page says that it is the last.
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let request = SearchRequest {
            limit: 1,
            after,
            ..search.clone()
        };
        let page = answer_of(&world, &running, &world.clinician, &request).await;
        pages.extend(page.hits);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, whole.hits);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_is_too_old_answers_nothing_until_there_is_a_new_one() {
    let world = World::on_devchain().await;
    let mut config = world.config();
    // Without transactions, the world seals a block every twenty seconds.
    config.max_block_age = Duration::from_secs(2);
    let running = Indexer::start(config).await.unwrap();
    world.settle(&running).await;
    world.until_readiness_is(&running.url(), "chain-stale").await;
    let refused = world.caller(&running, &world.patient).get("/v1/disclosures").await;
    assert_eq!(refused.reason(), (503, "chain-stale".into()));
    let devchain = world.devchain.as_ref().expect("a chain of its own");
    let sealed = devchain.seal_block().await.unwrap();
    running.wait_for_block(sealed.number, PATIENCE).await.unwrap();
    world.until_readiness_is(&running.url(), "ready").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_counts_from_the_best_block_and_a_grant_from_the_finalized_one() {
    let StoredWorld {
        world,
        running,
        pressure,
        ..
    } = stored_in(World::on_devchain().await).await;
    let devchain = world.devchain.as_ref().expect("a chain of its own");
    let search = world.search(&pressure, 2);
    let hits = async || answer_of(&world, &running, &world.clinician, &search).await.hits.len();
    let id = world.grant(&running).await.id;
    assert_eq!(hits().await, 3);
    devchain.hold_finality(true);
    world.revoke(id).await;
    assert_eq!(
        hits().await,
        0,
        "the finalized state still permits, the best one does not"
    );
    devchain.hold_finality(false);
    assert_eq!(hits().await, 0);
    devchain.hold_finality(true);
    let next = consent::messages::NextGrant {
        patient: world.patient.account(),
    };
    let node = Node::connect(&world.chain_url).await.unwrap();
    let best = node.best().await.unwrap();
    let consent = world.contracts.consent;
    let id = world.chain.read(best.hash, consent, &next).await.unwrap();
    let terms = Terms {
        grantee: Grantee::Anyone,
        ..world.terms(Effect::Permit)
    };
    let grant = consent::messages::Grant { id, terms };
    world.chain.call(&world.patient, consent, &grant).await.unwrap();
    assert_eq!(
        hits().await,
        0,
        "the best state permits, the finalized one does not yet"
    );
    devchain.hold_finality(false);
    assert_eq!(hits().await, 3);
    running.stop().await;
}
