//! Batches that are not what was anchored, and two writers who want the same number.

use super::{code, own_records, through};
use crate::{
    story::{observation, world_with},
    transports::{BadWay, Mischief},
};
use aegle_client::{
    account::AccountKey,
    chain::{Answer, Called, Chain, ChainError, Head},
    custodian::{Custodian, IngestError, NewRecord},
    deployment::Aegle,
    fhir::Resource,
    indexer::Indexer,
    native::{ChainClient, IndexerClient},
    remote::RemoteError,
};
use aegle_protocol::{
    record::RecordId,
    wire::{Bundle, ProblemCode, Upload},
};
use aegle_rules::{AccountId, BatchNumber, DomainId, Hash, message::Message};
use aegle_stories::world::World;
use std::{collections::BTreeSet, pin::Pin, sync::Mutex};

#[tokio::test]
async fn a_bundle_that_is_not_what_was_anchored_is_refused() {
    let world = world_with(&[observation("one", "Systolic blood pressure", &[])]).await;
    let before = own_records(&world).await;
    let lost = [
        observation("two", "Haemoglobin", &[]),
        observation("three", "Potassium", &[]),
    ];
    let bundle = lost_bundle(&world, &lost).await;
    let changes: [(&str, fn(&mut Bundle), ProblemCode); 12] = [
        (
            "records in another order",
            |bundle| bundle.records.reverse(),
            ProblemCode::NotAnchored,
        ),
        (
            "a record less",
            |bundle| drop(bundle.records.pop()),
            ProblemCode::NotAnchored,
        ),
        (
            "a record twice",
            |bundle| bundle.records[1] = bundle.records[0].clone(),
            ProblemCode::NotAnchored,
        ),
        (
            "another time",
            |bundle| bundle.records[0].header.authored_at += 1,
            ProblemCode::NotAnchored,
        ),
        (
            "another patient",
            |bundle| bundle.records[0].header.patient.0[0] ^= 1,
            ProblemCode::NotAnchored,
        ),
        (
            "a tampered capsule",
            |bundle| bundle.records[0].capsule = bundle.records[1].capsule,
            ProblemCode::NotAnchored,
        ),
        (
            "another ciphertext",
            |bundle| bundle.records[0].ciphertext_hash.0[0] ^= 1,
            ProblemCode::NotAnchored,
        ),
        (
            "another salt",
            |bundle| bundle.commitment_salt.0[0] ^= 1,
            ProblemCode::NotAnchored,
        ),
        (
            "another manifest",
            |bundle| bundle.manifest.0[0] ^= 1,
            ProblemCode::NotAnchored,
        ),
        ("another epoch", |bundle| bundle.epoch += 1, ProblemCode::NotAnchored),
        (
            "a number that is not anchored",
            |bundle| bundle.batch = BatchNumber(9),
            ProblemCode::NotAnchored,
        ),
        (
            "a domain that is not there",
            |bundle| bundle.domain = DomainId(99),
            ProblemCode::NotAnchored,
        ),
    ];
    let aegle = world.deployment().aegle();
    let custodian = world.hospital().custodian();
    for (what, change, expected) in changes {
        let mut changed = bundle.clone();
        change(&mut changed);
        assert_eq!(code(custodian.upload(&aegle, &changed).await).0, expected, "{what}");
    }
    let stranger = world.deployment().account().await.unwrap();
    let answer = aegle.indexer.put_batch(&stranger, &bundle).await;
    assert_eq!(
        code(answer),
        (ProblemCode::NotPermitted, 403),
        "only the custodian uploads"
    );
    assert_eq!(own_records(&world).await, before, "nothing was stored");

    custodian.upload(&aegle, &bundle).await.expect("the right one");
    let names: BTreeSet<RecordId> = bundle.records.iter().map(|row| row.id).collect();
    assert_eq!(
        own_records(&world).await,
        before.union(&names).copied().collect(),
        "nothing was lost"
    );
    custodian
        .upload(&aegle, &bundle)
        .await
        .expect("the same again is there already");
    assert_eq!(own_records(&world).await.len(), before.len() + names.len(), "once");
    for (row, resource) in bundle.records.iter().zip(&lost) {
        let opened = world.people[0].patient.open(&aegle, row.id).await.expect("it opens");
        assert_eq!(opened.content.bytes, resource.text().as_bytes());
    }
    a_ciphertext_is_stored_once(&world, *before.first().expect("there is one")).await;
}

/// A batch that was anchored, and whose bundle was lost on the way.
async fn lost_bundle(world: &World, resources: &[Resource]) -> Bundle {
    let way = BadWay::new(
        world.deployment().aegle().indexer.transport(),
        ("POST", "/v1/batches"),
        Mischief::Lost,
    );
    let indexer = Indexer::new(way, world.deployment().contracts(), world.deployment().server().account);
    let patient = &world.people[0].enrolled;
    let records: Vec<NewRecord<'_>> = resources
        .iter()
        .map(|resource| NewRecord { patient, resource })
        .collect();
    let hospital = world.hospital();
    let aegle = through(world, &indexer);
    match hospital
        .custodian()
        .ingest(&aegle, hospital.domain(), &records, &mut |_| ())
        .await
    {
        Err(IngestError::NotUploaded {
            bundle,
            source: RemoteError::Transport(_),
        }) => *bundle,
        other => panic!("the bundle should have been lost: {:?}", other.map(|_| ())),
    }
}

/// The vault takes a ciphertext once, and none that is cut off on the way.
async fn a_ciphertext_is_stored_once(world: &World, record: RecordId) {
    let admin = world.hospital().admin();
    let aegle = world.deployment().aegle();
    let upload = |record| Upload::new(vec![(record, &b"other bytes"[..])]).unwrap();
    assert_eq!(
        code(aegle.indexer.put_ciphertexts(admin, &upload(record)).await).0,
        ProblemCode::Conflict
    );
    assert!(
        world.people[0].patient.open(&aegle, record).await.is_ok(),
        "the first one is still there"
    );

    let way = BadWay::new(
        aegle.indexer.transport(),
        ("POST", "/v1/ciphertexts"),
        Mischief::Truncated,
    );
    let indexer = Indexer::new(way, world.deployment().contracts(), world.deployment().server().account);
    let hospital = world.hospital();
    let resource = observation("cut", "Sodium", &[]);
    let records = [NewRecord {
        patient: &world.people[0].enrolled,
        resource: &resource,
    }];
    let next = hospital
        .next_batch(world.deployment(), head(world).await)
        .await
        .unwrap();
    let refused = hospital
        .custodian()
        .ingest(&through(world, &indexer), hospital.domain(), &records, &mut |_| ())
        .await;
    match refused {
        Err(IngestError::Indexer(error)) => assert_eq!(code::<()>(Err(error)), (ProblemCode::Unsigned, 401)),
        other => panic!("a truncated ciphertext was not refused: {:?}", other.map(|_| ())),
    }
    let after = hospital
        .next_batch(world.deployment(), head(world).await)
        .await
        .unwrap();
    assert_eq!(after, next, "nothing was anchored");
    let stranger = world.deployment().account().await.unwrap();
    let answer = aegle
        .indexer
        .put_ciphertexts(&stranger, &upload(RecordId([1; 16])))
        .await;
    assert_eq!(code(answer), (ProblemCode::NotPermitted, 403));
}

async fn head(world: &World) -> Hash {
    world.deployment().chain().finalized().await.unwrap().hash
}

#[tokio::test]
async fn two_custodian_processes_lose_nothing_to_each_other() {
    let world = world_with(&[observation("first", "Systolic blood pressure", &[])]).await;
    let mut expected = own_records(&world).await;
    expected.extend(overtaken(&world).await);
    expected.extend(at_once(&world).await);
    assert_eq!(own_records(&world).await, expected, "every batch can be searched");
    for record in expected {
        assert!(
            world.people[0]
                .patient
                .open(&world.deployment().aegle(), record)
                .await
                .is_ok()
        );
    }
}

/// One process labels and is about to anchor when the other one takes the number: for certain, not by chance.
async fn overtaken(world: &World) -> Vec<RecordId> {
    let (slow, fast) = (
        observation("slow", "Haemoglobin", &[]),
        observation("fast", "Potassium", &[]),
    );
    let patient = &world.people[0].enrolled;
    let hospital = world.hospital();
    let domain = hospital.domain();
    let before = hospital
        .next_batch(world.deployment(), head(world).await)
        .await
        .unwrap();

    let (second, chain) = second_process(world).await;
    let own = IndexerClient::at(&world.deployment().server(), world.deployment().contracts()).unwrap();
    let contracts = world.deployment().contracts();
    let (taken, records) = (
        Mutex::new(None),
        [NewRecord {
            patient,
            resource: &fast,
        }],
    );
    let competitor = async {
        let aegle = Aegle::new(&chain, contracts, &own);
        let ingested = second
            .ingest(&aegle, domain, &records, &mut |_| ())
            .await
            .expect("nobody is in its way");
        *taken.lock().unwrap() = Some(ingested);
    };
    let overtaken = Overtaken {
        chain: world.deployment().chain(),
        competitor: Mutex::new(Some(Box::pin(competitor))),
    };
    let aegle = Aegle::new(&overtaken, contracts, world.deployment().aegle().indexer);
    let records = [NewRecord {
        patient,
        resource: &slow,
    }];
    let late = hospital
        .custodian()
        .ingest(&aegle, domain, &records, &mut |_| ())
        .await
        .expect("it tries again");
    drop(overtaken);
    let early = taken.into_inner().unwrap().expect("the competitor has anchored");
    assert_eq!((early.batch, late.batch), (before, BatchNumber(before.0 + 1)));
    [early.records, late.records].concat()
}

/// Both processes at the same time, over connections of their own.
async fn at_once(world: &World) -> Vec<RecordId> {
    const ROUNDS: usize = 3;
    let patient = &world.people[0].enrolled;
    let hospital = world.hospital();
    let (second, chain) = second_process(world).await;
    let mut names = Vec::new();
    for round in 0..ROUNDS {
        let (left, right) = (
            observation(&format!("l{round}"), "Iron", &[]),
            observation(&format!("r{round}"), "Zinc", &[]),
        );
        let (left, right) = (
            [NewRecord {
                patient,
                resource: &left,
            }],
            [NewRecord {
                patient,
                resource: &right,
            }],
        );
        let aegle = world.deployment().aegle();
        let other = Aegle::new(&chain, aegle.contracts, aegle.indexer);
        let (mut ignore, mut ignore_too) = (|_| (), |_| ());
        let (left, right) = tokio::join!(
            hospital
                .custodian()
                .ingest(&aegle, hospital.domain(), &left, &mut ignore),
            second.ingest(&other, hospital.domain(), &right, &mut ignore_too),
        );
        let (left, right) = (left.expect("both get through"), right.expect("both get through"));
        assert_ne!(left.batch, right.batch);
        names.extend([left.records, right.records].concat());
    }
    names
}

/// The same custodian in another process: the same keys, its own connection to the chain.
async fn second_process(world: &World) -> (Custodian, ChainClient) {
    let chain = ChainClient::connect(world.deployment().chain_url())
        .await
        .expect("the chain takes connections");
    (world.hospital().again(), chain)
}

/// A view of the chain whose owner is overtaken by somebody else just before the first call.
struct Overtaken<'a> {
    chain: &'a ChainClient,
    competitor: Mutex<Option<Pin<Box<dyn Future<Output = ()> + 'a>>>>,
}

impl Chain for Overtaken<'_> {
    fn genesis(&self) -> Hash {
        self.chain.genesis()
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        self.chain.finalized().await
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        self.chain.is_finalized(block).await
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        self.chain.read(at, contract, message).await
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        let competitor = self.competitor.lock().unwrap().take();
        if let Some(competitor) = competitor {
            competitor.await;
        }
        self.chain.call(signer, contract, message).await
    }
}
