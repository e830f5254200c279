//! Ids, messages, events, errors and every decision rule of the Aegle contracts.
//!
//! Pure and `no_std`: the caller, the time and the state come in as arguments, a decision or an error goes out.
//! The ink! shells around this crate only load and store. The indexer and the clients use the same types, so that
//! an event or a message is spelled once.
//!
//! ```
//! use aegle_rules::{
//!     consent::{check, messages::Check, Decision, Denial, Facts},
//!     message::Message,
//!     AccountId, Confidentiality, Purposes, Slot, Slots,
//! };
//!
//! let (clinician, patient) = (AccountId([1; 32]), AccountId([2; 32]));
//! let facts = Facts { slot: Slot(3), confidentiality: Confidentiality::Normal, author: clinician, authored_at: 0 };
//! let question = Check { requester: clinician, patient, purpose: Purposes::TREAT, facts, at: 1_000 };
//!
//! // What the contract decides for somebody without a role, whatever was granted:
//! assert_eq!(check(&question, None, Slots::default(), &[], Vec::new), Decision::Denied(Denial::Role));
//! // What is sent to the contract to ask it:
//! assert_eq!(question.call_data()[..4], Check::SELECTOR);
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
// The derive of `Encode` casts the index of a variant, which no enum here has 256 of.
#![allow(clippy::cast_possible_truncation)]

extern crate alloc;

pub mod consent;
pub mod consortium;
pub mod ids;
pub mod ledger;
pub mod message;
#[cfg(test)]
mod testing;

pub use ids::*;
