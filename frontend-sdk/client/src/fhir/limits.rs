//! How much FHIR is read at once.

/// Largest JSON text that is read at once, in bytes.
pub const MAX_INPUT_BYTES: usize = 256 << 20;
/// Largest single resource that is read at once, in bytes: 32 MiB, so that a scan of 20 MB, which base64 makes 27 of, is one.
pub const MAX_RESOURCE_BYTES: usize = 32 << 20;
/// Most resources in one input, those of nested bundles included.
pub const MAX_RESOURCES: usize = 100_000;
/// How deep bundles may lie in bundles.
pub const MAX_BUNDLE_DEPTH: usize = 4;
/// Most different keywords of one resource: both scopes of a record must fit the labels that it may have.
pub const MAX_RESOURCE_KEYWORDS: usize = 2_000;
