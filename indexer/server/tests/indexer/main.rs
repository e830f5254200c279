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
mod erasing;
mod erasure_keys;
mod labels;
mod migrations;
mod openapi;
mod opening;
mod policy;
mod search;
mod store;
mod support;
mod transform;
mod uploads;
