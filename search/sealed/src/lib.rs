//! Sealed search: keywords, the keys that follow from them, labels, tokens and queries. Pure and wasm-safe: no
//! threads, no files, no clock; randomness from the system alone.
//!
//! A **custodian** labels the records of a batch (with `aegle-keys`): each occurrence of a keyword
//! in a scope gets a label of its own, 10 bytes that look random, and a count table says under a pad how many labels a
//! keyword has. A **searcher** gets tokens for a keyword over a window of batches, and gives them to the **indexer**,
//! which expands them into labels ([`VerifiedToken::walk`], [`LeafKey`]) and looks those up. A token opens its window
//! and no other batch, so batches added later stay closed to it: forward privacy without state at the searcher.
//!
//! # What leaks
//!
//! - **At rest**, to who has the labels and tables but no token: how many records a batch has, for each record the
//!   number of its labels rounded up to a power of two, for each batch the number of its distinct keywords rounded up
//!   likewise. Nothing about which keywords: neither frequency, equality nor co-occurrence. What a record says adds
//!   to the number of its labels, numbers and dates by known amounts: the rounding blurs that, it does not hide it.
//! - **Adding a batch**: earlier tokens find nothing in it. Someone who injects a record and *then* sees a search can
//!   still tell whether that search found the record.
//! - **Searching**, to the indexer: domain, epoch, scope, window; which records of the window carry each queried
//!   keyword, each conjunct by itself; that the same token came before. The indexer keeps what a token opens: it can
//!   repeat the search over that window for ever. A range, a fuzzy word is the OR of its keywords, and it sees their
//!   number and which records each of them finds: how a range's records lie in its spans, though not where, and that
//!   two ranges have spans in common.
//! - **Searching in fetched labels** ([`LocalLabels`]), to who kept them: that the records of a scope were looked at, and
//!   nothing of what was asked or found. What is opened afterwards shows it again.
//! - **Compacting** an aligned span of batches ([`BatchSpan`]): that it was done, and when; the padded number of distinct
//!   keywords is that of the span from then on. A token that opens not all of its batches opens none of them.
//! - **Evaluating the PRF**, to the custodian: scope and field; the keyword itself unless it was asked blindly.
//! - Indexer and custodian *together* see what is searched and what it finds; so does one operator who runs both.
//! - The pseudonym in a token's scope is not hidden from the indexer, which needs it for the consent check.
//!
//! # Invariants
//!
//! - A label and a fingerprint depend on domain, epoch, scope, segment, field, keyword, batch (or span of batches) and
//!   salt: none of them can be exchanged for another without changing all bytes.
//! - Types named `Verified...`, [`LabelSet`] and [`Query`] cannot be decoded, only verified.
//! - Every list has a limit, by name in [`limits`].
//! - Stems are part of the keywords: a stemmer that stems otherwise needs a new epoch. Golden vectors hold them.

mod analysis;
mod batch_span;
mod blind;
mod calendar;
mod context;
mod counts;
mod expression;
pub mod ggm;
mod indexing;
mod keyword;
mod labels;
mod leaf;
pub mod limits;
mod local;
mod number;
pub mod query;
#[cfg(feature = "openapi")]
pub mod schema;
mod spans;
mod tags;
mod token;
mod unit;
mod window;
mod words;

pub use analysis::analyse;
pub use batch_span::BatchSpan;
pub use blind::{BlindGroup, ELEMENT_BYTES, EvaluatedGroup, PROOF_BYTES};
pub use calendar::civil;
pub use context::{KeyContext, Scope, ScopeContext, segment_of};
pub use counts::{CountEntry, CountTable, CountTableError, decode_bounded};
pub use expression::{Expression, ExpressionError, Query};
pub use indexing::{Comparator, Indexing, Kind, NotIndexed, Text, is_known_unit};
pub use keyword::{Field, Keyword, KeywordError, UnknownField};
pub use labels::{LEAF_BYTES, Label, LabelSet, LabelSetError, Salt, UnverifiedLabelSet, padded_entries, padded_labels};
pub use leaf::LeafKey;
pub use local::{LocalLabels, LocalLabelsError};
pub use token::{LeafWalk, SearchToken, TokenError, TokenNode, VerifiedToken};
pub use window::{Window, WindowError};

/// The system gives no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness: {0}")]
pub struct RandomnessError(#[from] getrandom::Error);
