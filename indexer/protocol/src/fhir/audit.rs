//! An entry of a log of disclosures as an AuditEvent.

use super::{
    ACT_REASON, NAMES, PARTICIPATION, ResourceId, account_identifier, concept, extension_url, identifier,
    latest_instant, numbered_system, organisation_reference, patient_reference, purpose_codes, set,
};
use crate::{
    Deployment,
    wire::{DisclosureEntry, DisclosureKind},
};
use aegle_rules::{AccountId, OrganisationId};
use serde_json::{Value, json};

const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const BALP_ENTITY: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";

/// An entry of a log, and what is known of it besides.
#[derive(Clone, Copy, Debug)]
pub struct Disclosed<'a> {
    /// The deployment that it is of.
    pub deployment: &'a Deployment,
    /// The server that wrote it down: an indexer's or a proxy's account.
    pub server: &'a AccountId,
    /// The entry.
    pub entry: &'a DisclosureEntry,
    /// The organisation to which the grant is given that permitted it; `None` where it is given to an account, or not known.
    pub organisation: Option<OrganisationId>,
}

/// Maps an entry of a log to a FHIR R4 AuditEvent, after BALP's pattern *Patient Read*: see the [module](super) for what that
/// says and what it does not.
pub fn audit_event(disclosed: &Disclosed<'_>) -> Value {
    let Disclosed { deployment, server, .. } = *disclosed;
    let disclosure = &disclosed.entry.disclosure;
    let id = ResourceId {
        patient: disclosure.patient,
        number: disclosed.entry.number,
    };
    let kind = match disclosure.kind {
        DisclosureKind::Row => "row",
        DisclosureKind::Ciphertext => "ciphertext",
        DisclosureKind::Transform => "transform",
    };
    let purposes: Vec<Value> = purpose_codes(disclosure.purpose)
        .map(|code| concept(ACT_REASON, code))
        .collect();
    let record = identifier(numbered_system(deployment, "record"), disclosure.record);
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": id.to_string(),
        "extension": [proof(disclosed)],
        "type": { "system": EVENT_TYPE, "code": "rest" },
        "subtype": [
            { "system": INTERACTION, "code": "read" },
            { "system": format!("{NAMES}/CodeSystem/disclosure-kind"), "code": kind },
        ],
        "action": "R",
        "outcome": "0",
        "agent": agents(disclosed, &purposes),
        "source": {
            "observer": { "identifier": account_identifier(deployment, server) },
            "type": [{ "system": SOURCE_TYPE, "code": "4" }],
        },
        "entity": [
            {
                "what": patient_reference(deployment, &disclosure.patient),
                "type": { "system": ENTITY_TYPE, "code": "1" },
                "role": { "system": OBJECT_ROLE, "code": "1" },
            },
            {
                "what": { "identifier": record },
                "type": { "system": ENTITY_TYPE, "code": "2" },
                "role": { "system": OBJECT_ROLE, "code": "4" },
            },
            {
                "what": { "identifier": identifier(numbered_system(deployment, "request"), disclosure.request) },
                "type": { "system": BALP_ENTITY, "code": "XrequestId" },
            },
        ],
    });
    set(&mut event, "purposeOfEvent", (!purposes.is_empty()).then_some(purposes));
    // The chain's clock says no time that cannot be written; an entry that has one says the last that can.
    event["recorded"] = latest_instant(disclosure.at).into();
    event
}

/// Who asked, for which organisation, and the server that answered.
fn agents(disclosed: &Disclosed<'_>, purposes: &[Value]) -> Vec<Value> {
    let deployment = disclosed.deployment;
    let disclosure = &disclosed.entry.disclosure;
    let mut user = json!({
        "type": concept(PARTICIPATION, "IRCP"),
        "who": { "identifier": account_identifier(deployment, &disclosure.requester) },
        "requestor": true,
    });
    set(
        &mut user,
        "purposeOfUse",
        (!purposes.is_empty()).then(|| purposes.to_vec()),
    );
    let grant = disclosure.grant.map(|grant| ResourceId {
        patient: disclosure.patient,
        number: grant.0.into(),
    });
    set(
        &mut user,
        "policy",
        grant.map(|grant| json!([format!("Consent/{grant}")])),
    );
    let organisation = disclosed.organisation.map(|organisation| {
        json!({
            "type": concept(PARTICIPATION, "IRCP"),
            "who": organisation_reference(deployment, organisation),
            "requestor": false,
        })
    });
    let server = json!({
        "type": concept(DICOM, "110153"),
        "who": { "identifier": account_identifier(deployment, disclosed.server) },
        "requestor": false,
    });
    std::iter::once(user).chain(organisation).chain([server]).collect()
}

/// Where the proof is: with the resource, everything that the entry's hash is computed over.
fn proof(disclosed: &Disclosed<'_>) -> Value {
    let entry = disclosed.entry;
    let block = entry.disclosure.block;
    // As texts: FHIR's integers have 31 bits.
    let parts = [
        ("number", entry.number.to_string()),
        ("hash", entry.hash.to_string()),
        ("previous", entry.previous.to_string()),
        ("block", block.number.to_string()),
        ("block-hash", block.hash.to_string()),
    ];
    let parts = parts.map(|(name, value)| json!({ "url": name, "valueString": value }));
    json!({ "url": extension_url("log-entry"), "extension": parts })
}
