//! Tests of aegle-crypto through its public API.
#![allow(clippy::unwrap_used)]

mod bundles;
mod delegation;
mod evidence;
mod fixture;
mod limits;
mod malformed;
mod merkle;
mod multiproofs;
mod primitives;
mod records;
mod requests;
mod tampering;
mod uploads;
mod vectors;
