//! The log of disclosures as AuditEvents.
use super::{deny, matches, outcome, pages, refused};
use crate::support::{granting::GrantedSplit, world::World};
use aegle_indexer::Indexer;
use aegle_protocol::{
    BlockId,
    fhir::{ResourceId, instant},
    record::RecordId,
    wire::{Disclosure, DisclosureKind, OpenAnswer, OpenRequest},
};
use aegle_rules::{GrantId, Hash, OrganisationId, Purposes, consent::Grantee};
use aegle_sealed::Keyword;
use serde_json::{Value, json};

const HOUR_MS: u64 = 3_600_000;
/// 2026-05-03T00:00:00Z.
const DAY: u64 = 1_777_766_400_000;

/// Writes entries of the patient's log at these times.
async fn log(running: &Indexer, world: &World, times: &[u64], grant: Option<GrantId>) {
    for at in times {
        let entry = Disclosure {
            kind: DisclosureKind::Row,
            patient: world.patient.account(),
            record: RecordId([6; 16]),
            requester: world.clinician.account(),
            purpose: Purposes::TREAT,
            grant,
            request: Hash([1; 32]),
            block: BlockId {
                number: 3,
                hash: Hash([4; 32]),
            },
            at: *at,
        };
        assert!(running.store().disclose(&entry, None).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_audit_events_for_the_patient_by_date_and_page() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    let (patient, clinician) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.clinician),
    );
    let account = world.patient.account();
    let times = [
        DAY - 1,
        DAY,
        DAY + 50_709_007,
        DAY + 24 * HOUR_MS - 1,
        DAY + 24 * HOUR_MS,
    ];
    log(&running, &world, &times, None).await;
    let all = format!("/fhir/AuditEvent?patient={account}");
    let found = matches(&patient.get(&all).await.json());
    let recorded: Vec<Value> = found.iter().map(|event| event["recorded"].clone()).collect();
    let expected: Vec<Value> = times.iter().map(|at| instant(*at).unwrap().into()).collect();
    assert_eq!(recorded, expected);

    for (dates, expected) in [
        ("date=2026", &[1, 2, 3, 4, 5][..]),
        ("date=2026-05", &[1, 2, 3, 4, 5]),
        ("date=2026-04", &[]),
        ("date=2026-05-03", &[2, 3, 4]),
        ("date=ge2026-05-03&date=lt2026-05-04", &[2, 3, 4]),
        ("date=gt2026-05-03", &[5]),
        ("date=lt2026-05-03", &[1]),
        ("date=le2026-05-03", &[1, 2, 3, 4]),
        ("date=2026-05-03T14:05Z", &[3]),
        ("date=2026-05-03T14:05:09Z", &[3]),
        ("date=2026-05-03T14:05:09.007Z", &[3]),
        ("date=2026-05-03T16:05:09.007%2B02:00", &[3]),
        ("date=2026-05-03T14:05:09.008Z", &[]),
        ("date=ge2026-05-04&date=le2026-05-02", &[]),
    ] {
        for count in ["", "&_count=1", "&_count=2"] {
            let pages = pages(&patient, &format!("{all}&{dates}{count}")).await;
            let numbers = pages.iter().flatten().map(|event| {
                let id: ResourceId = event["id"].as_str().unwrap().parse().unwrap();
                id.number
            });
            assert_eq!(numbers.collect::<Vec<_>>(), expected, "{dates}{count}");
        }
    }
    for bad in [
        "date=ne2026",
        "date=yesterday",
        "date=2026-02-30",
        "date=2026-05-03T14:05",
        "_sort=date",
        "agent=x",
        "_count=101",
    ] {
        let found = patient.get(&format!("{all}&{bad}")).await;
        assert_eq!(outcome(&found), refused(400, "invalid", "invalid-request"), "{bad}");
    }
    let found_none = patient.get("/fhir/AuditEvent").await;
    assert_eq!(outcome(&found_none), refused(400, "invalid", "invalid-request"));

    // Each by its id, for the patient alone; another's log, and what is not there, answer the same.
    let path = |patient, number| format!("/fhir/AuditEvent/{}", ResourceId { patient, number });
    assert_eq!(patient.get(&path(account, 3)).await.json::<Value>(), found[2]);
    let mut heard = Vec::new();
    for (caller, path) in [
        (&patient, path(account, 6)),
        (&patient, path(account, 0)),
        (&patient, path(world.clinician.account(), 1)),
        (&patient, "/fhir/AuditEvent/7".into()),
        (&clinician, path(account, 3)),
        (&clinician, path(account, 6)),
    ] {
        let found = caller.get(&path).await;
        assert_eq!(outcome(&found), refused(404, "not-found", "not-found"), "{path}");
        heard.push(found.body);
    }
    heard.dedup();
    assert_eq!(heard.len(), 1);
    let found = clinician.get(&all).await;
    assert_eq!(outcome(&found), refused(403, "forbidden", "not-permitted"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_out_of_an_erased_record_stays_and_names_who_it_went_to() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    let batch = world.seal(0, &[world.plain(&[Keyword::status("final").unwrap()], "content")]);
    world.deposit(&running, &batch).await;
    let record = batch.bundle.records[0].id;
    let GrantedSplit { id: grant, .. } = world.grant(&running).await;
    world.settle(&running).await;
    let request = OpenRequest {
        record,
        purpose: Purposes::TREAT,
    };
    let (patient, clinician) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.clinician),
    );
    clinician.post("/v1/open", &request).await.json::<OpenAnswer>();
    world.erase(&running, 0, 0).await;
    clinician.post("/v1/open", &request).await.expect(404);
    // Besides, one that an organisation was granted.
    let denied = deny(&world, Grantee::Organisation(world.trust), u64::MAX).await;
    world.settle(&running).await;
    log(&running, &world, &[DAY], Some(denied)).await;

    let account = world.patient.account();
    let bundle: Value = patient.get(&format!("/fhir/AuditEvent?patient={account}")).await.json();
    let found = matches(&bundle);
    assert_eq!((bundle["total"].clone(), found.len()), (json!(2), 2));
    let user = &found[0]["agent"][0];
    assert_eq!(
        user["who"]["identifier"]["value"],
        world.clinician.account().to_string()
    );
    assert_eq!(user["purposeOfUse"][0]["coding"][0]["code"], "TREAT");
    let consent = ResourceId {
        patient: account,
        number: grant.0.into(),
    };
    assert_eq!(user["policy"], json!([format!("Consent/{consent}")]));
    assert_eq!(found[0]["entity"][1]["what"]["identifier"]["value"], record.to_string());
    assert_eq!(
        found[0]["source"]["observer"]["identifier"]["value"],
        running.account().to_string()
    );
    let organisation = |event: &Value| {
        let agents = event["agent"].as_array().unwrap().clone();
        let found = agents.iter().find(|agent| agent["who"]["type"] == "Organization");
        found.map(|agent| agent["who"]["identifier"]["value"].clone())
    };
    let OrganisationId(trust) = world.trust;
    assert_eq!(
        (organisation(&found[0]), organisation(&found[1])),
        (None, Some(json!(trust.to_string())))
    );
    running.stop().await;
}
