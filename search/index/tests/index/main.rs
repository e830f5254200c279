//! What `aegle-index` promises, through its public face.
#![allow(missing_docs, clippy::unwrap_used)]

mod analysis;
mod attacks;
mod compaction;
mod corpus;
#[path = "../../examples/attacks/experiments/mod.rs"]
mod experiments;
mod refusals;
mod search;
mod storage;
mod token_cache;
