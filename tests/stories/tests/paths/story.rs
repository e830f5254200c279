//! The main job: a patient grants, a clinician searches and opens, the patient revokes.

use aegle_client::{
    chain::CallError,
    clinician::reader::{OpeningError, Reader},
    custodian::TokenRefusal,
    fhir::Resource,
    patient::GrantError,
    remote::RemoteError,
};
use aegle_crypto::classes::Class;
use aegle_protocol::{
    record::RecordId,
    wire::{DisclosureKind, SearchRequest, TransformRequest},
};
use aegle_rules::{
    Confidentiality, Purposes,
    consent::{ConsentError, Denial, Grantee},
};
use aegle_stories::world::{Person, SearchFailure, World, reader};
use std::collections::BTreeSet;

/// A query that finds every record of these stories.
const EVERYTHING: &str = "NOT status:no-such-status";

/// An observation of the patient, as a hospital's system writes it.
pub(crate) fn observation(id: &str, display: &str, labels: &[&str]) -> Resource {
    let security = labels
        .iter()
        .map(|label| format!(r#"{{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"{label}"}}"#))
        .collect::<Vec<_>>()
        .join(",");
    let text = format!(
        r#"{{"resourceType":"Observation","id":"{id}","meta":{{"security":[{security}]}},"status":"final",
            "code":{{"coding":[{{"system":"http://loinc.org","code":"8480-6","display":"{display}"}}]}},
            "subject":{{"reference":"Patient/story"}},"effectiveDateTime":"2026-11-20T09:30:00Z"}}"#
    );
    Resource::parse(&text).expect("it is a resource")
}

/// Three laboratory results and one note about mental health, which has a restricted class.
fn chart() -> Vec<Resource> {
    vec![
        observation("one", "Systolic blood pressure", &[]),
        observation("two", "Haemoglobin", &[]),
        observation("three", "Potassium", &[]),
        observation("four", "Depression screening", &["PSY"]),
    ]
}

/// A world with one patient who has these records.
pub(crate) async fn world_with(resources: &[Resource]) -> World {
    let mut world = World::start().await.expect("a world");
    world.admit().await.expect("a patient");
    let batch: Vec<(usize, &Resource)> = resources.iter().map(|resource| (0, resource)).collect();
    world
        .ingest(&batch)
        .await
        .unwrap_or_else(|error| panic!("a batch: {error}"));
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_opens_exactly_what_it_names_until_it_is_revoked() {
    let chart = chart();
    let world = world_with(&chart).await;
    let (person, clinician) = (&world.people[0], world.clinician());
    let stranger = reader(world.deployment()).await.unwrap();
    world.employ(&stranger).await.unwrap();

    no_token_without_a_grant(&world, person, clinician).await;
    let granted = world.grant(person, clinician, &[Class::Laboratory]).await.unwrap();
    let usual: BTreeSet<RecordId> = person.records[..3].iter().copied().collect();
    assert_eq!(
        found(&world, clinician, EVERYTHING).await,
        usual,
        "the restricted record needs a grant of its own"
    );
    assert_eq!(
        found(&world, clinician, "text:haemoglobin").await,
        BTreeSet::from([person.records[1]])
    );
    opens(&world, clinician, &chart[..3]).await;
    let aegle = world.deployment().aegle();
    let denied = clinician.open(&aegle, person.records[3], Purposes::TREAT).await;
    assert!(matches!(denied, Err(OpeningError::Indexer(RemoteError::NotFound))));

    a_stranger_with_the_tokens_finds_nothing(&world, person, &stranger).await;
    for purpose in [Purposes::HRESCH, Purposes::HPAYMT, Purposes::ETREAT] {
        let other = clinician.open(&aegle, person.records[0], purpose).await;
        assert!(
            matches!(other, Err(OpeningError::Indexer(RemoteError::NotFound))),
            "{purpose:?} was not granted"
        );
    }

    let restricted = a_restricted_slot_needs_its_own_grant(&world, person, clinician).await;
    opens(&world, clinician, &chart).await;
    the_log_tells_who_opened_what(&world, person, clinician).await;

    // The clinician prepares everything while it is still permitted, and asks once it is not.
    let request = request(&world, clinician, EVERYTHING).await;
    let opened = clinician
        .open(&aegle, person.records[0], Purposes::TREAT)
        .await
        .unwrap();
    assert_eq!(opened.grant, Some(granted.id));
    let grantee = Grantee::Account(clinician.key().account());
    person.patient.revoke(&aegle, granted.id, grantee).await.unwrap();
    let transform = TransformRequest {
        record: person.records[0],
        purpose: Purposes::TREAT,
        grant: granted.id,
        version: 1,
    };
    let refused = aegle.indexer.transform(clinician.key(), &transform).await;
    assert!(
        matches!(refused, Err(RemoteError::NotFound)),
        "from the next block on nothing is transformed"
    );
    let answer = clinician.search(&aegle, &request).await.unwrap();
    let left: Vec<RecordId> = answer.hits.iter().map(|hit| hit.record).collect();
    assert_eq!(left, [person.records[3]], "the other grant stands");
    person.patient.revoke(&aegle, restricted, grantee).await.unwrap();
    assert!(clinician.search(&aegle, &request).await.unwrap().hits.is_empty());
    for record in &person.records {
        let refused = clinician.open(&aegle, *record, Purposes::TREAT).await;
        assert!(matches!(refused, Err(OpeningError::Indexer(RemoteError::NotFound))));
    }
    no_token_without_a_grant(&world, person, clinician).await;

    // The patient's own view has never depended on a grant.
    let own = world.search_own(person, EVERYTHING).await.unwrap();
    assert_eq!(own.len(), chart.len());
    let opened = person.patient.open(&aegle, person.records[3]).await.unwrap();
    assert_eq!(opened.content.bytes, chart[3].text().as_bytes());
}

async fn no_token_without_a_grant(world: &World, person: &Person, clinician: &Reader) {
    let refused = world.search(clinician, person, EVERYTHING).await;
    assert!(
        matches!(
            refused,
            Err(SearchFailure::Token(TokenRefusal::Denied(Denial::NoGrant)))
        ),
        "{refused:?}"
    );
}

async fn request(world: &World, reader: &Reader, text: &str) -> SearchRequest {
    let request = world
        .search_request(reader.key().account(), &world.people[0], text, Purposes::TREAT)
        .await;
    request.expect("the custodian gives tokens")
}

async fn found(world: &World, reader: &Reader, text: &str) -> BTreeSet<RecordId> {
    let hits = world
        .search(reader, &world.people[0], text)
        .await
        .expect("the search is answered");
    hits.iter().map(|hit| hit.record).collect()
}

/// What is opened is, to the last byte, what was put in.
async fn opens(world: &World, reader: &Reader, chart: &[Resource]) {
    for (record, resource) in world.people[0].records.iter().zip(chart) {
        let opened = reader
            .open(&world.deployment().aegle(), *record, Purposes::TREAT)
            .await
            .expect("it opens");
        assert_eq!(opened.content.bytes, resource.text().as_bytes());
        assert_eq!(opened.content.media_type, "application/fhir+json");
        assert_eq!(opened.record.row().header.confidentiality, Confidentiality::Normal);
    }
}

/// Tokens alone show nothing: every hit is asked about in the name of who signed the request.
async fn a_stranger_with_the_tokens_finds_nothing(world: &World, person: &Person, stranger: &Reader) {
    let aegle = world.deployment().aegle();
    let request = request(world, world.clinician(), EVERYTHING).await;
    assert!(
        !world
            .clinician()
            .search(&aegle, &request)
            .await
            .unwrap()
            .hits
            .is_empty(),
        "the tokens are valid"
    );
    assert!(stranger.search(&aegle, &request).await.unwrap().hits.is_empty());
    no_token_without_a_grant(world, person, stranger).await;
    let absent = stranger
        .open(&aegle, RecordId([7; 16]), Purposes::TREAT)
        .await
        .map(|_| ())
        .unwrap_err();
    let denied = stranger
        .open(&aegle, person.records[0], Purposes::TREAT)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(denied.to_string(), absent.to_string(), "denied and absent look alike");
    assert!(matches!(denied, OpeningError::Indexer(RemoteError::NotFound)));
    let grants = aegle
        .indexer
        .grant(stranger.key(), &person.account(), aegle_rules::GrantId(1))
        .await;
    assert!(
        matches!(grants, Err(RemoteError::NotFound)),
        "a split is its grantee's business"
    );
}

async fn a_restricted_slot_needs_its_own_grant(
    world: &World,
    person: &Person,
    clinician: &Reader,
) -> aegle_rules::GrantId {
    let together = world
        .grant(person, clinician, &[Class::Laboratory, Class::MentalHealth])
        .await;
    let refusal = CallError::Refused(ConsentError::RestrictedTogether);
    assert!(matches!(together, Err(GrantError::Contract(error)) if error.to_string() == refusal.to_string()));
    let granted = world.grant(person, clinician, &[Class::MentalHealth]).await.unwrap();
    assert_eq!(
        found(world, clinician, EVERYTHING).await,
        person.records.iter().copied().collect()
    );
    granted.id
}

async fn the_log_tells_who_opened_what(world: &World, person: &Person, clinician: &Reader) {
    let log = person
        .patient
        .disclosures(&world.deployment().aegle())
        .await
        .expect("the log is one chain");
    assert!(
        log.iter()
            .all(|entry| entry.disclosure.requester == clinician.key().account())
    );
    for record in &person.records {
        let kinds = [
            DisclosureKind::Row,
            DisclosureKind::Ciphertext,
            DisclosureKind::Transform,
        ];
        for kind in kinds {
            let told = log
                .iter()
                .any(|entry| (entry.disclosure.record, entry.disclosure.kind) == (*record, kind));
            assert!(told, "{kind:?} of {record} is in the log");
        }
    }
}
