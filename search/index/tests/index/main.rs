//! What `aegle-index` promises, through its public face.
#![allow(missing_docs, clippy::unwrap_used)]

mod analysis;
mod corpus;
mod refusals;
mod search;
mod seen;
mod storage;
