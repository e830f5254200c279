//! The one reader of the contracts chain, for the indexer, the client and the token service.
//!
//! What the bytes mean is here without any connection: answers of dry runs ([`dry_run`]), the runtime's errors
//! ([`DispatchError`]), and what contracts emit ([`Emitted`], [`ContractEvent`]). The feature `node` adds the connection:
//! `node::Node`, and `node::ChainLink` for a program that outlives its connections.
//!
//! # Invariants
//!
//! - Every question to a node ends within [`ANSWER_TIMEOUT`].
//! - Bytes that are left over, or missing, are an error everywhere: in answers, events, fields of events and storage.
//! - A block is asked for by number and names its parent; what a node announces is only a reason to look.
//!
//! # Assumptions
//!
//! The node is one's own or trusted: it says what is finalized. Nothing here proves state against a header.

pub mod dry_run;

mod dispatch;
mod emitted;
mod error;
#[cfg(feature = "node")]
pub mod node;
mod notification;

pub use dispatch::{ArithmeticError, DispatchError, TokenError, TransactionalError};
pub use emitted::{ContractEvent, Emitted};
pub use error::{ANSWER_TIMEOUT, ChainError, Source};
