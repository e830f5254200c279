//! References, and the patients that they name.

use super::json::Json;
use std::{collections::HashMap, fmt};

/// Longest reference that is read, in bytes.
const MAX_REFERENCE_BYTES: usize = 1_024;

/// The patient that a resource speaks about, as the custodian's own system names them.
///
/// Relative references (`Patient/example`) and absolute ones (`http://server/fhir/Patient/example`), with or without a
/// version, give the same `Patient/example`: one custodian's export is one server's, and its logical ids are unique.
/// An input that has the same id from two servers is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientReference(String);

impl PatientReference {
    pub(super) fn of_id(id: &str) -> Option<Self> {
        is_id(id).then(|| Self(format!("Patient/{id}")))
    }

    pub(super) fn of_url(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// Returns `Patient/{id}`; or the `urn:` by which a bundle names a patient without an id, or one that is not in it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part after `Patient/`.
    pub fn id(&self) -> &str {
        self.0.strip_prefix("Patient/").unwrap_or(&self.0)
    }
}

impl fmt::Display for PatientReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A patient, and the server that has them where the reference says so.
    Patient(PatientReference, Option<String>),
    /// A search for a patient, which is no name: nothing in the input tells whom it finds.
    Conditional,
    /// Something else, or nothing.
    Other,
}

/// A reference of a resource.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    text: String,
    target: Target,
    /// Whether an entry of a bundle around it is what it names.
    resolved: bool,
}

impl Reference {
    /// Of an element that is a `Reference` with a text.
    pub(super) fn of(element: &Json) -> Option<Self> {
        let fields = element.as_object()?;
        let text = fields.str("reference")?;
        Some(Self {
            text: text.to_owned(),
            target: by_itself(text, fields.str("type")),
            resolved: false,
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What it names.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Takes what it names among the entries of a bundle, if it has not found it yet. `base` is the server of the entry
    /// that has the reference.
    pub(super) fn resolve(&mut self, entries: &Entries, base: Option<&str>) {
        if self.resolved {
            return;
        }
        if let Some(target) = entries.target(&self.text, base) {
            self.target = target;
            self.resolved = true;
        }
    }
}

/// What a reference names that nothing around it explains; `kind` is the type that it says it is of.
fn by_itself(text: &str, kind: Option<&str>) -> Target {
    if text.len() > MAX_REFERENCE_BYTES || text.starts_with('#') {
        return Target::Other;
    }
    if let Some((searched, _)) = text.split_once('?') {
        let of_patients = searched == "Patient" || searched.ends_with("/Patient");
        return if of_patients {
            Target::Conditional
        } else {
            Target::Other
        };
    }
    if text.starts_with("urn:uuid:") || text.starts_with("urn:oid:") {
        let patient = kind.is_none_or(|kind| kind == "Patient");
        return if patient {
            Target::Patient(PatientReference::of_url(text), None)
        } else {
            Target::Other
        };
    }
    match literal(text) {
        Some((server, "Patient", id)) => match PatientReference::of_id(id) {
            Some(patient) => Target::Patient(patient, server.map(str::to_owned)),
            None => Target::Other,
        },
        _ => Target::Other,
    }
}

/// The server, the type and the id of a literal reference, absolute or relative, without its version.
pub(super) fn literal(text: &str) -> Option<(Option<&str>, &str, &str)> {
    let text = text.split_once("/_history/").map_or(text, |(resource, _)| resource);
    let (rest, id) = text.rsplit_once('/')?;
    match rest.rsplit_once('/') {
        None => Some((None, rest, id)),
        Some((server, kind)) if server.starts_with("http://") || server.starts_with("https://") => {
            Some((Some(server), kind, id))
        }
        Some(_) => None,
    }
}

/// What the entries of a bundle are named, and by what they can be searched.
#[derive(Default)]
pub(super) struct Entries {
    named: HashMap<String, Target>,
    /// Patients by `system|value` of their identifiers; `None` for an identifier of two.
    identified: HashMap<String, Option<PatientReference>>,
}

impl Entries {
    /// Adds an entry. `false` when another one of its name is of somebody else.
    pub(super) fn add(&mut self, full_url: &str, target: Target) -> bool {
        match self.named.get(full_url) {
            Some(known) => *known == target,
            None => {
                self.named.insert(full_url.to_owned(), target);
                true
            }
        }
    }

    /// Adds an identifier of a patient.
    pub(super) fn identify(&mut self, identifier: String, patient: &PatientReference) {
        let known = self
            .identified
            .entry(identifier)
            .or_insert_with(|| Some(patient.clone()));
        if known.as_ref() != Some(patient) {
            *known = None;
        }
    }

    fn target(&self, reference: &str, base: Option<&str>) -> Option<Target> {
        let unversioned = reference
            .split_once("/_history/")
            .map_or(reference, |(resource, _)| resource);
        let known = |name: &str| self.named.get(name).cloned();
        known(reference).or_else(|| known(unversioned)).or_else(|| {
            if let Some(identifier) = reference.strip_prefix("Patient?identifier=") {
                let patient = self.identified.get(identifier)?.clone()?;
                return Some(Target::Patient(patient, None));
            }
            // A relative reference is one of the server that has the entry (R4 bundle, "Resolving references").
            let (server, ..) = literal(unversioned)?;
            if server.is_some() {
                return None;
            }
            known(&format!("{}/{unversioned}", base?))
        })
    }
}

/// FHIR's `id`: up to 64 letters, digits, `-` and `.`.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}
