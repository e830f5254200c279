//! A resource by its type and its JSON alone, without what tells whose record it is and how it is withheld.

use super::{
    FhirError, MAX_RESOURCE_BYTES,
    json::{self, JsonFault, Object},
    lines::Lines,
    status,
};
use serde_json::value::RawValue;

/// Longest name of a resource type, in bytes.
const MAX_TYPE_BYTES: usize = 64;

/// The type and the JSON of one resource. It is plaintext about a patient: it has no `Debug`, so that it does not end up in
/// logs.
pub(crate) struct BareResource {
    pub(super) resource_type: String,
    pub(super) fields: Object,
}

impl BareResource {
    /// Reads one resource; a bundle counts as one.
    ///
    /// # Errors
    /// Those of [`super::Resource::parse`].
    pub(crate) fn parse(text: &str) -> Result<Self, FhirError> {
        if text.trim().is_empty() {
            return Err(FhirError::Empty);
        }
        let lines = Lines::of(text, 1);
        Self::from_raw(lines.json(text)?, &lines)
    }

    pub(super) fn from_raw(raw: &RawValue, lines: &Lines) -> Result<Self, FhirError> {
        let text = raw.get();
        if text.len() > MAX_RESOURCE_BYTES {
            return Err(FhirError::LargeResource {
                line: lines.line(text),
                bytes: text.len(),
                limit: MAX_RESOURCE_BYTES,
            });
        }
        let not_a_resource = || FhirError::NotAResource { line: lines.line(text) };
        if !text.starts_with('{') {
            return Err(not_a_resource());
        }
        let fields = Object::parse(raw).map_err(|fault| refused(fault, text, lines))?;
        let resource_type = fields.str("resourceType").ok_or_else(not_a_resource)?;
        let valid = !resource_type.is_empty()
            && resource_type.len() <= MAX_TYPE_BYTES
            && resource_type.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !valid {
            return Err(not_a_resource());
        }
        Ok(Self {
            resource_type: resource_type.to_owned(),
            fields,
        })
    }

    /// Returns the resource type, for example `Observation`: letters and digits.
    pub(crate) fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Returns whether the resource's status says that it should never have been.
    pub(crate) fn is_in_error(&self) -> bool {
        status::is_in_error(&self.fields)
    }
}

/// What is wrong with the JSON of a resource, and where.
pub(super) fn refused((fault, part): json::Faulty<'_>, text: &str, lines: &Lines) -> FhirError {
    let resource = || json::named(text).unwrap_or_else(|| format!("the resource in line {}", lines.line(text)));
    match fault {
        JsonFault::DuplicateName(name) => FhirError::DuplicateName {
            line: lines.line(part),
            resource: resource(),
            name,
        },
        JsonFault::TooDeep => FhirError::NestedTooDeep {
            line: lines.line(part),
            resource: resource(),
        },
        JsonFault::NotJson => FhirError::NotJson {
            line: lines.line(part),
            column: 1,
        },
    }
}
