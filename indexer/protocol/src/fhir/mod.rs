//! What the chain and the logs of disclosures say, as FHIR R4 resources: a grant as a [`Consent`](consent()), an entry of a
//! log as an [`AuditEvent`](audit_event()). Pure: who has verified a grant or an entry maps it without asking anybody.
//!
//! # What it follows
//!
//! - FHIR R4 (4.0.1): [Consent](https://hl7.org/fhir/R4/consent.html), [AuditEvent](https://hl7.org/fhir/R4/auditevent.html),
//!   [Bundle](https://hl7.org/fhir/R4/bundle.html), [OperationOutcome](https://hl7.org/fhir/R4/operationoutcome.html),
//!   [CapabilityStatement](https://hl7.org/fhir/R4/capabilitystatement.html) and [search](https://hl7.org/fhir/R4/search.html).
//! - HL7 v3 ActReason for purposes of use, Confidentiality for labels, ParticipationType for who receives.
//! - IHE [Privacy Consent on FHIR](https://profiles.ihe.net/ITI/PCF/) (PCF) and Basic Patient Privacy Consents (BPPC, IHE ITI TF-1:19)
//!   for the shape of a Consent: scope, category, the policy that decides, one provision with period, actor, purpose and label.
//! - IHE [Basic Audit Log Patterns](https://profiles.ihe.net/ITI/BALP/) (BALP), pattern *Patient Read*, for the shape of an
//!   AuditEvent: type, subtype, action, who asked, the server, the patient, what was read, and the number of the request.
//! - [CAIP-2](https://chainagnostic.org/CAIPs/caip-2), namespace `polkadot`, for the name of a chain, which is the system of its
//!   accounts.
//!
//! # What is not claimed
//!
//! - No resource says that it conforms to a profile of IHE: `meta.profile` is empty. PCF and BALP ask for what nobody here knows:
//!   a name of the patient, the network address of a client, an organisation as the performer of a consent.
//! - A Consent decides nothing. What may be shown is decided by the deployed contract, over all grants together, denials,
//!   roles, nesting and time; `policy.uri` names it. What narrows a provision stands in a `modifierExtension`, so that whoever
//!   does not know it must not use the provision (FHIR R4, 2.1.0.2.1).
//! - A data class is never named. A provision has the numbers of slots, of which the patient alone, and whom they told, knows
//!   what they stand for.
//! - The log has what left a server: rows, ciphertexts and transforms, which are reads. It has no searches and no refusals, so
//!   that BALP's pattern of a query is not used. Its reads are those of `/v1`, and no RESTful interaction of FHIR's: a second
//!   subtype says which.
//! - The log does not say as whose employee somebody asked. The organisation is an agent only where the grant is given to one.
//! - An AuditEvent proves nothing by itself. Its extension says where the proof is: the entry's place in the hash chain of which
//!   server's log, and the finalized block at which the contract permitted it. Which head of a log is anchored on chain
//!   is not in the entry, and is not said.

mod audit;
mod bundle;
mod capability;
mod consent;
mod id;
mod outcome;

pub use audit::{Disclosed, audit_event};
pub use bundle::{SearchPage, disclosure_bundle, searchset};
pub use capability::{MAX_COUNT, capability_statement};
pub use consent::{GrantFacts, consent};
pub use id::ResourceId;
pub use outcome::{ISSUE_SYSTEM, operation_outcome};

use crate::Deployment;
use aegle_rules::{AccountId, Purposes, Timestamp};
use aegle_sealed::civil;
use serde_json::{Value, json};

/// The media type of FHIR resources in JSON.
pub const FHIR_JSON: &str = "application/fhir+json";
/// The path below which a server answers with FHIR resources.
pub const BASE_PATH: &str = "/fhir";
/// What the names of extensions and of codes of our own begin with. No definitions are published there.
const NAMES: &str = "https://github.com/aegle/aegle/fhir";
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// HL7's reasons for which information is used.
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
/// HL7's ways to take part.
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
/// The last moment that FHIR can write.
const LAST_INSTANT: &str = "9999-12-31T23:59:59.999Z";
/// The first moment that FHIR cannot write: the year 10000.
const UNWRITABLE_MS: u64 = 253_402_300_800_000;

/// Returns the identifier system of a chain's accounts: its CAIP-2 name, such as `polkadot:91b171bb158e2d3848fa23a9f1c25182`.
pub fn account_system(deployment: &Deployment) -> String {
    let genesis = deployment.genesis.0;
    format!("polkadot:{}", hex::encode(&genesis[..16]))
}

/// Returns the URI of the deployed consent contract, which decides.
fn contract_uri(deployment: &Deployment) -> String {
    format!("{}:{}", account_system(deployment), hex::encode(deployment.consent.0))
}

/// Returns the identifier system of something that is numbered within a deployment.
fn numbered_system(deployment: &Deployment, what: &str) -> String {
    format!("{}#{what}", contract_uri(deployment))
}

fn identifier(system: String, value: impl ToString) -> Value {
    json!({ "system": system, "value": value.to_string() })
}

fn account_identifier(deployment: &Deployment, account: &AccountId) -> Value {
    identifier(account_system(deployment), account)
}

fn patient_reference(deployment: &Deployment, patient: &AccountId) -> Value {
    json!({ "type": "Patient", "identifier": account_identifier(deployment, patient) })
}

fn organisation_reference(deployment: &Deployment, organisation: aegle_rules::OrganisationId) -> Value {
    json!({ "type": "Organization", "identifier": identifier(numbered_system(deployment, "organisation"), organisation) })
}

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn extension_url(name: &str) -> String {
    format!("{NAMES}/StructureDefinition/{name}")
}

/// Writes a moment as a FHIR instant in UTC, to the millisecond; `None` from the year 10000 on, which FHIR cannot write: what
/// ends then has no end.
pub fn instant(at: Timestamp) -> Option<String> {
    if at >= UNWRITABLE_MS {
        return None;
    }
    let (year, month, day) = civil(i32::try_from(at / DAY_MS).ok()?);
    let ms = at % DAY_MS;
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z",
        ms % 1_000
    ))
}

/// Writes a moment as [`instant`] does, and one that FHIR cannot write as the last that it can.
fn latest_instant(at: Timestamp) -> String {
    instant(at).unwrap_or_else(|| LAST_INSTANT.into())
}

/// Returns the codes of purposes, of [`ACT_REASON`].
fn purpose_codes(purposes: Purposes) -> impl Iterator<Item = &'static str> {
    let named = Purposes::NAMES.iter();
    named
        .filter(move |(_, purpose)| purposes.contains(*purpose))
        .map(|(code, _)| *code)
}

/// Sets a member where there is a value.
fn set(resource: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        resource[name] = value.into();
    }
}
