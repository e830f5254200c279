//! A hospital's FHIR server behind the gate: who asks sees what the contract permits, with the right totals, and nothing where it
//! cannot be decided.

mod pages;
mod server;

use crate::ingest::{Site, write};
use aegle_client::{
    chain::Chain,
    native::{IndexerClient, ServerAddress},
    patient::Granted,
};
use aegle_crypto::classes::Class;
use aegle_fhir_gate::{ACTOR_HEADER, Gate, GateConfig, GateError, PURPOSE_HEADER};
use aegle_indexer::store::RecordFound;
use aegle_rules::{
    AccountId, Purposes,
    consent::{self, Decision, Declaration, Extent},
};
use aegle_stories::examples;
use serde_json::Value;
use server::{FhirServer, Page, serve};
use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

/// How long a test waits at most.
const PATIENCE: Duration = Duration::from_secs(60);
/// The types whose examples are put into the FHIR server.
const TYPES: [&str; 5] = [
    "Condition",
    "Encounter",
    "MedicationRequest",
    "Observation",
    "Procedure",
];
/// The patients of the examples, whom a site calls `p0`, `p1` and `p2`.
const PATIENTS: [&str; 3] = ["example", "f001", "pat1"];

/// A hospital with the examples of some patients, in its FHIR server and filed, and a gate before it.
pub(crate) struct Ward {
    site: Site,
    fhir: FhirServer,
    gate: Gate,
    http: reqwest::Client,
    /// As which record each resource is filed, by type and id.
    records: BTreeMap<(String, String), RecordFound>,
}

/// An answer of the gate.
pub(crate) struct Shown {
    status: u16,
    body: Value,
}

impl Shown {
    fn total(&self) -> u64 {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body["total"].as_u64().unwrap()
    }

    fn ids(&self) -> Vec<String> {
        let none = Vec::new();
        let entries = self.body["entry"].as_array().unwrap_or(&none);
        let id = |entry: &Value| entry["resource"]["id"].as_str().unwrap().to_owned();
        entries.iter().map(id).collect()
    }

    fn next(&self) -> Option<String> {
        let links = self.body["link"].as_array().unwrap();
        let next = links.iter().find(|link| link["relation"] == "next");
        next.map(|link| link["url"].as_str().unwrap().to_owned())
    }
}

impl Ward {
    pub(crate) async fn open() -> Self {
        let site = Site::start(PATIENTS.len()).await;
        let fhir = FhirServer::start();
        for chart in examples::charts().unwrap() {
            if !PATIENTS.contains(&chart.patient.id()) {
                continue;
            }
            for resource in &chart.resources {
                if TYPES.contains(&resource.resource_type()) && resource.id().is_some() {
                    fhir.put(resource.text()).await;
                }
            }
        }
        let records = file(&site, &fhir).await;
        Self {
            gate: gate(&site, &fhir.url).await,
            site,
            fhir,
            http: reqwest::Client::new(),
            records,
        }
    }

    pub(crate) fn clinician(&self) -> AccountId {
        self.site.world.clinician().key().account()
    }

    pub(crate) async fn ask_as(&self, actor: AccountId, purpose: &str, path: &str) -> Shown {
        let request = self.http.get(format!("{}/{path}", self.gate.url()));
        let request = request
            .header(ACTOR_HEADER, actor.to_string())
            .header(PURPOSE_HEADER, purpose);
        shown(request).await
    }

    async fn ask(&self, path: &str) -> Shown {
        self.ask_as(self.clinician(), "TREAT", path).await
    }

    pub(crate) async fn grant(&self, person: usize, classes: &[Class]) -> Granted {
        let world = &self.site.world;
        let granted = world.grant(&world.people[person], world.clinician(), classes).await;
        settle(&self.site).await;
        granted.unwrap()
    }

    /// Whether the contract itself permits somebody a resource's record, each by a question of its own to the node.
    pub(crate) async fn permits(&self, actor: AccountId, purpose: Purposes, resource: &Value) -> bool {
        let name = |member: &str| resource[member].as_str().unwrap().to_owned();
        let Some(record) = self.records.get(&(name("resourceType"), name("id"))) else {
            return false;
        };
        let deployment = self.site.world.deployment();
        let head = deployment.chain().finalized().await.unwrap();
        let message = consent::messages::Check {
            requester: actor,
            patient: record.patient,
            purpose,
            facts: record.facts,
            research: Declaration::default(),
            extent: Extent::Open,
            membership: None,
            at: head.timestamp,
        };
        let consent = deployment.contracts().consent;
        let decision = deployment.chain().read(head.hash, consent, &message).await.unwrap();
        !matches!(decision, Decision::Denied(_))
    }

    /// The ids of what a search finds and the contract permits, in the FHIR server's order.
    async fn permitted(&self, resource_type: &str, parameters: &[(&str, &str)]) -> Vec<String> {
        let mut ids = Vec::new();
        for resource in self.fhir.found(resource_type, parameters).await {
            if self.permits(self.clinician(), Purposes::TREAT, &resource).await {
                ids.push(resource["id"].as_str().unwrap().to_owned());
            }
        }
        ids
    }
}

/// Files what the FHIR server has, as it exports it; returns the newest records.
async fn file(site: &Site, fhir: &FhirServer) -> BTreeMap<(String, String), RecordFound> {
    let mut lines = Vec::new();
    for resource_type in TYPES {
        let found = fhir.found(resource_type, &[]).await;
        assert!(!found.is_empty(), "{resource_type}");
        lines.extend(found.iter().map(Value::to_string));
    }
    let export = write(&site.file("export.ndjson"), &lines);
    let patients: String = PATIENTS
        .iter()
        .enumerate()
        .map(|(number, id)| format!("{id}=p{number}.card\n"))
        .collect();
    fs::write(site.file("patients"), patients).unwrap();
    let output = site.ingest(&[&export]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    settle(site).await;
    let store = site.world.deployment().indexer().store();
    let mut records = BTreeMap::new();
    for event in site.events() {
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        if event["event"] == "sealed" {
            let record = text("record").parse().unwrap();
            let kept = store
                .records_kept(site.world.hospital().organisation(), &[record])
                .await;
            records.insert((text("type"), text("id")), kept.unwrap().remove(0));
        }
    }
    records
}

async fn settle(site: &Site) {
    let deployment = site.world.deployment();
    let head = deployment.chain().finalized().await.unwrap();
    deployment
        .indexer()
        .wait_for_block(head.number, PATIENCE)
        .await
        .unwrap();
}

async fn shown(request: reqwest::RequestBuilder) -> Shown {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/fhir+json");
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Shown { status, body }
}

fn receipts(site: &Site) -> PathBuf {
    site.journal().join("receipts.jsonl")
}

async fn gate(site: &Site, upstream: &str) -> Gate {
    let server = site.world.deployment().server();
    gate_with(site, &server, upstream).await
}

async fn gate_with(site: &Site, server: &ServerAddress, upstream: &str) -> Gate {
    let indexer = IndexerClient::at(server, site.world.deployment().contracts()).unwrap();
    let config = GateConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        upstream: upstream.into(),
        receipts: receipts(site),
        source: String::new(),
    };
    let key = aegle_client::account::AccountKey::from_seed(site.world.hospital().admin().seed());
    Gate::start(key, indexer, config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_is_shown_page_by_page_with_its_own_total() {
    let ward = Ward::open().await;
    let everything = ward.fhir.found("Observation", &[]).await;
    let one = everything[0]["id"].as_str().unwrap();
    let (denied, absent) = (
        ward.ask(&format!("Observation/{one}")).await,
        ward.ask("Observation/never-was").await,
    );
    assert_eq!(
        (denied.status, &denied.body),
        (404, &absent.body),
        "denied and absent are alike"
    );
    assert_eq!(ward.ask("Observation").await.total(), 0);

    let granted = ward.grant(0, &[Class::Laboratory, Class::VitalSigns]).await;
    let expected = ward.permitted("Observation", &[]).await;
    assert!(
        !expected.is_empty() && expected.len() < everything.len(),
        "a part of it is granted"
    );
    let (mut told, mut next) = (Vec::new(), Some("Observation?_count=3".to_owned()));
    while let Some(path) = next {
        let page = ward.ask(&path).await;
        assert_eq!(page.total(), expected.len() as u64);
        assert!(page.ids().len() <= 3);
        told.extend(page.ids());
        next = page.next();
    }
    assert_eq!(told, expected);
    let counted = ward.ask("Observation?_summary=count").await;
    assert_eq!((counted.total(), counted.ids().len()), (expected.len() as u64, 0));
    // The resource is the FHIR server's own.
    let read = ward.ask(&format!("Observation/{}", expected[0])).await;
    let given = everything
        .iter()
        .find(|resource| resource["id"] == expected[0].as_str())
        .unwrap();
    assert_eq!((read.status, &read.body), (200, given));
    // For another purpose, and to somebody else, nothing is.
    assert_eq!(ward.ask_as(ward.clinician(), "HPAYMT", "Observation").await.total(), 0);
    assert_eq!(ward.ask_as(AccountId([9; 32]), "TREAT", "Observation").await.total(), 0);
    // Patients see their own, and not the other one's.
    let patient = ward.site.world.people[0].account();
    let own = ward.ask_as(patient, "PATRQT", "Observation").await.total();
    assert!(own >= expected.len() as u64 && own < everything.len() as u64);

    let world = &ward.site.world;
    let aegle = world.deployment().aegle();
    let person = &world.people[0];
    person
        .patient
        .revoke(&aegle, granted.id, granted.terms.grantee)
        .await
        .unwrap();
    assert_eq!(
        ward.ask("Observation").await.total(),
        0,
        "from the block of the revocation on"
    );
    ward.gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_not_filed_is_not_shown_until_it_is() {
    let mut ward = Ward::open().await;
    ward.grant(0, &[Class::Laboratory, Class::VitalSigns]).await;
    let before = ward.permitted("Observation", &[]).await;
    let changed = &before[0];
    let path = format!("Observation/{changed}");
    let mut resource = ward.ask(&path).await.body;
    // It becomes the other patient's: what the first one permits says nothing of it.
    resource["subject"]["reference"] = "Patient/f001".into();
    ward.fhir.put(&resource.to_string()).await;
    assert_eq!(ward.ask(&path).await.status, 404);
    let shown = ward.ask("Observation?_count=1000").await;
    assert_eq!(shown.total(), before.len() as u64 - 1);
    assert!(!shown.ids().contains(changed));
    // One that was never filed is not shown either; filed, it is as its patient says.
    resource["subject"]["reference"] = "Patient/example".into();
    resource["id"] = "not-filed".into();
    ward.fhir.put(&resource.to_string()).await;
    assert_eq!(ward.ask("Observation/not-filed").await.status, 404);
    assert_eq!(
        ward.ask("Observation?_count=1000").await.total(),
        before.len() as u64 - 1
    );
    // The patient of the changed one stays as filed: ingestion refuses what changes hands without being told.
    resource["id"] = changed.as_str().into();
    ward.fhir.put(&resource.to_string()).await;
    ward.records = file(&ward.site, &ward.fhir).await;
    assert_eq!(ward.ask("Observation/not-filed").await.status, 200);
    assert_eq!(ward.ask(&path).await.status, 200);
    assert_eq!(
        ward.ask("Observation?_count=1000").await.total(),
        before.len() as u64 + 1
    );
    ward.gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_say_who_asks_or_asks_for_more_is_refused() {
    let ward = Ward::open().await;
    let url = |path: &str| format!("{}/{path}", ward.gate.url());
    let clinician = ward.clinician().to_string();
    let get = |path: &str| ward.http.get(url(path));
    for request in [
        get("Observation"),
        get("Observation").header(ACTOR_HEADER, &clinician),
        get("Observation").header(PURPOSE_HEADER, "TREAT"),
        get("Observation")
            .header(ACTOR_HEADER, "somebody")
            .header(PURPOSE_HEADER, "TREAT"),
        get("Observation")
            .header(ACTOR_HEADER, &clinician)
            .header(PURPOSE_HEADER, "CURIOSITY"),
        get("Observation")
            .header(ACTOR_HEADER, &clinician)
            .header(ACTOR_HEADER, &clinician)
            .header(PURPOSE_HEADER, "TREAT"),
    ] {
        assert_eq!(shown(request).await.status, 401);
    }
    for path in [
        "Observation?_include=Observation:subject",
        "Observation?_revinclude=Provenance:target",
        "Observation?subject:Patient.name=peter",
        "Patient?_has:Observation:patient:code=1234-5",
        "Observation/f001/_history",
        "Observation/f001/$meta",
        "$export",
        "Observation?_count=100000",
    ] {
        assert_eq!(ward.ask(path).await.status, 400, "{path}");
    }
    let signed =
        |request: reqwest::RequestBuilder| request.header(ACTOR_HEADER, &clinician).header(PURPOSE_HEADER, "TREAT");
    for request in [
        ward.http.post(url("Observation/_search")),
        ward.http.put(url("Observation/f001")),
        ward.http.delete(url("Observation/f001")),
    ] {
        assert_eq!(shown(signed(request)).await.status, 400);
    }
    // It answers its own machine alone.
    let server = ward.site.world.deployment().server();
    let indexer = IndexerClient::at(&server, ward.site.world.deployment().contracts()).unwrap();
    let config = GateConfig {
        listen: ([0, 0, 0, 0], 0).into(),
        upstream: ward.fhir.url.clone(),
        receipts: receipts(&ward.site),
        source: String::new(),
    };
    let key = aegle_client::account::AccountKey::from_seed(ward.site.world.hospital().admin().seed());
    let refused = Gate::start(key, indexer, config).await;
    assert!(matches!(refused, Err(GateError::Beyond(_))));
    ward.gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_decision_or_all_matches_nothing_is_shown() {
    let ward = Ward::open().await;
    ward.grant(0, &[Class::Laboratory, Class::VitalSigns]).await;
    let all = ward.fhir.found("Observation", &[]).await;
    let permitted = ward.permitted("Observation", &[]).await.len() as u64;
    let asked = async |gate: &Gate| {
        let request = ward.http.get(format!("{}/Observation", gate.url()));
        let request = request.header(ACTOR_HEADER, ward.clinician().to_string());
        shown(request.header(PURPOSE_HEADER, "TREAT")).await
    };
    // Nobody decides.
    let account = ward.site.world.deployment().server().account;
    let nowhere = ServerAddress::new("http://127.0.0.1:1", account);
    let blind = gate_with(&ward.site, &nowhere, &ward.fhir.url).await;
    let undecided = asked(&blind).await;
    assert_eq!((undecided.status, undecided.body.get("entry")), (503, None));
    blind.stop().await;
    // Which records they are cannot be read.
    let kept = fs::read(receipts(&ward.site)).unwrap();
    fs::write(receipts(&ward.site), [&kept[..], b"no line of it\n"].concat()).unwrap();
    assert_eq!(asked(&ward.gate).await.status, 503);
    fs::write(receipts(&ward.site), kept).unwrap();
    assert_eq!(asked(&ward.gate).await.total(), permitted);
    // A server in pages is read to its end; one that does not give all, or something else, is not believed.
    let (first, second) = all.split_at(all.len() / 2);
    let page = |resources: &[Value], total: Option<usize>, next: Option<&str>| {
        Some(Page {
            resources: resources.to_vec(),
            total,
            next: next.map(str::to_owned),
        })
    };
    let whole = Some(all.len());
    for (case, pages, expected) in [
        (
            "pages",
            vec![
                page(first, whole, Some("Observation?page=1")),
                page(second, whole, None),
            ],
            Ok(permitted),
        ),
        (
            "no total",
            vec![page(first, None, Some("?page=1")), page(second, None, None)],
            Ok(permitted),
        ),
        ("fewer than its total", vec![page(first, whole, None)], Err(502)),
        ("more than its total", vec![page(&all, Some(1), None)], Err(502)),
        (
            "one twice",
            vec![page(&all, None, Some("?page=1")), page(&all[..1], None, None)],
            Err(502),
        ),
        (
            "pages elsewhere",
            vec![page(first, whole, Some("http://127.0.0.1:1/Observation?page=1"))],
            Err(502),
        ),
        (
            "no FHIR on its next page",
            vec![page(first, whole, Some("?page=1")), None],
            Err(502),
        ),
        ("no FHIR", vec![None], Err(502)),
        ("pages without end", vec![page(&[], None, Some("?page=0"))], Err(403)),
    ] {
        let before = gate(&ward.site, &serve(pages).await).await;
        let shown = asked(&before).await;
        match expected {
            Ok(total) => assert_eq!(shown.total(), total, "{case}"),
            Err(status) => assert_eq!((shown.status, shown.body.get("entry")), (status, None), "{case}"),
        }
        before.stop().await;
    }
    let before_nothing = gate(&ward.site, "http://127.0.0.1:1").await;
    assert_eq!(asked(&before_nothing).await.status, 502);
    before_nothing.stop().await;
    ward.gate.stop().await;
}
