//! The first path, end to end, on the official FHIR examples: what is sealed can be found, opened by whom the patient
//! lets, and by nobody else.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod canaries;
mod compaction;
mod demo;
mod erasure;
mod evidence;
mod federation;
mod gate;
mod ingest;
mod insurer;
mod oracle;
mod private;
mod questions;
mod refusals;
mod rotation;
mod story;
mod tampering;
mod tokens;
mod transports;
