//! Reading a JSON text: a resource, or a bundle of them, or bundles in bundles.

use super::{FhirError, MAX_BUNDLE_DEPTH, MAX_INPUT_BYTES, MAX_RESOURCES, Resource};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "resourceType")]
    resource_type: Option<String>,
}

#[derive(Deserialize)]
struct Bundle<'a> {
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

/// Every resource in `json`, in order: bundles are unpacked and are not among the answers; an entry without a resource
/// (a deletion, a search outcome) gives nothing. References by `fullUrl` to a patient of the same bundle are resolved.
///
/// # Errors
/// When the text is empty, too large, not UTF-8 or JSON, no resource, or has too many. One malformed resource fails
/// the whole input: nothing is left out silently.
pub fn read(json: &[u8]) -> Result<Vec<Resource>, FhirError> {
    if json.len() > MAX_INPUT_BYTES {
        return Err(FhirError::TooLarge {
            what: "the input",
            bytes: json.len(),
            limit: MAX_INPUT_BYTES,
        });
    }
    // A byte order mark is not JSON, but hospitals' exports begin with it.
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    if json.trim_ascii().is_empty() {
        return Err(FhirError::Empty);
    }
    let mut resources = Vec::new();
    unpack(serde_json::from_slice(json)?, 0, &mut resources)?;
    Ok(resources)
}

fn unpack(raw: &RawValue, depth: usize, resources: &mut Vec<Resource>) -> Result<(), FhirError> {
    if !raw.get().starts_with('{') {
        return Err(FhirError::NotAResource);
    }
    let kind: Kind = serde_json::from_str(raw.get()).map_err(|_| FhirError::NotAResource)?;
    if kind.resource_type.as_deref() != Some("Bundle") {
        if resources.len() == MAX_RESOURCES {
            return Err(FhirError::TooManyResources);
        }
        resources.push(Resource::from_raw(raw)?);
        return Ok(());
    }
    if depth == MAX_BUNDLE_DEPTH {
        return Err(FhirError::TooDeep);
    }
    let bundle: Bundle<'_> = serde_json::from_str(raw.get()).map_err(|_| FhirError::MalformedBundle)?;
    let first = resources.len();
    let mut patients = HashMap::new();
    for entry in bundle.entry {
        let Some(resource) = entry.resource else { continue };
        let at = resources.len();
        unpack(resource, depth + 1, resources)?;
        if let Some(full_url) = entry.full_url
            && let Some(Resource {
                resource_type,
                patient: Some(patient),
                ..
            }) = resources.get(at)
            && resource_type == "Patient"
        {
            patients.insert(full_url, patient.clone());
        }
    }
    for resource in &mut resources[first..] {
        if let Some(patient) = &mut resource.patient {
            patient.resolve(&patients);
        }
    }
    Ok(())
}
