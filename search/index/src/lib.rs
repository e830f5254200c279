//! The index of labels: tantivy documents, segments and columns, over bytes that look random.
//!
//! One document a batch, or a span of batches that were compacted, with its labels as one sorted run in two columns. A
//! search expands each term's tokens into the labels of each batch, finds those in the batch's run, and combines the
//! record numbers as compressed bitmaps. What the index gives away at rest, and what a search does, is said in
//! [`aegle_sealed`]; the index adds the numbers of domains, batches and records, which are public.
//!
//! Random bytes share no prefixes, so a dictionary of labels costs twice their bytes, and a walk through it for each;
//! where a random number stands in a sorted run of such can be computed instead. Deleting, merging, commits, recovery
//! and memory mapping are tantivy's.
//!
//! ```
//! use aegle_index::{IndexOptions, LabelIndex, LabelSearch, Payload, SpanView};
//! use aegle_rules::{AccountId, BatchNumber, DomainId};
//! use aegle_keys::*;
//! use aegle_sealed::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (domain, batch, patient) = (DomainId(1), BatchNumber(0), AccountId([7; 32]));
//! let (key, _seed) = DomainKey::generate()?;
//! let done = Keyword::status("final")?;
//! let records = [RecordKeywords { patient, keywords: vec![done.clone()], cohort: false }];
//! let labels = label_batch(&key, domain, 0, batch, &records, Salt::generate()?)?;
//!
//! let mut index = LabelIndex::open_in_memory(IndexOptions::default())?;
//! index.add_batch(domain, batch, &labels)?;
//! index.commit(Payload { block: 1, hash: [1; 32] })?;
//!
//! let context = ScopeContext { domain, epoch: 0, scope: Scope::Patient(patient) };
//! let tokens = key.token(&context, &done, Window::new(0, 1)?)?;
//! let tokens = tokens.into_iter().map(SearchToken::verify).collect::<Result<Vec<_>, _>>()?;
//! let query = Expression::Term(0).verify(1)?;
//! let universe = [0].into_iter().collect();
//! let view = SpanView { span: BatchSpan::one(batch), epoch: 0, salt: *labels.salt(), counts: labels.counts(), universe: &universe };
//! let hits = index.search(&LabelSearch::new(domain, &query, &[tokens], &[view]))?;
//! assert_eq!((hits.len(), &hits[0].hits), (1, &universe));
//! # Ok(()) }
//! ```
//!
//! # Invariants
//!
//! - A label is looked up inside its domain and batch; the same bytes elsewhere find nothing.
//! - A hit is always in the universe that the caller gave for its batch.
//! - Adding a batch replaces it; what is committed carries the block up to which it goes.
//! - After a change that failed nothing is written before the index is recovered, and a commit has ended only when searches
//!   see what was added.
//! - A batch is in one document of one segment, alone or with those that it was compacted with. Erasing a record writes
//!   its batch again without the record's labels.
//! - What was found for one account is never used for another ([`TokenCache`]).

mod block;
mod error;
pub mod limits;
mod merge_policy;
mod request;
mod schema;
mod search;
mod searcher;
mod snapshot;
mod token_cache;
mod writer;

pub use error::{OpenError, WriteError};
pub use request::{LabelSearch, SearchError, SpanHits, SpanView};
pub use searcher::{HeldLabels, LabelSearcher};
pub use token_cache::TokenCache;
pub use writer::{IndexOptions, LabelIndex, Payload};
