//! The patient does not take the indexer's word: the answer proves itself, and a lie shows.

use super::{
    access::{Access, is_granted},
    examples::Chart,
    oracle,
    stage::IngestedRecords,
    teller::Teller,
    token_service::Scene,
};
use crate::output::{bytes, count, seconds};
use aegle_client::{
    deployment::Aegle,
    indexer::Indexer,
    native::HttpTransport,
    protocol::wire::SearchAnswer,
    remote::{Request, Response, Transport, TransportError},
    rules::{Purposes, Timestamp},
    sealed::{Keyword, query},
    search::{
        asking::Asking,
        verify::{VerifiedSearchError, verified_search},
    },
};
use anyhow::Result;
use std::{collections::HashSet, time::Instant};

/// An indexer that keeps the newest hit of every search to itself.
struct Liar<'a>(&'a HttpTransport);

impl Transport for Liar<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let is_search = request.path == "/v1/search";
        let mut response = self.0.send(request).await?;
        if is_search && let Ok(mut answer) = serde_json::from_slice::<SearchAnswer>(&response.body) {
            answer.hits.drain(..1.min(answer.hits.len()));
            response.body = serde_json::to_vec(&answer).unwrap_or_default();
        }
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.0.pause(milliseconds).await;
    }
}

/// Tells how a patient verifies an answer, and how a withheld hit is noticed.
pub(crate) async fn tell(
    teller: &mut Teller,
    scene: &Scene<'_>,
    ingested: &IngestedRecords,
    chart: &Chart,
    access: &Access,
) -> Result<()> {
    let Scene { aegle, cast, service } = *scene;
    teller.step("The patient checks that nothing is kept from them");
    let patient = &cast.patients[access.patient];
    let (records, words) = (&chart.resources, &access.question.words);
    let sensitive = |number: &usize| !is_granted(&records[*number]);
    // A kind of record of which there are sensitive ones shows more than what the clinician has asked.
    let asked = match (0..records.len()).find(sensitive) {
        Some(number) => {
            let kind = records[number].resource_type();
            Some((format!("every {kind}"), query::parse(&format!("type:{kind}"))?))
        }
        None => None,
    };
    let (words, query) = match &asked {
        Some((words, query)) => (words, query),
        None => (words, &access.question.query),
    };
    let keywords: Vec<HashSet<Keyword>> = chart
        .resources
        .iter()
        .map(|resource| resource.keywords().keywords.into_iter().collect())
        .collect();
    let expected = oracle::answer(query, &keywords);
    let withheld = expected.iter().filter(|number| sensitive(number)).count();
    let expected: HashSet<_> = expected
        .into_iter()
        .map(|number| ingested.names[access.patient][number])
        .collect();
    let asking = Asking::patient(patient.account(), patient.account(), Purposes::PATRQT);
    let tokens = service.tokens(aegle, patient.key(), &asking, &query.terms).await?;
    let request = asking.search(service.domain(), tokens, query.expression.clone());
    let began = Instant::now();
    let answer = verified_search(aegle, patient.key(), &request).await?;
    let took = began.elapsed();
    let found: HashSet<_> = answer.hits.iter().map(|hit| hit.record).collect();
    teller.expect(
        found == expected,
        format!(
            "{words}: {}, of which {withheld} are closed to the clinician, and a proof of {} that these are all ({})",
            count(answer.hits.len(), "record"),
            bytes(answer.evidence_bytes as u64),
            seconds(took),
        ),
    );
    let indexer = Indexer::new(
        Liar(aegle.indexer.transport()),
        aegle.contracts,
        aegle.indexer.account(),
    );
    let lied_to = Aegle::new(aegle.chain, aegle.contracts, &indexer);
    let lied = verified_search(&lied_to, patient.key(), &request).await;
    teller.expect(
        matches!(&lied, Err(error @ VerifiedSearchError::Answer(_)) if error.is_tampering()),
        "when the newest of them is held back on the way, the patient's own computer says so",
    );
    teller.seen("by whoever may see all of the patient's records; others get no proof, because it would show what is closed to them.");
    teller.done();
    Ok(())
}
