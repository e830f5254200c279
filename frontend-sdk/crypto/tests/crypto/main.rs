//! Tests of aegle-crypto through its public API, and of what aegle-protocol does with records that were sealed.
#![allow(clippy::unwrap_used)]

mod bundles;
mod delegation;
mod evidence;
mod fixture;
mod limits;
mod malformed;
mod primitives;
mod published;
mod records;
mod rotation;
mod seeds;
mod tampering;
mod vectors;
