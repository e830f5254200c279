//! Ids, messages, events, errors and every decision rule of the Aegle contracts.
//!
//! Pure and `no_std`: the caller, the time and the state come in as arguments, a decision or an error goes out.
//! The ink! shells around this crate only load and store. The indexer and the clients use the same types, so that
//! an event or a message is spelled once.
//!
//! ```
//! use aegle_rules::{
//!     consent::{before_grants, Check, Decision, Declaration, Denial, Extent, Facts},
//!     message::Message,
//!     AccountId, Confidentiality, Purposes, Slot,
//! };
//!
//! let patient = AccountId([2; 32]);
//! let facts = Facts { slot: Slot(3), confidentiality: Confidentiality::Normal, author: patient, authored_at: 0 };
//! let question = Check {
//!     requester: patient,
//!     patient,
//!     purpose: Purposes::PATRQT,
//!     facts,
//!     research: Declaration::default(),
//!     extent: Extent::Open,
//!     membership: None,
//!     at: 1_000,
//! };
//!
//! // What is decided without a look at any state: malformed questions, and those about a time before the block that is
//! // asked, are denied. Whether this one is the patient's own depends on who controls the account.
//! assert_eq!(before_grants(&question, 1_000), None);
//! let malformed = Check { purpose: Purposes::NONE, ..question.clone() };
//! assert_eq!(before_grants(&malformed, 1_000), Some(Decision::Denied(Denial::Malformed)));
//! // What is sent to the contract to ask it:
//! assert_eq!(question.call_data()[..4], Check::SELECTOR);
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
// The derive of `Encode` casts the index of a variant, which no enum here has 256 of.
#![allow(clippy::cast_possible_truncation)]

extern crate alloc;
// The tests share a module with those in `tests/`, which knows this crate by its name.
#[cfg(test)]
extern crate self as aegle_rules;
#[cfg(test)]
extern crate std;

pub mod consent;
pub mod consortium;
pub mod ids;
pub mod ledger;
pub mod message;
pub mod relay;
#[cfg(test)]
mod testing;

pub use ids::*;
