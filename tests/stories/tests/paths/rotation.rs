//! A search domain gets a new key, and nobody who searches notices.

use crate::{
    refusals::code,
    story::{observation, world_with},
    tokens::desk::address,
};
use aegle_client::{
    custodian::NewRecord,
    native::TokenServiceClient,
    remote::RemoteError,
    search::{asking::Asking, tokens::TokensError, verify::verified_search},
};
use aegle_http::Listen;
use aegle_keys::DomainKey;
use aegle_protocol::wire::{ProblemCode, SearchRequest};
use aegle_rules::{BatchNumber, Purposes};
use aegle_sealed::query;
use aegle_stories::world::World;
use aegle_token_service::{Quota, ServiceConfig, Serving};
use std::sync::Arc;

/// Searches that are made while the key changes.
const SEARCHES: usize = 24;

/// The patient's own search, with tokens from the service.
async fn request(world: &World, service: &TokenServiceClient, text: &str) -> Result<SearchRequest, TokensError> {
    let patient = &world.people[0].patient;
    let query = query::parse(text).unwrap();
    let asking = Asking::patient(patient.account(), patient.account(), Purposes::PATRQT);
    let domain = world.hospital().domain();
    let tokens = service
        .tokens(
            &world.deployment().aegle(),
            patient.key(),
            domain,
            &asking,
            &query.terms,
        )
        .await?;
    Ok(asking.search(domain, tokens, query.expression))
}

async fn places(world: &World, request: &SearchRequest) -> Result<Vec<(u32, u32)>, RemoteError> {
    let aegle = world.deployment().aegle();
    let answer = aegle.indexer.search(world.people[0].patient.key(), request).await?;
    Ok(answer.hits.iter().map(|hit| (hit.batch.0, hit.number)).collect())
}

async fn proved(world: &World, request: &SearchRequest) -> Vec<(u32, u32)> {
    let key = world.people[0].patient.key();
    let answer = verified_search(&world.deployment().aegle(), key, request)
        .await
        .unwrap();
    answer.hits.iter().map(|hit| (hit.batch.0, hit.number)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_gets_a_new_key_without_a_failed_query() {
    let first = observation("one", "Systolic blood pressure", &[]);
    let world = world_with(std::slice::from_ref(&first)).await;
    let (deployment, domain) = (world.deployment(), world.hospital().domain());
    let aegle = deployment.aegle();
    let (new_key, seed) = DomainKey::generate().unwrap();
    let public = new_key.public_key();
    let with_both = || world.hospital().again().with_domain_key(DomainKey::from_seed(&seed));
    let folder = tempfile::tempdir().unwrap();
    let config = ServiceConfig {
        listen: Listen::plain(([127, 0, 0, 1], 0).into()),
        audit: folder.path().join("audit.jsonl"),
        quota: Quota::default(),
    };
    let (chain, contracts) = (deployment.chain().clone(), *deployment.contracts());
    let serving = Serving::start(Arc::new(with_both()), chain, contracts, config)
        .await
        .unwrap();
    let service = TokenServiceClient::at(&address(&serving), deployment.contracts()).unwrap();
    let before = request(&world, &service, "text:pressure").await.unwrap();

    // The key changes while somebody goes on searching.
    let searching = async {
        for _ in 0..SEARCHES {
            let request = request(&world, &service, "text:pressure").await.unwrap();
            assert_eq!(places(&world, &request).await.unwrap(), [(0, 0)]);
        }
    };
    let custodian = with_both();
    let (rotated, ()) = tokio::join!(custodian.rotate(&aegle, domain, public), searching);
    assert_eq!(rotated.unwrap().0, 1);

    // What comes now is labelled with the new key; a search finds it beside the old.
    let second = observation("two", "Diastolic blood pressure", &[]);
    let record = NewRecord {
        patient: &world.people[0].enrolled,
        resource: &second,
    };
    let ingested = custodian.ingest(&aegle, domain, &[record], &mut |_| ()).await.unwrap();
    assert_eq!(ingested.batch, BatchNumber(1));
    let after = request(&world, &service, "text:pressure").await.unwrap();
    assert_eq!(after.terms[0].len(), 2, "a token of each epoch");
    assert_eq!(places(&world, &after).await.unwrap(), [(1, 0), (0, 0)]);
    assert_eq!(proved(&world, &after).await, [(1, 0), (0, 0)]);
    assert_eq!(
        places(&world, &before).await.unwrap(),
        [(0, 0)],
        "tokens of before open what they did"
    );
    assert_eq!(proved(&world, &before).await, [(0, 0)]);

    // Labelled anew, the first batch is of the new epoch: tokens of the old one alone are refused, not answered with less.
    let record = NewRecord {
        patient: &world.people[0].enrolled,
        resource: &first,
    };
    custodian
        .relabel(&aegle, domain, BatchNumber(0), &[Some(record)])
        .await
        .unwrap();
    assert_eq!(code(places(&world, &before).await).0, ProblemCode::Malformed);
    let fresh = request(&world, &service, "text:pressure").await.unwrap();
    assert_eq!(proved(&world, &fresh).await, [(1, 0), (0, 0)]);
    // A custodian without the new key gives no tokens.
    let person = &world.people[0];
    assert!(
        world
            .search_request(person.account(), person, "text:pressure", Purposes::PATRQT)
            .await
            .is_err()
    );
    serving.stop().await;
}
