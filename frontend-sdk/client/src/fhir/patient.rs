//! Whose resource it is.

use serde_json::{Map, Value};
use std::collections::HashMap;

/// Elements that name the patient, the most binding first. R4 has them in `Patient`'s compartment definition.
const ELEMENTS: [&str; 6] = [
    "patient",
    "subject",
    "beneficiary",
    "individual",
    "for",
    "individualSubject",
];
/// Longest reference that is read, in bytes.
const MAX_REFERENCE_BYTES: usize = 1_024;

/// The patient that a resource speaks about, as the custodian's own system names them.
///
/// Relative references (`Patient/example`) and absolute ones (`http://server/fhir/Patient/example`), with or without a
/// version, give the same `Patient/example`: one custodian's export is one server's, and its logical ids are unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientReference(String);

impl PatientReference {
    /// `Patient/{id}`, or the `urn:` of a bundle's entry that was not found in the bundle.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after `Patient/`.
    pub fn id(&self) -> &str {
        self.0.strip_prefix("Patient/").unwrap_or(&self.0)
    }

    pub(super) fn of(resource_type: &str, fields: &Map<String, Value>) -> Option<Self> {
        if resource_type == "Patient" {
            let id = fields.get("id")?.as_str().filter(|id| is_id(id))?;
            return Some(Self(format!("Patient/{id}")));
        }
        ELEMENTS
            .iter()
            .filter_map(|element| fields.get(*element))
            .find_map(Self::of_element)
    }

    /// A reference, or the first one to a patient in a list of references.
    fn of_element(element: &Value) -> Option<Self> {
        match element {
            Value::Array(list) => list.iter().find_map(Self::of_element),
            Value::Object(reference) => {
                let kind = reference.get("type").and_then(Value::as_str);
                Self::of_reference(reference.get("reference")?.as_str()?, kind)
            }
            _ => None,
        }
    }

    fn of_reference(reference: &str, kind: Option<&str>) -> Option<Self> {
        if reference.len() > MAX_REFERENCE_BYTES {
            return None;
        }
        if reference.starts_with("urn:uuid:") || reference.starts_with("urn:oid:") {
            return (kind.is_none() || kind == Some("Patient")).then(|| Self(reference.to_owned()));
        }
        let mut parts = reference.rsplit('/');
        let mut id = parts.next()?;
        let mut parent = parts.next()?;
        if parent == "_history" {
            (id, parent) = (parts.next()?, parts.next()?);
        }
        (parent == "Patient" && is_id(id)).then(|| Self(format!("Patient/{id}")))
    }

    /// Replaces a bundle's own name for an entry by the patient's.
    pub(super) fn resolve(&mut self, patients: &HashMap<String, Self>) {
        if let Some(patient) = patients.get(&self.0) {
            self.0.clone_from(&patient.0);
        }
    }
}

/// FHIR's `id`: up to 64 letters, digits, `-` and `.`.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}
