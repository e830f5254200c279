//! Why FHIR is refused.

use super::{MAX_BUNDLE_DEPTH, MAX_JSON_DEPTH, MAX_RESOURCES, patient::PatientReference};

/// Why a FHIR text cannot be read. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FhirError {
    /// There is nothing in it.
    #[error("the input is empty")]
    Empty,
    /// It is larger than allowed.
    #[error("{what} has {bytes} bytes; at most {limit} are allowed")]
    TooLarge {
        /// What is too large, and where it begins.
        what: String,
        /// Its length in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A resource is larger than one that is read at once.
    #[error(
        "the resource in line {line} has {bytes} bytes, and at most {limit} are read at once; `aegle custodian ingest` takes larger \
         ones from a line or a file of their own"
    )]
    LargeResource {
        /// Where it begins.
        line: usize,
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
    #[error("line {line}: no FHIR resource: it has no valid resourceType")]
    NotAResource {
        /// Where it begins.
        line: usize,
    },
    /// An object has two members of one name, of which no reader may choose (FHIR R4, JSON: names shall be unique).
    #[error("line {line}: {resource} has the name \"{name}\" twice in one object; names are unique in FHIR")]
    DuplicateName {
        /// Where the second one is.
        line: usize,
        /// The resource.
        resource: String,
        /// The name.
        name: String,
    },
    /// A resource nests deeper than [`MAX_JSON_DEPTH`].
    #[error("line {line}: {resource} is JSON, but nests objects and lists deeper than {MAX_JSON_DEPTH}")]
    NestedTooDeep {
        /// Where the limit is passed.
        line: usize,
        /// The resource.
        resource: String,
    },
    /// A bundle's `entry` is no list of objects.
    #[error("line {line}: the bundle's entries are malformed")]
    MalformedBundle {
        /// Where the bundle begins.
        line: usize,
    },
    /// Two entries of a bundle have one name and are of different patients.
    #[error("line {line}: two entries of the bundle have the fullUrl {full_url}, and are not the same")]
    AmbiguousEntry {
        /// Where the bundle begins.
        line: usize,
        /// The name.
        full_url: String,
    },
    /// Two servers have a patient of the same id.
    #[error("line {line}: {patient} is of the server {one} and of {other}; read the records of each server by itself")]
    TwoServers {
        /// Where the second one is named.
        line: usize,
        /// The patient.
        patient: PatientReference,
        /// A server.
        one: String,
        /// Another one.
        other: String,
    },
    /// More than [`MAX_RESOURCES`].
    #[error("the input has more than {MAX_RESOURCES} resources")]
    TooManyResources,
    /// Bundles lie more than [`MAX_BUNDLE_DEPTH`] deep in bundles.
    #[error("bundles lie more than {MAX_BUNDLE_DEPTH} deep in bundles")]
    TooDeep,
}

/// Why it cannot be told whose a resource is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OwnerError {
    /// It refers to its patient by a search, which nothing in the input answers.
    #[error(
        "{resource} names its patient by a search, {reference}, which is no id; name the patient by Patient/ and the id"
    )]
    Conditional {
        /// The resource.
        resource: String,
        /// The reference.
        reference: String,
    },
    /// It names several patients, none of them more than the others.
    #[error("{resource} is about {one} and about {other}; a record is of one patient")]
    Ambiguous {
        /// The resource.
        resource: String,
        /// A patient.
        one: PatientReference,
        /// Another one.
        other: PatientReference,
    },
}
