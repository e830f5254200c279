//! Searching a chart of which the indexer learns that it was looked at, and nothing else.

use crate::{
    erasure::ERASURE,
    refusals::code,
    story::{observation, world_with},
    tokens::desk::{Desk, address, serve},
};
use aegle_client::{
    account::AccountKey,
    chain::Chain,
    custodian::request_erasure,
    deployment::Aegle,
    fhir::Resource,
    indexer::Indexer,
    native::HttpTransport,
    remote::{Request, Response, Transport, TransportError},
    search::{
        asking::Asking,
        private::{PrivateChart, PrivateSearchError},
        ranked::ranked_search,
        tokens::SearchedDomain,
    },
};
use aegle_crypto::classes::Class;
use aegle_protocol::wire::{Hit, LabelRuns, MAX_RUN_BYTES, ProblemCode};
use aegle_rules::{BatchNumber, Purposes, Timestamp, ledger::ErasureReason};
use aegle_sealed::query;
use aegle_stories::world::{Person, World, reader};
use aegle_token_service::Quota;
use std::cell::RefCell;

/// Different questions, of which some find the same.
const QUERIES: [&str; 6] = [
    "text:haemoglobin",
    "text:pressure AND type:Observation",
    "*",
    "NOT text:potassium",
    "date:2026-11 AND (text:potassium OR text:haemoglobin)",
    "text:nothing",
];

fn chart() -> Vec<Resource> {
    ["Systolic blood pressure", "Haemoglobin", "Potassium", "Haemoglobin A1c"]
        .iter()
        .zip(["one", "two", "three", "four"])
        .map(|(display, id)| observation(id, display, &[]))
        .collect()
}

async fn domain(world: &World) -> SearchedDomain {
    let aegle = world.deployment().aegle();
    let head = aegle.chain.finalized().await.unwrap();
    SearchedDomain::read(&aegle, &head, world.hospital().domain())
        .await
        .unwrap()
}

/// Searches a person's chart as an account, with tokens that the custodian makes for it.
async fn searched(
    world: &World,
    person: &Person,
    (key, purpose): (&AccountKey, Purposes),
    text: &str,
) -> Result<Vec<Hit>, PrivateSearchError> {
    let (aegle, query) = (world.deployment().aegle(), query::parse(text).unwrap());
    let asking = Asking::patient(key.account(), person.account(), purpose);
    let chart = PrivateChart::fetch(&aegle, key, domain(world).await, asking).await?;
    let custodian = world.hospital().custodian();
    let tokens = custodian.tokens(&aegle, world.hospital().domain(), &asking, &query.terms);
    chart.search_with(tokens.await.unwrap(), &query)
}

/// What a query finds in a person's own chart, by batch and number.
pub(crate) async fn found(world: &World, person: &Person, text: &str) -> Vec<(u32, u32)> {
    let own = (person.patient.key(), Purposes::PATRQT);
    let found = searched(world, person, own, text).await;
    let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
    found.iter().map(|hit| (hit.batch.0, hit.number)).collect()
}

/// A way to the indexer that remembers what goes over it: paths, bodies, and the bytes of answers.
struct Watched<'a> {
    inner: &'a HttpTransport,
    seen: RefCell<Vec<(String, Vec<u8>, usize)>>,
}

impl Transport for Watched<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let (path, body) = (request.path.to_owned(), request.body.to_vec());
        let response = self.inner.send(request).await?;
        self.seen.borrow_mut().push((path, body, response.body.len()));
        Ok(response)
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_indexer_sees_the_same_whatever_is_asked_and_whatever_is_found() {
    let desk = Desk::open(Quota::default()).await;
    let (world, person) = (&desk.world, desk.person());
    let deployment = world.deployment();
    let whole = deployment.aegle();
    let key = person.patient.key();
    let asking = Asking::patient(person.account(), person.account(), Purposes::PATRQT);
    let mut seen = Vec::new();
    for text in QUERIES {
        let watched = Watched {
            inner: whole.indexer.transport(),
            seen: RefCell::default(),
        };
        let indexer = Indexer::new(watched, deployment.contracts(), whole.indexer.account());
        let aegle = Aegle::new(deployment.chain(), deployment.contracts(), &indexer);
        let chart = PrivateChart::fetch(&aegle, key, domain(world).await, asking)
            .await
            .unwrap();
        let query = query::parse(text).unwrap();
        let own = chart.search(&desk.client(), key, &query).await.unwrap();
        assert_eq!(own, world.search_own(person, text).await.unwrap(), "{text}");
        // Another question on the same chart asks the indexer nothing.
        let other = query::parse("status:final").unwrap();
        assert_eq!(chart.search(&desk.client(), key, &other).await.unwrap().len(), 2);
        assert_eq!(chart.hits().count(), 2);
        seen.push(indexer.transport().seen.take());
    }
    assert_eq!(seen[0].len(), 1);
    assert_eq!(seen[0][0].0, "/v1/label-runs");
    assert!(
        seen.iter().all(|own| *own == seen[0]),
        "requests and the sizes of answers are the same"
    );
    // The custodian's service sees fields, and no keyword.
    let log = std::fs::read_to_string(desk.folder.path().join("audit.jsonl")).unwrap();
    for secret in ["haemoglobin", "potassium", "nothing", "2026-11"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    desk.service.stop().await;
}

/// Why the indexer refuses the chart of the first person to an account.
async fn refused(world: &World, asking: (&AccountKey, Purposes)) -> ProblemCode {
    match searched(world, &world.people[0], asking, "type:Observation").await {
        Err(PrivateSearchError::Indexer(error)) => code(Err::<(), _>(error)).0,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_is_fetched_by_who_may_see_all_of_it_alone() {
    let mut world = world_with(&chart()).await;
    world.admit().await.unwrap();
    let clinician = reader(world.deployment()).await.unwrap();
    world.employ(&clinician).await.unwrap();
    let as_clinician = (clinician.key(), Purposes::TREAT);
    // Refused by the indexer first: no token is asked for.
    assert_eq!(
        refused(&world, as_clinician).await,
        ProblemCode::NotPermitted,
        "without a grant"
    );
    let stranger = world.people[1].patient.key();
    assert_eq!(
        refused(&world, (stranger, Purposes::PATRQT)).await,
        ProblemCode::NotPermitted,
        "another patient"
    );

    let class = chart()[0].class();
    world.grant(&world.people[0], &clinician, &[class]).await.unwrap();
    let all = searched(&world, &world.people[0], as_clinician, "*").await.unwrap();
    assert_eq!(all.len(), 4);
    // A record of another class makes a chart of which some is withheld: no counter may tell that.
    let note = observation("note", "Depression screening", &["PSY"]);
    world.ingest(&[(0, &note)]).await.unwrap();
    assert_eq!(refused(&world, as_clinician).await, ProblemCode::NotPermitted);
    assert_eq!(found(&world, &world.people[0], "*").await.len(), 5);
    world
        .grant(&world.people[0], &clinician, &[Class::MentalHealth])
        .await
        .unwrap();
    let all = searched(&world, &world.people[0], as_clinician, "*").await.unwrap();
    assert_eq!(all.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_record_is_not_found_and_hides_no_other() {
    let chart = chart();
    let world = world_with(&chart).await;
    let (person, aegle) = (&world.people[0], world.deployment().aegle());
    assert_eq!(found(&world, person, "text:haemoglobin").await, [(0, 1), (0, 3)]);
    for erased in [1, 0] {
        let (custodian, domain) = (world.hospital().custodian(), world.hospital().domain());
        let (batch, reason) = (BatchNumber(0), ErasureReason::RetentionEnded);
        request_erasure(&aegle, custodian.key(), domain, batch, &[erased], reason)
            .await
            .unwrap();
        world.deployment().advance(ERASURE).await.unwrap();
    }
    assert_eq!(found(&world, person, "text:haemoglobin").await, [(0, 3)]);
    assert_eq!(found(&world, person, "text:pressure").await, []);
    assert_eq!(found(&world, person, "*").await, [(0, 2), (0, 3)]);
    // Each record has a label of its own of what all have, and those of the erased ones are gaps.
    assert_eq!(found(&world, person, "status:final").await, [(0, 2), (0, 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ranking_is_the_same_at_the_indexer_and_here() {
    let chart = chart();
    let mut world = world_with(&chart[..2]).await;
    let later: Vec<_> = chart[2..].iter().map(|resource| (0, resource)).collect();
    world.ingest(&later).await.unwrap();
    let (person, aegle) = (&world.people[0], world.deployment().aegle());
    let (key, id) = (person.patient.key(), world.hospital().domain());
    let asking = Asking::patient(person.account(), person.account(), Purposes::PATRQT);
    let fetched = PrivateChart::fetch(&aegle, key, domain(&world).await, asking)
        .await
        .unwrap();
    let one = |batch, number, score| (batch, number, score);
    for (text, expected) in [
        // Both have the word, and one of them the other word, which counts more.
        ("any(haemoglobin, a1c^3)", vec![one(1, 1, 4), one(0, 1, 1)]),
        (
            "any(potassium, haemoglobin^2) AND status:final",
            vec![one(1, 1, 2), one(0, 1, 2), one(1, 0, 1)],
        ),
        ("at least 2 of (haemoglobin, a1c, nothing)", vec![one(1, 1, 2)]),
        ("any(nothing)", vec![]),
    ] {
        let query = query::parse_ranked(text).unwrap().unwrap();
        let tokens = world.hospital().custodian().tokens(&aegle, id, &asking, &query.terms);
        let tokens = tokens.await.unwrap();
        let there = ranked_search(&aegle, key, id, &asking, &tokens, &query).await.unwrap();
        assert_eq!(fetched.ranked_with(&tokens, &query).unwrap(), there, "{text}");
        let found: Vec<_> = there
            .iter()
            .map(|found| one(found.hit.batch.0, found.hit.number, found.score))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn an_answer_is_bounded_by_what_a_chart_may_have() {
    // 200 records of 64 labels, as the documentation says.
    const { assert!(200 * 64 * 10 < MAX_RUN_BYTES) };
    for bytes in [&b""[..], b"AEGL", b"AEGLN\x01", b"AEGLN\x02\0\0", b"garbage"] {
        assert!(LabelRuns::from_bytes(bytes).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_opens_nothing_unless_it_is_told_to() {
    use crate::ingest::{Site, failure, line, result, write};
    let site = Site::start(1).await;
    let lines: Vec<String> = ["a", "b"].iter().map(|id| line(id, 0, "", "final")).collect();
    assert!(
        site.ingest(&[&write(&site.file("one.ndjson"), &lines)])
            .status
            .success()
    );
    let audit = site.file("audit.jsonl");
    let service = serve(&site.world, site.world.hospital(), audit, Quota::default()).await;
    let patient = site.world.people[0].account().to_string();
    let domain = site.world.hospital().domain().to_string();
    let pinned = format!("{}={}", address(&service).account, service.url());
    let search = |more: &[&str]| {
        let (url, query) = (service.url(), "code:loinc|8480-6 >140 mmHg");
        let asking = [
            "search",
            "--domain",
            &domain,
            "--patient",
            &patient,
            "--custodian",
            &url,
        ];
        let output = site
            .program(&[&["--server", &pinned], &asking[..], &[query], more].concat())
            .env("AEGLE_AS", "p0")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", failure(&output));
        result(&output)
    };
    let aegle = site.world.deployment().aegle();
    let opened = async || site.world.people[0].patient.disclosures(&aegle).await.unwrap().len();
    let private = search(&["--private"]);
    assert_eq!(
        (&private["found"], &private["private"]),
        (&2.into(), &true.into()),
        "{private}"
    );
    assert_eq!(private["chart"]["records"], 2);
    assert_eq!(private["hits"][0]["opened"], false);
    assert_eq!(opened().await, 0, "nothing went out");
    let ranked = [
        "search",
        "--domain",
        &domain,
        "--patient",
        &patient,
        "--custodian",
        &service.url(),
    ];
    let ranked = site
        .program(
            &[
                &["--server", &pinned],
                &ranked[..],
                &["--private", "any(status:final^2, systolic, code:loinc|1-8)"],
            ]
            .concat(),
        )
        .env("AEGLE_AS", "p0")
        .output()
        .unwrap();
    assert!(ranked.status.success(), "{}", failure(&ranked));
    let ranked = result(&ranked);
    assert_eq!(
        (&ranked["found"], &ranked["hits"][0]["score"]),
        (&2.into(), &3.into()),
        "{ranked}"
    );
    assert_eq!(opened().await, 0, "nothing went out");
    let shown = search(&["--private", "--open"]);
    assert_eq!(
        (&shown["private"], &shown["hits"][0]["opened"]),
        (&false.into(), &true.into()),
        "{shown}"
    );
    assert!(opened().await > 0);
    service.stop().await;
}
