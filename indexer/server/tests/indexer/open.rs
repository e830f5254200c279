//! The server on the open internet: what nobody knows gets little done, and takes nothing from others.
use crate::{
    batches::two,
    support::{
        caller::{Caller, now},
        world::{FUNDS, LATER, World},
    },
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_protocol::{request::SignedHeaders, wire::SearchAnswer};
use aegle_rules::{
    OrganisationId, Roles,
    consent::{
        Authority, CONTROL_DELAY_MS, Call, Guardians,
        messages::{GuardianAct, SetGuardians},
    },
    consortium::{Action, Role, messages::Propose},
    ledger::messages::RegisterDomain,
};
use aegle_sealed::Keyword;
use futures_util::{StreamExt, stream};
use std::time::{Duration, Instant};

/// Accounts that nobody knows, and requests at the same time.
const STRANGERS: usize = 10_000;
const AT_ONCE: usize = 32;
/// How often an account asks when nothing is left for strangers: something comes in all the time, so that one of them may be
/// answered once.
const ASKED: usize = 8;

async fn nonces(world: &World) -> i64 {
    let client = world.database.connect().await;
    client
        .query_one("select count(*) from nonces", &[])
        .await
        .unwrap()
        .get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_strangers_get_no_more_than_one_and_take_nothing_from_others() {
    // It takes longer than the time after which a node that makes no block of itself is stale.
    let world = World::on_devchain().await;
    let running = world.start().await;
    world.deposit(&running, &two(&world, 0)).await;
    // Who publishes a key is known.
    world.publish_keys().await;
    world.settle(&running).await;
    let search = world.search(&Keyword::status("final").unwrap(), 1);
    let (body, before, began) = (
        serde_json::to_vec(&search).unwrap(),
        nonces(&world).await,
        Instant::now(),
    );
    let ask = async |_| {
        let key = AccountKey::generate().unwrap();
        let stranger = world.caller(&running, &key);
        stranger.send("POST", "/v1/search", body.clone()).await
    };
    let asking = stream::iter(0..STRANGERS)
        .map(ask)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>();
    let known = async {
        let patient = world.caller(&running, &world.patient);
        for _ in 0..50 {
            let answer: SearchAnswer = patient.post("/v1/search", &search).await.json();
            assert_eq!(answer.hits.len(), 2);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (answers, ()) = tokio::join!(asking, known);
    let (mut answered, mut refused) = (0, 0);
    for answer in answers {
        match answer.status {
            200 => {
                let answer: SearchAnswer = answer.json();
                assert!(answer.hits.is_empty());
                answered += 1;
            }
            _ => {
                assert_eq!(answer.reason(), (429, "quota-spent".into()));
                refused += 1;
            }
        }
    }
    // A burst of a thousand requests, those that were under way when it ended, and twenty more each second.
    let most = 1_000 + AT_ONCE + 20 * (1 + began.elapsed().as_secs() as usize);
    assert!(
        answered > 100 && answered <= most,
        "{answered} of {most} at most were answered, {refused} refused"
    );
    let rows = nonces(&world).await - before;
    // Those of the first minute may be forgotten already.
    assert!(rows <= answered as i64 + 50, "whoever is refused leaves nothing behind");
    running.stop().await;
}

/// Signs as one account and says that it is another one.
fn forged(caller: &Caller<'_>, body: &[u8], other: &AccountKey) -> SignedHeaders {
    let mut headers = caller.headers_at("POST", "/v1/search", body, now());
    headers.account = other.account();
    headers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_signer_spends_nothing_of_the_account_that_it_names() {
    let world = World::new().await;
    let running = world.start().await;
    world.deposit(&running, &two(&world, 0)).await;
    // Who publishes a key is known.
    world.publish_keys().await;
    world.settle(&running).await;
    let search = world.search(&Keyword::status("final").unwrap(), 1);
    let body = serde_json::to_vec(&search).unwrap();
    let (key, before) = (AccountKey::generate().unwrap(), nonces(&world).await);
    let forger = world.caller(&running, &key);
    let ask = async |_| {
        let headers = forged(&forger, &body, &world.patient);
        forger.send_with(&headers, "POST", "/v1/search", body.clone()).await
    };
    let asking = stream::iter(0..2_000).map(ask).buffer_unordered(AT_ONCE);
    let answers: Vec<_> = asking.collect().await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.reason() == (401, "wrong-signature".into()))
    );
    assert_eq!(nonces(&world).await, before);
    let patient = world.caller(&running, &world.patient);
    let answer: SearchAnswer = patient.post("/v1/search", &search).await.json();
    assert_eq!(answer.hits.len(), 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_send_a_request_of_another_s_again_spends_nothing_of_their_budget() {
    let world = World::new().await;
    let running = world.start().await;
    world.deposit(&running, &two(&world, 0)).await;
    world.settle(&running).await;
    let search = world.search(&Keyword::status("final").unwrap(), 1);
    let body = serde_json::to_vec(&search).unwrap();
    let key = AccountKey::generate().unwrap();
    let caller = world.caller(&running, &key);
    let headers = caller.headers("POST", "/v1/search", &body);
    let send = || caller.send_with(&headers, "POST", "/v1/search", body.clone());
    send().await.expect(200);
    let again = stream::iter(0..2_000).map(|_| send()).buffer_unordered(AT_ONCE);
    let again: Vec<_> = again.collect().await;
    assert!(
        again.iter().all(|answer| answer.reason() == (401, "replayed".into())),
        "{:?}",
        again[0]
    );
    // It is the bucket of all strangers, of which there were a thousand requests.
    caller.send("POST", "/v1/search", body.clone()).await.expect(200);
    running.stop().await;
}

/// Names somebody as the only guardian of an account.
async fn name(world: &World, key: &AccountKey, guardian: &AccountKey) {
    let guardians = Guardians {
        accounts: vec![guardian.account()],
        threshold: 1,
        until: now() + 365 * 86_400_000,
        authority: Authority::Acting,
    };
    let message = SetGuardians { guardians };
    world.chain.call(key, world.contracts.consent, &message).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_for_a_patient_with_keys_is_no_stranger() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    world.deposit(&running, &two(&world, 0)).await;
    world.publish_keys().await;
    let [guardian, phone, pretender, nobody] = [0; 4].map(|_| AccountKey::generate().unwrap());
    name(&world, &world.patient, &guardian).await;
    // Whoever has no keys makes nobody known.
    name(&world, &world.clinician, &pretender).await;
    world
        .chain
        .fund(&world.committee, guardian.account(), FUNDS)
        .await
        .unwrap();
    let replace = GuardianAct {
        patient: world.patient.account(),
        call: Call::ReplaceController {
            controller: phone.account(),
        },
    };
    world
        .chain
        .call(&guardian, world.contracts.consent, &replace)
        .await
        .unwrap();
    world.settle(&running).await;
    let search = world.search(&Keyword::status("final").unwrap(), 1);
    let body = serde_json::to_vec(&search).unwrap();
    let ask = async |key: &AccountKey| {
        let caller = world.caller(&running, key);
        caller.send("POST", "/v1/search", body.clone()).await.status
    };
    // What an account is answered when nothing is left for strangers. Those who are under way when the bucket is empty owe
    // more than a second.
    let ask_when_spent = async |key: &AccountKey| {
        for _ in 0..100 {
            let strangers = stream::iter(0..64).map(|_| async { ask(&AccountKey::generate().unwrap()).await });
            let answers: Vec<u16> = strangers.buffer_unordered(AT_ONCE).collect().await;
            if answers.contains(&429) {
                return ask(key).await;
            }
        }
        panic!("there is always something left for strangers")
    };
    for _ in 0..ASKED {
        assert_eq!(ask_when_spent(&guardian).await, 200);
    }
    for stranger in [&phone, &pretender, &nobody] {
        let mut refused = false;
        for _ in 0..ASKED {
            refused = refused || ask_when_spent(stranger).await == 429;
        }
        assert!(refused);
    }

    let devchain = world.devchain.as_ref().unwrap();
    devchain.advance(Duration::from_millis(CONTROL_DELAY_MS)).await.unwrap();
    devchain.seal_block().await.unwrap();
    world.settle(&running).await;
    for _ in 0..ASKED {
        assert_eq!(ask_when_spent(&phone).await, 200, "it controls the account");
    }
    for stranger in [&pretender, &nobody] {
        let mut refused = false;
        for _ in 0..ASKED {
            refused = refused || ask_when_spent(stranger).await == 429;
        }
        assert!(refused);
    }
    running.stop().await;
}

pub(crate) async fn custodian_of(world: &World, organisation: OrganisationId, roles: Roles) -> AccountKey {
    let key = AccountKey::generate().unwrap();
    let role = Role {
        roles,
        organisation,
        until: LATER,
    };
    let account = key.account();
    world
        .chain
        .fund(&world.committee, account, 1_000_000_000_000_000)
        .await
        .unwrap();
    let propose = Propose {
        action: Action::SetRole { account, role },
    };
    world
        .chain
        .call(&world.committee, world.contracts.consortium, &propose)
        .await
        .unwrap();
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn ciphertexts_are_for_batches_of_the_organisation_that_sent_them() {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    let key = custodian_of(&world, world.trust, Roles::ORGANISATION_ADMIN.union(Roles::CUSTODIAN)).await;
    let other = world.caller(&running, &key);
    let refused = other.send("POST", "/v1/ciphertexts", batch.upload()).await;
    assert_eq!(
        refused.reason(),
        (403, "not-custodian".into()),
        "it keeps no search domain"
    );
    assert!(
        running
            .store()
            .ciphertexts(&[batch.bundle.records[0].id])
            .await
            .unwrap()
            .is_empty()
    );

    let register = RegisterDomain {
        key: aegle_keys::DomainKey::generate().unwrap().0.public_key(),
    };
    world.chain.call(&key, world.contracts.ledger, &register).await.unwrap();
    world.settle(&running).await;
    other.send("POST", "/v1/ciphertexts", batch.upload()).await.expect(201);
    world.anchor(&batch).await;
    let own = world.caller(&running, &world.admin);
    let bundle = batch.bundle.to_bytes();
    let refused = own.send("POST", "/v1/batches", bundle.clone()).await;
    assert_eq!(
        refused.reason(),
        (422, "ciphertext-missing".into()),
        "they were sent for another domain"
    );
    // The same bytes from the domain's own custodian are its.
    own.send("POST", "/v1/ciphertexts", batch.upload()).await.expect(204);
    own.send("POST", "/v1/batches", bundle).await.expect(201);
    running.stop().await;
}
