//! Answers that prove themselves: the honest indexer's are believed, and each way of lying is caught and named.

use crate::{
    refusals::code,
    story::{observation, world_with},
};
use aegle_client::{
    deployment::Aegle,
    fhir::Resource,
    indexer::Indexer,
    native::{ChainClient, HttpTransport},
    remote::{RemoteError, Request, Response, Transport, TransportError},
    search::{
        asking::Asking,
        verify::{VerifiedHits, VerifiedSearchError, verified_search},
    },
};
use aegle_crypto::classes::Class;
use aegle_protocol::wire::{AnswerError, ProblemCode, SearchAnswer, SearchRequest, StaleAnswer};
use aegle_rules::{BatchNumber, Purposes, Timestamp};
use aegle_sealed::BatchSpan;
use aegle_stories::world::World;
use std::cell::RefCell;

/// Changes the answers to searches.
struct Liar<'a> {
    inner: &'a HttpTransport,
    lie: &'a dyn Fn(&mut SearchAnswer),
}

impl Transport for Liar<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let is_search = request.path == "/v1/search";
        let mut response = self.inner.send(request).await?;
        if is_search && response.status == 200 {
            let mut answer: SearchAnswer = serde_json::from_slice(&response.body).expect("an answer");
            (self.lie)(&mut answer);
            response.body = serde_json::to_vec(&answer).expect("it can be written");
        }
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

/// Three batches: a pressure, a haemoglobin and a potassium in the first, a pressure in each of the others.
async fn world() -> World {
    let chart = [
        observation("one", "Systolic blood pressure", &[]),
        observation("two", "Haemoglobin", &[]),
        observation("three", "Potassium", &[]),
    ];
    let mut world = world_with(&chart).await;
    for id in ["four", "five"] {
        let later = observation(id, "Diastolic blood pressure", &[]);
        world.ingest(&[(0, &later)]).await.unwrap();
    }
    world
}

pub(crate) async fn request(world: &World, text: &str) -> SearchRequest {
    let person = &world.people[0];
    world
        .search_request(person.account(), person, text, Purposes::PATRQT)
        .await
        .unwrap()
}

pub(crate) async fn verified(world: &World, request: &SearchRequest) -> Result<VerifiedHits, VerifiedSearchError> {
    verified_search(&world.deployment().aegle(), world.people[0].patient.key(), request).await
}

pub(crate) async fn lied(
    world: &World,
    request: &SearchRequest,
    lie: &dyn Fn(&mut SearchAnswer),
) -> Result<VerifiedHits, VerifiedSearchError> {
    let honest = world.deployment().aegle();
    let liar = Liar {
        inner: honest.indexer.transport(),
        lie,
    };
    let indexer = Indexer::new(liar, world.deployment().contracts(), honest.indexer.account());
    let aegle: Aegle<'_, ChainClient, Liar<'_>> = Aegle::new(honest.chain, honest.contracts, &indexer);
    verified_search(&aegle, world.people[0].patient.key(), request).await
}

pub(crate) fn places(hits: &VerifiedHits) -> Vec<(u32, u32)> {
    hits.hits.iter().map(|hit| (hit.batch.0, hit.number)).collect()
}

/// What is verified page by page, one hit a page.
pub(crate) async fn paged(world: &World, request: &SearchRequest) -> Vec<(u32, u32)> {
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = SearchRequest {
            limit: 1,
            after,
            ..request.clone()
        };
        let page = verified(world, &page).await.unwrap();
        paged.extend(places(&page));
        match page.next {
            Some(next) => after = Some(next),
            None => return paged,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_answer_is_verified_page_by_page() {
    let world = world().await;
    for (text, expected) in [
        ("text:pressure", vec![(2, 0), (1, 0), (0, 0)]),
        ("text:haemoglobin", vec![(0, 1)]),
        ("text:nothing", vec![]),
        ("status:final AND NOT text:pressure", vec![(0, 1), (0, 2)]),
        ("text:haemoglobin OR text:potassium", vec![(0, 1), (0, 2)]),
        ("date:2026-11 AND text:pressure", vec![(2, 0), (1, 0), (0, 0)]),
    ] {
        let request = request(&world, text).await;
        let answer = verified(&world, &request).await.unwrap();
        assert_eq!(places(&answer), expected, "{text}");
        assert_eq!(paged(&world, &request).await, expected, "{text}, page by page");
    }
    // What finds everything that has not a term cannot be proved by terms.
    let unbounded = request(&world, "NOT text:pressure").await;
    assert!(matches!(
        verified(&world, &unbounded).await,
        Err(VerifiedSearchError::Request(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_added_duplicated_reordered_foreign_or_unproved_hit_is_caught() {
    let world = world().await;
    let request = request(&world, "text:pressure").await;
    let lies: [(&str, &dyn Fn(&mut SearchAnswer), fn(&AnswerError) -> bool); 7] = [
        (
            "the first hit dropped",
            &|answer| drop(answer.hits.drain(..1)),
            |error| matches!(error, AnswerError::Dropped(_)),
        ),
        ("the last hit dropped", &|answer| answer.hits.truncate(2), |error| {
            matches!(error, AnswerError::Dropped(_))
        }),
        (
            "a hit added",
            &|answer| {
                let mut added = *answer.hits.last().expect("there are hits");
                added.number = 1;
                answer.hits.push(added);
            },
            |error| matches!(error, AnswerError::Added(_)),
        ),
        (
            "a hit twice",
            &|answer| {
                let first = answer.hits[0];
                answer.hits.insert(0, first);
            },
            |error| matches!(error, AnswerError::Duplicated(_)),
        ),
        ("hits in another order", &|answer| answer.hits.swap(0, 1), |error| {
            matches!(error, AnswerError::Reordered(_))
        }),
        (
            "a hit of a batch to come",
            &|answer| answer.hits[0].batch = BatchNumber(3),
            |error| matches!(error, AnswerError::Foreign(_)),
        ),
        (
            "a hit that its batch has not",
            &|answer| answer.hits[2].number = 3,
            |error| matches!(error, AnswerError::Foreign(_)),
        ),
    ];
    for (case, lie, expected) in lies {
        match lied(&world, &request, lie).await {
            Err(error @ VerifiedSearchError::Answer(fault)) => {
                assert!(expected(&fault), "{case}: {fault}");
                assert!(error.is_tampering());
            }
            other => panic!("{case}: {other:?}"),
        }
    }
    let hidden: &dyn Fn(&mut SearchAnswer) = &|answer| {
        let evidence = answer.evidence.as_mut().expect("it was asked for");
        evidence.batches.remove(1);
        answer.hits.retain(|hit| hit.batch != BatchNumber(1));
    };
    assert!(matches!(
        lied(&world, &request, hidden).await,
        Err(VerifiedSearchError::Answer(AnswerError::MissingBatch(span))) if span == BatchSpan::one(BatchNumber(1))
    ));
    let silent = lied(&world, &request, &|answer| answer.evidence = None).await;
    assert!(matches!(silent, Err(VerifiedSearchError::NoEvidence)));
    let early = lied(&world, &request, &|answer| {
        answer.next = answer.hits.first().map(Into::into);
        answer.hits.truncate(1);
    });
    assert!(matches!(early.await, Err(VerifiedSearchError::Unfinished)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_yesterday_is_stale() {
    let mut world = world().await;
    let old = request(&world, "text:pressure").await;
    let kept = RefCell::new(None);
    lied(&world, &old, &|answer| *kept.borrow_mut() = Some(answer.clone()))
        .await
        .unwrap();
    let later: Resource = observation("six", "Blood pressure panel", &[]);
    world.ingest(&[(0, &later)]).await.unwrap();
    let new = request(&world, "text:pressure").await;
    let replay: &dyn Fn(&mut SearchAnswer) = &|answer| answer.clone_from(kept.borrow().as_ref().expect("kept"));
    match lied(&world, &new, replay).await {
        Err(VerifiedSearchError::Answer(AnswerError::Stale(StaleAnswer::End { found: 3, expected: 4 }))) => {}
        other => panic!("{other:?}"),
    }
    // With tokens of yesterday it is still what they find.
    assert_eq!(places(&lied(&world, &old, replay).await.unwrap()).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_for_who_may_see_every_record_of_the_patient() {
    let chart = [
        observation("one", "Systolic blood pressure", &[]),
        observation("two", "Depression screening", &["PSY"]),
    ];
    let world = world_with(&chart).await;
    let (person, clinician) = (&world.people[0], world.clinician());
    world.grant(person, clinician, &[Class::Laboratory]).await.unwrap();
    let asking = Asking::patient(clinician.key().account(), person.account(), Purposes::TREAT);
    let ask = async |text| {
        let request = world
            .search_request(asking.requester, person, text, asking.purpose)
            .await
            .unwrap();
        verified_search(&world.deployment().aegle(), clinician.key(), &request).await
    };
    // Refused alike, whether or not the hidden record has the word: else the refusal would tell.
    for text in ["text:pressure", "text:depression", "text:nothing"] {
        match ask(text).await {
            Err(VerifiedSearchError::Indexer(error @ RemoteError::Refused { .. })) => {
                assert_eq!(code::<()>(Err(error)).0, ProblemCode::NotPermitted, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    world.grant_chart(person, clinician, &chart).await.unwrap();
    assert_eq!(places(&ask("text:depression").await.unwrap()), [(0, 1)]);
}
