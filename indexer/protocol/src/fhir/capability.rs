//! What a server answers in FHIR.

use serde_json::{Value, json};

/// The most resources on a page of a search.
pub const MAX_COUNT: u16 = 100;

/// Returns the CapabilityStatement of a server: two types of resources, read and searched for, and nothing else. `date` is that
/// of the release.
pub fn capability_statement(version: &str, date: &str) -> Value {
    let patient = "The patient: an account, 0x and 64 hexadecimal digits, or by `patient:identifier`, SYSTEM|ACCOUNT. Must be given.";
    let searched = |name: &str, kind: &str, words: &str| json!({ "name": name, "type": kind, "documentation": words });
    let count = searched(
        "_count",
        "number",
        "The most resources of a page, up to 100; 0 for the total alone",
    );
    let date_words =
        "When it was recorded: up to two, with eq, ge, gt, sa, le, lt or eb before them; a day is one of UTC";
    let resource = |name: &str, words: &str, parameters: Vec<Value>| {
        json!({
            "type": name,
            "documentation": words,
            "interaction": [{ "code": "read" }, { "code": "search-type" }],
            "versioning": "no-version",
            "readHistory": false,
            "updateCreate": false,
            "conditionalCreate": false,
            "conditionalUpdate": false,
            "searchParam": parameters,
        })
    };
    let consents = "The patient's grants, those that are over too: for whoever's key controls the patient's account. A grant by its id also for its grantee, while it is not revoked.";
    let events = "The patient's log of disclosures at this server: for whoever's key controls the patient's account.";
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": { "name": "aegle-indexer", "version": version },
        "implementation": { "description": "Consents that stand on chain and the log of disclosures, read-only" },
        "fhirVersion": "4.0.1",
        "format": [super::FHIR_JSON],
        "rest": [{
            "mode": "server",
            "documentation": "Every request but this one is signed by an account, in headers of its own. Parameters that are not listed are refused, whatever Prefer says.",
            "security": {
                "cors": true,
                "description": "Requests are signed (sr25519) as those of /v1 are: /openapi.json says how.",
            },
            "resource": [
                resource("AuditEvent", events, vec![
                    searched("patient", "reference", patient),
                    searched("date", "date", date_words),
                    count.clone(),
                ]),
                resource("Consent", consents, vec![searched("patient", "reference", patient), count]),
            ],
        }],
    })
}
