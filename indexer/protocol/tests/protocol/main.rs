//! Tests of aegle-protocol through its public API, without any secret that opens a record.
#![allow(clippy::unwrap_used)]

mod fhir;
mod fixture;
mod group;
mod limits;
mod merkle;
mod multiproofs;
mod requests;
mod sessions;
mod uploads;
mod vectors;
