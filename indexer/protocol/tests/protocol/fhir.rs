//! FHIR resources of grants and disclosures: what they say, and golden ones, which another implementation holds to FHIR's
//! schema (`tests/population/tests/medplum`).

use crate::{fixture::deployment, vectors::check};
use aegle_protocol::{
    BlockId,
    fhir::{
        Disclosed, GrantFacts, ResourceId, SearchPage, account_system, audit_event, capability_statement, consent,
        disclosure_bundle, instant, operation_outcome, searchset,
    },
    record::RecordId,
    wire::{Disclosure, DisclosureEntry, DisclosureKind, Problem, ProblemCode},
};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Hash, OrganisationId, Purposes, Slot, Slots,
    consent::{DuoModifiers, DuoPermission, Effect, Extent, Grantee, Narrowing, Proxies, Research, Terms},
};
use serde_json::{Value, json};

const PATIENT: AccountId = AccountId([7; 32]);
const CLINICIAN: AccountId = AccountId([9; 32]);
const SERVER: AccountId = AccountId([0xfe; 32]);
/// 2026-05-03T14:05:09.007Z.
const GIVEN: u64 = 1_777_817_109_007;
const DAY: u64 = 86_400_000;

fn terms() -> Terms {
    Terms {
        effect: Effect::Permit,
        grantee: Grantee::Account(CLINICIAN),
        purposes: Purposes::TREAT,
        slots: Slots::default().with(Slot(4)).with(Slot(31)),
        confidentiality: Confidentiality::Restricted,
        from: GIVEN,
        until: GIVEN + 30 * DAY,
        depth: 0,
        delegable: false,
        research: Research::NONE,
        narrowing: None,
        proxies: Proxies(0b111),
        threshold: 2,
        document: Hash([3; 32]),
        split: Hash([4; 32]),
    }
}

fn mapped(terms: &Terms, revoked: Option<u64>, at: u64) -> Value {
    consent(&GrantFacts {
        deployment: &deployment(),
        patient: &PATIENT,
        id: GrantId(3),
        terms,
        given: GIVEN,
        revoked,
        at,
    })
}

fn entry(kind: DisclosureKind, number: u64, grant: Option<GrantId>) -> DisclosureEntry {
    let disclosure = Disclosure {
        kind,
        patient: PATIENT,
        record: RecordId([0x11; 16]),
        requester: CLINICIAN,
        purpose: Purposes::TREAT,
        grant,
        request: Hash([0x22; 32]),
        block: BlockId {
            number: u32::MAX,
            hash: Hash([0x33; 32]),
        },
        at: GIVEN,
    };
    let previous = Hash([0x44; 32]);
    DisclosureEntry {
        number,
        disclosure,
        previous,
        hash: disclosure.hash(number, &previous),
    }
}

fn event(entry: &DisclosureEntry, organisation: Option<OrganisationId>) -> Value {
    audit_event(&Disclosed {
        deployment: &deployment(),
        server: &SERVER,
        entry,
        organisation,
    })
}

/// Every form of a resource that there is.
fn resources() -> Vec<(&'static str, Value)> {
    let research = Research {
        permission: DuoPermission::DiseaseSpecific,
        modifiers: DuoModifiers::IRB.union(DuoModifiers::NPU),
        extent: Extent::Find,
    };
    let narrowing = Narrowing {
        authored_from: GIVEN - DAY,
        authored_until: GIVEN,
        author: Some(SERVER),
        records: Some(Hash([5; 32])),
    };
    let of = |terms: Terms| mapped(&terms, None, GIVEN);
    let without_split = Terms {
        proxies: Proxies::NONE,
        threshold: 0,
        split: Hash([0; 32]),
        ..terms()
    };
    let denial = Terms {
        effect: Effect::Deny,
        grantee: Grantee::Anyone,
        slots: Slots::ALL,
        purposes: Purposes::ALL,
        confidentiality: Confidentiality::VeryRestricted,
        from: 0,
        until: u64::MAX,
        depth: 2,
        ..without_split
    };
    let events = [
        entry(DisclosureKind::Row, 1, Some(GrantId(3))),
        entry(DisclosureKind::Ciphertext, 2, None),
        entry(
            DisclosureKind::Transform,
            u64::from(u32::MAX) + 9,
            Some(GrantId(GrantId::DELEGATED | 1)),
        ),
    ];
    let answering = deployment();
    let page = SearchPage {
        deployment: &answering,
        server: &SERVER,
        total: 3,
        this: "AuditEvent?_count=1".into(),
        next: Some("AuditEvent?_count=1&_cursor=1".into()),
        matches: vec![event(&events[0], None)],
    };
    let empty = SearchPage {
        total: 0,
        next: None,
        matches: Vec::new(),
        ..page.clone()
    };
    let problem = Problem {
        reason: "not-found".into(),
        ..Problem::new(ProblemCode::NotFound, None)
    };
    vec![
        ("a permit to an account", of(terms())),
        (
            "a permit that was revoked",
            mapped(&terms(), Some(GIVEN + DAY), GIVEN + DAY),
        ),
        ("a permit that has ended", mapped(&terms(), None, GIVEN + 30 * DAY)),
        (
            "a permit to an organisation, narrowed",
            of(Terms {
                grantee: Grantee::Organisation(OrganisationId(2)),
                confidentiality: Confidentiality::Normal,
                narrowing: Some(narrowing),
                delegable: true,
                ..terms()
            }),
        ),
        (
            "a consent to research",
            of(Terms {
                purposes: Purposes::HRESCH,
                research,
                ..terms()
            }),
        ),
        ("a denial to everybody, without end", of(denial)),
        ("a row that went out", event(&events[0], None)),
        ("a ciphertext that went out", event(&events[1], None)),
        (
            "a transform for an organisation",
            event(&events[2], Some(OrganisationId(2))),
        ),
        ("a page of a search", searchset(page)),
        ("a search that finds nothing", searchset(empty)),
        (
            "a log that was verified",
            disclosure_bundle(&deployment(), events.iter().map(|entry| (&SERVER, entry))),
        ),
        ("an empty log", disclosure_bundle(&deployment(), [])),
        ("a refusal", operation_outcome(&problem)),
        (
            "a refusal with particulars",
            operation_outcome(&Problem::new(ProblemCode::ChainUnavailable, Some("why".into()))),
        ),
        ("what is answered", capability_statement("0.1.0", "2026-12-01")),
    ]
}

#[test]
fn golden_resources() {
    let cases: Vec<Value> = resources()
        .into_iter()
        .map(|(case, resource)| json!({ "case": case, "resource": resource }))
        .collect();
    check("fhir.json", &json!({ "cases": cases }));
}

/// Returns the codes of the labels of a provision.
fn codes(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_grant_is_active_until_it_ends_or_is_revoked() {
    let terms = terms();
    for (revoked, at, status) in [
        (None, GIVEN, "active"),
        (None, terms.until - 1, "active"),
        (None, terms.until, "inactive"),
        (Some(GIVEN + 1), GIVEN + 1, "inactive"),
    ] {
        assert_eq!(mapped(&terms, revoked, at)["status"], status, "{revoked:?} {at}");
    }
    let revoked = mapped(&terms, Some(GIVEN + 1), GIVEN + 1);
    assert_eq!(revoked["meta"]["lastUpdated"], "2026-05-03T14:05:09.008Z");
    assert_eq!(revoked["dateTime"], "2026-05-03T14:05:09.007Z");
}

#[test]
fn what_narrows_a_provision_must_be_understood_and_names_no_class() {
    let provision = &mapped(&terms(), None, GIVEN)["provision"];
    let slots: Vec<&str> = provision["modifierExtension"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["valueIdentifier"]["value"].as_str().unwrap())
        .collect();
    assert_eq!(slots, ["4", "31"]);
    assert!(
        provision.get("class").is_none() && provision.get("code").is_none(),
        "{provision}"
    );
    assert_eq!(codes(&provision["securityLabel"]), ["N", "R"]);
    // FHIR's periods include their end.
    assert_eq!(provision["period"]["end"], "2026-06-02T14:05:09.006Z");
    let everything = Terms {
        slots: Slots::ALL,
        grantee: Grantee::Anyone,
        until: u64::MAX,
        from: 0,
        ..terms()
    };
    let provision = &mapped(&everything, None, GIVEN)["provision"];
    for absent in ["modifierExtension", "actor", "period"] {
        assert!(provision.get(absent).is_none(), "{provision}");
    }
}

#[test]
fn an_event_says_everything_that_its_entry_s_hash_is_over() {
    let entry = entry(DisclosureKind::Transform, 5, Some(GrantId(3)));
    let event = event(&entry, None);
    let system = account_system(&deployment());
    assert_eq!(
        event["agent"][0]["who"]["identifier"],
        json!({ "system": system, "value": CLINICIAN.to_string() })
    );
    assert_eq!(event["agent"][0]["purposeOfUse"][0]["coding"][0]["code"], "TREAT");
    let grant = ResourceId {
        patient: PATIENT,
        number: 3,
    };
    assert_eq!(event["agent"][0]["policy"], json!([format!("Consent/{grant}")]));
    assert_eq!(event["source"]["observer"]["identifier"]["value"], SERVER.to_string());
    assert_eq!(event["recorded"], "2026-05-03T14:05:09.007Z");
    // The entry again, from nothing but the resource.
    let value = |place: &Value| place["identifier"]["value"].as_str().unwrap().to_owned();
    let proof = event["extension"][0]["extension"].as_array().unwrap();
    let part = |name: &str| {
        let found = proof.iter().find(|part| part["url"] == name).unwrap();
        found["valueString"].as_str().unwrap().to_owned()
    };
    let again = Disclosure {
        kind: serde_json::from_value(event["subtype"][1]["code"].clone()).unwrap(),
        patient: value(&event["entity"][0]["what"]).parse().unwrap(),
        record: value(&event["entity"][1]["what"]).parse().unwrap(),
        requester: value(&event["agent"][0]["who"]).parse().unwrap(),
        purpose: Purposes::TREAT,
        grant: Some(GrantId(3)),
        request: value(&event["entity"][2]["what"]).parse().unwrap(),
        block: BlockId {
            number: part("block").parse().unwrap(),
            hash: part("block-hash").parse().unwrap(),
        },
        at: GIVEN,
    };
    let number = part("number").parse().unwrap();
    let previous = part("previous").parse().unwrap();
    assert_eq!(again.hash(number, &previous).to_string(), part("hash"));
}

#[test]
fn an_id_is_of_one_resource_and_short_enough_for_fhir() {
    for (account, number) in [([0; 32], 0), ([0xff; 32], i64::MAX as u64), ([7; 32], 1)] {
        let id = ResourceId {
            patient: AccountId(account),
            number,
        };
        let text = id.to_string();
        assert!(text.len() <= 64, "{text}");
        assert!(
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'),
            "{text}"
        );
        assert_eq!(text.parse(), Ok(id));
    }
    let good = ResourceId {
        patient: PATIENT,
        number: 7,
    }
    .to_string();
    let patient = good.split_once('.').unwrap().0;
    for text in [
        String::new(),
        patient.to_owned(),
        format!("{patient}."),
        format!("{patient}.07"),
        format!("{patient}.+7"),
        format!("{patient}.-7"),
        format!("{patient}.7.7"),
        format!("1{patient}.7"),
        format!("{}.7", &patient[1..]),
        format!("{PATIENT}.7"),
    ] {
        assert!(text.parse::<ResourceId>().is_err(), "{text}");
    }
}

#[test]
fn moments_are_written_as_far_as_fhir_can() {
    for (at, expected) in [
        (0, Some("1970-01-01T00:00:00.000Z")),
        (951_782_400_000 + DAY - 1, Some("2000-02-29T23:59:59.999Z")),
        (GIVEN, Some("2026-05-03T14:05:09.007Z")),
        (253_402_300_799_999, Some("9999-12-31T23:59:59.999Z")),
        (253_402_300_800_000, None),
        (u64::MAX, None),
    ] {
        assert_eq!(instant(at).as_deref(), expected);
    }
}
