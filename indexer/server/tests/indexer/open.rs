//! The server on the open internet: what nobody knows gets little done, and takes nothing from others.
use crate::{
    batches::two,
    support::{
        caller::{Caller, now},
        world::{LATER, World},
    },
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_protocol::{request::SignedHeaders, wire::SearchAnswer};
use aegle_rules::{
    OrganisationId, Roles,
    consortium::{Action, Role, messages::Propose},
    ledger::messages::RegisterDomain,
};
use aegle_sealed::Keyword;
use futures_util::{StreamExt, stream};
use std::time::{Duration, Instant};

/// Accounts that nobody knows, and requests at the same time.
const STRANGERS: usize = 10_000;
const AT_ONCE: usize = 32;

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
    let world = World::new().await;
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
    // A burst of a thousand requests, and twenty more each second.
    let most = 1_000 + 20 * (1 + began.elapsed().as_secs() as usize);
    assert!(
        answered > 100 && answered <= most,
        "{answered} of {most} at most were answered, {refused} refused"
    );
    let rows = nonces(&world).await - before;
    assert_eq!(rows, answered as i64 + 50, "whoever is refused leaves nothing behind");
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
