//! The indexer as its users meet it: a real Postgres, real contracts on a chain, and its own HTTP API.
#![allow(missing_docs, clippy::unwrap_used)]

mod access;
mod anchors;
mod batches;
mod chain;
mod cluster;
mod cohort;
mod disclosures;
mod epochs;
mod faults;
mod fencing;
mod labels;
mod migrations;
mod open;
mod openapi;
mod opening;
mod parts;
mod policy;
mod search;
mod simulation;
mod store;
mod support;
mod transform;
mod uploads;
mod verify;
