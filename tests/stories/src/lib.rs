//! Fixtures of the end-to-end stories: a deployment with everything running, the people in it, and the official FHIR
//! examples as their records.
//!
//! Everything goes through the public surfaces: contracts on a chain, the indexer's HTTP API, the client's functions.
//! Nothing waits for a time to pass; a step that needs the indexer waits for the block that it needs.

pub mod deployment;
pub mod examples;
pub mod home;
pub mod hospital;
pub mod wire;
pub mod world;
