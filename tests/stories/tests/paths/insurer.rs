//! Insurers: patients grant for payment, what that comes to is added up, and what is revoked is in it no more.

use crate::{
    story::observation,
    tokens::desk::{address, serve},
    transports::OtherPlaces,
};
use aegle_client::{
    chain::Chain,
    clinician::{
        delegation::{Delegation, delegate},
        reader::{OpeningError, Reader},
    },
    committee::Member,
    custodian::TokenRefusal,
    deployment::Aegle,
    fhir::Resource,
    indexer::Indexer,
    insurer::{Aggregate, AggregateError, OpenedRecord, Question, Unasked, aggregate, aggregate_granted},
    native::TokenServiceClient,
    patient::{GrantError, GrantRequest, Granted},
    remote::RemoteError,
};
use aegle_crypto::classes::Class;
use aegle_rules::{
    AccountId, BatchNumber, Confidentiality, Purposes, Roles,
    consent::Grantee,
    ledger::{Correction, RecordPosition},
};
use aegle_sealed::query;
use aegle_stories::world::{Person, SearchFailure, World, reader};
use aegle_token_service::Quota;
use std::collections::{BTreeMap, BTreeSet};

const EVERYTHING: &str = "*";
const YEAR_MS: u64 = 365 * 24 * 3_600 * 1_000;

fn claim(id: &str, status: &str, euros: &str) -> Resource {
    let text = format!(
        r#"{{"resourceType":"Claim","id":"{id}","status":"{status}","use":"claim","created":"2026-11-20",
            "patient":{{"reference":"Patient/story"}},"total":{{"value":{euros},"currency":"EUR"}}}}"#
    );
    Resource::parse(&text).expect("it is a resource")
}

async fn grant_for(
    world: &World,
    person: &Person,
    to: &Reader,
    (purposes, class): (Purposes, Class),
) -> Result<Granted, GrantError> {
    let aegle = world.deployment().aegle();
    let from = world.deployment().chain().finalized().await.unwrap().timestamp;
    let request = GrantRequest {
        grantee: to.key().account(),
        purposes,
        classes: &[class],
        confidentiality: Confidentiality::VeryRestricted,
        from,
        until: from + YEAR_MS,
        delegable: false,
        document: br#"{"resourceType":"Consent","status":"active"}"#,
    };
    person.patient.grant(&aegle, &request).await
}

/// What the insurer may add up of everybody now; who permits no search is in it with nothing.
async fn added_up(world: &World, insurer: &Reader) -> Aggregate {
    let account = insurer.key().account();
    let (mut searches, mut refused) = (Vec::new(), Vec::new());
    for person in &world.people {
        match world
            .search_request(account, person, EVERYTHING, Purposes::HPAYMT)
            .await
        {
            Ok(search) => searches.push(search),
            Err(SearchFailure::Token(TokenRefusal::Denied(_))) => refused.push(person.account()),
            Err(error) => panic!("{error}"),
        }
    }
    let aegle = world.deployment().aegle();
    let mut found = aggregate(&aegle, insurer, searches).await.unwrap();
    found.patients.extend(refused.into_iter().map(|patient| (patient, 0)));
    found
}

fn sums(found: &Aggregate) -> Vec<String> {
    let sums = found.sums.iter();
    sums.map(|(of, sum)| format!("{} {} {} {}", of.resource_type, of.category, sum.amount, of.currency))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_adds_up_what_was_granted_for_payment_until_it_is_revoked() {
    let mut world = World::start().await.unwrap();
    for _ in 0..3 {
        world.admit().await.unwrap();
    }
    let (visit, stay) = (claim("visit", "active", "120.10"), claim("stay", "active", "2400"));
    let (void, other) = (claim("void", "cancelled", "99"), claim("other", "active", "50.05"));
    let (third, potassium) = (claim("third", "active", "7"), observation("one", "Potassium", &[]));
    let batch = [
        (0, &visit),
        (0, &stay),
        (0, &void),
        (0, &potassium),
        (1, &other),
        (2, &third),
    ];
    world.ingest(&batch).await.unwrap();
    let insurer = reader(world.deployment()).await.unwrap();
    let account = insurer.key().account();
    world.appoint(account, Roles::INSURER).await.unwrap();
    let accounts: Vec<AccountId> = world.people.iter().map(Person::account).collect();
    let of = |counts: [u64; 3]| BTreeMap::from([0, 1, 2].map(|place| (accounts[place], counts[place])));
    assert_eq!(
        added_up(&world, &insurer).await.patients,
        of([0, 0, 0]),
        "nobody has granted anything"
    );

    // An insurer is granted access for payment, and for nothing else.
    let [ana, ben, _] = &world.people[..] else {
        panic!("three people")
    };
    let treatment = grant_for(&world, ana, &insurer, (Purposes::TREAT, Class::Financial)).await;
    assert!(
        matches!(&treatment, Err(error) if error.to_string().contains("HPAYMT")),
        "{:?}",
        treatment.map(|granted| granted.id)
    );
    let of_ana = grant_for(&world, ana, &insurer, (Purposes::HPAYMT, Class::Financial))
        .await
        .unwrap();
    grant_for(&world, ben, &insurer, (Purposes::HPAYMT, Class::Financial))
        .await
        .unwrap();
    let found = added_up(&world, &insurer).await;
    // The laboratory was not granted, and a cancelled claim is no claim.
    assert_eq!(found.patients, of([2, 1, 0]));
    assert_eq!(found.types, BTreeMap::from([("Claim".to_owned(), 3)]));
    assert_eq!(sums(&found), ["Claim total 2570.15 EUR"]);
    assert_eq!(found.left_out.not_active, 1);
    assert!(found.left_out.unopened.is_empty() && found.left_out.unread.is_empty());
    let aegle = world.deployment().aegle();
    let laboratory = insurer.open(&aegle, ana.records[3], Purposes::HPAYMT).await;
    assert!(matches!(laboratory, Err(OpeningError::Indexer(RemoteError::NotFound))));

    // A search that was prepared while it was permitted finds nothing after the revocation.
    let prepared = world
        .search_request(account, ana, EVERYTHING, Purposes::HPAYMT)
        .await
        .unwrap();
    ana.patient
        .revoke(&aegle, of_ana.id, Grantee::Account(account))
        .await
        .unwrap();
    let found = aggregate(&aegle, &insurer, vec![prepared.clone()]).await.unwrap();
    assert_eq!(found.patients, BTreeMap::from([(ana.account(), 0)]));
    assert!(found.sums.is_empty());
    let found = added_up(&world, &insurer).await;
    assert_eq!(found.patients, of([0, 1, 0]));
    assert_eq!(sums(&found), ["Claim total 50.05 EUR"]);

    // A corrected claim counts once, whatever the indexer says of where the two are.
    world
        .ingest(&[(1, &claim("corrected", "active", "60.05"))])
        .await
        .unwrap();
    let aegle = world.deployment().aegle();
    let by = RecordPosition {
        batch: BatchNumber(1),
        index: 0,
    };
    let (domain, corrections) = (world.hospital().domain(), [Correction { index: 4, by }]);
    let custodian = world.hospital().custodian();
    let corrected = custodian.supersede(&aegle.on_chain, domain, BatchNumber(0), &corrections);
    corrected.await.unwrap();
    let ben = &world.people[1];
    let search = world
        .search_request(account, ben, EVERYTHING, Purposes::HPAYMT)
        .await
        .unwrap();
    let lying = Indexer::new(
        OtherPlaces(aegle.indexer.transport()),
        aegle.contracts,
        aegle.indexer.account(),
    );
    let other = Aegle::new(aegle.chain, aegle.contracts, &lying);
    let honest = aggregate(&aegle, &insurer, vec![search.clone()]).await.unwrap();
    assert_eq!(
        (sums(&honest), honest.left_out.superseded),
        (vec!["Claim total 60.05 EUR".to_owned()], 1)
    );
    assert_eq!(aggregate(&other, &insurer, vec![search]).await.unwrap(), honest);

    // What is no search of one patient for payment is added up by nobody.
    let mut treatment = prepared;
    treatment.purpose = Purposes::TREAT;
    let refused = aggregate(&aegle, &insurer, vec![treatment]).await;
    assert!(matches!(refused, Err(AggregateError::NotForPayment)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_could_not_be_asked_about_is_named_and_in_no_sum() {
    let mut world = World::start().await.unwrap();
    for _ in 0..3 {
        world.admit().await.unwrap();
    }
    let (broad, fallen) = (claim("broad", "active", "12.50"), claim("fallen", "active", "99"));
    world.ingest(&[(0, &broad), (1, &fallen)]).await.unwrap();
    let (first, insurer) = (
        reader(world.deployment()).await.unwrap(),
        reader(world.deployment()).await.unwrap(),
    );
    for insurer in [&first, &insurer] {
        world.appoint(insurer.key().account(), Roles::INSURER).await.unwrap();
    }
    let aegle = world.deployment().aegle();
    let [ana, ben, cleo] = &world.people[..] else {
        panic!("three people")
    };
    grant_for(&world, ana, &insurer, (Purposes::HPAYMT, Class::Financial))
        .await
        .unwrap();
    let from = aegle.chain.finalized().await.unwrap().timestamp;
    let request = GrantRequest {
        grantee: first.key().account(),
        purposes: Purposes::HPAYMT,
        classes: &[Class::Financial],
        confidentiality: Confidentiality::VeryRestricted,
        from,
        until: from + YEAR_MS,
        delegable: true,
        document: br#"{"resourceType":"Consent","status":"active"}"#,
    };
    let granted = ben.patient.grant(&aegle, &request).await.unwrap();
    let part = Delegation {
        patient: ben.account(),
        grant: granted.id,
        to: insurer.key().account(),
        purposes: None,
        slots: None,
        until: None,
        delegable: false,
    };
    delegate(&aegle, first.key(), &part).await.unwrap();
    // What was passed on falls with what it is a part of. That nothing is permitted is then known of what was asked alone.
    let of_first = Grantee::Account(first.key().account());
    ben.patient.revoke(&aegle, granted.id, of_first).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let serving = serve(
        &world,
        world.hospital(),
        folder.path().join("audit.jsonl"),
        Quota::default(),
    )
    .await;
    let service = TokenServiceClient::at(&address(&serving), world.deployment().contracts()).unwrap();
    let question = Question {
        domain: world.hospital().domain(),
        patients: world.people.iter().map(Person::account).collect::<BTreeSet<_>>(),
        query: query::parse(EVERYTHING).unwrap(),
    };
    let open = async |record| OpenedRecord::open(&aegle, &insurer, record).await;
    let found = aggregate_granted(&aegle, &insurer, &service, &question, &open)
        .await
        .unwrap();
    // Cleo was asked about, and has granted nothing; Ben was not.
    assert_eq!(
        found.patients,
        BTreeMap::from([(ana.account(), 1), (cleo.account(), 0)])
    );
    assert_eq!(
        found.left_out.unasked,
        BTreeMap::from([(ben.account(), Unasked::TooNarrow)])
    );
    assert_eq!(sums(&found), ["Claim total 12.50 EUR"]);

    // In a pause nobody can be asked about, which is another thing than that nobody has granted anything.
    let member = Member {
        chain: aegle.chain,
        consortium: aegle.contracts.consortium,
        key: world.deployment().committee(),
    };
    let (until, _) = member.pause().await.unwrap();
    assert!(until.is_some(), "a committee of one");
    let found = aggregate_granted(&aegle, &insurer, &service, &question, &open)
        .await
        .unwrap();
    assert_eq!((found.patients.len(), found.sums.len()), (0, 0));
    let paused = world.people.iter().map(|person| (person.account(), Unasked::Paused));
    assert_eq!(found.left_out.unasked, paused.collect());
}
