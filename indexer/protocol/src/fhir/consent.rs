//! A grant as a Consent.

use super::{
    ACT_REASON, PARTICIPATION, ResourceId, account_identifier, concept, contract_uri, extension_url, identifier,
    instant, latest_instant, numbered_system, organisation_reference, patient_reference, purpose_codes, set,
};
use crate::Deployment;
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Purposes, SLOTS, Slot, Slots, Timestamp,
    consent::{DuoModifiers, DuoPermission, Effect, Extent, Grantee, Narrowing, Research, Terms},
};
use serde_json::{Value, json};

const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
const LOINC: &str = "http://loinc.org";
const DUO: &str = "http://purl.obolibrary.org/obo/duo.owl";

/// A grant as the chain's events tell of it.
#[derive(Clone, Copy, Debug)]
pub struct GrantFacts<'a> {
    /// The deployment that it is of.
    pub deployment: &'a Deployment,
    /// The patient.
    pub patient: &'a AccountId,
    /// Its number.
    pub id: GrantId,
    /// Its terms.
    pub terms: &'a Terms,
    /// When it was given, by the clock of its block.
    pub given: Timestamp,
    /// When it was revoked, by the clock of that block.
    pub revoked: Option<Timestamp>,
    /// The time at which it is shown: a grant that has ended by then is inactive.
    pub at: Timestamp,
}

/// Maps a grant to a FHIR R4 Consent: see the [module](super) for what that says and what it does not.
pub fn consent(facts: &GrantFacts<'_>) -> Value {
    let GrantFacts {
        deployment,
        patient,
        id,
        terms,
        ..
    } = *facts;
    let over = facts.revoked.is_some() || terms.until <= facts.at;
    let number = ResourceId {
        patient: *patient,
        number: id.0.into(),
    };
    let mut consent = json!({
        "resourceType": "Consent",
        "id": number.to_string(),
        "extension": extensions(facts),
        "identifier": [identifier(numbered_system(deployment, "grant"), format_args!("{patient}/{id}"))],
        "status": if over { "inactive" } else { "active" },
        "scope": concept(SCOPE, if terms.purposes == Purposes::HRESCH { "research" } else { "patient-privacy" }),
        // LOINC's "Consent Document", as PCF has it, and that it is about the disclosure of information.
        "category": [concept(LOINC, "59284-0"), concept(ACT_CODE, "IDSCL")],
        "patient": patient_reference(deployment, patient),
        "policy": [{ "uri": contract_uri(deployment) }],
        "provision": provision(deployment, patient, terms),
    });
    set(&mut consent, "dateTime", instant(facts.given));
    let changed = instant(facts.revoked.unwrap_or(facts.given));
    set(&mut consent, "meta", changed.map(|at| json!({ "lastUpdated": at })));
    consent
}

/// What is neither narrower nor wider for being left out.
fn extensions(facts: &GrantFacts<'_>) -> Vec<Value> {
    let terms = facts.terms;
    let mut all = vec![
        json!({ "url": extension_url("document-commitment"), "valueString": terms.document.to_string() }),
        json!({ "url": extension_url("passed-on"), "valueBoolean": facts.id.is_delegated() }),
        json!({ "url": extension_url("may-be-passed-on"), "valueBoolean": terms.delegable }),
    ];
    if let Some(at) = facts.revoked.and_then(instant) {
        all.push(json!({ "url": extension_url("revoked"), "valueInstant": at }));
    }
    if terms.threshold > 0 {
        let proxies = [
            ("threshold", u32::from(terms.threshold)),
            ("proxies", terms.proxies.count()),
        ];
        let proxies = proxies.map(|(name, count)| json!({ "url": name, "valuePositiveInt": count }));
        all.push(json!({ "url": extension_url("proxies"), "extension": proxies }));
    }
    all
}

fn provision(deployment: &Deployment, patient: &AccountId, terms: &Terms) -> Value {
    let purposes = purpose_codes(terms.speaks_of()).map(|code| json!({ "system": ACT_REASON, "code": code }));
    let labels = match terms.confidentiality {
        Confidentiality::Normal => &["N"][..],
        Confidentiality::Restricted => &["N", "R"],
        Confidentiality::VeryRestricted => &["N", "R", "V"],
    };
    let labels = labels
        .iter()
        .map(|code| json!({ "system": CONFIDENTIALITY, "code": code }));
    let mut provision = json!({
        "type": match terms.effect { Effect::Permit => "permit", Effect::Deny => "deny" },
        "purpose": purposes.collect::<Vec<_>>(),
    });
    // A denial counts at every confidentiality, which a provision without labels says.
    let labels = (terms.effect == Effect::Permit).then(|| labels.collect::<Vec<_>>());
    set(&mut provision, "securityLabel", labels);
    set(&mut provision, "period", period(terms.from, terms.until));
    let actor = match &terms.grantee {
        Grantee::Account(account) => Some(json!({ "identifier": account_identifier(deployment, account) })),
        Grantee::Organisation(id) => Some(organisation_reference(deployment, *id)),
        // A provision without an actor is about everybody.
        Grantee::Anyone => None,
    };
    let actor = actor.map(|reference| json!([{ "role": concept(PARTICIPATION, "IRCP"), "reference": reference }]));
    set(&mut provision, "actor", actor);
    let modifiers = modifiers(deployment, patient, terms);
    set(
        &mut provision,
        "modifierExtension",
        (!modifiers.is_empty()).then_some(modifiers),
    );
    provision
}

/// Writes what counts from one moment until before another; FHIR's periods include their end.
fn period(from: Timestamp, until: Timestamp) -> Option<Value> {
    let mut period = json!({});
    set(
        &mut period,
        "start",
        // A start that FHIR cannot write is later than all that it can.
        (from > 0).then(|| latest_instant(from)),
    );
    set(&mut period, "end", until.checked_sub(1).and_then(instant));
    period
        .as_object()
        .is_some_and(|ends| !ends.is_empty())
        .then_some(period)
}

/// What the provision means less, or other, than it says without it.
fn modifiers(deployment: &Deployment, patient: &AccountId, terms: &Terms) -> Vec<Value> {
    let mut all = Vec::new();
    if terms.slots != Slots::ALL {
        let system = format!("{}/{patient}", numbered_system(deployment, "slot"));
        let slots = (0..SLOTS).map(Slot).filter(|slot| terms.slots.contains(*slot));
        all.extend(
            slots.map(
                |slot| json!({ "url": extension_url("slot"), "valueIdentifier": identifier(system.clone(), slot) }),
            ),
        );
    }
    if terms.depth > 0 {
        all.push(json!({ "url": extension_url("nesting"), "valuePositiveInt": terms.depth }));
    }
    if terms.research != Research::NONE {
        all.push(research(&terms.research));
    }
    all.extend(terms.narrowing.map(|narrowing| narrowed(deployment, &narrowing)));
    all
}

fn research(research: &Research) -> Value {
    let permission = match research.permission {
        DuoPermission::None => None,
        DuoPermission::NoRestriction => Some("DUO:0000004"),
        DuoPermission::GeneralResearch => Some("DUO:0000042"),
        DuoPermission::HealthMedicalBiomedical => Some("DUO:0000006"),
        DuoPermission::DiseaseSpecific => Some("DUO:0000007"),
        DuoPermission::PopulationOriginsAncestry => Some("DUO:0000011"),
    };
    let permission =
        permission.map(|code| json!({ "url": "permission", "valueCoding": { "system": DUO, "code": code } }));
    let extent = match research.extent {
        Extent::Count => "count",
        Extent::Find => "find",
        Extent::Open => "open",
    };
    let modifiers = DuoModifiers::NAMES
        .iter()
        .filter(|(_, one)| research.modifiers.contains(*one));
    let modifiers = modifiers.map(|(name, _)| json!({ "url": "modifier", "valueCode": name }));
    let parts = permission.into_iter().chain(modifiers);
    let parts = parts.chain([json!({ "url": "extent", "valueCode": extent })]);
    json!({ "url": extension_url("research"), "extension": parts.collect::<Vec<_>>() })
}

fn narrowed(deployment: &Deployment, narrowing: &Narrowing) -> Value {
    let authored = period(narrowing.authored_from, narrowing.authored_until);
    let author = narrowing.author.map(|author| account_identifier(deployment, &author));
    let parts = [
        authored.map(|period| json!({ "url": "authored", "valuePeriod": period })),
        author.map(|author| json!({ "url": "author", "valueIdentifier": author })),
        narrowing
            .records
            .map(|root| json!({ "url": "records", "valueString": root.to_string() })),
    ];
    let parts: Vec<Value> = parts.into_iter().flatten().collect();
    json!({ "url": extension_url("narrowing"), "extension": parts })
}
