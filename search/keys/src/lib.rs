//! The keys of sealed search: the custodian's domain key, the searcher's blind queries, and how a custodian labels a batch.
//! Pure and wasm-safe. What both sides know stands in [`aegle_sealed`]; no server that stores or searches records links
//! this crate.
//!
//! ```
//! use aegle_rules::{AccountId, BatchNumber, DomainId};
//! use aegle_keys::*;
//! use aegle_sealed::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (key, _seed) = DomainKey::generate()?;
//! let patient = AccountId([7; 32]);
//! let pressure = Keyword::code("http://loinc.org", "8480-6")?;
//! let record = RecordKeywords { patient, keywords: vec![pressure.clone()], cohort: false };
//! let labels = label_batch(&key, DomainId(1), 0, BatchNumber(3), &[record], Salt::generate()?)?;
//!
//! let context = ScopeContext { domain: DomainId(1), epoch: 0, scope: Scope::Patient(patient) };
//! let token = key.token(&context, &pressure, Window::new(0, 4)?)?.remove(0).verify()?;
//! let leaf = token.leaf(BatchNumber(3)).expect("batch 3 is in the window 0..4");
//! assert_eq!(leaf.probe(labels.salt(), labels.counts()), 1);
//! assert!(labels.records()[0].contains(&leaf.label(labels.salt(), 0)));
//! assert!(token.leaf(BatchNumber(4)).is_none());
//! # Ok(()) }
//! ```
//!
//! # Invariants
//!
//! - A [`KeywordKey`] opens every batch of its segment, those to come included: it never leaves who evaluated it.
//! - A searcher verifies with each answer that it was made with the domain key that stands on chain.
//! - Every list has a limit, by name in [`aegle_sealed::limits`].

mod blind;
mod domain;
mod draws;
mod keyword_key;
mod labels;
pub mod poprf;
mod tags;

pub use blind::{BlindError, BlindQuery, ScopeKeys};
pub use domain::{DomainKey, KeyCache, MAX_CACHED_KEYS};
pub use keyword_key::KeywordKey;
pub use labels::{LabelError, RecordKeywords, label_batch, label_span};
