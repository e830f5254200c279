//! What a custodian sends: taken to the last byte as anchored, or not at all.
use crate::support::{
    sealed::SealedBatch,
    world::{LATER, World},
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_indexer::Indexer;
use aegle_rules::{
    BatchNumber, DomainId, Hash, OrganisationId, Roles,
    consortium::{self, Action, Role},
};
use aegle_sealed::Keyword;

pub(crate) async fn send(world: &World, running: &Indexer, batch: &SealedBatch) -> (u16, String) {
    world
        .caller(running, &world.admin)
        .send("POST", "/v1/batches", batch.bundle.to_bytes())
        .await
        .reason()
}

pub(crate) fn two(world: &World, batch: u32) -> SealedBatch {
    let keyword = [Keyword::status("final").unwrap()];
    world.seal(batch, &[world.plain(&keyword, "one"), world.plain(&keyword, "two")])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_taken_as_anchored_or_not_at_all() {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    let refused = |reason: &str| (422, reason.to_owned());

    assert_eq!(send(&world, &running, &batch).await, refused("not-anchored"));
    world.anchor(&batch).await;
    assert_eq!(send(&world, &running, &batch).await, refused("ciphertext-missing"));
    world.put_ciphertexts(&running, &batch).await;

    let other = two(&world, 0);
    let mut changed: Vec<SealedBatch> = (0..8)
        .map(|_| SealedBatch {
            bundle: batch.bundle.clone(),
            ciphertexts: Vec::new(),
            index_commitment: batch.index_commitment,
        })
        .collect();
    changed[0].bundle.records.swap(0, 1);
    changed[1].bundle.records.pop();
    changed[2].bundle.records[0].header.authored_at += 1;
    changed[3].bundle.labels = other.bundle.labels.clone();
    changed[4].bundle.labels.records.swap(0, 1);
    changed[5].bundle.manifest = Hash([0; 32]);
    changed[6].bundle.epoch = 1;
    changed[7].bundle.records = other.bundle.records.clone();
    for (case, changed) in changed.iter().enumerate() {
        assert_eq!(
            send(&world, &running, changed).await,
            refused("bundle-mismatch"),
            "case {case}"
        );
    }
    let mut elsewhere = two(&world, 0);
    elsewhere.bundle.domain = DomainId(99);
    assert_eq!(send(&world, &running, &elsewhere).await, refused("unknown-domain"));
    elsewhere.bundle.domain = world.domain;
    elsewhere.bundle.batch = BatchNumber(7);
    assert_eq!(send(&world, &running, &elsewhere).await, refused("not-anchored"));

    let admin = world.caller(&running, &world.admin);
    let bytes = batch.bundle.to_bytes();
    for body in [
        bytes[..bytes.len() - 1].to_vec(),
        [bytes.clone(), vec![0]].concat(),
        Vec::new(),
        b"garbage".to_vec(),
    ] {
        assert_eq!(
            admin.send("POST", "/v1/batches", body).await.reason(),
            (400, "invalid-body".into())
        );
    }
    let clinician = world.caller(&running, &world.clinician);
    assert_eq!(
        clinician.send("POST", "/v1/batches", bytes.clone()).await.reason(),
        (403, "role-required".into())
    );
    assert_eq!(
        running.store().counters().await.unwrap().batches,
        0,
        "nothing was stored"
    );

    admin.send("POST", "/v1/batches", bytes.clone()).await.expect(201);
    admin.send("POST", "/v1/batches", bytes).await.expect(204);
    let other = admin.send("POST", "/v1/batches", other.bundle.to_bytes()).await;
    assert_eq!(other.reason(), (409, "batch-exists".into()));
    let counters = running.store().counters().await.unwrap();
    assert_eq!((counters.batches, counters.records), (1, 2));
    running.stop().await;
}

/// A new custodian of an organisation.
pub(crate) async fn custodian_of(world: &World, organisation: OrganisationId) -> AccountKey {
    let key = AccountKey::generate().unwrap();
    let role = Role {
        roles: Roles::CUSTODIAN,
        organisation,
        until: LATER,
    };
    let account = key.account();
    let action = Action::SetRole { account, role };
    let propose = consortium::messages::Propose { action };
    let consortium = world.contracts.consortium;
    world.chain.call(&world.committee, consortium, &propose).await.unwrap();
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_of_the_domain_s_organisation_sends_what_it_keeps() {
    let world = World::new().await;
    let running = world.start().await;
    let batch = two(&world, 0);
    let own = custodian_of(&world, world.organisation).await;
    let other = custodian_of(&world, world.trust).await;
    world.settle(&running).await;
    let own = world.caller(&running, &own);
    own.send("POST", "/v1/ciphertexts", batch.upload()).await.expect(201);
    world.anchor(&batch).await;
    let bytes = batch.bundle.to_bytes();
    let other = world.caller(&running, &other);
    let refused = other.send("POST", "/v1/batches", bytes.clone()).await;
    assert_eq!(refused.reason(), (403, "not-custodian".into()));
    own.send("POST", "/v1/batches", bytes).await.expect(201);
    let relabelling = b"no relabelling".to_vec();
    for (caller, expected) in [
        (own, (400, "invalid-body")),
        (world.caller(&running, &world.clinician), (403, "role-required")),
    ] {
        let found = caller
            .send("POST", "/v1/relabellings", relabelling.clone())
            .await
            .reason();
        assert_eq!(found, (expected.0, expected.1.to_owned()));
    }
    running.stop().await;
}
