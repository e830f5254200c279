//! One search at two custodians, in the records of two patients: what each place gives, in the order of time, and who fails
//! keeps nobody else from answering.

use crate::{
    story::observation,
    tokens::desk::{address, nowhere, serve},
};
use aegle_client::{
    account::AccountKey,
    chain::{Answer, Called, Chain, ChainError, Head},
    custodian::{EnrolledPatient, NewRecord},
    deployment::Aegle,
    fhir::Resource,
    indexer::Indexer,
    native::{ChainClient, HttpTransport, TokenServiceClient},
    remote::{RemoteError, Request, Response, Transport, TransportError},
    search::{
        asking::Asking,
        federation::{Federation, MAX_SOURCES, Progress, Source, SourceError, TooManySources},
        tokens::{KeysAtHand, TokensError},
    },
};
use aegle_crypto::classes::Class;
use aegle_protocol::{record::RecordId, wire::SearchRequest};
use aegle_rules::{AccountId, DomainId, Hash, Purposes, Timestamp, message::Message};
use aegle_sealed::query::{self, ParsedQuery};
use aegle_stories::{hospital::Hospital, world::World};
use aegle_token_service::{Quota, Serving};
use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
};

mod patients;

/// Two hospitals with their token services, and two patients of both.
struct Places {
    world: World,
    other: Hospital,
    services: [Serving; 2],
    folder: tempfile::TempDir,
    /// Every record, in the order in which it was anchored: its hospital, its patient, its name.
    records: Vec<(usize, usize, RecordId)>,
}

/// Who got a record where, and whether it is one of a pressure.
const RECORDS: [(usize, usize, bool); 8] = [
    (0, 0, true),
    (1, 0, true),
    (0, 1, true),
    (0, 0, false),
    (1, 1, true),
    (1, 0, false),
    (0, 0, true),
    (1, 0, true),
];

impl Places {
    async fn open() -> Self {
        let mut world = World::start().await.unwrap();
        for _ in 0..2 {
            world.admit().await.unwrap();
        }
        let other = Hospital::found(world.deployment()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let audit = |name: &str| folder.path().join(name);
        let services = [
            serve(&world, world.hospital(), audit("0"), Quota::default()).await,
            serve(&world, &other, audit("1"), Quota::default()).await,
        ];
        let mut places = Self {
            world,
            other,
            services,
            folder,
            records: Vec::new(),
        };
        places.fill().await;
        for person in &places.world.people {
            let (world, classes) = (&places.world, [Class::Laboratory]);
            world.grant(person, world.clinician(), &classes).await.unwrap();
        }
        places
    }

    async fn fill(&mut self) {
        let mut enrolled: Vec<EnrolledPatient> = Vec::new();
        let aegle = self.world.deployment().aegle();
        for person in &self.world.people {
            let card = person.patient.card(&aegle, self.other.admin().account()).await.unwrap();
            enrolled.push(self.other.custodian().enrolled(&aegle, &card).await.unwrap());
        }
        for (at, (hospital, patient, pressure)) in RECORDS.into_iter().enumerate() {
            let display = if pressure {
                "Systolic blood pressure"
            } else {
                "Haemoglobin"
            };
            let resource: Resource = observation(&format!("r{at}"), display, &[]);
            let name = match hospital {
                0 => self.world.ingest(&[(patient, &resource)]).await.unwrap().records[0],
                _ => {
                    let new = NewRecord {
                        patient: &enrolled[patient],
                        resource: &resource,
                    };
                    let (custodian, aegle) = (self.other.custodian(), self.world.deployment().aegle());
                    let ingested = custodian.ingest(&aegle, self.other.domain(), &[new], &mut |_| ()).await;
                    ingested.unwrap().records[0]
                }
            };
            self.records.push((hospital, patient, name));
        }
    }

    fn domain(&self, hospital: usize) -> DomainId {
        [self.world.hospital().domain(), self.other.domain()][hospital]
    }

    fn clients(&self) -> [TokenServiceClient; 2] {
        let contracts = self.world.deployment().contracts();
        [0, 1].map(|at| TokenServiceClient::at(&address(&self.services[at]), contracts).unwrap())
    }

    /// Every hospital, with every patient: places 0 and 1 of the first, 2 and 3 of the second.
    fn sources<'a>(&self, clients: &'a [TokenServiceClient; 2]) -> Vec<Source<'a, HttpTransport>> {
        let place = |(hospital, patient): (usize, usize)| Source {
            service: &clients[hospital],
            domain: self.domain(hospital),
            asking: Asking::patient(
                self.world.clinician().key().account(),
                self.world.people[patient].account(),
                Purposes::TREAT,
            ),
        };
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(place).into()
    }

    async fn ask(&self, clients: &[TokenServiceClient; 2], query: &ParsedQuery) -> Federation {
        let (aegle, key) = (self.world.deployment().aegle(), self.world.clinician().key());
        Federation::prepare(&aegle, key, &self.sources(clients), query, &KeysAtHand::default())
            .await
            .unwrap()
    }

    /// Everything that is found, page by page; nothing may fail.
    async fn paged(&self, federation: &Federation, limit: u32) -> Vec<(usize, RecordId)> {
        let (aegle, key) = (self.world.deployment().aegle(), self.world.clinician().key());
        let (mut all, mut progress) = (Vec::new(), Vec::new());
        loop {
            let page = federation.page(&aegle, key, &progress, limit).await;
            assert!(page.failed.is_empty(), "{:?}", page.failed);
            assert!(page.hits.len() <= limit as usize);
            all.extend(page.hits.iter().map(|hit| (hit.source, hit.hit.record)));
            if federation.is_last(&page) {
                return all;
            }
            // What a client keeps between two pages, it may keep as JSON.
            let kept = serde_json::to_string(&page.progress).unwrap();
            progress = serde_json::from_str::<Vec<Progress>>(&kept).unwrap();
        }
    }

    /// What must be found, newest first: of pressures or of everything, without the patients and hospitals left out.
    fn expected(&self, pressures: bool, has: impl Fn(usize, usize) -> bool) -> Vec<(usize, RecordId)> {
        let records = self.records.iter().zip(RECORDS).rev();
        let wanted = records
            .filter(|((hospital, patient, _), (.., pressure))| (*pressure || !pressures) && has(*hospital, *patient));
        wanted
            .map(|((hospital, patient, name), _)| (2 * hospital + patient, *name))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_places_answer_as_one_in_the_order_of_time() {
    let places = Places::open().await;
    let clients = places.clients();
    for (text, pressures) in [("text:pressure", true), ("status:final", false)] {
        let federation = places.ask(&clients, &query::parse(text).unwrap()).await;
        assert!(federation.refused.is_empty());
        for limit in [1, 2, 3, 100] {
            let found = places.paged(&federation, limit).await;
            assert_eq!(found, places.expected(pressures, |_, _| true), "{text}, {limit} a page");
        }
    }
    let nothing = places.ask(&clients, &query::parse("text:nothing").unwrap()).await;
    assert_eq!(places.paged(&nothing, 10).await, []);
    // Neither custodian has heard of the other.
    for (hospital, other) in [("0", 1), ("1", 0)] {
        let log = fs::read_to_string(places.folder.path().join(hospital)).unwrap();
        let domain = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["domain"].clone();
        assert!(!log.is_empty());
        assert!(log.lines().all(|line| domain(line) != places.domain(other).0));
    }
    let sources = places.sources(&clients);
    let too_many: Vec<_> = (0..=MAX_SOURCES)
        .map(|_| Source {
            service: &clients[0],
            domain: sources[0].domain,
            asking: sources[0].asking,
        })
        .collect();
    let aegle = places.world.deployment().aegle();
    let query = query::parse("status:final").unwrap();
    let at_hand = KeysAtHand::default();
    let refused = Federation::prepare(&aegle, places.world.clinician().key(), &too_many, &query, &at_hand);
    assert_eq!(refused.await.unwrap_err(), TooManySources(MAX_SOURCES + 1));
}

/// The way to the indexer, which does not answer searches in one domain.
struct Broken<'a> {
    inner: &'a HttpTransport,
    domain: DomainId,
}

impl Transport for Broken<'_> {
    async fn send(&self, request: Request<'_>) -> Result<Response, TransportError> {
        if request.path == "/v1/search" {
            let search: SearchRequest = serde_json::from_slice(request.body).expect("a search");
            if search.domain == self.domain {
                return Err(TransportError {
                    url: "the indexer".into(),
                    source: "the cable is cut".into(),
                });
            }
        }
        self.inner.send(request).await
    }

    fn now(&self) -> Timestamp {
        self.inner.now()
    }

    async fn pause(&self, milliseconds: u32) {
        self.inner.pause(milliseconds).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_refuses_or_does_not_answer_is_named_and_the_others_are_found() {
    let places = Places::open().await;
    let clients = places.clients();
    let (world, query) = (&places.world, query::parse("text:pressure").unwrap());
    let (aegle, key) = (world.deployment().aegle(), world.clinician().key());

    // The indexer does not answer for the second domain.
    let federation = places.ask(&clients, &query).await;
    let broken = Broken {
        inner: aegle.indexer.transport(),
        domain: places.domain(1),
    };
    let indexer = Indexer::new(broken, world.deployment().contracts(), aegle.indexer.account());
    let broken = Aegle::new(aegle.chain, aegle.contracts, &indexer);
    let page = federation.page(&broken, key, &[], 100).await;
    let found: Vec<_> = page.hits.iter().map(|hit| (hit.source, hit.hit.record)).collect();
    assert_eq!(found, places.expected(true, |hospital, _| hospital == 0));
    let failed: Vec<_> = page.failed.iter().map(|(source, _)| *source).collect();
    assert_eq!(failed, [2, 3]);
    assert!(
        page.failed
            .iter()
            .all(|(_, error)| matches!(error, SourceError::Indexer(RemoteError::Transport { .. })))
    );
    assert!(federation.is_last(&page));
    // They are asked again, and then they answer.
    let page = federation.page(&aegle, key, &page.progress, 100).await;
    let found: Vec<_> = page.hits.iter().map(|hit| (hit.source, hit.hit.record)).collect();
    assert_eq!(found, places.expected(true, |hospital, _| hospital == 1));

    // One patient ends the grant: both custodians refuse, for that patient.
    let person = &world.people[1];
    let head = aegle.chain.finalized().await.unwrap();
    let grants = aegle.grants_to(&head, person.account(), key.account());
    let (id, terms) = grants.await.unwrap()[0];
    person.patient.revoke(&aegle, id, terms.grantee).await.unwrap();
    let federation = places.ask(&clients, &query).await;
    let refused: Vec<_> = federation.refused.iter().map(|(source, _)| *source).collect();
    assert_eq!(refused, [1, 3]);
    let denied = |error: &TokensError| matches!(error, TokensError::Refused(reason) if reason.contains("consent"));
    assert!(
        federation.refused.iter().all(|(_, error)| denied(error)),
        "{:?}",
        federation.refused
    );
    assert_eq!(
        places.paged(&federation, 3).await,
        places.expected(true, |_, patient| patient == 0)
    );

    // A custodian whose service is down.
    let Places { services, .. } = &places;
    let gone = TokenServiceClient::at(&nowhere(), world.deployment().contracts()).unwrap();
    let clients = [
        TokenServiceClient::at(&address(&services[0]), world.deployment().contracts()).unwrap(),
        gone,
    ];
    let federation = places.ask(&clients, &query).await;
    let refused: Vec<_> = federation.refused.iter().map(|(source, _)| *source).collect();
    assert_eq!(refused, [1, 2, 3]);
    let TokensError::Together(down) = &federation.refused[1].1 else {
        panic!("{:?}", federation.refused);
    };
    assert!(matches!(**down, TokensError::Service(RemoteError::Transport { .. })));
    assert_eq!(
        places.paged(&federation, 1).await,
        places.expected(true, |hospital, patient| (hospital, patient) == (0, 0))
    );
}

/// The chain, and how often it is asked.
struct Counted<'a> {
    inner: &'a ChainClient,
    heads: AtomicU32,
    reads: AtomicU32,
}

impl<'a> Counted<'a> {
    fn new(inner: &'a ChainClient) -> Self {
        Self {
            inner,
            heads: AtomicU32::default(),
            reads: AtomicU32::default(),
        }
    }

    /// How often heads and contracts were asked for since the last look.
    fn taken(&self) -> (u32, u32) {
        (
            self.heads.swap(0, Ordering::SeqCst),
            self.reads.swap(0, Ordering::SeqCst),
        )
    }
}

impl Chain for Counted<'_> {
    fn genesis(&self) -> Hash {
        self.inner.genesis()
    }

    async fn finalized(&self) -> Result<Head, ChainError> {
        self.heads.fetch_add(1, Ordering::SeqCst);
        self.inner.finalized().await
    }

    async fn is_finalized(&self, block: Hash) -> Result<bool, ChainError> {
        self.inner.is_finalized(block).await
    }

    async fn read<M: Message>(&self, at: Hash, contract: AccountId, message: &M) -> Result<M::Output, ChainError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.read(at, contract, message).await
    }

    async fn call<M>(&self, signer: &AccountKey, contract: AccountId, message: &M) -> Called<M::Output>
    where
        M: Message<Output: Answer>,
    {
        self.inner.call(signer, contract, message).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_asked_once_for_a_place_and_not_for_each_patient_or_page() {
    let places = Places::open().await;
    let clients = places.clients();
    let (world, query) = (&places.world, query::parse("text:pressure").unwrap());
    let (aegle, key) = (world.deployment().aegle(), world.clinician().key());
    let counted = Counted::new(aegle.chain);
    let asking = Aegle::new(&counted, aegle.contracts, aegle.indexer);
    let mut asked = Vec::new();
    // One patient at both hospitals, and then both patients.
    for step in [2, 1] {
        let sources: Vec<_> = places.sources(&clients).into_iter().step_by(step).collect();
        let federation = Federation::prepare(&asking, key, &sources, &query, &KeysAtHand::default())
            .await
            .unwrap();
        assert!(federation.refused.is_empty());
        let prepared = counted.taken();
        let mut pages = Vec::new();
        let mut progress = Vec::new();
        loop {
            let page = federation.page(&asking, key, &progress, 2).await;
            assert!(page.failed.is_empty(), "{:?}", page.failed);
            pages.push(counted.taken());
            if federation.is_last(&page) {
                break;
            }
            progress = page.progress;
        }
        assert!(pages.len() > 1);
        assert!(
            pages[1..].iter().all(|page| *page == (0, 0)),
            "what was read for the first page is kept: {pages:?}"
        );
        // Which batches are read for a page, its hits say.
        asked.push((prepared, pages[0].0));
    }
    assert_eq!(
        asked[0], asked[1],
        "another patient at the same places costs no look at head, domain or keys"
    );
}
