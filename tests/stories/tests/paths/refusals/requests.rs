//! Requests that are not signed as they should be, and tokens for what they are not for.

use super::{EVERYTHING, code, own_records, through};
use crate::{
    story::{observation, world_with},
    transports::{BadWay, Mischief},
};
use aegle_client::indexer::Indexer;
use aegle_protocol::wire::{ProblemCode, SearchRequest};
use aegle_rules::{AccountId, DomainId, Purposes};
use aegle_sealed::{Expression, Scope};
use aegle_stories::world::World;

#[tokio::test]
async fn only_the_account_itself_can_ask_and_only_once() {
    let world = world_with(&[observation("one", "Systolic blood pressure", &[])]).await;
    let before = own_records(&world).await;
    let person = &world.people[0];
    let request = world
        .search_request(person.account(), person, EVERYTHING, Purposes::PATRQT)
        .await
        .unwrap();
    let cases = [
        (Mischief::Unsigned, ProblemCode::Unsigned),
        (Mischief::ChangedSignature, ProblemCode::Unsigned),
        (Mischief::OtherAccount, ProblemCode::Unsigned),
        (Mischief::ChangedBody, ProblemCode::Unsigned),
        (Mischief::Truncated, ProblemCode::Unsigned),
        (Mischief::ChangedPath, ProblemCode::Unsigned),
        (Mischief::SlowClock, ProblemCode::Expired),
        (Mischief::FastClock, ProblemCode::Expired),
        (Mischief::Twice, ProblemCode::Replayed),
    ];
    let inner = world.deployment().aegle().indexer.transport();
    for (mischief, expected) in cases {
        let way = BadWay::new(inner, ("POST", "/v1/search"), mischief);
        let indexer = Indexer::new(way, world.deployment().contracts(), world.deployment().server().account);
        let answer = through(&world, &indexer)
            .indexer
            .search(person.patient.key(), &request)
            .await;
        assert_eq!(code(answer), (expected, 401), "{mischief:?}");
    }
    let way = BadWay::new(inner, ("POST", "/v1/search"), Mischief::None);
    let indexer = Indexer::new(way, world.deployment().contracts(), world.deployment().server().account);
    let answer = indexer
        .search(person.patient.key(), &request)
        .await
        .expect("the way itself is no obstacle");
    assert_eq!(answer.hits.len(), before.len());
    tokens_open_what_they_are_for(&world, &request).await;
    assert_eq!(own_records(&world).await, before);
}

/// Changes to a search that make it another one than its tokens were given for.
async fn tokens_open_what_they_are_for(world: &World, request: &SearchRequest) {
    let person = &world.people[0];
    let changes: [(&str, fn(&mut SearchRequest)); 12] = [
        ("a window that reaches further", |request| request.terms[0][0].to += 1),
        ("a window that begins later", |request| request.terms[0][0].from += 1),
        ("an empty window", |request| request.terms[0][0].to = 0),
        ("another segment", |request| request.terms[0][0].segment += 1),
        ("another epoch", |request| request.terms[0][0].epoch += 1),
        ("another domain's token", |request| {
            request.terms[0][0].domain = DomainId(request.domain.0 + 1)
        }),
        ("another patient's token", |request| {
            request.terms[0][0].scope = Scope::Patient(AccountId([7; 32]))
        }),
        ("a token of the cohort", |request| {
            request.terms[0][0].scope = Scope::Cohort
        }),
        ("a node too many", |request| {
            let node = request.terms[0][0].nodes[0].clone();
            request.terms[0][0].nodes.push(node);
        }),
        ("no token", |request| request.terms[0].clear()),
        ("a term that is not there", |request| {
            request.query = Expression::Term(1)
        }),
        ("no hit wanted", |request| request.limit = 0),
    ];
    let aegle = world.deployment().aegle();
    for (what, change) in changes {
        let mut changed = request.clone();
        change(&mut changed);
        let answer = aegle.indexer.search(person.patient.key(), &changed).await;
        assert_eq!(code(answer), (ProblemCode::Malformed, 400), "{what}");
    }
    // All of it moved to a domain that does not exist, or to a patient whom the caller is not.
    let mut moved = request.clone();
    moved.domain = DomainId(u32::MAX);
    moved
        .terms
        .iter_mut()
        .flatten()
        .for_each(|token| token.domain = DomainId(u32::MAX));
    let answer = aegle.indexer.search(person.patient.key(), &moved).await;
    assert_eq!(code(answer).0, ProblemCode::NotAnchored, "no such domain");
    let mut foreign = request.clone();
    foreign.scope = Scope::Patient(AccountId([7; 32]));
    foreign
        .terms
        .iter_mut()
        .flatten()
        .for_each(|token| token.scope = Scope::Patient(AccountId([7; 32])));
    let answer = aegle
        .indexer
        .search(person.patient.key(), &foreign)
        .await
        .expect("it is well formed");
    assert!(answer.hits.is_empty());
    // A key that is not the keyword's finds nothing. The query is a negation, which needs the keyword to be found.
    let mut guessed = world
        .search_request(person.account(), person, "type:Observation", Purposes::PATRQT)
        .await
        .expect("the custodian gives tokens");
    guessed.terms[0][0].nodes.iter_mut().for_each(|node| node.key[0] ^= 1);
    let answer = aegle
        .indexer
        .search(person.patient.key(), &guessed)
        .await
        .expect("it is well formed");
    assert!(answer.hits.is_empty());
}
