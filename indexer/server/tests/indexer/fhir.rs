//! The FHIR facade: grants as Consents and the log as AuditEvents, for whom `/v1/grants` and `/v1/disclosures` answer.
mod log;

use crate::support::{
    caller::{Answer, Caller, answer},
    granting::GrantedSplit,
    world::{SLOT, World},
};
use aegle_client::{account::AccountKey, chain::Chain};
use aegle_protocol::fhir::{FHIR_JSON, ISSUE_SYSTEM, ResourceId, account_system, capability_statement, instant};
use aegle_rules::{
    AccountId, GrantId,
    consent::{self, Effect, Grantee, Terms},
};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR_MS: u64 = 3_600_000;

/// Returns status, issue type and reason of a refusal, and checks that it is an OperationOutcome.
#[track_caller]
fn outcome(answer: &Answer) -> (u16, String, String) {
    let outcome: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
    let issue = &outcome["issue"][0];
    let coding = &issue["details"]["coding"][0];
    assert_eq!(coding["system"], ISSUE_SYSTEM, "{outcome}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (answer.status, text(&issue["code"]), text(&coding["code"]))
}

fn refused(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.into(), reason.into())
}

/// Returns the resources of a Bundle.
fn matches(bundle: &Value) -> Vec<Value> {
    assert_eq!(bundle["type"], "searchset", "{bundle}");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let matches = entries.iter().map(|entry| {
        assert_eq!(entry["search"]["mode"], "match", "{bundle}");
        let (resource_type, id) = (&entry["resource"]["resourceType"], &entry["resource"]["id"]);
        let named = format!("/{}/{}", resource_type.as_str().unwrap(), id.as_str().unwrap());
        assert!(entry["fullUrl"].as_str().unwrap().ends_with(&named), "{bundle}");
        entry["resource"].clone()
    });
    matches.collect()
}

/// Returns the address to which a link of a Bundle leads.
fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array().unwrap();
    let found = links.iter().find(|link| link["relation"] == relation)?;
    Some(format!("/fhir/{}", found["url"].as_str().unwrap()))
}

/// Follows a search through all its pages, and checks that each says the same total.
async fn pages(caller: &Caller<'_>, path: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut total = Value::Null;
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let bundle: Value = caller.get(&path).await.json();
        assert!(total.is_null() || total == bundle["total"], "{bundle}");
        total = bundle["total"].clone();
        pages.push(matches(&bundle));
        next = link(&bundle, "next");
    }
    assert_eq!(total, pages.iter().map(Vec::len).sum::<usize>());
    pages
}

async fn deny(world: &World, grantee: Grantee, until: u64) -> GrantId {
    let next = consent::messages::NextGrant {
        patient: world.patient.account(),
    };
    let head = world.chain.finalized().await.unwrap();
    let id = world
        .chain
        .read(head.hash, world.contracts.consent, &next)
        .await
        .unwrap();
    let terms = Terms {
        grantee,
        until,
        ..world.terms(Effect::Deny)
    };
    let grant = consent::messages::Grant { id, terms };
    world
        .chain
        .call(&world.patient, world.contracts.consent, &grant)
        .await
        .unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_consents_for_the_patient_and_each_for_its_grantee() {
    let world = World::on_devchain().await;
    let running = world.start().await;
    let stranger = AccountKey::generate().unwrap();
    let (patient, clinician, stranger) = (
        world.caller(&running, &world.patient),
        world.caller(&running, &world.clinician),
        world.caller(&running, &stranger),
    );
    let account = world.patient.account();
    let GrantedSplit { id: permit, .. } = world.grant(&running).await;
    let given = world.chain.finalized().await.unwrap().timestamp;
    let soon = given + HOUR_MS;
    let denial = deny(&world, Grantee::Organisation(world.trust), soon).await;
    world.settle(&running).await;

    let all = format!("/fhir/Consent?patient={account}");
    let bundle: Value = patient.get(&all).await.json();
    assert_eq!((bundle["total"].clone(), link(&bundle, "next")), (json!(2), None));
    let found = matches(&bundle);
    let statuses = |found: &[Value]| -> Vec<String> {
        let statuses = found
            .iter()
            .map(|consent| consent["status"].as_str().unwrap().to_owned());
        statuses.collect()
    };
    assert_eq!(statuses(&found), ["active", "active"]);
    let system = account_system(&world.deployment);
    assert_eq!(
        found[0]["patient"]["identifier"],
        json!({ "system": system, "value": account.to_string() })
    );
    assert_eq!(found[0]["dateTime"], instant(given).unwrap());
    let provision = &found[0]["provision"];
    assert_eq!(provision["type"], "permit");
    assert_eq!(provision["purpose"][0]["code"], "TREAT");
    let to = &provision["actor"][0]["reference"]["identifier"];
    assert_eq!(to["value"], world.clinician.account().to_string());
    let slot = &provision["modifierExtension"][0]["valueIdentifier"]["value"];
    assert_eq!(slot, &json!(SLOT.0.to_string()));
    assert_eq!(found[1]["provision"]["type"], "deny");
    assert_eq!(found[1]["provision"]["period"]["end"], instant(soon - 1).unwrap());

    // One at a time, by the other name of the patient, and the total alone.
    let other = format!("/fhir/Consent?patient:identifier={system}%7C{account}&_count=1");
    assert_eq!(
        pages(&patient, &other).await,
        [vec![found[0].clone()], vec![found[1].clone()]]
    );
    let counted: Value = patient.get(&format!("{all}&_count=0")).await.json();
    assert_eq!((counted["total"].clone(), counted.get("entry")), (json!(2), None));

    // Each by its id: for the patient, and for whom it is given to.
    let path = |number: GrantId| {
        let number = number.0.into();
        format!(
            "/fhir/Consent/{}",
            ResourceId {
                patient: account,
                number
            }
        )
    };
    for (caller, number, status) in [
        (&patient, permit, 200),
        (&patient, denial, 200),
        (&clinician, permit, 200),
        (&clinician, denial, 404),
        (&stranger, permit, 404),
    ] {
        caller.get(&path(number)).await.expect(status);
    }
    assert_eq!(patient.get(&path(permit)).await.json::<Value>(), found[0]);
    // Who may not see hears the same of what is there and of what is not.
    let mut heard = Vec::new();
    for path in [
        path(permit),
        path(GrantId(77)),
        "/fhir/Consent/none".into(),
        path(GrantId(u32::MAX)),
    ] {
        let found = stranger.get(&path).await;
        assert_eq!(outcome(&found), refused(404, "not-found", "not-found"));
        heard.push(found.body);
    }
    heard.dedup();
    assert_eq!(heard.len(), 1);
    let mut heard = Vec::new();
    for whose in [account, AccountId([1; 32])] {
        for caller in [&stranger, &clinician] {
            let found = caller.get(&format!("/fhir/Consent?patient={whose}")).await;
            assert_eq!(outcome(&found), refused(403, "forbidden", "not-permitted"));
            heard.push(found.body);
        }
    }
    heard.dedup();
    assert_eq!(heard.len(), 1);

    // One is revoked, one ends: they stay, and say so. The grantee sees no longer what was revoked.
    world.revoke(permit).await;
    let revoked = world.chain.finalized().await.unwrap().timestamp;
    let devchain = world.devchain.as_ref().unwrap();
    devchain.advance(Duration::from_millis(2 * HOUR_MS)).await.unwrap();
    devchain.seal_block().await.unwrap();
    world.settle(&running).await;
    let found = matches(&patient.get(&all).await.json());
    assert_eq!(statuses(&found), ["inactive", "inactive"]);
    assert_eq!(found[0]["meta"]["lastUpdated"], instant(revoked).unwrap());
    let extensions = found[0]["extension"].as_array().unwrap();
    assert!(
        extensions
            .iter()
            .any(|one| one["valueInstant"] == instant(revoked).unwrap()),
        "{extensions:?}"
    );
    clinician.get(&path(permit)).await.expect(404);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_refused_is_an_operation_outcome_and_says_what_is_possible() {
    let world = World::new().await;
    let running = world.start().await;
    let patient = world.caller(&running, &world.patient);
    let account = world.patient.account();
    let metadata = world.http.get(format!("{}/fhir/metadata", running.url()));
    let response = metadata.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], FHIR_JSON);
    let statement: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let expected = capability_statement(statement["software"]["version"].as_str().unwrap(), "2026-12-01");
    assert_eq!(statement, expected);

    let path = format!("/fhir/Consent?patient={account}");
    for (method, path, expected) in [
        ("GET", path.as_str(), refused(401, "login", "unsigned")),
        ("GET", "/fhir/AuditEvent/7", refused(401, "login", "unsigned")),
        ("POST", "/fhir/Consent", refused(405, "not-supported", "no-such-method")),
        (
            "DELETE",
            "/fhir/Consent/7",
            refused(405, "not-supported", "no-such-method"),
        ),
        ("PUT", "/fhir/metadata", refused(405, "not-supported", "no-such-method")),
        ("GET", "/fhir", refused(404, "not-supported", "no-such-path")),
        (
            "GET",
            "/fhir/Patient?name=x",
            refused(404, "not-supported", "no-such-path"),
        ),
        (
            "POST",
            "/fhir/Consent/_search",
            refused(405, "not-supported", "no-such-method"),
        ),
        (
            "GET",
            "/fhir/metadata?mode=full",
            refused(400, "invalid", "invalid-request"),
        ),
    ] {
        let url = format!("{}{path}", running.url());
        let response = world.http.request(method.parse().unwrap(), url).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], FHIR_JSON, "{method} {path}");
        let found = Answer {
            status: response.status().as_u16(),
            body: response.bytes().await.unwrap().to_vec(),
        };
        assert_eq!(outcome(&found), expected, "{method} {path}");
        if expected.1 == "not-supported" {
            let text = String::from_utf8(found.body).unwrap();
            assert!(text.contains("/fhir/AuditEvent?patient="), "{text}");
        }
    }
    // XML is asked for in vain, and that is said; `_format` counts before `Accept`.
    for (accept, query, status) in [
        ("application/fhir+xml", "", 406),
        ("text/html, application/xml;q=0.9, application/json;q=0", "", 406),
        ("application/fhir+xml", "?_format=json", 200),
        ("application/fhir+json", "?_format=xml", 400),
        ("application/fhir+xml, Application/FHIR+JSON; fhirVersion=4.0", "", 200),
        ("text/html, */*;q=0.1", "", 200),
    ] {
        let metadata = world.http.get(format!("{}/fhir/metadata{query}", running.url()));
        let found = answer(metadata.header("accept", accept)).await;
        assert_eq!(found.status, status, "{accept} {query}");
        let text = String::from_utf8(found.body).unwrap();
        assert_eq!(text.contains("in JSON alone"), status == 406, "{text}");
    }
    // Whatever says that it would rather have less of its search done is refused too, and what is signed for another path.
    let headers = patient.headers("GET", &format!("{path}&status=active"), b"");
    let request = world.http.get(format!("{}{path}&status=active", running.url()));
    let request = headers
        .to_pairs()
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let lenient = answer(request.header("prefer", "handling=lenient")).await;
    assert_eq!(outcome(&lenient), refused(400, "invalid", "invalid-request"));
    let headers = patient.headers("GET", &path, b"");
    patient.send_with(&headers, "GET", &path, Vec::new()).await.expect(200);
    let again = patient.send_with(&headers, "GET", &path, Vec::new()).await;
    assert_eq!(outcome(&again), refused(401, "login", "replayed"));
    // The problem documents of everything else are what they were.
    let other = answer(world.http.get(format!("{}/fhirs", running.url()))).await;
    assert_eq!(other.reason(), (404, "no-such-path".into()));
    running.stop().await;
}
