//! Batches that were compacted are found, proved and erased as before, and what lies inside has no labels of its own.

use crate::{
    erasure::{ERASURE, batch, holding, labels, until},
    evidence::{lied, paged, places, request, verified},
    refusals::code,
    story::{observation, world_with},
};
use aegle_client::{
    chain::CallError,
    custodian::{NewRecord, RelabelError, request_erasure},
    fhir::Resource,
    remote::RemoteError,
    search::verify::VerifiedSearchError,
};
use aegle_protocol::wire::{AnswerError, ProblemCode, SearchAnswer, SearchRequest, StaleAnswer};
use aegle_rules::{
    BatchNumber,
    ledger::{ErasureReason, LedgerError},
};
use aegle_sealed::{BatchSpan, Scope, ScopeContext, Window, query};
use aegle_stories::world::World;
use std::cell::RefCell;

/// What each batch holds: 9 records in 8 batches, one of them without a pressure.
const BATCHES: [&[&str]; 8] = [
    &["Systolic blood pressure", "Haemoglobin"],
    &["Potassium"],
    &["Blood pressure panel"],
    &["Haemoglobin"],
    &["Diastolic blood pressure"],
    &["Haemoglobin"],
    &["Systolic blood pressure"],
    &["Potassium"],
];
const QUERIES: [&str; 6] = [
    "text:pressure",
    "text:haemoglobin",
    "text:haemoglobin OR text:potassium",
    "status:final AND NOT text:pressure",
    "text:pressure AND text:haemoglobin",
    "text:nothing",
];

fn charts() -> Vec<Vec<Resource>> {
    let mut number = 0;
    let mut resource = |display: &&str| {
        number += 1;
        observation(&format!("r{number}"), display, &[])
    };
    let batches = BATCHES.iter();
    batches.map(|batch| batch.iter().map(&mut resource).collect()).collect()
}

async fn world(charts: &[Vec<Resource>]) -> World {
    let mut world = world_with(&charts[0]).await;
    for chart in &charts[1..] {
        let records: Vec<_> = chart.iter().map(|resource| (0, resource)).collect();
        world.ingest(&records).await.unwrap();
    }
    world
}

fn span(first: u32, log2: u8) -> BatchSpan {
    BatchSpan::new(BatchNumber(first), log2).unwrap()
}

/// What a query finds, verified at once and page by page, which must be the same.
async fn proved(world: &World, text: &str) -> Vec<(u32, u32)> {
    let request = request(world, text).await;
    let answer = verified(world, &request).await;
    let found = places(&answer.unwrap_or_else(|error| panic!("{text}: {error}")));
    assert_eq!(paged(world, &request).await, found, "{text}, page by page");
    let unproved = world.search_own(&world.people[0], text).await.unwrap();
    let unproved: Vec<_> = unproved.iter().map(|hit| (hit.batch.0, hit.number)).collect();
    assert_eq!(unproved, found, "{text}, without evidence");
    let private = crate::private::found(world, &world.people[0], text).await;
    assert_eq!(private, found, "{text}, searched here");
    found
}

async fn all_proved(world: &World) -> Vec<Vec<(u32, u32)>> {
    let mut all = Vec::new();
    for text in QUERIES {
        all.push(proved(world, text).await);
    }
    all
}

async fn compacted(world: &World, span: BatchSpan, records: &[Option<NewRecord<'_>>]) -> Result<u16, RelabelError> {
    let (custodian, domain) = (world.hospital().custodian(), world.hospital().domain());
    let done = custodian
        .compact(&world.deployment().aegle(), domain, span, records)
        .await;
    done.map(|done| done.version)
}

/// A search for pressure with tokens for a window alone.
async fn in_window(world: &World, window: Window) -> Result<Vec<(u32, u32)>, RemoteError> {
    let (person, domain) = (&world.people[0], world.hospital().domain());
    let context = ScopeContext {
        domain,
        epoch: 0,
        scope: Scope::Patient(person.account()),
    };
    let whole = request(world, "text:pressure").await;
    let keyword = &query::parse("text:pressure").unwrap().terms[0];
    let key = world.hospital().custodian().domain_key();
    let request = SearchRequest {
        terms: vec![key.token(&context, keyword, window).unwrap()],
        ..whole
    };
    let aegle = world.deployment().aegle();
    let answer = aegle.indexer.search(person.patient.key(), &request).await?;
    Ok(answer.hits.iter().map(|hit| (hit.batch.0, hit.number)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn compacted_batches_are_found_and_proved_as_before() {
    let charts = charts();
    let world = world(&charts).await;
    let person = &world.people[0];
    let records: Vec<_> = charts.iter().flat_map(|chart| batch(person, chart)).collect();
    let before = all_proved(&world).await;
    assert_eq!(before[0], [(6, 0), (4, 0), (2, 0), (0, 0)]);
    assert_eq!(before[3], [(7, 0), (5, 0), (3, 0), (1, 0), (0, 1)]);
    let asked = request(&world, "text:pressure").await;
    let kept = RefCell::new(None);
    lied(&world, &asked, &|answer| *kept.borrow_mut() = Some(answer.clone()))
        .await
        .unwrap();

    let missing = compacted(&world, span(0, 2), &records[..4]).await;
    assert!(matches!(missing, Err(RelabelError::Records { found: 4, expected: 5 })));
    let absent = compacted(&world, span(8, 1), &records[..2]).await;
    assert!(matches!(
        absent,
        Err(RelabelError::NotAnchored {
            batch: BatchNumber(8),
            ..
        })
    ));
    assert_eq!(compacted(&world, span(0, 2), &records[..5]).await.unwrap(), 0);
    assert_eq!(all_proved(&world).await, before);
    // With the tokens of before, too.
    assert_eq!(places(&verified(&world, &asked).await.unwrap()), before[0]);
    // An indexer that goes on with the old labels is caught.
    let replay: &dyn Fn(&mut SearchAnswer) = &|answer| answer.clone_from(kept.borrow().as_ref().unwrap());
    match lied(&world, &asked, replay).await {
        Err(VerifiedSearchError::Answer(AnswerError::Stale(StaleAnswer::Compacted { found, anchored }))) => {
            assert_eq!((found, anchored), (span(3, 0), span(0, 2)));
        }
        other => panic!("{other:?}"),
    }

    // A window has all of the span, or nothing of it.
    let window = |from, to| Window::new(from, to).unwrap();
    assert_eq!(in_window(&world, window(4, 7)).await.unwrap(), [(6, 0), (4, 0)]);
    assert_eq!(in_window(&world, window(0, 4)).await.unwrap(), [(2, 0), (0, 0)]);
    for cut in [window(1, 7), window(0, 3), window(2, 3)] {
        let refused = in_window(&world, cut).await.unwrap_err();
        assert!(
            refused.to_string().contains("batches 0 to 3 were compacted"),
            "{cut:?}: {refused}"
        );
        assert_eq!(code::<()>(Err(refused)).0, ProblemCode::Malformed, "{cut:?}");
    }

    // What lies inside has no labels of its own any more.
    for inner in [span(2, 0), span(0, 1)] {
        let sizes = inner
            .batches()
            .map(|batch| charts[batch.0 as usize].len())
            .sum::<usize>();
        let start = charts[..inner.first().0 as usize].iter().map(Vec::len).sum::<usize>();
        let refused = compacted(&world, inner, &records[start..start + sizes]).await;
        let Err(RelabelError::Ledger(CallError::Refused(LedgerError::Superseded))) = refused else {
            panic!("{inner}: {refused:?}");
        };
    }
    // A wider one takes it in, and the same once more.
    assert_eq!(compacted(&world, span(0, 3), &records).await.unwrap(), 0);
    assert_eq!(all_proved(&world).await, before);
    assert_eq!(compacted(&world, span(0, 3), &records).await.unwrap(), 1);
    assert_eq!(all_proved(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_erased_out_of_compacted_batches() {
    let charts = charts();
    let world = world(&charts[..4]).await;
    let (person, aegle, domain) = (&world.people[0], world.deployment().aegle(), world.hospital().domain());
    let mut records: Vec<_> = charts[..4].iter().flat_map(|chart| batch(person, chart)).collect();
    compacted(&world, span(0, 2), &records).await.unwrap();
    // The panel, the only record of batch 2, and the third after those of the batches before.
    let (at, number) = (BatchNumber(2), 3);
    let old = labels(&world, at, number).await;
    assert_eq!(proved(&world, "text:pressure").await, [(2, 0), (0, 0)]);
    let key = world.hospital().custodian().key();
    request_erasure(&aegle, key, domain, at, &[0], ErasureReason::PatientRequest)
        .await
        .unwrap();
    let kept = world.search_own(person, "text:pressure").await.unwrap();
    assert_eq!(kept.len(), 2, "it is not final");
    world.deployment().advance(ERASURE).await.unwrap();
    let left = world.search_own(person, "text:pressure").await.unwrap();
    assert_eq!(left.len(), 1);
    // None of the span's batches is proved until they have new labels.
    let asked = request(&world, "text:potassium").await;
    assert!(matches!(
        verified(&world, &asked).await,
        Err(VerifiedSearchError::Indexer(RemoteError::Refused { .. }))
    ));
    let refused = compacted(&world, span(0, 2), &records).await;
    assert!(matches!(refused, Err(RelabelError::Erased(place)) if (place.batch, place.number) == (at, 0)));
    records[number] = None;
    assert_eq!(compacted(&world, span(0, 2), &records).await.unwrap(), 1);
    assert_eq!(proved(&world, "text:pressure").await, [(0, 0)]);
    assert_eq!(proved(&world, "text:potassium").await, [(1, 0)]);
    assert_eq!(proved(&world, "status:final").await, [(3, 0), (1, 0), (0, 0), (0, 1)]);
    let data = world.deployment().data();
    until("the old labels", || match holding(data, &old) {
        files if files.is_empty() => Ok(()),
        files => Err(format!("they are in {files:?}")),
    })
    .await;
}
