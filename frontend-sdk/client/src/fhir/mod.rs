//! FHIR R4 resources as records: what they are, whose they are, and by which keywords they are found.
//!
//! A resource is kept as the very bytes that were read (a decimal `1.10` stays `1.10`); everything else is taken from
//! its JSON. Unknown resource types are accepted and are found by their type, their codes and their words.

mod bundle;
mod class;
mod date;
mod keywords;
mod narrative;
mod patient;
mod walk;

pub use bundle::read;
pub use keywords::Extraction;
pub use patient::PatientReference;

use aegle_crypto::classes::Class;
use aegle_rules::{Confidentiality, Timestamp};
use aegle_sealed::Indexing;
use serde_json::{Map, Value, value::RawValue};

/// The media type of a sealed resource.
pub const MEDIA_TYPE: &str = "application/fhir+json";
/// Largest JSON text that is read at once, in bytes.
pub const MAX_INPUT_BYTES: usize = 256 << 20;
/// Largest single resource, in bytes.
pub const MAX_RESOURCE_BYTES: usize = 16 << 20;
/// Most resources in one input, those of nested bundles included.
pub const MAX_RESOURCES: usize = 100_000;
/// How deep bundles may lie in bundles.
pub const MAX_BUNDLE_DEPTH: usize = 4;
/// Most different keywords of one resource: both scopes of a record must fit the labels that it may have.
pub const MAX_RESOURCE_KEYWORDS: usize = 2_000;
/// Longest name of a resource type, in bytes.
const MAX_TYPE_BYTES: usize = 64;

/// Why a FHIR text cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FhirError {
    /// There is nothing in it.
    #[error("the input is empty")]
    Empty,
    /// It is larger than allowed.
    #[error("{what} has {bytes} bytes; at most {limit} are allowed")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// It is not JSON.
    #[error("the input is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where, counted from 1.
        line: usize,
        /// Where, counted from 1.
        column: usize,
    },
    /// It is JSON, but no object with a resource type.
    #[error("the input is no FHIR resource: it has no valid resourceType")]
    NotAResource,
    /// A bundle's `entry` is no list of objects.
    #[error("the bundle's entries are malformed")]
    MalformedBundle,
    /// More than [`MAX_RESOURCES`].
    #[error("the input has more than {MAX_RESOURCES} resources")]
    TooManyResources,
    /// Bundles lie more than [`MAX_BUNDLE_DEPTH`] deep in bundles.
    #[error("bundles lie more than {MAX_BUNDLE_DEPTH} deep in bundles")]
    TooDeep,
    /// More than [`MAX_RESOURCE_KEYWORDS`].
    #[error("the {resource_type} has more than {MAX_RESOURCE_KEYWORDS} different keywords")]
    TooManyKeywords {
        /// The resource's type.
        resource_type: String,
    },
}

impl From<serde_json::Error> for FhirError {
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// One resource. It is plaintext about a patient: it has no `Debug`, so that it does not end up in logs.
#[derive(Clone)]
pub struct Resource {
    text: Box<str>,
    fields: Map<String, Value>,
    resource_type: String,
    patient: Option<PatientReference>,
}

impl Resource {
    /// Reads one resource; a bundle counts as one. [`read`] unpacks bundles.
    ///
    /// # Errors
    /// When the text is empty, too large, not JSON, or no resource.
    pub fn parse(text: &str) -> Result<Self, FhirError> {
        if text.trim().is_empty() {
            return Err(FhirError::Empty);
        }
        Self::from_raw(serde_json::from_str(text)?)
    }

    fn from_raw(raw: &RawValue) -> Result<Self, FhirError> {
        let text = raw.get();
        if text.len() > MAX_RESOURCE_BYTES {
            return Err(FhirError::TooLarge {
                what: "a resource",
                bytes: text.len(),
                limit: MAX_RESOURCE_BYTES,
            });
        }
        let Value::Object(fields) = serde_json::from_str(text)? else {
            return Err(FhirError::NotAResource);
        };
        let resource_type = fields
            .get("resourceType")
            .and_then(Value::as_str)
            .ok_or(FhirError::NotAResource)?;
        let valid = !resource_type.is_empty()
            && resource_type.len() <= MAX_TYPE_BYTES
            && resource_type.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !valid {
            return Err(FhirError::NotAResource);
        }
        let resource_type = resource_type.to_owned();
        let patient = PatientReference::of(&resource_type, &fields);
        Ok(Self {
            text: text.into(),
            fields,
            resource_type,
            patient,
        })
    }

    /// The JSON text, exactly as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The resource type, for example `Observation`: letters and digits.
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// The logical id; `None` when it has none.
    pub fn id(&self) -> Option<&str> {
        self.fields.get("id").and_then(Value::as_str)
    }

    /// Whose record it is; `None` when it names no patient.
    pub fn patient(&self) -> Option<&PatientReference> {
        self.patient.as_ref()
    }

    /// The fields of its JSON object.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Its data class, which the patient's slot map turns into a slot.
    pub fn class(&self) -> Class {
        class::of(self)
    }

    /// Its confidentiality by `meta.security` (HL7 v3 Confidentiality): the highest one that is named. A resource
    /// without a label, or with L, M or U, is normal.
    pub fn confidentiality(&self) -> Confidentiality {
        class::confidentiality(self)
    }

    /// When it was written, in milliseconds since the Unix epoch: the first of `recordedDate`, `authoredOn`, `issued`,
    /// `date`, ... that it has. A date without a time counts as its first millisecond in UTC. `None` when it has none.
    pub fn authored_at(&self) -> Option<Timestamp> {
        date::authored_at(&self.fields)
    }

    /// The keywords by which it is found, each once, in order, under the default indexing: equality, ranges of dates and
    /// numbers, and beginnings of codes.
    ///
    /// # Errors
    /// [`FhirError::TooManyKeywords`]; none is ever left out silently.
    pub fn keywords(&self) -> Result<Extraction, FhirError> {
        self.keywords_under(&Indexing::default())
    }

    /// The keywords by which it is found, each once, in order, for the kinds of questions in `indexing`.
    ///
    /// # Errors
    /// [`FhirError::TooManyKeywords`], which words with their beginnings and neighbours reach ten times as soon.
    pub fn keywords_under(&self, indexing: &Indexing) -> Result<Extraction, FhirError> {
        keywords::extract(self, indexing)
    }

    /// The words of its narrative (`text.div`), without XHTML; `None` when it has none.
    pub fn narrative(&self) -> Option<String> {
        let xhtml = self.fields.get("text")?.get("div")?.as_str()?;
        Some(narrative::text(xhtml)).filter(|text| !text.trim().is_empty())
    }

    /// What a person would call it: the text or display of its code, or its resource type.
    pub fn title(&self) -> &str {
        walk::title(&self.fields).unwrap_or(&self.resource_type)
    }
}
